//! Rate limits: one bucket per account and mode, and one per endpoint of each.

use std::collections::HashMap;
use std::time::{Duration, Instant};
use tributary_core::Mode;

/// Requests a second of one endpoint, unless the sandbox was told a limit.
const PER_ENDPOINT: f64 = 25.0;
/// Requests a second of one account, by mode.
const GLOBAL_LIVE: f64 = 100.0;
const GLOBAL_TEST: f64 = 25.0;

/// One account in one mode, and an endpoint of it, or all.
type Key = (usize, Mode, Option<&'static str>);

/// When each bucket will be empty. The keys are few: accounts × modes × endpoints.
#[derive(Default)]
pub(crate) struct Limits {
    /// Requests a second for every bucket; none is Stripe's defaults, 0 is no limit.
    pub(crate) per_second: Option<f64>,
    empty_at: HashMap<Key, Instant>,
}

impl Limits {
    pub(crate) fn new(per_second: Option<f64>) -> Self {
        Limits { per_second, empty_at: HashMap::new() }
    }

    /// Admits a request, or says which limit it hit (the value of `Stripe-Rate-Limited-Reason`).
    pub(crate) fn admit(
        &mut self,
        account: usize,
        mode: Mode,
        endpoint: &'static str,
        now: Instant,
    ) -> Result<(), &'static str> {
        let global = if mode.is_live() { GLOBAL_LIVE } else { GLOBAL_TEST };
        let (global, per_endpoint) = match self.per_second {
            Some(rate) => (rate, rate),
            None => (global, PER_ENDPOINT),
        };
        if global <= 0.0 {
            return Ok(());
        }
        let all = self.after_one(&(account, mode, None), global, now).ok_or("global-rate")?;
        let this =
            self.after_one(&(account, mode, Some(endpoint)), per_endpoint, now).ok_or("endpoint-rate")?;
        self.empty_at.insert((account, mode, None), all);
        self.empty_at.insert((account, mode, Some(endpoint)), this);
        Ok(())
    }

    /// When the bucket would be empty after one more request; a bucket holds one second's worth.
    fn after_one(&self, key: &Key, per_second: f64, now: Instant) -> Option<Instant> {
        let one = Duration::from_secs_f64(1.0 / per_second);
        let empty_at = self.empty_at.get(key).copied().unwrap_or(now).max(now) + one;
        // At least one request always fits, however low the limit.
        (empty_at <= now + Duration::from_secs(1).max(one)).then_some(empty_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(limits: &mut Limits, mode: Mode, endpoints: &[&'static str], now: Instant) -> usize {
        (0..300).filter(|nth| limits.admit(0, mode, endpoints[nth % endpoints.len()], now).is_ok()).count()
    }

    #[test]
    fn each_mode_has_stripes_limits() {
        let now = Instant::now();
        let many = ["a", "b", "c", "d", "e"];
        assert_eq!(admitted(&mut Limits::new(None), Mode::Test, &many, now), 25);
        assert_eq!(admitted(&mut Limits::new(None), Mode::Live, &["a"], now), 25);
        assert_eq!(admitted(&mut Limits::new(None), Mode::Live, &many, now), 100);
        assert_eq!(admitted(&mut Limits::new(Some(0.0)), Mode::Test, &many, now), 300);
        assert_eq!(admitted(&mut Limits::new(Some(0.5)), Mode::Test, &many, now), 1);
    }

    #[test]
    fn a_second_later_there_is_room_again_and_the_reason_is_named() {
        let (mut limits, now) = (Limits::new(Some(2.0)), Instant::now());
        assert_eq!(admitted(&mut limits, Mode::Test, &["a"], now), 2);
        assert_eq!(limits.admit(0, Mode::Test, "a", now), Err("global-rate"));
        assert_eq!(limits.admit(0, Mode::Test, "a", now + Duration::from_secs(1)), Ok(()));
        assert_eq!(limits.admit(1, Mode::Test, "a", now), Ok(()));
        let mut limits = Limits::new(None);
        assert_eq!(admitted(&mut limits, Mode::Live, &["a"], now), 25);
        assert_eq!(limits.admit(0, Mode::Live, "a", now), Err("endpoint-rate"));
    }
}
