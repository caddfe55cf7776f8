//! Whether what is stored ties to Stripe's balance and payouts: what ties is said to tie, and what is planted is found,
//! named and repaired (rule E16).

use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::{dump, on_both_databases, truth, wait};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

on_both_databases![
    what_was_pulled_ties_to_stripe_to_the_cent_and_each_payout_is_asked_for_once,
    planted_differences_are_found_named_repaired_and_told,
    a_balance_that_moves_while_it_is_read_is_never_said_to_differ,
    without_the_ledger_there_is_nothing_to_compare,
    killed_in_the_middle_it_is_taken_up_again,
    records_are_made_anew_also_after_a_kill_and_those_that_are_right_stay,
];

const RUN: Duration = Duration::from_secs(180);

impl TestApp {
    fn reconciliations(&self, linked: &Linked) -> String {
        let Linked { company_id, connection_id, .. } = linked;
        format!("/tributary/v1/companies/{company_id}/connections/{connection_id}/reconciliations")
    }

    /// Asks for a reconciliation, which the worker carries out.
    fn ask_for_reconciliation(&self, linked: &Linked) -> String {
        let asked = self.developer.post(&self.reconciliations(linked), &Value::Null).expect(202).json();
        asked["id"].as_str().unwrap().to_owned()
    }

    fn reconciliation(&self, linked: &Linked, id: &str) -> Value {
        self.developer.get(&format!("{}/{id}", self.reconciliations(linked))).expect(200).json()
    }

    /// Waits until it has ended.
    fn reconciled(&self, linked: &Linked, id: &str) -> Value {
        wait::until("the reconciliation has ended", RUN, || {
            let found = self.reconciliation(linked, id);
            (found["state"] == "ended").then_some(found)
        })
    }

    /// Asks for one now, after the one that may be under way.
    fn reconcile(&self, linked: &Linked) -> Value {
        let open = self.ask_for_reconciliation(linked);
        self.reconciled(linked, &open)
    }

    fn differences(&self, linked: &Linked, id: &str) -> Vec<Value> {
        self.developer.list(&format!("{}/{id}/differences", self.reconciliations(linked)), 500)
    }

    /// The verdicts that were told, in order, each with the one before.
    fn verdicts_told(&self, linked: &Linked) -> Vec<(Value, Value)> {
        let query = format!(
            "SELECT body AS value FROM messages WHERE company_id = '{}' \
             AND event_type = 'reconciliation.verdict.changed' ORDER BY id",
            linked.company_id
        );
        let bodies = self.database.texts(&query);
        let payload = |body: &String| serde_json::from_str::<Value>(body).unwrap()["payload"].clone();
        let told = |payload: Value| (payload["previousVerdict"].clone(), payload["verdict"].clone());
        bodies.iter().map(payload).map(told).collect()
    }

    fn count(&self, what: &str) -> i64 {
        self.database.number(&format!("SELECT CAST(COUNT(*) AS TEXT) AS value FROM {what}"))
    }
}

/// The first reconciliation, which the first run asked for.
fn first(app: &TestApp, linked: &Linked) -> Value {
    let id = wait::until("a reconciliation is asked for", RUN, || {
        let all = app.developer.list(&app.reconciliations(linked), 10);
        all.last().map(|first| first["id"].as_str().unwrap().to_owned())
    });
    app.reconciled(linked, &id)
}

fn what_was_pulled_ties_to_stripe_to_the_cent_and_each_payout_is_asked_for_once(kind: Kind) {
    let app = TestApp::on(kind).charges(300).setting("worker.reconcile_after_runs", "true").start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let found = first(&app, &linked);
    let differences = app.differences(&linked, found["id"].as_str().unwrap());
    assert_eq!(found["verdict"], "ties", "{found:#} {differences:#?}");
    assert_eq!((&found["differences"], &found["repaired"]), (&json!(0), &json!(0)));
    assert!(found["runId"].is_string() && found["asOfDate"].is_string(), "{found:#}");

    let sums: BTreeMap<String, i128> = found["sums"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sum| {
            assert_eq!(sum["ties"], true, "{sum}");
            let currency = sum["currency"].as_str().unwrap();
            (currency.to_owned(), truth::minor(&sum["stored"], currency))
        })
        .collect();
    assert_eq!(sums, truth::balance(&app.sandbox.balance(0)));
    let is_judged =
        |payout: &&Value| payout["automatic"] == true && payout["reconciliation_status"] == "completed";
    let payouts = app.sandbox.list(0, "payouts").iter().filter(is_judged).count();
    assert!(payouts > 10, "{payouts} payouts prove little");
    assert_eq!(found["payouts"], json!(payouts));
    assert_eq!(app.verdicts_told(&linked), [(Value::Null, json!("ties"))]);

    let asked = app.sandbox.requests("GET /v1/balance_transactions");
    let again = app.reconcile(&linked);
    assert_eq!((&again["verdict"], again["runId"].is_null()), (&json!("ties"), true), "{again:#}");
    assert!(app.sandbox.requests("GET /v1/balance_transactions") < asked + 5, "no payout is asked for twice");
    assert_eq!(app.verdicts_told(&linked).len(), 1, "nothing has changed");

    app.developer
        .get(&format!("{}/0498e921-9b53-4396-a412-000000000009", app.reconciliations(&linked)))
        .expect(404);
    let unlink = format!("/companies/{}/connections/{}", linked.company_id, linked.connection_id);
    let unlinked = app.developer.request("PATCH", &unlink).json(&json!({ "status": "Unlinked" })).send();
    assert_eq!(unlinked.unwrap().status(), 200);
    app.developer.post(&app.reconciliations(&linked), &Value::Null).expect(400);
}

