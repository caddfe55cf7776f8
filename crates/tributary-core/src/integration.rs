//! Integrations: Stripe in live mode and Stripe in test mode, each with the key Codat gave it.

use crate::ids::IntegrationId;
use std::fmt;
use std::str::FromStr;
use uuid::{Uuid, uuid};

/// Stripe's two worlds. Nothing of one may meet the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Real money.
    Live,
    /// Test data, sandboxes included.
    Test,
}

impl Mode {
    /// Whether Stripe says `livemode: true`.
    pub fn is_live(self) -> bool {
        self == Mode::Live
    }

    /// The mode that a `livemode` flag names.
    pub fn from_livemode(livemode: bool) -> Self {
        if livemode { Mode::Live } else { Mode::Test }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Live => "live",
            Mode::Test => "test",
        })
    }
}

impl FromStr for Mode {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "live" => Ok(Mode::Live),
            "test" => Ok(Mode::Test),
            _ => Err(UnknownWord { what: "mode", expected: "live or test" }),
        }
    }
}

/// Text that names no value of the type it was read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what}: {expected} is expected")]
pub struct UnknownWord {
    /// What was read.
    pub what: &'static str,
    /// The words that would have done.
    pub expected: &'static str,
}

/// Codat's four-letter key of an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlatformKey {
    /// `exgd`: Stripe, live mode.
    Stripe,
    /// `yzth`: Stripe Test, test mode.
    StripeTest,
}

impl PlatformKey {
    /// Both, in the order they are shown.
    pub const ALL: [PlatformKey; 2] = [PlatformKey::Stripe, PlatformKey::StripeTest];

    /// `exgd` or `yzth`.
    pub fn as_str(self) -> &'static str {
        match self {
            PlatformKey::Stripe => "exgd",
            PlatformKey::StripeTest => "yzth",
        }
    }

    /// The name shown to people.
    pub fn display_name(self) -> &'static str {
        match self {
            PlatformKey::Stripe => "Stripe",
            PlatformKey::StripeTest => "Stripe Test",
        }
    }

    /// The mode its credentials must have.
    pub fn mode(self) -> Mode {
        match self {
            PlatformKey::Stripe => Mode::Live,
            PlatformKey::StripeTest => Mode::Test,
        }
    }

    /// The contract's `sourceId`: fixed for ever. Live carries the id that Codat publishes; test has one of our own.
    pub fn source_id(self) -> Uuid {
        match self {
            PlatformKey::Stripe => uuid!("9a96f326-226a-4e0f-923a-6758fdba40cc"),
            PlatformKey::StripeTest => uuid!("5be1f3c2-7d0a-4b8e-9c46-3f2d81a7e654"),
        }
    }

    /// The contract's `integrationId`: fixed for ever, and the same on every platform. Live carries the id that Codat
    /// publishes; test has one of our own.
    pub fn integration_id(self) -> IntegrationId {
        IntegrationId::from_uuid(match self {
            PlatformKey::Stripe => uuid!("43b64770-a953-46d6-ab30-46c21094a276"),
            PlatformKey::StripeTest => uuid!("c81f0a6e-92d4-4d37-8f5b-6e20b7d9a413"),
        })
    }
}

impl utoipa::PartialSchema for PlatformKey {
    fn schema() -> crate::schema::SchemaRef {
        let words = PlatformKey::ALL.map(|key| (key.as_str(), key.display_name()));
        crate::schema::words("The key of an integration.", &words)
    }
}

impl utoipa::ToSchema for PlatformKey {}

impl fmt::Display for PlatformKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PlatformKey {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        PlatformKey::ALL
            .into_iter()
            .find(|key| key.as_str() == text)
            .ok_or(UnknownWord { what: "integration", expected: "exgd (Stripe) or yzth (Stripe Test)" })
    }
}

/// What the merchant is asked for at Stripe (OAuth `scope`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessScope {
    /// `read_only`.
    ReadOnly,
    /// `read_write`.
    ReadWrite,
}

impl AccessScope {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            AccessScope::ReadOnly => "read_only",
            AccessScope::ReadWrite => "read_write",
        }
    }
}

impl FromStr for AccessScope {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "read_only" => Ok(AccessScope::ReadOnly),
            "read_write" => Ok(AccessScope::ReadWrite),
            _ => Err(UnknownWord { what: "scope", expected: "read_only or read_write" }),
        }
    }
}

/// Whether data keeps flowing after the first pull (rule E11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncMode {
    /// The initial run, and runs on request.
    OneOff,
    /// Also by schedule.
    Continuous,
}

impl SyncMode {
    /// The word in the database and in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            SyncMode::OneOff => "one_off",
            SyncMode::Continuous => "continuous",
        }
    }
}

impl FromStr for SyncMode {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "one_off" => Ok(SyncMode::OneOff),
            "continuous" => Ok(SyncMode::Continuous),
            _ => Err(UnknownWord { what: "sync mode", expected: "one_off or continuous" }),
        }
    }
}
