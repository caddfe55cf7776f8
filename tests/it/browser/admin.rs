//! Platform admins: from an empty installation to a merchant's data, and what goes wrong on the way.

use crate::support::actors::Developer;
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::database::Kind;
use crate::support::truth::DATA_TYPES;
use crate::support::{on_both_databases, wait};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "four quiet harbour bells";

on_both_databases!(the_first_administrator_takes_a_merchant_from_nothing_to_data);

/// Fills the settings of an integration with the sandbox's credentials of that mode and saves them.
fn set_up(browser: &Browser, app: &TestApp, name: &str, mode: &str) {
    let platform = app.sandbox.platform(mode);
    browser.press("Integrations");
    browser.press(&format!("Set up {name}"));
    browser.fill("Client ID", platform["client_id"].as_str().unwrap());
    browser.fill("Secret key", platform["secret_key"].as_str().unwrap());
    browser.tick("Allow continuous data sync");
    browser.press("Save");
    browser.wait_for("Saved. Turn it on below to let merchants connect.");
    browser.press("Turn on");
    browser.wait_for("Turned on.");
}

fn the_first_administrator_takes_a_merchant_from_nothing_to_data(kind: Kind) {
    let app = TestApp::on(kind).charges(200).bare().start();
    app.canaries.add("a password", PASSWORD);
    let browser = Browser::start(app.scratch.path());

    browser.open(&app.setup_url());
    browser.look("setup");
    browser.fill("Name of your platform", "Harbour Lending");
    browser.fill("Your e-mail address", EMAIL);
    browser.fill("Password", PASSWORD);
    browser.fill("Password again", "something else");
    browser.press("Create administrator");
    browser.wait_for("There is a problem");
    assert!(browser.title().starts_with("Error: "), "{}", browser.title());
    assert_eq!(browser.value("Your e-mail address"), EMAIL);
    browser.look("setup-problem");
    browser.fill("Password", PASSWORD);
    browser.fill("Password again", PASSWORD);
    browser.press("Create administrator");
    browser.wait_for("No companies yet");
    browser.look("companies-empty");

    browser.press("Integrations");
    browser.look("integrations-unset");
    set_up(&browser, &app, "Stripe", "live");
    set_up(&browser, &app, "Stripe Test", "test");
    browser.press("Check");
    browser.wait_for("Client ID and secret key belong to the same account.");
    browser.look("integration");
    assert!(!browser.source().contains(app.sandbox.platform("test")["secret_key"].as_str().unwrap()));
    browser.press("Integrations");
    browser.look("integrations");

    browser.press("Companies");
    browser.press("New company");
    browser.fill("Name", "Quay Coffee");
    browser.press("Add company");
    browser.wait_for("The company was added.");
    browser.look("company-new");
    let company = browser.url().split('?').next().unwrap().to_owned();
    let link = browser.evaluate("return document.querySelector('#link ~ p code').innerText");
    browser.open(link.as_str().unwrap());
    browser.press("Connect Stripe Test Test");
    browser.wait_for("Connect a simulated account");
    browser.press("Connect");
    browser.wait_for("Your Stripe account is connected");

    browser.open(&company);
    browser.wait_for("Linked");
    browser.wait_until(
        &format!("return document.querySelectorAll('td .badge.done').length === {DATA_TYPES}"),
        "every type is complete",
    );
    browser.look("company-linked");
    let shown = |row: &str| {
        let script = format!(
            "return [...document.querySelectorAll('tr')].find((row) => row.cells[0].innerText === '{row}')\
             .querySelector('[data-records]').innerText"
        );
        browser.evaluate(&script).as_str().unwrap().replace(',', "")
    };
    assert_eq!(shown("Disputes"), app.sandbox.list(0, "disputes").len().to_string());
    browser.press("Payments");
    browser.wait_for("Payments");
    browser.look("data-payments");
    browser.press("Quay Coffee");
    browser.press("Read history");
    browser.look("history");
    browser.press("Quay Coffee");
    browser.press("Refresh data");
    browser.wait_for("Reading has been asked for.");

    browser.press("API keys");
    browser.fill("Name", "warehouse");
    browser.press("Create key");
    browser.wait_for("Your new key");
    let key = browser.evaluate("return document.querySelector('#new ~ p code').innerText");
    app.canaries.add("an API key", key.as_str().unwrap());
    browser.look("api-keys");
    let keys = browser.evaluate("return document.querySelectorAll('tbody tr').length");
    browser.evaluate("location.reload()");
    browser.wait_until(
        "return document.readyState === 'complete' && !document.querySelector('[data-once]')",
        "the key is shown no more",
    );
    assert!(!browser.source().contains(key.as_str().unwrap()));
    let left = browser.evaluate("return document.querySelectorAll('tbody tr').length");
    assert_eq!(left, keys, "loading the page again makes no other key");
    let developer = Developer::new(&app.api_url, key.as_str().unwrap());
    let companies = developer.get("/companies").expect(200).json();
    assert_eq!(companies["results"][0]["name"], "Quay Coffee");
    browser.open(&format!("{}/docs", app.api_url));
    browser.look("api-reference");

    browser.open(&company);
    browser.press("Compare with Stripe's balance");
    let comparison = browser.url();
    wait::until("the page says that it ties", wait::SOON, || {
        browser.open(&comparison);
        browser.text().contains("Ties to Stripe to the cent").then_some(())
    });
    browser.look("reconciliation");

    browser.open(&company);
    browser.press("Companies");
    browser.look("companies");
    browser.press("Sign out");
    browser.wait_for("Sign in");
    browser.look("sign-in");
    browser.open(&company);
    browser.fill("E-mail address", EMAIL);
    browser.fill("Password", PASSWORD);
    browser.press("Sign in");
    browser.wait_for("Quay Coffee");
}

