//! States: the closed sets of words that rows move through.

use crate::integration::UnknownWord;
use std::fmt;
use std::str::FromStr;

macro_rules! words {
    ($(#[doc = $doc:literal])* $name:ident ($what:literal) {
        $($(#[doc = $vdoc:literal])* $variant:ident = $word:literal),+ $(,)?
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[doc = $vdoc])* $variant),+ }

        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word in the database and on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok($name::$variant),)+
                    _ => Err(UnknownWord { what: $what, expected: concat!($($word, " "),+) }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
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
                let words = [$(($word, concat!($($vdoc),*))),+];
                crate::schema::words(concat!($($doc),*), &words)
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use words;

words! {
    /// How one message's delivery to one consumer stands.
    DeliveryState ("delivery state") {
        /// It is attempted, now or later.
        Waiting = "waiting",
        /// The consumer has it.
        Delivered = "delivered",
        /// Every attempt failed: a dead letter.
        Dead = "dead",
        /// The consumer, or the message, was deleted before it arrived.
        Dropped = "dropped",
    }
}

words! {
    /// Why a consumer is disabled.
    DisabledReason ("reason for disabling") {
        /// Somebody switched it off.
        Manual = "manual",
        /// It failed every attempt for five days.
        Failing = "failing",
        /// It answered that it is gone (410).
        Gone = "gone",
    }
}

words! {
    /// A connection's state; Codat's words.
    ConnectionStatus ("connection status") {
        /// Created, not authorised yet.
        PendingAuth = "PendingAuth",
        /// Authorised; data may be pulled.
        Linked = "Linked",
        /// Severed by the platform or the merchant; data is kept and readable.
        Unlinked = "Unlinked",
        /// Access was lost at Stripe; data is kept and readable.
        Deauthorized = "Deauthorized",
    }
}

words! {
    /// A dataset's state: those of Codat's words that Tributary uses.
    DatasetStatus ("dataset status") {
        /// Requested, no run has taken it yet.
        Queued = "Queued",
        /// A run is pulling what it needs.
        Fetching = "Fetching",
        /// Everything it requires is stored.
        Complete = "Complete",
        /// Reading from Stripe failed for good.
        FetchError = "FetchError",
        /// What Stripe sent couldn't be stored as records.
        MapError = "MapError",
        /// A defect of Tributary's; the log has the cause.
        InternalError = "InternalError",
        /// The credential no longer opens the account.
        AuthError = "AuthError",
        /// The credential lacks a permission that the data type requires.
        PermissionsError = "PermissionsError",
        /// Stripe's limits kept the run from finishing.
        RateLimitError = "RateLimitError",
        /// Stopped before it finished: the connection was unlinked.
        Cancelled = "Cancelled",
        /// Stripe has nothing of the kind.
        NotSupported = "NotSupported",
    }
}

impl DatasetStatus {
    /// Whether work on it is still to come: at most one such dataset per connection and data type (rule E10).
    pub fn is_active(self) -> bool {
        matches!(self, DatasetStatus::Queued | DatasetStatus::Fetching)
    }

    /// Whether it ended in failure, as the contract's `isErrored` says.
    pub fn is_errored(self) -> bool {
        !self.is_active()
            && !matches!(
                self,
                DatasetStatus::Complete | DatasetStatus::Cancelled | DatasetStatus::NotSupported
            )
    }
}

words! {
    /// A run's state.
    RunState ("run state") {
        /// Under way, or waiting for a worker to take it up again.
        Running = "running",
        /// Ended; its datasets tell how.
        Finished = "finished",
    }
}

words! {
    /// Where an event of Stripe's stands.
    EventState ("event state") {
        /// It is still to be applied.
        Waiting = "waiting",
        /// It was applied, or says nothing that is kept.
        Done = "done",
        /// It could not be applied, however often that was tried.
        SetAside = "set_aside",
    }
}

words! {
    /// Why a signed event was not kept.
    DropReason ("reason for dropping") {
        /// It is of the other mode (live or test) than its integration.
        OtherMode = "other_mode",
        /// It is of another account than the endpoint is for, or names none.
        OtherAccount = "other_account",
        /// Too many wait already for accounts that nobody has linked.
        TooMany = "too_many",
    }
}

words! {
    /// Why a run was made.
    RunReason ("run reason") {
        /// The first after an authorization.
        Initial = "initial",
        /// Somebody asked for it.
        Requested = "requested",
        /// Events were lost: more time passed than Stripe keeps them, or it no longer knows them.
        EventsLost = "events_lost",
        /// A schedule of continuous mode.
        Scheduled = "scheduled",
    }
}

words! {
    /// A window's state.
    WindowState ("window state") {
        /// Pages are still to come.
        Open = "open",
        /// Stripe said `has_more: false`, and everything before it is stored.
        Done = "done",
        /// The credential may not read the resource (403).
        Forbidden = "forbidden",
        /// Reading failed for good.
        Failed = "failed",
    }
}

words! {
    /// How a connection proves itself to Stripe.
    CredentialKind ("credential kind") {
        /// Connect OAuth for a Standard account: a token that lives until revoked.
        ConnectOauth = "connect_oauth",
        /// A Stripe App's OAuth: short-lived access, a refresh token that changes on each use.
        AppOauth = "app_oauth",
        /// A restricted or secret key that the merchant pasted.
        RestrictedKey = "restricted_key",
    }
}

words! {
    /// A portal user's role on a platform; Codat's five.
    Role ("role") {
        /// Adds and edits companies and their connections.
        Onboarding = "onboarding",
        /// Also views company data.
        Advisor = "advisor",
        /// Also deletes companies.
        Analyst = "analyst",
        /// Also API keys, integrations, webhooks, settings.
        Developer = "developer",
        /// Everything, users included.
        Administrator = "administrator",
    }
}
