//! Order, holds, and what becomes of consumers and their deliveries.

use super::*;

#[test]
fn one_company_waits_for_its_first_message_and_others_flow_beside_it() {
    let world = World::new();
    let consumer = world.consumer();
    let (slow, quick) = (Some(CompanyId::random()), Some(CompanyId::random()));
    let [first, second] = [1, 2].map(|ms| world.message(slow, ms));
    let beside = world.message(quick, 3);
    let of_none = world.message(None, 4);
    world.route(NOW);
    let holds = world.hold(consumer, NOW);
    assert_eq!(holds.len(), 3, "two companies, and what is of none");
    for hold in &holds {
        let due = world.take_due(hold, NOW);
        assert_ne!(due.message_id, second, "not before the first");
        assert_eq!(due.body, format!("body of {}", due.message_id));
        let verdict = if due.message_id == first { again(MINUTE_MS) } else { DELIVERED };
        assert!(world.record(hold, due.message_id, verdict, NOW));
        assert!(matches!(world.take(hold, NOW), Taken::Nothing));
    }
    let (waiting, delivered) = (DeliveryState::Waiting, DeliveryState::Delivered);
    let expected = [(first, waiting), (second, waiting), (beside, delivered), (of_none, delivered)];
    assert_eq!(world.states(consumer), expected);
    assert_eq!(world.deliver(consumer, DELIVERED, NOW.plus_ms(MINUTE_MS - 1)), []);
    assert_eq!(world.deliver(consumer, DELIVERED, NOW.plus_ms(MINUTE_MS)), [first, second]);
    let attempts_of = |message| {
        let page = Page { offset: 0, limit: 10 };
        world.db.run(|conn| attempts(conn, world.platform.no, consumer, message, page))
    };
    let (of_first, total) = attempts_of(first);
    assert_eq!(
        of_first.iter().map(|one| (one.n, one.status)).collect::<Vec<_>>(),
        [(2, Some(200)), (1, Some(500))]
    );
    assert_eq!((total, attempts_of(second).1), (2, 1));
}

#[test]
fn what_is_given_up_lets_the_next_message_through() {
    let world = World::new();
    let (consumer, company) = (world.consumer(), Some(CompanyId::random()));
    let [first, second] = [1, 2].map(|ms| world.message(company, ms));
    world.route(NOW);
    let hold = world.hold(consumer, NOW).remove(0);
    assert!(world.record(&hold, world.take_due(&hold, NOW).message_id, DEAD, NOW));
    assert_eq!(world.take_due(&hold, NOW).message_id, second);
    assert!(world.record(&hold, second, DELIVERED, NOW));
    assert_eq!(world.states(consumer), [(first, DeliveryState::Dead), (second, DeliveryState::Delivered)]);
    let dead = |page| {
        world.db.run(|conn| of_consumer(conn, world.platform.no, consumer, Some(DeliveryState::Dead), page))
    };
    assert_eq!(dead(Page { offset: 0, limit: 1 }).0[0].message_id, first);
    assert_eq!(dead(Page { offset: 1, limit: 1 }), (Vec::new(), 1));
}

#[test]
fn a_lane_has_one_holder_and_a_lost_hold_records_nothing() {
    let world = World::new();
    let consumer = world.consumer();
    let message = world.message(Some(CompanyId::random()), 1);
    world.route(NOW);
    let first = world.hold(consumer, NOW).remove(0);
    world.take_due(&first, NOW);
    assert_eq!(world.hold(consumer, NOW.plus_ms(LEASE_MS - 1)), []);
    assert_eq!(world.db.run(|conn| consumers_due(conn, NOW, 10)), []);
    // The first worker was killed, or frozen past its lease.
    let later = NOW.plus_ms(LEASE_MS);
    assert_eq!(world.db.run(|conn| consumers_due(conn, later, 10)), [consumer]);
    let second = world.hold(consumer, later).remove(0);
    assert_eq!(world.take_due(&second, later).message_id, message, "the same message again");
    assert!(!world.record(&first, message, DEAD, later));
    assert!(matches!(world.take(&first, later), Taken::Lost));
    assert!(world.record(&second, message, DELIVERED, later));
    // The lane has gone with its last message; a hold of the past doesn't fit the next one.
    assert!(matches!(world.take(&second, later), Taken::Nothing));
    world.message(Some(CompanyId::random()), 2);
    world.route(later);
    assert!(!world.record(&second, message, DEAD, later));
    assert_eq!(world.states(consumer)[0], (message, DeliveryState::Delivered));
}

