//! Who calls: keys and tokens, and what each may do.

use crate::error::ApiError;
use crate::keys::Smith;
use crate::kind::Kind;
use crate::profile::Profile;
use crate::state::{Authorization, State};
use std::collections::HashMap;
use std::sync::Arc;
use tributary_core::Mode;

/// What a key or token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// An account's own secret key.
    Secret { account: usize, mode: Mode },
    /// An account's restricted key.
    Restricted { account: usize, mode: Mode },
    /// The platform's secret key.
    Platform { mode: Mode },
    /// An access token.
    Access { number: u64, mode: Mode, read_only: bool },
    /// An authorization code.
    Code { number: u64 },
    /// A refresh token.
    Refresh { number: u64 },
}

impl Holder {
    /// The name under which a key's revocation and permissions are kept; tokens have none.
    pub(crate) fn key_name(&self) -> Option<String> {
        match self {
            Holder::Secret { account, mode } => Some(format!("sk|{account}|{mode}")),
            Holder::Restricted { account, mode } => Some(format!("rk|{account}|{mode}")),
            Holder::Platform { mode } => Some(format!("platform|{mode}")),
            _ => None,
        }
    }
}

/// Every key, code and token that anyone was given, by its text.
pub(crate) struct Ring(HashMap<String, Holder>);

/// How long an app's access token holds.
const APP_TOKEN_LIFE_MS: i64 = 3600 * 1000;

const MODES: [Mode; 2] = [Mode::Test, Mode::Live];

/// The mode of a `live` flag in the state file.
pub(crate) fn mode_of(live: bool) -> Mode {
    Mode::from_livemode(live)
}

impl Ring {
    /// All that the state and the seed give. The last profile is the platform's.
    pub(crate) fn new(smith: &Smith, profiles: &[Arc<Profile>], state: &State) -> Self {
        let mut ring = Ring(HashMap::new());
        let platform = profiles.len().saturating_sub(1);
        for (account, profile) in profiles.iter().enumerate() {
            for mode in MODES {
                let (secret, restricted) = if account == platform {
                    (Holder::Platform { mode }, None)
                } else {
                    (Holder::Secret { account, mode }, Some(Holder::Restricted { account, mode }))
                };
                ring.0.insert(smith.key("sk", mode, profile.tail()), secret);
                if let Some(restricted) = restricted {
                    ring.0.insert(smith.key("rk", mode, profile.tail()), restricted);
                }
            }
        }
        for held in &state.authorizations {
            ring.add_code(smith, held.number);
            if held.exchanged {
                ring.add_refresh(smith, held);
            }
            let tail = profiles.get(held.account).map_or("", |profile| profile.tail());
            for (live, scope) in &held.issued {
                ring.add_access(smith, held, mode_of(*live), scope, tail);
            }
        }
        ring
    }

    pub(crate) fn add_code(&mut self, smith: &Smith, number: u64) -> String {
        let code = smith.code(number);
        self.0.insert(code.clone(), Holder::Code { number });
        code
    }

    pub(crate) fn add_refresh(&mut self, smith: &Smith, held: &Authorization) -> String {
        let token = smith.refresh_token(held.number, held.generation);
        self.0.insert(token.clone(), Holder::Refresh { number: held.number });
        token
    }

    pub(crate) fn add_access(
        &mut self,
        smith: &Smith,
        held: &Authorization,
        mode: Mode,
        scope: &str,
        tail: &str,
    ) -> String {
        let number = held.number;
        let token = smith.access_token(number, held.generation, mode, scope, tail);
        self.0.insert(token.clone(), Holder::Access { number, mode, read_only: scope != "read_write" });
        token
    }

    /// Forgets the tokens of an authorization; its code stays known.
    pub(crate) fn forget_tokens(&mut self, of: u64) {
        self.0.retain(|_, holder| {
            !matches!(holder, Holder::Access { number, .. } | Holder::Refresh { number } if *number == of)
        });
    }

    /// Forgets an authorization altogether.
    pub(crate) fn forget(&mut self, of: u64) {
        self.forget_tokens(of);
        self.0.retain(|_, holder| !matches!(holder, Holder::Code { number } if *number == of));
    }

    pub(crate) fn get(&self, text: &str) -> Option<&Holder> {
        self.0.get(text)
    }
}

/// A caller who may use the API, for one account.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The account's number.
    pub(crate) account: usize,
    pub(crate) mode: Mode,
    /// The key or token, to be masked in messages.
    key: String,
    /// The name of a restricted key.
    restricted: Option<String>,
    /// An access token that may not write.
    pub(crate) read_only: bool,
    /// The platform's own key.
    pub(crate) is_platform: bool,
}

