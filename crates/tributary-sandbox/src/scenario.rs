//! What happened on a day, step by step: for tests of the product that need an account to live.

use crate::sandbox::{AskError, Sandbox};
use crate::world::Change;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tributary_core::Mode;
use url::form_urlencoded::Serializer;

/// The most steps of one scenario.
const MAX_STEPS: usize = 10_000;

/// Steps that happen to one account, in order. In JSON a list of steps is enough: then it is the first account's, in test
/// mode.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "Script")]
pub struct Scenario {
    /// `acct_…`; the first account when absent.
    pub account: Option<String>,
    /// Whether it happens in live mode.
    pub live: bool,
    /// What happens.
    pub steps: Vec<Named>,
}

/// A step, and the name that later steps call its object by.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Named {
    /// `"as"` in JSON.
    #[serde(default, rename = "as")]
    pub name: Option<String>,
    /// What happens.
    #[serde(flatten)]
    pub step: Step,
}

/// Something that happens. In JSON `do` says what, as in `{"do": "refund", "charge": "first", "amount": 500}`. Objects are
/// named by their id, or by the name that an earlier step gave them with `as`. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    /// A card payment succeeds at once; its object is the charge.
    Pay {
        /// Minor units.
        amount: i64,
        /// The account's default when absent.
        #[serde(default)]
        currency: Option<String>,
        /// The customer; a guest when absent.
        #[serde(default)]
        customer: Option<String>,
    },
    /// A payment is tried with a test payment method (`pm_card_chargeDeclined`, `pm_card_createDispute`,
    /// `pm_usBankAccount_success`), or only authorized. Its object is the intent; a declined one has none.
    Try {
        /// Minor units.
        amount: i64,
        /// The account's default when absent.
        #[serde(default)]
        currency: Option<String>,
        /// The customer; a guest when absent.
        #[serde(default)]
        customer: Option<String>,
        /// The test payment method; `pm_card_visa` when absent.
        #[serde(default)]
        method: Option<String>,
        /// Only authorized, to be captured by a step of its own.
        #[serde(default)]
        manual: bool,
    },
    /// An authorized payment is captured.
    Capture {
        /// The intent.
        intent: String,
        /// All of it when absent.
        #[serde(default)]
        amount: Option<i64>,
    },
    /// A charge is refunded.
    Refund {
        /// The charge.
        charge: String,
        /// What is left of it when absent.
        #[serde(default)]
        amount: Option<i64>,
        /// `duplicate`, `fraudulent` or `requested_by_customer`.
        #[serde(default)]
        reason: Option<String>,
    },
    /// A buyer disputes a charge.
    Dispute {
        /// The charge.
        charge: String,
        /// All of it when absent.
        #[serde(default)]
        amount: Option<i64>,
        /// Only an inquiry, which moves no money.
        #[serde(default)]
        inquiry: bool,
    },
    /// The bank decides a dispute.
    Verdict {
        /// The dispute.
        dispute: String,
        /// For the merchant.
        won: bool,
    },
    /// A refund or a payout fails.
    Fail {
        /// Its id or name.
        #[serde(default)]
        refund: Option<String>,
        /// Its id or name.
        #[serde(default)]
        payout: Option<String>,
    },
    /// A customer signs up.
    Customer {
        /// Their name.
        #[serde(default)]
        name: Option<String>,
        /// Their address.
        #[serde(default)]
        email: Option<String>,
    },
    /// Fields of an object change.
    Update {
        /// The list, `customers`.
        resource: String,
        /// The object.
        id: String,
        /// Their new values.
        fields: Map<String, Value>,
    },
    /// A customer or product is deleted.
    Delete {
        /// The list, `customers` when absent.
        #[serde(default)]
        resource: Option<String>,
        /// The object.
        id: String,
    },
    /// An intent or a subscription is cancelled.
    Cancel {
        /// The intent.
        #[serde(default)]
        intent: Option<String>,
        /// The subscription.
        #[serde(default)]
        subscription: Option<String>,
    },
    /// Money is paid out by hand; its object is the payout.
    Payout {
        /// Minor units.
        amount: i64,
        /// The account's default when absent.
        #[serde(default)]
        currency: Option<String>,
    },
    /// Any other write of the API: `{"do": "post", "path": "v1/products", "form": {"name": "Lamp"}}`. Values that name an
    /// earlier step's object stand for its id.
    Post {
        /// The path without a slash at its start.
        path: String,
        /// The form.
        #[serde(default)]
        form: BTreeMap<String, String>,
    },
    /// Time passes.
    Advance {
        /// Seconds.
        secs: u32,
    },
    /// The merchant disconnects every application.
    Disconnect,
    /// All data is deleted without a trace.
    Wipe,
}

