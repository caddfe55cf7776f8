//! Faults on request: what a client of Stripe must survive.

use crate::dice::{mix, salted};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// `rate-limit`: 429 with a reason header.
    RateLimit,
    /// `lock-timeout`: 429 without that header.
    LockTimeout,
    /// `server-error`: a JSON body; `status` 500 unless told.
    ServerError,
    /// `html`: an HTML page; `status` 503 unless told.
    Html,
    /// `hang`: nothing for `secs` (120 unless told), then the connection ends.
    Hang,
    /// `truncate`: half of the promised body, then the connection ends.
    Truncate,
    /// `slow`: the body in ten pieces over `secs` (5 unless told).
    Slow,
    /// `invalid-json`: 200 with a body that is no JSON.
    InvalidJson,
    /// `unknown-enum`: words nobody knows in `status`, `type`, `reason` and other closed lists.
    UnknownEnum,
    /// `extra-fields`: fields nobody knows in every object.
    ExtraFields,
    /// `missing-fields`: every object lacks one of its fields, which one by its id.
    MissingFields,
    /// `retyped-fields`: one field of every object, by its id, has a value of another type.
    RetypedFields,
    /// `unauthorized`: 401 for an expired key.
    Unauthorized,
    /// `forbidden`: 403 naming the missing permission.
    Forbidden,
    /// `webhook-drop`: an event isn't sent to an endpoint, as if every attempt had failed.
    WebhookDrop,
    /// `webhook-duplicate`: it is sent twice.
    WebhookDuplicate,
    /// `webhook-delay`: it is sent `secs` (60 unless told) later, by the sandbox's clock.
    WebhookDelay,
    /// `webhook-reorder`: it is sent after the next one for the same endpoint.
    WebhookReorder,
    /// `webhook-bad-signature`: the first attempt is signed with another secret.
    WebhookBadSignature,
    /// `webhook-old-timestamp`: the first attempt was signed `secs` (600 unless told) ago.
    WebhookOldTimestamp,
}

impl FaultKind {
    /// Whether it strikes deliveries of events instead of requests.
    fn is_of_delivery(self) -> bool {
        use FaultKind::*;
        matches!(
            self,
            WebhookDrop
                | WebhookDuplicate
                | WebhookDelay
                | WebhookReorder
                | WebhookBadSignature
                | WebhookOldTimestamp
        )
    }
}

const KINDS: [(&str, FaultKind); 20] = [
    ("rate-limit", FaultKind::RateLimit),
    ("lock-timeout", FaultKind::LockTimeout),
    ("server-error", FaultKind::ServerError),
    ("html", FaultKind::Html),
    ("hang", FaultKind::Hang),
    ("truncate", FaultKind::Truncate),
    ("slow", FaultKind::Slow),
    ("invalid-json", FaultKind::InvalidJson),
    ("unknown-enum", FaultKind::UnknownEnum),
    ("extra-fields", FaultKind::ExtraFields),
    ("missing-fields", FaultKind::MissingFields),
    ("retyped-fields", FaultKind::RetypedFields),
    ("unauthorized", FaultKind::Unauthorized),
    ("forbidden", FaultKind::Forbidden),
    ("webhook-drop", FaultKind::WebhookDrop),
    ("webhook-duplicate", FaultKind::WebhookDuplicate),
    ("webhook-delay", FaultKind::WebhookDelay),
    ("webhook-reorder", FaultKind::WebhookReorder),
    ("webhook-bad-signature", FaultKind::WebhookBadSignature),
    ("webhook-old-timestamp", FaultKind::WebhookOldTimestamp),
];

