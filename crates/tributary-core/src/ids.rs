//! Ids: one type per kind, so that a wrong id fails to compile.
//!
//! Ids of our own rows are random UUIDs (version 4) in lower-case dashed text. Stripe's ids are opaque
//! case-sensitive text of at most 255 bytes; prefixes are hints, never checked.

use crate::clock::Millis;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Text that is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: a UUID is expected")]
pub struct NotAnId;

/// Text that is not a message's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a message's id: msg_ and 32 hexadecimal digits are expected")]
pub struct NotAMessageId;

macro_rules! uuid_ids {
    ($($(#[doc = $doc:literal])* $name:ident),+ $(,)?) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new random id.
            pub fn random() -> Self {
                $name(Uuid::new_v4())
            }

            /// The id with exactly this UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                $name(uuid)
            }

            /// The UUID.
            pub const fn uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Accepts only the dashed form, in either case.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if text.len() != 36 {
                    return Err(NotAnId);
                }
                Uuid::try_parse(text).map($name).map_err(|_| NotAnId)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> crate::schema::SchemaRef {
                crate::schema::text("uuid", concat!("The id of:", $($doc),*))
            }
        }

        impl utoipa::ToSchema for $name {}
    )+};
}

uuid_ids! {
    /// A platform: one customer of this installation.
    PlatformId,
    /// A portal user.
    UserId,
    /// A developer's API key.
    ApiKeyId,
    /// A Stripe integration of one platform.
    IntegrationId,
    /// A signing secret of an integration's webhook endpoint.
    WebhookSecretId,
    /// A merchant's company.
    CompanyId,
    /// A company's connection to one Stripe account.
    ConnectionId,
    /// A stored credential of a connection.
    CredentialId,
    /// One pull of one data type.
    DatasetId,
    /// One refresh of a connection.
    RunId,
    /// One comparison of a connection's records with Stripe's balance and payouts.
    ReconciliationId,
    /// One making of a connection's records anew from what is stored of Stripe's objects.
    RemapId,
    /// A key that seals secrets, itself sealed by the master key.
    DataKeyId,
    /// A receiver of outgoing messages.
    ConsumerId,
    /// What a message tells; the same for every consumer.
    EventId,
}

/// An outgoing message: `msg_` and a UUID of version 7 without dashes, so that the order of the texts is the order of
/// time. Constant over all attempts to deliver the message: receivers tell repetitions by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(Uuid);

impl MessageId {
    /// The id of a message of that moment.
    pub fn new(at: Millis, random: &[u8; 10]) -> Self {
        MessageId(uuid::Builder::from_unix_timestamp_millis(at.0.max(0).unsigned_abs(), random).into_uuid())
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "msg_{}", self.0.simple())
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for MessageId {
    type Err = NotAMessageId;

    fn from_str(text: &str) -> Result<Self, NotAMessageId> {
        let rest = text.strip_prefix("msg_").filter(|rest| rest.len() == 32);
        let uuid = rest.and_then(|rest| Uuid::try_parse(rest).ok()).map(MessageId);
        // Upper case would be another text for the same message.
        uuid.filter(|id| id.to_string() == text).ok_or(NotAMessageId)
    }
}

impl serde::Serialize for MessageId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A platform's number: the short form of its id in the keys of data tables (rule B2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlatformNo(pub i64);

/// A connection's number: the first column of every data table's key (rule B2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionNo(pub i64);

impl From<i64> for PlatformNo {
    fn from(no: i64) -> Self {
        PlatformNo(no)
    }
}

impl From<i64> for ConnectionNo {
    fn from(no: i64) -> Self {
        ConnectionNo(no)
    }
}

/// Stripe's id of an account, `acct_…`; opaque.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub String);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dashed_uuids_are_ids() {
        let id = CompanyId::random();
        assert_eq!(id.to_string().parse::<CompanyId>(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse::<CompanyId>(), Ok(id));
        for text in ["", "1", "{}", &id.uuid().simple().to_string(), "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz"] {
            assert_eq!(text.parse::<CompanyId>(), Err(NotAnId), "{text}");
        }
    }
    #[test]
    fn messages_are_in_the_order_of_their_moments() {
        let at = |ms, random| MessageId::new(Millis(ms), &[random; 10]);
        let (first, second) = (at(1_793_096_400_000, 255), at(1_793_096_400_001, 0));
        assert!(first.to_string() < second.to_string());
        assert_eq!(first.to_string().parse(), Ok(first));
        let upper = first.to_string().to_uppercase();
        for text in ["", "msg_", "msg_1", &upper, &upper.replace("MSG", "msg"), &first.0.to_string()] {
            assert_eq!(text.parse::<MessageId>(), Err(NotAMessageId), "{text}");
        }
    }
}
