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

/// What carries out a write; the text is the id in the path.
type Handler = fn(&mut World, &Moment<'_>, &str, &Params) -> Result<Made, ApiError>;

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
}

macro_rules! route {
    ($method:literal $path:literal $kind:ident $handler:path) => {
        Route {
            method: $method,
            path: $path,
            endpoint: concat!($method, " /v1/", $path),
            kind: Kind::$kind,
            handler: $handler,
        }
    };
}

static ROUTES: &[Route] = &[
    route!("POST" "customers" Customers customers::create),
    route!("POST" "customers/:id" Customers customers::update),
    route!("DELETE" "customers/:id" Customers customers::delete),
    route!("POST" "products" Products catalogue::create_product),
    route!("POST" "products/:id" Products catalogue::update_product),
    route!("DELETE" "products/:id" Products catalogue::delete_product),
    route!("POST" "prices" Prices catalogue::create_price),
    route!("POST" "prices/:id" Prices catalogue::update_price),
    route!("POST" "payment_intents" PaymentIntents intents::create),
    route!("POST" "payment_intents/:id" PaymentIntents intents::update),
    route!("POST" "payment_intents/:id/confirm" PaymentIntents intents::confirm),
    route!("POST" "payment_intents/:id/capture" PaymentIntents intents::capture),
    route!("POST" "payment_intents/:id/cancel" PaymentIntents intents::cancel),
    route!("POST" "charges/:id" Charges payments::update),
    route!("POST" "refunds" Refunds refunds::create),
    route!("POST" "refunds/:id" Refunds refunds::update),
    route!("POST" "disputes/:id" Disputes disputes::update),
    route!("POST" "disputes/:id/close" Disputes disputes::close),
    route!("POST" "payouts" Payouts payouts::create),
    route!("POST" "payouts/:id" Payouts payouts::update),
    route!("POST" "payouts/:id/cancel" Payouts payouts::cancel),
    route!("POST" "subscriptions" Subscriptions subscriptions::create),
    route!("POST" "subscriptions/:id" Subscriptions subscriptions::update),
    route!("DELETE" "subscriptions/:id" Subscriptions subscriptions::cancel),
    route!("POST" "invoices" Invoices invoices::create),
    route!("POST" "invoiceitems" InvoiceItems invoices::add_item),
    route!("POST" "invoices/:id/finalize" Invoices invoices::finalize_one),
    route!("POST" "invoices/:id/pay" Invoices invoices::pay),
    route!("POST" "invoices/:id/void" Invoices invoices::void),
    route!("POST" "invoices/:id/mark_uncollectible" Invoices invoices::mark_uncollectible),
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
        (self.route.handler)(world, by, &self.id, params)
    }
}

/// The place of the object that a path names; a deleted one isn't there any more.
fn in_path(world: &World, kind: Kind, id: &str) -> Result<usize, ApiError> {
    let place = world.find(kind, id).filter(|place| !world.is_deleted(kind, *place));
    place.ok_or_else(|| ApiError::missing(404, kind.object_name(), id, "id"))
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
