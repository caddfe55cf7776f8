//! Balance transactions and payouts.

use super::{View, charge};
use crate::cash::rate_text;
use crate::dice::{push_base62, salted};
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::World;
use crate::world::rows::{Method, PayoutStatus, Ref, TxnKind, TxnRow};

/// The charge behind a charge's or refund's transaction.
fn charge_place(world: &World, row: &TxnRow) -> Option<usize> {
    let source = row.source as usize;
    match row.kind {
        TxnKind::Charge | TxnKind::PartialCaptureReversal | TxnKind::Bounce => Some(source),
        TxnKind::Refund | TxnKind::RefundFailure => {
            world.refunds.get(source).map(|refund| refund.charge as usize)
        }
        TxnKind::Withdrawal | TxnKind::Reinstatement => {
            world.disputes.get(source).map(|row| row.charge as usize)
        }
        _ => None,
    }
}

/// `type` and `reporting_category`.
pub(crate) fn txn_type(world: &World, row: &TxnRow) -> (&'static str, &'static str) {
    let charge = charge_place(world, row).and_then(|place| world.charges.get(place));
    let card = charge.is_none_or(|charge| charge.method == Method::Card);
    match row.kind {
        TxnKind::Charge => (if card { "charge" } else { "payment" }, "charge"),
        TxnKind::PartialCaptureReversal => ("refund", "partial_capture_reversal"),
        TxnKind::Bounce => ("payment_failure_refund", "charge_failure"),
        TxnKind::Refund => (if card { "refund" } else { "payment_refund" }, "refund"),
        TxnKind::RefundFailure => ("refund_failure", "refund_failure"),
        TxnKind::Withdrawal => ("adjustment", "dispute"),
        TxnKind::Reinstatement => ("adjustment", "dispute_reversal"),
        TxnKind::Payout => ("payout", "payout"),
        TxnKind::PayoutFailure => ("payout_failure", "payout_reversal"),
        TxnKind::PayoutCancel => ("payout_cancel", "payout_reversal"),
        TxnKind::ProductFee => ("stripe_fee", "fee"),
        TxnKind::Transfer => ("transfer", "transfer"),
        TxnKind::TransferReversal => ("transfer_refund", "transfer_reversal"),
    }
}

pub(super) fn txn(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let world = view.world;
    let Some(row) = world.txns.get(place) else { return };
    let (kind, category) = txn_type(world, row);
    json.open();
    view.id(json, "id", Kind::BalanceTransactions, place);
    json.text("object", "balance_transaction");
    json.int("amount", row.amount);
    json.int("available_on", row.available_on);
    json.text("balance_type", "payments");
    json.int("created", row.created);
    json.text("currency", row.currency.code());
    json.text_or_null("description", description(world, row).as_deref());
    if row.rate == 0 {
        json.null("exchange_rate");
    } else {
        json.raw("exchange_rate", &rate_text(row.rate));
    }
    json.int("fee", row.fee);
    fee_details(view, json, row);
    json.int("net", row.net());
    json.text("reporting_category", category);
    match source(row) {
        Some((kind, place)) => view.reference(json, "source", kind, Ref::to(place), expand),
        None => json.null("source"),
    }
    json.text("status", if world.is_available(row) { "available" } else { "pending" });
    json.text("type", kind);
    json.close();
}

/// The object that `source` names.
fn source(row: &TxnRow) -> Option<(Kind, usize)> {
    let kind = match row.kind {
        TxnKind::Charge | TxnKind::PartialCaptureReversal | TxnKind::Bounce => Kind::Charges,
        TxnKind::Refund | TxnKind::RefundFailure => Kind::Refunds,
        TxnKind::Withdrawal | TxnKind::Reinstatement => Kind::Disputes,
        TxnKind::Payout | TxnKind::PayoutFailure | TxnKind::PayoutCancel => Kind::Payouts,
        TxnKind::Transfer => Kind::Transfers,
        TxnKind::TransferReversal => Kind::TransferReversals,
        TxnKind::ProductFee => return None,
    };
    Some((kind, row.source as usize))
}

