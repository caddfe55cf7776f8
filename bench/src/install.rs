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
    pub webhook_secret: String,
    pub accounts: Vec<Account>,
    is_limited: bool,
    _process: Process,
}

/// How a simulated Stripe is to be.
pub struct SandboxOptions {
    pub accounts: usize,
    pub charges: u64,
    pub latency_ms: u64,
    /// With Stripe's limits of live mode, and read in it; without any limit, and in test mode, otherwise.
    pub is_limited: bool,
}

/// Requests that a sandbox has had.
pub struct Requests {
    pub total: u64,
    /// Those for single objects and for lists nested in them.
    pub below_objects: u64,
}

impl Sandbox {
    /// Starts one without limits, with so many accounts of so many charges.
    pub fn start(accounts: usize, charges: u64, latency_ms: u64) -> anyhow::Result<Self> {
        Self::with(&SandboxOptions { accounts, charges, latency_ms, is_limited: false })
    }

    /// Starts one.
    pub fn with(options: &SandboxOptions) -> anyhow::Result<Self> {
        let mut command = Command::new(binary()?);
        command
            .args(["sandbox", "--json", "--port", "0"])
            .args(["--accounts", &options.accounts.to_string(), "--charges", &options.charges.to_string()])
            .args(["--latency-ms", &options.latency_ms.to_string()]);
        if !options.is_limited {
            command.args(["--rps-limit", "0"]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let stdout = child.stdout.take().context("no output")?;
        let process = Process(child);
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let info: Value = serde_json::from_str(&line).context("the sandbox printed no JSON line")?;
        let mode = if options.is_limited { "live" } else { "test" };
        let platforms = info["platforms"].as_array().context("no platforms")?;
        let platform = platforms.iter().find(|platform| platform["mode"] == mode).context("no platform")?;
        let url = text(&info["url"])?;
        let account = |account: &Value| -> anyhow::Result<Account> {
            let id = text(&account["id"])?;
            let keys = control(reqwest::Method::GET, &url, &format!("accounts/{id}/{mode}/keys"))?;
            Ok(Account { key: text(&keys["secret_key"])?, id })
        };
        let accounts = info["accounts"].as_array().context("no accounts")?;
        Ok(Sandbox {
            client_id: text(&platform["client_id"])?,
            platform_key: text(&platform["secret_key"])?,
            webhook_secret: text(&platform["webhook_secret"])?,
            accounts: accounts.iter().take(options.accounts).map(account).collect::<Result<_, _>>()?,
            url,
            is_limited: options.is_limited,
            _process: process,
        })
    }

    /// Whether it has Stripe's limits.
    pub fn is_limited(&self) -> bool {
        self.is_limited
    }

    /// Counts requests anew.
    pub fn forget_requests(&self) -> anyhow::Result<()> {
        control(reqwest::Method::DELETE, &self.url, "requests").map(drop)
    }

    /// The requests since they were last forgotten.
    pub fn requests(&self) -> anyhow::Result<Requests> {
        let counts = control(reqwest::Method::GET, &self.url, "requests")?;
        let endpoints = counts["endpoints"].as_object().context("no endpoints")?;
        let counts = || {
            let read = endpoints.iter().filter(|(endpoint, _)| endpoint.starts_with("GET /v1/"));
            read.map(|(endpoint, count)| (endpoint, count.as_u64().unwrap_or(0)))
        };
        let below = |endpoint: &str| endpoint.contains(":id") || endpoint.ends_with("/subscription_items");
        Ok(Requests {
            total: counts().map(|(_, count)| count).sum(),
            below_objects: counts().filter(|(endpoint, _)| below(endpoint)).map(|(_, count)| count).sum(),
        })
    }

    /// The integration that reads in its mode.
    fn integration(&self) -> &'static str {
        if self.is_limited { "exgd" } else { "yzth" }
    }
}

fn text(value: &Value) -> anyhow::Result<String> {
    value.as_str().map(str::to_owned).context("a field is missing")
}

/// Asks a sandbox about itself.
fn control(method: reqwest::Method, url: &str, what: &str) -> anyhow::Result<Value> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let url = format!("{}/_sandbox/{what}", url.trim_end_matches('/'));
        let answer = client.request(method, url).send().await?.error_for_status()?;
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    })
}

