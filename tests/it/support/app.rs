//! One installation: a database, a simulated Stripe, a platform with an integration, a running `serve`.

use super::actors::{Developer, Merchant};
use super::canaries::Canaries;
use super::command::{Cli, Settings, tributary, variable};
use super::database::{Kind, TestDatabase};
use super::http;
use super::process::Process;
use super::sandbox::Sandbox;
use super::scratch::Scratch;
use super::{ports, truth, wait};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What an installation is made of before it runs.
pub struct Builder {
    kind: Kind,
    sandbox_flags: Vec<String>,
    settings: Settings,
    has_oauth: bool,
    is_set_up: bool,
    server: Option<String>,
}

/// A running installation. Dropping it ends it, and fails the test if a secret leaked.
pub struct TestApp {
    /// Commands with the installation's settings. On SQLite they work only while `serve` doesn't.
    pub cli: Cli,
    /// What may be nowhere.
    pub canaries: Arc<Canaries>,
    /// The simulated Stripe.
    pub sandbox: Sandbox,
    /// The developer with the platform's first API key.
    pub developer: Developer,
    /// Where the portal listens.
    pub portal_url: String,
    /// Where the API listens.
    pub api_url: String,
    /// Where Link listens.
    pub link_url: String,
    serving: Vec<Process>,
    serves_started: usize,
    /// The database.
    pub database: TestDatabase,
    /// The installation's files; last, so that everything else has let go of them.
    pub scratch: Scratch,
}

/// A company of the platform with one connection.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The company.
    pub company_id: String,
    /// The connection.
    pub connection_id: String,
    /// Where its authorization starts.
    pub link_url: String,
}

impl Builder {
    /// A sandbox with so many charges in each account.
    pub fn charges(self, count: usize) -> Self {
        self.sandbox(&["--charges", &count.to_string()])
    }

    /// More flags for the sandbox.
    pub fn sandbox(mut self, flags: &[&str]) -> Self {
        self.sandbox_flags.extend(flags.iter().map(|flag| (*flag).to_owned()));
        self
    }

    /// One setting, written `section.key`.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(variable(name), value.to_owned());
        self
    }

    /// An integration without OAuth credentials.
    pub fn without_oauth(self) -> Self {
        Builder { has_oauth: false, ..self }
    }

    /// Nothing set up at all: no platform, no integration, no API key.
    pub fn bare(self) -> Self {
        Builder { is_set_up: false, ..self }
    }

    /// On this PostgreSQL server instead of the suite's.
    pub fn server(self, url: &str) -> Self {
        Builder { server: Some(url.to_owned()), ..self }
    }

    /// Sets everything up and starts `serve`.
    pub fn start(self) -> TestApp {
        let mut app = self.prepare();
        app.serve(&[]);
        app
    }

    /// Sets everything up; `serve` is left to the test.
    pub fn prepare(mut self) -> TestApp {
        let scratch = Scratch::new();
        let canaries = Arc::new(Canaries::default());
        if !self.sandbox_flags.iter().any(|flag| flag == "--rps-limit") {
            self = self.sandbox(&["--rps-limit", "0"]);
        }
        let sandbox = Sandbox::start(&self.sandbox_flags, &scratch, &canaries);
        let database = TestDatabase::create_on(self.kind, &scratch, self.server.as_deref());
        let address = || format!("127.0.0.1:{}", ports::free());
        let (portal, api, link) = (address(), address(), address());
        for (name, value) in [
            ("database.url", database.url().to_owned()),
            ("vault.master_key_file", scratch.join("master.key").display().to_string()),
            ("portal.listen", portal.clone()),
            ("api.listen", api.clone()),
            ("link.listen", link.clone()),
            ("stripe.api_base", sandbox.url.clone()),
            ("stripe.connect_base", sandbox.url.clone()),
            // The sandbox has no limits unless a test gives it some.
            ("stripe.share", "1".to_owned()),
            ("stripe.per_endpoint", "0".to_owned()),
            ("stripe.test.requests_per_second", "0".to_owned()),
            ("stripe.live.requests_per_second", "0".to_owned()),
            ("worker.poll_ms", "100".to_owned()),
            // A reconciliation after each run would ask for every payout; tests of it switch it on.
            ("worker.reconcile_after_runs", "false".to_owned()),
            ("passwords.memory_kib", "8".to_owned()),
            ("passwords.iterations", "1".to_owned()),
            ("log.level", "trace".to_owned()),
        ] {
            self.settings.entry(variable(name)).or_insert(value);
        }
        let cli = Cli::new(self.settings, scratch.path());
        let key = if self.is_set_up {
            set_up(&cli, &sandbox, &scratch, &canaries, self.has_oauth)
        } else {
            "no key yet".to_owned()
        };
        let api_url = format!("http://{api}");
        TestApp {
            developer: Developer::new(&api_url, &key),
            cli,
            canaries,
            sandbox,
            portal_url: format!("http://{portal}"),
            api_url,
            link_url: format!("http://{link}"),
            serving: Vec::new(),
            serves_started: 0,
            database,
            scratch,
        }
    }
}

