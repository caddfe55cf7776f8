//! The vault: what seals secrets before they reach a table and opens them again (invariant 5).
//!
//! The master key seals data keys, one per platform and one per company; data keys seal secrets. A sealed
//! value names its data key, so that values sealed before a change of keys still open.

use crate::conn::AnyConn;
use crate::data_keys;
use crate::error::DbError;
use crate::platforms::{self, Platform};
use crate::stored::Sealed;
use std::sync::Arc;
use tributary_core::ids::{CompanyId, DataKeyId, PlatformId, PlatformNo};
use tributary_core::seal::{Place, SealError, SealingKey, sealed_with};
use tributary_core::{Millis, Secret};
use uuid::Uuid;
use zeroize::Zeroize;

/// The master key in use; clones share it.
#[derive(Clone, Debug)]
pub struct Vault(Arc<SealingKey>);

/// Whose data key seals a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The platform, as keys refer to it.
    pub platform_no: PlatformNo,
    /// The platform, as sealed values are bound to it.
    pub platform_id: PlatformId,
    /// The company that owns the secret; `None` for the platform's own secrets.
    pub company: Option<CompanyId>,
}

impl Scope {
    /// The scope of a platform's own secrets.
    pub fn of_platform(platform: &Platform) -> Self {
        Scope { platform_no: platform.no, platform_id: platform.id, company: None }
    }

    /// The scope of a company's secrets, or of the platform's where there is no company.
    pub fn find(
        conn: &mut AnyConn,
        platform_no: PlatformNo,
        company: Option<CompanyId>,
    ) -> Result<Self, DbError> {
        let platform = platforms::find_by_no(conn, platform_no)?
            .ok_or_else(|| DbError::Broken("a row names a platform that doesn't exist".to_owned()))?;
        Ok(Scope { company, ..Scope::of_platform(&platform) })
    }
}

/// The cell that a sealed value is bound to: moved to another, it doesn't open.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The column's name.
    pub column: &'a str,
    /// The row's id.
    pub row: Uuid,
}

impl Cell<'_> {
    fn place(&self, platform: PlatformId) -> Place<'_> {
        Place { table: self.table, column: self.column, platform, row: self.row }
    }
}

impl Vault {
    /// A vault under this master key.
    pub fn new(master: SealingKey) -> Self {
        Vault(Arc::new(master))
    }

    /// Seals a secret for a cell; the scope's data key is made if there is none yet.
    pub fn seal(
        &self,
        conn: &mut AnyConn,
        scope: &Scope,
        cell: Cell<'_>,
        secret: &Secret,
        now: Millis,
    ) -> Result<Vec<u8>, DbError> {
        let key = data_keys::get_or_create(conn, &self.0, scope, now)?;
        Ok(key.seal(&cell.place(scope.platform_id), secret.expose().as_bytes())?)
    }

    /// Opens what [`Vault::seal`] made for the same scope and cell.
    pub fn open(
        &self,
        conn: &mut AnyConn,
        scope: &Scope,
        cell: Cell<'_>,
        sealed: &Sealed,
    ) -> Result<Secret, DbError> {
        let key_id = sealed_with(&sealed.0).map(DataKeyId::from_uuid).ok_or(SealError::DoesNotOpen)?;
        let key = data_keys::find(conn, &self.0, scope, key_id)?.ok_or(SealError::DoesNotOpen)?;
        let plain = key.open(&cell.place(scope.platform_id), &sealed.0)?;
        match String::from_utf8(plain) {
            Ok(text) => Ok(Secret::new(text)),
            Err(error) => {
                error.into_bytes().zeroize();
                Err(SealError::DoesNotOpen.into())
            }
        }
    }
}
