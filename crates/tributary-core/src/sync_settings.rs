//! What is pulled, how often and how far back: settings per data type, on two levels.
//!
//! A platform sets them for all its companies; a company may have its own. What neither sets has the defaults of
//! [`TypeSettings::default`]. Everything here is a pure function; days and months are those of UTC.

use crate::read_budget::{DAY_MS, ReadBudget, Stretch};
use crate::{DataType, Millis, Resource, Timetable};
use jiff::{Span, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;

/// How one data type is pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TypeSettings {
    /// Whether linking asks for it, and with it every request for all data.
    pub fetch_on_first_link: bool,
    /// Hours between the last pull and the next by schedule; 0: no schedule of its own.
    pub schedule_hours: i64,
    /// Types with a lower number are asked for, and pulled, first.
    pub order: i64,
    /// Nothing that was created before is kept: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_ms: Option<i64>,
    /// Nothing that is older than so many months is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_months: Option<i64>,
    /// The months of a report. No commerce type is one: it is stored and shown, and nothing more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_months: Option<i64>,
    /// Set by a platform: companies can't have it otherwise.
    #[serde(default)]
    pub is_locked: bool,
}

impl Default for TypeSettings {
    /// Everything that the source has, asked for by linking, without a schedule of its own (rule E11).
    fn default() -> Self {
        TypeSettings {
            fetch_on_first_link: true,
            schedule_hours: 0,
            order: 0,
            from_ms: None,
            window_months: None,
            report_months: None,
            is_locked: false,
        }
    }
}

impl TypeSettings {
    /// Since when records are kept, as of `now`; none: all there are. Where both a date and a window are set, the
    /// later bound counts.
    pub fn history_from(&self, now: Millis) -> Option<Millis> {
        let window = self.window_months.map(|months| months_before(now, months));
        self.from_ms.map(Millis).max(window)
    }

    /// From the end of one pull to the next by schedule: milliseconds.
    pub fn every_ms(&self, pace: &Pace) -> i64 {
        if let Some((days, _)) = self.by_the_clock(pace) {
            return days.saturating_mul(DAY_MS);
        }
        let hours = if self.schedule_hours > 0 { self.schedule_hours } else { pace.safety_hours };
        hours.saturating_mul(HOUR_MS)
    }

    /// When the type is due after a pull that ended at `ended`: always later.
    pub fn next(&self, ended: Millis, pace: &Pace, stretch: Stretch) -> Millis {
        let every_ms = stretch.apply(self.every_ms(pace));
        let by_the_clock = self.by_the_clock(pace).and_then(|(_, timetable)| {
            // By the clock there are whole days only.
            timetable.after(ended, every_ms.saturating_add(DAY_MS - 1) / DAY_MS)
        });
        by_the_clock.unwrap_or_else(|| ended.plus_ms(every_ms.max(1)))
    }

    /// Where a timetable says at what time of day: the days from one pull to the next. Schedules of less than a day go by
    /// hours all the same.
    fn by_the_clock<'a>(&self, pace: &'a Pace) -> Option<(i64, &'a Timetable)> {
        let timetable = pace.timetable.as_ref()?;
        match self.schedule_hours {
            0 => Some((1, timetable)),
            hours => (hours >= 24).then_some((hours / 24, timetable)),
        }
    }
}

/// What an installation's settings say of when connections are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadingSettings {
    /// Hours after which a type without a schedule is pulled.
    pub refresh_hours: i64,
    /// How much may be read of one connection.
    pub budget: ReadBudget,
}

impl Default for ReadingSettings {
    /// Once a day, within half of what Stripe allows.
    fn default() -> Self {
        ReadingSettings { refresh_hours: 24, budget: ReadBudget::default() }
    }
}

/// When data is pulled where a type's own settings don't say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Hours after which a type without a schedule is pulled.
    pub safety_hours: i64,
    /// The time of day at which it is instead, with all whose schedules are a day or longer.
    pub timetable: Option<Timetable>,
}

/// The same day and time of day, so many months earlier; the last day of a month that is too short for it.
fn months_before(now: Millis, months: i64) -> Millis {
    let earlier = || {
        let now = Timestamp::from_millisecond(now.0).ok()?.to_zoned(TimeZone::UTC);
        let earlier = now.checked_sub(Span::new().try_months(months).ok()?).ok()?;
        Some(Millis(earlier.timestamp().as_millisecond()))
    };
    // A window that reaches past the calendar has no beginning that anything could lie before.
    earlier().unwrap_or(Millis(i64::MIN))
}

/// What one level says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Whether it counts at all; otherwise the level above does.
    pub overrides: bool,
    /// The data types that it says something of.
    pub types: BTreeMap<DataType, TypeSettings>,
}

impl Level {
    fn of(&self, data_type: DataType) -> Option<TypeSettings> {
        self.types.get(&data_type).copied().filter(|_| self.overrides)
    }
}

/// The settings that hold for one company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncSettings(BTreeMap<DataType, TypeSettings>);