/// Makes a platform with Stripe Test switched on and an API key, which it gives.
fn set_up(cli: &Cli, sandbox: &Sandbox, scratch: &Scratch, canaries: &Canaries, has_oauth: bool) -> String {
    cli.json(&["platform", "create", "--name", "Harbour Lending"]);
    let test = sandbox.platform("test");
    let secret_key = scratch.file("platform-secret-key", test["secret_key"].as_str().unwrap());
    let mut set = vec!["integration", "set", "yzth", "--enable"];
    if has_oauth {
        set.extend(["--client-id", test["client_id"].as_str().unwrap()]);
        set.extend(["--secret-key-file", secret_key.to_str().unwrap()]);
    }
    cli.json(&set);
    let key = cli.json(&["api-key", "create", "--name", "the suite"]);
    let key = key["api_key"].as_str().unwrap();
    canaries.add("an API key", key);
    canaries.add("the master key", std::fs::read_to_string(scratch.join("master.key")).unwrap().trim());
    key.to_owned()
}

impl TestApp {
    /// An installation on this kind of database.
    pub fn on(kind: Kind) -> Builder {
        Builder {
            kind,
            sandbox_flags: Vec::new(),
            settings: Settings::new(),
            has_oauth: true,
            is_set_up: true,
            server: None,
        }
    }

    /// Starts `serve` with these flags and the settings changed as said, and doesn't wait; gives its place
    /// for [`TestApp::process`].
    pub fn spawn_serve(&mut self, flags: &[&str], changes: &[(&str, &str)]) -> usize {
        let mut settings = self.cli.settings.clone();
        for (name, value) in changes {
            settings.insert(variable(name), (*value).to_owned());
        }
        let mut command = tributary(&settings, self.scratch.path());
        command.arg("serve").args(flags);
        self.serves_started += 1;
        let name = format!("serve-{}", self.serves_started);
        self.serving.push(Process::start(&mut command, self.scratch.path(), &name));
        self.serving.len() - 1
    }

    /// Starts `serve` with these flags and waits until it is ready.
    pub fn serve(&mut self, flags: &[&str]) {
        self.spawn_serve(flags, &[]);
        self.wait_until_ready();
    }

    /// Waits until API and Link answer.
    pub fn wait_until_ready(&mut self) {
        let client = http::client();
        for url in [&self.api_url, &self.link_url] {
            wait::until("serve is ready", wait::SOON, || {
                for process in &mut self.serving {
                    assert!(process.is_running(), "serve ended:\n{}", process.log_tail());
                }
                let answer = client.get(format!("{url}/health/ready")).send().ok()?;
                answer.status().is_success().then_some(())
            });
        }
    }

    /// The address at which the first administrator is made, as the first `serve` printed it.
    pub fn setup_url(&self) -> String {
        let log = std::fs::read_to_string(self.scratch.join("serve-1.log")).unwrap();
        let from = log.find(&format!("{}/setup?token=", self.portal_url)).unwrap();
        log[from..].split_whitespace().next().unwrap().to_owned()
    }

    /// A `serve` by the place that [`TestApp::spawn_serve`] gave.
    pub fn process(&mut self, place: usize) -> &mut Process {
        &mut self.serving[place]
    }

    /// kill -9 for every `serve`.
    pub fn kill(&mut self) {
        for mut process in self.serving.drain(..) {
            process.kill();
        }
    }

    /// Ends every `serve` politely.
    pub fn stop(&mut self) {
        for mut process in self.serving.drain(..) {
            process.signal(super::process::Signal::Term);
            let status = process.exit(Duration::from_secs(30));
            assert!(status.success(), "serve ended with {status}:\n{}", process.log_tail());
        }
    }

    /// A merchant with a fresh browser.
    pub fn merchant(&self) -> Merchant {
        Merchant::new(&self.canaries)
    }

    /// A new company with a new connection in test mode.
    pub fn new_connection(&self, company: &str) -> Linked {
        let company = self.developer.create_company(company);
        let company_id = company["id"].as_str().unwrap().to_owned();
        let connection = self.developer.create_connection(&company_id);
        assert_eq!(connection["status"], "PendingAuth");
        let text = |name: &str| connection[name].as_str().unwrap().to_owned();
        Linked { company_id, connection_id: text("id"), link_url: text("linkUrl") }
    }

