//! Changing what a company is called, described by and labelled with.

use super::company_rules::{CompanyChange, CompanyRefused};
use crate::companies::{self, Company};
use crate::conn::AnyConn;
use crate::error::DbError;
use tributary_core::ids::{CompanyId, PlatformNo};

/// Why a company can't be changed. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefused {
    /// The platform has no such company.
    #[error("No company was found with ID {0}")]
    Unknown(CompanyId),
    /// The company may not be so.
    #[error(transparent)]
    Company(#[from] CompanyRefused),
}

/// Changes a company; returns it as it is then.
pub fn change_company(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    id: CompanyId,
    change: CompanyChange,
) -> Result<Result<Company, ChangeRefused>, DbError> {
    match change.checked() {
        Ok(change) => {
            companies::change(conn, platform_no, id, &change)?;
            Ok(companies::find(conn, platform_no, id)?.ok_or(ChangeRefused::Unknown(id)))
        }
        Err(refused) => Ok(Err(refused.into())),
    }
}
