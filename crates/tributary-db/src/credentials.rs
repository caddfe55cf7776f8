//! Credentials: what opens a connection's Stripe account. At most one per connection is in use; the others
//! are remembered without their secrets.

use crate::conn::AnyConn;
use crate::connections::Connection;
use crate::error::DbError;
use crate::schema::credentials;
use crate::stored::{Sealed, Stored, StoredMoment};
use crate::vault::{Cell, Scope, Vault};
use diesel::prelude::*;
use tributary_core::ids::{AccountId, ConnectionNo, CredentialId, PlatformNo};
use tributary_core::seal::SealError;
use tributary_core::state::CredentialKind;
use tributary_core::{Millis, Secret};

/// A credential, its secrets sealed.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Credential {
    /// The connection it opens.
    #[diesel(deserialize_as = i64)]
    pub connection_no: ConnectionNo,
    /// Its id.
    #[diesel(deserialize_as = Stored)]
    pub id: CredentialId,
    /// The platform it belongs to.
    #[diesel(deserialize_as = i64)]
    pub platform_no: PlatformNo,
    /// How it was obtained.
    #[diesel(deserialize_as = Stored)]
    pub kind: CredentialKind,
    access_token_sealed: Option<Sealed>,
    refresh_token_sealed: Option<Sealed>,
    /// Prefix and last four characters of a pasted key; `None` for tokens.
    pub masked: Option<String>,
    /// What was granted, in Stripe's word; `None` for keys.
    pub scope: Option<String>,
    /// The account that it opens.
    #[diesel(deserialize_as = Stored)]
    pub account_id: AccountId,
    /// When it ends; `None`: it lives until revoked.
    #[diesel(deserialize_as = StoredMoment)]
    pub expires: Option<Millis>,
    /// When it was stored.
    #[diesel(deserialize_as = i64)]
    pub created: Millis,
    /// When its secrets were destroyed; `None` while it is in use.
    #[diesel(deserialize_as = StoredMoment)]
    pub destroyed: Option<Millis>,
}

/// A credential to be.
#[derive(Clone, Debug)]
pub struct NewCredential {
    /// How it was obtained.
    pub kind: CredentialKind,
    /// What calls to Stripe carry.
    pub access_token: Secret,
    /// What renews it.
    pub refresh_token: Option<Secret>,
    /// What was granted, in Stripe's word; `None` for keys.
    pub scope: Option<String>,
    /// The account that it opens.
    pub account_id: AccountId,
    /// Prefix and last four characters of a pasted key; `None` for tokens.
    pub masked: Option<String>,
    /// When it ends; `None`: it lives until revoked.
    pub expires: Option<Millis>,
}

/// The credential in use. For the worker, and under a connection that was found for its platform.
pub fn in_use(conn: &mut AnyConn, no: ConnectionNo) -> Result<Option<Credential>, DbError> {
    Ok(credentials::table
        .filter(credentials::connection_no.eq(no.0))
        .filter(credentials::destroyed_ms.is_null())
        .first(conn)
        .optional()?)
}

/// What calls to Stripe carry; of a destroyed credential nothing opens.
pub fn access_token(
    conn: &mut AnyConn,
    vault: &Vault,
    connection: &Connection,
    credential: &Credential,
) -> Result<Secret, DbError> {
    let sealed = credential.access_token_sealed.as_ref().ok_or(SealError::DoesNotOpen)?;
    let scope = Scope::find(conn, connection.platform_no, Some(connection.company_id))?;
    vault.open(conn, &scope, cell(ACCESS_TOKEN, credential.id), sealed)
}

/// Stores the credential to use from now on and destroys the one before.
pub fn replace(
    conn: &mut AnyConn,
    vault: &Vault,
    connection: &Connection,
    new: NewCredential,
    now: Millis,
) -> Result<Credential, DbError> {
    destroy(conn, connection.no, now)?;
    let id = CredentialId::random();
    let scope = Scope::find(conn, connection.platform_no, Some(connection.company_id))?;
    let access_token = vault.seal(conn, &scope, cell(ACCESS_TOKEN, id), &new.access_token, now)?;
    let refresh_token = match &new.refresh_token {
        Some(token) => Some(vault.seal(conn, &scope, cell(REFRESH_TOKEN, id), token, now)?),
        None => None,
    };
    diesel::insert_into(credentials::table)
        .values((
            credentials::connection_no.eq(connection.no.0),
            credentials::id.eq(id.to_string()),
            credentials::platform_no.eq(connection.platform_no.0),
            credentials::kind.eq(new.kind.as_str()),
            credentials::access_token_sealed.eq(&access_token),
            credentials::refresh_token_sealed.eq(&refresh_token),
            credentials::masked.eq(&new.masked),
            credentials::scope.eq(&new.scope),
            credentials::account_id.eq(&new.account_id.0),
            credentials::expires_ms.eq(new.expires.map(|at| at.0)),
            credentials::created_ms.eq(now.0),
        ))
        .execute(conn)?;
    Ok(Credential {
        connection_no: connection.no,
        id,
        platform_no: connection.platform_no,
        kind: new.kind,
        access_token_sealed: Some(Sealed(access_token)),
        refresh_token_sealed: refresh_token.map(Sealed),
        masked: new.masked,
        scope: new.scope,
        account_id: new.account_id,
        expires: new.expires,
        created: now,
        destroyed: None,
    })
}

