//! Messages to webhook consumers: they arrive signed, in order, at least once, and whatever a consumer does is handled
//! as documented.

use crate::support::app::{Builder, TestApp};
use crate::support::consumer::{Does, Listening, Received, Registered, URL_TOKEN, register};
use crate::support::database::Kind;
use crate::support::process::Signal;
use crate::support::{on_both_databases, wait};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

on_both_databases![
    messages_arrive_signed_and_in_order_within_their_company,
    whatever_a_consumer_does_is_handled_as_documented,
    a_consumer_that_is_gone_or_has_failed_for_days_is_disabled_and_keeps_what_waits,
    killed_before_a_message_is_routed_it_is_delivered_after_the_start,
    killed_before_an_answer_is_recorded_the_same_message_is_sent_again,
    killed_at_any_moment_nothing_is_lost_and_nothing_invented,
];

const ALL: [&str; 2] = ["company.created", "connection.created"];

/// An installation whose worker looks often, and which may send to this machine.
fn installation(kind: Kind) -> Builder {
    TestApp::on(kind)
        .charges(10)
        .setting("worker.poll_ms", "30")
        .setting("webhooks.allow_private_addresses", "true")
}

/// A new company with a connection: two messages.
fn company(app: &TestApp, name: &str) -> String {
    app.new_connection(name).company_id
}

/// The ids of all messages, in their order.
fn messages(app: &TestApp) -> Vec<String> {
    app.database.texts("SELECT id AS value FROM messages ORDER BY id")
}

fn ids(received: &[Received]) -> BTreeSet<String> {
    received.iter().map(|one| one.message_id.clone()).collect()
}

/// Waits until so many attempts arrived, and gives them.
fn wait_for(consumer: &Listening, count: usize) -> Vec<Received> {
    wait::until("the messages arrive", wait::SOON, || {
        Some(consumer.received()).filter(|received| received.len() >= count)
    })
}

/// How a consumer's deliveries stand, in the order of their messages.
fn states(app: &TestApp, consumer: &Registered) -> Vec<String> {
    let id = &consumer.id;
    app.database.texts(&format!(
        "SELECT state AS value FROM deliveries WHERE consumer_id = '{id}' ORDER BY message_id"
    ))
}

/// Waits until the consumer's deliveries stand so.
fn wait_until(app: &TestApp, consumer: &Registered, expected: &[&str]) {
    wait::until(&format!("deliveries are {expected:?}"), wait::SOON, || {
        (states(app, consumer) == expected).then_some(())
    });
}

/// Status and problem of each attempt to a consumer, in the order of messages and attempts.
fn attempts(app: &TestApp, consumer: &Registered) -> Vec<String> {
    let id = &consumer.id;
    app.database.texts(&format!(
        "SELECT COALESCE(CAST(status AS TEXT), '-') || ' ' || COALESCE(error, 'fine') AS value \
         FROM delivery_attempts WHERE consumer_id = '{id}' ORDER BY message_id, n"
    ))
}

fn messages_arrive_signed_and_in_order_within_their_company(kind: Kind) {
    let app = installation(kind).start();
    let (all, tagged) = (Listening::who(Does::Answers(204)), Listening::who(Does::Answers(200)));
    let consumer = register(&app, &all.url(), &ALL, &[]);
    register(&app, &tagged.url(), &ALL, &["tier:vip"]);
    let companies: Vec<String> = (0..5).map(|n| company(&app, &format!("Company {n}"))).collect();
    let received = wait_for(&all, 10);
    for message in &received {
        consumer.verify(message);
        assert_eq!(message.header("content-type"), "application/json");
        assert!(message.header("user-agent").starts_with("Tributary/"));
    }
    for id in &companies {
        let of_company = received.iter().filter(|message| message.company() == id);
        assert_eq!(of_company.map(Received::event_type).collect::<Vec<_>>(), ALL, "of {id}");
    }
    wait_until(&app, &consumer, &["delivered"; 10]);
    assert_eq!(all.received().len(), 10, "each exactly once");
    assert_eq!(ids(&all.received()), messages(&app).into_iter().collect());
    let log = std::fs::read_to_string(app.scratch.join("serve-1.log")).unwrap();
    assert!(log.contains("a message was delivered") && !log.contains(URL_TOKEN));
    assert!(tagged.received().is_empty(), "no company has its tag");
}

