//! What follows from an attempt to deliver: pure functions over values.

use std::time::Duration;
use tributary_core::Millis;
use tributary_db::deliveries::Then;

/// The documented waits before the second and each later attempt, in seconds, each counted from the failure before:
/// eight attempts in about 28 hours.
pub const RETRY_WAITS_SECS: [u64; 7] = [5, 300, 1800, 7200, 18_000, 36_000, 36_000];

/// Waits are drawn out by up to a tenth, so that the messages of an outage don't all come back together. They are
/// never cut: a consumer may count on the documented waits.
const JITTER_DIVISOR: u128 = 10;

/// A consumer may ask for a longer wait than the schedule's, up to this.
const RETRY_AFTER_SECS_MAX: u64 = 36_000;

/// A consumer that has failed every attempt for so long is disabled.
const FAILING_MS_MAX: i64 = 5 * 24 * 3_600_000;

/// What became of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The consumer answered with this HTTP status.
    Answered {
        /// The status.
        status: u16,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// There was no answer.
    Failed(Failure),
}

/// Why there was no answer. The words are all that is told about it: nothing in them tells an address that may not
/// be reached from a name that doesn't exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// The host has no address, or one that may not be reached, or the URL isn't allowed any more.
    #[error("the consumer's host has no address that may be reached")]
    NotAllowed,
    /// No connection, or no trusted certificate.
    #[error("no connection could be made")]
    NotConnected,
    /// The deadline passed.
    #[error("there was no whole answer in time")]
    TimedOut,
    /// The connection broke, or what came isn't HTTP.
    #[error("the connection broke before the answer was whole")]
    Broken,
    /// A header or a secret of the consumer can't be used.
    #[error("the consumer's headers or signing secret can't be used")]
    Unsendable,
}

impl Outcome {
    /// Whether the message has arrived: any 2xx. A redirect isn't followed and is a failure like any other.
    pub(crate) fn is_success(self) -> bool {
        matches!(self, Outcome::Answered { status: 200..=299, .. })
    }

    /// Whether the consumer says that it is gone for good (410).
    pub(crate) fn is_gone(self) -> bool {
        matches!(self, Outcome::Answered { status: 410, .. })
    }

    /// The HTTP status, if there was an answer.
    pub(crate) fn status(self) -> Option<u16> {
        match self {
            Outcome::Answered { status, .. } => Some(status),
            Outcome::Failed(_) => None,
        }
    }

    /// Why it failed, for people; nothing for a success.
    pub(crate) fn problem(self) -> Option<String> {
        match self {
            outcome if outcome.is_success() => None,
            Outcome::Answered { status: status @ 300..=399, .. } => {
                Some(format!("the consumer answered {status}: redirects are not followed"))
            }
            Outcome::Answered { status, .. } => Some(format!("the consumer answered {status}")),
            Outcome::Failed(failure) => Some(failure.to_string()),
        }
    }
}

/// What follows from attempt number `attempt` of the schedule, counted from 1. `random` is uniform over its whole
/// range and makes the jitter.
pub(crate) fn then(outcome: Outcome, attempt: u32, waits_secs: &[u64], random: u32) -> Then {
    if outcome.is_success() {
        return Then::Delivered;
    }
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(wait_secs) = waits_secs.get(index) else { return Then::Dead };
    let asked = match outcome {
        Outcome::Answered { status: 429 | 503, retry_after: Some(asked) } => asked,
        _ => Duration::ZERO,
    };
    let asked = asked.min(Duration::from_secs(RETRY_AFTER_SECS_MAX));
    let wait_ms = Duration::from_secs(*wait_secs).max(asked).as_millis();
    let extra_ms = (wait_ms / JITTER_DIVISOR * u128::from(random)) >> 32;
    Then::Again(i64::try_from(wait_ms + extra_ms).unwrap_or(i64::MAX))
}

