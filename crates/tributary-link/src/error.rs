//! How an authorization ends: one enum with the word that is stored with the state, the error that is stored
//! with the connection, and the text that the merchant sees.

use std::fmt;
use std::str::FromStr;
use tributary_core::Millis;
use tributary_db::connection_errors::ConnectionError;
use tributary_stripe::oauth::ExchangeError;

/// How an authorization ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The connection is Linked, its tokens are sealed, its data is queued.
    Linked,
    /// The merchant pressed Cancel at Stripe.
    Denied,
    /// Stripe doesn't offer the scope that the integration asks for.
    ScopeRefused,
    /// Stripe doesn't know our callback address.
    RedirectRefused,
    /// Stripe refused the request for another reason.
    RequestRefused,
    /// Stripe couldn't serve while the merchant was there.
    StripeUnavailable,
    /// The code was unknown, expired or used when it was exchanged.
    CodeRefused,
    /// Stripe refused the exchange for another reason.
    ExchangeRefused,
    /// Stripe doesn't accept the integration's secret key.
    KeyRefused,
    /// The exchange was sent and no whole answer came. It is never sent again (invariant 7).
    Ambiguous,
    /// Stripe couldn't be reached for the exchange; nothing was sent.
    Unreachable,
    /// The integration's settings can't make a request.
    Misconfigured,
    /// The tokens are of the other mode.
    WrongMode,
    /// More or less was granted than asked for.
    WrongScope,
    /// A reconnection with another account than before.
    WrongAccount,
    /// The integration was switched off meanwhile.
    SwitchedOff,
    /// It came back too late; nothing was exchanged and a new one was started (rule I10).
    Expired,
    /// A defect or an outage of ours; the log has the cause.
    Internal,
}

