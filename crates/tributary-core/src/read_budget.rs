//! How much may be read of one connection's account (rule E13). Stripe allows so many reads in thirty days for each
//! transaction, and a least number; the merchant's own software and others share it.

use crate::Millis;

/// The days that reads are counted over.
pub const DAYS: i64 = 30;

/// Milliseconds of a day of UTC.
pub const DAY_MS: i64 = 86_400_000;

/// Reads in thirty days of an account without transactions: half of what Stripe allows.
const READS_AT_LEAST: i64 = 5_000;

/// Reads for each transaction in those days: half of what Stripe allows.
const READS_PER_TRANSACTION: i64 = 250;

/// Transactions beyond which it makes no difference any more what the budget is.
pub const TRANSACTIONS_MAX: i64 = 100_000;

/// An interval is stretched to thirty days at most.
const STRETCHED_MS_MAX: i64 = DAYS * DAY_MS;

/// What the settings say of the reads of one connection in thirty days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadBudget {
    /// By the account's transactions: half of what Stripe allows.
    #[default]
    ByTransactions,
    /// So many.
    Reads(i64),
    /// As many as it takes.
    Unlimited,
}

impl ReadBudget {
    /// The reads that there are in thirty days for an account with so many transactions in them; none: no bound.
    pub fn reads(self, transactions: i64) -> Option<i64> {
        match self {
            ReadBudget::ByTransactions => {
                let more = transactions.clamp(0, TRANSACTIONS_MAX).saturating_mul(READS_PER_TRANSACTION);
                Some(READS_AT_LEAST.saturating_add(more))
            }
            ReadBudget::Reads(reads) => Some(reads.max(0)),
            ReadBudget::Unlimited => None,
        }
    }
}

/// The day of UTC that a moment belongs to: days since 1970-01-01.
pub fn day(moment: Millis) -> i64 {
    moment.0.div_euclid(DAY_MS)
}

/// Reads of a list in thirty days, if it takes `pages` requests every `every_ms` milliseconds; rounded up.
pub fn reads_of(pages: i64, every_ms: i64) -> i64 {
    let all = i128::from(pages.max(1)) * i128::from(DAYS * DAY_MS);
    let every = i128::from(every_ms.max(1));
    i64::try_from((all + every - 1) / every).unwrap_or(i64::MAX)
}

/// How many times longer than its schedules a connection waits between pulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Thousandths: 1000 is as scheduled.
    milli: i64,
}

impl Default for Stretch {
    fn default() -> Self {
        Stretch::NONE
    }
}

impl Stretch {
    /// As scheduled.
    pub const NONE: Stretch = Stretch { milli: 1000 };

    /// Which keeps what the schedules would read within what the budget leaves beside all other reads.
    pub fn of(budget: Option<i64>, others: i64, scheduled: i64) -> Self {
        let Some(budget) = budget else { return Stretch::NONE };
        let left = i128::from(budget.saturating_sub(others).max(0));
        let wanted = i128::from(scheduled.max(0));
        if wanted <= left {
            return Stretch::NONE;
        }
        // Nothing is left: as long as it may be, which `apply` bounds.
        let milli = if left == 0 { i128::from(i64::MAX) } else { (wanted * 1000 + left - 1) / left };
        Stretch { milli: i64::try_from(milli).unwrap_or(i64::MAX).max(1000) }
    }

    /// Whether pulls come later than scheduled.
    pub fn is_longer(self) -> bool {
        self.milli > 1000
    }

    /// An interval, stretched to thirty days at most; a longer one stays as it is.
    pub fn apply(self, every_ms: i64) -> i64 {
        if !self.is_longer() {
            return every_ms;
        }
        let stretched = i128::from(every_ms) * i128::from(self.milli) / 1000;
        let stretched = i64::try_from(stretched).unwrap_or(i64::MAX);
        stretched.min(STRETCHED_MS_MAX).max(every_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR_MS: i64 = 3_600_000;

    #[test]
    fn the_budget_grows_with_the_transactions_and_is_what_the_setting_says_where_it_says_something() {
        assert_eq!(ReadBudget::ByTransactions.reads(0), Some(5_000));
        assert_eq!(ReadBudget::ByTransactions.reads(100), Some(30_000));
        assert_eq!(ReadBudget::ByTransactions.reads(i64::MAX), Some(25_005_000));
        assert_eq!(ReadBudget::Reads(7_000).reads(100), Some(7_000));
        assert_eq!(ReadBudget::Unlimited.reads(100), None);
    }

    #[test]
    fn what_fits_runs_as_scheduled_and_what_does_not_is_spread_evenly() {
        assert_eq!(Stretch::of(Some(5_000), 1_000, 4_000), Stretch::NONE);
        assert_eq!(Stretch::of(None, 1_000_000, 4_000_000), Stretch::NONE);
        let twice = Stretch::of(Some(5_000), 1_000, 8_000);
        assert!(twice.is_longer());
        assert_eq!(twice.apply(HOUR_MS), 2 * HOUR_MS);
        let never = Stretch::of(Some(5_000), 9_000, 10);
        assert_eq!(never.apply(HOUR_MS), 30 * DAY_MS, "once in thirty days all the same");
        assert_eq!(never.apply(90 * DAY_MS), 90 * DAY_MS);
        // Twenty lists of one page each, every hour.
        assert_eq!(20 * reads_of(1, HOUR_MS), 14_400);
        assert_eq!(reads_of(0, 31 * DAY_MS), 1);
    }

    #[test]
    fn days_are_those_of_utc() {
        assert_eq!((day(Millis(-1)), day(Millis(0)), day(Millis(DAY_MS))), (-1, 0, 1));
    }

    proptest! {
        #[test]
        fn a_stretched_schedule_stays_within_what_is_left(
            budget in 1..10_000_000_i64,
            others in 0..10_000_000_i64,
            pages in 1..100_000_i64,
            every_ms in HOUR_MS..30 * DAY_MS,
        ) {
            let scheduled = reads_of(pages, every_ms);
            let stretch = Stretch::of(Some(budget), others, scheduled);
            let every = stretch.apply(every_ms);
            prop_assert!(every >= every_ms);
            let left = (budget - others).max(0);
            let spent = i128::from(pages) * i128::from(30 * DAY_MS);
            // Unless the bound of thirty days counts; rounding takes a thousandth.
            prop_assert!(every == 30 * DAY_MS || spent * 999 <= i128::from(left) * i128::from(every) * 1000);
        }
    }
}
