//! What changes an account while the sandbox serves: writes, controls and passing time, one after the other, each kept in
//! the journal and announced to endpoints.

use crate::access::Caller;
use crate::clock::{ClockMode, MAX_ADVANCE_SECS};
use crate::error::ApiError;
use crate::events::Moment;
use crate::http::{Reply, Request};
use crate::journal::Write;
use crate::kind::Kind;
use crate::sandbox::{AskError, Sandbox, locked};
use crate::state::MAX_MOVED_MS;
use crate::world::{Change, ChangeError, Done, Refusal, World, fingerprint};
use crate::writes::Call;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};
use tributary_core::{Millis, Mode};

/// The request that does something, if one does.
#[derive(Clone, Copy, Default)]
pub(crate) struct Mark<'a> {
    pub(crate) request: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a str>,
}

impl Sandbox {
    /// The moment by the simulation's clock.
    pub fn now(&self) -> Millis {
        self.memory().state.now()
    }

    /// The moment, where it isn't the machine's.
    pub(crate) fn own_time(&self) -> Option<Millis> {
        let memory = self.memory();
        (self.config.clock == ClockMode::Still || memory.state.moved_ms != 0).then(|| memory.state.now())
    }

    /// Moves the clock forward. What falls due in all accounts happens: money becomes available, payouts are made and
    /// arrive, bank debits arrive or bounce, authorizations expire, subscriptions renew. The moment it shows then.
    ///
    /// With a running clock the accounts stand still between moves, at the moment of the last one or at first at the
    /// end of the data set.
    pub fn advance(&self, secs: u32) -> Result<Millis, AskError> {
        let _turn = locked(&self.turn);
        if secs > MAX_ADVANCE_SECS {
            return Err(AskError::TooFar);
        }
        let now = {
            let mut memory = self.memory();
            let moved_ms = memory.state.moved_ms + i64::from(secs) * 1000;
            if moved_ms > MAX_MOVED_MS {
                return Err(AskError::TooFar);
            }
            if memory.journal.is_full() {
                return Err(AskError::TooManyWrites);
            }
            memory.state.moved_ms = moved_ms;
            let now = memory.state.now();
            let to = unix_secs(now);
            let kept = memory.journal.append(Write {
                account: None,
                live: false,
                at: to,
                request: None,
                idempotency_key: None,
                change: Change::Pass { to },
            });
            self.passes.store(memory.journal.passes().len(), Ordering::Release);
            kept?;
            self.remember(&memory)?;
            now
        };
        for account in 0..self.profiles.len() {
            for mode in [Mode::Test, Mode::Live] {
                if self.worlds[account * 2 + usize::from(mode.is_live())].get().is_some()
                    || self.is_heard(account, mode)
                {
                    self.world(account, mode);
                }
            }
        }
        self.outbox.wake();
        Ok(now)
    }

    /// An account's data in a mode as of the last move of the clock, made now if no one asked before.
    pub(crate) fn world(&self, account: usize, mode: Mode) -> &RwLock<World> {
        let slot = &self.worlds[account * 2 + usize::from(mode.is_live())];
        let world = slot.get_or_init(|| RwLock::new(self.make_world(account, mode)));
        let passes = self.passes.load(Ordering::Acquire);
        if world.read().unwrap_or_else(PoisonError::into_inner).passes_seen < passes {
            let mut world = world.write().unwrap_or_else(PoisonError::into_inner);
            let memory = self.memory();
            let from = world.events.len();
            for to in memory.journal.passes().iter().skip(world.passes_seen) {
                let passed =
                    world.change(&Change::Pass { to: *to }, &Moment { at: *to, ..Moment::default() });
                debug_assert!(passed.is_ok());
            }
            world.passes_seen = memory.journal.passes().len();
            self.announce(account, mode, &mut world, from, &memory.state);
        }
        world
    }

    /// The account as it was made, with every write of the journal.
    fn make_world(&self, account: usize, mode: Mode) -> World {
        let mut world = World::make(Arc::clone(&self.profiles[account]), self.terms(account, mode));
        world.client_id = self.client_id(mode);
        if let Some(version) = &self.config.api_version {
            world.events.api_version.clone_from(version);
        }
        let memory = self.memory();
        for write in memory.journal.writes().iter().filter(|write| write.concerns(account, mode.is_live())) {
            let by = Moment {
                at: write.at,
                request: write.request.as_deref(),
                idempotency_key: write.idempotency_key.as_deref(),
            };
            match world.change(&write.change, &by) {
                Ok(_) => {}
                Err(Refusal::Api(error)) if error.carried_out => {}
                Err(error) => tracing::warn!(?error, "a kept write can't be made again"),
            }
        }
        world.passes_seen = memory.journal.passes().len();
        world
    }

