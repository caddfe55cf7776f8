//! Creating a company.

use super::company_rules::{self, CompanyRefused};
use crate::companies::{self, Company, NewCompany};
use crate::conn::AnyConn;
use crate::error::DbError;
use tributary_core::Millis;
use tributary_core::ids::PlatformNo;

/// Creates a company.
pub fn create_company(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    new: NewCompany,
    now: Millis,
) -> Result<Result<Company, CompanyRefused>, DbError> {
    match company_rules::checked(new) {
        Ok(new) => companies::create(conn, platform_no, new, now).map(Ok),
        Err(refused) => Ok(Err(refused)),
    }
}
