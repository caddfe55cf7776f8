//! An installation for one round: the real binary's processes, set up by its own commands.

use anyhow::{Context, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A process that is killed when it is dropped.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The binary beside this one.
pub fn binary() -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("tributary");
    if !path.is_file() {
        bail!("{} is missing: run `cargo build --release -p tributary` first", path.display());
    }
    Ok(path)
}

/// A merchant's account.
pub struct Account {
    pub id: String,
    pub key: String,
}

/// A simulated Stripe.
pub struct Sandbox {
    pub url: String,
    pub client_id: String,
    pub platform_key: String,
    pub accounts: Vec<Account>,
    _process: Process,
}

impl Sandbox {
    /// Starts one without limits, with so many accounts of so many charges.
    pub fn start(accounts: usize, charges: u64, latency_ms: u64) -> anyhow::Result<Self> {
        let mut child = Command::new(binary()?)
            .args(["sandbox", "--json", "--port", "0", "--rps-limit", "0"])
            .args(["--accounts", &accounts.to_string(), "--charges", &charges.to_string()])
            .args(["--latency-ms", &latency_ms.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = child.stdout.take().context("no output")?;
        let process = Process(child);
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let info: Value = serde_json::from_str(&line).context("the sandbox printed no JSON line")?;
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a field is missing");
        let platforms = info["platforms"].as_array().context("no platforms")?;
        let test =
            platforms.iter().find(|platform| platform["mode"] == "test").context("no test platform")?;
        let account = |account: &Value| -> anyhow::Result<Account> {
            Ok(Account { id: text(&account["id"])?, key: text(&account["secret_key"])? })
        };
        Ok(Sandbox {
            url: text(&info["url"])?,
            client_id: text(&test["client_id"])?,
            platform_key: text(&test["secret_key"])?,
            accounts: info["accounts"]
                .as_array()
                .context("no accounts")?
                .iter()
                .take(accounts)
                .map(account)
                .collect::<Result<_, _>>()?,
            _process: process,
        })
    }
}

/// A configured installation with a connection to each account, whose data types are queued.
pub struct Installation {
    directory: PathBuf,
    database_url: String,
    stripe_url: String,
}

impl Installation {
    /// Creates platform and integration in an empty database, and a company with a connection for each account.
    pub fn new(directory: &Path, database_url: &str, sandbox: &Sandbox) -> anyhow::Result<Self> {
        let installation = Installation {
            directory: directory.to_owned(),
            database_url: database_url.to_owned(),
            stripe_url: sandbox.url.clone(),
        };
        let platform_key = directory.join("platform.key");
        std::fs::write(&platform_key, &sandbox.platform_key)?;
        installation.json(&["platform", "create", "--name", "Benchmark"])?;
        let platform_key = platform_key.display().to_string();
        let set = ["integration", "set", "yzth", "--client-id", &sandbox.client_id, "--secret-key-file"];
        installation.json(&[&set[..], &[&platform_key, "--one-off", "--enable"]].concat())?;
        for account in &sandbox.accounts {
            installation.connect(account)?;
        }
        Ok(installation)
    }

    fn connect(&self, account: &Account) -> anyhow::Result<()> {
        let key_file = self.directory.join("account.key");
        std::fs::write(&key_file, &account.key)?;
        let company = self.json(&["company", "create", "--name", &account.id])?;
        let company = company["company_id"].as_str().context("no company_id")?;
        let create = ["connection", "create", "--company", company, "--integration", "yzth"];
        let connection = self.json(&create)?;
        let connection = connection["connection_id"].as_str().context("no connection_id")?;
        let key_file = key_file.display().to_string();
        self.json(&["connection", "add-key", "--connection", connection, "--key-file", &key_file])?;
        Ok(())
    }

    /// Starts `serve` with these flags.
    pub fn serve(&self, flags: &[&str]) -> anyhow::Result<Process> {
        let child =
            self.command()?.arg("serve").args(flags).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        Ok(Process(child))
    }

    fn json(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = self.command()?.args(arguments).arg("--json").output()?;
        if !output.status.success() {
            bail!("{arguments:?} failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    fn command(&self) -> anyhow::Result<Command> {
        let mut command = Command::new(binary()?);
        command
            .env("TRIBUTARY__DATABASE__URL", &self.database_url)
            .env("TRIBUTARY__VAULT__MASTER_KEY_FILE", self.directory.join("master.key"))
            .env("TRIBUTARY__STRIPE__API_BASE", &self.stripe_url)
            .env("TRIBUTARY__STRIPE__CONNECT_BASE", &self.stripe_url)
            .env("TRIBUTARY__STRIPE__TEST__REQUESTS_PER_SECOND", "0")
            .env("TRIBUTARY__STRIPE__PER_ENDPOINT", "0")
            // What follows a run is no part of it.
            .env("TRIBUTARY__WORKER__RECONCILE_AFTER_RUNS", "false")
            // Nobody opens a link here; it only has to be known before `serve` listens.
            .env("TRIBUTARY__LINK__PUBLIC_URL", "http://127.0.0.1:9")
            .env("TRIBUTARY__LOG__LEVEL", "warn");
        for service in ["PORTAL", "API", "LINK"] {
            command.env(format!("TRIBUTARY__{service}__LISTEN"), "127.0.0.1:0");
        }
        Ok(command)
    }
}
