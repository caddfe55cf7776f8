//! Charges as payments (rule M1).

use super::fields::{created_ms, currency, id, milli, owned, required};
use super::flaw::Flaw;
use super::method;
use tributary_core::Resource;
use tributary_core::commerce::{PaymentStatus, PaymentType};
use tributary_db::records::payments::Payment;
use tributary_stripe::objects::Charge;

pub(super) fn row(charge: Charge<'_>) -> Result<Payment, Flaw> {
    let currency = currency(charge.currency.as_deref())?;
    let amount_minor = amount_minor(&charge)?;
    let details = charge.payment_method_details.as_ref();
    Ok(Payment {
        resource: Resource::Charges.as_str().to_owned(),
        amount_minor,
        amount_milli: milli(currency, amount_minor, "amount")?,
        currency,
        status: status(&charge),
        provider: details.and_then(method::provider),
        charge_id: None,
        payment_method_name: details.and_then(method::name),
        id: owned(charge.id),
        payment_intent_id: id(charge.payment_intent),
        balance_transaction_id: id(charge.balance_transaction),
        customer_id: id(charge.customer),
        payment_method_id: id(charge.payment_method),
        created_ms: created_ms(charge.created)?,
        kind: details.map_or(PaymentType::Unknown, method::kind),
        location_id: details.and_then(method::location_id),
    })
}

/// What was captured, once it was; until then, and for what never will be, what was asked for.
fn amount_minor(charge: &Charge<'_>) -> Result<i64, Flaw> {
    let captured = charge.amount_captured.filter(|captured| charge.captured == Some(true) && *captured != 0);
    required(captured.or(charge.amount), "amount")
}

/// A bank debit counts as captured from its first day, so that `pending` and `failed` go before `captured`.
/// An authorization that was let go, by the merchant or by time, is one of which all was "refunded".
fn status(charge: &Charge<'_>) -> PaymentStatus {
    match charge.status.as_deref() {
        Some("failed") => PaymentStatus::Failed,
        Some("pending") => PaymentStatus::Pending,
        Some("succeeded") => match charge.captured {
            Some(true) => PaymentStatus::Paid,
            Some(false) if is_released(charge) => PaymentStatus::Cancelled,
            Some(false) => PaymentStatus::Authorized,
            None => PaymentStatus::Unknown,
        },
        _ => PaymentStatus::Unknown,
    }
}

fn is_released(charge: &Charge<'_>) -> bool {
    let all_given_back = || charge.amount.is_some_and(|all| all > 0 && charge.amount_refunded >= Some(all));
    charge.refunded == Some(true) || all_given_back()
}
