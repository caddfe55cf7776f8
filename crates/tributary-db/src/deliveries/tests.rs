//! Routing, lanes, attempts and replay, on a database and a clock of the test's own.

use super::route::Wishes;
use super::*;
use crate::delivery_lanes::{Hold, consumers_due, hold};
use crate::platforms::Platform;
use crate::schema::consumers;
use crate::test_db::{NOW, TestDb};
use crate::vault::{Cell, Scope};
use std::collections::BTreeSet;
use tributary_core::Secret;
use tributary_core::state::DisabledReason;

const LEASE_MS: i64 = 25_000;
const MINUTE_MS: i64 = 60_000;
const DELIVERED: Verdict = Verdict { then: Then::Delivered, disable: None };
const DEAD: Verdict = Verdict { then: Then::Dead, disable: None };

fn again(wait_ms: i64) -> Verdict {
    Verdict { then: Then::Again(wait_ms), disable: None }
}

struct World {
    db: TestDb,
    platform: Platform,
}

impl World {
    fn new() -> World {
        let db = TestDb::new();
        let platform = db.platform("One");
        World { db, platform }
    }

    fn seal(&self, consumer: ConsumerId, column: &str, text: &str) -> Vec<u8> {
        let (scope, secret) = (Scope::of_platform(&self.platform), Secret::new(text));
        let cell = Cell { table: "consumers", column, row: consumer.uuid() };
        self.db.run(|conn| self.db.vault.seal(conn, &scope, cell, &secret, NOW))
    }

    /// A consumer of all companies' `a` events.
    fn consumer(&self) -> ConsumerId {
        self.consumer_of(&["a"], &[])
    }

    fn consumer_of(&self, types: &[&str], tags: &[&str]) -> ConsumerId {
        let id = ConsumerId::random();
        let secret = self.seal(id, "secret_sealed", "whsec_new");
        let json = |list: &[&str]| serde_json::to_string(list).unwrap();
        self.db.run(|conn| {
            diesel::insert_into(consumers::table)
                .values((
                    consumers::id.eq(id.to_string()),
                    consumers::platform_no.eq(self.platform.no.0),
                    consumers::url.eq("https://example.com/hooks"),
                    consumers::disabled.eq(false),
                    consumers::event_types.eq(json(types)),
                    consumers::company_tags.eq(json(tags)),
                    consumers::secret_sealed.eq(&secret),
                    consumers::created_ms.eq(NOW.0),
                    consumers::modified_ms.eq(NOW.0),
                ))
                .execute(conn)?;
            Ok(())
        });
        id
    }

    fn set_disabled(&self, consumer: ConsumerId, reason: Option<DisabledReason>) {
        let reason = reason.map(DisabledReason::as_str);
        self.db.run(|conn| {
            diesel::update(consumers::table.find(consumer.to_string()))
                .set((consumers::disabled.eq(reason.is_some()), consumers::disabled_reason.eq(reason)))
                .execute(conn)?;
            Ok(())
        });
    }

    /// A message of type `a`, so many milliseconds after [`NOW`].
    fn message(&self, company: Option<CompanyId>, after_ms: i64) -> MessageId {
        self.message_of("a", company, "{}", after_ms)
    }

    fn message_of(
        &self,
        event_type: &str,
        company: Option<CompanyId>,
        tags: &str,
        after_ms: i64,
    ) -> MessageId {
        let created = NOW.plus_ms(after_ms);
        let id = MessageId::new(created, &[7; 10]);
        self.db.run(|conn| {
            diesel::insert_into(messages::table)
                .values((
                    messages::connection_no.eq(0_i64),
                    messages::id.eq(id.to_string()),
                    messages::platform_no.eq(self.platform.no.0),
                    messages::company_id.eq(company.map(|id| id.to_string())),
                    messages::event_type.eq(event_type),
                    messages::event_id.eq(uuid::Uuid::new_v4().to_string()),
                    messages::tags.eq(tags),
                    messages::body.eq(format!("body of {id}")),
                    messages::created_ms.eq(created.0),
                    messages::routed.eq(false),
                ))
                .execute(conn)?;
            Ok(())
        });
        id
    }

