//! What a sandbox is told, and what it answers about itself.

use crate::clock::ClockMode;
use crate::fault::Fault;
use serde::Serialize;
use std::path::PathBuf;
use tributary_core::Millis;

/// What a sandbox is told when it opens.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Decides every id, name, amount and key.
    pub seed: u64,
    /// The moment at which the data set stands: nothing in it is newer. From 2016 to now; `None` takes the state
    /// file's, or now.
    pub end: Option<Millis>,
    /// How many merchants there are, 1 to 1000.
    pub accounts: usize,
    /// Charge objects of each account in each mode, failed ones included; at most 5,000,000.
    pub charges: usize,
    /// How long each `/v1` and OAuth token answer is held back, in milliseconds.
    pub latency_ms: u64,
    /// Requests a second of each account and of each of its endpoints. `None` is Stripe's own limits for the key's
    /// mode (100 live or 25 test, 25 per endpoint); 0 is none.
    pub requests_per_second: Option<f64>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Where authorizations, revocations and writes are kept; `None` forgets them.
    pub state_path: Option<PathBuf>,
    /// Redirect URIs that are registered besides every loopback address; the first is the default.
    pub redirect_uris: Vec<String>,
    /// Threads that answer requests.
    pub workers: usize,
    /// Whether time runs by itself.
    pub clock: ClockMode,
    /// How far its clock is ahead of the machine's at the start, in seconds; below 0 behind it. At most a day.
    pub skew_secs: i64,
    /// The version that events are rendered in, as the accounts' default; [`STRIPE_VERSION`](crate::STRIPE_VERSION)
    /// when absent.
    pub api_version: Option<String>,
}

impl Default for SandboxConfig {
    /// Three merchants with 1000 charges each, seed 1, Stripe's limits, nothing kept.
    fn default() -> Self {
        SandboxConfig {
            seed: 1,
            end: None,
            accounts: 3,
            charges: 1000,
            latency_ms: 0,
            requests_per_second: None,
            faults: Vec::new(),
            state_path: None,
            redirect_uris: Vec::new(),
            workers: 2,
            clock: ClockMode::Running,
            skew_secs: 0,
            api_version: None,
        }
    }
}

/// Why a sandbox can't open or serve.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A number out of range.
    #[error("{what} must be between {min} and {max}")]
    Range {
        /// Which setting.
        what: &'static str,
        /// The least.
        min: usize,
        /// The most.
        max: usize,
    },
    /// An end in the future, or before 2016.
    #[error("the end must be between 2016-01-01 and now")]
    End,
    /// The state file belongs to other settings.
    #[error("{path} was made with other settings: {what} was {was} there; use the same, or another file")]
    OtherSettings {
        /// The file.
        path: PathBuf,
        /// Which setting differs.
        what: &'static str,
        /// Its value in the file.
        was: String,
    },
    /// The state file isn't one.
    #[error("{path} is not a sandbox's state: {reason}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The state file can't be read or written.
    #[error("{path} can't be read or written")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The listener can't be used.
    #[error("the sandbox can't listen")]
    Listen(#[source] std::io::Error),
}

/// What `sandbox --json` prints: addresses, ids and keys. All keys are derived and open only this simulation.
#[derive(Clone, Debug, Serialize)]
pub struct SandboxInfo {
    /// Base URL of API and OAuth, without a slash at the end.
    pub url: String,
    /// The platform, once per mode.
    pub platforms: Vec<PlatformInfo>,
    /// The merchants.
    pub accounts: Vec<AccountInfo>,
}

/// The platform in one mode.
#[derive(Clone, Debug, Serialize)]
pub struct PlatformInfo {
    /// `test` or `live`.
    pub mode: String,
    /// `ca_…`
    pub client_id: String,
    /// `sk_test_…` or `sk_live_…`
    pub secret_key: String,
    /// `whsec_…`
    pub webhook_secret: String,
}

/// One merchant, with its test-mode keys.
#[derive(Clone, Debug, Serialize)]
pub struct AccountInfo {
    /// `acct_…`
    pub id: String,
    /// `sk_test_…`
    pub secret_key: String,
    /// `rk_test_…`, with every read permission.
    pub restricted_key: String,
    /// Charge objects in each mode.
    pub charges: usize,
}
