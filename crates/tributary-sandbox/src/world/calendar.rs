//! Days: when things happen, and when money becomes available.

use crate::dice::Dice;

/// Seconds of a day.
pub(crate) const DAY: u32 = 86_400;

/// Monday to Friday. The epoch was a Thursday.
pub(crate) fn is_business_day(day: u32) -> bool {
    !matches!((day + 4) % 7, 0 | 6)
}

/// The midnight (UTC) that is `count` business days after the day of `secs`.
pub(crate) fn business_days_later(secs: u32, count: i64) -> u32 {
    let mut day = secs / DAY;
    let mut left = count;
    while left > 0 {
        day += 1;
        if is_business_day(day) {
            left -= 1;
        }
    }
    day * DAY
}

/// Year, month from 1 and day from 1 of a day since the epoch, by the proleptic Gregorian calendar.
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The day since the epoch of a date.
fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The same day and second, so many months away; the last day of a month that is too short.
pub(crate) fn months_away(secs: u32, months: i64) -> u32 {
    let (year, month, day) = civil(i64::from(secs / DAY));
    let count = year * 12 + month - 1 + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    let length = day_of(next_year, next_month, 1) - day_of(year, month, 1);
    let found = day_of(year, month, day.min(length)) * i64::from(DAY) + i64::from(secs % DAY);
    u32::try_from(found).unwrap_or(0)
}

/// So many months later.
pub(crate) fn months_later(secs: u32, months: u32) -> u32 {
    months_away(secs, i64::from(months))
}

/// How long an account of so many charges has existed, in seconds.
pub(crate) fn history_secs(charges: usize) -> u32 {
    let days = 120 + u32::try_from(charges / 10).unwrap_or(u32::MAX).min(610);
    days * DAY
}

/// `count` ascending moments in `[start, end)`: more towards the end, and more in the afternoon.
pub(crate) fn timeline(dice: &mut Dice, start: u32, end: u32, count: usize) -> Vec<u32> {
    let span = f64::from(end.saturating_sub(start));
    let last_day = end / DAY;
    let moment = |place: usize| {
        let within = dice.below(1000) as f64 / 1000.0;
        let share = (place as f64 + within) / count as f64;
        // The number of charges by time grows like (x + x²) / 2; this is its inverse.
        let x = ((1.0 + 8.0 * share).sqrt() - 1.0) / 2.0;
        let at = start + (span * x) as u32;
        if at / DAY < last_day { at - at % DAY + waking_hour(at % DAY) } else { at }
    };
    let mut times: Vec<u32> = (0..count).map(moment).collect();
    times.sort_unstable();
    times
}

/// Moves a second of the day so that 78 % fall between 8 and 22 o'clock; keeps the order.
fn waking_hour(second: u32) -> u32 {
    let (night_ends, evening_ends) = (DAY * 12 / 100, DAY * 90 / 100);
    let stretch = |value: u32, from: u32, to: u32, low: u32, high: u32| {
        low + (u64::from(value - from) * u64::from(high - low) / u64::from(to - from)) as u32
    };
    if second < night_ends {
        stretch(second, 0, night_ends, 0, 8 * 3600)
    } else if second < evening_ends {
        stretch(second, night_ends, evening_ends, 8 * 3600, 22 * 3600)
    } else {
        stretch(second, evening_ends, DAY, 22 * 3600, DAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekends_do_not_count() {
        let friday = 20_000 - 20_000 % 7 + 1;
        assert!(is_business_day(friday) && !is_business_day(friday + 1) && !is_business_day(friday + 2));
        assert_eq!(business_days_later(friday * DAY + 5, 2), (friday + 4) * DAY);
    }

    #[test]
    fn months_keep_their_day_where_they_have_it() {
        // 2024-01-31 12:00:01, 2024-02-29, 2024-03-31, 2025-01-31.
        let january = 19_753 * DAY + 43_201;
        assert_eq!(months_later(january, 1), 19_782 * DAY + 43_201);
        assert_eq!(months_later(january, 2), 19_813 * DAY + 43_201);
        assert_eq!(months_later(january, 12), 20_119 * DAY + 43_201);
        assert_eq!(months_away(months_later(january, 12), -12), january);
    }

    #[test]
    fn the_timeline_ascends_and_stays_inside() {
        let (start, end) = (1_760_000_000, 1_780_000_000);
        let times = timeline(&mut Dice::new(1), start, end, 5000);
        assert!(times.is_sorted());
        assert!(times.first().is_some_and(|first| *first >= start - start % DAY));
        assert!(times.last().is_some_and(|last| *last < end));
    }
}
