//! The sandbox itself: its accounts, its memory, and what a program that embeds it can ask.

use crate::access::{Holder, Ring, mode_of};
use crate::config::{AccountInfo, PlatformInfo, SandboxConfig, SandboxError, SandboxInfo};
use crate::fault::{Fault, Faults};
use crate::http::Counts;
use crate::keys::Smith;
use crate::kind::Kind;
use crate::limits::Limits;
use crate::list;
use crate::profile::Profile;
use crate::state::{MAX_WRITES, State, Write};
use crate::world::{Change, ChangeError, Terms, World};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use tributary_core::{Clock, Mode};

/// A simulated Stripe. Accounts are generated when they are first asked for.
pub struct Sandbox {
    pub(crate) config: SandboxConfig,
    pub(crate) smith: Smith,
    /// The merchants', and last the platform's own.
    pub(crate) profiles: Vec<Arc<Profile>>,
    /// Two per profile: test, live.
    worlds: Vec<OnceLock<RwLock<World>>>,
    memory: Mutex<Memory>,
    pub(crate) limits: Mutex<Limits>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) counts: Mutex<Counts>,
    pub(crate) requests: AtomicU64,
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
    /// As many writes as the sandbox keeps.
    #[error("the sandbox keeps at most {MAX_WRITES} writes")]
    TooManyWrites,
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
        let smith = Smith::new(config.seed);
        let mut profiles: Vec<Arc<Profile>> =
            (0..config.accounts).map(|number| Arc::new(Profile::merchant(config.seed, number))).collect();
        profiles.push(Arc::new(Profile::platform(config.seed)));
        let ring = Ring::new(&smith, &profiles, &state);
        Ok(Arc::new(Sandbox {
            worlds: (0..profiles.len() * 2).map(|_| OnceLock::new()).collect(),
            memory: Mutex::new(Memory { state, ring }),
            limits: Mutex::new(Limits::new(config.requests_per_second)),
            faults: Mutex::new(Faults::new(config.seed, config.faults.clone())),
            counts: Mutex::new(Counts::default()),
            requests: AtomicU64::new(0),
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

    /// Replaces fields of one object.
    pub fn update(
        &self,
        account_id: &str,
        mode: Mode,
        resource: Kind,
        id: &str,
        fields: serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), AskError> {
        let change = Change::Update { resource: resource.as_str().to_owned(), id: id.to_owned(), fields };
        self.change(account_id, mode, change).map(|_| ())
    }

    /// Deletes a customer or product: a stub is left.
    pub fn delete(&self, account_id: &str, mode: Mode, resource: Kind, id: &str) -> Result<(), AskError> {
        let change = Change::Delete { resource: resource.as_str().to_owned(), id: id.to_owned() };
        self.change(account_id, mode, change).map(|_| ())
    }

    /// Adds a succeeded card charge now, in minor units of the account's default currency; its id.
    pub fn add_charge(&self, account_id: &str, mode: Mode, amount_minor: i64) -> Result<String, AskError> {
        self.change(account_id, mode, Change::Charge { amount: amount_minor, currency: None, customer: None })
    }

    pub(crate) fn change(&self, account_id: &str, mode: Mode, change: Change) -> Result<String, AskError> {
        let account = self.account(account_id)?;
        let world = self.world(account, mode);
        let at = u32::try_from(Clock::system().now().secs()).unwrap_or(u32::MAX);
        let mut world = world.write().unwrap_or_else(PoisonError::into_inner);
        let mut memory = self.memory();
        if memory.state.writes.len() >= MAX_WRITES {
            return Err(AskError::TooManyWrites);
        }
        let id = world.change(&change, at)?;
        memory.state.writes.push(Write { account, live: mode.is_live(), at, change });
        self.remember(&memory)?;
        Ok(id)
    }

    /// Ends a key, or the authorization that a token belongs to, as its owner would.
    pub fn revoke(&self, key: &str) -> Result<(), AskError> {
        let mut memory = self.memory();
        let holder = memory.ring.get(key).cloned().ok_or(AskError::Key)?;
        match holder {
            Holder::Code { number } | Holder::Refresh { number } | Holder::Access { number, .. } => {
                memory.state.authorization(number).ok_or(AskError::Key)?.revoked = true;
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
        let held = memory.state.authorizations.iter_mut();
        let mut ended = 0;
        for held in held.filter(|held| held.account == account && mode_of(held.live) == mode && !held.revoked)
        {
            held.revoked = true;
            ended += 1;
        }
        self.remember(&memory)?;
        Ok(ended)
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

    /// Removes every object of an account in a mode without a trace, as "delete all test data" does.
    pub fn wipe(&self, account_id: &str, mode: Mode) -> Result<(), AskError> {
        self.change(account_id, mode, Change::Wipe).map(|_| ())
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

    /// An account's data in a mode, made now if no one asked before.
    pub(crate) fn world(&self, account: usize, mode: Mode) -> &RwLock<World> {
        let slot = &self.worlds[account * 2 + usize::from(mode.is_live())];
        slot.get_or_init(|| {
            let mut world = World::make(Arc::clone(&self.profiles[account]), self.terms(account, mode));
            let memory = self.memory();
            let writes = memory.state.writes.iter();
            for write in writes.filter(|write| write.account == account && mode_of(write.live) == mode) {
                if let Err(error) = world.change(&write.change, write.at) {
                    tracing::warn!(%error, "a kept write can't be made again");
                }
            }
            RwLock::new(world)
        })
    }
}

fn check(what: &'static str, value: usize, min: usize, max: usize) -> Result<(), SandboxError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(SandboxError::Range { what, min, max }) }
}
