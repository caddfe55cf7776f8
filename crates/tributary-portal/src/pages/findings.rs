//! What a check with Stripe found, in words.

use crate::parts::Badge;
use tributary_core::{AccessScope, PlatformKey};
use tributary_stripe::check::{Aspect, Finding, Unknown, Verdict};

/// A finding as the page shows it.
pub(crate) struct Line {
    /// What it is about, and how it is.
    pub badge: Badge,
    /// What it is about.
    pub about: &'static str,
    /// What it means, and what to do.
    pub words: String,
    /// Stripe's own sentence, masked.
    pub said: Option<String>,
}

/// The findings of a check; `redirect` is the redirect URL.
pub(crate) fn lines(findings: &[Finding], key: PlatformKey, redirect: &str) -> Vec<Line> {
    findings
        .iter()
        .map(|finding| Line {
            badge: match finding.verdict() {
                Verdict::Ok => Badge { class: "done", mark: "✓", word: "OK" },
                Verdict::Problem => Badge { class: "failed", mark: "✗", word: "Problem" },
                Verdict::Unknown => Badge { class: "off", mark: "○", word: "Not known" },
            },
            about: match finding.aspect() {
                Aspect::Key => "Secret key",
                Aspect::Mode => "Mode",
                Aspect::Client => "Client ID",
                Aspect::Owner => "Same account",
                Aspect::Redirect => "Redirect URL",
                Aspect::Scope => "Access",
            },
            words: words(finding, key, redirect),
            said: finding.said().filter(|said| !said.is_empty()).map(str::to_owned),
        })
        .collect()
}

fn words(finding: &Finding, key: PlatformKey, redirect: &str) -> String {
    let fixed = match finding {
        Finding::KeyWorks => "Stripe accepts the secret key.",
        Finding::KeyRejected { .. } => {
            "Stripe rejected this key. It was deleted, rolled or expired. Create a new one at Stripe and paste it here."
        }
        Finding::KeyRefused { .. } => {
            "Stripe knows this key and refuses its use from here. Look at the key's restrictions at Stripe."
        }
        Finding::ModeFits => match key {
            PlatformKey::Stripe => "The key is of live mode.",
            PlatformKey::StripeTest => "The key is of test mode.",
        },
        Finding::ModeDiffers => "The key is of the other mode. Put it under the other integration.",
        Finding::ClientKnown => "Stripe knows the client ID.",
        Finding::ClientNotKnown { .. } => {
            "Stripe doesn't know this client ID. Copy it again, and check that it belongs to the same account as the \
             secret key."
        }
        Finding::SameOwner => "Client ID and secret key belong to the same account.",
        Finding::OtherOwner { .. } => {
            "The client ID belongs to another account or mode than the secret key. Copy both from the same account."
        }
        Finding::ConnectInactive { .. } => {
            "This Stripe account isn't a Connect platform yet. Activate Connect at Stripe, turn on OAuth for Standard \
             accounts, then check again."
        }
        Finding::RedirectRegistered => "Stripe may send merchants back to the redirect URL.",
        Finding::RedirectNotRegistered { .. } => {
            return format!(
                "Stripe has no redirect {redirect} for this client ID. Add exactly this address under Connect > OAuth \
                 > Redirects."
            );
        }
        Finding::ScopeOffered(AccessScope::ReadOnly) => "Stripe offers read-only access.",
        Finding::ScopeOffered(AccessScope::ReadWrite) => "Stripe offers read-write access.",
        Finding::ScopeRefused { scope: AccessScope::ReadOnly, .. } => {
            "Stripe doesn't grant read-only access to this platform; it does so only for older extensions. Turn on Use \
             read-write scope, or let merchants connect with a restricted key, which stays read-only."
        }
        Finding::ScopeRefused { scope: AccessScope::ReadWrite, .. } => {
            "Stripe doesn't grant read-write access to this platform. Look at the Connect settings at Stripe."
        }
        Finding::KeyUnknown(why)
        | Finding::ModeUnknown(why)
        | Finding::ClientUnknown(why)
        | Finding::OwnerUnknown(why)
        | Finding::RedirectUnknown(why)
        | Finding::ScopeUnknown(why) => match why {
            Unknown::NoAnswer => "Stripe isn't answering right now. Check again in a minute.",
            Unknown::OtherProblemFirst => "Mend the other problem first, then check again.",
            Unknown::NotTold => "Stripe's answer doesn't tell.",
        },
    };
    fixed.to_owned()
}