#[test]
fn what_a_process_held_on_sqlite_is_free_when_the_next_one_starts() {
    let world = World::new();
    let consumer = world.consumer();
    world.message(None, 1);
    world.route(NOW);
    world.hold(consumer, NOW);
    world.db.run(delivery_lanes::release_all);
    assert_eq!(world.hold(consumer, NOW).len(), 1);
}

#[test]
fn a_message_that_comes_while_its_lane_is_held_is_not_forgotten() {
    let world = World::new();
    let (consumer, company) = (world.consumer(), Some(CompanyId::random()));
    let first = world.message(company, 1);
    world.route(NOW);
    let hold = world.hold(consumer, NOW).remove(0);
    world.take_due(&hold, NOW);
    let second = world.message(company, 2);
    world.route(NOW);
    assert!(world.record(&hold, first, DELIVERED, NOW));
    world.db.run(|conn| delivery_lanes::release(conn, &hold, NOW));
    assert_eq!(world.deliver(consumer, DELIVERED, NOW), [second]);
}

#[test]
fn while_disabled_nothing_is_sent_and_afterwards_what_waited_goes_on() {
    let world = World::new();
    let (consumer, company) = (world.consumer(), Some(CompanyId::random()));
    let [first, second] = [1, 2].map(|ms| world.message(company, ms));
    world.route(NOW);
    let hold = world.hold(consumer, NOW).remove(0);
    world.take_due(&hold, NOW);
    let gone = Verdict { then: Then::Again(MINUTE_MS), disable: Some(DisabledReason::Gone) };
    assert!(world.record(&hold, first, gone, NOW));
    assert!(matches!(world.take(&hold, NOW), Taken::Nothing));
    let later = NOW.plus_ms(10 * MINUTE_MS);
    assert_eq!(world.db.run(|conn| consumers_due(conn, later, 10)), []);
    world.message(company, 3);
    assert_eq!(world.route(later), Routed { messages: 1, deliveries: 0 }, "new ones aren't kept for it");
    world.set_disabled(consumer, None);
    assert_eq!(world.deliver(consumer, DELIVERED, later), [first, second]);
}

#[test]
fn failing_is_counted_from_the_first_failure_and_ends_with_any_success() {
    let world = World::new();
    let (consumer, company) = (world.consumer(), Some(CompanyId::random()));
    world.message(company, 1);
    world.message(company, 2);
    world.route(NOW);
    let since = |now| {
        let hold = world.hold(consumer, now).remove(0);
        let due = world.take_due(&hold, now);
        (hold, due.message_id, due.recipient.failing_since)
    };
    for (minute, expected) in [(0, None), (1, Some(NOW)), (2, Some(NOW))] {
        let now = NOW.plus_ms(minute * MINUTE_MS);
        let (hold, message, failing_since) = since(now);
        assert_eq!(failing_since, expected);
        assert!(world.record(&hold, message, again(MINUTE_MS), now));
        world.db.run(|conn| delivery_lanes::release(conn, &hold, now));
    }
    let now = NOW.plus_ms(3 * MINUTE_MS);
    let (hold, message, _) = since(now);
    assert!(world.record(&hold, message, DELIVERED, now));
    assert_eq!(world.take_due(&hold, now).recipient.failing_since, None);
}

