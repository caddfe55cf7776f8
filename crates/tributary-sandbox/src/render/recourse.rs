//! Refunds and disputes: what buyers get back.

use super::View;
use crate::cards;
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::holder;
use crate::world::rows::{DisputeRow, DisputeStatus, Method, Ref, RefundRow, RefundStatus};

pub(super) fn refund(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.refunds.get(place) else { return };
    let Some(charge) = view.world.charges.get(row.charge as usize) else { return };
    json.open();
    view.id(json, "id", Kind::Refunds, place);
    json.text("object", "refund");
    json.int("amount", row.amount);
    view.reference(json, "balance_transaction", Kind::BalanceTransactions, row.txn, expand);
    view.reference(json, "charge", Kind::Charges, Ref::to(row.charge as usize), expand);
    json.int("created", row.created);
    json.text("currency", charge.currency.code());
    view.reference(json, "customer", Kind::Customers, charge.customer, expand);
    json.null("customer_account");
    destination(json, row, charge.method, place);
    if !row.status.counts() {
        view.reference(
            json,
            "failure_balance_transaction",
            Kind::BalanceTransactions,
            row.failure_txn,
            expand,
        );
        json.text(
            "failure_reason",
            if row.status == RefundStatus::Failed { "lost_or_stolen_card" } else { "merchant_request" },
        );
    }
    json.raw("metadata", "{}");
    view.reference(json, "payment_intent", Kind::PaymentIntents, charge.intent, expand);
    json.null("payment_method");
    if row.status == RefundStatus::Pending {
        json.text("pending_reason", "processing");
    }
    json.text_or_null("reason", row.reason);
    json.null("receipt_number");
    json.null("source_transfer_reversal");
    json.text("status", row.status.as_str());
    json.null("transfer_reversal");
    json.close();
}

/// Where a card refund went. Bank debits and wallets say nothing about it.
fn destination(json: &mut Json, row: &RefundRow, method: Method, place: usize) {
    if method != Method::Card {
        return;
    }
    json.open_at("destination_details");
    json.open_at("card");
    if row.status == RefundStatus::Succeeded {
        json.plain("reference", format_args!("7{place:010}"));
        json.text("reference_status", "available");
    } else {
        json.text("reference_status", "pending");
    }
    json.text("reference_type", "acquirer_reference_number");
    let released = row.txn == Ref::NONE && row.status == RefundStatus::Succeeded;
    json.text("type", if released { "reversal" } else { "refund" });
    json.close();
    json.text("type", "card");
    json.close();
}

/// Why a dispute was raised, by its place.
fn reason(place: usize) -> (&'static str, &'static str) {
    const REASONS: [(&str, &str); 6] = [
        ("fraudulent", "10.4"),
        ("product_not_received", "13.1"),
        ("duplicate", "12.6"),
        ("subscription_canceled", "13.2"),
        ("product_unacceptable", "13.3"),
        ("general", "13.9"),
    ];
    REASONS[place % REASONS.len()]
}

pub(super) fn dispute(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.disputes.get(place) else { return };
    let Some(charge) = view.world.charges.get(row.charge as usize) else { return };
    let brand =
        cards::card(view.world.salt, holder(charge, row.charge as usize), view.world.profile.country).brand;
    let (reason, network_code) = reason(place);
    json.open();
    view.id(json, "id", Kind::Disputes, place);
    json.text("object", "dispute");
    json.int("amount", row.amount);
    json.open_list("balance_transactions");
    for txn in [row.withdrawal, row.reversal].iter().filter_map(|txn| txn.get()) {
        view.object(json, Kind::BalanceTransactions, txn, &Expand::default());
    }
    json.close_list();
    view.reference(json, "charge", Kind::Charges, Ref::to(row.charge as usize), expand);
    json.int("created", row.created);
    json.text("currency", charge.currency.code());
    json.raw("enhanced_eligibility_types", "[]");
    evidence(json, row, place);
    evidence_details(json, row, view.world.end);
    json.null("intended_submission_method");
    json.flag("is_charge_refundable", row.status.is_inquiry());
    json.flag("livemode", view.world.mode.is_live());
    json.raw("metadata", "{}");
    json.text("network_reason_code", network_code);
    view.reference(json, "payment_intent", Kind::PaymentIntents, charge.intent, expand);
    json.open_at("payment_method_details");
    json.open_at("card");
    json.text("brand", brand);
    json.text("case_type", if row.status.is_inquiry() { "inquiry" } else { "chargeback" });
    json.text("network", brand);
    json.text("network_reason_code", network_code);
    json.close();
    json.text("type", "card");
    json.close();
    json.text("reason", reason);
    json.text("status", row.status.as_str());
    json.close();
}

/// Personal data that must never be stored: every text holds `canary`.
fn evidence(json: &mut Json, row: &DisputeRow, place: usize) {
    json.open_at("evidence");
    json.nulls(&[
        "access_activity_log",
        "billing_address",
        "cancellation_policy",
        "cancellation_policy_disclosure",
    ]);
    json.nulls(&["cancellation_rebuttal", "customer_communication"]);
    json.plain("customer_email_address", format_args!("canary-evidence-{place}@example.com"));
    json.plain("customer_name", format_args!("canary evidence of dispute {place}"));
    json.text("customer_purchase_ip", "192.0.2.7");
    json.nulls(&["customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation"]);
    json.null("duplicate_charge_id");
    json.raw("enhanced_evidence", "{}");
    json.nulls(&["product_description", "receipt", "refund_policy", "refund_policy_disclosure"]);
    json.nulls(&["refund_refusal_explanation", "service_date", "service_documentation", "shipping_address"]);
    json.nulls(&["shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number"]);
    json.null("uncategorized_file");
    if has_evidence(row) {
        json.text("uncategorized_text", "canary evidence: the buyer signed \"for receipt\" {at the door}");
    } else {
        json.null("uncategorized_text");
    }
    json.close();
}

fn has_evidence(row: &DisputeRow) -> bool {
    !matches!(
        row.status,
        DisputeStatus::NeedsResponse | DisputeStatus::WarningNeedsResponse | DisputeStatus::Prevented
    )
}

fn evidence_details(json: &mut Json, row: &DisputeRow, end: u32) {
    let due_by = row.created + 14 * 86_400;
    json.open_at("evidence_details");
    json.int("due_by", due_by);
    json.raw("enhanced_eligibility", "{}");
    json.flag("has_evidence", has_evidence(row));
    json.flag("past_due", !has_evidence(row) && due_by < end);
    json.int("submission_count", i64::from(has_evidence(row)));
    json.text("submission_method", if has_evidence(row) { "manual" } else { "not_submitted" });
    json.close();
}
