//! What a sandbox remembers: authorizations, revocations, endpoints, how far its clock was moved. One small JSON file,
//! replaced as a whole; the writes are in a journal beside it.
//!
//! No key, code or token is in it; all are derived again from the seed and the numbers kept here.

use crate::clock::{self, ClockMode};
use crate::config::{SandboxConfig, SandboxError};
use crate::journal;
use crate::webhooks::Endpoint;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use tributary_core::{Clock, Millis};

/// Authorizations beyond these are not kept; the oldest that no longer counts goes first.
pub(crate) const MAX_AUTHORIZATIONS: usize = 10_000;

/// The file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    version: u32,
    pub(crate) seed: u64,
    /// Unix milliseconds.
    pub(crate) end_ms: i64,
    pub(crate) accounts: usize,
    pub(crate) charges: usize,
    /// The number of the next authorization.
    pub(crate) next_number: u64,
    pub(crate) authorizations: Vec<Authorization>,
    /// Keys that were revoked, by name (`rk|0|test`).
    pub(crate) revoked_keys: BTreeSet<String>,
    /// Permissions that restricted keys lack, by the key's name.
    pub(crate) lacking: BTreeMap<String, BTreeSet<String>>,
    /// Whether its clock stands still.
    still: bool,
    /// How far its clock was moved, milliseconds.
    pub(crate) moved_ms: i64,
    pub(crate) endpoints: Vec<Endpoint>,
    /// The number of the next endpoint.
    pub(crate) next_endpoint: u64,
}

/// One consent of a merchant: its code, and what was issued for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Authorization {
    pub(crate) number: u64,
    /// The mode of the client that asked.
    pub(crate) live: bool,
    /// The account's number.
    pub(crate) account: usize,
    /// `read_only` or `read_write`.
    pub(crate) scope: String,
    /// When consent was given, Unix milliseconds.
    pub(crate) given_ms: i64,
    /// Whether the code was exchanged.
    pub(crate) exchanged: bool,
    /// Whether nothing issued for it holds any longer.
    pub(crate) revoked: bool,
    /// Mode (live?) and scope of each access token.
    pub(crate) issued: Vec<(bool, String)>,
    /// Whether an app asked, whose tokens expire and rotate.
    pub(crate) app: bool,
    /// How often an app's tokens were replaced.
    pub(crate) generation: u32,
    /// When an app's tokens were issued, Unix milliseconds.
    pub(crate) issued_ms: i64,
}

const VERSION: u32 = 2;

/// 2016-01-01: before it the oldest histories would begin before ids can tell the time.
const EARLIEST_END: Millis = Millis(1_451_606_400_000);

/// 2100-01-01: seconds after it wouldn't fit the rows much longer.
const LATEST_END: Millis = Millis(4_102_444_800_000);

/// The furthest that a clock can be moved in all: 20 years.
pub(crate) const MAX_MOVED_MS: i64 = 20 * 366 * 86_400_000;

/// The furthest that a clock is ahead or behind at the start.
const MAX_SKEW_SECS: i64 = 86_400;

impl State {
    /// The moment by the simulation's clock.
    pub(crate) fn now(&self) -> Millis {
        let mode = if self.still { ClockMode::Still } else { ClockMode::Running };
        clock::now(mode, Millis(self.end_ms), self.moved_ms)
    }

    /// The state of these settings: read from the file if there is one, new otherwise.
    pub(crate) fn open(config: &SandboxConfig) -> Result<Self, SandboxError> {
        let Some(path) = &config.state_path else { return State::new(config) };
        match fs::read(path) {
            Ok(bytes) => {
                let corrupt = |error: serde_json::Error| SandboxError::Corrupt {
                    path: path.clone(),
                    reason: error.to_string(),
                };
                let state: State = serde_json::from_slice(&bytes).map_err(corrupt)?;
                state.agree(config, path)?;
                state.check().map_err(|reason| SandboxError::Corrupt { path: path.clone(), reason })?;
                Ok(state)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let state = State::new(config)?;
                journal::forget(path)?;
                state.save(path)?;
                Ok(state)
            }
            Err(source) => Err(SandboxError::Io { path: path.clone(), source }),
        }
    }

