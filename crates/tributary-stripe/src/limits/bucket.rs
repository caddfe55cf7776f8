//! One limit, as a value: how long the next request has to wait, and how the share of the limit that is
//! used rises and falls. Time is passed in, as the time since some start that all calls share.

use std::time::Duration;

/// The share of a limit that is used before it is known how much the merchant leaves free (rule E13).
const SHARE_START: f64 = 0.2;
/// The share never falls below this, so that a run goes on, if slowly.
const SHARE_MIN: f64 = 0.02;
/// How fast the share rises per second while no request has been refused yet.
const CLIMB_FRESH: f64 = 0.4;
/// How fast it rises per second afterwards.
const CLIMB_WARY: f64 = 0.05;
/// What a refusal leaves of the share.
const FALL: f64 = 0.5;
/// Refusals this close together are one: the requests were under way together.
const FALL_ONCE_WITHIN: Duration = Duration::from_secs(1);
/// A pause counts at most this much towards a rise: without requests nothing is learnt.
const CLIMB_AT_MOST: Duration = Duration::from_secs(1);
/// How much of a second's requests may go out at once, as far as the share leaves room below the limit.
const BURST_SECS: f64 = 0.2;

/// A limit in requests per second of which a share is used, request after request, evenly spaced.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    limit_per_sec: f64,
    share: f64,
    share_max: f64,
    /// When the next request is due if all before it had been spaced evenly.
    due: Duration,
    /// Nothing goes out before this; set by `Retry-After`.
    held_until: Duration,
    climbed_at: Duration,
    fell_at: Option<Duration>,
}

impl Bucket {
    /// A fresh bucket. `limit_per_sec` is above 0, `share_max` in (0, 1].
    pub(crate) fn new(limit_per_sec: u32, share_max: f64, now: Duration) -> Self {
        Bucket {
            limit_per_sec: f64::from(limit_per_sec),
            share: SHARE_START.min(share_max),
            share_max,
            due: now,
            held_until: now,
            climbed_at: now,
            fell_at: None,
        }
    }

    /// How long the next request has to wait.
    pub(crate) fn wait(&mut self, now: Duration) -> Duration {
        self.climb(now);
        let per_sec = self.limit_per_sec * self.share;
        let burst = (self.limit_per_sec * BURST_SECS).min(self.limit_per_sec - per_sec).max(0.0);
        let due = self.due.max(now);
        due.saturating_sub(self.interval().mul_f64(burst)).max(now).max(self.held_until) - now
    }

    /// Counts a request that is sent.
    pub(crate) fn take(&mut self, now: Duration) {
        self.climb(now);
        // Timers are late by a little: one place is made up for, so that this doesn't add up.
        self.due = self.due.max(now.saturating_sub(self.interval())) + self.interval();
    }

    /// Between two requests, on average.
    fn interval(&self) -> Duration {
        Duration::from_secs_f64(1.0 / (self.limit_per_sec * self.share))
    }

    /// Stripe refused a request for this limit.
    pub(crate) fn refused(&mut self, now: Duration, retry_after: Option<Duration>) {
        if let Some(pause) = retry_after {
            self.held_until = self.held_until.max(now + pause);
        }
        if self.fell_at.is_some_and(|fell| now < fell + FALL_ONCE_WITHIN) {
            return;
        }
        self.climb(now);
        self.share = (self.share * FALL).max(SHARE_MIN.min(self.share_max));
        self.fell_at = Some(now);
    }

    fn climb(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.climbed_at).min(CLIMB_AT_MOST);
        let speed = if self.fell_at.is_some() { CLIMB_WARY } else { CLIMB_FRESH };
        self.share = (self.share + speed * passed.as_secs_f64()).min(self.share_max);
        self.climbed_at = self.climbed_at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How many requests go out in `[from, to)` when there is always one more to send.
    fn sent(bucket: &mut Bucket, from: Duration, to: Duration) -> usize {
        let mut now = from;
        for count in 0..1_000_000 {
            let wait = bucket.wait(now);
            if now + wait >= to {
                return count;
            }
            now += wait;
            bucket.take(now);
        }
        panic!("more than a million requests");
    }

