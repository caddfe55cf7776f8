//! The first run: everything that Stripe has arrives, once, and its sums are Stripe's.

use crate::support::actors::Consent;
use crate::support::app::{Linked, TestApp};
use crate::support::database::Kind;
use crate::support::{dump, on_both_databases, truth};
use std::collections::BTreeSet;
use std::time::Duration;

on_both_databases![
    after_the_first_run_every_resource_has_the_ids_that_stripe_has,
    the_transactions_of_each_currency_sum_to_stripes_balance,
    each_charge_is_one_payment_and_every_page_size_shows_the_same_records,
    each_record_is_found_by_its_id,
    two_companies_of_two_accounts_are_never_mixed,
    what_the_first_run_finds_stored_already_is_replaced,
    a_second_run_without_changes_changes_nothing,
    what_changed_at_stripe_arrives_with_the_next_run,
    unknown_words_and_fields_of_stripes_lose_nothing,
    a_deleted_customer_that_charges_still_name_is_kept_as_a_tombstone,
    every_third_answer_may_fail_and_still_everything_arrives,
    under_stripes_limits_no_request_is_refused_for_its_rate,
];

/// How long a run of a few hundred charges may take on a busy machine.
const RUN: Duration = Duration::from_secs(120);

/// The ids of a resource that the database holds as living objects.
fn stored_ids(app: &TestApp, linked: &Linked, resource: &str) -> BTreeSet<String> {
    let query = format!(
        "SELECT id AS value FROM source_objects WHERE resource = '{resource}' AND NOT deleted \
         AND connection_no = (SELECT no FROM connections WHERE id = '{}')",
        linked.connection_id
    );
    app.database.texts(&query).into_iter().collect()
}

fn after_the_first_run_every_resource_has_the_ids_that_stripe_has(kind: Kind) {
    let app = TestApp::on(kind).charges(350).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    for resource in truth::LISTS {
        let expected: BTreeSet<String> = truth::ids(&app.sandbox.list(0, resource));
        assert!(!expected.is_empty(), "the sandbox has no {resource}");
        assert_eq!(stored_ids(&app, &linked, resource), expected, "{resource}");
    }
    assert_eq!(stored_ids(&app, &linked, "account"), BTreeSet::from([app.sandbox.account(0).to_owned()]));
    assert_eq!(stored_ids(&app, &linked, "balance").len(), 1);
}

fn the_transactions_of_each_currency_sum_to_stripes_balance(kind: Kind) {
    let app = TestApp::on(kind).charges(350).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let balance = truth::balance(&app.sandbox.balance(0));
    assert!(balance.len() >= 2, "one currency proves little: {balance:?}");
    assert!(balance.values().any(|minor| *minor != 0));
    assert_eq!(app.sums(&linked), balance);
}

fn each_charge_is_one_payment_and_every_page_size_shows_the_same_records(kind: Kind) {
    let app = TestApp::on(kind).charges(230).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let charges = truth::ids(&app.sandbox.list(0, "charges"));
    assert_eq!(charges.len(), 230);
    for data_type in [
        "commerce-customers",
        "commerce-products",
        "commerce-payments",
        "commerce-transactions",
        "commerce-disputes",
    ] {
        let path = app.data_path(&linked, data_type);
        let all = app.developer.list(&path, 5000);
        assert!(!all.is_empty(), "{data_type}");
        assert_eq!(truth::ids(&all).len(), all.len(), "{data_type}: an id appears twice");
        for page_size in [7, 100] {
            assert_eq!(app.developer.list(&path, page_size), all, "{data_type} by {page_size}");
        }
        let past_the_end = app.developer.get(&format!("{path}?page=1000&pageSize=100")).expect(200).json();
        assert_eq!(past_the_end["results"].as_array().unwrap().len(), 0);
        if data_type == "commerce-payments" {
            let payments = truth::ids(&all);
            let of_charges: BTreeSet<String> =
                payments.iter().filter(|id| charges.contains(*id)).cloned().collect();
            assert_eq!(of_charges, charges);
        }
    }
}

