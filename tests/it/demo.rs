//! `tributary demo`: everything from one command, again and again on the same folder (rules I5–I7).

use crate::support::actors::Developer;
use crate::support::canaries::Canaries;
use crate::support::command::{Settings, tributary, variable};
use crate::support::database::TestDatabase;
use crate::support::http::{self, Answer};
use crate::support::process::{Process, Signal};
use crate::support::scratch::Scratch;
use crate::support::{truth, wait};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const RUN: Duration = Duration::from_secs(300);

/// Demos want the same ports, and one that finds them taken takes others: one after the other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A folder for demos.
struct Demo {
    _turn: MutexGuard<'static, ()>,
    scratch: Scratch,
    starts: usize,
}

impl Demo {
    fn new() -> Self {
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        Demo { _turn, scratch: Scratch::new(), starts: 0 }
    }

    fn folder(&self) -> PathBuf {
        self.scratch.join("demo")
    }

    /// Starts it; what it prints is in `demo-N.out`.
    fn start(&mut self, flags: &[&str]) -> Process {
        let settings = Settings::from([(variable("log.level"), "trace".to_owned())]);
        let mut command = tributary(&settings, self.scratch.path());
        command.args(["demo", "--data-dir"]).arg(self.folder()).args(flags);
        self.starts += 1;
        Process::start(&mut command, self.scratch.path(), &format!("demo-{}", self.starts))
    }

    fn printed(&self) -> String {
        std::fs::read_to_string(self.scratch.join(format!("demo-{}.out", self.starts))).unwrap()
    }

    /// `demo.json`, once it is there.
    fn result(&self, process: &mut Process) -> Value {
        let path = self.folder().join("demo.json");
        let text = wait::until("demo.json is written", RUN, || {
            assert!(process.is_running(), "the demo ended:\n{}", process.log_tail());
            std::fs::read_to_string(&path).ok()
        });
        serde_json::from_str(&text).unwrap()
    }

    fn database(&self) -> TestDatabase {
        TestDatabase::at(&self.folder().join("tributary.sqlite"))
    }
}

/// What the demo prints is for its user; its logs and its database hold no secret.
impl Drop for Demo {
    fn drop(&mut self) {
        let Ok(result) = std::fs::read_to_string(self.folder().join("demo.json")) else { return };
        if std::thread::panicking() {
            return;
        }
        let result: Value = serde_json::from_str(&result).unwrap();
        let canaries = Canaries::default();
        canaries.add("the API key", result["api_key"].as_str().unwrap());
        canaries.add("the admin's password", result["admin_password"].as_str().unwrap());
        let master_key = std::fs::read_to_string(self.folder().join("master.key")).unwrap();
        canaries.add("the master key", master_key.trim());
        let logs = (1..=self.starts).map(|start| self.scratch.join(format!("demo-{start}.log")));
        let database = ["tributary.sqlite", "tributary.sqlite-wal"].map(|name| self.folder().join(name));
        let files = logs.chain(database).filter(|file| file.exists());
        let leaks: Vec<_> = files.flat_map(|file| canaries.find_in_file(&file)).collect();
        assert!(leaks.is_empty(), "secrets leaked: {leaks:#?}");
    }
}

fn get(url: &str, authorization: &str) -> Answer {
    Answer::of(http::client().get(url).header("Authorization", authorization).send().unwrap())
}

/// The address and the header of each `curl` line that was printed.
fn curl_lines(printed: &str) -> Vec<(String, String)> {
    let lines = printed.lines().map(str::trim).filter(|line| line.starts_with("curl "));
    lines
        .map(|line| {
            let mut quoted = line.split('\'').skip(1).step_by(2);
            let header = quoted.next().unwrap().strip_prefix("Authorization: ").unwrap().to_owned();
            (quoted.next().unwrap().to_owned(), header)
        })
        .collect()
}

