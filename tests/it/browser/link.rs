//! Merchants: from the company's Link URL over the provider's consent and back.

use crate::support::app::{Linked, TestApp};
use crate::support::browser::Browser;
use crate::support::database::Kind;

/// An installation with one company, and a browser on the company's page.
fn at_the_companys_page() -> (TestApp, Linked, Browser) {
    let app = TestApp::on(Kind::Sqlite).charges(20).start();
    let linked = app.new_connection("Quay Coffee");
    let company = app.developer.get(&format!("/companies/{}", linked.company_id)).expect(200).json();
    let browser = Browser::start(app.scratch.path());
    browser.open(company["redirect"].as_str().unwrap());
    browser.wait_for("Harbour Lending asks for your sales data");
    (app, linked, browser)
}

#[test]
fn a_merchant_consents_and_is_told_what_follows() {
    let (app, linked, browser) = at_the_companys_page();
    browser.look("link-company");
    browser.press("Connect Stripe Test Test");
    browser.wait_for("Connect a simulated account");
    browser.select("Account", &format!("Sandbox Merchant 2 ({})", app.sandbox.account(1)));
    browser.press("Connect");
    browser.wait_for(app.sandbox.account(1));
    browser.look("link-connected");
    assert_eq!(app.connection(&linked)["status"], "Linked");
}

#[test]
fn a_merchant_who_refuses_shares_nothing_and_may_try_again() {
    let (app, linked, browser) = at_the_companys_page();
    browser.press("Connect Stripe Test Test");
    browser.wait_for("Connect a simulated account");
    browser.press("Cancel");
    browser.wait_for("You chose not to connect");
    browser.look("link-denied");
    assert_eq!(app.connection(&linked)["status"], "PendingAuth");

    browser.press("Try again");
    browser.wait_for("Connect a simulated account");
    browser.press("Connect");
    browser.wait_for("Your Stripe account is connected");
    assert_eq!(app.connection(&linked)["status"], "Linked");
}

#[test]
fn a_link_that_names_nothing_says_so() {
    let (app, _, browser) = at_the_companys_page();
    browser.open(&format!("{}/company/{}", app.link_url, uuid::Uuid::new_v4()));
    browser.wait_for("We can't find this page");
    browser.look("link-unknown");
}
