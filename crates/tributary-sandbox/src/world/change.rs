//! Changes while serving: requests that write, and what a test does to an account.

use super::World;
use super::rows::Ref;
use crate::cash::Cash;
use crate::error::ApiError;
use crate::events::{self, EventType, Moment};
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::params::Params;
use crate::render::View;
use crate::writes::{self, Made};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// One change to one account. Kept on disk and made again after a restart.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub(crate) enum Change {
    /// A request to the API.
    Call {
        /// `POST` or `DELETE`.
        method: String,
        /// The path, decoded, `v1/refunds`.
        path: String,
        /// The form as it came.
        form: String,
    },
    /// Replaces top-level fields of one object; `metadata` is replaced as a whole.
    Update {
        /// The list, `customers`.
        resource: String,
        /// The object.
        id: String,
        /// The new values.
        fields: Map<String, Value>,
    },
    /// Leaves a stub of a customer or product.
    Delete {
        /// `customers` or `products`.
        resource: String,
        /// The object.
        id: String,
    },
    /// Everything vanishes without a trace.
    Wipe,
    /// Adds a succeeded card charge with its intent and transaction.
    Charge {
        /// Minor units.
        amount: i64,
        /// Lower-case code; the account's default when absent.
        #[serde(default)]
        currency: Option<String>,
        /// The customer's id, if any.
        #[serde(default)]
        customer: Option<String>,
    },
    /// A buyer disputes a charge.
    Dispute {
        /// The charge's id.
        charge: String,
        /// Minor units; all of it when absent.
        #[serde(default)]
        amount: Option<i64>,
        /// Only an inquiry, which moves no money.
        #[serde(default)]
        inquiry: bool,
    },
    /// The bank decides a dispute.
    Verdict {
        /// The dispute's id.
        dispute: String,
        /// For the merchant.
        won: bool,
    },
    /// A refund can't be delivered.
    FailRefund {
        /// The refund's id.
        refund: String,
    },
    /// The bank refuses a payout.
    FailPayout {
        /// The payout's id.
        payout: String,
    },
    /// Time passes, for all accounts.
    Pass {
        /// Unix seconds.
        to: u32,
    },
}

/// Why a change can't be made. Nothing was changed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// No such list, or one whose objects can't be changed like this.
    #[error("the objects of '{0}' can't be changed like this")]
    Resource(String),
    /// No such object.
    #[error("no object has the id '{0}'")]
    Id(String),
    /// A currency that the simulation doesn't know.
    #[error("unknown currency '{0}'")]
    Currency(String),
    /// An amount below 1 or above 99,999,999 minor units.
    #[error("the amount must be between 1 and 99999999")]
    Amount,
    /// A field that isn't one of the object's, or that can't change.
    #[error("the field '{0}' can't be changed")]
    Field(String),
    /// What Stripe's API would answer.
    #[error("{0}")]
    Refused(String),
}

/// Why a change wasn't made.
#[derive(Debug)]
pub(crate) enum Refusal {
    Change(ChangeError),
    /// A refused request; one that was carried out nonetheless changed the account.
    Api(ApiError),
}

impl From<ChangeError> for Refusal {
    fn from(error: ChangeError) -> Self {
        Refusal::Change(error)
    }
}

/// What came of a change.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// The object's id; empty where there is none.
    pub(crate) id: String,
    /// The answer to a request.
    pub(crate) body: String,
}

/// The answer to a request with an idempotency key.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// What tells its request from others.
    pub(crate) fingerprint: String,
    pub(crate) status: u16,
    pub(crate) body: String,
    /// The request that was answered first.
    pub(crate) request: String,
    /// Unix seconds.
    pub(crate) at: u32,
}

/// What never changes on any object.
const FIXED: [&str; 4] = ["id", "object", "created", "livemode"];

/// How long an idempotency key is remembered.
const ANSWER_LIFE_SECS: u32 = 86_400;

impl World {
    /// Makes a change at a moment, or at the latest moment so far if that is later: lists stay in the order of creation
    /// even if the machine's clock was set back.
    pub(crate) fn change(&mut self, change: &Change, by: &Moment<'_>) -> Result<Done, Refusal> {
        let by = &Moment { at: by.at.max(self.newest), ..*by };
        let made = match change {
            Change::Call { method, path, form } => return self.call(by, method, path, form),
            Change::Pass { to } => {
                self.pass(*to);
                None
            }
            Change::Wipe => {
                self.floors = Kind::ALL.map(|kind| self.len(kind));
                None
            }
            Change::Update { resource, id, fields } => Some(self.update(by, resource, id, fields)?),
            Change::Delete { resource, id } => Some(self.delete(by, resource, id)?),
            Change::Charge { amount, currency, customer } => {
                Some(self.add_charge(by, *amount, currency.as_deref(), customer.as_deref())?)
            }
            Change::Dispute { charge, amount, inquiry } => {
                let charge = self.place(Kind::Charges, charge)?;
                Some(writes::dispute_charge(self, by, charge, *amount, *inquiry).map_err(refused)?)
            }
            Change::Verdict { dispute, won } => {
                let dispute = self.place(Kind::Disputes, dispute)?;
                Some(writes::close_dispute(self, by, dispute, *won).map_err(refused)?)
            }
            Change::FailRefund { refund } => {
                let refund = self.place(Kind::Refunds, refund)?;
                Some(writes::fail_refund(self, by, refund).map_err(refused)?)
            }
            Change::FailPayout { payout } => {
                let payout = self.place(Kind::Payouts, payout)?;
                Some(writes::fail_payout(self, by, payout).map_err(refused)?)
            }
        };
        self.newest = self.newest.max(by.at);
        let id = made.map(|made| self.id(made.kind, made.place)).unwrap_or_default();
        Ok(Done { id, body: String::new() })
    }

