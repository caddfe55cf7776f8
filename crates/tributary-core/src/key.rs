//! Stripe keys by shape (rule I11): a prefix that tells kind and mode, and a body of letters, digits
//! and underscores. Nothing else about a key is assumed.

use crate::integration::Mode;
use crate::secret::Secret;

/// What a Stripe key is for, by its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// `sk_`: everything the account may do.
    Secret,
    /// `rk_`: what its owner ticked.
    Restricted,
    /// `pk_`: for browsers; useless here.
    Publishable,
}

/// A Stripe secret or restricted key whose shape is right.
#[derive(Clone, Debug)]
pub struct StripeKey {
    kind: KeyKind,
    mode: Mode,
    text: Secret,
}

/// Why text is not a usable key. The messages never repeat the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing but white space.
    #[error("the key is empty")]
    Empty,
    /// No prefix of Stripe's.
    #[error("this is not a Stripe key: it should start with sk_live_, sk_test_, rk_live_ or rk_test_")]
    Prefix,
    /// A `pk_` key.
    #[error("this is a publishable key (pk_…); a secret key (sk_…) or restricted key (rk_…) is needed")]
    Publishable,
    /// The body has other characters, is empty or too long.
    #[error("the key is malformed: after its prefix it should have 1 to 250 letters, digits and underscores")]
    Body,
}

impl StripeKey {
    /// Checks the shape; white space around the key is dropped.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        let (kind, rest) = match text.get(..3) {
            Some("sk_") => (KeyKind::Secret, &text[3..]),
            Some("rk_") => (KeyKind::Restricted, &text[3..]),
            Some("pk_") => (KeyKind::Publishable, &text[3..]),
            _ => return Err(KeyError::Prefix),
        };
        let (mode, body) = match (rest.strip_prefix("live_"), rest.strip_prefix("test_")) {
            (Some(body), _) => (Mode::Live, body),
            (_, Some(body)) => (Mode::Test, body),
            _ => return Err(KeyError::Prefix),
        };
        if kind == KeyKind::Publishable {
            return Err(KeyError::Publishable);
        }
        let plain = body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !plain || body.is_empty() || body.len() > 250 {
            return Err(KeyError::Body);
        }
        Ok(StripeKey { kind, mode, text: Secret::new(text) })
    }

    /// Secret or restricted.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Live or test.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The whole key.
    pub fn secret(&self) -> &Secret {
        &self.text
    }

    /// The key for people to recognise: prefix, dots, last four characters.
    pub fn masked(&self) -> String {
        let prefix = match self.kind {
            KeyKind::Secret => "sk",
            KeyKind::Restricted => "rk",
            KeyKind::Publishable => "pk",
        };
        format!("{prefix}_{}_…{}", self.mode, self.text.last4())
    }
}

/// Checks the shape of a Connect client id: `ca_` and 1 to 250 letters, digits and underscores.
pub fn is_client_id(text: &str) -> bool {
    text.strip_prefix("ca_").is_some_and(|body| {
        !body.is_empty() && body.len() <= 250 && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// Checks the shape of a signing secret: `whsec_` and 1 to 250 letters, digits, `_`, `+`, `/` or `=`.
pub fn is_webhook_secret(secret: &Secret) -> bool {
    secret.expose().strip_prefix("whsec_").is_some_and(|body| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+/=".contains(&byte);
        !body.is_empty() && body.len() <= 250 && body.bytes().all(plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart_by_prefix_alone() {
        let key = StripeKey::parse(" rk_test_51AbCdEfGhIjKl_9 \n").unwrap();
        assert_eq!((key.kind(), key.mode()), (KeyKind::Restricted, Mode::Test));
        assert_eq!(key.masked(), "rk_test_…Kl_9");
        assert_eq!(StripeKey::parse("sk_live_a").unwrap().mode(), Mode::Live);
    }

    #[test]
    fn malformed_keys_are_refused_without_repeating_them() {
        let cases = [
            ("", KeyError::Empty),
            ("ca_123", KeyError::Prefix),
            ("sk_prod_abc", KeyError::Prefix),
            ("sk", KeyError::Prefix),
            ("ключ", KeyError::Prefix),
            ("pk_test_abc", KeyError::Publishable),
            ("sk_test_", KeyError::Body),
            ("sk_test_abc def", KeyError::Body),
            ("sk_test_abc\u{e9}", KeyError::Body),
        ];
        for (text, expected) in cases {
            let error = StripeKey::parse(text).unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(text.len() < 8 || !error.to_string().contains(text));
        }
        assert_eq!(StripeKey::parse(&format!("sk_test_{}", "a".repeat(251))).unwrap_err(), KeyError::Body);
    }
}