    /// Makes a change, keeps it and announces its events.
    fn make(
        &self,
        account: usize,
        mode: Mode,
        change: Change,
        mark: Mark<'_>,
    ) -> Result<Result<Done, Refusal>, AskError> {
        let _turn = locked(&self.turn);
        let world = self.world(account, mode);
        let mut world = world.write().unwrap_or_else(PoisonError::into_inner);
        let at = {
            let memory = self.memory();
            if memory.journal.is_full() {
                return Err(AskError::TooManyWrites);
            }
            unix_secs(memory.state.now())
        };
        let from = world.events.len();
        let by = Moment { at, request: mark.request, idempotency_key: mark.idempotency_key };
        let result = world.change(&change, &by);
        let made = match &result {
            Ok(_) => true,
            Err(Refusal::Api(error)) => error.carried_out,
            Err(Refusal::Change(_)) => false,
        };
        if made {
            let mut memory = self.memory();
            let kept = memory.journal.append(Write {
                account: Some(account),
                live: mode.is_live(),
                at,
                request: mark.request.map(str::to_owned),
                idempotency_key: mark.idempotency_key.map(str::to_owned),
                change,
            });
            self.announce(account, mode, &mut world, from, &memory.state);
            self.outbox.wake();
            kept?;
        }
        Ok(result)
    }

    /// Makes a change that no request asks for; the object's id.
    pub(crate) fn change(&self, account_id: &str, mode: Mode, change: Change) -> Result<String, AskError> {
        let account = self.account(account_id)?;
        match self.make(account, mode, change, Mark::default())? {
            Ok(done) => Ok(done.id),
            Err(Refusal::Change(error)) => Err(error.into()),
            Err(Refusal::Api(error)) => Err(ChangeError::Refused(error.message().to_owned()).into()),
        }
    }

    /// Answers a request that writes: anew, or as its idempotency key was answered before.
    pub(crate) fn answer_write(
        &self,
        caller: &Caller,
        call: &Call,
        request: &Request,
        request_id: &str,
    ) -> Result<Reply, ApiError> {
        caller.check_write(call.route.kind, &self.profiles[caller.account].id)?;
        let path = request.segments().join("/");
        let form = form_text(request);
        let key = request.idempotency_key.as_deref().filter(|_| request.method == "POST");
        if let Some(key) = key {
            if key.is_empty() || key.len() > 255 {
                return Err(ApiError::invalid_value("Idempotency-Key", "between 1 and 255 characters long"));
            }
            let at = unix_secs(self.now());
            let world =
                self.world(caller.account, caller.mode).read().unwrap_or_else(PoisonError::into_inner);
            if let Some(answer) = world.answered(key, at) {
                if answer.fingerprint != fingerprint(&request.method, &path, &form) {
                    return Err(ApiError::other_request(key));
                }
                let mut reply = Reply::json(answer.status, answer.body.clone());
                reply.headers.push(("Idempotency-Key", key.to_owned()));
                reply.headers.push(("Original-Request", answer.request.clone()));
                reply.headers.push(("Idempotent-Replayed", "true".to_owned()));
                return Ok(reply);
            }
        }
        let change = Change::Call { method: request.method.clone(), path, form };
        let mark = Mark { request: Some(request_id), idempotency_key: key };
        let done = match self.make(caller.account, caller.mode, change, mark) {
            Ok(Ok(done)) => done,
            Ok(Err(Refusal::Api(error))) => return Err(error),
            Ok(Err(Refusal::Change(error))) => return Err(ApiError::refused("", error.to_string(), None)),
            Err(error) => {
                tracing::error!(%error, "a write can't be made or kept");
                return Err(ApiError::server(500));
            }
        };
        let mut reply = Reply::json(200, done.body);
        if let Some(key) = key {
            reply.headers.push(("Idempotency-Key", key.to_owned()));
            reply.headers.push(("Original-Request", request_id.to_owned()));
        }
        Ok(reply)
    }

    /// Makes a write as a request with the account's own key would; the object's id, empty where a payment was declined.
    pub(crate) fn write_as(
        &self,
        account: usize,
        mode: Mode,
        method: &str,
        path: &str,
        form: String,
    ) -> Result<String, AskError> {
        let change = Change::Call { method: method.to_owned(), path: path.to_owned(), form };
        match self.make(account, mode, change, Mark::default())? {
            Ok(done) => Ok(done.id),
            Err(Refusal::Api(error)) if error.carried_out => Ok(String::new()),
            Err(Refusal::Change(error)) => Err(error.into()),
            Err(Refusal::Api(error)) => Err(ChangeError::Refused(error.message().to_owned()).into()),
        }
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

    /// Removes every object of an account in a mode without a trace, as "delete all test data" does.
    pub fn wipe(&self, account_id: &str, mode: Mode) -> Result<(), AskError> {
        self.change(account_id, mode, Change::Wipe).map(|_| ())
    }

    /// Whether anyone would hear of what happens to an account in a mode.
    fn is_heard(&self, account: usize, mode: Mode) -> bool {
        let memory = self.memory();
        let connected = crate::access::connected_modes(&memory.state, account);
        memory.state.endpoints.iter().any(|endpoint| endpoint.hears(account, mode, &connected))
    }
}

/// A form, or the query that some clients send with `DELETE`.
fn form_text(request: &Request) -> String {
    let body = String::from_utf8_lossy(&request.body);
    if request.query.is_empty() { body.into_owned() } else { format!("{}&{body}", request.query) }
}

/// Whole seconds that rows can hold.
pub(crate) fn unix_secs(now: Millis) -> u32 {
    u32::try_from(now.secs()).unwrap_or(u32::MAX)
}