/// One object as it is stored.
fn stored(app: &TestApp, resource: &str, id: &str) -> String {
    let query =
        format!("SELECT json AS value FROM source_objects WHERE resource = '{resource}' AND id = '{id}'");
    app.database.texts(&query).remove(0)
}

/// Deletes objects of a list and their records behind the product's back.
fn lose(app: &TestApp, resource: &str, table: &str, key: &str, ids: &[String]) {
    let ids = ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", ");
    app.database.execute(&format!(
        "DELETE FROM source_objects WHERE resource = '{resource}' AND id IN ({ids}); \
         DELETE FROM {table} WHERE {key} IN ({ids});"
    ));
}

fn id_of(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

fn planted_differences_are_found_named_repaired_and_told(kind: Kind) {
    let app = TestApp::on(kind).charges(700).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    assert_eq!(app.reconcile(&linked)["verdict"], "ties");
    let before = dump::of_connection(&app.database, &linked.connection_id);
    let ledger = app.sandbox.list(0, "balance_transactions");
    let charges = app.sandbox.list(0, "charges");

    // A page of the ledger, of the middle of its history.
    let page: Vec<String> = ledger[ledger.len() / 2..][..100].iter().map(id_of).collect();
    lose(&app, "balance_transactions", "transactions", "balance_transaction_id", &page);
    // An amount in a record, and one in a stored object.
    let paid: Vec<String> =
        charges.iter().filter(|it| it["balance_transaction"].is_string()).map(id_of).collect();
    let (record, object) = (&paid[3], &paid[5]);
    app.database
        .execute(&format!("UPDATE payments SET amount_minor = amount_minor + 1 WHERE id = '{record}'"));
    let json = stored(&app, "charges", object);
    let amount = charges.iter().find(|it| it["id"] == object.as_str()).unwrap()["amount"].as_i64().unwrap();
    let altered = json.replace(&format!("\"amount\":{amount}"), &format!("\"amount\":{}", amount + 100));
    assert_ne!(json, altered);
    let altered = altered.replace('\'', "''");
    app.database.execute(&format!(
        "UPDATE source_objects SET json = '{altered}' WHERE resource = 'charges' AND id = '{object}'"
    ));
    // A refund with its record, and one's record alone.
    let refunds = app.sandbox.list(0, "refunds");
    let moved: Vec<String> =
        refunds.iter().filter(|it| it["balance_transaction"].is_string()).map(id_of).collect();
    let (refund, without_record) = (&moved[1], &moved[2]);
    lose(&app, "refunds", "payments", "id", std::slice::from_ref(refund));
    app.database.execute(&format!("DELETE FROM payments WHERE id = '{without_record}'"));
    // A record that no object stands behind.
    app.database.execute(&format!(
        "INSERT INTO transactions (connection_no, id, platform_no, modified_ms, digest, deleted, \
         balance_transaction_id, amount_minor, amount_milli, currency, type, sub_type, balance_type, available_ms, \
         created_ms) SELECT connection_no, 'txn_ghost', platform_no, modified_ms, 1, deleted, 'txn_ghost', \
         amount_minor, amount_milli, currency, type, sub_type, balance_type, available_ms, created_ms \
         FROM transactions WHERE id = '{}'",
        id_of(&ledger[ledger.len() - 1])
    ));

    let found = app.reconcile(&linked);
    let differences = app.differences(&linked, found["id"].as_str().unwrap());
    assert_eq!(found["verdict"], "ties", "{found:#} {:#?}", open(&differences));
    assert!(differences.iter().all(|it| it["repaired"] == true));
    assert_eq!(found["differences"], found["repaired"]);
    let named = |kind: &str| -> BTreeSet<&str> {
        let of_kind = differences.iter().filter(|it| it["kind"] == kind);
        of_kind.filter_map(|it| it["objectId"].as_str()).collect()
    };
    let lost: BTreeSet<&str> = page.iter().map(String::as_str).collect();
    let missing = named("transaction_missing");
    assert!(missing.len() > 50 && missing.is_subset(&lost), "{missing:?}");
    assert_eq!(named("record_altered"), BTreeSet::from([record.as_str()]));
    assert_eq!(named("object_altered"), BTreeSet::from([object.as_str()]));
    assert_eq!(named("source_missing"), BTreeSet::from([refund.as_str()]));
    assert!(named("record_missing").contains(without_record.as_str()));
    assert!(named("record_unfounded").contains("txn_ghost"));
    assert!(differences.iter().any(|it| it["kind"] == "balance"), "the sums told of it, too");
    let altered = differences.iter().find(|it| it["kind"] == "record_altered").unwrap();
    assert!(altered["expected"].is_number() && altered["expected"] != altered["found"], "{altered}");

    let ties = || json!("ties");
    let told = [(Value::Null, ties()), (ties(), json!("differs")), (json!("differs"), ties())];
    assert_eq!(app.verdicts_told(&linked), told);
    let mut after = dump::of_connection(&app.database, &linked.connection_id);
    let ghosts = |rows: &mut Vec<String>| rows.retain(|row| !row.contains("txn_ghost"));
    after.values_mut().for_each(ghosts);
    dump::assert_equal("repaired", &before, &after);
    assert_eq!(app.sums(&linked), truth::balance(&app.sandbox.balance(0)));
}

fn open(differences: &[Value]) -> Vec<&Value> {
    differences.iter().filter(|it| it["repaired"] == false).take(10).collect()
}

/// Sets a flag when it goes, also by a panic.
struct Stops<'a>(&'a AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn a_balance_that_moves_while_it_is_read_is_never_said_to_differ(kind: Kind) {
    let app = TestApp::on(kind).charges(120).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let stop = AtomicBool::new(false);
    let found = std::thread::scope(|scope| {
        scope.spawn(|| {
            // Whenever the balance was read, it moves.
            let mut readings = 0;
            while !stop.load(Ordering::Relaxed) {
                let now = app.sandbox.requests("GET /v1/balance");
                if std::mem::replace(&mut readings, now) != now {
                    app.sandbox.charge(0, 1_234);
                }
            }
        });
        let _stops = Stops(&stop);
        let id = app.ask_for_reconciliation(&linked);
        app.reconciled(&linked, &id)
    });
    assert_ne!(found["verdict"], "differs", "{found:#}");
    assert!(app.verdicts_told(&linked).iter().all(|(_, verdict)| verdict == "ties"));
    let found = app.reconcile(&linked);
    let differences = app.differences(&linked, found["id"].as_str().unwrap());
    assert_eq!(found["verdict"], "ties", "{found:#} {differences:#?}");
    assert_eq!(app.sums(&linked), truth::balance(&app.sandbox.balance(0)));
}

fn without_the_ledger_there_is_nothing_to_compare(kind: Kind) {
    let app = TestApp::on(kind)
        .charges(60)
        .setting("worker.reconcile_after_runs", "true")
        .sandbox(&["--fault", "forbidden:resource=balance_transactions"])
        .start();
    let linked = app.link("Toft Stores", 0);
    app.wait_for_sync(&linked, RUN);
    let found = first(&app, &linked);
    assert_eq!(found["verdict"], "not_applicable", "{found:#}");
    assert!(found["explanation"].as_str().unwrap().contains("rak_balance_read"), "{found:#}");

    app.sandbox.set_faults(&["forbidden:resource=balance"]);
    app.developer.post(&format!("/companies/{}/data/all", linked.company_id), &Value::Null).expect(204);
    app.wait_for_sync(&linked, RUN);
    let found = app.reconcile(&linked);
    assert_eq!(found["verdict"], "not_applicable", "{found:#}");
    assert!(found["explanation"].as_str().unwrap().contains("rak_balance_read"), "{found:#}");

    // A part of the history sums to no balance.
    app.sandbox.set_faults(&[]);
    let middle = app.sandbox.list(0, "balance_transactions")[20]["created"].as_i64().unwrap();
    let since = tributary_core::Millis::from_secs(middle).to_iso();
    let client = app.developer.get("/profile/syncSettings").expect(200).json()["clientId"].clone();
    let bounded = json!({ "dataType": "commerce-transactions", "fetchOnFirstLink": true, "syncSchedule": 0,
        "syncOrder": 0, "syncFromUtc": since });
    let settings = json!({ "clientId": client, "settings": [bounded], "overridesDefaults": true });
    app.developer.post("/profile/syncSettings", &settings).expect(204);
    app.developer.post(&format!("/companies/{}/data/all", linked.company_id), &Value::Null).expect(204);
    app.wait_for_sync(&linked, RUN);
    let found = app.reconcile(&linked);
    assert_eq!(found["verdict"], "not_applicable", "{found:#}");
    assert_eq!(app.verdicts_told(&linked), [(Value::Null, json!("not_applicable"))]);
}

fn killed_in_the_middle_it_is_taken_up_again(kind: Kind) {
    let mut app = TestApp::on(kind)
        .charges(300)
        .sandbox(&["--latency-ms", "20"])
        .setting("worker.lease_secs", "1")
        .setting("worker.poll_ms", "50")
        .start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let id = app.ask_for_reconciliation(&linked);
    wait::until("some payouts are asked for", RUN, || (app.count("payout_lists") > 0).then_some(()));
    app.kill();
    let known = app.count("payout_lists");
    assert_eq!(app.database.texts("SELECT state AS value FROM reconciliations"), ["running"]);
    app.serve(&[]);
    let found = app.reconciled(&linked, &id);
    assert_eq!(found["verdict"], "ties", "{found:#} {:#?}", app.differences(&linked, &id));
    assert!(app.count("payout_lists") > known, "the kill came too late to prove anything");
}

fn records_are_made_anew_also_after_a_kill_and_those_that_are_right_stay(kind: Kind) {
    let mut app = TestApp::on(kind)
        .charges(1_500)
        .setting("worker.lease_secs", "1")
        .setting("worker.poll_ms", "50")
        .start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let before = dump::of_connection(&app.database, &linked.connection_id);
    let modified = |app: &TestApp| -> BTreeMap<String, String> {
        let rows = app.database.texts(
            "SELECT id || ' ' || CAST(modified_ms AS TEXT) AS value FROM transactions \
             UNION ALL SELECT id || ' ' || CAST(modified_ms AS TEXT) FROM payments",
        );
        rows.iter()
            .map(|row| row.rsplit_once(' ').unwrap())
            .map(|(id, ms)| (id.to_owned(), ms.to_owned()))
            .collect()
    };
    let unmoved = modified(&app);
    // As if an earlier version had mapped them otherwise.
    let changed: BTreeSet<String> = app
        .database
        .texts("SELECT id AS value FROM transactions WHERE amount_minor % 3 = 0")
        .into_iter()
        .collect();
    app.database.execute(
        "UPDATE transactions SET amount_minor = amount_minor + 1, digest = digest + 1 WHERE amount_minor % 3 = 0; \
         UPDATE payments SET provider = 'somebody' WHERE resource = 'charges' AND amount_minor % 7 = 0;",
    );
    let cli = app.cli.clone();
    let asked = app.sandbox.requests("GET /v1/charges");
    let printed = std::thread::scope(|scope| {
        let remap = scope.spawn(move || cli.run(&["remap", "--json"]));
        wait::until("some are made anew", RUN, || {
            let made =
                app.database.texts("SELECT CAST(objects AS TEXT) AS value FROM remaps WHERE objects > 0");
            (!made.is_empty()).then_some(())
        });
        app.kill();
        let ended = app.count("remaps WHERE ended_ms IS NOT NULL");
        app.serve(&[]);
        let printed = remap.join().unwrap();
        assert_eq!(ended, 0, "the kill came too late to prove anything");
        printed
    });
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    let printed: Value = serde_json::from_str(&printed.stdout).unwrap();
    let done = &printed["connections"][0];
    assert_eq!(done["connection_id"], linked.connection_id.as_str());
    assert_eq!(done["unmapped"], 0);
    assert!(done["changed"].as_u64().unwrap() as usize >= changed.len(), "{done}");
    assert_eq!(app.sandbox.requests("GET /v1/charges"), asked, "Stripe is not asked");
    dump::assert_equal("remapped", &before, &dump::of_connection(&app.database, &linked.connection_id));
    for (id, ms) in modified(&app).iter().filter(|(id, _)| id.starts_with("txn_")) {
        assert_eq!(changed.contains(id), unmoved.get(id) != Some(ms), "{id}");
    }

    let again = app.cli.json(&["remap", "--connection", &linked.connection_id]);
    assert_eq!(again["connections"][0]["changed"], 0, "{again}");
    assert!(
        app.cli
            .refusal(&["remap", "--connection", "0498e921-9b53-4396-a412-000000000009"])
            .contains("no connection")
    );
}