struct Facts {
    /// Stored with the state.
    word: &'static str,
    /// The contract's `statusCode`.
    status_code: &'static str,
    /// The contract's `statusText`, where Stripe's own words aren't known.
    status_text: &'static str,
    /// The contract's `errorMessage`.
    error_message: &'static str,
    /// What the page says first.
    heading: &'static str,
    /// What the page says then; `{platform}` stands for the platform's name.
    body: &'static str,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Outcome; 18] = [
        Outcome::Linked,
        Outcome::Denied,
        Outcome::ScopeRefused,
        Outcome::RedirectRefused,
        Outcome::RequestRefused,
        Outcome::StripeUnavailable,
        Outcome::CodeRefused,
        Outcome::ExchangeRefused,
        Outcome::KeyRefused,
        Outcome::Ambiguous,
        Outcome::Unreachable,
        Outcome::Misconfigured,
        Outcome::WrongMode,
        Outcome::WrongScope,
        Outcome::WrongAccount,
        Outcome::SwitchedOff,
        Outcome::Expired,
        Outcome::Internal,
    ];

    /// What Stripe's `error` on the way back means. Unknown words are one outcome: they may be anybody's.
    pub(crate) fn of_redirect(error: &str) -> Self {
        match error {
            "access_denied" => Outcome::Denied,
            "invalid_scope" => Outcome::ScopeRefused,
            "invalid_redirect_uri" => Outcome::RedirectRefused,
            "server_error" | "temporarily_unavailable" => Outcome::StripeUnavailable,
            _ => Outcome::RequestRefused,
        }
    }

    /// What a failed exchange means.
    pub(crate) fn of_exchange(error: &ExchangeError) -> Self {
        match error {
            ExchangeError::Refused { code, .. } => match code.as_str() {
                "invalid_grant" => Outcome::CodeRefused,
                "invalid_scope" => Outcome::ScopeRefused,
                _ => Outcome::ExchangeRefused,
            },
            ExchangeError::BadSecretKey { .. } => Outcome::KeyRefused,
            ExchangeError::Ambiguous(_) => Outcome::Ambiguous,
            ExchangeError::Unreachable => Outcome::Unreachable,
            ExchangeError::Malformed { .. } => Outcome::Misconfigured,
        }
    }

    /// The word stored with the state.
    pub fn as_str(self) -> &'static str {
        self.facts().word
    }

    /// What the page says first.
    pub(crate) fn heading(self) -> &'static str {
        self.facts().heading
    }

    /// What the page says then.
    pub(crate) fn body(self, platform: &str) -> String {
        self.facts().body.replace("{platform}", platform)
    }

    /// The error to store with the connection. `stripe_text` is what Stripe said, masked.
    pub(crate) fn connection_error(self, stripe_text: Option<String>, now: Millis) -> ConnectionError {
        let facts = self.facts();
        ConnectionError {
            status_code: facts.status_code.to_owned(),
            status_text: stripe_text.unwrap_or_else(|| facts.status_text.to_owned()),
            error_message: facts.error_message.to_owned(),
            errored_on: now,
            resolved_on: None,
        }
    }

    fn facts(self) -> Facts {
        match self {
            Outcome::Linked => Facts {
                word: "linked",
                status_code: "200",
                status_text: "OK",
                error_message: "",
                heading: "Your Stripe account is connected",
                body: "{platform} has begun to read your sales data. You may close this page.",
            },
            Outcome::Denied => Facts {
                word: "denied",
                status_code: "403",
                status_text: "User cancelled linking",
                error_message: "User cancelled",
                heading: "You chose not to connect",
                body: "Nothing was shared with {platform}. You can try again or close this page.",
            },
            Outcome::ScopeRefused => Facts {
                word: "scope_refused",
                status_code: "400",
                status_text: "invalid_scope",
                error_message: "Stripe does not offer the access that the integration asks for: check its scope",
                heading: "Stripe didn't offer this kind of access",
                body: "Nothing was connected. The settings of {platform} have to be changed first: please tell them.",
            },
            Outcome::RedirectRefused => Facts {
                word: "redirect_refused",
                status_code: "400",
                status_text: "invalid_redirect_uri",
                error_message: "The redirect address is not registered at Stripe for this client id",
                heading: "Stripe refused the way back",
                body: "Nothing was connected. The settings of {platform} have to be changed first: please tell them.",
            },
            Outcome::RequestRefused => Facts {
                word: "request_refused",
                status_code: "400",
                status_text: "Stripe answered with an error",
                error_message: "Stripe refused the authorization request",
                heading: "Stripe couldn't start the connection",
                body: "Nothing was connected. Try again; if it happens once more, please tell {platform}.",
            },
            Outcome::StripeUnavailable => Facts {
                word: "stripe_unavailable",
                status_code: "503",
                status_text: "temporarily_unavailable",
                error_message: "Stripe was unavailable",
                heading: "Stripe isn't available right now",
                body: "Nothing was changed. Try again in a minute.",
            },
            Outcome::CodeRefused => Facts {
                word: "code_refused",
                status_code: "400",
                status_text: "invalid_grant",
                error_message: "The authorization code was not accepted: it was expired, used or unknown",
                heading: "Stripe's confirmation was not valid any more",
                body: "It took too long or was used twice. Nothing was connected. Start again; it takes a minute.",
            },
            Outcome::ExchangeRefused => Facts {
                word: "exchange_refused",
                status_code: "400",
                status_text: "Stripe refused the exchange",
                error_message: "Stripe refused to exchange the authorization code: check the integration's credentials",
                heading: "Stripe didn't complete the connection",
                body: "Nothing was connected. The settings of {platform} have to be checked first: please tell them.",
            },
            Outcome::KeyRefused => Facts {
                word: "key_refused",
                status_code: "401",
                status_text: "Stripe did not accept the secret key",
                error_message: "Stripe does not accept the integration's secret key: it was deleted, rolled or mistyped",
                heading: "Stripe didn't complete the connection",
                body: "Nothing was connected. The settings of {platform} have to be checked first: please tell them.",
            },
            Outcome::Ambiguous => Facts {
                word: "ambiguous",
                status_code: "502",
                status_text: "Stripe's answer did not arrive",
                error_message: "It is not known whether Stripe completed the authorization: authorise again",
                heading: "Stripe's answer didn't arrive",
                body: "Nothing is connected yet. Start again; it takes a minute.",
            },
            Outcome::Unreachable => Facts {
                word: "unreachable",
                status_code: "503",
                status_text: "No connection to Stripe",
                error_message: "Stripe could not be reached: authorise again",
                heading: "Stripe isn't answering right now",
                body: "Nothing was connected. Start again in a minute.",
            },
            Outcome::Misconfigured => Facts {
                word: "misconfigured",
                status_code: "500",
                status_text: "The request to Stripe could not be made",
                error_message: "The integration's credentials or Stripe's address are malformed",
                heading: "The connection couldn't be completed",
                body: "Nothing was connected. The settings of {platform} have to be checked first: please tell them.",
            },
            Outcome::WrongMode => Facts {
                word: "wrong_mode",
                status_code: "400",
                status_text: "livemode differs from the integration's mode",
                error_message: "The authorization is of the other mode (live or test) than the integration",
                heading: "This authorisation is of the wrong kind",
                body: "Live and test data can't be mixed, so nothing was connected. Please tell {platform}.",
            },
            Outcome::WrongScope => Facts {
                word: "wrong_scope",
                status_code: "403",
                status_text: "The granted scope differs from the one asked for",
                error_message: "Stripe granted more or less access than the integration asks for",
                heading: "Stripe granted another kind of access than asked for",
                body: "Nothing was connected. Please tell {platform}.",
            },
            Outcome::WrongAccount => Facts {
                word: "wrong_account",
                status_code: "409",
                status_text: "Another Stripe account was authorised",
                error_message: "The connection belongs to another Stripe account: authorise the one it was first linked to",
                heading: "You authorised another Stripe account",
                body: "This connection belongs to the account it was first made with, so nothing was changed. Sign in to \
                       that account at Stripe and try again, or ask {platform} for a new connection.",
            },
            Outcome::SwitchedOff => Facts {
                word: "switched_off",
                status_code: "409",
                status_text: "The integration is switched off",
                error_message: "The integration was switched off before the authorization was completed",
                heading: "Connecting is switched off",
                body: "{platform} doesn't take new connections to Stripe at the moment. Nothing was connected.",
            },
            Outcome::Expired => Facts {
                word: "expired",
                status_code: "408",
                status_text: "The authorization took too long",
                error_message: "The authorization took too long and was started anew",
                heading: "That took too long",
                body: "Nothing was connected. Start again; it takes a minute.",
            },
            Outcome::Internal => Facts {
                word: "internal",
                status_code: "500",
                status_text: "Internal error",
                error_message: "Unknown error occurred.",
                heading: "Something failed on our side",
                body: "Nothing was connected. Start again; if it happens once more, please tell {platform}.",
            },
        }
    }
}

