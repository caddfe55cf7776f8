//! Where Stripe is, and how hard it may be asked.

use std::time::Duration;
use tributary_core::is_plain_loopback;
use url::Url;

/// How the client reaches Stripe and how patient it is.
#[derive(Clone, Debug)]
pub struct StripeSettings {
    /// Base of the data API; `https://api.stripe.com/`.
    pub api_base: Url,
    /// Base of the OAuth pages and endpoints; `https://connect.stripe.com/`.
    pub connect_base: Url,
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// How long an answer may stand still while it is read.
    pub read_timeout: Duration,
    /// How long one attempt may take as a whole.
    pub total_timeout: Duration,
    /// The longest body that is read, after decompression, in bytes.
    pub body_bytes_max: usize,
    /// How often one read is sent at most, the first time included. At least 1.
    pub attempts_max: u32,
    /// The share of Stripe's limits that may be used.
    pub limits: LimitSettings,
}

/// Stripe's limits and how much of them is ours (rule E13). The merchant's own integration has the rest.
#[derive(Clone, Debug)]
pub struct LimitSettings {
    /// Stripe's limit per account in live mode, requests per second; 0 = unlimited.
    pub live_requests_per_second: u32,
    /// Stripe's limit per account in test mode, requests per second; 0 = unlimited.
    pub test_requests_per_second: u32,
    /// Stripe's limit per account and endpoint, requests per second; 0 = unlimited.
    pub per_endpoint: u32,
    /// The most of each limit that is used: above 0, at most 1.
    pub share: f64,
}

/// Settings that can't be worked with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Neither https nor http on loopback, or with a user name, password, query or fragment.
    #[error(
        "{key} must be an https URL without user name and query; http is accepted only for a stand-in on this machine (127.0.0.1, ::1, localhost)"
    )]
    Base {
        /// `stripe.api_base` or `stripe.connect_base`.
        key: &'static str,
    },
    /// A share outside of (0, 1].
    #[error("stripe.share must be above 0 and at most 1")]
    Share,
    /// No attempt allowed.
    #[error("stripe.attempts_max must be at least 1")]
    Attempts,
    /// The HTTP client could not be made; with https bases that is mostly a machine without certificates.
    #[error("the HTTPS client could not be made ({reason}); are the system's CA certificates installed?")]
    Http {
        /// What the library says.
        reason: String,
    },
}

impl StripeSettings {
    /// Settings for a Stripe, or a stand-in, at these bases; everything else as in [`Default`].
    pub fn at(api_base: Url, connect_base: Url) -> Self {
        StripeSettings {
            api_base,
            connect_base,
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(15),
            total_timeout: Duration::from_secs(30),
            body_bytes_max: 32 * 1024 * 1024,
            attempts_max: 8,
            limits: LimitSettings::default(),
        }
    }

    /// Checks every setting; nothing else of this crate has to.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        for (key, base) in [("stripe.api_base", &self.api_base), ("stripe.connect_base", &self.connect_base)]
        {
            let is_safe = (base.scheme() == "https" && base.has_host()) || is_plain_loopback(base);
            let is_bare = base.username().is_empty()
                && base.password().is_none()
                && base.query().is_none()
                && base.fragment().is_none();
            if !is_safe || !is_bare {
                return Err(SettingsError::Base { key });
            }
        }
        if !(self.limits.share > 0.0 && self.limits.share <= 1.0) {
            return Err(SettingsError::Share);
        }
        if self.attempts_max == 0 {
            return Err(SettingsError::Attempts);
        }
        Ok(())
    }

    /// Whether any base needs TLS.
    pub(crate) fn needs_tls(&self) -> bool {
        [&self.api_base, &self.connect_base].into_iter().any(|base| base.scheme() == "https")
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        LimitSettings {
            live_requests_per_second: 100,
            test_requests_per_second: 25,
            per_endpoint: 25,
            share: 0.5,
        }
    }
}

/// The address below a base that these path segments name, whatever path the base has itself.
pub(crate) fn below(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    // Only a base without host refuses segments, and `check` has turned those away.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(api_base: &str) -> StripeSettings {
        StripeSettings::at(api_base.parse().unwrap(), "https://connect.stripe.com".parse().unwrap())
    }

    #[test]
    fn http_is_only_for_loopback() {
        for good in
            ["https://api.stripe.com", "http://127.0.0.1:7613", "http://[::1]:1", "http://localhost:80/x"]
        {
            assert_eq!(settings(good).check(), Ok(()), "{good}");
        }
        for bad in [
            "http://api.stripe.com",
            "http://127.0.0.1.example.com",
            "ftp://localhost",
            "file:///tmp/x",
            "https://user:pass@api.stripe.com",
            "https://api.stripe.com/?x=1",
        ] {
            let error = SettingsError::Base { key: "stripe.api_base" };
            assert_eq!(settings(bad).check(), Err(error), "{bad}");
        }
    }

    #[test]
    fn a_share_is_above_zero_and_at_most_one() {
        for share in [0.0, -0.5, 1.01, f64::NAN] {
            let mut settings = settings("https://api.stripe.com");
            settings.limits.share = share;
            assert_eq!(settings.check(), Err(SettingsError::Share));
        }
    }

    #[test]
    fn ids_are_one_path_segment_whatever_they_hold() {
        let base = "http://localhost:1/stripe/".parse().unwrap();
        assert_eq!(
            below(&base, &["v1", "products", "a/b?c"]).as_str(),
            "http://localhost:1/stripe/v1/products/a%2Fb%3Fc"
        );
    }
}