/// Two attempts, as the schedule of this installation has it, and what they came to.
fn whatever_a_consumer_does_is_handled_as_documented(kind: Kind) {
    let app = installation(kind)
        .setting("webhooks.retry_waits_secs", "0")
        .setting("webhooks.deadline_secs", "1")
        .start();
    let elsewhere = Listening::who(Does::Answers(200));
    let failing = Listening::who(Does::Answers(500));
    let hanging = Listening::who(Does::Hangs);
    let redirecting = Listening::who(Does::Redirects(elsewhere.url()));
    let behaved = Listening::who(Does::Answers(200));
    let types = &ALL[..1];
    // 0.0.0.0 would be this machine: what is no consumer's is refused even where private addresses are allowed.
    let nowhere = format!("http://0.0.0.0:{}/", elsewhere.port);
    let consumers: Vec<Registered> =
        [failing.url(), hanging.url(), redirecting.url(), nowhere, "http://127.0.0.1:1/".to_owned()]
            .iter()
            .map(|url| register(&app, url, types, &[]))
            .collect();
    let well = register(&app, &behaved.url(), types, &[]);
    company(&app, "Toft Stores");
    let expected = [
        "500 the consumer answered 500",
        "- there was no whole answer in time",
        "302 the consumer answered 302: redirects are not followed",
        "- the consumer's host has no address that may be reached",
        "- no connection could be made",
    ];
    for (consumer, problem) in consumers.iter().zip(expected) {
        wait_until(&app, consumer, &["dead"]);
        assert_eq!(attempts(&app, consumer), [problem, problem]);
    }
    assert!(elsewhere.received().is_empty());
    assert_eq!((failing.received().len(), ids(&failing.received()).len()), (2, 1), "one id, two attempts");
    let first = &failing.received()[0];
    consumers[0].verify(first);
    wait_until(&app, &well, &["delivered"]);
    // What is given up makes way for the next message.
    failing.does(Does::Answers(200));
    company(&app, "Next Stores");
    wait_until(&app, &consumers[0], &["dead", "delivered"]);
}

fn a_consumer_that_is_gone_or_has_failed_for_days_is_disabled_and_keeps_what_waits(kind: Kind) {
    let app = installation(kind).setting("webhooks.retry_waits_secs", "3600").start();
    let (gone, worn) = (Listening::who(Does::Answers(410)), Listening::who(Does::Answers(503)));
    let gone_consumer = register(&app, &gone.url(), &ALL, &[]);
    let worn_consumer = register(&app, &worn.url(), &ALL, &[]);
    let set = |change: &str, id: &str| {
        app.database.execute(&format!("UPDATE consumers SET {change} WHERE id = '{id}'"));
    };
    // A moment long ago: every attempt has failed since.
    set("failing_since_ms = 1000", &worn_consumer.id);
    // One message alone: what follows the last attempt isn't routed to a consumer that is disabled.
    app.developer.post("/companies", &serde_json::json!({ "name": "Toft Stores" })).expect(200);
    for (consumer, reason) in [(&gone_consumer, "gone"), (&worn_consumer, "failing")] {
        wait::until("the consumer is disabled", wait::SOON, || {
            let reasons = app.database.texts(&format!(
                "SELECT disabled_reason AS value FROM consumers WHERE disabled AND id = '{}'",
                consumer.id
            ));
            (reasons == [reason]).then_some(())
        });
        wait_until(&app, consumer, &["waiting"]);
        assert_eq!(attempts(&app, consumer).len(), 1);
    }
    // Switched on again, after an hour, it gets what waited.
    gone.does(Does::Answers(200));
    set("disabled = FALSE, disabled_reason = NULL, failing_since_ms = NULL", &gone_consumer.id);
    let id = &gone_consumer.id;
    app.database.execute(&format!(
        "UPDATE deliveries SET next_attempt_ms = 0 WHERE consumer_id = '{id}'; \
         UPDATE delivery_lanes SET due_ms = 0 WHERE consumer_id = '{id}'"
    ));
    wait_until(&app, &gone_consumer, &["delivered"]);
    assert_eq!(worn.received().len(), 1, "nothing is sent to one that is disabled");
}

/// The guard is on unless an operator says otherwise.
#[test]
fn by_default_nothing_is_sent_into_the_operators_network() {
    let app = TestApp::on(Kind::Sqlite)
        .charges(10)
        .setting("worker.poll_ms", "30")
        .setting("webhooks.retry_waits_secs", "")
        .start();
    let canary = Listening::who(Does::Answers(200));
    let hostname = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let of_this_machine = [
        canary.url(),
        canary.url().replace("http://", "https://"),
        format!("https://localhost:{}/", canary.port),
        format!("https://{}:{}/", hostname.trim(), canary.port),
        format!("https://2130706433:{}/", canary.port),
        format!("https://[::ffff:127.0.0.1]:{}/", canary.port),
    ];
    let consumers = of_this_machine.map(|url| register(&app, &url, &ALL[..1], &[]));
    company(&app, "Toft Stores");
    for consumer in &consumers {
        wait_until(&app, consumer, &["dead"]);
        let expected = "- the consumer's host has no address that may be reached";
        assert_eq!(attempts(&app, consumer), [expected]);
    }
    assert!(canary.received().is_empty());
}

