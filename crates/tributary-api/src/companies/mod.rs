//! Companies.

mod create;
mod get;
mod list;

pub(crate) use create::create;
pub(crate) use get::get;
pub(crate) use list::list;

use crate::failure::Failure;
use crate::path::CompanyPath;
use tributary_contract::ApiError;
use tributary_core::ids::PlatformNo;
use tributary_db::AnyConn;
use tributary_db::companies::{self, Company};

/// The platform's company; another platform's answers like a missing one.
pub(crate) fn find(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    CompanyPath(id): CompanyPath,
) -> Result<Company, Failure> {
    let company = companies::find(conn, platform_no, id)?;
    company.ok_or_else(|| ApiError::CompanyNotFound(id.to_string()).into())
}