/// Destroys the secrets of the credential in use; says whether there was one.
pub fn destroy(conn: &mut AnyConn, no: ConnectionNo, now: Millis) -> Result<bool, DbError> {
    let in_use = credentials::table
        .filter(credentials::connection_no.eq(no.0))
        .filter(credentials::destroyed_ms.is_null());
    let destroyed = diesel::update(in_use)
        .set((
            credentials::access_token_sealed.eq(None::<Vec<u8>>),
            credentials::refresh_token_sealed.eq(None::<Vec<u8>>),
            credentials::destroyed_ms.eq(now.0),
        ))
        .execute(conn)?;
    Ok(destroyed > 0)
}

/// Deletes all of a connection's credentials, those in use and those that were destroyed.
pub(crate) fn delete_all(conn: &mut AnyConn, no: ConnectionNo) -> Result<(), DbError> {
    diesel::delete(credentials::table.filter(credentials::connection_no.eq(no.0))).execute(conn)?;
    Ok(())
}

const ACCESS_TOKEN: &str = "access_token_sealed";
const REFRESH_TOKEN: &str = "refresh_token_sealed";

fn cell(column: &'static str, id: CredentialId) -> Cell<'static> {
    Cell { table: "credentials", column, row: id.uuid() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb, credential};

    #[test]
    fn a_new_credential_destroys_the_one_before() {
        let db = TestDb::new();
        let (_, connection) = db.linked(&db.platform("One"), "acct_1");
        let old = db.run(|conn| in_use(conn, connection.no)).unwrap();
        let token = |credential: &Credential| {
            db.db.read_blocking(|conn| access_token(conn, &db.vault, &connection, credential))
        };
        assert_eq!(token(&old).unwrap().expose(), "sk_test_canary_of_the_merchant");
        let mut next = credential("acct_1");
        next.access_token = Secret::new("rk_test_pasted");
        let next = db.run(|conn| replace(conn, &db.vault, &connection, next.clone(), NOW));
        let now_in_use = db.run(|conn| in_use(conn, connection.no)).unwrap();
        assert_eq!(now_in_use, next);
        assert_eq!(token(&now_in_use).unwrap().expose(), "rk_test_pasted");
        let destroyed: Credential =
            db.run(|conn| Ok(credentials::table.find((connection.no.0, old.id.to_string())).first(conn)?));
        assert_eq!(destroyed.destroyed, Some(NOW));
        assert!(destroyed.access_token_sealed.is_none() && destroyed.refresh_token_sealed.is_none());
        assert!(token(&destroyed).is_err());
        assert!(db.run(|conn| destroy(conn, connection.no, NOW)));
        assert_eq!(db.run(|conn| in_use(conn, connection.no)), None);
        assert!(!db.run(|conn| destroy(conn, connection.no, NOW)), "there is nothing left to destroy");
    }

    #[test]
    fn a_token_copied_to_another_row_or_column_does_not_open() {
        let db = TestDb::new();
        let platform = db.platform("One");
        let (_, connection) = db.linked(&platform, "acct_1");
        let (_, thief) = db.linked(&platform, "acct_2");
        let victim = db.run(|conn| in_use(conn, connection.no)).unwrap();
        let mut copy = db.run(|conn| in_use(conn, thief.no)).unwrap();
        copy.access_token_sealed = victim.access_token_sealed.clone();
        let open = |connection: &Connection, credential: &Credential| {
            db.db.read_blocking(|conn| access_token(conn, &db.vault, connection, credential))
        };
        assert!(open(&thief, &copy).is_err(), "another row");
        assert!(open(&thief, &victim).is_err(), "another company");
        copy = victim.clone();
        copy.access_token_sealed = victim.refresh_token_sealed.clone();
        assert!(open(&connection, &copy).is_err(), "another column");
        assert!(open(&connection, &victim).is_ok());
    }
}
