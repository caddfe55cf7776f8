use super::filled;
use tributary_contract::{Decimal, extensions};
use tributary_core::Millis;
use tributary_db::records::Stamped;
use tributary_db::records::invoices::Invoice;

/// An invoice.
pub(crate) fn invoice((invoice, modified_ms): Stamped<Invoice>) -> extensions::Invoice {
    let currency = invoice.currency;
    let amount = |minor| Decimal::from_minor(minor, currency);
    extensions::Invoice {
        id: invoice.id,
        number: filled(invoice.number),
        status: invoice.status,
        billing_reason: invoice.billing_reason,
        collection_method: invoice.collection_method,
        customer_id: invoice.customer_id,
        subscription_id: invoice.subscription_id,
        currency,
        subtotal_amount: amount(invoice.subtotal_minor),
        discount_amount: amount(invoice.discount_minor),
        tax_amount: amount(invoice.tax_minor),
        shipping_amount: amount(invoice.shipping_minor),
        total_amount: amount(invoice.total_minor),
        amount_due: amount(invoice.due_minor),
        amount_paid: amount(invoice.paid_minor),
        amount_remaining: amount(currency.minor(invoice.remaining_milli)),
        credited_before_payment: amount(invoice.credited_before_minor),
        credited_after_payment: amount(invoice.credited_after_minor),
        due_date: invoice.due_ms.map(Millis),
        finalized_date: invoice.finalized_ms.map(Millis),
        paid_date: invoice.paid_ms.map(Millis),
        voided_date: invoice.voided_ms.map(Millis),
        uncollectible_date: invoice.uncollectible_ms.map(Millis),
        created_date: Millis(invoice.created_ms),
        modified_date: Millis(modified_ms),
    }
}