/// One fault and when it strikes, written `KIND[:name=value,…]`.
///
/// - `p=0.1`: one in ten matching requests, always the same ones for a seed; every one when absent.
/// - `first=5`: the first five matching requests only.
/// - `after=20`: only after twenty matching requests.
/// - `resource=charges`: only that list and its objects; `oauth` is the token and deauthorize endpoints.
///   Without it every `/v1` request matches, and OAuth never. For `webhook-…` kinds it is the list of the object that the
///   event speaks of.
/// - `account=acct_…`: only requests about this account.
/// - `status=502`, `secs=3`: see [`FaultKind`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// The resource's word, `charges`, or `oauth`.
    pub resource: Option<String>,
    /// The account that requests are about, `acct_…`.
    pub account: Option<String>,
    /// From 0 to 1; none is always.
    pub probability: Option<f64>,
    /// Strikes only the first so many matching requests.
    pub first: Option<u64>,
    /// Spares the first so many matching requests.
    pub after: Option<u64>,
    /// HTTP status, 500 to 599.
    pub status: Option<u16>,
    /// Seconds, at most 600.
    pub secs: Option<u64>,
}

/// Why a fault's text can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No such kind.
    #[error("unknown fault '{0}': {list} are known", list = kind_list())]
    Kind(String),
    /// Not `name=value`, or an unknown name.
    #[error(
        "unknown setting '{0}' of a fault: p, first, after, resource, account, status and secs are known"
    )]
    Setting(String),
    /// A value out of range.
    #[error("'{value}' is not a value for '{name}' of a fault")]
    Value {
        /// The setting.
        name: String,
        /// What it was given.
        value: String,
    },
}

fn kind_list() -> String {
    KINDS.map(|(word, _)| word).join(", ")
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = KINDS.iter().find(|(_, kind)| kind == self).map_or("", |(word, _)| *word);
        f.write_str(word)
    }
}

impl Fault {
    /// A fault that strikes every `/v1` request.
    pub fn always(kind: FaultKind) -> Self {
        Fault {
            kind,
            resource: None,
            account: None,
            probability: None,
            first: None,
            after: None,
            status: None,
            secs: None,
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), FaultError> {
        let wrong = || FaultError::Value { name: name.to_owned(), value: value.to_owned() };
        let number = || value.parse::<u64>().map_err(|_| wrong());
        match name {
            "p" => {
                let p: f64 = value.parse().map_err(|_| wrong())?;
                if !(0.0..=1.0).contains(&p) {
                    return Err(wrong());
                }
                self.probability = Some(p);
            }
            "first" => self.first = Some(number()?),
            "after" => self.after = Some(number()?),
            "resource" => {
                let known = value == "oauth" || value.parse::<crate::kind::Kind>().is_ok();
                self.resource = Some(value.to_owned()).filter(|_| known);
                if !known {
                    return Err(wrong());
                }
            }
            "account" => {
                let is_one = value.starts_with("acct_");
                self.account = Some(Some(value.to_owned()).filter(|_| is_one).ok_or_else(wrong)?);
            }
            "status" => {
                let status = value.parse().ok().filter(|status| (500..=599).contains(status));
                self.status = Some(status.ok_or_else(wrong)?);
            }
            "secs" => self.secs = Some(Some(number()?).filter(|secs| *secs <= 600).ok_or_else(wrong)?),
            _ => return Err(FaultError::Setting(name.to_owned())),
        }
        Ok(())
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (word, settings) = text.split_once(':').unwrap_or((text, ""));
        let kind = KINDS.iter().find(|(known, _)| *known == word.trim()).map(|(_, kind)| *kind);
        let mut fault = Fault::always(kind.ok_or_else(|| FaultError::Kind(word.to_owned()))?);
        for setting in settings.split(',').filter(|setting| !setting.trim().is_empty()) {
            let (name, value) =
                setting.split_once('=').ok_or_else(|| FaultError::Setting(setting.to_owned()))?;
            fault.set(name.trim(), value.trim())?;
        }
        Ok(fault)
    }
}

/// The faults in force, each with the number of requests that matched it.
#[derive(Default)]
pub(crate) struct Faults {
    seed: u64,
    all: Vec<(Fault, u64)>,
}

impl Faults {
    pub(crate) fn new(seed: u64, all: Vec<Fault>) -> Self {
        Faults { seed, all: all.into_iter().map(|fault| (fault, 0)).collect() }
    }

    /// Whether any fault strikes only one account's requests.
    pub(crate) fn tell_accounts_apart(&self) -> bool {
        self.all.iter().any(|(fault, _)| fault.account.is_some())
    }