fn each_record_is_found_by_its_id(kind: Kind) {
    let app = TestApp::on(kind).charges(200).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    for data_type in [
        "commerce-customers",
        "commerce-products",
        "commerce-payments",
        "commerce-transactions",
        "commerce-disputes",
    ] {
        let path = app.data_path(&linked, data_type);
        let listed = app.developer.get(&format!("{path}?pageSize=300")).expect(200).json();
        for record in listed["results"].as_array().unwrap() {
            let id = record["id"].as_str().unwrap();
            let encoded = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC);
            let found = app.developer.get(&format!("{path}/{encoded}")).expect(200).json();
            assert_eq!(&found, record);
        }
    }
    let info = app.developer.get(&app.data_path(&linked, "commerce-info")).expect(200).json();
    let balances = info["accountBalances"].as_array().unwrap();
    let expected = truth::balance(&app.sandbox.balance(0));
    assert_eq!(balances.len(), expected.len());
    for balance in balances {
        let currency = balance["currency"].as_str().unwrap();
        let sum = truth::minor(&balance["available"], currency) + truth::minor(&balance["pending"], currency);
        assert_eq!(sum, expected[currency], "{currency}");
    }
}

fn two_companies_of_two_accounts_are_never_mixed(kind: Kind) {
    let app = TestApp::on(kind).charges(220).start();
    let (first, second) = (app.link("Toft Stores", 0), app.link("Quay Books", 1));
    app.synced(&first, RUN);
    app.synced(&second, RUN);
    for (linked, account) in [(&first, 0), (&second, 1)] {
        let payments = truth::ids(&app.developer.list(&app.data_path(linked, "commerce-payments"), 5000));
        let charges = truth::ids(&app.sandbox.list(account, "charges"));
        assert!(charges.is_subset(&payments));
        let others = truth::ids(&app.sandbox.list(1 - account, "charges"));
        assert!(others.is_disjoint(&payments));
    }
}

/// A first run takes what it reads for new; where it isn't, nothing is lost or doubled.
fn what_the_first_run_finds_stored_already_is_replaced(kind: Kind) {
    let app = TestApp::on(kind).charges(220).start();
    let undisturbed = app.link("Quay Books", 0);
    app.synced(&undisturbed, RUN);
    let linked = app.new_connection("Toft Stores");
    let (charge, customer) = (app.sandbox.list(0, "charges"), app.sandbox.list(0, "customers"));
    let (charge, customer) = (charge[3]["id"].as_str().unwrap(), customer[3]["id"].as_str().unwrap());
    let owner = format!("platform_no, no FROM connections WHERE id = '{}'", linked.connection_id);
    app.database.execute(&format!(
        "INSERT INTO source_objects (resource, id, observed_from_ms, observed_to_ms, digest, deleted, json, \
         platform_no, connection_no) SELECT 'charges', '{charge}', 1, 2, 3, FALSE, '{{}}', {owner}; \
         INSERT INTO customers (id, modified_ms, digest, deleted, addresses, created_ms, platform_no, connection_no) \
         SELECT '{customer}', 1, 2, FALSE, '[]', 3, {owner}"
    ));
    let account = app.sandbox.account(0).to_owned();
    app.merchant().authorize(&linked.link_url, &account, Consent::Connect);
    app.synced(&linked, RUN);
    dump::assert_equal(
        "stored already",
        &dump::of_connection(&app.database, &undisturbed.connection_id),
        &dump::of_connection(&app.database, &linked.connection_id),
    );
}

/// A run over the same objects leaves every row as it is, down to the time at which it last changed.
fn a_second_run_without_changes_changes_nothing(kind: Kind) {
    let app = TestApp::on(kind).charges(250).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let before = records(&app);
    app.refresh(&linked, RUN);
    dump::assert_equal("a second run", &before, &records(&app));
    let datasets = app.wait_for_sync(&linked, RUN);
    assert_eq!(datasets.len(), 2 * truth::DATA_TYPES, "every data type, twice");
}

