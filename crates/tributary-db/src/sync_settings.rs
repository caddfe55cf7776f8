//! `sync_settings`: what platforms and companies say of how data types are pulled.

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::schema::sync_settings;
use crate::stored::json_text;
use diesel::prelude::*;
use std::collections::BTreeMap;
use tributary_core::Millis;
use tributary_core::ids::{CompanyId, PlatformNo};
use tributary_core::sync_settings::{Level, SyncSettings, TypeSettings, effective};

/// What stands in `company_id` for the platform's own settings.
const PLATFORM: &str = "";

/// What the platform says; nothing until it does.
pub fn of_platform(conn: &mut AnyConn, platform_no: PlatformNo) -> Result<Level, DbError> {
    find(conn, platform_no, PLATFORM)
}

/// What one company says; nothing until it does.
pub fn of_company(conn: &mut AnyConn, platform_no: PlatformNo, company: CompanyId) -> Result<Level, DbError> {
    find(conn, platform_no, &company.to_string())
}

/// What holds for a company.
pub fn in_force(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company: CompanyId,
) -> Result<SyncSettings, DbError> {
    Ok(effective(&of_platform(conn, platform_no)?, &of_company(conn, platform_no, company)?))
}

fn find(conn: &mut AnyConn, platform_no: PlatformNo, company_id: &str) -> Result<Level, DbError> {
    let found: Option<(bool, String)> = sync_settings::table
        .find((platform_no.0, company_id))
        .select((sync_settings::overrides, sync_settings::types))
        .first(conn)
        .optional()?;
    let Some((overrides, types)) = found else { return Ok(Level::default()) };
    let types: BTreeMap<String, TypeSettings> =
        serde_json::from_str(&types).map_err(|error| DbError::Broken(error.to_string()))?;
    // A type that only a newer version knows says nothing to this one.
    let known = types.into_iter().filter_map(|(key, settings)| Some((key.parse().ok()?, settings)));
    Ok(Level { overrides, types: known.collect() })
}

/// Replaces what the platform says, or one company. Services use `use_cases::set_sync_settings`, which also has
/// the scheduler look at those whom it concerns.
pub(crate) fn save(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company: Option<CompanyId>,
    level: &Level,
    now: Millis,
) -> Result<(), DbError> {
    let company_id = company.map_or(PLATFORM.to_owned(), |id| id.to_string());
    let types: BTreeMap<&str, &TypeSettings> =
        level.types.iter().map(|(data_type, settings)| (data_type.as_str(), settings)).collect();
    let said = (
        sync_settings::overrides.eq(level.overrides),
        sync_settings::types.eq(json_text(&types)?),
        sync_settings::modified_ms.eq(now.0),
    );
    let row = (sync_settings::platform_no.eq(platform_no.0), sync_settings::company_id.eq(company_id));
    let insert = diesel::insert_into(sync_settings::table)
        .values((row, said.clone()))
        .on_conflict((sync_settings::platform_no, sync_settings::company_id))
        .do_update()
        .set(said);
    Both(insert).execute(conn)?;
    Ok(())
}