/// What holds where a platform and a company have said so much. For each type: the company's word, unless the
/// platform has locked it; else the platform's; else the default.
pub fn effective(platform: &Level, company: &Level) -> SyncSettings {
    let of = |data_type: DataType| {
        let above = platform.of(data_type);
        let own = company.of(data_type).filter(|_| !above.is_some_and(|above| above.is_locked));
        (data_type, own.or(above).unwrap_or_default())
    };
    SyncSettings(DataType::ALL.into_iter().map(of).collect())
}

impl SyncSettings {
    /// Of one type.
    pub fn of(&self, data_type: DataType) -> TypeSettings {
        self.0.get(&data_type).copied().unwrap_or_default()
    }

    /// What linking and requests for all data ask for, in its order.
    pub fn fetched_on_link(&self) -> Vec<DataType> {
        let mut types: Vec<DataType> =
            DataType::ALL.into_iter().filter(|data_type| self.of(*data_type).fetch_on_first_link).collect();
        types.sort_by_key(|data_type| self.of(*data_type).order);
        types
    }

    /// What a run for these types pulls, in its order. Within what order allows, the types' own counts: the
    /// singletons come first, as probes; what never changes comes last, so that it reaches past everything that
    /// other lists named.
    pub fn resources(&self, types: &[DataType]) -> Vec<Resource> {
        let mut resources = DataType::resources(types);
        resources.sort_by_key(|resource| {
            let stage = i32::from(!resource.is_singleton()) + i32::from(resource.is_immutable());
            (stage, owner(*resource).map_or(0, |data_type| self.of(data_type).order))
        });
        resources
    }

    /// The earliest `created` that is pulled of a list, as of `now`, in Unix seconds; 0: all there is.
    ///
    /// A list that feeds several types has the bound of the one it belongs to.
    pub fn bound_secs(&self, resource: Resource, now: Millis) -> i64 {
        let from = owner(resource).and_then(|data_type| self.of(data_type).history_from(now));
        from.filter(|_| has_history(resource)).map_or(0, |from| from.secs().max(0))
    }
}

/// Whether a list tells of what happened, so that a part of it can be left out. Of subscriptions and coupons counts what
/// they are now, however old.
fn has_history(resource: Resource) -> bool {
    resource.is_dated() && !matches!(resource, Resource::Subscriptions | Resource::Coupons)
}