fn what_changed_at_stripe_arrives_with_the_next_run(kind: Kind) {
    let app = TestApp::on(kind).charges(250).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let customers = app.sandbox.list(0, "customers");
    let renamed = customers[3]["id"].as_str().unwrap();
    let deleted = customers[5]["id"].as_str().unwrap();
    let path = app.data_path(&linked, "commerce-customers");
    let before = truth::by_id(&app.developer.list(&path, 500));

    app.sandbox.update(0, "customers", renamed, &serde_json::json!({ "name": "Marlow & Daughters" }));
    app.sandbox.remove(0, "customers", deleted);
    let charge = app.sandbox.charge(0, 4_200);
    app.refresh(&linked, RUN);

    let after = truth::by_id(&app.developer.list(&path, 500));
    assert_eq!(after[renamed]["customerName"], "Marlow & Daughters");
    assert_ne!(after[renamed]["modifiedDate"], before[renamed]["modifiedDate"]);
    assert!(!after.contains_key(deleted));
    app.developer.get(&format!("{path}/{deleted}")).expect(404);
    for (id, customer) in before.iter().filter(|(id, _)| *id != renamed && *id != deleted) {
        assert_eq!(&after[id], customer, "untouched customers stay untouched");
    }
    let payment = app.developer.get(&format!("{}/{charge}", app.data_path(&linked, "commerce-payments")));
    let payment = payment.expect(200).json();
    let currency = payment["currency"].as_str().unwrap();
    assert_eq!(truth::minor(&payment["amount"], currency), 4_200);
    for resource in truth::LISTS {
        assert_eq!(
            stored_ids(&app, &linked, resource),
            truth::ids(&app.sandbox.list(0, resource)),
            "{resource}"
        );
    }
    assert_eq!(app.sums(&linked), truth::balance(&app.sandbox.balance(0)));
}

/// Words and fields that Stripe adds tomorrow are no reason to lose an object.
fn unknown_words_and_fields_of_stripes_lose_nothing(kind: Kind) {
    let app = TestApp::on(kind)
        .charges(200)
        .sandbox(&["--fault", "unknown-enum:resource=disputes", "--fault", "extra-fields"])
        .start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    for resource in truth::LISTS {
        assert_eq!(
            stored_ids(&app, &linked, resource),
            truth::ids(&app.sandbox.list(0, resource)),
            "{resource}"
        );
    }
    let disputes = app.developer.list(&app.data_path(&linked, "commerce-disputes"), 100);
    assert!(disputes.iter().all(|dispute| dispute["status"] == "Unknown"));
}

/// E6: lists leave deleted customers out; the charges that name them don't.
fn a_deleted_customer_that_charges_still_name_is_kept_as_a_tombstone(kind: Kind) {
    let app = TestApp::on(kind).charges(250).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    let listed = truth::ids(&app.sandbox.list(0, "customers"));
    let charges = app.sandbox.list(0, "charges");
    let named = charges.iter().filter_map(|charge| charge["customer"].as_str().map(str::to_owned));
    let gone: BTreeSet<String> = named.filter(|id| !listed.contains(id)).collect();
    assert!(!gone.is_empty(), "the sandbox has no deleted customer");
    let tombstones =
        app.database.texts("SELECT id AS value FROM source_objects WHERE resource = 'customers' AND deleted");
    assert_eq!(tombstones.into_iter().collect::<BTreeSet<_>>(), gone);
    for id in gone {
        app.developer.get(&format!("{}/{id}", app.data_path(&linked, "commerce-customers"))).expect(404);
    }
}

/// B-11.
fn every_third_answer_may_fail_and_still_everything_arrives(kind: Kind) {
    let faults =
        ["server-error:p=0.1", "lock-timeout:p=0.1", "rate-limit:p=0.05", "truncate:p=0.05", "html:p=0.05"];
    let flags: Vec<&str> = faults.iter().flat_map(|fault| ["--fault", *fault]).collect();
    let app = TestApp::on(kind).charges(250).sandbox(&flags).start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, Duration::from_secs(300));
    app.sandbox.set_faults(&[]);
    for resource in truth::LISTS {
        assert_eq!(
            stored_ids(&app, &linked, resource),
            truth::ids(&app.sandbox.list(0, resource)),
            "{resource}"
        );
    }
    assert_eq!(app.sums(&linked), truth::balance(&app.sandbox.balance(0)));
}

/// E13: with the default settings, and Stripe's own limits at the sandbox.
fn under_stripes_limits_no_request_is_refused_for_its_rate(kind: Kind) {
    let app = TestApp::on(kind)
        .charges(900)
        .sandbox(&["--rps-limit", "25"])
        .setting("stripe.share", "0.5")
        .setting("stripe.per_endpoint", "25")
        .setting("stripe.test.requests_per_second", "25")
        .start();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, RUN);
    assert_eq!(app.sandbox.answers(429), 0);
}

/// The record tables with everything that a reader sees, `modified_ms` included.
fn records(app: &TestApp) -> dump::Dump {
    let mut whole = dump::whole(&app.database);
    whole.retain(|table, _| dump::DATA_TABLES.contains(&table.as_str()) && table != "source_objects");
    whole
}