/// A stored word that this version doesn't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown outcome")]
pub struct UnknownOutcome;

impl FromStr for Outcome {
    type Err = UnknownOutcome;

    fn from_str(word: &str) -> Result<Self, UnknownOutcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == word).ok_or(UnknownOutcome)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_has_a_word_of_its_own_that_reads_back() {
        for outcome in Outcome::ALL {
            assert_eq!(outcome.as_str().parse(), Ok(outcome));
            assert!(!outcome.heading().is_empty() && !outcome.body("Lender").contains('{'), "{outcome}");
        }
        assert_eq!("".parse::<Outcome>(), Err(UnknownOutcome));
    }

    #[test]
    fn a_denial_is_stored_in_the_contracts_words() {
        let error = Outcome::Denied.connection_error(None, Millis(5));
        assert_eq!(
            (error.status_code.as_str(), error.status_text.as_str(), error.error_message.as_str()),
            ("403", "User cancelled linking", "User cancelled")
        );
    }

    #[test]
    fn words_of_stripes_are_mapped_and_unknown_ones_never_repeated() {
        for (word, expected) in [
            ("access_denied", Outcome::Denied),
            ("invalid_scope", Outcome::ScopeRefused),
            ("invalid_redirect_uri", Outcome::RedirectRefused),
            ("invalid_request", Outcome::RequestRefused),
            ("unsupported_response_type", Outcome::RequestRefused),
            ("temporarily_unavailable", Outcome::StripeUnavailable),
            ("<script>alert(1)</script>", Outcome::RequestRefused),
        ] {
            assert_eq!(Outcome::of_redirect(word), expected, "{word}");
        }
        let refused = |code: &str| {
            Outcome::of_exchange(&ExchangeError::Refused {
                code: code.to_owned(),
                description: String::new(),
            })
        };
        assert_eq!(refused("invalid_grant"), Outcome::CodeRefused);
        assert_eq!(refused("unauthorized_client"), Outcome::ExchangeRefused);
        let bad_key = ExchangeError::BadSecretKey { message: String::new() };
        assert_eq!(Outcome::of_exchange(&bad_key), Outcome::KeyRefused);
        assert_eq!(Outcome::of_exchange(&ExchangeError::Unreachable), Outcome::Unreachable);
        assert_eq!(Outcome::of_exchange(&ExchangeError::Malformed { what: "x" }), Outcome::Misconfigured);
    }
}
