//! The sandbox itself: its accounts, its memory, and what a program that embeds it can ask.

use crate::access::{Holder, Ring, mode_of};
use crate::config::{AccountInfo, PlatformInfo, SandboxConfig, SandboxError, SandboxInfo};
use crate::events::EventType;
use crate::fault::{Fault, Faults};
use crate::http::Counts;
use crate::journal::{Journal, MAX_WRITES};
use crate::keys::Smith;
use crate::kind::Kind;
use crate::limits::Limits;
use crate::list;
use crate::profile::Profile;
use crate::state::State;
use crate::webhooks::Outbox;
use crate::world::{ChangeError, Terms, World};
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use tributary_core::Mode;

/// A simulated Stripe. Accounts are generated when they are first asked for.
pub struct Sandbox {
    pub(crate) config: SandboxConfig,
    pub(crate) smith: Smith,
    /// The merchants', and last the platform's own.
    pub(crate) profiles: Vec<Arc<Profile>>,
    /// Two per profile: test, live.
    pub(crate) worlds: Vec<OnceLock<RwLock<World>>>,
    memory: Mutex<Memory>,
    pub(crate) limits: Mutex<Limits>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) counts: Mutex<Counts>,
    pub(crate) requests: AtomicU64,
    /// How often time passed, by the journal.
    pub(crate) passes: AtomicUsize,
    /// Held while something is written, so that the journal's order is that in which it happened.
    pub(crate) turn: Mutex<()>,
    pub(crate) outbox: Outbox,
}

/// What an account's data takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// Objects of all lists, deleted ones included.
    pub objects: usize,
    /// Bytes resident for them.
    pub bytes: usize,
}

/// What changes while serving, besides the accounts' objects.
pub(crate) struct Memory {
    pub(crate) state: State,
    pub(crate) journal: Journal,
    pub(crate) ring: Ring,
}

/// Why something asked of a sandbox can't be done. Nothing was changed, except by what only couldn't be kept
/// ([`AskError::State`]): that holds until the sandbox ends.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No account has this id.
    #[error("no account has the id '{0}'")]
    Account(String),
    /// No key or token has this text.
    #[error("no such key or token")]
    Key,
    /// Only restricted keys have permissions.
    #[error("only a restricted key has permissions")]
    NotRestricted,
    /// The change can't be made.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// As many writes as the sandbox makes.
    #[error("the sandbox makes at most {MAX_WRITES} writes")]
    TooManyWrites,
    /// The clock can't be moved so far at once, or in all.
    #[error("the clock moves two years at once, and 20 in all, at most")]
    TooFar,
    /// No endpoint leads anywhere but to this machine.
    #[error("an endpoint's URL must be http on this machine (127.0.0.1, ::1 or localhost)")]
    Elsewhere,
    /// Stripe's own limit.
    #[error("an account has at most 16 webhook endpoints in each mode")]
    TooManyEndpoints,
    /// It couldn't be kept.
    #[error(transparent)]
    State(#[from] SandboxError),
}