#[test]
fn a_consumer_that_recovered_or_moved_meanwhile_is_not_disabled_for_what_was() {
    let world = World::new();
    let (consumer, company) = (world.consumer(), Some(CompanyId::random()));
    let message = world.message(company, 1);
    world.route(NOW);
    let hold = world.hold(consumer, NOW).remove(0);
    let is_disabled = || {
        let due = world.db.run(|conn| consumers_due(conn, NOW.plus_ms(LEASE_MS * 10), 10));
        due.is_empty()
    };
    let fail = |reason, known: Known, now| {
        let verdict = Verdict { then: Then::Again(1), disable: Some(reason) };
        assert!(world.record_known(&hold, message, known, verdict, now));
    };
    let known = |attempts, url: &str, failing_since| Known { attempts, url: url.to_owned(), failing_since };
    // Another lane's success has come between.
    fail(DisabledReason::Failing, known(0, URL, Some(NOW.plus_ms(-1))), NOW);
    assert!(!is_disabled());
    fail(DisabledReason::Gone, known(1, "https://example.com/before", None), NOW);
    assert!(!is_disabled());
    fail(DisabledReason::Failing, known(2, URL, Some(NOW)), NOW);
    assert!(is_disabled(), "it has failed since then");
}

#[test]
fn a_deleted_consumer_is_sent_nothing_more_and_what_waited_is_dropped() {
    let world = World::new();
    let (consumer, company) = (world.consumer(), Some(CompanyId::random()));
    let [first, second] = [1, 2].map(|ms| world.message(company, ms));
    world.route(NOW);
    let hold = world.hold(consumer, NOW).remove(0);
    world.take_due(&hold, NOW);
    let other = world.db.platform("Other");
    assert!(!world.db.run(|conn| crate::consumers::delete(conn, other.no, consumer, NOW)));
    assert!(world.db.run(|conn| crate::consumers::delete(conn, world.platform.no, consumer, NOW)));
    assert!(!world.record(&hold, first, DELIVERED, NOW), "what was under way is not recorded");
    assert_eq!(world.hold(consumer, NOW.plus_ms(LEASE_MS)), []);
    let dropped = DeliveryState::Dropped;
    assert_eq!(world.states(consumer), [(first, dropped), (second, dropped)]);
}

#[test]
fn a_message_that_was_deleted_makes_way_for_the_next() {
    let world = World::new();
    let (consumer, company) = (world.consumer(), Some(CompanyId::random()));
    let [first, second] = [1, 2].map(|ms| world.message(company, ms));
    world.route(NOW);
    world.db.run(|conn| {
        let deleted = messages::table.filter(messages::id.eq(first.to_string()));
        Ok(diesel::delete(deleted).execute(conn)?)
    });
    assert_eq!(world.deliver(consumer, DELIVERED, NOW), []);
    assert_eq!(world.deliver(consumer, DELIVERED, NOW), [second]);
    assert_eq!(world.states(consumer), [(second, DeliveryState::Delivered)]);
}

#[test]
fn a_rotated_secret_signs_beside_the_new_one_until_its_time_is_over() {
    let world = World::new();
    let consumer = world.consumer();
    let previous = world.seal(consumer, "previous_secret_sealed", "whsec_old");
    let headers = world.seal(consumer, "headers_sealed", r#"{"Authorization":"Bearer canary"}"#);
    let until = NOW.plus_ms(MINUTE_MS);
    world.db.run(|conn| {
        diesel::update(consumers::table)
            .set((
                consumers::previous_secret_sealed.eq(Some(&previous)),
                consumers::previous_until_ms.eq(Some(until.0)),
                consumers::headers_sealed.eq(Some(&headers)),
            ))
            .execute(conn)?;
        Ok(())
    });
    world.message(None, 1);
    world.route(NOW);
    let hold = world.hold(consumer, NOW).remove(0);
    let exposed = |due: &Due| -> Vec<String> {
        due.recipient.secrets.iter().map(|secret| secret.expose().to_owned()).collect()
    };
    let due = world.take_due(&hold, until.plus_ms(-1));
    assert_eq!(exposed(&due), ["whsec_new", "whsec_old"]);
    let (name, value) = &due.recipient.headers[0];
    assert_eq!((name.as_str(), value.expose()), ("Authorization", "Bearer canary"));
    assert_eq!(exposed(&world.take_due(&hold, until)), ["whsec_new"]);
    assert!(!format!("{due:?}").contains("canary"));
}