/// Whether a consumer has failed every attempt for five days.
pub(crate) fn is_worn_out(failing_since: Millis, now: Millis) -> bool {
    now.0.saturating_sub(failing_since.0) >= FAILING_MS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answered(status: u16) -> Outcome {
        Outcome::Answered { status, retry_after: None }
    }

    fn asking(status: u16, secs: u64) -> Outcome {
        Outcome::Answered { status, retry_after: Some(Duration::from_secs(secs)) }
    }

    #[test]
    fn eight_attempts_follow_each_other_as_documented() {
        let wait = |attempt| then(answered(500), attempt, &RETRY_WAITS_SECS, 0);
        let again = |secs: i64| Then::Again(secs * 1000);
        let expected = [5, 300, 1800, 7200, 18_000, 36_000, 36_000].map(again);
        assert_eq!([1, 2, 3, 4, 5, 6, 7].map(wait), expected);
        assert_eq!(wait(8), Then::Dead);
        let total: u64 = RETRY_WAITS_SECS.iter().sum();
        assert_eq!(total / 3600, 27, "about 28 hours with what attempts themselves take");
    }

    #[test]
    fn any_2xx_is_a_success_and_nothing_else_is() {
        for status in 100..=599 {
            let is_success = then(answered(status), 1, &RETRY_WAITS_SECS, 0) == Then::Delivered;
            assert_eq!(is_success, (200..300).contains(&status), "{status}");
            assert_eq!(answered(status).problem().is_none(), is_success, "{status}");
        }
        for failure in [Failure::NotAllowed, Failure::NotConnected, Failure::TimedOut, Failure::Broken] {
            assert!(matches!(then(Outcome::Failed(failure), 1, &RETRY_WAITS_SECS, 0), Then::Again(_)));
        }
        assert_eq!(then(answered(204), 8, &RETRY_WAITS_SECS, 0), Then::Delivered, "also at the last attempt");
    }

    #[test]
    fn retry_after_draws_a_wait_out_within_the_schedule_and_never_shortens_it() {
        let wait = |outcome, attempt| then(outcome, attempt, &RETRY_WAITS_SECS, 0);
        let again = |secs: i64| Then::Again(secs * 1000);
        assert_eq!(wait(asking(429, 60), 1), again(60));
        assert_eq!(wait(asking(503, 60), 1), again(60));
        assert_eq!(wait(asking(429, 1), 2), again(300));
        assert_eq!(wait(asking(429, u64::MAX), 1), again(36_000));
        assert_eq!(wait(asking(500, 60), 1), again(5), "only where the standard gives it a meaning");
        assert_eq!(wait(asking(429, 60), 8), Then::Dead, "it makes no further attempt");
    }

    #[test]
    fn a_consumer_is_worn_out_after_five_days_of_nothing_but_failures() {
        let since = Millis(1_790_000_000_000);
        let day = 86_400_000;
        assert!(!is_worn_out(since, since));
        assert!(!is_worn_out(since, since.plus_ms(5 * day - 1)));
        assert!(is_worn_out(since, since.plus_ms(5 * day)));
        assert!(!is_worn_out(since, since.plus_ms(-day)), "a clock that went back disables nobody");
    }

    #[test]
    fn only_410_says_that_a_consumer_is_gone() {
        let gone: Vec<u16> = (100..=599).filter(|status| answered(*status).is_gone()).collect();
        assert_eq!(gone, [410]);
    }

    proptest! {
        #[test]
        fn jitter_adds_up_to_a_tenth_and_takes_nothing_away(attempt in 1_u32..8, random: u32) {
            let Then::Again(wait_ms) = then(answered(500), attempt, &RETRY_WAITS_SECS, random) else {
                panic!("attempt {attempt} of eight is followed by another");
            };
            let documented_ms = RETRY_WAITS_SECS[attempt as usize - 1] as i64 * 1000;
            prop_assert!(wait_ms >= documented_ms && wait_ms <= documented_ms * 11 / 10);
        }

        #[test]
        fn whatever_happens_a_delivery_ends_after_as_many_attempts_as_the_schedule_has(
            statuses in proptest::collection::vec(100_u16..600, 1..20),
            waits in proptest::collection::vec(0_u64..100_000, 0..10),
            random: u32,
        ) {
            let mut attempts = 0;
            for status in statuses.iter().cycle() {
                attempts += 1;
                match then(answered(*status), attempts, &waits, random) {
                    Then::Again(_) => {}
                    Then::Delivered => { prop_assert!((200..300).contains(status)); break }
                    Then::Dead => { prop_assert_eq!(attempts as usize, waits.len() + 1); break }
                }
            }
        }
    }
}