/// A configured installation with a connection to each account, whose data types are queued.
pub struct Installation {
    directory: PathBuf,
    database_url: String,
    stripe_url: String,
    is_limited: bool,
    /// The companies and their connections, by their ids.
    pub connections: Vec<(String, String)>,
}

impl Installation {
    /// Creates platform and integration in an empty database, and a company with a connection for each account.
    pub fn new(directory: &Path, database_url: &str, sandbox: &Sandbox) -> anyhow::Result<Self> {
        let mut installation = Installation {
            connections: Vec::new(),
            directory: directory.to_owned(),
            database_url: database_url.to_owned(),
            stripe_url: sandbox.url.clone(),
            is_limited: sandbox.is_limited,
        };
        let platform_key = directory.join("platform.key");
        std::fs::write(&platform_key, &sandbox.platform_key)?;
        installation.json(&["platform", "create", "--name", "Benchmark"])?;
        let platform_key = platform_key.display().to_string();
        let integration = sandbox.integration();
        let set = ["integration", "set", integration, "--client-id", &sandbox.client_id, "--secret-key-file"];
        installation.json(&[&set[..], &[&platform_key, "--one-off", "--enable"]].concat())?;
        for account in &sandbox.accounts {
            let connection = installation.connect(account, integration)?;
            installation.connections.push(connection);
        }
        Ok(installation)
    }

    fn connect(&self, account: &Account, integration: &str) -> anyhow::Result<(String, String)> {
        let key_file = self.directory.join("account.key");
        std::fs::write(&key_file, &account.key)?;
        let company = self.json(&["company", "create", "--name", &account.id])?;
        let company = company["company_id"].as_str().context("no company_id")?;
        let create = ["connection", "create", "--company", company, "--integration", integration];
        let connection = self.json(&create)?;
        let connection = connection["connection_id"].as_str().context("no connection_id")?;
        let key_file = key_file.display().to_string();
        self.json(&["connection", "add-key", "--connection", connection, "--key-file", &key_file])?;
        Ok((company.to_owned(), connection.to_owned()))
    }

    /// Has the connections read by schedule.
    pub fn continuous(&self) -> anyhow::Result<()> {
        self.json(&["integration", "set", "yzth", "--continuous"]).map(drop)
    }

    /// Starts `serve` with these flags.
    pub fn serve(&self, flags: &[&str]) -> anyhow::Result<Process> {
        self.serve_with(flags, &[])
    }

    /// Starts `serve` with these flags and settings, named as in the environment.
    pub fn serve_with(&self, flags: &[&str], settings: &[(&str, &str)]) -> anyhow::Result<Process> {
        let mut command = self.command()?;
        command.arg("serve").args(flags).envs(settings.iter().copied());
        Ok(Process(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?))
    }

    /// Runs a command and reads what it prints.
    pub fn json(&self, arguments: &[&str]) -> anyhow::Result<Value> {
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
            .env("TRIBUTARY__STRIPE__SHARE", "1")
            // What follows a run is no part of it.
            .env("TRIBUTARY__WORKER__RECONCILE_AFTER_RUNS", "false")
            .env("TRIBUTARY__LOG__LEVEL", "warn");
        if !self.is_limited {
            command.env("TRIBUTARY__STRIPE__TEST__REQUESTS_PER_SECOND", "0");
            command.env("TRIBUTARY__STRIPE__PER_ENDPOINT", "0");
        }
        for service in ["PORTAL", "API", "LINK"] {
            command.env(format!("TRIBUTARY__{service}__LISTEN"), "127.0.0.1:0");
            // Nobody opens a link here; it only has to be known before `serve` listens.
            command.env(format!("TRIBUTARY__{service}__PUBLIC_URL"), "http://127.0.0.1:9");
        }
        Ok(command)
    }
}
