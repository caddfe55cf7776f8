//! Setting at what time of day data is pulled.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::timetables::TimeOfDay;
use crate::{platforms, schedules, timetables};
use tributary_core::Millis;
use tributary_core::ids::{CompanyId, PlatformNo};

/// Replaces what a platform says for all its companies, or what one company says that the caller has found; without
/// anything said, takes it back. It holds at once.
pub fn set_time_of_day(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company: Option<CompanyId>,
    said: Option<&TimeOfDay>,
    now: Millis,
) -> Result<(), DbError> {
    platforms::lock(conn, platform_no)?;
    timetables::save(conn, platform_no, company, said, now)?;
    match company {
        Some(company) => schedules::look_now_at_company(conn, platform_no, company),
        None => schedules::look_now_at_platform(conn, platform_no),
    }
}
