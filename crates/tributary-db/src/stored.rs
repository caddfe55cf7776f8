//! How words and ids of the vocabulary come out of text columns.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::sql_types::Text;
use tributary_core::commerce::{DisputeStatus, PaymentStatus, ProductStatus, SourceType, TransactionType};
use tributary_core::ids::{
    ApiKeyId, CompanyId, ConnectionId, CredentialId, DataKeyId, DatasetId, IntegrationId, PlatformId, RunId,
    UserId,
};
use tributary_core::state::{
    ConnectionStatus, CredentialKind, DatasetStatus, Role, RunReason, RunState, WindowState,
};
use tributary_core::{AccessScope, Currency, DataType, PlatformKey, Resource, SyncMode};

/// A text column on its way to becoming a word or an id: name it in `#[diesel(deserialize_as = Stored)]`.
#[derive(Debug, FromSqlRow)]
pub struct Stored(pub String);

impl<DB: Backend> FromSql<Text, DB> for Stored
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        <String as FromSql<Text, DB>>::from_sql(bytes).map(Stored)
    }
}

/// A column holds a word that this version doesn't know.
#[derive(Debug, thiserror::Error)]
#[error("unexpected text in a {what} column")]
pub struct UnexpectedText {
    what: &'static str,
}

macro_rules! readable {
    ($($name:ident),+ $(,)?) => {$(
        impl TryFrom<Stored> for $name {
            type Error = UnexpectedText;

            fn try_from(stored: Stored) -> Result<Self, UnexpectedText> {
                stored.0.parse().map_err(|_| UnexpectedText { what: stringify!($name) })
            }
        }
    )+};
}

readable! {
    PlatformId, UserId, ApiKeyId, IntegrationId, CompanyId, ConnectionId, CredentialId, DatasetId, RunId,
    DataKeyId, ConnectionStatus, CredentialKind, DatasetStatus, Role, RunReason, RunState, WindowState,
    AccessScope, Currency, DataType, PlatformKey, Resource, SyncMode, DisputeStatus,
    PaymentStatus, ProductStatus, SourceType, TransactionType,
}
