//! Objects as Stripe writes them in [`STRIPE_VERSION`](crate::STRIPE_VERSION): every key, nulls included.

mod account;
mod catalogue;
mod charge;
mod checkout;
mod credit;
mod intent;
mod invoice;
mod ledger;
mod method;
mod people;
mod recourse;
mod saved;
mod subscription;
mod sundry;
mod tariff;

use crate::events;
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::World;
use crate::world::rows::Ref;
use serde_json::{Map, Value};

pub(crate) use account::{account, balance, balance_at};
pub(crate) use catalogue::lookup_key;
pub(crate) use charge::transfer_group;
pub(crate) use checkout::session_email;
pub(crate) use ledger::{destination, txn_type};
pub(crate) use people::email;
pub(crate) use saved::{method_type, owner, redisplay};
pub(crate) use sundry::seller;

/// Who looks, and at what.
pub(crate) struct View<'a> {
    pub(crate) world: &'a World,
    /// The client id that applications' fees name.
    pub(crate) client_id: &'a str,
    /// Restricted keys without the right to write don't see client secrets.
    pub(crate) hide_client_secret: bool,
}

impl View<'_> {
    fn id(&self, json: &mut Json, name: &str, kind: Kind, place: usize) {
        json.written(name, |out| self.world.push_id(out, kind, place));
    }

    /// A reference: null, an id, or the whole object where it is expanded.
    fn reference(&self, json: &mut Json, name: &str, kind: Kind, to: Ref, expand: &Expand) {
        match (to.get(), expand.get(name)) {
            (None, _) => json.null(name),
            (Some(place), None) => self.id(json, name, kind, place),
            (Some(place), Some(inner)) => {
                json.key(name);
                self.object(json, kind, place, inner);
            }
        }
    }

    /// A member that is a list of what an object holds, the first ten; `url` appends the path of the whole list.
    /// Expanded fields of its objects are below `data`.
    fn nested(
        &self,
        json: &mut Json,
        name: &str,
        kind: Kind,
        places: impl Iterator<Item = usize>,
        expand: &Expand,
        url: impl FnOnce(&mut String),
    ) {
        let nothing = Expand::default();
        let inner = expand.get(name).and_then(|inner| inner.get("data")).unwrap_or(&nothing);
        let mut places = places.peekable();
        json.open_at(name);
        json.text("object", "list");
        json.open_list("data");
        for place in places.by_ref().take(10) {
            self.object(json, kind, place, inner);
        }
        json.close_list();
        json.flag("has_more", places.peek().is_some());
        json.written("url", url);
        json.close();
    }

    /// Writes the object at `place`: a stub if it is deleted, with the changes made while serving.
    pub(crate) fn object(&self, json: &mut Json, kind: Kind, place: usize, expand: &Expand) {
        if self.world.is_deleted(kind, place) {
            return self.stub(json, kind, place);
        }
        let key = (kind, u32::try_from(place).unwrap_or(u32::MAX));
        let Some(patch) = self.world.patches.get(&key) else {
            return self.pristine(json, kind, place, expand);
        };
        let mut original = Json::default();
        self.pristine(&mut original, kind, place, expand);
        json.element(&patched(&original.finish(), patch));
    }

    fn stub(&self, json: &mut Json, kind: Kind, place: usize) {
        json.open();
        self.id(json, "id", kind, place);
        json.text("object", kind.object_name());
        json.flag("deleted", true);
        json.close();
    }

    /// Writes the object at `place` without the changes made while serving.
    pub(crate) fn pristine(&self, json: &mut Json, kind: Kind, place: usize, expand: &Expand) {
        match kind {
            Kind::Customers => people::customer(self, json, place),
            Kind::Products => catalogue::product(self, json, place, expand),
            Kind::Prices => catalogue::price(self, json, place, expand),
            Kind::PaymentIntents => intent::intent(self, json, place, expand),
            Kind::Charges => charge::charge(self, json, place, expand),
            Kind::Refunds => recourse::refund(self, json, place, expand),
            Kind::Disputes => recourse::dispute(self, json, place, expand),
            Kind::BalanceTransactions => ledger::txn(self, json, place, expand),
            Kind::Payouts => ledger::payout(self, json, place, expand),
            Kind::PaymentMethods => saved::payment_method(self, json, place, expand),
            Kind::SetupIntents => saved::setup_intent(self, json, place, expand),
            Kind::Coupons => tariff::coupon(self, json, place),
            Kind::TaxRates => tariff::tax_rate(self, json, place),
            Kind::Subscriptions => subscription::subscription(self, json, place, expand),
            Kind::SubscriptionItems => subscription::item(self, json, place, expand),
            Kind::Invoices => invoice::invoice(self, json, place, expand),
            Kind::InvoiceLines => invoice::line(self, json, place, expand),
            Kind::InvoiceItems => invoice::item(self, json, place, expand),
            Kind::InvoicePayments => invoice::payment(self, json, place, expand),
            Kind::CreditNotes => credit::credit_note(self, json, place, expand),
            Kind::CreditNoteLines => credit::line(self, json, place),
            Kind::CheckoutSessions => checkout::session(self, json, place, expand),
            Kind::SessionItems => checkout::item(self, json, place, expand),
            Kind::TerminalLocations => sundry::location(self, json, place),
            Kind::Transfers => sundry::transfer(self, json, place, expand),
            Kind::TransferReversals => sundry::reversal(self, json, place, expand),
            Kind::ApplicationFees => sundry::fee(self, json, place),
            Kind::Files => sundry::file(self, json, place, expand),
            Kind::Events => events::event(self, json, place),
            _ => {}
        }
    }
}

/// The object with some fields replaced.
fn patched(original: &str, patch: &Map<String, Value>) -> String {
    let Ok(Value::Object(mut object)) = serde_json::from_str(original) else { return original.to_owned() };
    object.extend(patch.clone());
    Value::Object(object).to_string()
}

/// A member with the address that all simulated people share but for a number.
fn address(json: &mut Json, name: &str, country: &str, number: u64) {
    json.open_at(name);
    json.text("city", "Exampletown");
    json.text("country", country);
    json.plain("line1", format_args!("{} Example Street", 1 + number % 900));
    json.null("line2");
    json.plain("postal_code", format_args!("{:05}", number % 100_000));
    json.null("state");
    json.close();
}

const NO_ADDRESS: &str =
    r#"{"city":null,"country":null,"line1":null,"line2":null,"postal_code":null,"state":null}"#;
