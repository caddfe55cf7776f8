//! The simulated Stripe of one test, as a process of its own, and the truth that it can be asked for.

use super::canaries::Canaries;
use super::command::{Settings, tributary, variable};
use super::http::{self, Answer};
use super::process::Process;
use super::scratch::Scratch;
use super::{truth, wait};
use reqwest::blocking::Client;
use serde_json::{Value, json};

/// A running sandbox.
pub struct Sandbox {
    /// Killed with the value.
    _process: Process,
    http: Client,
    /// Its address.
    pub url: String,
    /// The platform's credentials by mode, as it printed them.
    pub platforms: Vec<Value>,
    /// The merchants' accounts, as it printed them.
    pub accounts: Vec<Value>,
}

impl Sandbox {
    /// Starts one with these flags and reads the line that it prints.
    pub fn start(flags: &[String], scratch: &Scratch, canaries: &Canaries) -> Self {
        let settings = Settings::from([(variable("log.level"), "trace".to_owned())]);
        let mut command = tributary(&settings, scratch.path());
        command.args(["sandbox", "--json", "--port", "0"]).args(flags);
        let mut process = Process::start(&mut command, scratch.path(), "sandbox");
        let out = scratch.join("sandbox.out");
        let line = wait::until("the sandbox listens", wait::SOON, || {
            assert!(process.is_running(), "the sandbox ended:\n{}", process.log_tail());
            let text = std::fs::read_to_string(&out).unwrap();
            text.contains('\n').then_some(text)
        });
        let printed: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
        let list = |name: &str| printed[name].as_array().unwrap().clone();
        let sandbox = Sandbox {
            _process: process,
            http: http::client(),
            url: printed["url"].as_str().unwrap().trim_end_matches('/').to_owned(),
            platforms: list("platforms"),
            accounts: list("accounts"),
        };
        for platform in &sandbox.platforms {
            canaries.add("the platform's secret key", platform["secret_key"].as_str().unwrap());
            canaries.add("a webhook secret", platform["webhook_secret"].as_str().unwrap());
        }
        for account in &sandbox.accounts {
            canaries.add("an account's secret key", account["secret_key"].as_str().unwrap());
            canaries.add("an account's restricted key", account["restricted_key"].as_str().unwrap());
        }
        sandbox
    }

    /// The platform's credentials of a mode: `live` or `test`.
    pub fn platform(&self, mode: &str) -> &Value {
        self.platforms.iter().find(|platform| platform["mode"] == mode).unwrap()
    }

    /// The id of the merchant's account with this number.
    pub fn account(&self, number: usize) -> &str {
        self.accounts[number]["id"].as_str().unwrap()
    }

    /// Asks its Stripe API with a key.
    pub fn get(&self, key: &str, path: &str) -> Answer {
        Answer::of(self.http.get(format!("{}{path}", self.url)).bearer_auth(key).send().unwrap())
    }

