//! Setting how data types are pulled.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::{companies, platforms, schedules, sync_settings};
use tributary_core::ids::{CompanyId, PlatformNo};
use tributary_core::sync_settings::{Level, effective};
use tributary_core::{DataType, Millis};

/// A company's settings differ from what its platform has locked. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the platform has locked the settings of {}", names(.0))]
pub struct SettingsLocked(pub Vec<DataType>);

fn names(types: &[DataType]) -> String {
    types.iter().map(|data_type| data_type.as_str()).collect::<Vec<_>>().join(", ")
}

/// Replaces what a platform says for all its companies. It holds at once: for the next pulls, and for when they are.
pub fn set_platform_sync_settings(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    level: &Level,
    now: Millis,
) -> Result<(), DbError> {
    platforms::lock(conn, platform_no)?;
    sync_settings::save(conn, platform_no, None, level, now)?;
    schedules::look_now_at_platform(conn, platform_no)
}

/// Replaces what one company says, which the caller has found; of one that was deleted meanwhile nothing is kept. A locked
/// type may be repeated as it is.
pub fn set_company_sync_settings(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company: CompanyId,
    level: &Level,
    now: Millis,
) -> Result<Result<(), SettingsLocked>, DbError> {
    platforms::lock(conn, platform_no)?;
    if companies::keep(conn, platform_no, company)?.is_none() {
        return Ok(Ok(()));
    }
    let above = effective(&sync_settings::of_platform(conn, platform_no)?, &Level::default());
    let differs = |data_type: &DataType| {
        let locked = above.of(*data_type);
        locked.is_locked && level.types.get(data_type).is_some_and(|own| *own != locked)
    };
    let locked: Vec<DataType> = DataType::ALL.into_iter().filter(differs).collect();
    if level.overrides && !locked.is_empty() {
        return Ok(Err(SettingsLocked(locked)));
    }
    sync_settings::save(conn, platform_no, Some(company), level, now)?;
    schedules::look_now_at_company(conn, platform_no, company)?;
    Ok(Ok(()))
}
