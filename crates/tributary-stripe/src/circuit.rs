//! When Stripe as a whole fails, it isn't asked by everybody again and again (rule E13): reads fail at once, and single
//! probes find out when it has recovered. One merchant's refusals never count: an answer of whatever kind is an answer.

use crate::error::{Error, ErrorKind};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Requests that are remembered, and for how long.
const RECENT_MAX: usize = 100;
const RECENT: Duration = Duration::from_secs(60);
/// Fewer requests than this prove nothing.
const RECENT_MIN: usize = 20;
/// How long nothing is asked at first; each probe that fails doubles it.
const REST: Duration = Duration::from_secs(1);
const REST_MAX: Duration = Duration::from_secs(30);
/// A probe of which nothing was heard for so long was given up by whoever sent it.
const PROBE_MAX: Duration = Duration::from_secs(60);

/// What the recent requests say of Stripe as a whole. Times are since any fixed moment.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Circuit {
    /// Stripe answers: when each recent request ended, and whether it failed.
    Closed { recent: VecDeque<(Duration, bool)> },
    /// Stripe fails: until when nothing is asked, and how long that rest is.
    Open { until: Duration, rest: Duration },
    /// One request finds out; since when.
    Probing { since: Duration, rest: Duration },
}

impl Circuit {
    /// Whether a request may be sent. The first after a rest is the probe.
    fn admit(&mut self, now: Duration) -> bool {
        match *self {
            Circuit::Closed { .. } => true,
            Circuit::Open { until, rest } if now >= until => {
                *self = Circuit::Probing { since: now, rest };
                true
            }
            Circuit::Probing { since, rest } if now >= since + PROBE_MAX => {
                *self = Circuit::Probing { since: now, rest };
                true
            }
            Circuit::Open { .. } | Circuit::Probing { .. } => false,
        }
    }

    /// A request has ended. Says whether the circuit has opened or closed by that.
    fn record(&mut self, now: Duration, failed: bool) -> bool {
        match self {
            Circuit::Closed { recent } => {
                recent.push_back((now, failed));
                while recent.len() > RECENT_MAX || recent.front().is_some_and(|(at, _)| *at + RECENT < now) {
                    recent.pop_front();
                }
                let failures = recent.iter().filter(|(_, failed)| *failed).count();
                let opens = failed && recent.len() >= RECENT_MIN && failures * 2 >= recent.len();
                if opens {
                    *self = Circuit::Open { until: now + REST, rest: REST };
                }
                opens
            }
            Circuit::Probing { rest, .. } if failed => {
                let rest = (*rest * 2).min(REST_MAX);
                *self = Circuit::Open { until: now + rest, rest };
                false
            }
            // Whichever request was answered: Stripe answers again.
            Circuit::Open { .. } | Circuit::Probing { .. } if !failed => {
                *self = Circuit::Closed { recent: VecDeque::new() };
                true
            }
            // It was sent before the rest began.
            Circuit::Open { .. } | Circuit::Probing { .. } => false,
        }
    }
}

/// The circuit of all that a process reads.
#[derive(Debug)]
pub(crate) struct Breaker {
    start: Instant,
    circuit: Mutex<Circuit>,
}

impl Breaker {
    pub(crate) fn new() -> Self {
        let circuit = Mutex::new(Circuit::Closed { recent: VecDeque::new() });
        Breaker { start: Instant::now(), circuit }
    }

    /// Whether a read may be sent now.
    pub(crate) fn admits(&self) -> bool {
        self.lock().admit(self.start.elapsed())
    }

