//! How words and ids of the vocabulary come out of text columns.

use crate::error::DbError;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use tributary_core::commerce::{
    DisputeStatus, PaymentStatus, PaymentType, ProductStatus, SourceType, TransactionType,
};
use tributary_core::ids::{
    AccountId, ApiKeyId, CompanyId, ConnectionId, ConsumerId, CredentialId, DataKeyId, DatasetId, EventId,
    IntegrationId, MessageId, PlatformId, ReconciliationId, RemapId, RunId, UserId, WebhookSecretId,
};
use tributary_core::reconciliation::{DifferenceKind, ReconciliationState, Verdict};
use tributary_core::state::{
    ConnectionStatus, CredentialKind, DatasetStatus, DeliveryState, DisabledReason, DropReason, Role,
    RunReason, RunState, WindowState,
};
use tributary_core::{AccessScope, Currency, DataType, Millis, Mode, PlatformKey, Resource, SyncMode};

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
    DataKeyId, WebhookSecretId, ConsumerId, MessageId, EventId, ConnectionStatus, CredentialKind, DatasetStatus, DeliveryState, DisabledReason, DropReason, Role, RunReason, RunState, WindowState,
    AccessScope, Currency, DataType, Mode, PlatformKey, Resource, SyncMode, DisputeStatus,
    PaymentStatus, PaymentType, ProductStatus, SourceType, TransactionType, ReconciliationId,
    RemapId, ReconciliationState, DifferenceKind, Verdict,
}

/// As [`Stored`], for a text column that may be null.
#[derive(Debug, FromSqlRow)]
pub struct StoredOption(pub Option<String>);

impl<DB: Backend> FromSql<Nullable<Text>, DB> for StoredOption
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        <String as FromSql<Text, DB>>::from_sql(bytes).map(|text| StoredOption(Some(text)))
    }

    fn from_nullable_sql(bytes: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
        bytes.map_or(Ok(StoredOption(None)), <Self as FromSql<Nullable<Text>, DB>>::from_sql)
    }
}

macro_rules! readable_options {
    ($($name:ident),+ $(,)?) => {$(
        impl TryFrom<StoredOption> for Option<$name> {
            type Error = UnexpectedText;

            fn try_from(stored: StoredOption) -> Result<Self, UnexpectedText> {
                stored.0.map(|text| $name::try_from(Stored(text))).transpose()
            }
        }
    )+};
}

readable_options! { CompanyId, ConsumerId, Currency, DisabledReason, Resource, RunId, Verdict }

impl From<Stored> for AccountId {
    fn from(stored: Stored) -> Self {
        AccountId(stored.0)
    }
}

impl From<StoredOption> for Option<AccountId> {
    fn from(stored: StoredOption) -> Self {
        stored.0.map(AccountId)
    }
}

/// A moment that may be null.
#[derive(Debug, FromSqlRow)]
pub struct StoredMoment(pub Option<i64>);

impl<DB: Backend> FromSql<Nullable<BigInt>, DB> for StoredMoment
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, DB>>::from_sql(bytes).map(|ms| StoredMoment(Some(ms)))
    }

    fn from_nullable_sql(bytes: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
        bytes.map_or(Ok(StoredMoment(None)), <Self as FromSql<Nullable<BigInt>, DB>>::from_sql)
    }
}

impl From<StoredMoment> for Option<Millis> {
    fn from(stored: StoredMoment) -> Self {
        stored.0.map(Millis)
    }
}

/// A text column that holds JSON; each type that is kept so says how it is read.
#[derive(Debug, FromSqlRow)]
pub struct StoredJson(String);

impl<DB: Backend> FromSql<Text, DB> for StoredJson
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        <String as FromSql<Text, DB>>::from_sql(bytes).map(StoredJson)
    }
}

impl StoredJson {
    /// Reads the value.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }
}

/// A value as the text of a JSON column.
pub(crate) fn json_text<T: Serialize>(value: &T) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Broken(error.to_string()))
}

/// A sealed secret as it lies in its column: only the vault opens it.
#[derive(Clone, PartialEq, Eq, FromSqlRow)]
pub struct Sealed(pub(crate) Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sealed]")
    }
}

impl<DB: Backend> FromSql<Binary, DB> for Sealed
where
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        <Vec<u8> as FromSql<Binary, DB>>::from_sql(bytes).map(Sealed)
    }
}