/// Who sends this key, and, for the platform, on whose behalf (`Stripe-Account`).
pub(crate) fn identify(
    key: Option<&str>,
    on_behalf: Option<&str>,
    ring: &Ring,
    state: &State,
    profiles: &[Arc<Profile>],
) -> Result<Caller, ApiError> {
    let key = key.filter(|key| !key.is_empty()).ok_or_else(ApiError::no_key)?;
    if key.starts_with("pk_") {
        return Err(ApiError::publishable_key());
    }
    let holder = ring.get(key).ok_or_else(|| ApiError::bad_key(key))?;
    if holder.key_name().is_some_and(|name| state.revoked_keys.contains(&name)) {
        return Err(ApiError::expired_key(key, false));
    }
    let mut caller = Caller {
        account: 0,
        mode: Mode::Test,
        key: key.to_owned(),
        restricted: None,
        read_only: false,
        is_platform: false,
    };
    match holder {
        Holder::Secret { account, mode } => (caller.account, caller.mode) = (*account, *mode),
        Holder::Restricted { account, mode } => {
            (caller.account, caller.mode, caller.restricted) = (*account, *mode, holder.key_name());
        }
        Holder::Access { number, mode, read_only } => {
            let held = state.authorizations.iter().find(|held| held.number == *number && !held.revoked);
            let now_ms = state.now().0;
            let held = held.filter(|held| !held.app || now_ms - held.issued_ms < APP_TOKEN_LIFE_MS);
            let held = held.ok_or_else(|| ApiError::expired_key(key, true))?;
            (caller.account, caller.mode, caller.read_only) = (held.account, *mode, *read_only);
        }
        Holder::Platform { mode } => {
            (caller.account, caller.mode, caller.is_platform) = (profiles.len() - 1, *mode, true);
        }
        Holder::Code { .. } | Holder::Refresh { .. } => return Err(ApiError::bad_key(key)),
    }
    match on_behalf {
        Some(account) => caller.act_for(account, state, profiles),
        None => Ok(caller),
    }
}

/// Whether the platform is connected to this account in this mode.
pub(crate) fn is_connected(state: &State, account: usize, mode: Mode) -> bool {
    state.authorizations.iter().any(|held| {
        held.account == account
            && held.exchanged
            && !held.revoked
            && (mode_of(held.live) == mode || held.issued.iter().any(|(live, _)| mode_of(*live) == mode))
    })
}

/// The modes in which the platform is connected to this account.
pub(crate) fn connected_modes(state: &State, account: usize) -> Vec<Mode> {
    MODES.into_iter().filter(|mode| is_connected(state, account, *mode)).collect()
}

impl Caller {
    fn act_for(mut self, id: &str, state: &State, profiles: &[Arc<Profile>]) -> Result<Self, ApiError> {
        let wanted = profiles.iter().position(|profile| profile.id == id);
        if wanted == Some(self.account) {
            return Ok(self);
        }
        if self.restricted.is_some() {
            return Err(ApiError::restricted_for_another());
        }
        if !self.is_platform {
            return Err(ApiError::not_a_platform());
        }
        let connected = wanted.filter(|account| is_connected(state, *account, self.mode));
        self.account = connected.ok_or_else(|| ApiError::account_invalid(&self.key, id))?;
        self.read_only = state
            .authorizations
            .iter()
            .filter(|held| held.account == self.account && held.exchanged && !held.revoked)
            .all(|held| held.scope != "read_write");
        Ok(self)
    }

    /// Whether client secrets are left out.
    pub(crate) fn is_restricted(&self) -> bool {
        self.restricted.is_some()
    }

    /// Refuses a restricted key that lacks what this resource needs.
    pub(crate) fn check(&self, resource: Kind, state: &State, account_id: &str) -> Result<(), ApiError> {
        let lacking = self.restricted.as_ref().and_then(|name| state.lacking.get(name));
        if lacking.is_some_and(|lacking| lacking.contains(resource.permission())) {
            return Err(self.forbidden(resource, account_id));
        }
        Ok(())
    }

    /// The refusal that names what this resource needs.
    pub(crate) fn forbidden(&self, resource: Kind, account_id: &str) -> ApiError {
        ApiError::missing_permission(&self.key, account_id, resource.permission())
    }

    /// Refuses a key without the right to write this kind of object.
    pub(crate) fn check_write(&self, kind: Kind, account_id: &str) -> Result<(), ApiError> {
        if self.read_only {
            return Err(ApiError::read_only(account_id));
        }
        self.check_restricted(&kind.permission().replace("_read", "_write"), account_id)
    }

    /// Refuses a key without the right to see endpoints or, with `write`, to change them.
    pub(crate) fn check_hooks(&self, write: bool, account_id: &str) -> Result<(), ApiError> {
        if write && self.read_only {
            return Err(ApiError::read_only(account_id));
        }
        if write { self.check_restricted("rak_webhook_write", account_id) } else { Ok(()) }
    }

    /// Refuses restricted keys, which may only read.
    fn check_restricted(&self, permission: &str, account_id: &str) -> Result<(), ApiError> {
        if self.is_restricted() {
            return Err(ApiError::missing_permission(&self.key, account_id, permission));
        }
        Ok(())
    }

    /// The refusal of an account that isn't the caller's, or isn't there.
    pub(crate) fn no_access(&self, account_id: &str) -> ApiError {
        ApiError::account_invalid(&self.key, account_id)
    }

    /// The refusal of a key that no longer holds.
    pub(crate) fn expired(&self) -> ApiError {
        ApiError::expired_key(&self.key, false)
    }
}

/// The key of an `Authorization` header: Bearer, or the user of Basic.
pub(crate) fn key_of(authorization: Option<&str>) -> Option<String> {
    use base64::Engine as _;
    let (scheme, value) = authorization?.split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    Some(text.split(':').next().unwrap_or("").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_as_bearer_or_as_the_user_of_basic() {
        assert_eq!(key_of(Some("Bearer sk_test_1")).as_deref(), Some("sk_test_1"));
        assert_eq!(key_of(Some("Basic c2tfdGVzdF8xOg==")).as_deref(), Some("sk_test_1"));
        assert_eq!(key_of(Some("Basic !")), None);
        assert_eq!(key_of(Some("Digest x")), None);
        assert_eq!(key_of(None), None);
    }
}
