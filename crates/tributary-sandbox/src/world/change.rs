//! Changes while serving: what a test does to an account to see whether the product notices.

use super::World;
use super::index::insert;
use super::ledger::{FeeShape, charge_entry};
use super::plot::{Frame, plain_charge};
use super::rows::{IntentRow, IntentStatus, Ref};
use crate::cash::Cash;
use crate::kind::Kind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

/// One change to one account. Kept on disk and made again after a restart.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub(crate) enum Change {
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
}

/// What never changes on any object.
const FIXED: [&str; 4] = ["id", "object", "created", "livemode"];

impl World {
    /// Makes a change at Unix second `at`; the id of the object.
    pub(crate) fn change(&mut self, change: &Change, at: u32) -> Result<String, ChangeError> {
        match change {
            Change::Update { resource, id, fields } => self.update(resource, id, fields),
            Change::Delete { resource, id } => self.delete(resource, id),
            Change::Wipe => {
                self.floors = Kind::ALL.map(|kind| self.len(kind));
                Ok(String::new())
            }
            Change::Charge { amount, currency, customer } => {
                self.add_charge(at, *amount, currency.as_deref(), customer.as_deref())
            }
        }
    }

    fn locate(&self, resource: &str, id: &str) -> Result<(Kind, usize), ChangeError> {
        let kind: Kind = resource.parse().map_err(|_| ChangeError::Resource(resource.to_owned()))?;
        if kind.is_singleton() {
            return Err(ChangeError::Resource(resource.to_owned()));
        }
        let place = self.find(kind, id).ok_or_else(|| ChangeError::Id(id.to_owned()))?;
        Ok((kind, place))
    }

    fn update(
        &mut self,
        resource: &str,
        id: &str,
        fields: &Map<String, Value>,
    ) -> Result<String, ChangeError> {
        let (kind, place) = self.locate(resource, id)?;
        if kind == Kind::BalanceTransactions {
            return Err(ChangeError::Resource(resource.to_owned()));
        }
        if let Some(field) = fields.keys().find(|field| FIXED.contains(&field.as_str())) {
            return Err(ChangeError::Field(field.clone()));
        }
        let key = (kind, u32::try_from(place).unwrap_or(u32::MAX));
        self.patches.entry(key).or_default().extend(fields.clone());
        Ok(id.to_owned())
    }

    fn delete(&mut self, resource: &str, id: &str) -> Result<String, ChangeError> {
        let (kind, place) = self.locate(resource, id)?;
        match kind {
            Kind::Customers => self.customers[place].deleted = true,
            Kind::Products => self.products[place].deleted = true,
            _ => return Err(ChangeError::Resource(resource.to_owned())),
        }
        Ok(id.to_owned())
    }

    fn add_charge(
        &mut self,
        at: u32,
        amount: i64,
        currency: Option<&str>,
        customer: Option<&str>,
    ) -> Result<String, ChangeError> {
        if !(1..=99_999_999).contains(&amount) {
            return Err(ChangeError::Amount);
        }
        let currency = match currency {
            Some(code) => Cash::from_code(code).ok_or_else(|| ChangeError::Currency(code.to_owned()))?,
            None => self.profile.home(),
        };
        let customer = match customer {
            Some(id) => {
                Ref::to(self.find(Kind::Customers, id).ok_or_else(|| ChangeError::Id(id.to_owned()))?)
            }
            None => Ref::NONE,
        };
        // Lists stay in the order of creation even if the machine's clock was set back.
        let newest = [Kind::Charges, Kind::PaymentIntents, Kind::BalanceTransactions]
            .map(|kind| self.created(kind, self.len(kind).wrapping_sub(1)));
        let created = newest.into_iter().fold(at, u32::max);
        let (place, intent, txn) = (self.charges.len(), self.intents.len(), self.txns.len());
        let mut charge = plain_charge(created, amount, currency);
        (charge.intent, charge.customer, charge.txn) = (Ref::to(intent), customer, Ref::to(txn));
        let profile = Arc::clone(&self.profile);
        let frame = Frame { profile: &profile, salt: self.salt, start: self.start, end: self.end };
        let entry = charge_entry(&frame, &charge, place, created, amount, FeeShape::Plain);
        self.txns.push(entry);
        self.charges.push(charge);
        self.intents.push(IntentRow {
            created,
            amount,
            received: amount,
            customer,
            latest_charge: Ref::to(place),
            canceled_at: 0,
            currency,
            status: IntentStatus::Succeeded,
            manual: false,
        });
        let (charges, intents) = (&self.charges, &self.intents);
        insert(&mut self.indexes.charges_by_customer, place, |at| charges[at].customer);
        insert(&mut self.indexes.charges_by_intent, place, |at| charges[at].intent);
        insert(&mut self.indexes.intents_by_customer, intent, |at| intents[at].customer);
        Ok(self.id(Kind::Charges, place))
    }
}
