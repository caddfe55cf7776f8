use super::{currency, filled, list};
use tributary_contract::commerce;
use tributary_core::Millis;
use tributary_db::DbError;
use tributary_db::records::Stamped;
use tributary_db::records::customers::Customer;

/// A customer.
pub(crate) fn customer((customer, modified_ms): Stamped<Customer>) -> Result<commerce::Customer, DbError> {
    Ok(commerce::Customer {
        addresses: list(&customer.addresses)?,
        id: customer.id,
        customer_name: filled(customer.name),
        email_address: filled(customer.email),
        phone: filled(customer.phone),
        default_currency: customer.currency.as_deref().map(currency),
        note: filled(customer.note),
        created_date: Millis(customer.created_ms),
        modified_date: Millis(modified_ms),
    })
}