    fn place(&self, kind: Kind, id: &str) -> Result<usize, ChangeError> {
        self.find(kind, id).ok_or_else(|| ChangeError::Id(id.to_owned()))
    }

    /// Carries out a request and keeps its answer, if it has an idempotency key.
    fn call(&mut self, by: &Moment<'_>, method: &str, path: &str, form: &str) -> Result<Done, Refusal> {
        let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        let unknown = || Refusal::Api(ApiError::unknown_route(method, path));
        let call = writes::route(method, &segments).ok_or_else(unknown)?;
        let params = Params::parse(form.as_bytes());
        let (expand, _) = params.expand(call.route.kind, false).map_err(Refusal::Api)?;
        let result = call.perform(self, by, &params);
        let (status, body) = match &result {
            Ok(made) => (200, self.shown(*made, &expand)),
            Err(error) if error.carried_out => (error.status, error.body(by.request.unwrap_or_default())),
            Err(_) => return result.map(|_| Done::default()).map_err(Refusal::Api),
        };
        self.newest = self.newest.max(by.at);
        if let (Some(key), Some(request)) = (by.idempotency_key, by.request) {
            let oldest = by.at.saturating_sub(ANSWER_LIFE_SECS);
            self.answers.retain(|_, answer| answer.at >= oldest);
            let fingerprint = fingerprint(method, path, form);
            let answer =
                Answer { fingerprint, status, body: body.clone(), request: request.to_owned(), at: by.at };
            self.answers.insert(key.to_owned(), answer);
        }
        let made = result.map_err(Refusal::Api)?;
        Ok(Done { id: self.id(made.kind, made.place), body })
    }

    /// What was answered to an idempotency key, if it is still remembered at `at`.
    pub(crate) fn answered(&self, key: &str, at: u32) -> Option<&Answer> {
        self.answers.get(key).filter(|answer| answer.at >= at.saturating_sub(ANSWER_LIFE_SECS))
    }

    fn shown(&self, made: Made, expand: &Expand) -> String {
        let view = View { world: self, client_id: &self.client_id, hide_client_secret: false };
        let mut json = Json::with_capacity(2600);
        view.object(&mut json, made.kind, made.place, expand);
        json.finish()
    }

    fn locate(&self, resource: &str, id: &str) -> Result<(Kind, usize), ChangeError> {
        let kind: Kind = resource.parse().map_err(|_| ChangeError::Resource(resource.to_owned()))?;
        if kind.is_singleton() || kind == Kind::Events {
            return Err(ChangeError::Resource(resource.to_owned()));
        }
        Ok((kind, self.place(kind, id)?))
    }

    fn update(
        &mut self,
        by: &Moment<'_>,
        resource: &str,
        id: &str,
        fields: &Map<String, Value>,
    ) -> Result<Made, ChangeError> {
        let (kind, place) = self.locate(resource, id)?;
        if kind == Kind::BalanceTransactions {
            return Err(ChangeError::Resource(resource.to_owned()));
        }
        if let Some(field) = fields.keys().find(|field| FIXED.contains(&field.as_str())) {
            return Err(ChangeError::Field(field.clone()));
        }
        let before = self.snapshot(kind, place);
        self.patch(kind, place, fields.clone());
        if let Some(what) = events::updated(kind).filter(|_| !self.is_deleted(kind, place)) {
            self.note_change(by, what, place, &before);
        }
        Ok(Made { kind, place })
    }

    fn delete(&mut self, by: &Moment<'_>, resource: &str, id: &str) -> Result<Made, ChangeError> {
        let (kind, place) = self.locate(resource, id)?;
        match kind {
            Kind::Customers => return Ok(writes::remove_customer(self, by, place)),
            Kind::Products => {
                if !self.products[place].deleted {
                    self.note(by, EventType::ProductDeleted, place);
                    self.products[place].deleted = true;
                }
            }
            _ => return Err(ChangeError::Resource(resource.to_owned())),
        }
        Ok(Made { kind, place })
    }

    fn add_charge(
        &mut self,
        by: &Moment<'_>,
        amount: i64,
        currency: Option<&str>,
        customer: Option<&str>,
    ) -> Result<Made, ChangeError> {
        if !(1..=99_999_999).contains(&amount) {
            return Err(ChangeError::Amount);
        }
        let currency = match currency {
            Some(code) => Cash::from_code(code).ok_or_else(|| ChangeError::Currency(code.to_owned()))?,
            None => self.profile.home(),
        };
        let customer = match customer {
            Some(id) => Ref::to(self.place(Kind::Customers, id)?),
            None => Ref::NONE,
        };
        let fields =
            Map::from_iter([("description".to_owned(), Value::Null), ("metadata".to_owned(), json!({}))]);
        let plan = writes::Plan { amount, currency, customer, manual: false, fields };
        Ok(writes::charge_now(self, by, &plan))
    }
}

fn refused(error: ApiError) -> ChangeError {
    ChangeError::Refused(error.message().to_owned())
}

/// What tells a request from others: everything but its headers.
pub(crate) fn fingerprint(method: &str, path: &str, form: &str) -> String {
    let mut pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    pairs.sort();
    format!(
        "{method} {path} {}",
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    )
}