/// The data type that a list belongs to: the first that can't do without it, else the first that can use it.
fn owner(resource: Resource) -> Option<DataType> {
    let requires = |data_type: &DataType| data_type.required().contains(&resource);
    let uses = |data_type: &DataType| data_type.optional().contains(&resource);
    DataType::ALL.into_iter().find(requires).or_else(|| DataType::ALL.into_iter().find(uses))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_790_000_000_000);

    fn level(types: &[(DataType, TypeSettings)]) -> Level {
        Level { overrides: true, types: types.iter().copied().collect() }
    }

    fn by_hours(safety_hours: i64) -> Pace {
        Pace { safety_hours, timetable: None }
    }

    fn hourly(hours: i64) -> TypeSettings {
        TypeSettings { schedule_hours: hours, ..TypeSettings::default() }
    }

    fn bounded(months: i64) -> TypeSettings {
        TypeSettings { window_months: Some(months), ..TypeSettings::default() }
    }

    #[test]
    fn where_nothing_was_said_everything_is_fetched_whole_and_by_no_schedule() {
        let settings = effective(&Level::default(), &Level::default());
        assert_eq!(settings.fetched_on_link(), DataType::ALL);
        assert_eq!(settings.resources(&DataType::ALL), DataType::resources(&DataType::ALL));
        for data_type in DataType::ALL {
            assert_eq!(settings.of(data_type), TypeSettings::default());
            assert_eq!(settings.of(data_type).every_ms(&by_hours(24)), 24 * HOUR_MS);
        }
        assert!(Resource::ALL.into_iter().all(|resource| settings.bound_secs(resource, NOW) == 0));
    }

    #[test]
    fn a_timetable_says_at_what_time_of_day_whatever_is_pulled_by_days() {
        let iso = |text: &str| Millis::parse_iso(text).unwrap();
        let timetable = Timetable::parse("03:00", "Europe/Berlin").unwrap();
        let pace = Pace { safety_hours: 6, timetable: Some(timetable) };
        let next = |hours, stretch| hourly(hours).next(iso("2026-11-21T02:20:00Z"), &pace, stretch);
        assert_eq!(next(0, Stretch::NONE), iso("2026-11-22T02:00:00Z"));
        assert_eq!(next(24, Stretch::NONE), iso("2026-11-22T02:00:00Z"));
        assert_eq!(next(168, Stretch::NONE), iso("2026-11-28T02:00:00Z"));
        assert_eq!(next(23, Stretch::NONE), iso("2026-11-22T01:20:00Z"), "less than a day goes by hours");
        let half_as_often = Stretch::of(Some(100), 0, 150);
        assert_eq!(next(0, half_as_often), iso("2026-11-23T02:00:00Z"), "only whole days");
        assert_eq!(hourly(6).next(Millis(0), &by_hours(24), half_as_often), Millis(9 * HOUR_MS));
        assert_eq!(hourly(0).next(Millis(0), &by_hours(24), Stretch::NONE), Millis(24 * HOUR_MS));
    }

    #[test]
    fn a_companys_word_replaces_its_platforms_type_by_type() {
        let platform = level(&[(DataType::Payments, hourly(168)), (DataType::Disputes, hourly(24))]);
        let company = level(&[(DataType::Payments, hourly(1))]);
        let hours = |settings: &SyncSettings, data_type| settings.of(data_type).schedule_hours;
        let both = effective(&platform, &company);
        assert_eq!(hours(&both, DataType::Payments), 1);
        assert_eq!(hours(&both, DataType::Disputes), 24);
        assert_eq!(hours(&both, DataType::Customers), 0);
        let inherits = Level { overrides: false, ..company.clone() };
        assert_eq!(hours(&effective(&platform, &inherits), DataType::Payments), 168);
        let unset = Level { overrides: false, ..platform };
        assert_eq!(hours(&effective(&unset, &company), DataType::Payments), 1);
        assert_eq!(hours(&effective(&unset, &company), DataType::Disputes), 0);
    }

    #[test]
    fn a_platforms_lock_holds_against_companies_while_the_platforms_word_counts() {
        let mut platform = level(&[(DataType::Payments, TypeSettings { is_locked: true, ..hourly(168) })]);
        let company = level(&[(DataType::Payments, hourly(1))]);
        assert_eq!(effective(&platform, &company).of(DataType::Payments).schedule_hours, 168);
        platform.overrides = false;
        assert_eq!(effective(&platform, &company).of(DataType::Payments).schedule_hours, 1);
    }

    #[test]
    fn types_are_asked_for_and_pulled_in_their_order() {
        let order = |order| TypeSettings { order, ..TypeSettings::default() };
        let off = TypeSettings { fetch_on_first_link: false, ..TypeSettings::default() };
        let company = level(&[
            (DataType::Transactions, order(-1)),
            (DataType::Customers, order(9)),
            (DataType::Disputes, order(-1)),
            (DataType::Products, off),
        ]);
        let settings = effective(&Level::default(), &company);
        let types = settings.fetched_on_link();
        assert!(!types.contains(&DataType::Products));
        assert_eq!((types.first(), types.last()), (Some(&DataType::Disputes), Some(&DataType::Customers)));
        let resources = settings.resources(&types);
        let place = |resource: Resource| resources.iter().position(|pulled| *pulled == resource).unwrap();
        assert_eq!(place(Resource::Balance).min(place(Resource::Account)), 0, "probes stay first");
        assert!(place(Resource::Disputes) < place(Resource::Charges));
        assert!(place(Resource::Charges) < place(Resource::Customers));
        assert_eq!(resources.last(), Some(&Resource::BalanceTransactions), "the ledger stays last");
    }

    #[test]
    fn a_window_is_counted_back_in_months_of_the_calendar() {
        let iso = |text: &str| Millis::parse_iso(text).unwrap();
        let from = |now: &str, months| bounded(months).history_from(iso(now));
        assert_eq!(from("2026-09-21T14:13:20Z", 12), Some(iso("2025-09-21T14:13:20Z")));
        assert_eq!(from("2026-03-31T00:00:00Z", 1), Some(iso("2026-02-28T00:00:00Z")));
        assert_eq!(from("2026-03-31T00:00:00Z", 1_000_000_000), Some(Millis(i64::MIN)));
        let both = TypeSettings { from_ms: Some(iso("2026-01-01").0), ..bounded(12) };
        assert_eq!(both.history_from(iso("2026-09-21")), Some(iso("2026-01-01")));
        assert_eq!(both.history_from(iso("2027-09-21")), Some(iso("2026-09-21")), "the later bound counts");
    }

    #[test]
    fn a_list_has_the_bound_of_the_type_it_belongs_to() {
        let settings = effective(&level(&[(DataType::Payments, bounded(12))]), &Level::default());
        let bound = NOW.secs() - 365 * 86_400;
        for resource in [Resource::Charges, Resource::Refunds, Resource::PaymentIntents] {
            assert_eq!(settings.bound_secs(resource, NOW), bound, "{resource}");
        }
        for resource in [Resource::Customers, Resource::BalanceTransactions, Resource::Disputes] {
            assert_eq!(settings.bound_secs(resource, NOW), 0, "{resource}");
        }
        let types = DataType::ALL.map(|data_type| (data_type, bounded(1)));
        let all = effective(&level(&types), &Level::default());
        let whole = Resource::ALL.into_iter().filter(|resource| all.bound_secs(*resource, NOW) == 0);
        assert_eq!(
            whole.collect::<Vec<_>>(),
            [
                Resource::Balance,
                Resource::Account,
                Resource::Coupons,
                Resource::TerminalLocations,
                Resource::Subscriptions,
            ]
        );
        let endless = effective(&level(&[(DataType::Payments, bounded(100_000))]), &Level::default());
        assert_eq!(endless.bound_secs(Resource::Charges, NOW), 0);
    }
}
