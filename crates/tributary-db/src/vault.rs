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

    /// As [`SealingKey::derive`] of the master key: the same in every process of the installation.
    pub fn derive(&self, purpose: &str) -> Secret {
        self.0.derive(purpose)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb, master_key};

    const CELL: Cell<'static> = Cell { table: "t", column: "c", row: Uuid::from_u128(7) };

    #[test]
    fn a_secret_opens_only_in_its_own_scope_and_cell_and_under_its_own_master_key() {
        let db = TestDb::new();
        let (one, other) = (db.platform("One"), db.platform("Other"));
        let home = Scope { company: Some(CompanyId::random()), ..Scope::of_platform(&one) };
        let seal = |scope: Scope| {
            Sealed(db.run(|conn| db.vault.seal(conn, &scope, CELL, &Secret::new("canary"), NOW)))
        };
        let sealed = seal(home);
        let open = |vault: &Vault, scope: Scope, cell: Cell<'_>| {
            db.db.read_blocking(|conn| vault.open(conn, &scope, cell, &sealed))
        };
        assert_eq!(open(&db.vault, home, CELL).unwrap().expose(), "canary");
        // Every other scope has a data key of its own, so that a missing key isn't what stops them.
        let sibling = Scope { company: Some(CompanyId::random()), ..home };
        let strangers = [Scope { company: None, ..home }, sibling, Scope::of_platform(&other)];
        for scope in strangers {
            seal(scope);
            assert!(open(&db.vault, scope, CELL).is_err(), "{scope:?}");
        }
        // Whoever moves the row to another platform doesn't get it opened there.
        assert!(open(&db.vault, Scope { platform_id: other.id, ..home }, CELL).is_err());
        for cell in
            [Cell { table: "u", ..CELL }, Cell { column: "d", ..CELL }, Cell { row: Uuid::nil(), ..CELL }]
        {
            assert!(open(&db.vault, home, cell).is_err(), "{cell:?}");
        }
        assert!(open(&Vault::new(master_key()), home, CELL).is_err());
    }

    #[test]
    fn no_secret_lies_in_the_database_files_unsealed() {
        let db = TestDb::new();
        let (platform, canary) = (db.platform("One"), Secret::new("state_canary_of_the_browser"));
        let (_, connection) = db.linked(&platform, "acct_1");
        let key = db.run(|conn| crate::api_keys::create(conn, platform.no, None, NOW)).unwrap().key;
        db.run(|conn| {
            let new = crate::oauth_states::NewState {
                state: &canary,
                browser: &canary,
                connection: &connection,
                mode: tributary_core::Mode::Test,
                now: NOW,
                lifetime_secs: 60,
            };
            crate::oauth_states::create(conn, new)
        });
        let mut bytes = std::fs::read(&db.path).unwrap();
        let mut wal = db.path.clone().into_os_string();
        wal.push("-wal");
        bytes.extend(std::fs::read(wal).unwrap());
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds("acct_1"), "the files hold what isn't secret");
        assert!(!holds("canary_of"));
        assert!(!holds(key.expose()));
    }
}