    /// Takes the end of a read into account; none is a usable answer.
    pub(crate) fn record(&self, error: Option<&Error>) {
        let failed = error.is_some_and(is_stripes_failure);
        let mut circuit = self.lock();
        if circuit.record(self.start.elapsed(), failed) {
            if failed {
                tracing::warn!(
                    "most of Stripe's answers fail: it is asked only now and then until it recovers"
                );
            } else {
                tracing::info!("Stripe answers again");
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Circuit> {
        // It is whole after each of its calls.
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a failure tells of Stripe, or the way to it, and not of the request.
fn is_stripes_failure(error: &Error) -> bool {
    match &error.kind {
        ErrorKind::Unavailable { .. } | ErrorKind::Unreachable(_) => true,
        ErrorKind::Unreadable { status, .. } => *status >= 500,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{RateReason, Unreachable, Unreadable};
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn closed() -> Circuit {
        Circuit::Closed { recent: VecDeque::new() }
    }

    /// A circuit that has just opened, at ten seconds.
    fn open() -> Circuit {
        let mut circuit = closed();
        for n in 0..RECENT_MIN {
            assert!(circuit.admit(10 * SECOND));
            let opened = circuit.record(10 * SECOND, true);
            assert_eq!(opened, n + 1 == RECENT_MIN);
        }
        circuit
    }

    #[test]
    fn it_opens_when_half_of_twenty_requests_fail() {
        let mut circuit = closed();
        for n in 0..RECENT_MIN - 1 {
            assert!(!circuit.record(SECOND, n % 2 == 0), "after {n}");
        }
        assert!(circuit.record(SECOND, true));
        assert!(!circuit.admit(SECOND));
    }

    #[test]
    fn fewer_failures_or_old_ones_leave_it_closed() {
        let mut circuit = closed();
        for n in 0..1_000 {
            circuit.record(SECOND, n % 5 < 2);
            assert!(circuit.admit(SECOND));
        }
        let mut circuit = closed();
        for n in 0..60 {
            circuit.record(n * 4 * SECOND, true);
        }
        assert!(circuit.admit(240 * SECOND), "sixteen requests a minute prove nothing");
    }

    #[test]
    fn one_probe_at_a_time_goes_out_and_each_failure_makes_the_rest_longer() {
        let mut circuit = open();
        let mut now = 10 * SECOND;
        for rest in [1, 2, 4, 8, 16, 30, 30] {
            assert!(!circuit.admit(now + rest * SECOND - Duration::from_millis(1)));
            now += rest * SECOND;
            assert!(circuit.admit(now), "the probe after {rest} seconds");
            assert!(!circuit.admit(now), "and nobody else");
            circuit.record(now, true);
        }
    }

    #[test]
    fn an_answer_closes_it_and_a_probe_that_was_given_up_is_replaced() {
        let mut circuit = open();
        assert!(circuit.admit(11 * SECOND));
        assert!(circuit.record(11 * SECOND, false));
        assert_eq!(circuit, closed());
        let mut circuit = open();
        assert!(circuit.admit(11 * SECOND));
        assert!(!circuit.admit(70 * SECOND));
        assert!(circuit.admit(71 * SECOND));
        circuit.record(72 * SECOND, true);
        let late = circuit.clone();
        circuit.record(72 * SECOND, true);
        assert_eq!(circuit, late, "a request that was sent before the rest began");
    }

    #[test]
    fn refusals_of_one_account_are_answers() {
        let breaker = Breaker::new();
        let of = |kind| Error { kind, request_id: None, should_retry: None };
        let message = String::new;
        for _ in 0..200 {
            breaker
                .record(Some(&of(ErrorKind::RateLimited { retry_after: None, reason: RateReason::Account })));
            breaker.record(Some(&of(ErrorKind::Unauthorized { code: None, message: message() })));
            breaker.record(Some(&of(ErrorKind::NotFound { param: None, message: message() })));
            breaker.record(Some(&of(ErrorKind::Unreadable { status: 200, why: Unreadable::Truncated })));
        }
        assert!(breaker.admits());
        for _ in 0..200 {
            breaker.record(Some(&of(ErrorKind::Unreachable(Unreachable::TimedOut))));
        }
        assert!(!breaker.admits());
    }

    proptest! {
        #[test]
        fn it_always_lets_a_request_through_within_a_minute(
            steps in prop::collection::vec((0_u64..20_000, any::<bool>(), any::<bool>()), 1..300)
        ) {
            let mut circuit = closed();
            let mut now = Duration::ZERO;
            for (ms, ends, failed) in steps {
                now += Duration::from_millis(ms);
                if circuit.admit(now) && ends {
                    circuit.record(now, failed);
                }
                let mut later = circuit.clone();
                prop_assert!(later.admit(now + PROBE_MAX));
            }
        }
    }
}
