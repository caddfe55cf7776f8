//! Customers.

use super::Mapped;
use super::contract_json::{Address, list};
use super::fields::{created_ms, currency_code, owned, text};
use super::flaw::Flaw;
use tributary_core::commerce::AddressType;
use tributary_db::records::customers;
use tributary_stripe::objects::Customer;

/// The billing address, then the one that goods are sent to.
pub(super) fn row(customer: Customer<'_>) -> Result<Mapped, Flaw> {
    if customer.deleted == Some(true) {
        return Ok(Mapped::Nothing);
    }
    let billing = Address::new(AddressType::Billing, customer.address);
    let shipping = customer.shipping.and_then(|shipping| shipping.address);
    let addresses: Vec<_> =
        billing.into_iter().chain(Address::new(AddressType::Delivery, shipping)).collect();
    let name = [customer.name, customer.business_name, customer.individual_name].into_iter().find_map(text);
    Ok(Mapped::Customer(customers::Customer {
        id: owned(customer.id),
        name,
        email: text(customer.email),
        phone: text(customer.phone),
        currency: currency_code(customer.currency.as_deref()),
        note: text(customer.description),
        addresses: list(&addresses),
        created_ms: created_ms(customer.created)?,
    }))
}