/// An installation with an integration in test mode, and its administrator in front of the portal.
fn signed_in() -> (TestApp, Browser) {
    let app = TestApp::on(Kind::Sqlite).charges(20).start();
    app.canaries.add("a password", PASSWORD);
    let browser = Browser::start(app.scratch.path());
    browser.open(&app.setup_url());
    browser.fill("Your e-mail address", EMAIL);
    browser.fill("Password", PASSWORD);
    browser.fill("Password again", PASSWORD);
    browser.press("Create administrator");
    browser.wait_for("Companies");
    (app, browser)
}

#[test]
fn a_key_that_is_wrong_is_explained_and_changes_nothing() {
    let (app, browser) = signed_in();
    let live = app.sandbox.platform("live")["secret_key"].as_str().unwrap();
    browser.press("Integrations");
    browser.press("Manage Stripe Test");
    browser.fill("Secret key", live);
    browser.press("Save");
    let words =
        "This is a live key. Stripe Test only takes keys that start with sk_test_. Nothing was saved.";
    browser.wait_for(words);
    assert_eq!(browser.text().matches(words).count(), 2, "in the summary and at the field");
    assert!(!browser.source().contains(live));
    browser.look("integration-problem");

    let (dead, client) = ("sk_test_nobodysKey0123456789", browser.value("Client ID"));
    browser.fill("Client ID", &client);
    browser.fill("Secret key", dead);
    browser.press("Save");
    browser.wait_for("Saved.");
    browser.press("Check");
    browser.wait_for("Stripe rejected this key.");
    browser.look("integration-check");
    assert!(!browser.source().contains(dead));
}

