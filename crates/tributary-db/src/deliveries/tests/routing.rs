//! Which consumers a message is for.

use super::*;
use crate::deliveries::route::Wishes;
use crate::messages::send_test;
use crate::test_db::urls;
use std::collections::BTreeSet;
use tributary_contract::messages::EventType;

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
    world.set_disabled(one, Some(DisabledReason::Manual));
    let send_test = |consumer| {
        let event_type = EventType::CompanyCreated;
        world.db.run(|conn| send_test(conn, &urls(), &world.platform, consumer, event_type, NOW))
    };
    let test = send_test(one).unwrap();
    assert_eq!(send_test(ConsumerId::random()), Err(ReplayRefused::UnknownConsumer));
    world.route(NOW);
    assert_eq!(world.states(one), [(test, DeliveryState::Waiting)], "it waits until the consumer is enabled");
    assert_eq!(world.states(other), []);
}
