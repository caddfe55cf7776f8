//! Writes, as Stripe's API offers them: each changes the account's rows and notes what happened.
//!
//! A write is a pure function of the account, the moment and the form, so that a restart makes it again with the same
//! result. A refusal leaves everything as it was, except a declined payment, which was tried.

mod billing;
mod cards;
mod catalogue;
mod customers;
mod disputes;
mod form;
mod intents;
mod invoices;
mod payments;
mod payouts;
mod refunds;
mod subscriptions;

use crate::error::ApiError;
use crate::events::Moment;
use crate::kind::Kind;
use crate::params::Params;
use crate::world::World;
use serde_json::{Map, Value};

pub(crate) use cards::TestMethod;
pub(crate) use customers::remove as remove_customer;
pub(crate) use disputes::{close_dispute, dispute_charge, open_dispute};
pub(crate) use form::Form;
pub(crate) use payments::{Plan, charge_now, debit_arrives, debit_bounces, expire};
pub(crate) use payouts::fail_payout;
pub(crate) use refunds::fail_refund;
pub(crate) use subscriptions::{charge as charge_renewal, renew};

/// The object that a write made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) kind: Kind,
    pub(crate) place: usize,
}

/// What carries out a write.
enum Handler {
    /// Makes an object.
    Make(fn(&mut World, &Moment<'_>, &Form<'_>) -> Result<Made, ApiError>),
    /// Changes the object that the path names.
    Change(fn(&mut World, &Moment<'_>, Made, &Form<'_>) -> Result<Made, ApiError>),
}

/// A kind of write.
pub(crate) struct Route {
    method: &'static str,
    /// Below `/v1/`, with `:id` for the object's id.
    path: &'static str,
    /// The template that limits and counters know it by.
    pub(crate) endpoint: &'static str,
    /// What a key needs the right to write.
    pub(crate) kind: Kind,
    handler: Handler,
    /// The parameters that it takes, as [`Form::new`] reads them.
    known: &'static [&'static str],
}

macro_rules! route {
    ($method:literal $path:literal $kind:ident $how:ident($handler:path) $known:expr) => {
        Route {
            method: $method,
            path: $path,
            endpoint: concat!($method, " /v1/", $path),
            kind: Kind::$kind,
            handler: Handler::$how($handler),
            known: $known,
        }
    };
}

static ROUTES: &[Route] = &[
    route!("POST" "customers" Customers Make(customers::create) &customers::KNOWN),
    route!("POST" "customers/:id" Customers Change(customers::update) &customers::KNOWN),
    route!("DELETE" "customers/:id" Customers Change(customers::delete) &[]),
    route!("POST" "products" Products Make(catalogue::create_product) &[
        "name", "description", "unit_label", "url", "statement_descriptor", "active", "shippable",
    ]),
    route!("POST" "products/:id" Products Change(catalogue::update_product) &[
        "name", "description", "unit_label", "url", "statement_descriptor", "active",
    ]),
    route!("DELETE" "products/:id" Products Change(catalogue::delete_product) &[]),
    route!("POST" "prices" Prices Make(catalogue::create_price) &[
        "currency", "product", "unit_amount", "recurring[", "nickname", "active", "lookup_key",
    ]),
    route!("POST" "prices/:id" Prices Change(catalogue::update_price) &["nickname", "lookup_key", "active"]),
    route!("POST" "payment_intents" PaymentIntents Make(intents::create) &intents::KNOWN),
    route!("POST" "payment_intents/:id" PaymentIntents Change(intents::update) &[
        "description", "receipt_email", "statement_descriptor",
    ]),
    route!("POST" "payment_intents/:id/confirm" PaymentIntents Change(intents::confirm) &[
        "payment_method", "return_url", "off_session", "error_on_requires_action",
    ]),
    route!("POST" "payment_intents/:id/capture" PaymentIntents Change(intents::capture) &[
        "amount_to_capture", "statement_descriptor", "final_capture",
    ]),
    route!("POST" "payment_intents/:id/cancel" PaymentIntents Change(intents::cancel) &[
        "cancellation_reason",
    ]),
    route!("POST" "charges/:id" Charges Change(payments::update) &[
        "description", "receipt_email", "transfer_group",
    ]),
    route!("POST" "refunds" Refunds Make(refunds::create) &[
        "charge", "payment_intent", "amount", "reason", "currency",
    ]),
    route!("POST" "refunds/:id" Refunds Change(update_metadata) &[]),
    route!("POST" "disputes/:id" Disputes Change(disputes::update) &["evidence[", "submit"]),
    route!("POST" "disputes/:id/close" Disputes Change(disputes::close) &[]),
    route!("POST" "payouts" Payouts Make(payouts::create) &[
        "amount", "currency", "description", "method", "statement_descriptor",
    ]),
    route!("POST" "payouts/:id" Payouts Change(update_metadata) &[]),
    route!("POST" "payouts/:id/cancel" Payouts Change(payouts::cancel) &[]),
    route!("POST" "subscriptions" Subscriptions Make(subscriptions::create) &[
        "customer", "items[", "default_payment_method", "trial_period_days", "collection_method",
        "days_until_due", "discounts[", "default_tax_rates[]", "off_session", "payment_behavior",
        "description",
    ]),
    route!("POST" "subscriptions/:id" Subscriptions Change(subscriptions::update) &[
        "cancel_at_period_end", "description", "default_payment_method",
    ]),
    route!("DELETE" "subscriptions/:id" Subscriptions Change(subscriptions::cancel) &[
        "invoice_now", "prorate", "cancellation_details[",
    ]),
    route!("POST" "invoices" Invoices Make(invoices::create) &[
        "customer", "currency", "description", "collection_method", "days_until_due",
        "auto_advance",
    ]),
    route!("POST" "invoiceitems" InvoiceItems Make(invoices::add_item) &[
        "customer", "invoice", "amount", "currency", "description", "quantity",
    ]),
    route!("POST" "invoices/:id/finalize" Invoices Change(invoices::finalize_one) &["auto_advance"]),
    route!("POST" "invoices/:id/pay" Invoices Change(invoices::pay) &["payment_method", "off_session"]),
    route!("POST" "invoices/:id/void" Invoices Change(invoices::void) &[]),
    route!("POST" "invoices/:id/mark_uncollectible" Invoices Change(invoices::mark_uncollectible) &[]),
];

