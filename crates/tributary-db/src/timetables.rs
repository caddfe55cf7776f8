//! `timetables`: at what time of day platforms and companies want data to be pulled.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema::timetables;
use diesel::prelude::*;
use tributary_core::ids::{CompanyId, PlatformNo};
use tributary_core::timetable::is_time_zone;
use tributary_core::{Millis, Timetable};

/// What stands in `company_id` for the platform's own.
const PLATFORM: &str = "";

/// What a platform or a company says of the time of day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeOfDay {
    /// The zone that times are shown in: IANA's name.
    pub time_zone: String,
    /// When data is pulled by the clock of that zone; none: by hours alone.
    pub timetable: Option<Timetable>,
}

impl TimeOfDay {
    /// What holds where nobody said anything.
    pub fn unsaid() -> Self {
        TimeOfDay { time_zone: "UTC".to_owned(), timetable: None }
    }
}

/// What the platform says; none until it does.
pub fn of_platform(conn: &mut AnyConn, platform_no: PlatformNo) -> Result<Option<TimeOfDay>, DbError> {
    find(conn, platform_no, PLATFORM)
}

/// What one company says; none while it goes by its platform's.
pub fn of_company(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company: CompanyId,
) -> Result<Option<TimeOfDay>, DbError> {
    find(conn, platform_no, &company.to_string())
}

/// What holds for a company.
pub fn in_force(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company: CompanyId,
) -> Result<TimeOfDay, DbError> {
    let said = match of_company(conn, platform_no, company)? {
        Some(own) => Some(own),
        None => of_platform(conn, platform_no)?,
    };
    Ok(said.unwrap_or_else(TimeOfDay::unsaid))
}

fn find(conn: &mut AnyConn, platform_no: PlatformNo, company_id: &str) -> Result<Option<TimeOfDay>, DbError> {
    let found: Option<(Option<i64>, String)> = timetables::table
        .find((platform_no.0, company_id))
        .select((timetables::minute_of_day, timetables::time_zone))
        .first(conn)
        .optional()?;
    // A zone that only a newer version knows says nothing to this one.
    let known = found.filter(|(_, time_zone)| is_time_zone(time_zone));
    Ok(known.map(|(minute, time_zone)| TimeOfDay {
        timetable: minute.and_then(|minute| Timetable::at_minute(minute, &time_zone)),
        time_zone,
    }))
}

/// Replaces what the platform says, or one company; `None` takes it back. Services use `use_cases::set_time_of_day`,
/// which also has the scheduler look at those whom it concerns.
pub(crate) fn save(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company: Option<CompanyId>,
    said: Option<&TimeOfDay>,
    now: Millis,
) -> Result<(), DbError> {
    let company_id = company.map_or(PLATFORM.to_owned(), |id| id.to_string());
    let Some(said) = said else {
        diesel::delete(timetables::table.find((platform_no.0, company_id))).execute(conn)?;
        return Ok(());
    };
    let columns = (
        timetables::minute_of_day.eq(said.timetable.as_ref().map(Timetable::minute)),
        timetables::time_zone.eq(said.time_zone.clone()),
        timetables::modified_ms.eq(now.0),
    );
    let row = (timetables::platform_no.eq(platform_no.0), timetables::company_id.eq(company_id));
    let insert = diesel::insert_into(timetables::table)
        .values((row, columns.clone()))
        .on_conflict((timetables::platform_no, timetables::company_id))
        .do_update()
        .set(columns);
    match conn {
        AnyConn::Pg(conn) => insert.execute(conn)?,
        AnyConn::Sqlite(conn) => insert.execute(conn)?,
    };
    Ok(())
}