/// How a scenario can be written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Script {
    Steps(Vec<Named>),
    Whole {
        #[serde(default)]
        account: Option<String>,
        #[serde(default)]
        mode: Option<String>,
        steps: Vec<Named>,
    },
}

impl From<Script> for Scenario {
    fn from(script: Script) -> Self {
        match script {
            Script::Steps(steps) => Scenario { account: None, live: false, steps },
            Script::Whole { account, mode, steps } => {
                Scenario { account, live: mode.as_deref() == Some("live"), steps }
            }
        }
    }
}

/// What came of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Played {
    /// The id of each step's object, in order; none where a step has none.
    pub made: Vec<Option<String>>,
    /// The ids by the names that steps gave.
    pub names: BTreeMap<String, String>,
}

/// A step that couldn't happen. Those before it did.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The account isn't there.
    #[error(transparent)]
    Account(AskError),
    /// Too many steps.
    #[error("a scenario has at most {MAX_STEPS} steps")]
    TooLong,
    /// What was wrong with which.
    #[error("step {number} can't happen: {source}")]
    Step {
        /// From 1.
        number: usize,
        /// Why.
        source: AskError,
    },
}

impl Scenario {
    /// A scenario of the first account in test mode.
    pub fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        let steps = steps.into_iter().map(|step| Named { name: None, step }).collect();
        Scenario { account: None, live: false, steps }
    }

    /// Adds a step whose object later steps call by `name`.
    #[must_use]
    pub fn then(mut self, name: &str, step: Step) -> Self {
        self.steps.push(Named { name: Some(name.to_owned()), step });
        self
    }
}

impl Sandbox {
    /// Plays a scenario, step after step, until one can't happen.
    pub fn play(&self, scenario: &Scenario) -> Result<Played, ScenarioError> {
        if scenario.steps.len() > MAX_STEPS {
            return Err(ScenarioError::TooLong);
        }
        let account = match &scenario.account {
            Some(id) => self.account(id).map_err(ScenarioError::Account)?,
            None => 0,
        };
        let stage = Stage { sandbox: self, account, mode: Mode::from_livemode(scenario.live) };
        let mut played = Played::default();
        for (place, named) in scenario.steps.iter().enumerate() {
            let happened = stage.step(&named.step, &played.names);
            let id = happened.map_err(|source| ScenarioError::Step { number: place + 1, source })?;
            let id = Some(id).filter(|id| !id.is_empty());
            if let (Some(name), Some(id)) = (&named.name, &id) {
                played.names.insert(name.clone(), id.clone());
            }
            played.made.push(id);
        }
        Ok(played)
    }
}

/// Where a scenario plays.
struct Stage<'a> {
    sandbox: &'a Sandbox,
    account: usize,
    mode: Mode,
}

/// Form pairs, those without a value left out.
fn form(pairs: &[(&str, Option<String>)]) -> String {
    let given = pairs.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    Serializer::new(String::new()).extend_pairs(given).finish()
}