    /// What strikes this request, if anything: the first fault that does. Counts the request for all.
    pub(crate) fn strike(&mut self, resource: &str, account: Option<&str>) -> Option<Fault> {
        self.first_strike(resource, account, false)
    }

    /// What strikes the delivery of an event about an object of this list.
    pub(crate) fn strike_delivery(&mut self, resource: &str) -> Option<Fault> {
        self.first_strike(resource, None, true)
    }

    fn first_strike(&mut self, resource: &str, account: Option<&str>, delivery: bool) -> Option<Fault> {
        let mut struck = None;
        for (number, (fault, seen)) in self.all.iter_mut().enumerate() {
            if fault.kind.is_of_delivery() != delivery {
                continue;
            }
            let matches = match &fault.resource {
                Some(wanted) => wanted == resource,
                None => resource != "oauth",
            };
            if !matches || fault.account.as_deref().is_some_and(|wanted| account != Some(wanted)) {
                continue;
            }
            let nth = *seen;
            *seen += 1;
            let in_time =
                fault.first.is_none_or(|first| nth < first) && fault.after.is_none_or(|after| nth >= after);
            let roll = (mix(salted(&[self.seed, number as u64, nth])) >> 11) as f64 / (1_u64 << 53) as f64;
            if in_time && struck.is_none() && fault.probability.is_none_or(|p| roll < p) {
                struck = Some(fault.clone());
            }
        }
        struck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_from_the_command_line() {
        let fault: Fault = "server-error:p=0.25,status=502,resource=charges".parse().unwrap();
        assert_eq!(
            (fault.kind, fault.status, fault.probability),
            (FaultKind::ServerError, Some(502), Some(0.25))
        );
        assert_eq!(fault.resource.as_deref(), Some("charges"));
        assert_eq!("hang".parse::<Fault>(), Ok(Fault::always(FaultKind::Hang)));
        for (word, kind) in KINDS {
            assert_eq!((word.parse::<Fault>().unwrap().kind, kind.to_string().as_str()), (kind, word));
        }
    }

    #[test]
    fn bad_faults_say_what_is_wrong() {
        let message = |text: &str| text.parse::<Fault>().unwrap_err().to_string();
        assert!(message("explode").starts_with("unknown fault 'explode': rate-limit, lock-timeout"));
        assert_eq!(message("hang:p=2"), "'2' is not a value for 'p' of a fault");
        assert_eq!(message("hang:resource=cats"), "'cats' is not a value for 'resource' of a fault");
        assert!(message("hang:sometimes").starts_with("unknown setting 'sometimes'"));
        assert!(message("html:status=200").starts_with("'200'"));
    }

    #[test]
    fn a_fault_strikes_when_it_should() {
        let strikes = |text: &str, resource: &str| -> Vec<bool> {
            let mut faults = Faults::new(1, vec![text.parse().unwrap()]);
            (0..4).map(|_| faults.strike(resource, None).is_some()).collect()
        };
        assert_eq!(strikes("html:first=2", "charges"), [true, true, false, false]);
        assert_eq!(strikes("html:after=3", "charges"), [false, false, false, true]);
        assert_eq!(strikes("html:resource=refunds", "charges"), [false; 4]);
        assert_eq!(strikes("html", "oauth"), [false; 4]);
        assert_eq!(strikes("html:p=0", "charges"), [false; 4]);
        let mut faults = Faults::new(1, vec!["html:p=0.3".parse().unwrap()]);
        let struck = (0..1000).filter(|_| faults.strike("charges", None).is_some()).count();
        assert!((250..350).contains(&struck), "{struck}");
    }

    #[test]
    fn a_fault_of_one_account_spares_the_others() {
        let mut faults = Faults::new(1, vec!["html:account=acct_1".parse().unwrap()]);
        assert!(faults.tell_accounts_apart());
        assert!(faults.strike("charges", Some("acct_1")).is_some());
        assert!(faults.strike("charges", Some("acct_2")).is_none());
        assert!(faults.strike("charges", None).is_none());
        assert!("html:account=me".parse::<Fault>().is_err());
    }
}
