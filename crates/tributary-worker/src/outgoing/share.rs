//! Who is sent to next, when there is more to send than room: a pure function.

use std::collections::HashMap;
use tributary_core::ids::ConsumerId;

/// Shares `free` places among consumers with something due, one place each and then round again, up to
/// `per_consumer` with those it has `working` already. It begins behind `last`, so that every consumer gets its
/// turn. `due` is in order of ids.
pub(crate) fn shares(
    due: &[ConsumerId],
    working: &HashMap<ConsumerId, usize>,
    last: Option<ConsumerId>,
    free: usize,
    per_consumer: usize,
) -> Vec<(ConsumerId, usize)> {
    let first = due.partition_point(|consumer| last.is_some_and(|last| *consumer <= last));
    let in_turn = due[first..].iter().chain(&due[..first]);
    let room = |consumer: &ConsumerId| {
        per_consumer.saturating_sub(working.get(consumer).copied().unwrap_or_default())
    };
    let mut shares: Vec<(ConsumerId, usize)> =
        in_turn.filter(|consumer| room(consumer) > 0).take(free).map(|consumer| (*consumer, 0)).collect();
    let mut left = free;
    for round in 1..=per_consumer {
        for (consumer, count) in &mut shares {
            if left > 0 && room(consumer) >= round {
                *count += 1;
                left -= 1;
            }
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(count: u128) -> Vec<ConsumerId> {
        (1..=count).map(|n| ConsumerId::from_uuid(uuid::Uuid::from_u128(n))).collect()
    }

    #[test]
    fn places_are_shared_evenly_and_consumers_take_turns() {
        let (due, nobody) = (ids(3), HashMap::new());
        let counts = |last: Option<usize>, free, per_consumer| -> Vec<(usize, usize)> {
            let shares = shares(&due, &nobody, last.map(|n| due[n]), free, per_consumer);
            let place = |consumer| due.iter().position(|one| *one == consumer).unwrap();
            shares.into_iter().map(|(consumer, count)| (place(consumer), count)).collect()
        };
        assert_eq!(counts(None, 16, 4), [(0, 4), (1, 4), (2, 4)]);
        assert_eq!(counts(None, 4, 4), [(0, 2), (1, 1), (2, 1)]);
        assert_eq!(counts(Some(0), 2, 4), [(1, 1), (2, 1)]);
        assert_eq!(counts(Some(2), 2, 4), [(0, 1), (1, 1)]);
        assert_eq!(counts(None, 0, 4), []);
    }

    proptest! {
        #[test]
        fn no_place_is_given_twice_and_none_is_withheld(
            count in 0_u128..20,
            busy in proptest::collection::vec(0_usize..6, 20),
            last in 0_usize..25,
            free in 0_usize..40,
            per_consumer in 1_usize..6,
        ) {
            let due = ids(count);
            let working: HashMap<ConsumerId, usize> = due.iter().copied().zip(busy).collect();
            let shares = shares(&due, &working, due.get(last).copied(), free, per_consumer);
            let room: usize = due.iter().map(|one| per_consumer.saturating_sub(working[one])).sum();
            prop_assert_eq!(shares.iter().map(|(_, count)| count).sum::<usize>(), free.min(room));
            for (consumer, count) in &shares {
                prop_assert!(*count > 0 && count + working[consumer] <= per_consumer);
            }
        }
    }
}
