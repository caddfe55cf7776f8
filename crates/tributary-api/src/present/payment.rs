use super::{filled, named};
use tributary_contract::Decimal;
use tributary_contract::commerce;
use tributary_core::Millis;
use tributary_db::records::Stamped;
use tributary_db::records::payments::Payment;

/// A payment or refund.
pub(crate) fn payment((payment, modified_ms): Stamped<Payment>) -> commerce::Payment {
    commerce::Payment {
        id: payment.id,
        amount: Decimal::from_minor(payment.amount_minor, payment.currency),
        currency: payment.currency,
        kind: payment.kind,
        payment_method_ref: payment.payment_method_id.map(|id| named(id, payment.payment_method_name)),
        status: payment.status,
        payment_provider: filled(payment.provider),
        created_date: Millis(payment.created_ms),
        modified_date: Millis(modified_ms),
        supplemental_data: None,
    }
}