/// The lock's content, also after a thread died holding it: every write leaves it whole.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sandbox {
    /// Opens a sandbox: a new one, or the one that the state file remembers.
    pub fn open(config: SandboxConfig) -> Result<Arc<Self>, SandboxError> {
        check("accounts", config.accounts, 1, 1000)?;
        check("charges", config.charges, 0, 5_000_000)?;
        check("workers", config.workers, 1, 64)?;
        let state = State::open(&config)?;
        let journal = Journal::open(config.state_path.as_deref(), config.accounts)?;
        let smith = Smith::new(config.seed);
        let mut profiles: Vec<Arc<Profile>> =
            (0..config.accounts).map(|number| Arc::new(Profile::merchant(config.seed, number))).collect();
        profiles.push(Arc::new(Profile::platform(config.seed)));
        let ring = Ring::new(&smith, &profiles, &state);
        Ok(Arc::new(Sandbox {
            worlds: (0..profiles.len() * 2).map(|_| OnceLock::new()).collect(),
            passes: AtomicUsize::new(journal.passes().len()),
            memory: Mutex::new(Memory { state, journal, ring }),
            limits: Mutex::new(Limits::new(config.requests_per_second)),
            faults: Mutex::new(Faults::new(config.seed, config.faults.clone())),
            counts: Mutex::new(Counts::default()),
            requests: AtomicU64::new(0),
            turn: Mutex::new(()),
            outbox: Outbox::default(),
            config,
            smith,
            profiles,
        }))
    }

    /// Ids, keys and the address, as `sandbox --json` prints them. `url` is what [`serve`](crate::serve) answered.
    pub fn info(&self, url: &str) -> SandboxInfo {
        let platforms = [Mode::Test, Mode::Live].map(|mode| PlatformInfo {
            mode: mode.to_string(),
            client_id: self.client_id(mode),
            secret_key: self.platform_key(mode),
            webhook_secret: self.smith.webhook_secret(mode),
        });
        let merchants = self.profiles.iter().take(self.config.accounts);
        let account = |profile: &Arc<Profile>| AccountInfo {
            id: profile.id.clone(),
            secret_key: self.smith.key("sk", Mode::Test, profile.tail()),
            restricted_key: self.smith.key("rk", Mode::Test, profile.tail()),
            charges: self.config.charges,
        };
        SandboxInfo {
            url: url.to_owned(),
            platforms: platforms.into(),
            accounts: merchants.map(account).collect(),
        }
    }

    /// The platform's client id for a mode.
    pub fn client_id(&self, mode: Mode) -> String {
        self.smith.client_id(mode)
    }

    /// The platform's secret key for a mode.
    pub fn platform_key(&self, mode: Mode) -> String {
        let tail = self.profiles.last().map_or("", |profile| profile.tail());
        self.smith.key("sk", mode, tail)
    }

    /// The secret key (`sk_…`) of an account in a mode; live keys are only given here.
    pub fn secret_key(&self, account_id: &str, mode: Mode) -> Result<String, AskError> {
        let account = self.account(account_id)?;
        Ok(self.smith.key("sk", mode, self.profiles[account].tail()))
    }

    /// The restricted key (`rk_…`) of an account in a mode.
    pub fn restricted_key(&self, account_id: &str, mode: Mode) -> Result<String, AskError> {
        let account = self.account(account_id)?;
        Ok(self.smith.key("rk", mode, self.profiles[account].tail()))
    }

    /// The ids that a complete walk through a list finds, newest first. Singletons have none.
    pub fn ids(&self, account_id: &str, mode: Mode, resource: Kind) -> Result<Vec<String>, AskError> {
        let account = self.account(account_id)?;
        let world = self.world(account, mode).read().unwrap_or_else(PoisonError::into_inner);
        Ok(list::all_ids(&world, resource))
    }

    /// What an account's data in one mode takes in memory: objects and bytes, at most 300 per object.
    pub fn footprint(&self, account_id: &str, mode: Mode) -> Result<Footprint, AskError> {
        let account = self.account(account_id)?;
        let world = self.world(account, mode).read().unwrap_or_else(PoisonError::into_inner);
        Ok(Footprint { objects: world.objects(), bytes: world.resident_bytes() })
    }

    /// How many requests an endpoint had since the last reset, by template (`GET /v1/charges`,
    /// `GET /v1/charges/:id`, `POST /oauth/token`); empty text is all.
    pub fn request_count(&self, endpoint: &str) -> u64 {
        locked(&self.counts).of(endpoint)
    }

    /// Starts counting anew.
    pub fn reset_requests(&self) {
        *locked(&self.counts) = Counts::default();
    }

    /// Replaces all faults; their counters start at 0.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        *locked(&self.faults) = Faults::new(self.config.seed, faults);
    }

    /// Ends a key, or the authorization that a token belongs to, as its owner would.
    pub fn revoke(&self, key: &str) -> Result<(), AskError> {
        let mut memory = self.memory();
        let holder = memory.ring.get(key).cloned().ok_or(AskError::Key)?;
        match holder {
            Holder::Code { number } | Holder::Refresh { number } | Holder::Access { number, .. } => {
                let held = memory.state.authorization(number).ok_or(AskError::Key)?;
                let ends = held.exchanged && !held.revoked;
                held.revoked = true;
                if ends {
                    self.announce_application(&memory.state, number, EventType::Deauthorized);
                }
            }
            _ => {
                memory.state.revoked_keys.extend(holder.key_name());
            }
        }
        Ok(self.remember(&memory)?)
    }

    /// Ends every authorization of an account in a mode, as the merchant would; how many there were.
    pub fn disconnect(&self, account_id: &str, mode: Mode) -> Result<usize, AskError> {
        let account = self.account(account_id)?;
        let mut memory = self.memory();
        let mut ended = Vec::new();
        for held in &mut memory.state.authorizations {
            if held.account == account && mode_of(held.live) == mode && !held.revoked {
                held.revoked = true;
                ended.push(held.number);
            }
        }
        // One event for the account, however often it was connected.
        if let Some(number) = ended.last() {
            self.announce_application(&memory.state, *number, EventType::Deauthorized);
        }
        self.remember(&memory)?;
        Ok(ended.len())
    }

    /// Takes permissions (`rak_charge_read`) from a restricted key and gives others back.
    pub fn set_permissions(&self, key: &str, remove: &[String], restore: &[String]) -> Result<(), AskError> {
        let mut memory = self.memory();
        let holder = memory.ring.get(key).ok_or(AskError::Key)?;
        let Holder::Restricted { .. } = holder else { return Err(AskError::NotRestricted) };
        let name = holder.key_name().ok_or(AskError::NotRestricted)?;
        let known =
            |permission: &&String| Kind::ALL.iter().any(|kind| kind.permission() == permission.as_str());
        let lacking = memory.state.lacking.entry(name).or_default();
        lacking.extend(remove.iter().filter(known).cloned());
        lacking.retain(|permission| !restore.contains(permission));
        Ok(self.remember(&memory)?)
    }

    /// Lets every code that wasn't exchanged yet expire.
    pub fn expire_codes(&self) -> Result<(), AskError> {
        let mut memory = self.memory();
        for held in memory.state.authorizations.iter_mut().filter(|held| !held.exchanged) {
            held.given_ms = 0;
        }
        Ok(self.remember(&memory)?)
    }

    /// Lets an hour pass for the access tokens of apps.
    pub fn expire_app_tokens(&self) -> Result<(), AskError> {
        let mut memory = self.memory();
        for held in memory.state.authorizations.iter_mut().filter(|held| held.app) {
            held.issued_ms = 0;
        }
        Ok(self.remember(&memory)?)
    }

    /// The number of the merchant with this id.
    pub(crate) fn account(&self, id: &str) -> Result<usize, AskError> {
        let found = self.profiles.iter().take(self.config.accounts).position(|profile| profile.id == id);
        found.ok_or_else(|| AskError::Account(id.to_owned()))
    }

    /// State and keys. Never ask for a world while holding it: making one reads the writes.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        locked(&self.memory)
    }

    /// Keeps the state on disk, if there is a file.
    pub(crate) fn remember(&self, memory: &Memory) -> Result<(), SandboxError> {
        self.config.state_path.as_ref().map_or(Ok(()), |path| memory.state.save(path))
    }

    /// What decides the data of an account in a mode.
    pub(crate) fn terms(&self, account: usize, mode: Mode) -> Terms {
        let is_platform = account >= self.config.accounts;
        let end_ms = self.memory().state.end_ms;
        Terms {
            seed: self.config.seed,
            number: if is_platform { u64::MAX } else { account as u64 },
            mode,
            charges: if is_platform { 0 } else { self.config.charges },
            end: u32::try_from(end_ms / 1000).unwrap_or(0),
        }
    }
}

fn check(what: &'static str, value: usize, min: usize, max: usize) -> Result<(), SandboxError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(SandboxError::Range { what, min, max }) }
}
