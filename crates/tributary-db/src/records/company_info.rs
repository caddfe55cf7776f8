//! Company info: the account and its balances, joined (rule E8).

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::records::accounts::Account;
use crate::records::balances::Balance;
use crate::schema::{accounts, balances};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use tributary_core::ids::ConnectionNo;

/// What is known of the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyInfo {
    /// Missing where the credential may not read the account.
    pub account: Option<Account>,
    /// One per currency, in the order of their codes.
    pub balances: Vec<Balance>,
    /// The latest change of any part: UTC milliseconds; 0 when nothing is stored.
    pub modified_ms: i64,
}

/// Reads both parts.
pub fn find(conn: &mut AnyConn, connection: ConnectionNo) -> Result<CompanyInfo, DbError> {
    let account: Option<(Account, i64)> = accounts::table
        .filter(accounts::connection_no.eq(connection.0))
        .filter(diesel::dsl::not(accounts::deleted))
        .select((
            (
                accounts::id,
                accounts::name,
                accounts::legal_name,
                accounts::currency,
                accounts::country,
                accounts::time_zone,
                accounts::addresses,
                accounts::phone_numbers,
                accounts::web_links,
                accounts::created_ms,
            ),
            accounts::modified_ms,
        ))
        .first(conn)
        .optional()?;
    let balances: Vec<(Balance, i64)> = balances::table
        .filter(balances::connection_no.eq(connection.0))
        .filter(diesel::dsl::not(balances::deleted))
        .order(balances::id)
        .select((
            (balances::id, balances::available_minor, balances::pending_minor, balances::reserved_minor),
            balances::modified_ms,
        ))
        .load(conn)?;
    let modified = account.iter().map(|(_, at)| *at).chain(balances.iter().map(|(_, at)| *at)).max();
    Ok(CompanyInfo {
        account: account.map(|(account, _)| account),
        balances: balances.into_iter().map(|(balance, _)| balance).collect(),
        modified_ms: modified.unwrap_or(0),
    })
}
