//! The simulated Stripe of one test, as a process of its own, and the truth that it can be asked for.

use super::canaries::Canaries;
use super::command::{Settings, tributary};
use super::http::{self, Answer};
use super::process::Process;
use super::scratch::Scratch;
use super::wait;
use reqwest::blocking::Client;
use serde_json::Value;

/// A running sandbox.
pub struct Sandbox {
    process: Process,
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
        let mut command = tributary(&Settings::new(), scratch.path());
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
            process,
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

    /// Changes something through its Stripe API or its control endpoints.
    pub fn post(&self, key: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        Answer::of(self.http.post(format!("{}{path}", self.url)).bearer_auth(key).form(form).send().unwrap())
    }

    /// DELETE.
    pub fn delete(&self, key: &str, path: &str) -> Answer {
        Answer::of(self.http.delete(format!("{}{path}", self.url)).bearer_auth(key).send().unwrap())
    }

    /// Everything in a list of the account with this number, pages followed, by the account's own key.
    pub fn list(&self, number: usize, resource: &str) -> Vec<Value> {
        let key = self.accounts[number]["secret_key"].as_str().unwrap();
        let mut all: Vec<Value> = Vec::new();
        loop {
            let after = all.last().map(|last| format!("&starting_after={}", last["id"].as_str().unwrap()));
            let path = format!("/v1/{resource}?limit=100{}", after.unwrap_or_default());
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

    /// Where its log is.
    pub fn log(&self) -> &std::path::Path {
        &self.process.log
    }
}
