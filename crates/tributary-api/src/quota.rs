//! How many requests a platform may make in a day.
//!
//! Counted in memory: several processes count apart, and a restart starts anew. The quota is there to stop a
//! client that runs wild, not to bill.

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::{Mutex, PoisonError};
use tributary_core::Millis;
use tributary_core::ids::PlatformNo;

/// The requests of each platform in the present day of UTC.
pub(crate) struct Quota {
    per_day: u64,
    counts: Mutex<Counts>,
}

struct Counts {
    day: Millis,
    used: HashMap<PlatformNo, u64>,
}

/// Where a platform stands: what every answer says in its `X-Rate-Limit-…` headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Requests in a day.
    pub limit: u64,
    /// Requests that are left.
    pub remaining: u64,
    /// When the next day begins.
    pub reset: Millis,
    /// Seconds until then, rounded up.
    pub reset_secs: i64,
}

impl Quota {
    pub(crate) fn new(per_day: NonZeroU64) -> Self {
        Quota { per_day: per_day.get(), counts: Mutex::new(Counts { day: Millis(0), used: HashMap::new() }) }
    }

    /// Counts a request; refused where none was left.
    pub(crate) fn take(&self, platform: PlatformNo, now: Millis) -> Result<Standing, Standing> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let day = now.day();
        if counts.day != day {
            *counts = Counts { day, used: HashMap::new() };
        }
        let used = counts.used.entry(platform).or_default();
        if *used >= self.per_day {
            return Err(self.standing(self.per_day, now));
        }
        *used += 1;
        Ok(self.standing(*used, now))
    }

    /// Where somebody stands who has made no request: what an answer says that counts against nobody.
    pub(crate) fn untouched(&self, now: Millis) -> Standing {
        self.standing(0, now)
    }

    fn standing(&self, used: u64, now: Millis) -> Standing {
        let reset = now.next_day();
        let reset_secs = (reset.0 - now.0 + 999) / 1000;
        Standing { limit: self.per_day, remaining: self.per_day - used, reset, reset_secs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_has_its_own_quota_until_midnight_utc() {
        let quota = Quota::new(NonZeroU64::new(2).unwrap());
        let (one, other) = (PlatformNo(1), PlatformNo(2));
        let noon = Millis::parse_iso("2026-10-27T12:00:00Z").unwrap();
        let midnight = Millis::parse_iso("2026-10-28T00:00:00Z").unwrap();
        let left = |remaining| Standing { limit: 2, remaining, reset: midnight, reset_secs: 12 * 3600 };
        assert_eq!(quota.take(one, noon), Ok(left(1)));
        assert_eq!(quota.take(one, noon), Ok(left(0)));
        let refused = quota.take(one, midnight.plus_ms(-1));
        assert_eq!(refused, Err(Standing { reset_secs: 1, ..left(0) }));
        assert_eq!(quota.take(other, noon), Ok(left(1)));
        assert_eq!(quota.untouched(noon), left(2));
        assert_eq!(quota.take(one, midnight).map(|standing| standing.remaining), Ok(1));
    }
}
