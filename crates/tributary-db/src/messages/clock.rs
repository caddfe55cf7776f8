//! When a message is: after every earlier one of its company.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::leases::clock_sql;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use tributary_core::Millis;
use tributary_core::ids::{CompanyId, PlatformNo};

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = BigInt)]
    last_ms: i64,
}

/// The database's clock, or a millisecond after the message before, whichever is later. The row stays locked until
/// the transaction ends.
pub(super) fn tick(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company: Option<CompanyId>,
) -> Result<Millis, DbError> {
    let (clock, greatest) =
        (clock_sql(conn), if matches!(conn, AnyConn::Pg(_)) { "GREATEST" } else { "MAX" });
    let statement = format!(
        "INSERT INTO message_clocks (platform_no, company_id, last_ms) VALUES ($1, $2, {clock}) \
         ON CONFLICT (platform_no, company_id) \
         DO UPDATE SET last_ms = {greatest}(message_clocks.last_ms + 1, {clock}) RETURNING last_ms"
    );
    let company = company.map(|id| id.to_string()).unwrap_or_default();
    let query = sql_query(statement).bind::<BigInt, _>(platform_no.0).bind::<Text, _>(company);
    let last: Last = query.get_result(conn)?;
    Ok(Millis(last.last_ms))
}
