//! The portal over HTTP: the first run, signing in, what forms are refused, and the pages' journeys.

use crate::support::actors::Consent;
use crate::support::app::TestApp;
use crate::support::database::Kind;
use crate::support::http::Answer;
use crate::support::portal::{Person, hidden_fields};
use crate::support::truth::DATA_TYPES;
use crate::support::{dump, on_both_databases, wait};
use std::time::Duration;

on_both_databases![
    whoever_holds_the_token_becomes_the_first_administrator_and_nobody_after,
    wrong_passwords_are_refused_alike_and_slowed_down,
    forms_without_the_sessions_token_or_from_elsewhere_change_nothing,
    other_platforms_and_lower_roles_see_nothing,
    wrong_settings_keep_what_was_entered_and_never_show_a_secret,
    a_company_goes_from_its_name_to_its_data,
];

const PASSWORD: &str = "a pass phrase for the tests";
const RUN: Duration = Duration::from_secs(120);

/// Creates an administrator of a platform, before `serve` runs.
fn administrator(app: &TestApp, platform: &str, email: &str) {
    let file = app.scratch.file("a-password", PASSWORD);
    let create = ["admin", "create", "--platform", platform, "--email", email, "--password-file"];
    app.cli.json(&[&create[..], &[file.to_str().unwrap()]].concat());
    app.canaries.add("a password", PASSWORD);
}

/// An installation with an administrator, who is signed in; and the path of the platform's pages.
fn signed_in(kind: Kind) -> (TestApp, Person, String) {
    let mut app = TestApp::on(kind).charges(20).prepare();
    administrator(&app, "Harbour Lending", "ada@example.com");
    app.serve(&[]);
    let ada = Person::at(&app);
    let companies = ada.sign_in("ada@example.com", PASSWORD);
    let platform = companies.strip_suffix("/companies").unwrap().to_owned();
    (app, ada, platform)
}

/// Every row of every table but those that signing in writes.
fn rows(app: &TestApp) -> String {
    let tables = dump::whole(&app.database).into_iter();
    let kept = tables.filter(|(table, _)| !["sessions", "sign_in_tries"].contains(&table.as_str()));
    kept.map(|(table, rows)| format!("{table}\n{}\n", rows.join("\n"))).collect()
}

fn token_of(page: &Answer, action: &str) -> String {
    let fields = hidden_fields(&page.text, action);
    fields.into_iter().find(|(name, _)| name == "token").unwrap().1
}

