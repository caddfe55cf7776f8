use super::filled;
use tributary_contract::commerce;
use tributary_core::Millis;
use tributary_core::commerce::PaymentMethodStatus;
use tributary_db::records::Stamped;
use tributary_db::records::payment_methods::PaymentMethod;

/// A payment method.
pub(crate) fn payment_method((method, modified_ms): Stamped<PaymentMethod>) -> commerce::PaymentMethod {
    commerce::PaymentMethod {
        id: method.id,
        name: filled(method.name),
        status: PaymentMethodStatus::Active,
        modified_date: Millis(modified_ms),
    }
}
