//! Refunds that moved money, as negative payments (rule M1).

use super::Mapped;
use super::fields::{created_ms, currency, id, milli, out_of_range, owned, required};
use super::flaw::Flaw;
use tributary_core::Resource;
use tributary_core::commerce::{PaymentStatus, PaymentType};
use tributary_db::records::payments::Payment;
use tributary_stripe::objects::Refund;

/// A refund without a balance transaction moved nothing: it released an authorization, or hasn't left yet.
/// One that failed or was canceled afterwards keeps its amount; its status tells that the money is back.
pub(super) fn row(refund: Refund<'_>) -> Result<Mapped, Flaw> {
    let Some(balance_transaction_id) = id(refund.balance_transaction) else { return Ok(Mapped::Nothing) };
    let currency = currency(refund.currency.as_deref())?;
    let amount_minor = required(refund.amount, "amount")?.checked_neg().ok_or(out_of_range("amount"))?;
    Ok(Mapped::Payment(Payment {
        id: owned(refund.id),
        resource: Resource::Refunds.as_str().to_owned(),
        amount_minor,
        amount_milli: milli(currency, amount_minor, "amount")?,
        currency,
        status: status(refund.status.as_deref()),
        provider: None,
        charge_id: id(refund.charge),
        payment_intent_id: id(refund.payment_intent),
        balance_transaction_id: Some(balance_transaction_id),
        customer_id: id(refund.customer),
        payment_method_id: id(refund.payment_method),
        payment_method_name: None,
        created_ms: created_ms(refund.created)?,
        kind: PaymentType::Unknown,
        location_id: None,
    }))
}

fn status(word: Option<&str>) -> PaymentStatus {
    match word {
        Some("succeeded") => PaymentStatus::Paid,
        Some("pending" | "requires_action") => PaymentStatus::Pending,
        Some("failed") => PaymentStatus::Failed,
        Some("canceled") => PaymentStatus::Cancelled,
        _ => PaymentStatus::Unknown,
    }
}