    /// A new company whose merchant has authorised the account with this number.
    pub fn link(&self, company: &str, account: usize) -> Linked {
        let linked = self.new_connection(company);
        let account = self.sandbox.account(account).to_owned();
        self.merchant().authorize(&linked.link_url, &account, super::actors::Consent::Connect);
        assert_eq!(self.connection(&linked)["status"], "Linked");
        linked
    }

    /// The connection as the API shows it.
    pub fn connection(&self, linked: &Linked) -> Value {
        let path = format!("/companies/{}/connections/{}", linked.company_id, linked.connection_id);
        self.developer.get(&path).expect(200).json()
    }

    /// Waits until no dataset of the company is under way; gives all of them, the newest first.
    pub fn wait_for_sync(&self, linked: &Linked, within: Duration) -> Vec<Value> {
        let path = format!("/companies/{}/data/history?pageSize=100", linked.company_id);
        wait::until("every dataset is completed", within, || {
            let history = self.developer.get(&path).expect(200).json();
            let datasets = history["results"].as_array().unwrap().clone();
            (!datasets.is_empty() && datasets.iter().all(|set| set["completed"].is_string()))
                .then_some(datasets)
        })
    }

    /// As [`TestApp::wait_for_sync`], where every dataset must have ended well.
    pub fn synced(&self, linked: &Linked, within: Duration) {
        for dataset in self.wait_for_sync(linked, within) {
            assert_eq!(dataset["status"], "Complete", "{dataset}");
        }
    }

    /// Asks for every data type again and waits until all are there.
    pub fn refresh(&self, linked: &Linked, within: Duration) {
        self.developer.post(&format!("/companies/{}/data/all", linked.company_id), &Value::Null).expect(204);
        self.synced(linked, within);
    }

    /// The transactions' sums by currency, in minor units, as the API shows them.
    pub fn sums(&self, linked: &Linked) -> BTreeMap<String, i128> {
        let mut sums: BTreeMap<String, i128> = BTreeMap::new();
        for transaction in self.developer.list(&self.data_path(linked, "commerce-transactions"), 1000) {
            let currency = transaction["currency"].as_str().unwrap();
            *sums.entry(currency.to_owned()).or_default() +=
                truth::minor(&transaction["totalAmount"], currency);
        }
        sums
    }

    /// Waits until the events of every connection have been listed, as they are after each run: then nothing more goes on
    /// by itself.
    pub fn wait_until_listed(&self) {
        wait::until("events have been listed", wait::SOON, || {
            let due = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM event_feeds \
                 WHERE poll_ms <= 1 OR polled_ms IS NULL";
            (self.database.number(due) == 0).then_some(())
        });
    }

    /// Pages that all runs of the connection have stored: it only ever grows.
    pub fn pages(&self, linked: &Linked) -> i64 {
        self.number_of(linked, "COALESCE(SUM(pages), 0)", "windows WHERE")
    }

    /// Whether any data type of the connection is being read or waits for it.
    pub fn is_being_read(&self, linked: &Linked) -> bool {
        self.number_of(linked, "COUNT(*)", "datasets WHERE active AND") > 0
    }

    /// A number of the connection's rows of a table: `COUNT(*)` of `windows WHERE n > 0 AND`, say.
    pub fn number_of(&self, linked: &Linked, what: &str, from: &str) -> i64 {
        self.database.number(&format!(
            "SELECT CAST({what} AS TEXT) AS value FROM {from} \
             connection_no = (SELECT no FROM connections WHERE id = '{}')",
            linked.connection_id
        ))
    }

    /// The path of the connection's data.
    pub fn data_path(&self, linked: &Linked, data_type: &str) -> String {
        format!("/companies/{}/connections/{}/data/{data_type}", linked.company_id, linked.connection_id)
    }

    /// Fails if a secret stands in a log or, unsealed, in the database.
    fn assert_no_secret_leaked(&mut self) {
        self.kill();
        let mut leaks = Vec::new();
        for entry in std::fs::read_dir(self.scratch.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "log")
                || path.file_name().unwrap().to_string_lossy().starts_with("tributary.sqlite")
            {
                leaks.extend(self.canaries.find_in_file(&path));
            }
        }
        if self.database.kind() == Kind::Postgres {
            for (table, rows) in super::dump::whole(&self.database) {
                leaks.extend(self.canaries.find_in(&format!("table {table}"), rows.join("\n").as_bytes()));
            }
        }
        assert!(leaks.is_empty(), "secrets leaked: {leaks:#?}");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_no_secret_leaked();
        }
    }
}
