//! Orders, and what else Stripe's lists of billing hold: whole, and the same to the cent.

use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::{dump, on_both_databases, truth, wait};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

on_both_databases![
    orders_are_stripes_invoices_and_completed_sessions_to_the_cent,
    lists_of_more_than_ten_are_whole,
    payment_methods_are_those_of_charges,
    killed_in_the_middle_of_nested_lists_it_ends_in_the_same_rows,
];

const RUN: Duration = Duration::from_secs(120);

/// Rows of a query of one connection, as JSON lists of texts.
fn rows(app: &TestApp, linked: &Linked, columns: &[&str], table: &str) -> Vec<Vec<String>> {
    let columns: Vec<String> =
        columns.iter().map(|column| format!("COALESCE(CAST({column} AS TEXT), '')")).collect();
    let query = format!(
        "SELECT {} AS value FROM {table} WHERE NOT deleted AND connection_no = (SELECT no FROM connections WHERE id = '{}')",
        columns.join(" || '|' || "),
        linked.connection_id
    );
    app.database.texts(&query).iter().map(|row| row.split('|').map(str::to_owned).collect()).collect()
}

fn minor(object: &Value, name: &str) -> i64 {
    object[name].as_i64().unwrap_or(0)
}

/// Every order that there should be: its total, tax and number of lines.
fn expected(app: &TestApp) -> BTreeMap<String, (i64, i64, usize)> {
    let mut orders = BTreeMap::new();
    for invoice in app.sandbox.list(0, "invoices").iter().filter(|invoice| invoice["status"] != "draft") {
        let id = invoice["id"].as_str().unwrap().to_owned();
        let credited = minor(invoice, "pre_payment_credit_notes_amount");
        let taxes = invoice["total_taxes"].as_array().unwrap();
        let tax: i64 = taxes.iter().map(|tax| minor(tax, "amount")).sum();
        let lines = match invoice["lines"]["has_more"] == true {
            true => app.sandbox.list(0, &format!("invoices/{id}/lines")).len(),
            false => invoice["lines"]["data"].as_array().unwrap().len(),
        };
        let order = match invoice["status"] == "void" {
            true => (0, 0, 0),
            false => (minor(invoice, "total") - credited, tax, lines + usize::from(credited != 0)),
        };
        orders.insert(id, order);
    }
    for session in app.sandbox.list(0, "checkout_sessions") {
        if session["status"] == "complete" && session["invoice"].is_null() && session["mode"] != "setup" {
            let id = session["id"].as_str().unwrap().to_owned();
            let lines = app.sandbox.list(0, &format!("checkout/sessions/{id}/line_items")).len();
            let tax = minor(&session["total_details"], "amount_tax");
            orders.insert(id, (minor(&session, "amount_total"), tax, lines));
        }
    }
    orders
}

fn orders_are_stripes_invoices_and_completed_sessions_to_the_cent(kind: Kind) {
    let app = TestApp::on(kind).charges(250).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let number = |text: &String| text.parse::<i64>().unwrap_or(0);
    let mut sums: BTreeMap<String, (i64, i64, usize)> = BTreeMap::new();
    for line in rows(&app, &linked, &["order_id", "total_minor", "tax_minor"], "order_lines") {
        let sum = sums.entry(line[0].clone()).or_default();
        *sum = (sum.0 + number(&line[1]), sum.1 + number(&line[2]), sum.2 + 1);
    }
    let mut stored = BTreeMap::new();
    for order in rows(&app, &linked, &["id", "total_minor", "tax_minor", "shipping_minor"], "orders") {
        let (total, tax, lines) = sums.get(&order[0]).copied().unwrap_or_default();
        assert_eq!(total + number(&order[3]), number(&order[1]), "the lines of {}", order[0]);
        assert_eq!(tax, number(&order[2]), "the taxes of {}", order[0]);
        stored.insert(order[0].clone(), (number(&order[1]), number(&order[2]), lines));
    }
    let expected = expected(&app);
    assert!(expected.values().any(|(.., lines)| *lines > 10), "no order has more than ten lines");
    assert!(expected.values().any(|(_, tax, _)| *tax != 0), "no order has a tax");
    assert_eq!(stored, expected);
    let statuses: BTreeSet<String> =
        rows(&app, &linked, &["status"], "orders").into_iter().flatten().collect();
    assert!(statuses.is_superset(&["paid", "open", "void", "uncollectible"].map(str::to_owned).into()));
}

fn lists_of_more_than_ten_are_whole(kind: Kind) {
    let app = TestApp::on(kind).charges(250).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let open = app.database.texts(
        "SELECT id AS value FROM source_objects WHERE json LIKE '%\"has_more\":true%' OR json LIKE '%\"has_more\": true%'",
    );
    assert_eq!(open, Vec::<String>::new(), "stored with a part of their lists");
    let long =
        app.sandbox.list(0, "invoices").into_iter().find(|invoice| invoice["lines"]["has_more"] == true);
    let id = long.unwrap()["id"].as_str().unwrap().to_owned();
    let lines = truth::ids(&app.sandbox.list(0, &format!("invoices/{id}/lines")));
    assert!(lines.len() > 10);
    let stored = rows(&app, &linked, &["order_id", "id"], "order_lines");
    let stored = stored.into_iter().filter(|line| line[0] == id).map(|line| line[1].clone());
    assert_eq!(stored.collect::<BTreeSet<_>>(), lines);
    let ended = rows(&app, &linked, &["status"], "subscriptions");
    assert!(ended.iter().any(|row| row[0] == "canceled"), "canceled ones are hidden unless asked for");
}

/// E6: from charges, without a call per customer.
fn payment_methods_are_those_of_charges(kind: Kind) {
    let app = TestApp::on(kind).charges(150).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let charges = app.sandbox.list(0, "charges");
    let named = charges.iter().filter_map(|charge| charge["payment_method"].as_str().map(str::to_owned));
    let stored = rows(&app, &linked, &["id"], "payment_methods").into_iter().flatten();
    assert_eq!(stored.collect::<BTreeSet<_>>(), named.collect::<BTreeSet<_>>());
    assert_eq!(app.sandbox.requests("GET /v1/payment_methods"), 0);
}

/// B-01, where a page is whole only after further requests.
fn killed_in_the_middle_of_nested_lists_it_ends_in_the_same_rows(kind: Kind) {
    let mut app = TestApp::on(kind)
        .charges(250)
        .sandbox(&["--latency-ms", "60"])
        .setting("worker.lease_secs", "1")
        .setting("worker.poll_ms", "50")
        .start();
    let calm = app.link("Undisturbed", 0);
    app.synced(&calm, RUN);
    let nested = "GET /v1/invoices/:id/lines";
    let seen = app.sandbox.requests(nested);
    assert!(seen > 0, "no invoice has more than ten lines");
    let killed = app.link("Killed", 0);
    wait::until("a nested list is read", RUN, || (app.sandbox.requests(nested) > seen).then_some(()));
    app.kill();
    app.serve(&[]);
    app.synced(&killed, RUN);
    let expected = dump::of_connection(&app.database, &calm.connection_id);
    dump::assert_equal("killed", &expected, &dump::of_connection(&app.database, &killed.connection_id));
}