fn killed_before_a_message_is_routed_it_is_delivered_after_the_start(kind: Kind) {
    let mut app = installation(kind).prepare();
    // It looks when it is rung, and then not for ten minutes.
    app.spawn_serve(&[], &[("worker.poll_ms", "600000")]);
    app.wait_until_ready();
    let consumer = Listening::who(Does::Answers(200));
    let registered = register(&app, &consumer.url(), &ALL, &[]);
    let id = company(&app, "Toft Stores");
    app.kill();
    if kind == Kind::Postgres {
        app.database.execute("UPDATE delivery_lanes SET held_until_ms = 0");
    }
    app.serve(&[]);
    wait_until(&app, &registered, &["delivered", "delivered"]);
    let received = consumer.received();
    // What was under way when it was killed may come twice.
    let mut types: Vec<_> = received.iter().map(Received::event_type).collect();
    types.dedup();
    assert_eq!(types, ALL);
    assert!(received.iter().all(|message| message.company() == id));
}

fn killed_before_an_answer_is_recorded_the_same_message_is_sent_again(kind: Kind) {
    let mut app = installation(kind).start();
    let consumer = Listening::who(Does::Hangs);
    let registered = register(&app, &consumer.url(), &ALL, &[]);
    company(&app, "Toft Stores");
    wait_for(&consumer, 1);
    app.kill();
    assert_eq!(attempts(&app, &registered), [""; 0], "nothing is known of the attempt");
    consumer.does(Does::Answers(200));
    if kind == Kind::Postgres {
        // The dead worker's lease runs out. On SQLite whoever starts next knows that it is dead.
        app.database.execute("UPDATE delivery_lanes SET held_until_ms = 0");
    }
    app.serve(&[]);
    wait_until(&app, &registered, &["delivered", "delivered"]);
    let received: Vec<String> = consumer.received().into_iter().map(|one| one.message_id).collect();
    let [first, second] = messages(&app).try_into().unwrap();
    assert_eq!(received, [first.clone(), first, second], "again, under the same id, and in order");
    assert_eq!(attempts(&app, &registered), ["200 fine", "200 fine"]);
}

fn killed_at_any_moment_nothing_is_lost_and_nothing_invented(kind: Kind) {
    // A short deadline makes for short leases.
    let mut app = installation(kind).setting("webhooks.deadline_secs", "1").start();
    let consumer = Listening::who(Does::Answers(200));
    let registered = register(&app, &consumer.url(), &ALL, &[]);
    let mut companies = Vec::new();
    for round in 0..4 {
        let seen = consumer.received().len();
        companies.extend((0..4).map(|n| company(&app, &format!("Company {round} {n}"))));
        if round % 2 == 0 {
            wait_for(&consumer, seen + 1);
        }
        app.kill();
        if kind == Kind::Postgres {
            app.database.execute("UPDATE delivery_lanes SET held_until_ms = 0");
        }
        app.serve(&[]);
    }
    wait_until(&app, &registered, &["delivered"; 32]);
    let received = consumer.received();
    assert_eq!(ids(&received), messages(&app).into_iter().collect(), "every message, and no other");
    let mut bodies: BTreeMap<&str, &str> = BTreeMap::new();
    for message in &received {
        registered.verify(message);
        let body = bodies.entry(&message.message_id).or_insert(&message.text);
        assert_eq!(*body, message.text, "a repetition is the same message");
    }
    for id in &companies {
        let mut of_company: Vec<&str> =
            received.iter().filter(|message| message.company() == id).map(Received::event_type).collect();
        of_company.dedup();
        assert_eq!(of_company, ALL, "of {id}, repetitions aside");
    }
}

/// Healthy workers share the work without sending anything twice, and one that is frozen is taken over from: what it
/// finds out after it was thawed isn't recorded.
#[test]
fn two_workers_send_each_message_once_and_a_frozen_one_is_taken_over_from() {
    let mut app = installation(Kind::Postgres).prepare();
    app.serve(&["--only", "api,link"]);
    let frozen = app.spawn_serve(&["--only", "worker"], &[]);
    app.spawn_serve(&["--only", "worker"], &[]);
    let consumer = Listening::who(Does::Answers(200));
    let registered = register(&app, &consumer.url(), &ALL, &[]);
    for n in 0..25 {
        company(&app, &format!("Company {n}"));
    }
    wait_until(&app, &registered, &["delivered"; 50]);
    assert_eq!((consumer.received().len(), ids(&consumer.received()).len()), (50, 50));

    app.process(frozen + 1).kill();
    consumer.does(Does::Hangs);
    company(&app, "Frozen Stores");
    wait_for(&consumer, 51);
    app.process(frozen).signal(Signal::Stop);
    consumer.does(Does::Answers(200));
    app.database.execute("UPDATE delivery_lanes SET held_until_ms = 0");
    app.spawn_serve(&["--only", "worker"], &[]);
    wait_until(&app, &registered, &["delivered"; 52]);
    app.process(frozen).signal(Signal::Cont);
    wait::until("the thawed worker learns that it was replaced", Duration::from_secs(60), || {
        let log = std::fs::read_to_string(&app.process(frozen).log).unwrap();
        log.contains("an attempt was not recorded").then_some(())
    });
    assert_eq!(attempts(&app, &registered).len(), 52);
}