    /// Everything in a list of the account with this number, pages followed, by the account's own key. Nested lists are
    /// called by their path below `/v1/`.
    pub fn list(&self, number: usize, resource: &str) -> Vec<Value> {
        let key = self.accounts[number]["secret_key"].as_str().unwrap();
        let mut all: Vec<Value> = Vec::new();
        loop {
            let after = all.last().map(|last| format!("&starting_after={}", last["id"].as_str().unwrap()));
            let path = format!("{}limit=100{}", truth::address(resource), after.unwrap_or_default());
            let page = self.get(key, &path).expect(200).json();
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] == false {
                return all;
            }
        }
    }

    /// The balance of the account with this number.
    pub fn balance(&self, number: usize) -> Value {
        let key = self.accounts[number]["secret_key"].as_str().unwrap();
        self.get(key, "/v1/balance").expect(200).json()
    }

    /// Replaces fields of an object.
    pub fn update(&self, number: usize, resource: &str, id: &str, fields: &Value) {
        let change = json!({ "resource": resource, "id": id, "fields": fields });
        self.control(&format!("accounts/{}/test/update", self.account(number)), &change);
    }

    /// Deletes a customer or product.
    pub fn remove(&self, number: usize, resource: &str, id: &str) {
        let change = json!({ "resource": resource, "id": id });
        self.control(&format!("accounts/{}/test/delete", self.account(number)), &change);
    }

    /// Deletes everything in an account's test mode, as a merchant does in the dashboard.
    pub fn wipe(&self, number: usize) {
        self.control(&format!("accounts/{}/test/wipe", self.account(number)), &Value::Null);
    }

    /// Adds a charge in the account's own currency; gives its id.
    pub fn charge(&self, number: usize, amount_minor: i64) -> String {
        let change = json!({ "amount": amount_minor });
        let made = self.control(&format!("accounts/{}/test/create", self.account(number)), &change);
        made["id"].as_str().unwrap().to_owned()
    }

    /// Replaces the faults in force.
    pub fn set_faults(&self, faults: &[&str]) {
        self.control("faults", &json!(faults));
    }

    /// Ends all of an account's authorizations in test mode, as a merchant does in the dashboard.
    pub fn disconnect(&self, number: usize) {
        self.control("revoke", &json!({ "account": self.account(number) }));
    }

    /// Ends a key.
    pub fn revoke_key(&self, key: &str) {
        self.control("revoke", &json!({ "key": key }));
    }

    /// Takes permissions from a restricted key and gives others back.
    pub fn permit(&self, key: &str, remove: &[&str], restore: &[&str]) {
        self.control("permissions", &json!({ "key": key, "remove": remove, "restore": restore }));
    }

    /// Lets every code that wasn't exchanged yet expire.
    pub fn expire_codes(&self) {
        self.control("expire-codes", &Value::Null);
    }

    /// An account's live-mode keys: `secret_key`, `restricted_key`.
    pub fn live_keys(&self, number: usize) -> Value {
        let url = format!("{}/_sandbox/accounts/{}/live/keys", self.url, self.account(number));
        Answer::of(self.http.get(url).send().unwrap()).expect(200).json()
    }

    /// Has events sent to an address, signed with the platform's own secret of test mode.
    pub fn send_events_to(&self, url: &str) {
        self.control("webhook-endpoints", &json!({ "mode": "test", "url": url }));
    }

    /// Sends what waits to be sent, retries included.
    pub fn hurry_deliveries(&self) {
        self.control("deliveries/hurry", &Value::Null);
    }

    /// How many deliveries wait or are under way, and how many attempts were accepted.
    pub fn deliveries(&self) -> (u64, usize) {
        let url = format!("{}/_sandbox/deliveries", self.url);
        let all = Answer::of(self.http.get(url).send().unwrap()).expect(200).json();
        let accepted = all["log"].as_array().unwrap().iter().filter(|one| one["delivered"] == true).count();
        (all["waiting"].as_u64().unwrap() + all["in_flight"].as_u64().unwrap(), accepted)
    }

    /// Moves its clock forward.
    pub fn advance(&self, secs: u32) {
        self.control("clock", &json!({ "advance_secs": secs }));
    }

    /// Its clock, in Unix seconds.
    pub fn now_secs(&self) -> i64 {
        let clock = self.http.get(format!("{}/_sandbox/clock", self.url)).send().unwrap();
        Answer::of(clock).expect(200).json()["now_secs"].as_i64().unwrap()
    }

    /// How many requests an endpoint has had, as in `POST /oauth/token` or `GET /v1/charges`.
    pub fn requests(&self, endpoint: &str) -> u64 {
        self.counts()["endpoints"][endpoint].as_u64().unwrap_or(0)
    }

    /// How many answers had a status.
    pub fn answers(&self, status: u16) -> u64 {
        self.counts()["statuses"][status.to_string()].as_u64().unwrap_or(0)
    }

    fn counts(&self) -> Value {
        Answer::of(self.http.get(format!("{}/_sandbox/requests", self.url)).send().unwrap())
            .expect(200)
            .json()
    }

    fn control(&self, what: &str, body: &Value) -> Value {
        let url = format!("{}/_sandbox/{what}", self.url);
        Answer::of(self.http.post(url).json(body).send().unwrap()).expect(200).json()
    }
}