#[test]
fn while_an_integration_is_off_merchants_are_told_and_nothing_can_be_connected() {
    let (app, browser) = signed_in();
    let linked = app.new_connection("Toft Stores");
    browser.press("Integrations");
    browser.press("Manage Stripe Test");
    browser.press("Turn off");
    browser.wait_for("Turned off.");
    browser.open(&format!("{}/company/{}", app.link_url, linked.company_id));
    browser.wait_for("hasn't switched on any connection yet");
    browser.look("link-off");
    browser.open(&linked.link_url);
    browser.look("link-start-off");
    assert_eq!(app.connection(&linked)["status"], "PendingAuth");
}

#[test]
fn everything_works_without_scripts() {
    let (app, browser) = signed_in();
    browser.set_scripts(false);
    browser.press("Integrations");
    browser.press("Manage Stripe Test");
    browser.tick_by_id("continuous");
    browser.press("Save");
    browser.wait_for("Saved.");
    let integration = app.database.texts("SELECT sync_mode AS value FROM integrations");
    assert_eq!(integration, ["continuous"]);
}

/// What an attacker, or an odd keyboard, puts where people write.
const HOSTILE: [&str; 8] = [
    "\"><script>alert(1)</script>",
    "'-alert(1)-'",
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "\u{202e}txet desrever",
    "zero\u{200b}width",
    "{{7*7}}",
    "=HYPERLINK(\"https://evil.example\")",
];

#[test]
fn hostile_texts_stay_texts_and_fit_every_width() {
    let (_app, browser) = signed_in();
    let scripts = || browser.evaluate("return document.querySelectorAll('script, svg').length");
    let usual = scripts();
    let (unbroken, all) = ("W".repeat(255), HOSTILE.join(" "));
    browser.press("New company");
    browser.fill("Name", &unbroken);
    browser.fill("Description (optional)", &format!("{all} {}", "W".repeat(600)));
    browser.press("Add company");
    browser.wait_for("The company was added.");
    assert!(browser.text().contains("<script>alert(1)</script>") && browser.text().contains("{{7*7}}"));
    browser.look("company-hostile");
    assert_eq!(scripts(), usual);

    browser.press("Companies");
    browser.look("companies-hostile");
    browser.fill("Search by name", &all);
    browser.press("Apply");
    browser.wait_for("No company fits");
    assert_eq!(scripts(), usual);
    browser.look("companies-hostile-search");

    browser.press("API keys");
    browser.fill("Name", HOSTILE[0]);
    browser.press("Create key");
    browser.wait_for("Your new key");
    assert_eq!(scripts(), usual);
    browser.look("api-keys-hostile");
}

#[test]
fn a_reading_is_paused_and_resumed_and_its_time_of_day_chosen() {
    let (app, browser) = signed_in();
    let linked = app.link("Toft Stores", 0);
    app.synced(&linked, std::time::Duration::from_secs(120));
    app.cli.json(&["integration", "set", "yzth", "--continuous", "--enable"]);
    browser.press("Schedule");
    browser.look("schedule");
    browser.tick("At a time of day");
    browser.fill("Time zone", "Berlin");
    browser.press("Save");
    browser.wait_for("Enter a time of day, such as 03:30.");
    browser.look("schedule-problem");
    // What is typed into such a field depends on the browser's language.
    browser.evaluate("document.getElementById('time').value = '03:30'");
    browser.press("Save");
    browser.wait_for("Enter the name of a time zone, such as Europe/Berlin.");
    browser.fill("Time zone", "Europe/Berlin");
    browser.press("Save");
    browser.wait_for("Saved. It holds at once.");

    browser.press("Companies");
    browser.press("Toft Stores");
    let at_half_past_three = ["03:30 CET", "03:30 CEST"].map(|words| browser.text().contains(words));
    assert!(at_half_past_three.contains(&true), "{}", browser.text());
    browser.press("Pause");
    browser.wait_for("The connection is paused.");
    browser.look("company-paused");
    browser.press("Resume");
    browser.wait_for("The connection is read again.");
    browser.open(&format!("{}/schedule", browser.url().split('?').next().unwrap()));
    browser.look("schedule-of-company");
}
