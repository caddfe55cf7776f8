//! Incremental reads: whoever asks for what has changed since the last answer misses nothing (rule E9).

use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::{on_both_databases, truth};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

on_both_databases![a_reader_that_asks_for_changes_ends_with_exactly_what_is_stored];

const RUN: Duration = Duration::from_secs(120);

/// A copy of one list, kept by asking for what has changed.
struct Reader {
    path: String,
    /// The latest `modifiedDate` seen.
    last: String,
    records: BTreeMap<String, Value>,
}

impl Reader {
    fn new(path: String) -> Self {
        Reader { path, last: "2020-01-01T00:00:00Z".to_owned(), records: BTreeMap::new() }
    }

    /// Asks once, page after page; small pages, so that commits come between them. Says whether there is anything to
    /// read yet.
    fn poll(&mut self, app: &TestApp) -> bool {
        let since = self.last.replace(':', "%3A");
        for page in 1.. {
            let asked =
                format!("query=modifiedDate%3E%3D{since}&orderBy=modifiedDate&pageSize=13&page={page}");
            let answer = app.developer.get(&format!("{}?{asked}", self.path));
            if answer.status == 409 {
                return false;
            }
            let answer = answer.expect(200).json();
            for record in answer["results"].as_array().unwrap() {
                let modified = record["modifiedDate"].as_str().unwrap();
                // All in one form, so that their texts are in their order once they have as many digits.
                if digits(modified) > digits(&self.last) {
                    self.last = modified.to_owned();
                }
                self.records.insert(record["id"].as_str().unwrap().to_owned(), record.clone());
            }
            if answer["_links"].get("next").is_none() {
                return true;
            }
        }
        true
    }
}

/// A moment with three fractional digits, which whole seconds are shown without.
fn digits(moment: &str) -> String {
    let moment = moment.trim_end_matches('Z');
    if moment.contains('.') { moment.to_owned() } else { format!("{moment}.000") }
}

/// Polls until no dataset of the company is under way.
fn read_along(app: &TestApp, linked: &Linked, readers: &mut [Reader]) {
    let began = Instant::now();
    loop {
        for reader in readers.iter_mut() {
            reader.poll(app);
        }
        let history =
            format!("/companies/{}/data/history?query=progress%3C100&pageSize=1", linked.company_id);
        let history = app.developer.get(&history).expect(200).json();
        if history["totalResults"] == 0 {
            return;
        }
        assert!(began.elapsed() < RUN, "datasets don't end");
    }
}

fn a_reader_that_asks_for_changes_ends_with_exactly_what_is_stored(kind: Kind) {
    let app = TestApp::on(kind).charges(260).start();
    let linked = app.link("Toft Stores", 0);
    let mut readers =
        ["commerce-payments", "commerce-customers"].map(|list| Reader::new(app.data_path(&linked, list)));
    read_along(&app, &linked, &mut readers);
    let customers = app.sandbox.list(0, "customers");
    for round in 0..3 {
        for (n, customer) in customers.iter().enumerate().filter(|(n, _)| n % 3 == round) {
            let name = json!({ "name": format!("Customer {n} of round {round}") });
            app.sandbox.update(0, "customers", customer["id"].as_str().unwrap(), &name);
        }
        for n in 0..20 {
            app.sandbox.charge(0, 1_000 + n);
        }
        app.developer.post(&format!("/companies/{}/data/all", linked.company_id), &Value::Null).expect(204);
        read_along(&app, &linked, &mut readers);
    }
    app.synced(&linked, RUN);
    for reader in &mut readers {
        assert!(reader.poll(&app));
        let stored = truth::by_id(&app.developer.list(&reader.path, 5000));
        assert!(stored.len() > 50, "{} records of {} prove little", stored.len(), reader.path);
        assert_eq!(reader.records, stored, "{}", reader.path);
    }

    // What is deleted leaves the list, and no change says so: it is found by asking for what is held.
    let gone = customers[0]["id"].as_str().unwrap();
    app.sandbox.remove(0, "customers", gone);
    app.refresh(&linked, RUN);
    let [_, reader] = &mut readers;
    reader.poll(&app);
    let stored = truth::by_id(&app.developer.list(&reader.path, 5000));
    let held: Vec<&String> = reader.records.keys().filter(|id| !stored.contains_key(*id)).collect();
    assert_eq!(held, [gone]);
    app.developer.get(&format!("{}/{gone}", reader.path)).expect(404);
}