    fn new(config: &SandboxConfig) -> Result<Self, SandboxError> {
        let skew_ms = config.skew_secs.clamp(-MAX_SKEW_SECS, MAX_SKEW_SECS) * 1000;
        let now = Clock::system().now().plus_ms(skew_ms);
        let end = config.end.unwrap_or(now);
        if !(EARLIEST_END..=now).contains(&end) {
            return Err(SandboxError::End);
        }
        Ok(State {
            version: VERSION,
            seed: config.seed,
            end_ms: end.0,
            accounts: config.accounts,
            charges: config.charges,
            next_number: 0,
            authorizations: Vec::new(),
            revoked_keys: BTreeSet::new(),
            lacking: BTreeMap::new(),
            still: config.clock == ClockMode::Still,
            moved_ms: skew_ms,
            endpoints: Vec::new(),
            next_endpoint: 0,
        })
    }

    fn agree(&self, config: &SandboxConfig, path: &Path) -> Result<(), SandboxError> {
        let other = |what, was: String| Err(SandboxError::OtherSettings { path: path.to_owned(), what, was });
        if self.version != VERSION {
            return other("the version", self.version.to_string());
        }
        if self.seed != config.seed {
            return other("the seed", self.seed.to_string());
        }
        if self.accounts != config.accounts {
            return other("the number of accounts", self.accounts.to_string());
        }
        if self.charges != config.charges {
            return other("the number of charges", self.charges.to_string());
        }
        if (config.clock == ClockMode::Still) != self.still {
            return other("the clock", if self.still { "still" } else { "running" }.to_owned());
        }
        if config.end.is_some_and(|end| end.0 != self.end_ms) {
            return other("the end", Millis(self.end_ms).to_iso());
        }
        Ok(())
    }

    /// Whether every number means something.
    fn check(&self) -> Result<(), String> {
        let of_merchants = self.authorizations.iter().all(|held| held.account < self.accounts);
        // The platform's own account comes after the merchants'.
        if !of_merchants || self.endpoints.iter().any(|endpoint| endpoint.account > self.accounts) {
            return Err("it names an account that there isn't".to_owned());
        }
        if self.endpoints.iter().any(|endpoint| endpoint.number >= self.next_endpoint) {
            return Err("an endpoint has a number that is still to come".to_owned());
        }
        if !(-MAX_SKEW_SECS * 1000..=MAX_MOVED_MS).contains(&self.moved_ms) {
            return Err("its clock was moved too far".to_owned());
        }
        if self.authorizations.iter().any(|held| held.number >= self.next_number) {
            return Err("an authorization has a number that is still to come".to_owned());
        }
        if !(EARLIEST_END.0..=LATEST_END.0).contains(&self.end_ms) {
            return Err("its end is out of range".to_owned());
        }
        Ok(())
    }

    /// Writes the file whole: a temporary one, synced, then renamed. Only its owner may read it.
    pub(crate) fn save(&self, path: &Path) -> Result<(), SandboxError> {
        let write = || -> std::io::Result<()> {
            let mut name = path.as_os_str().to_owned();
            name.push(".tmp");
            let temporary = Path::new(&name);
            let mut options = fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(temporary)?;
            file.write_all(&serde_json::to_vec(self)?)?;
            file.sync_all()?;
            fs::rename(temporary, path)
        };
        write().map_err(|source| SandboxError::Io { path: path.to_owned(), source })
    }

    /// The authorization with this number.
    pub(crate) fn authorization(&mut self, number: u64) -> Option<&mut Authorization> {
        self.authorizations.iter_mut().find(|held| held.number == number)
    }

    /// Makes room for one more authorization: the oldest that no longer counts, or else the oldest, is forgotten;
    /// its number.
    pub(crate) fn make_room(&mut self) -> Option<u64> {
        if self.authorizations.len() < MAX_AUTHORIZATIONS {
            return None;
        }
        let idle = self.authorizations.iter().position(|held| held.revoked || !held.exchanged).unwrap_or(0);
        Some(self.authorizations.remove(idle).number)
    }
}
