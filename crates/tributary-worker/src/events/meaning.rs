//! What an event asks for, as a pure function of it (rule E14).

use tributary_core::Resource;
use tributary_stripe::objects::{self, Subject};
use tributary_stripe::{STRIPE_VERSION, carries_all};

/// The event that tells of an account that withdrew its authorization. Its object is the application.
pub(super) const DEAUTHORIZED: &str = "account.application.deauthorized";

/// Something to do because of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Store the object as the event shows it.
    Apply(Resource),
    /// The object was deleted.
    Bury(Resource, String),
    /// Read the object: the event only says that it changed.
    Reread(Resource, String),
    /// The account withdrew its authorization.
    Deauthorize,
}

/// What an event asks for; nothing if it concerns nothing that is kept.
pub(crate) fn effects(event_type: &str, api_version: Option<&str>, object: &str) -> Vec<Effect> {
    if event_type == DEAUTHORIZED {
        return vec![Effect::Deauthorize];
    }
    let Ok(subject) = objects::parse::<Subject<'_>>(object) else { return Vec::new() };
    let kind = subject.kind.as_deref().unwrap_or_default();
    let mut effects = Vec::new();
    match (resource(kind), &subject.id) {
        // How a platform sees an account, and how the account sees itself, differ; a balance is of the moment.
        (Some(resource), _) if resource.is_singleton() => {
            effects.push(Effect::Reread(resource, resource.as_str().to_owned()));
        }
        (Some(resource), Some(id)) if is_deletion(event_type, resource) => {
            effects.push(Effect::Bury(resource, id.to_string()));
        }
        (Some(resource), Some(_)) if api_version == Some(STRIPE_VERSION) && carries_all(resource, object) => {
            effects.push(Effect::Apply(resource));
        }
        (Some(resource), Some(id)) => effects.push(Effect::Reread(resource, id.to_string())),
        // The preview of an invoice that isn't there yet has no id.
        (_, None) | (None, Some(_)) => {}
    }
    effects.extend(concerned(event_type, kind, &subject));
    effects
}

/// The list that objects of a kind belong to.
fn resource(kind: &str) -> Option<Resource> {
    Some(match kind {
        "account" => Resource::Account,
        "balance" => Resource::Balance,
        "customer" => Resource::Customers,
        "product" => Resource::Products,
        "price" => Resource::Prices,
        "payment_intent" => Resource::PaymentIntents,
        "charge" => Resource::Charges,
        "refund" => Resource::Refunds,
        "dispute" => Resource::Disputes,
        "payout" => Resource::Payouts,
        "coupon" => Resource::Coupons,
        "tax_rate" => Resource::TaxRates,
        "terminal.location" => Resource::TerminalLocations,
        "setup_intent" => Resource::SetupIntents,
        "subscription" => Resource::Subscriptions,
        "invoice_payment" => Resource::InvoicePayments,
        "invoice" => Resource::Invoices,
        "checkout.session" => Resource::CheckoutSessions,
        "credit_note" => Resource::CreditNotes,
        _ => return None,
    })
}

/// A subscription that is "deleted" has only ended.
fn is_deletion(event_type: &str, resource: Resource) -> bool {
    event_type.ends_with(".deleted") && resource != Resource::Subscriptions
}

/// Objects that changed with the event's own, and of which Stripe may send no event.
fn concerned(event_type: &str, kind: &str, subject: &Subject<'_>) -> Vec<Effect> {
    let mut concerned = Vec::new();
    let mut read = |resource: Resource, id: &Option<std::borrow::Cow<'_, str>>| {
        concerned.extend(id.as_ref().map(|id| Effect::Reread(resource, id.to_string())));
    };
    match kind {
        // A new refund comes with an event of its charge; one that fails does not.
        "refund" if event_type != "refund.created" => read(Resource::Charges, &subject.charge),
        "dispute" if event_type.ends_with(".created") || event_type.ends_with(".closed") => {
            read(Resource::Charges, &subject.charge);
        }
        "credit_note" | "invoiceitem" => read(Resource::Invoices, &subject.invoice),
        "subscription_schedule" => read(Resource::Subscriptions, &subject.subscription),
        "discount" => {
            read(Resource::Customers, &subject.customer);
            read(Resource::Subscriptions, &subject.subscription);
        }
        "source" | "card" | "bank_account" | "tax_id" if event_type.starts_with("customer.") => {
            read(Resource::Customers, &subject.customer);
        }
        _ => {}
    }
    concerned
}

