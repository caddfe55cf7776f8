//! When to send a read again: pure functions over values.

use crate::error::{Error, ErrorKind};
use std::time::Duration;

/// The first wait is drawn from zero to this.
const BASE_MS: u64 = 500;
/// No wait after an outage or a lock is longer.
const OUTAGE_CAP_MS: u64 = 5_000;
/// No wait after a rate limit is longer, whatever Stripe asks for.
const LIMITED_CAP_MS: u64 = 60_000;

/// How long to wait before attempt `attempt + 1`, `attempt` having failed with `error`; none when it was
/// the last. `random` is uniform over its whole range and makes the jitter: waits are spread over the whole
/// interval from zero, so that many clients don't come back together.
pub(crate) fn wait(error: &Error, attempt: u32, attempts_max: u32, random: u32) -> Option<Duration> {
    if attempt >= attempts_max || !error.is_retryable() {
        return None;
    }
    let ms = match &error.kind {
        ErrorKind::RateLimited { retry_after: Some(asked), .. } => {
            let asked_ms = u64::try_from(asked.as_millis()).unwrap_or(u64::MAX).min(LIMITED_CAP_MS);
            asked_ms + jitter(BASE_MS, random)
        }
        ErrorKind::RateLimited { .. } => jitter(ceiling(attempt, LIMITED_CAP_MS), random),
        _ => jitter(ceiling(attempt, OUTAGE_CAP_MS), random),
    };
    Some(Duration::from_millis(ms))
}

fn ceiling(attempt: u32, cap_ms: u64) -> u64 {
    let doublings = attempt.saturating_sub(1).min(20);
    (BASE_MS << doublings).min(cap_ms)
}

/// A part of `ceiling_ms`, from nothing to nearly all of it.
fn jitter(ceiling_ms: u64, random: u32) -> u64 {
    (ceiling_ms * u64::from(random)) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{RateReason, Unreachable};
    use proptest::prelude::*;

    fn error(kind: ErrorKind) -> Error {
        Error { kind, request_id: None, should_retry: None }
    }

    fn limited(retry_after: Option<Duration>) -> Error {
        error(ErrorKind::RateLimited { retry_after, reason: RateReason::Account })
    }

    #[test]
    fn the_ceiling_doubles_up_to_its_cap() {
        let outage = error(ErrorKind::Unavailable { status: 503 });
        let longest = |attempt| wait(&outage, attempt, 100, u32::MAX).unwrap().as_millis();
        assert_eq!([1, 2, 3, 4, 5, 50].map(longest), [499, 999, 1999, 3999, 4999, 4999]);
        let longest = |attempt| wait(&limited(None), attempt, 100, u32::MAX).unwrap().as_millis();
        assert_eq!([1, 7, 8, 50].map(longest), [499, 31_999, 59_999, 59_999]);
    }

    #[test]
    fn the_last_attempt_and_hopeless_failures_are_not_repeated() {
        let outage = Error::without_answer(Unreachable::TimedOut);
        assert!(wait(&outage, 7, 8, 0).is_some());
        assert!(wait(&outage, 8, 8, 0).is_none());
        assert!(wait(&error(ErrorKind::CursorMissing), 1, 8, 0).is_none());
        let told_not_to = Error { should_retry: Some(false), ..outage };
        assert!(wait(&told_not_to, 1, 8, 0).is_none());
    }

    proptest! {
        #[test]
        fn no_wait_is_shorter_than_asked_or_longer_than_the_cap(asked in 0_u64..10_000, attempt in 1_u32..200, random: u32) {
            let asked = Duration::from_secs(asked);
            let waited = wait(&limited(Some(asked)), attempt, 1000, random).unwrap();
            prop_assert!(waited >= asked.min(Duration::from_secs(60)));
            prop_assert!(waited <= Duration::from_millis(60_500));
            let outage = error(ErrorKind::Unavailable { status: 500 });
            prop_assert!(wait(&outage, attempt, 1000, random).unwrap() <= Duration::from_secs(5));
        }

        #[test]
        fn jitter_uses_the_whole_interval(random: u32) {
            let outage = error(ErrorKind::Unavailable { status: 500 });
            let waited = wait(&outage, 4, 8, random).unwrap().as_millis() as f64;
            let expected = 4000.0 * f64::from(random) / f64::from(u32::MAX);
            prop_assert!((waited - expected).abs() <= 1.5);
        }
    }
}
