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

const ACCESS_TOKEN: &str = "access_token_sealed";
const REFRESH_TOKEN: &str = "refresh_token_sealed";

fn cell(column: &'static str, id: CredentialId) -> Cell<'static> {
    Cell { table: "credentials", column, row: id.uuid() }
}