/// The entries of the ledger that an object names.
pub(super) fn ledger_entries(object: &str) -> Vec<String> {
    let Ok(subject) = objects::parse::<Subject<'_>>(object) else { return Vec::new() };
    let own = subject.balance_transaction.map(std::borrow::Cow::into_owned);
    subject.balance_transactions.into_iter().chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OURS: Option<&str> = Some(STRIPE_VERSION);

    fn of(event_type: &str, version: Option<&str>, object: &serde_json::Value) -> Vec<Effect> {
        effects(event_type, version, &object.to_string())
    }

    fn reread(resource: Resource, id: &str) -> Effect {
        Effect::Reread(resource, id.to_owned())
    }

    #[test]
    fn a_snapshot_counts_only_in_our_version_and_where_it_carries_all() {
        let charge = json!({ "object": "charge", "id": "ch_1" });
        assert_eq!(of("charge.updated", OURS, &charge), [Effect::Apply(Resource::Charges)]);
        for version in [None, Some("2024-06-20"), Some("2026-10-28.other")] {
            assert_eq!(of("charge.updated", version, &charge), [reread(Resource::Charges, "ch_1")]);
        }
        let session = json!({ "object": "checkout.session", "id": "cs_1" });
        assert_eq!(
            of("checkout.session.completed", OURS, &session),
            [reread(Resource::CheckoutSessions, "cs_1")],
            "the list expands its lines"
        );
        let invoice = |more: bool| {
            let lines =
                json!({ "data": [{ "id": "il_1" }], "has_more": more, "url": "/v1/invoices/in_1/lines" });
            json!({ "object": "invoice", "id": "in_1", "lines": lines })
        };
        assert_eq!(of("invoice.paid", OURS, &invoice(false)), [Effect::Apply(Resource::Invoices)]);
        assert_eq!(of("invoice.paid", OURS, &invoice(true)), [reread(Resource::Invoices, "in_1")]);
    }

    #[test]
    fn deletions_bury_and_an_ended_subscription_is_none() {
        let object = |kind: &str| json!({ "object": kind, "id": "x_1" });
        for (event_type, kind, resource) in [
            ("customer.deleted", "customer", Resource::Customers),
            ("product.deleted", "product", Resource::Products),
            ("price.deleted", "price", Resource::Prices),
            ("coupon.deleted", "coupon", Resource::Coupons),
            ("invoice.deleted", "invoice", Resource::Invoices),
        ] {
            for version in [OURS, None] {
                let buried = vec![Effect::Bury(resource, "x_1".to_owned())];
                assert_eq!(of(event_type, version, &object(kind)), buried, "{event_type}");
            }
        }
        let ended = of("customer.subscription.deleted", OURS, &object("subscription"));
        assert_eq!(ended, [Effect::Apply(Resource::Subscriptions)]);
    }

    #[test]
    fn what_belongs_to_another_object_leads_to_that_one() {
        let refund = json!({ "object": "refund", "id": "re_1", "charge": "ch_1" });
        let applied = Effect::Apply(Resource::Refunds);
        assert_eq!(of("refund.created", OURS, &refund), std::slice::from_ref(&applied));
        for event_type in ["refund.failed", "refund.updated", "charge.refund.updated"] {
            assert_eq!(of(event_type, OURS, &refund), [applied.clone(), reread(Resource::Charges, "ch_1")]);
        }
        let dispute = json!({ "object": "dispute", "id": "du_1", "charge": "ch_1" });
        assert_eq!(
            of("charge.dispute.created", OURS, &dispute),
            [Effect::Apply(Resource::Disputes), reread(Resource::Charges, "ch_1")]
        );
        assert_eq!(of("charge.dispute.updated", OURS, &dispute), [Effect::Apply(Resource::Disputes)]);
        let discount =
            json!({ "object": "discount", "id": "di_1", "customer": "cus_1", "subscription": "sub_1" });
        assert_eq!(
            of("customer.discount.deleted", OURS, &discount),
            [reread(Resource::Customers, "cus_1"), reread(Resource::Subscriptions, "sub_1")]
        );
        let tax_id = json!({ "object": "tax_id", "id": "txi_1", "customer": "cus_1" });
        assert_eq!(of("customer.tax_id.created", OURS, &tax_id), [reread(Resource::Customers, "cus_1")]);
        let item = json!({ "object": "invoiceitem", "id": "ii_1", "invoice": "in_1" });
        assert_eq!(of("invoiceitem.created", OURS, &item), [reread(Resource::Invoices, "in_1")]);
    }

    #[test]
    fn what_concerns_nothing_that_is_kept_asks_for_nothing() {
        assert_eq!(of("account.application.deauthorized", OURS, &json!({})), [Effect::Deauthorize]);
        assert_eq!(
            of("balance.available", None, &json!({ "object": "balance" })),
            [reread(Resource::Balance, "balance")]
        );
        for object in [
            json!({ "object": "application", "id": "ca_1" }),
            json!({ "object": "invoice", "lines": {} }),
            json!({ "object": "file", "id": "file_1" }),
            json!({ "id": "x" }),
            json!([]),
        ] {
            assert_eq!(of("invoice.upcoming", OURS, &object), [], "{object}");
        }
        assert_eq!(effects("charge.updated", OURS, "{"), []);
    }

    #[test]
    fn the_ledgers_entries_are_those_that_an_object_names() {
        let charge = json!({ "object": "charge", "balance_transaction": "txn_1" }).to_string();
        assert_eq!(ledger_entries(&charge), ["txn_1"]);
        let dispute = json!({ "balance_transactions": [{ "id": "txn_1" }, { "id": "txn_2" }] }).to_string();
        assert_eq!(ledger_entries(&dispute), ["txn_1", "txn_2"]);
        assert_eq!(ledger_entries(r#"{"balance_transaction":null}"#), Vec::<String>::new());
        assert_eq!(ledger_entries(r#"{"balance_transactions":7}"#), Vec::<String>::new());
    }
}