fn description(world: &World, row: &TxnRow) -> Option<String> {
    let of_charge = || {
        let place = charge_place(world, row)?;
        charge::description(world.charges.get(place)?, place)
    };
    match row.kind {
        TxnKind::Charge | TxnKind::PartialCaptureReversal | TxnKind::Bounce => of_charge(),
        TxnKind::Refund => {
            Some(format!("REFUND FOR CHARGE ({})", of_charge().unwrap_or_else(|| "payment".to_owned())))
        }
        TxnKind::RefundFailure => Some("REFUND FAILURE".to_owned()),
        TxnKind::Withdrawal => Some("Chargeback withdrawal".to_owned()),
        TxnKind::Reinstatement => Some("Chargeback reversal".to_owned()),
        TxnKind::Payout | TxnKind::PayoutFailure | TxnKind::PayoutCancel => Some("STRIPE PAYOUT".to_owned()),
        TxnKind::Transfer | TxnKind::TransferReversal => None,
        TxnKind::ProductFee => {
            let date = tributary_core::Millis::from_secs(i64::from(row.created)).to_iso();
            Some(format!("Billing - Usage Fee ({})", date.get(..10).unwrap_or("")))
        }
    }
}

fn fee_row(json: &mut Json, row: &TxnRow, amount: i64, application: Option<&str>, what: (&str, &str)) {
    json.open();
    json.int("amount", amount);
    json.text_or_null("application", application);
    json.text("currency", row.currency.code());
    json.text("description", what.1);
    json.text("type", what.0);
    json.close();
}

/// The parts of the fee; they always add up to it.
fn fee_details(view: &View<'_>, json: &mut Json, row: &TxnRow) {
    let (app_fee, tax) = (i64::from(row.app_fee), i64::from(row.tax));
    let own = row.fee - app_fee - tax;
    let described = match row.kind {
        TxnKind::Withdrawal => "Dispute fee",
        TxnKind::Reinstatement => "Dispute fee returned",
        _ => "Stripe processing fees",
    };
    json.open_list("fee_details");
    if row.split_fee {
        fee_row(json, row, own / 2, None, ("stripe_fee", described));
        fee_row(json, row, own - own / 2, None, ("stripe_fee", described));
    } else if own != 0 {
        fee_row(json, row, own, None, ("stripe_fee", described));
    }
    if app_fee != 0 {
        fee_row(json, row, app_fee, Some(view.client_id), ("application_fee", "Sandbox application fee"));
    }
    if tax != 0 {
        fee_row(json, row, tax, None, ("tax", "VAT"));
    }
    json.close_list();
}

/// The bank account that a currency is paid out to.
pub(crate) fn destination(world: &World, currency: &str) -> String {
    let mut id = "ba_1".to_owned();
    push_base62(
        &mut id,
        salted(&[world.salt, 0xBA, u64::from(currency.bytes().map(u32::from).sum::<u32>())]),
        11,
    );
    push_base62(&mut id, salted(&[world.salt, 0xBB]), 12);
    id
}

pub(super) fn payout(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.payouts.get(place) else { return };
    json.open();
    view.id(json, "id", Kind::Payouts, place);
    json.text("object", "payout");
    json.int("amount", row.amount);
    json.nulls(&["application_fee", "application_fee_amount"]);
    json.int("arrival_date", row.arrival);
    json.flag("automatic", row.automatic);
    view.reference(json, "balance_transaction", Kind::BalanceTransactions, row.txn, expand);
    json.int("created", row.created);
    json.text("currency", row.currency.code());
    json.text("description", "STRIPE PAYOUT");
    json.text("destination", &destination(view.world, row.currency.code()));
    view.reference(json, "failure_balance_transaction", Kind::BalanceTransactions, row.failure_txn, expand);
    if row.status == PayoutStatus::Failed {
        json.text("failure_code", "account_closed");
        json.text("failure_message", "The bank account has been closed.");
    } else {
        json.nulls(&["failure_code", "failure_message"]);
    }
    json.flag("livemode", view.world.mode.is_live());
    json.raw("metadata", "{}");
    json.text("method", "standard");
    json.nulls(&["original_payout", "payout_method"]);
    json.text(
        "reconciliation_status",
        match (row.automatic, row.reconciled) {
            (false, _) => "not_applicable",
            (true, true) => "completed",
            (true, false) => "in_progress",
        },
    );
    json.null("reversed_by");
    json.text("source_type", "card");
    json.null("statement_descriptor");
    json.text("status", row.status.as_str());
    json.raw("trace_id", r#"{"status":"unsupported","value":null}"#);
    json.text("type", "bank_account");
    json.close();
}
