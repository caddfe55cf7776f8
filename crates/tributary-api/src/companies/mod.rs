//! Companies.

mod access_token;
mod change;
mod create;
mod delete;
mod get;
mod list;
pub(crate) mod products;

pub(crate) use access_token::access_token;
pub(crate) use change::{replace, update};
pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use get::get;
pub(crate) use list::list;

use crate::failure::Failure;
use crate::path::CompanyPath;
use tributary_contract::ApiError;
use tributary_contract::error::ValidationItem;
use tributary_core::ids::PlatformNo;
use tributary_db::AnyConn;
use tributary_db::companies::{self, Company};
use tributary_db::use_cases::{CompanyProblem, CompanyRefused};

/// The platform's company; another platform's answers like a missing one.
pub(crate) fn find(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    CompanyPath(id): CompanyPath,
) -> Result<Company, Failure> {
    let company = companies::find(conn, platform_no, id)?;
    company.ok_or_else(|| ApiError::CompanyNotFound(id.to_string()).into())
}

/// What is answered to a company that may not be so: every rule it breaks.
fn refused(validator: &'static str, refused: &CompanyRefused) -> ApiError {
    let item =
        |problem: &CompanyProblem| ValidationItem::new(validator, problem.field(), problem.to_string());
    ApiError::Invalid(refused.0.iter().map(item).collect())
}