fn whoever_holds_the_token_becomes_the_first_administrator_and_nobody_after(kind: Kind) {
    let mut app = TestApp::on(kind).charges(10).prepare();
    app.serve(&[]);
    let log = std::fs::read_to_string(app.process(0).log.clone()).unwrap();
    let marker = format!("{}/setup?token=", app.portal_url);
    assert_eq!(log.matches(&marker).count(), 1, "the address is printed once");
    let line = log.lines().find(|line| line.contains(&marker)).unwrap();
    let token = line.split_once("token=").unwrap().1.trim().to_owned();
    assert_eq!(token.len(), 43);

    let (ada, eve) = (Person::at(&app), Person::at(&app));
    assert!(ada.get("/").expect(303).header("location").ends_with("/sign-in"));
    let page = ada.open("/sign-in").expect(200);
    assert!(page.text.contains("no users yet"));
    let reversed: String = token.chars().rev().collect();
    for wrong in ["/setup", "/setup?token=", &format!("/setup?token={reversed}")] {
        let page = eve.get(wrong).expect(403);
        assert!(page.text.contains("isn&#39;t the address of the first run"), "{}", page.text);
    }
    let forged =
        [("setup", "wrong"), ("email", "eve@example.com"), ("password", PASSWORD), ("again", PASSWORD)];
    eve.send("/setup", &forged).expect(403);

    let page = ada.get(&format!("/setup?token={token}")).expect(200);
    assert!(!page.text.contains("name=\"platform\""), "there is a platform already");
    let entered = [("email", "ada"), ("password", "too short"), ("again", "")];
    let page = ada.submit(&page, "/setup", &entered).expect(422);
    assert!(page.text.contains("<title>Error: Set up"));
    for words in ["Enter an e-mail address", "Choose a password of 12 to"] {
        assert_eq!(page.text.matches(words).count(), 2, "in the summary and at the field: {words}");
    }
    assert!(page.text.contains("value=\"ada\"") && !page.text.contains("too short"));
    let entered = [("email", "ada@example.com"), ("password", PASSWORD), ("again", "another pass phrase")];
    let page = ada.submit(&page, "/setup", &entered).expect(422);
    let entered = [("email", "ada@example.com"), ("password", PASSWORD), ("again", PASSWORD)];
    let answer = ada.submit(&page, "/setup", &entered).expect(303);
    let companies = ada.follow(answer).expect(200);
    assert!(companies.text.contains("First steps") && companies.text.contains("ada@example.com"));

    let late = [
        ("setup", token.as_str()),
        ("email", "eve@example.com"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    assert_eq!(eve.send("/setup", &late).expect(303).header("location"), "/sign-in");
    assert_eq!(eve.get(&format!("/setup?token={token}")).expect(303).header("location"), "/sign-in");
    assert!(!rows(&app).contains("eve@example.com"));
    app.canaries.add("a password", PASSWORD);
}

fn wrong_passwords_are_refused_alike_and_slowed_down(kind: Kind) {
    let mut app = TestApp::on(kind).charges(10).prepare();
    administrator(&app, "Harbour Lending", "ada@example.com");
    app.serve(&[]);
    let eve = Person::at(&app);
    let guess = |email: &str| {
        let answer = eve.send("/sign-in", &[("email", email), ("password", "a wrong pass phrase")]);
        (answer.status, answer.text.replace(email, ""))
    };
    let known = guess("ada@example.com");
    assert_eq!(known, guess("nobody@example.com"), "whether an address has a user isn't said (A-43)");
    assert_eq!(known.0, 422);
    assert!(known.1.contains("isn&#39;t right"), "{}", known.1);
    let mut slowed = None;
    for _ in 0..8 {
        let (status, page) = guess("ada@example.com");
        if status == 429 {
            slowed = Some(page);
            break;
        }
        assert_eq!(status, 422);
    }
    assert!(slowed.unwrap_or_default().contains("Too many tries. Wait "), "a wait after a few tries");

    // The right password enters once the wait is over, and the session is one of a new token each time.
    let ada = Person::at(&app);
    let entered = [("email", "Ada@Example.com"), ("password", PASSWORD), ("next", "https://evil.example/")];
    let answer = wait::until("the wait is over", wait::SOON, || {
        let answer = ada.send("/sign-in", &entered);
        (answer.status != 429).then_some(answer)
    });
    let answer = answer.expect(303);
    assert_eq!(answer.header("location"), "/");
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("tributary_portal=") && cookie.contains("HttpOnly"), "{cookie}");
    let again = ada.send("/sign-in", &entered).expect(303).header("set-cookie").to_owned();
    assert_ne!(cookie.split(';').next(), again.split(';').next());
    let stolen = cookie.split_once('=').unwrap().1.split(';').next().unwrap().to_owned();
    let thief = crate::support::http::client();
    let asked =
        thief.get(format!("{}/", app.portal_url)).header("Cookie", format!("tributary_portal={stolen}"));
    let refused = Answer::of(asked.send().unwrap()).expect(303);
    assert_eq!(refused.header("location"), "/sign-in", "the token of before opens nothing any more");

    let page = ada.open("/").expect(200);
    let bye = ada.submit(&page, "/sign-out", &[]).expect(303);
    assert_eq!(bye.header("location"), "/sign-in");
    assert!(ada.get("/").expect(303).header("location").starts_with("/sign-in"));
}

fn forms_without_the_sessions_token_or_from_elsewhere_change_nothing(kind: Kind) {
    let (app, ada, platform) = signed_in(kind);
    let action = format!("{platform}/companies/new");
    let token = token_of(&ada.get(&action).expect(200), &action);
    let other = Person::at(&app);
    other.sign_in("ada@example.com", PASSWORD);
    let others = token_of(&other.get(&action).expect(200), &action);
    let before = rows(&app);
    for forged in ["", "x", &others, &token[1..]] {
        let answer = ada.send(&action, &[("name", "Planted"), ("token", forged)]).expect(403);
        assert!(answer.text.contains("Nothing was changed"));
    }
    ada.send(&action, &[("name", "Planted")]).expect(403);
    for origin in
        ["https://evil.example", "null", "", &app.link_url, &format!("{}.evil.example", app.portal_url)]
    {
        ada.send_from(origin, &action, &[("name", "Planted"), ("token", &token)]).expect(403);
    }
    for path in ["/sign-out", &format!("{platform}/settings/integrations/yzth/switch"), "/sign-in", "/setup"]
    {
        ada.send_from("https://evil.example", path, &[("token", &token)]).expect(403);
    }
    let nobody = Person::at(&app);
    let answer = nobody.send(&action, &[("name", "Planted"), ("token", &token)]).expect(303);
    assert_eq!(answer.header("location"), "/sign-in");
    assert_eq!(rows(&app), before);
    ada.send(&action, &[("name", "Meant"), ("token", &token)]).expect(303);
    // Reading changes nothing, and what only does something can't be read.
    let before = rows(&app);
    for path in [format!("{platform}/companies"), action, format!("{platform}/settings/integrations/yzth")] {
        ada.get(&path).expect(200);
    }
    ada.get(&format!("{platform}/settings/integrations/yzth/switch")).expect(405);
    ada.get("/sign-out").expect(405);
    // What PostgreSQL can't store or compare is no failure of ours.
    ada.get(&format!("{platform}/companies?search=%00")).expect(200);
    ada.send(&format!("{platform}/developers/api-keys"), &[("name", "a\0b"), ("token", &token)]).expect(400);
    assert_eq!(rows(&app), before);
}

fn other_platforms_and_lower_roles_see_nothing(kind: Kind) {
    let mut app = TestApp::on(kind).charges(10).prepare();
    app.cli.json(&["platform", "create", "--name", "Other"]);
    administrator(&app, "Harbour Lending", "ada@example.com");
    administrator(&app, "Harbour Lending", "ana@example.com");
    administrator(&app, "Other", "eve@example.com");
    set_role(&app, "ana@example.com", "analyst");
    app.serve(&[]);
    let (ada, ana, eve) = (Person::at(&app), Person::at(&app), Person::at(&app));
    let companies = ada.sign_in("ada@example.com", PASSWORD);
    let platform = companies.strip_suffix("/companies").unwrap();
    let page = ada.get(&format!("{platform}/companies/new")).expect(200);
    let made =
        ada.submit(&page, &format!("{platform}/companies/new"), &[("name", "Toft Stores")]).expect(303);
    let company = made.header("location").split('?').next().unwrap().to_owned();
    ada.get(&company).expect(200);

    // Another platform's administrator: the same answer as for what isn't there, under either platform.
    let theirs = eve.sign_in("eve@example.com", PASSWORD);
    let missing = eve.get(&format!("{theirs}/{}", uuid::Uuid::new_v4())).expect(404).text;
    let id = company.rsplit('/').next().unwrap();
    for path in [
        companies.clone(),
        company.clone(),
        format!("{platform}/settings/integrations/yzth"),
        format!("{theirs}/{id}"),
        format!("{theirs}/{id}/history"),
        format!("{theirs}/{id}/progress"),
        format!("{theirs}/{id}/data/commerce-payments"),
    ] {
        assert_eq!(eve.get(&path).expect(404).text, missing, "{path}");
    }
    let token = token_of(&eve.get(&theirs).expect(200), "/sign-out");
    for (path, field) in [
        (format!("{company}/connect"), ("integration", "yzth")),
        (format!("{theirs}/{id}/connect"), ("integration", "yzth")),
        (format!("{theirs}/{id}/refresh"), ("", "")),
        (format!("{platform}/settings/integrations/yzth/switch"), ("to", "off")),
    ] {
        eve.send(&path, &[("token", &token), field]).expect(404);
    }
    assert_eq!(
        app.developer.get(&format!("/companies/{id}/connections")).expect(200).json()["totalResults"],
        0
    );

    // An analyst: sees companies, and neither settings nor keys; what is forbidden isn't in the menu.
    let listed = ana.get(&ana.sign_in("ana@example.com", PASSWORD)).expect(200).text;
    assert!(
        listed.contains("Toft Stores") && !listed.contains("Integrations<") && !listed.contains("API keys<")
    );
    let token = token_of(&ana.get(&company).expect(200), "/sign-out");
    for path in ["settings/integrations", "settings/integrations/yzth", "developers/api-keys"] {
        let page = ana.get(&format!("{platform}/{path}")).expect(403);
        assert!(page.text.contains("Your role is Analyst. Ask an administrator for the Developer role."));
    }
    let before = rows(&app);
    for path in
        ["settings/integrations/yzth/save", "settings/integrations/yzth/switch", "developers/api-keys"]
    {
        let fields = [("token", token.as_str()), ("to", "off"), ("name", "x")];
        ana.send(&format!("{platform}/{path}"), &fields).expect(403);
    }
    assert_eq!(rows(&app), before);
}

/// Gives a user another role, which no command does yet.
fn set_role(app: &TestApp, email: &str, role: &str) {
    let user = format!("SELECT id FROM users WHERE email = '{email}'");
    app.database.execute(&format!("UPDATE memberships SET role = '{role}' WHERE user_id IN ({user})"));
}

fn wrong_settings_keep_what_was_entered_and_never_show_a_secret(kind: Kind) {
    let (app, ada, platform) = signed_in(kind);
    let test = format!("{platform}/settings/integrations/yzth");
    let live = format!("{platform}/settings/integrations/exgd");
    let page_of = |path: &str| ada.get(path).expect(200);
    let save = |path: &str, entered: &[(&str, &str)]| {
        let answer = ada.submit(&page_of(path), &format!("{path}/save"), entered);
        assert!(!answer.text.contains("canary"), "a secret came back");
        answer
    };
    let before = rows(&app);
    // The words of rows 1 to 5 of the list of messages, at the field and in the summary.
    for (path, client_id, secret_key, words) in [
        (
            &live,
            "ca_entered1",
            "sk_test_canary_entered",
            "This is a test-mode key (it starts with sk_test_).",
        ),
        (&test, "ca_entered1", "sk_live_canary_entered", "This is a live key. Stripe Test only takes keys"),
        (&test, "not one", "", "Enter the client ID from Connect settings at Stripe. It starts with ca_"),
        (
            &test,
            "ca_entered1",
            "pk_test_canary_entered",
            "This is a publishable key (pk_…). It can&#39;t read data.",
        ),
        (&live, "ca_entered1", "", "Enter the secret key from API keys at Stripe. It starts with sk_live_."),
        (&test, "ca_entered1", "rk_test_canary_entered", "This is a restricted key"),
    ] {
        let entered = [
            ("client_id", client_id),
            ("secret_key", secret_key),
            ("read_write", "yes"),
            ("sync_mode", "continuous"),
        ];
        let page = save(path, &entered).expect(422);
        assert!(page.text.contains("<title>Error: "), "{words}");
        assert_eq!(
            page.text.matches(words).count(),
            2,
            "in the summary and at the field: {words}\n{}",
            page.text
        );
        assert!(page.text.contains(&format!("value=\"{client_id}\"")), "what was entered stays");
        assert!(page.text.contains("name=\"read_write\" value=\"yes\" checked"));
        assert!(page.text.contains("value=\"continuous\" checked"));
        assert_eq!(page.text.contains("Enter it again"), !secret_key.is_empty());
    }
    let page =
        save(&test, &[("client_id", "ca_1"), ("webhook_secret", "canary, not a signing secret")]).expect(422);
    assert!(page.text.contains("It starts with whsec_."));
    assert_eq!(rows(&app), before, "nothing was saved");

    // What is right is saved, and said once; what is left empty stays.
    let stripe = app.sandbox.platform("live");
    let (client_id, secret_key) =
        (stripe["client_id"].as_str().unwrap(), stripe["secret_key"].as_str().unwrap());
    let entered = [
        ("client_id", client_id),
        ("secret_key", secret_key),
        ("webhook_secret", "whsec_canary123456"),
        ("read_write", "yes"),
    ];
    let stale = page_of(&live);
    let saved = save(&live, &entered).expect(303);
    let page = ada.follow(saved).expect(200);
    assert!(page.text.contains("role=\"status\"") && page.text.contains("Saved. Turn it on below"));
    assert!(page.text.contains("1 of at most 3 stored") && page.text.contains("/stripe/events/"));
    assert!(!page.text.contains("canary"));
    let on = ada.submit(&page, &format!("{live}/switch"), &[]).expect(303);
    assert!(ada.follow(on).expect(200).text.contains("Turned on."));
    let saved = save(&live, &[("client_id", client_id), ("sync_mode", "continuous")]).expect(303);
    assert!(saved.header("location").ends_with("?done=saved"));
    let page = page_of(&live);
    assert!(
        page.text.contains("Stored: <code>sk_live_") && page.text.contains("value=\"continuous\" checked")
    );
    let conflict = ada.submit(&stale, &format!("{live}/save"), &entered).expect(422);
    assert!(conflict.text.contains("Somebody else saved these settings"), "{}", conflict.text);

    // Stripe is asked about what is stored.
    let checked = ada.submit(&page_of(&test), &format!("{test}/check"), &[]).expect(200);
    for words in ["Stripe accepts the secret key.", "Stripe knows the client ID."] {
        assert!(checked.text.contains(words), "{words} in {}", checked.text);
    }
    assert!(!checked.text.contains("canary"));
    let off = ada.submit(&page_of(&test), &format!("{test}/switch"), &[]).expect(303);
    assert!(
        ada.follow(off).expect(200).text.contains("Turned off. Connections that are linked stay linked.")
    );
}

fn a_company_goes_from_its_name_to_its_data(kind: Kind) {
    let (app, ada, platform) = signed_in(kind);
    let companies = format!("{platform}/companies");
    let new = format!("{companies}/new");
    let nameless = ada.submit(&ada.get(&new).expect(200), &new, &[("name", " ")]).expect(422);
    assert!(nameless.text.contains("Enter the company&#39;s name."));
    let hostile = "Toft & \"Sons\" <script>alert(1)</script>";
    let made = ada.submit(&nameless, &new, &[("name", hostile), ("description", "<b>bold</b>")]).expect(303);
    let company = made.header("location").split('?').next().unwrap().to_owned();
    let page = ada.follow(made).expect(200);
    assert!(page.text.contains("The company was added."));
    assert!(!page.text.contains("<script>alert") && !page.text.contains("<b>bold"));
    let id = company.rsplit('/').next().unwrap();
    assert!(page.text.contains(&format!("{}/company/{id}<", app.link_url)), "the Link URL to copy");

    let connected = ada.submit(&page, &format!("{company}/connect"), &[("integration", "yzth")]).expect(303);
    let page = ada.follow(connected).expect(200);
    let start = format!("{}/companies/{id}/connections/", app.link_url);
    let from = page.text.find(&start).unwrap();
    let link = page.text[from..].split('<').next().unwrap().to_owned();
    app.merchant().authorize(&link, app.sandbox.account(0), Consent::Connect);
    let ended = wait::until("everything is read", RUN, || {
        let state = ada.get(&format!("{company}/progress")).expect(200);
        let json = state.json();
        (json["active"] == false && !json["datasets"].as_array().unwrap().is_empty()).then_some(state)
    });
    for dataset in ended.json()["datasets"].as_array().unwrap() {
        assert_eq!(dataset["word"], "Complete", "{dataset}");
    }
    let page = ada.get(&company).expect(200);
    assert!(page.text.contains("Linked") && page.text.contains(app.sandbox.account(0)));

    let connection = app.developer.get(&format!("/companies/{id}/connections")).expect(200).json();
    let connection = connection["results"][0]["id"].as_str().unwrap().to_owned();
    let payments =
        app.developer.list(&format!("/companies/{id}/connections/{connection}/data/commerce-payments"), 100);
    let data = ada.get(&format!("{company}/data/commerce-payments?connection={connection}")).expect(200);
    for payment in payments.iter().take(20) {
        assert!(data.text.contains(payment["id"].as_str().unwrap()), "{payment}");
    }
    for data_type in [
        "companyInfo",
        "customers",
        "products",
        "productCategories",
        "taxComponents",
        "locations",
        "paymentMethods",
        "disputes",
        "orders",
        "transactions",
    ] {
        let data =
            ada.get(&format!("{company}/data/commerce-{data_type}?connection={connection}")).expect(200);
        assert!(data.text.contains("<td") || data.text.contains("There are none"), "{data_type}");
    }
    ada.get(&format!("{company}/data/commerce-nonsense")).expect(404);

    let refreshed = ada.submit(&page, &format!("{company}/refresh"), &[]).expect(303);
    assert!(refreshed.header("location").ends_with("?done=refresh"));
    wait::until("everything is read again", RUN, || {
        (ada.get(&format!("{company}/progress")).expect(200).json()["active"] == false).then_some(())
    });
    let history = ada.get(&format!("{company}/history")).expect(200).text;
    let all = 2 * DATA_TYPES;
    assert!(history.contains("First read") && history.contains("Requested"));
    assert!(history.contains(&format!("1–{all} of {all}")));

    // Found by name, by its ids, by the account's id; and by status.
    let row = format!("<a href=\"{company}\">");
    let account = app.sandbox.account(0);
    for query in [
        "search=toft",
        &format!("search={id}"),
        &format!("search={connection}"),
        &format!("search={account}"),
    ] {
        assert!(
            ada.get(&format!("{companies}?{query}&status=linked")).expect(200).text.contains(&row),
            "{query}"
        );
    }
    for query in ["search=nothing", "status=deauthorized", "status=none"] {
        let page = ada.get(&format!("{companies}?{query}")).expect(200).text;
        assert!(!page.contains(&row) && page.contains("No company fits"), "{query}");
    }
}
