use std::fmt;
use std::str::FromStr;

/// The types of events that are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// A company was created.
    CompanyCreated,
    /// A company was deleted.
    CompanyDeleted,
    /// A company got a product label.
    CompanyProductAdded,
    /// A company lost a product label.
    CompanyProductRemoved,
    /// A connection was created and waits for its authorization.
    ConnectionCreated,
    /// A connection was linked for the first time.
    ConnectionConnected,
    /// An authorization failed or was cancelled; the connection's status stays.
    ConnectionFailed,
    /// A connection became Unlinked or Deauthorized.
    ConnectionDisconnected,
    /// A connection was linked again after it had been disconnected.
    ConnectionReconnected,
    /// A connection was deleted.
    ConnectionDeleted,
    /// The data types that were waiting have been read, whatever the outcome.
    ReadCompleted,
    /// Every data type that an authorization asked for has been read, and at least one of them successfully.
    ReadCompletedInitial,
    /// What is said of whether a connection's records tie to Stripe's has changed. Ours.
    ReconciliationVerdictChanged,
    /// The day's quota of requests is used up.
    RateLimitReached,
    /// A new day's quota is there after the one before was used up.
    RateLimitReset,
}

/// Text that is no type of event that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no event of this type is sent")]
pub struct UnknownEventType;

impl EventType {
    /// Every type.
    pub const ALL: [EventType; 15] = [
        EventType::CompanyCreated,
        EventType::CompanyDeleted,
        EventType::CompanyProductAdded,
        EventType::CompanyProductRemoved,
        EventType::ConnectionCreated,
        EventType::ConnectionConnected,
        EventType::ConnectionFailed,
        EventType::ConnectionDisconnected,
        EventType::ConnectionReconnected,
        EventType::ConnectionDeleted,
        EventType::ReadCompleted,
        EventType::ReadCompletedInitial,
        EventType::ReconciliationVerdictChanged,
        EventType::RateLimitReached,
        EventType::RateLimitReset,
    ];

    /// The contract's name.
    pub fn as_str(self) -> &'static str {
        match self {
            EventType::CompanyCreated => "company.created",
            EventType::CompanyDeleted => "company.deleted",
            EventType::CompanyProductAdded => "company.product.added",
            EventType::CompanyProductRemoved => "company.product.removed",
            EventType::ConnectionCreated => "connection.created",
            EventType::ConnectionConnected => "connection.connected",
            EventType::ConnectionFailed => "connection.failed",
            EventType::ConnectionDisconnected => "connection.disconnected",
            EventType::ConnectionReconnected => "connection.reconnected",
            EventType::ConnectionDeleted => "connection.deleted",
            EventType::ReadCompleted => "read.completed",
            EventType::ReadCompletedInitial => "read.completed.initial",
            EventType::ReconciliationVerdictChanged => "reconciliation.verdict.changed",
            EventType::RateLimitReached => "client.rateLimit.reached",
            EventType::RateLimitReset => "client.rateLimit.reset",
        }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventType {
    type Err = UnknownEventType;

    fn from_str(text: &str) -> Result<Self, UnknownEventType> {
        EventType::ALL.into_iter().find(|event| event.as_str() == text).ok_or(UnknownEventType)
    }
}

impl serde::Serialize for EventType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