/// A write that a request asks for.
pub(crate) struct Call {
    pub(crate) route: &'static Route,
    id: String,
}

/// The write behind a method and a path's segments, `v1` first.
pub(crate) fn route(method: &str, segments: &[String]) -> Option<Call> {
    let (version, rest) = segments.split_first()?;
    let matches = |route: &&Route| {
        let pattern: Vec<&str> = route.path.split('/').collect();
        route.method == method
            && pattern.len() == rest.len()
            && pattern.iter().zip(rest).all(|(wanted, given)| *wanted == ":id" || wanted == given)
    };
    let route = ROUTES.iter().filter(|_| version == "v1").find(matches)?;
    let at = route.path.split('/').position(|part| part == ":id");
    let id = at.and_then(|at| rest.get(at)).cloned().unwrap_or_default();
    Some(Call { route, id })
}

impl Call {
    /// Carries the write out.
    pub(crate) fn perform(
        &self,
        world: &mut World,
        by: &Moment<'_>,
        params: &Params,
    ) -> Result<Made, ApiError> {
        let Route { kind, known, .. } = *self.route;
        let form = Form::new(params, known)?;
        match self.route.handler {
            Handler::Make(make) => make(world, by, &form),
            Handler::Change(change) => {
                let place = world.find_living(kind, &self.id);
                let missing = || ApiError::missing(404, kind.object_name(), &self.id, "id");
                change(world, by, Made { kind, place: place.ok_or_else(missing)? }, &form)
            }
        }
    }
}

/// Replaces `metadata` and other fields of an object, with the event of an update.
fn update_fields(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    form: &Form<'_>,
    mut fields: Map<String, Value>,
) -> Result<Made, ApiError> {
    let before = world.snapshot(made.kind, made.place);
    let shown: Value = serde_json::from_str(&before).unwrap_or_default();
    if let Some(metadata) = form.metadata(&shown["metadata"])? {
        fields.insert("metadata".to_owned(), metadata);
    }
    world.patch(made.kind, made.place, fields);
    if let Some(what) = crate::events::updated(made.kind) {
        world.note_change(by, what, made.place, &before);
    }
    Ok(made)
}

/// An update of an object of which only `metadata` can be changed.
fn update_metadata(
    world: &mut World,
    by: &Moment<'_>,
    made: Made,
    form: &Form<'_>,
) -> Result<Made, ApiError> {
    update_fields(world, by, made, form, Map::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_their_writes() {
        let found = |method: &str, path: &str| {
            let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
            route(method, &segments).map(|call| (call.route.endpoint, call.id))
        };
        assert_eq!(
            found("POST", "v1/payment_intents/pi_1/capture"),
            Some(("POST /v1/payment_intents/:id/capture", "pi_1".to_owned()))
        );
        assert_eq!(found("POST", "v1/refunds"), Some(("POST /v1/refunds", String::new())));
        assert_eq!(found("DELETE", "v1/charges/ch_1"), None);
        assert_eq!(found("POST", "v2/refunds"), None);
    }
}
