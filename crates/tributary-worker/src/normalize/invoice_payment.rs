//! What pays which invoice.

use super::fields::{created_ms, currency, id, ms, owned, required, word};
use super::flaw::Flaw;
use tributary_db::records::invoice_payments;
use tributary_stripe::objects::InvoicePayment;

pub(super) fn row(payment: InvoicePayment<'_>) -> Result<invoice_payments::InvoicePayment, Flaw> {
    let with = payment.payment.unwrap_or_default();
    let at = payment.status_transitions.unwrap_or_default();
    Ok(invoice_payments::InvoicePayment {
        id: owned(payment.id),
        invoice_id: required(id(payment.invoice), "invoice")?,
        payment_intent_id: id(with.payment_intent),
        charge_id: id(with.charge),
        status: word(payment.status),
        currency: currency(payment.currency.as_deref())?,
        requested_minor: required(payment.amount_requested, "amount_requested")?,
        paid_minor: payment.amount_paid,
        paid_ms: ms(at.paid_at),
        canceled_ms: ms(at.canceled_at),
        created_ms: created_ms(payment.created)?,
    })
}
