//! Sending again, and the end of old messages.

use super::*;

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
fn what_is_sent_again_while_it_is_being_sent_starts_its_schedule_anew() {
    let world = World::new();
    let (consumer, company) = (world.consumer(), Some(CompanyId::random()));
    let message = world.message(company, 1);
    world.route(NOW);
    let hold = world.hold(consumer, NOW).remove(0);
    assert!(world.record(&hold, message, again(0), NOW));
    let due = world.take_due(&hold, NOW);
    assert_eq!(world.db.run(|conn| resend(conn, world.platform.no, consumer, message, NOW)), Ok(()));
    assert!(world.record_known(&hold, message, due.known(), DEAD, NOW));
    assert_eq!(world.states(consumer), [(message, DeliveryState::Waiting)]);
    assert_eq!(world.take_due(&hold, NOW).attempts, 0);
    let before = world.take_due(&hold, NOW).known();
    assert!(world.record_known(&hold, message, before, DELIVERED, NOW));
    assert_eq!(world.states(consumer), [(message, DeliveryState::Delivered)]);
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
    assert_eq!(batch(Some(sent[0])).queued, 0, "nothing before the moment");
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
    let since_third = replay(NOW.plus_ms(5), NOW.plus_ms(fortnight + 1), Some(first)).unwrap();
    assert_eq!(since_third, Replayed { queued: 0, next: None }, "a batch begins no earlier than asked for");
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
