//! `supplemental_configs`: what platforms want to see of Stripe's objects beside a data type's own fields. The text is
//! the API's; it is stored as it was checked there.

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::schema::{connections, integrations, supplemental_configs};
use diesel::prelude::*;
use tributary_core::ids::{ConnectionNo, PlatformNo};
use tributary_core::{DataType, Millis, PlatformKey};

/// What is configured for a data type of an integration, as JSON.
pub fn find(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    key: PlatformKey,
    data_type: DataType,
) -> Result<Option<String>, DbError> {
    Ok(supplemental_configs::table
        .find((platform_no.0, key.as_str(), data_type.as_str()))
        .select(supplemental_configs::config)
        .first(conn)
        .optional()?)
}

/// What is configured for a data type of the integration that a connection was made with, as JSON. The connection was
/// found for its platform.
pub fn find_for(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    data_type: DataType,
) -> Result<Option<String>, DbError> {
    Ok(supplemental_configs::table
        .inner_join(
            integrations::table.on(integrations::platform_no
                .eq(supplemental_configs::platform_no)
                .and(integrations::platform_key.eq(supplemental_configs::platform_key))),
        )
        .inner_join(connections::table.on(connections::integration_id.eq(integrations::id)))
        .filter(connections::no.eq(connection.0))
        .filter(supplemental_configs::data_type.eq(data_type.as_str()))
        .select(supplemental_configs::config)
        .first(conn)
        .optional()?)
}

/// Replaces what is configured.
pub fn save(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    key: PlatformKey,
    data_type: DataType,
    config: &str,
    now: Millis,
) -> Result<(), DbError> {
    let row = (
        supplemental_configs::platform_no.eq(platform_no.0),
        supplemental_configs::platform_key.eq(key.as_str()),
        supplemental_configs::data_type.eq(data_type.as_str()),
    );
    let said = (supplemental_configs::config.eq(config), supplemental_configs::modified_ms.eq(now.0));
    let insert = diesel::insert_into(supplemental_configs::table)
        .values((row, said))
        .on_conflict((
            supplemental_configs::platform_no,
            supplemental_configs::platform_key,
            supplemental_configs::data_type,
        ))
        .do_update()
        .set(said);
    Both(insert).execute(conn)?;
    Ok(())
}
