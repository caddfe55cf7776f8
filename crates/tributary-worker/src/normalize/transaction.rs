//! Balance transactions, and their fees as transactions of their own (rules M2, M3).

use super::fees::split;
use super::fields::{created_ms, currency, milli, ms, out_of_range, owned, required};
use super::flaw::Flaw;
use std::borrow::Cow;
use tributary_core::commerce::{SourceType, TransactionType};
use tributary_db::records::transactions::Transaction;
use tributary_stripe::objects::BalanceTransaction;

/// Stripe's category of what takes back the part of a charge that wasn't captured (rule M3).
const PARTIAL_CAPTURE_REVERSAL: &str = "partial_capture_reversal";

/// The gross amount, then one row per fee. They sum to `net`, which is what moved the balance: the fee is
/// taken to be `amount - net`, whatever `fee` says.
pub(super) fn rows(txn: &BalanceTransaction<'_>) -> Result<Vec<Transaction>, Flaw> {
    let currency = currency(txn.currency.as_deref())?;
    let amount_minor = required(txn.amount, "amount")?;
    let fee_minor = amount_minor.checked_sub(required(txn.net, "net")?).ok_or(out_of_range("net"))?;
    let created_ms = created_ms(txn.created)?;
    let word = nonempty(&txn.kind).unwrap_or("unknown");
    let is_reversal = txn.reporting_category.as_deref() == Some(PARTIAL_CAPTURE_REVERSAL);
    let source_id = txn.source.as_ref().map(|source| source.as_str()).filter(|id| !id.is_empty());
    let source_type = source_id.map(|id| source_type(word, id).as_str().to_owned());
    let id = owned(txn.id.clone());

    let gross = Transaction {
        balance_transaction_id: id.clone(),
        id,
        amount_minor,
        amount_milli: milli(currency, amount_minor, "amount")?,
        currency,
        kind: if is_reversal { TransactionType::Refund } else { kind(word, amount_minor) },
        sub_type: copy(if is_reversal { PARTIAL_CAPTURE_REVERSAL } else { word }),
        source_id: source_id.map(copy),
        source_type,
        balance_type: copy(nonempty(&txn.balance_type).unwrap_or("payments")),
        available_ms: ms(txn.available_on).unwrap_or(created_ms),
        created_ms,
    };
    let fees = split(txn.fee_details.as_deref().unwrap_or_default(), fee_minor, currency)?;
    let mut rows = Vec::with_capacity(1 + fees.len());
    for fee in fees {
        let amount_minor = fee.amount_minor.checked_neg().ok_or(out_of_range("fee_details"))?;
        rows.push(Transaction {
            id: format!("{}:{}", gross.id, fee.name),
            amount_minor,
            amount_milli: milli(currency, amount_minor, "fee_details")?,
            kind: fee_kind(amount_minor),
            sub_type: fee.kind,
            ..gross.clone()
        });
    }
    rows.insert(0, gross);
    Ok(rows)
}

fn nonempty<'t>(field: &'t Option<Cow<'_, str>>) -> Option<&'t str> {
    field.as_deref().filter(|text| !text.is_empty())
}

fn copy(text: &str) -> String {
    owned(Cow::Borrowed(text))
}

/// What isn't listed is Unknown, and the sub-type keeps Stripe's word.
fn kind(word: &str, amount_minor: i64) -> TransactionType {
    match word {
        "charge" | "payment" => TransactionType::Payment,
        "refund" | "payment_refund" => TransactionType::Refund,
        "payout" => TransactionType::Payout,
        "payout_failure" | "payout_cancel" => TransactionType::FailedPayout,
        "transfer" | "transfer_cancel" | "transfer_failure" | "transfer_refund" => TransactionType::Transfer,
        // Stripe gives its own fees back under the same types.
        "stripe_fee" | "stripe_fx_fee" | "tax_fee" => fee_kind(amount_minor),
        "application_fee" => TransactionType::PaymentFee,
        "application_fee_refund" => TransactionType::PaymentFeeRefund,
        _ => TransactionType::Unknown,
    }
}

fn fee_kind(amount_minor: i64) -> TransactionType {
    if amount_minor > 0 { TransactionType::PaymentFeeRefund } else { TransactionType::PaymentFee }
}

/// By what the transaction is, or else by the prefix of the source's id: payments and refunds are Payments,
/// a platform's fees are Fees. Disputes, payouts and the rest are no records that the contract can point to.
fn source_type(word: &str, source_id: &str) -> SourceType {
    match word {
        "charge" | "payment" | "refund" | "payment_refund" => return SourceType::Payment,
        "application_fee" | "application_fee_refund" => return SourceType::Fee,
        _ => {}
    }
    match source_id.split_once('_').map(|(prefix, _)| prefix) {
        Some("ch" | "py" | "re" | "pyr") => SourceType::Payment,
        Some("fee" | "fr") => SourceType::Fee,
        _ => SourceType::Unknown,
    }
}