impl Stage<'_> {
    fn change(&self, change: Change) -> Result<String, AskError> {
        self.sandbox.change(&self.sandbox.profiles[self.account].id, self.mode, change)
    }

    fn post(&self, path: &str, form: String) -> Result<String, AskError> {
        self.sandbox.write_as(self.account, self.mode, "POST", path, form)
    }

    fn home(&self) -> String {
        self.sandbox.profiles[self.account].home().code().to_owned()
    }

    /// Makes one step happen; the id of its object, or nothing.
    fn step(&self, step: &Step, names: &BTreeMap<String, String>) -> Result<String, AskError> {
        let id = |word: &String| names.get(word).unwrap_or(word).clone();
        let text = |number: &i64| Some(number.to_string());
        match step {
            Step::Pay { amount, currency, customer } => self.change(Change::Charge {
                amount: *amount,
                currency: currency.clone(),
                customer: customer.as_ref().map(id),
            }),
            Step::Try { amount, currency, customer, method, manual } => {
                let capture = if *manual { "manual" } else { "automatic" };
                let method = method.clone().unwrap_or_else(|| "pm_card_visa".to_owned());
                let pairs = [
                    ("amount", text(amount)),
                    ("currency", Some(currency.clone().unwrap_or_else(|| self.home()))),
                    ("customer", customer.as_ref().map(id)),
                    ("payment_method", Some(method)),
                    ("capture_method", Some(capture.to_owned())),
                    ("confirm", Some("true".to_owned())),
                ];
                self.post("v1/payment_intents", form(&pairs))
            }
            Step::Capture { intent, amount } => {
                let path = format!("v1/payment_intents/{}/capture", id(intent));
                self.post(&path, form(&[("amount_to_capture", amount.as_ref().and_then(text))]))
            }
            Step::Refund { charge, amount, reason } => {
                let amount = amount.as_ref().and_then(text);
                let pairs = [("charge", Some(id(charge))), ("amount", amount), ("reason", reason.clone())];
                self.post("v1/refunds", form(&pairs))
            }
            Step::Dispute { charge, amount, inquiry } => {
                self.change(Change::Dispute { charge: id(charge), amount: *amount, inquiry: *inquiry })
            }
            Step::Verdict { dispute, won } => {
                self.change(Change::Verdict { dispute: id(dispute), won: *won })
            }
            Step::Fail { refund, payout } => match (refund, payout) {
                (Some(refund), _) => self.change(Change::FailRefund { refund: id(refund) }),
                (None, payout) => {
                    self.change(Change::FailPayout { payout: payout.as_ref().map(id).unwrap_or_default() })
                }
            },
            Step::Customer { name, email } => {
                self.post("v1/customers", form(&[("name", name.clone()), ("email", email.clone())]))
            }
            Step::Update { resource, id: of, fields } => {
                self.change(Change::Update { resource: resource.clone(), id: id(of), fields: fields.clone() })
            }
            Step::Delete { resource, id: of } => self.change(Change::Delete {
                resource: resource.clone().unwrap_or_else(|| "customers".to_owned()),
                id: id(of),
            }),
            Step::Cancel { intent: Some(intent), .. } => {
                self.post(&format!("v1/payment_intents/{}/cancel", id(intent)), String::new())
            }
            Step::Cancel { subscription, .. } => {
                let subscription = subscription.as_ref().map(id).unwrap_or_default();
                let path = format!("v1/subscriptions/{subscription}");
                self.sandbox.write_as(self.account, self.mode, "DELETE", &path, String::new())
            }
            Step::Payout { amount, currency } => {
                let currency = currency.clone().unwrap_or_else(|| self.home());
                self.post("v1/payouts", form(&[("amount", text(amount)), ("currency", Some(currency))]))
            }
            Step::Post { path, form } => {
                let pairs = form.iter().map(|(name, value)| (name.clone(), id(value)));
                self.post(path, Serializer::new(String::new()).extend_pairs(pairs).finish())
            }
            Step::Advance { secs } => self.sandbox.advance(*secs).map(|_| String::new()),
            Step::Disconnect => {
                let account = &self.sandbox.profiles[self.account].id;
                self.sandbox.disconnect(account, self.mode).map(|_| String::new())
            }
            Step::Wipe => self.change(Change::Wipe),
        }
    }
}
