//! Secrets: a type that can't be printed, serialised or compared by accident (invariant 5).

use std::fmt;
use zeroize::Zeroize;

/// Text that must never reach a log, an error, a page or the database unsealed.
///
/// There is no `Display`, no `Serialize` and no `PartialEq`; `Debug` shows a placeholder. The memory
/// is overwritten when the value is dropped.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The text itself. Each caller is a place to review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The last four characters, for people to tell keys apart; nothing for short secrets.
    pub fn last4(&self) -> String {
        let count = self.0.chars().count();
        if count < 12 { String::new() } else { self.0.chars().skip(count - 4).collect() }
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_a_placeholder() {
        let secret = Secret::new("sk_test_canary_value");
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert_eq!(secret.last4(), "alue");
        assert_eq!(Secret::new("short").last4(), "");
    }
}