    fn route(&self, now: Millis) -> Routed {
        self.db.run(|conn| route(conn, 100, now))
    }

    fn hold(&self, consumer: ConsumerId, now: Millis) -> Vec<Hold> {
        self.db.run(|conn| hold(conn, consumer, 10, LEASE_MS, now))
    }

    fn take(&self, hold: &Hold, now: Millis) -> Taken {
        self.db.run(|conn| take(conn, &self.db.vault, hold, LEASE_MS, now))
    }

    fn take_due(&self, hold: &Hold, now: Millis) -> Box<Due> {
        match self.take(hold, now) {
            Taken::Due(due) => due,
            other => panic!("something is due, but: {other:?}"),
        }
    }

    fn record(&self, hold: &Hold, message: MessageId, verdict: Verdict, now: Millis) -> bool {
        let failed = verdict.then != Then::Delivered;
        let attempted = Attempted {
            message_id: message,
            started: now,
            elapsed_ms: 12,
            status: Some(if failed { 500 } else { 200 }),
            error: failed.then(|| "the consumer answered 500".to_owned()),
        };
        self.db.run(|conn| record(conn, hold, &attempted, verdict, LEASE_MS, now))
    }

    /// Sends everything that is due, and says what was sent, lane after lane.
    fn deliver(&self, consumer: ConsumerId, verdict: Verdict, now: Millis) -> Vec<MessageId> {
        let mut sent = Vec::new();
        for hold in self.hold(consumer, now) {
            while let Taken::Due(due) = self.take(&hold, now) {
                assert!(self.record(&hold, due.message_id, verdict, now));
                sent.push(due.message_id);
            }
        }
        sent
    }

    fn states(&self, consumer: ConsumerId) -> Vec<(MessageId, DeliveryState)> {
        let page = Page { offset: 0, limit: 100 };
        let (all, total) = self.db.run(|conn| of_consumer(conn, self.platform.no, consumer, None, page));
        assert_eq!(all.len(), usize::try_from(total).unwrap());
        all.into_iter().rev().map(|delivery| (delivery.message_id, delivery.state)).collect()
    }
}

#[test]
fn a_consumer_gets_the_types_it_asks_for_of_companies_with_any_of_its_tags() {
    let set = |items: &[&str]| -> BTreeSet<String> { items.iter().map(|item| (*item).to_owned()).collect() };
    let (none, vip, other) = (set(&[]), set(&["tier:vip", "region:uk"]), set(&["tier:VIP", "region:u"]));
    for (filter, event_type, tags, expected) in [
        (&[][..], "a", Some(&none), true),
        (&[], "a", Some(&vip), true),
        (&[], "a", None, true),
        (&[], "b", Some(&vip), false),
        (&[], "A", Some(&vip), false),
        (&["tier:vip"], "a", Some(&vip), true),
        (&["tier:gold", "region:uk"], "a", Some(&vip), true),
        (&["tier:vip"], "a", Some(&other), false),
        (&["tier:vip"], "a", Some(&none), false),
        // No filter of companies concerns what is of no company.
        (&["tier:vip"], "a", None, true),
        (&["tier:vip"], "b", None, false),
    ] {
        let wishes = Wishes { event_types: set(&["a"]), company_tags: set(filter) };
        assert_eq!(wishes.want(event_type, tags), expected, "{filter:?} {event_type} {tags:?}");
    }
}

