//! What lies beyond the contract (rule I1).

use super::entry::{Entry, get, post};
use super::tag::Tag;
use crate::extensions::{
    deleted_records, invoices, payouts, reconciliations, record_sources, source_objects, subscriptions,
};
use tributary_contract::extensions::{
    DeletedRecord, Difference, Invoice, Payout, Reconciliation, SourceObject, SourceObjectRef,
    SourceObjectRefs, Subscription,
};

/// A path below a connection.
macro_rules! below {
    ($rest:literal) => {
        concat!("/tributary/v1/companies/{companyId}/connections/{connectionId}/", $rest)
    };
}

pub(super) fn entries() -> Vec<Entry> {
    vec![
        get(below!("subscriptions"), subscriptions::list)
            .operation(Tag::Extensions, "list-subscriptions", "List subscriptions")
            .says("Lists subscriptions, ended ones too, the newest first.")
            .lists::<Subscription>().streams(),
        get(below!("subscriptions/{subscriptionId}"), subscriptions::get)
            .operation(Tag::Extensions, "get-subscription", "Get subscription")
            .says("Gives one subscription.")
            .answers::<Subscription>(200),
        get(below!("invoices"), invoices::list)
            .operation(Tag::Extensions, "list-invoices", "List invoices")
            .says("Lists invoices, drafts too, the newest first. What one is as an order is among the orders.")
            .lists::<Invoice>().streams(),
        get(below!("invoices/{invoiceId}"), invoices::get)
            .operation(Tag::Extensions, "get-invoice", "Get invoice")
            .says("Gives one invoice.")
            .answers::<Invoice>(200),
        get(below!("payouts"), payouts::list)
            .operation(Tag::Extensions, "list-payouts", "List payouts")
            .says("Lists payouts to the merchant's bank accounts and cards, the newest first.")
            .lists::<Payout>().streams(),
        get(below!("payouts/{payoutId}"), payouts::get)
            .operation(Tag::Extensions, "get-payout", "Get payout")
            .says("Gives one payout.")
            .answers::<Payout>(200),
        get(below!("reconciliations"), reconciliations::list)
            .operation(Tag::Reconciliation, "list-reconciliations", "List reconciliations")
            .says(
                "Lists a connection's reconciliations, the latest first: whether what is stored ties to Stripe's \
                 balance and payouts. This list can't be filtered or ordered.",
            )
            .pages::<Reconciliation>(),
        post(below!("reconciliations"), reconciliations::create)
            .operation(Tag::Reconciliation, "create-reconciliation", "Reconcile now")
            .says(
                "Asks for a reconciliation of a linked connection. One that hasn't ended yet is answered instead of \
                 another one being made.",
            )
            .answers::<Reconciliation>(202),
        get(below!("reconciliations/{reconciliationId}"), reconciliations::get)
            .operation(Tag::Reconciliation, "get-reconciliation", "Get reconciliation")
            .says("Gives one of a connection's reconciliations, with the sums per currency.")
            .answers::<Reconciliation>(200),
        get(below!("reconciliations/{reconciliationId}/differences"), reconciliations::differences)
            .operation(Tag::Reconciliation, "list-differences", "List differences")
            .says(
                "Lists what a reconciliation found, those differences included that are repaired by now. Of many the \
                 first thousand are listed. This list can't be filtered or ordered.",
            )
            .pages::<Difference>(),
        get(below!("deletedRecords/{dataType}"), deleted_records::list)
            .operation(Tag::Extensions, "list-deleted-records", "List deleted records")
            .says(
                "Lists the ids of records that are gone, those that went last first: of a commerce data type, or of \
                 `subscriptions`, `invoices` or `payouts`. Their `modifiedDate` is on the clock of the records' own, \
                 so that whoever reads what changed since a moment reads here what went since then.",
            )
            .lists::<DeletedRecord>().streams(),
        get(below!("recordSources/{dataType}/{recordId}"), record_sources::list)
            .operation(Tag::Extensions, "list-record-sources", "List a record's source objects")
            .says(
                "Names the objects of Stripe's that a commerce record is made from: first the one that it is a form \
                 of, then those that it shows something of.",
            )
            .answers::<SourceObjectRefs>(200),
        get(below!("sourceObjects/{resource}"), source_objects::list)
            .operation(Tag::Extensions, "list-source-objects", "List source objects")
            .says(
                "Lists the objects of one of Stripe's lists by their ids, deleted ones too, and when what is stored \
                 of each was true. This list can't be filtered or ordered.",
            )
            .pages::<SourceObjectRef>().streams(),
        get(below!("sourceObjects/{resource}/{objectId}"), source_objects::get)
            .operation(Tag::Extensions, "get-source-object", "Get source object")
            .says("Gives one object as Stripe sent it, but for secrets, which are never stored.")
            .answers::<SourceObject>(200),
    ]
}