/// With `TRIBUTARY_DEMO_CHARGES` charges, 400 unless told.
#[test]
fn the_demo_ends_with_two_commands_that_return_data_and_with_sums_that_are_stripes() {
    let mut demo = Demo::new();
    let charges = std::env::var("TRIBUTARY_DEMO_CHARGES").unwrap_or_else(|_| "400".to_owned());
    let mut process = demo.start(&["--charges", &charges]);
    let result = demo.result(&mut process);
    for name in [
        "portal_url",
        "api_url",
        "link_url",
        "sandbox_url",
        "api_key",
        "admin_email",
        "admin_password",
        "platform_id",
        "company_id",
        "connection_id",
        "integration_key",
        "stripe_account_id",
        "stripe_client_id",
        "stripe_secret_key",
        "database_url",
    ] {
        assert!(result[name].as_str().is_some_and(|text| !text.is_empty()), "{name} in {result}");
    }
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(demo.folder().join("demo.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let curls = wait::until("two curl lines are printed", wait::SOON, || {
        Some(curl_lines(&demo.printed())).filter(|lines| lines.len() == 2)
    });
    for (url, authorization) in &curls {
        let body = get(url, authorization).expect(200).json();
        assert!(!body["results"].as_array().unwrap().is_empty(), "{url}");
    }

    let (account, sandbox) =
        (result["stripe_account_id"].as_str().unwrap(), result["sandbox_url"].as_str().unwrap());
    let database = demo.database();
    for resource in truth::LISTS {
        let listed =
            get(&format!("{sandbox}/_sandbox/accounts/{account}/test/ids/{resource}"), "").expect(200).json();
        let expected: BTreeSet<String> =
            listed["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        let stored = database.texts(&format!(
            "SELECT id AS value FROM source_objects WHERE resource = '{resource}' AND NOT deleted"
        ));
        assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), expected, "{resource}");
        if resource == "charges" {
            assert_eq!(expected.len().to_string(), charges, "--charges N is exactly N charges");
        }
    }
    let developer = Developer::new(result["api_url"].as_str().unwrap(), result["api_key"].as_str().unwrap());
    let text = |name: &str| result[name].as_str().unwrap();
    let path = format!("/companies/{}/connections/{}/data", text("company_id"), text("connection_id"));
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    for transaction in developer.list(&format!("{path}/commerce-transactions"), 5000) {
        let currency = transaction["currency"].as_str().unwrap();
        *sums.entry(currency.to_owned()).or_default() += truth::minor(&transaction["totalAmount"], currency);
    }
    let keys = get(&format!("{sandbox}/_sandbox/accounts/{account}/test/keys"), "").expect(200).json();
    let key = format!("Bearer {}", keys["secret_key"].as_str().unwrap());
    assert_eq!(sums, truth::balance(&get(&format!("{sandbox}/v1/balance"), &key).expect(200).json()));

    process.signal(Signal::Term);
    assert!(process.exit(Duration::from_secs(30)).success());
}

#[test]
fn started_again_the_demo_goes_on_with_the_same_installation() {
    let mut demo = Demo::new();
    let mut first = demo.start(&["--charges", "200"]);
    let before = demo.result(&mut first);
    first.kill();
    let mut second = demo.start(&[]);
    wait::until("the old demo.json is removed", wait::SOON, || {
        let printed_again = curl_lines(&demo.printed()).len() == 2;
        (printed_again || !demo.folder().join("demo.json").exists()).then_some(())
    });
    wait::until("the second start is through", RUN, || {
        (curl_lines(&demo.printed()).len() == 2).then_some(())
    });
    assert_eq!(demo.result(&mut second), before, "same platform, company, connection, keys and ports");
    let requests =
        get(&format!("{}/_sandbox/requests", before["sandbox_url"].as_str().unwrap()), "").expect(200).json();
    assert_eq!(requests["endpoints"]["POST /oauth/token"], Value::Null, "it authorises once in its life");
}

#[test]
fn killed_at_random_moments_the_demo_still_ends_with_one_of_everything() {
    let mut demo = Demo::new();
    let mut random = uuid::Uuid::new_v4().as_u64_pair().0;
    for _ in 0..8 {
        let mut process = demo.start(&["--charges", "500"]);
        random = random.rotate_left(13).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        std::thread::sleep(Duration::from_millis(random % 700));
        process.kill();
    }
    let mut process = demo.start(&["--charges", "500", "--exit-when-synced"]);
    let status = process.exit(RUN);
    assert!(status.success(), "{}", process.log_tail());
    let database = demo.database();
    for table in ["platforms", "companies", "connections", "integrations", "users"] {
        let count = database.number(&format!("SELECT CAST(COUNT(*) AS TEXT) AS value FROM {table}"));
        assert_eq!(count, 1, "{table}");
    }
    let charges =
        "SELECT CAST(COUNT(*) AS TEXT) AS value FROM payments WHERE resource = 'charges' AND NOT deleted";
    assert_eq!(database.number(charges), 500);
    let open = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM datasets WHERE active";
    assert_eq!(database.number(open), 0);
}

/// I5: ports in use are no reason to fail, and those taken instead are remembered.
#[test]
fn with_its_ports_taken_the_demo_takes_others_and_keeps_them() {
    let mut demo = Demo::new();
    // Where one is taken already, by whatever else the machine runs, that is as good.
    let _taken: Vec<Option<TcpListener>> =
        (7610..7614).map(|port| TcpListener::bind(("127.0.0.1", port)).ok()).collect();
    let mut process = demo.start(&["--charges", "50", "--exit-when-synced"]);
    assert!(process.exit(RUN).success(), "{}", process.log_tail());
    let text = std::fs::read_to_string(demo.folder().join("demo.json")).unwrap();
    let before: Value = serde_json::from_str(&text).unwrap();
    for (name, port) in [("portal_url", 7610), ("api_url", 7611), ("link_url", 7612), ("sandbox_url", 7613)] {
        assert_ne!(before[name], format!("http://127.0.0.1:{port}"), "{name}");
    }
    let mut process = demo.start(&["--exit-when-synced"]);
    assert!(process.exit(RUN).success(), "{}", process.log_tail());
    let text = std::fs::read_to_string(demo.folder().join("demo.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), before);
}

#[test]
fn a_folder_that_cannot_be_used_is_refused_by_name() {
    let scratch = Scratch::new();
    let file = scratch.file("occupied", "not a folder");
    let output =
        tributary(&Settings::new(), scratch.path()).args(["demo", "--data-dir"]).arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("occupied"), "{message}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a folder");
}