    #[test]
    fn it_starts_at_a_fifth_and_climbs_to_its_share() {
        let mut bucket = Bucket::new(100, 0.5, Duration::ZERO);
        let first = sent(&mut bucket, Duration::ZERO, SECOND);
        assert!((20..=70).contains(&first), "{first} in the first second");
        sent(&mut bucket, SECOND, 5 * SECOND);
        let steady = sent(&mut bucket, 5 * SECOND, 15 * SECOND);
        assert!((495..=505).contains(&steady), "{steady} in ten seconds at 50 per second");
    }

    #[test]
    fn a_share_of_one_reaches_the_full_rate_within_three_seconds() {
        let mut bucket = Bucket::new(25, 1.0, Duration::ZERO);
        sent(&mut bucket, Duration::ZERO, 3 * SECOND);
        for second in 3..10 {
            let count = sent(&mut bucket, SECOND * second, SECOND * (second + 1));
            assert!((24..=26).contains(&count), "{count} in second {second}");
        }
    }

    #[test]
    fn timers_that_are_late_cost_nothing_of_the_rate() {
        let mut bucket = Bucket::new(100, 1.0, Duration::ZERO);
        sent(&mut bucket, Duration::ZERO, 5 * SECOND);
        let (mut now, mut count) = (5 * SECOND, 0);
        while now < 15 * SECOND {
            now += bucket.wait(now) + Duration::from_millis(3);
            bucket.take(now);
            count += 1;
        }
        assert!((995..=1002).contains(&count), "{count} in ten seconds");
    }

    #[test]
    fn a_small_share_is_never_exceeded() {
        let mut bucket = Bucket::new(100, 0.1, Duration::ZERO);
        let count = sent(&mut bucket, Duration::ZERO, 100 * SECOND);
        assert!(count <= 10 * 100 + 20 + 1, "{count} in 100 seconds at 10 per second");
    }

    #[test]
    fn it_falls_once_for_refusals_that_come_together_and_recovers() {
        let mut bucket = Bucket::new(100, 0.5, Duration::ZERO);
        sent(&mut bucket, Duration::ZERO, 10 * SECOND);
        for ms in 0..10 {
            bucket.refused(10 * SECOND + Duration::from_millis(ms), None);
        }
        let after = sent(&mut bucket, 10 * SECOND, 11 * SECOND);
        assert!((20..=50).contains(&after), "{after} in the second after the fall");
        sent(&mut bucket, 11 * SECOND, 20 * SECOND);
        let recovered = sent(&mut bucket, 20 * SECOND, 30 * SECOND);
        assert!((490..=510).contains(&recovered), "{recovered} in ten seconds after the recovery");
    }

    #[test]
    fn nothing_goes_out_before_retry_after() {
        let mut bucket = Bucket::new(100, 0.5, Duration::ZERO);
        bucket.refused(SECOND, Some(7 * SECOND));
        assert_eq!(bucket.wait(SECOND), 7 * SECOND);
        assert_eq!(bucket.wait(2 * SECOND), 6 * SECOND);
    }

    proptest! {
        #[test]
        fn whatever_happens_the_share_stays_within_its_bounds(
            limit in 1_u32..1000,
            share in 0.001_f64..=1.0,
            steps in prop::collection::vec((0_u64..5_000, any::<bool>()), 1..200),
        ) {
            let mut now = Duration::ZERO;
            let mut bucket = Bucket::new(limit, share, now);
            for (ms, refused) in steps {
                now += Duration::from_millis(ms);
                if refused { bucket.refused(now, None) } else { bucket.take(now); }
                prop_assert!(bucket.share <= share);
                prop_assert!(bucket.share >= SHARE_MIN.min(share) - 1e-12);
            }
        }

        #[test]
        fn no_second_sees_more_than_the_limit_and_two(limit in 1_u32..200, share in 0.05_f64..=1.0) {
            let mut bucket = Bucket::new(limit, share, Duration::ZERO);
            let mut now = Duration::ZERO;
            let mut times = Vec::new();
            for _ in 0..500 {
                now += bucket.wait(now);
                bucket.take(now);
                times.push(now);
            }
            for (index, start) in times.iter().enumerate() {
                let within = times[index..].iter().take_while(|at| **at < *start + SECOND).count();
                prop_assert!(within <= limit as usize + 2, "{} requests within a second", within);
            }
        }
    }
}