#[test]
fn a_message_is_routed_once_to_whoever_asks_for_it_at_that_time() {
    let world = World::new();
    let company = Some(CompanyId::random());
    let (plain, off, tagged) = (world.consumer(), world.consumer(), world.consumer_of(&["a"], &["tier:vip"]));
    world.set_disabled(off, Some(DisabledReason::Manual));
    let foreign = World { platform: world.db.platform("Other"), ..World::new() };
    let vip = world.message_of("a", company, r#"{"tier":"vip"}"#, 1);
    let gold = world.message_of("a", company, r#"{"tier":"gold"}"#, 2);
    world.message_of("b", company, "{}", 3);
    assert_eq!(world.route(NOW), Routed { messages: 3, deliveries: 3 });
    assert_eq!(world.route(NOW), Routed::default(), "only once");
    let waiting = DeliveryState::Waiting;
    assert_eq!(world.states(plain), [(vip, waiting), (gold, waiting)]);
    assert_eq!(world.states(tagged), [(vip, waiting)]);
    assert_eq!(world.states(off), []);
    let page = Page { offset: 0, limit: 10 };
    let (seen, _) = world.db.run(|conn| of_consumer(conn, foreign.platform.no, plain, None, page));
    assert_eq!(seen, [], "another platform's consumer is like a missing one");
    assert_eq!(world.db.run(|conn| of_message(conn, world.platform.no, vip)).len(), 2);
    assert_eq!(world.db.run(|conn| of_message(conn, foreign.platform.no, vip)), []);
}

#[test]
fn a_test_message_goes_to_its_consumer_alone() {
    let world = World::new();
    let (one, other) = (world.consumer_of(&["b"], &["tier:vip"]), world.consumer());
    let test = world.message(Some(CompanyId::random()), 1);
    world.db.run(|conn| {
        diesel::update(messages::table).set(messages::consumer_id.eq(Some(one.to_string()))).execute(conn)?;
        Ok(())
    });
    world.route(NOW);
    assert_eq!(world.states(one), [(test, DeliveryState::Waiting)]);
    assert_eq!(world.states(other), []);
}

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
fn a_deleted_consumer_is_sent_nothing_more_and_what_waited_is_dropped() {
    let world = World::new();
    let (consumer, company) = (world.consumer(), Some(CompanyId::random()));
    let [first, second] = [1, 2].map(|ms| world.message(company, ms));
    world.route(NOW);
    let hold = world.hold(consumer, NOW).remove(0);
    world.take_due(&hold, NOW);
    let other = world.db.platform("Other");
    assert_eq!(world.db.run(|conn| drop_all(conn, world.platform.no, consumer, NOW)), 2);
    assert_eq!(world.db.run(|conn| drop_all(conn, other.no, consumer, NOW)), 0);
    world.db.run(|conn| Ok(diesel::delete(consumers::table.find(consumer.to_string())).execute(conn)?));
    assert!(!world.record(&hold, first, DELIVERED, NOW), "what was under way is not recorded");
    assert_eq!(world.hold(consumer, NOW.plus_ms(LEASE_MS)), []);
    let dropped = DeliveryState::Dropped;
    assert_eq!(world.states(consumer), [(first, dropped), (second, dropped)]);
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

#[test]
fn a_dead_letter_is_sent_again_on_a_schedule_of_its_own() {
    let world = World::new();
    let (consumer, company) = (world.consumer(), Some(CompanyId::random()));
    let message = world.message(company, 1);
    world.route(NOW);
    assert_eq!(world.deliver(consumer, DEAD, NOW), [message]);
    let again = |platform_no, consumer, message| {
        world.db.run(|conn| resend(conn, platform_no, consumer, message, NOW))
    };
    let (no, other) = (world.platform.no, world.db.platform("Other").no);
    assert_eq!(again(other, consumer, message), Err(ReplayRefused::UnknownConsumer));
    assert_eq!(again(no, ConsumerId::random(), message), Err(ReplayRefused::UnknownConsumer));
    let unknown = MessageId::new(NOW, &[9; 10]);
    assert_eq!(again(no, consumer, unknown), Err(ReplayRefused::UnknownMessage));
    assert_eq!(again(no, consumer, message), Ok(()));
    let hold = world.hold(consumer, NOW).remove(0);
    assert_eq!(world.take_due(&hold, NOW).attempts, 0);
    assert!(world.record(&hold, message, DELIVERED, NOW));
    // To one that never got it, too.
    let late = world.consumer();
    assert_eq!(again(no, late, message), Ok(()));
    assert_eq!(world.deliver(late, DELIVERED, NOW), [message]);
}

#[test]
fn what_failed_since_a_moment_is_recovered_in_batches() {
    let world = World::new();
    let consumer = world.consumer();
    let sent: Vec<MessageId> = (0..5).map(|ms| world.message(Some(CompanyId::random()), ms)).collect();
    world.route(NOW);
    assert_eq!(world.deliver(consumer, DEAD, NOW).len(), 5);
    let since = NOW.plus_ms(1);
    let batch = |from| {
        let no = world.platform.no;
        world.db.run(|conn| recover(conn, no, consumer, since, from, 3, NOW)).unwrap()
    };
    assert_eq!(batch(None), Replayed { queued: 3, next: Some(sent[4]) });
    assert_eq!(batch(Some(sent[4])), Replayed { queued: 1, next: None });
    let mut recovered = world.deliver(consumer, DELIVERED, NOW);
    recovered.sort();
    assert_eq!(recovered, sent[1..]);
    assert_eq!(world.states(consumer)[0], (sent[0], DeliveryState::Dead));
    let other = world.db.platform("Other").no;
    let refused = world.db.run(|conn| recover(conn, other, consumer, since, None, 3, NOW));
    assert_eq!(refused, Err(ReplayRefused::UnknownConsumer));
}

#[test]
fn what_a_consumer_never_got_is_sent_for_two_weeks() {
    let world = World::new();
    let company = Some(CompanyId::random());
    let [first, second] = [1, 2].map(|ms| world.message_of("a", company, r#"{"tier":"vip"}"#, ms));
    world.message_of("a", company, "{}", 3);
    world.message_of("b", company, r#"{"tier":"vip"}"#, 4);
    world.route(NOW);
    let consumer = world.consumer_of(&["a"], &["tier:vip"]);
    let fifth = world.message_of("a", company, r#"{"tier":"vip"}"#, 5);
    world.route(NOW);
    let replay = |since, now, from| {
        let no = world.platform.no;
        world.db.run(|conn| replay_missing(conn, no, consumer, since, from, 1, now))
    };
    let fortnight = REPLAY_DAYS_MAX * 86_400_000;
    assert_eq!(replay(NOW, NOW.plus_ms(fortnight + 1), None), Err(ReplayRefused::TooOld));
    let (mut queued, mut next, mut batches) = (0, None, 0);
    loop {
        let batch = replay(NOW, NOW.plus_ms(fortnight), next).unwrap();
        (queued, next, batches) = (queued + batch.queued, batch.next, batches + 1);
        if next.is_none() {
            break;
        }
        assert!(batches < 10, "batches come to an end");
    }
    assert_eq!(queued, 2);
    let now = NOW.plus_ms(fortnight);
    assert_eq!(world.deliver(consumer, DELIVERED, now), [first, second, fifth]);
    assert_eq!(replay(NOW, now, None).unwrap().queued, 0, "nothing is missing any more");
}

#[test]
fn old_messages_go_in_batches_with_all_that_is_about_them_but_not_while_they_wait() {
    let world = World::new();
    let consumer = world.consumer();
    let old: Vec<MessageId> = (0..3).map(|ms| world.message(Some(CompanyId::random()), ms)).collect();
    world.route(NOW);
    world.deliver(consumer, DELIVERED, NOW);
    let waiting = world.message(None, 3);
    let young = world.message(None, 4);
    world.route(NOW);
    let prune = || world.db.run(|conn| prune(conn, NOW.plus_ms(4), 2));
    assert_eq!((prune(), prune(), prune()), (2, 1, 0));
    let states = world.states(consumer);
    assert_eq!(states, [(waiting, DeliveryState::Waiting), (young, DeliveryState::Waiting)]);
    let left: i64 = world.db.run(|conn| Ok(delivery_attempts::table.count().get_result(conn)?));
    assert_eq!(left, 0, "of {} messages", old.len());
}
