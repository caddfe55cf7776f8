//! Creating a company.

use super::company_rules::{self, CompanyRefused};
use crate::companies::{self, Company, NewCompany};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::messages::{Event, emit};
use tributary_core::ids::PlatformNo;
use tributary_core::{Millis, PublicUrls};

/// Creates a company.
pub fn create_company(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    platform_no: PlatformNo,
    new: NewCompany,
    now: Millis,
) -> Result<Result<Company, CompanyRefused>, DbError> {
    let new = match company_rules::checked(new) {
        Ok(new) => new,
        Err(refused) => return Ok(Err(refused)),
    };
    let company = companies::create(conn, platform_no, new, now)?;
    emit(conn, urls, Event::CompanyCreated(company.id), now)?;
    Ok(Ok(company))
}
