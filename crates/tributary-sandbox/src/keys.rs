//! Keys, codes and tokens: derived from the seed, so that a restart honours them and none is stored.
//!
//! Each holds the word `canary`, so that a test can search logs and databases for what must not be there.

use crate::dice;
use ring::hmac;
use tributary_core::Mode;

/// Derives every secret of one sandbox.
pub(crate) struct Smith {
    key: hmac::Key,
}

impl Smith {
    /// The secrets of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Smith { key: hmac::Key::new(hmac::HMAC_SHA256, &seed.to_be_bytes()) }
    }

    fn body(&self, purpose: &str, len: usize) -> String {
        let tag = hmac::sign(&self.key, purpose.as_bytes());
        let mut seed = [0_u8; 8];
        seed.copy_from_slice(&tag.as_ref()[..8]);
        let mut text = "canary".to_owned();
        text.push_str(&dice::text(u64::from_be_bytes(seed), len.saturating_sub(text.len())));
        text
    }

    /// `sk_test_51…`, `rk_live_51…`: 107 characters, the account's id inside.
    pub(crate) fn key(&self, kind: &str, mode: Mode, tail: &str) -> String {
        format!(
            "{kind}_{mode}_51{tail}{}",
            self.body(&format!("{kind}|{mode}|{tail}"), 97 - tail.len().min(90))
        )
    }

    /// The platform's client id for a mode: `ca_` and 32 characters. Not a secret, so no canary.
    pub(crate) fn client_id(&self, mode: Mode) -> String {
        format!("ca_{}", self.body(&format!("client|{mode}"), 38).trim_start_matches("canary"))
    }

    /// What signs the platform's events: `whsec_` and 32 characters.
    pub(crate) fn webhook_secret(&self, mode: Mode) -> String {
        format!("whsec_{}", self.body(&format!("webhook|{mode}"), 32))
    }

    /// What signs the events of the endpoint with this number: `whsec_` and 32 characters.
    pub(crate) fn endpoint_secret(&self, number: u64) -> String {
        format!("whsec_{}", self.body(&format!("endpoint|{number}"), 32))
    }

    /// The id of the endpoint with this number: `we_1` and 23 characters. Not a secret, so no canary.
    pub(crate) fn endpoint_id(&self, number: u64) -> String {
        let body = self.body(&format!("endpoint id|{number}"), 29);
        format!("we_1{}", body.trim_start_matches("canary"))
    }

    /// The authorization code with this number.
    pub(crate) fn code(&self, number: u64) -> String {
        format!("ac_{}", self.body(&format!("code|{number}"), 32))
    }

    /// The refresh token of an authorization; an app's is replaced with each generation.
    pub(crate) fn refresh_token(&self, number: u64, generation: u32) -> String {
        format!("rt_{}", self.body(&format!("refresh|{number}|{generation}"), 32))
    }

    /// An access token of an authorization, by generation, mode and scope.
    pub(crate) fn access_token(
        &self,
        number: u64,
        generation: u32,
        mode: Mode,
        scope: &str,
        tail: &str,
    ) -> String {
        let body = self.body(&format!("access|{number}|{generation}|{mode}|{scope}"), 82);
        format!("sk_{mode}_51{tail}{body}")
    }

    /// The publishable key of an account. Not a secret, so no canary.
    pub(crate) fn publishable_key(&self, mode: Mode, tail: &str) -> String {
        let body = self.body(&format!("publishable|{mode}|{tail}"), 88);
        format!("pk_{mode}_51{tail}{}", body.trim_start_matches("canary"))
    }
}

/// A key as errors show it: prefix, asterisks, the last characters (six of a restricted key, four of others).
pub(crate) fn masked(key: &str) -> String {
    let shown = if key.starts_with("rk_") { 6 } else { 4 };
    let prefix_len = if key.get(3..8) == Some("test_") || key.get(3..8) == Some("live_") { 8 } else { 0 };
    let count = key.chars().count();
    if count <= prefix_len + shown {
        return "*".repeat(count);
    }
    let prefix: String = key.chars().take(prefix_len).collect();
    let end: String = key.chars().skip(count - shown).collect();
    format!("{prefix}{}{end}", "*".repeat((count - prefix_len - shown).min(120)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_derived_and_shaped_like_stripes() {
        let smith = Smith::new(1);
        let key = smith.key("sk", Mode::Test, "AbCdEfGhIjKlMnO");
        assert!(key.starts_with("sk_test_51AbCdEfGhIjKlMnOcanary"));
        assert_eq!(key.len(), 107);
        assert_eq!(key, Smith::new(1).key("sk", Mode::Test, "AbCdEfGhIjKlMnO"));
        assert_ne!(key, Smith::new(2).key("sk", Mode::Test, "AbCdEfGhIjKlMnO"));
        assert_eq!((smith.code(1).len(), smith.refresh_token(1, 0).len()), (35, 35));
        assert_eq!(smith.client_id(Mode::Live).len(), 35);
        assert_ne!(smith.client_id(Mode::Live), smith.client_id(Mode::Test));
        assert_eq!(smith.access_token(1, 0, Mode::Live, "read_only", "AbCdEfGhIjKlMnO").len(), 107);
    }

    #[test]
    fn masks_show_the_end_only() {
        assert_eq!(masked("rk_test_abcdefghij1234"), "rk_test_********ij1234");
        assert_eq!(masked("sk_live_abcdefgh"), "sk_live_****efgh");
        assert_eq!(masked("x"), "*");
    }
}
