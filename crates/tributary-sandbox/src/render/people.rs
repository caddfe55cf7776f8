//! Customers.

use super::{NO_ADDRESS, View, address};
use crate::dice::{salted, text};
use crate::json::Json;
use crate::kind::Kind;
use crate::world::World;

/// The e-mail address of a customer as it was made; every 40th shares the previous one's, as families do.
pub(crate) fn email(place: usize) -> String {
    let number = if place % 40 == 39 { place - 1 } else { place };
    format!("customer-{number}@example.com")
}

/// The name of a customer as it was made.
pub(super) fn name(place: usize) -> String {
    format!("Customer {place}")
}

/// The e-mail address of the guest who made a charge.
pub(super) fn guest_email(charge: usize) -> String {
    format!("guest-{charge}@example.com")
}

/// The name of the guest who made a charge.
pub(super) fn guest_name(charge: usize) -> String {
    format!("Guest {charge}")
}

/// What a customer's number is made of.
fn number(salt: u64, place: usize) -> u64 {
    salted(&[salt, 0xC0, place as u64])
}

/// What the numbers of a customer's invoices start with.
pub(super) fn invoice_prefix(salt: u64, place: usize) -> String {
    text(number(salt, place), 8).to_uppercase()
}

pub(super) fn customer(view: &View<'_>, json: &mut Json, place: usize) {
    let World { salt, profile, .. } = view.world;
    let number = number(*salt, place);
    json.open();
    view.id(json, "id", Kind::Customers, place);
    json.text("object", "customer");
    if number.is_multiple_of(3) {
        address(json, "address", profile.country, number);
    } else {
        json.null("address");
    }
    json.int("balance", if number.is_multiple_of(50) { -500 } else { 0 });
    json.int("created", view.world.created(Kind::Customers, place));
    json.text("currency", profile.home().code());
    json.nulls(&["customer_account", "default_source"]);
    json.flag("delinquent", number.is_multiple_of(30));
    if number.is_multiple_of(5) {
        json.plain("description", format_args!("Simulated buyer {place}"));
    } else {
        json.null("description");
    }
    json.null("discount");
    json.text("email", &email(place));
    json.text("invoice_prefix", &invoice_prefix(*salt, place));
    json.raw(
        "invoice_settings",
        r#"{"custom_fields":null,"default_payment_method":null,"footer":null,"rendering_options":null}"#,
    );
    json.flag("livemode", view.world.mode.is_live());
    json.open_at("metadata");
    if number.is_multiple_of(4) {
        json.plain("crm_id", format_args!("crm-{place}"));
    }
    json.close();
    json.text("name", &name(place));
    json.int("next_invoice_sequence", 1);
    if number.is_multiple_of(3) {
        json.plain("phone", format_args!("+1555{:07}", number % 10_000_000));
    } else {
        json.null("phone");
    }
    json.raw("preferred_locales", if number.is_multiple_of(7) { r#"["en-GB"]"# } else { "[]" });
    shipping(json, number, place, profile.country);
    json.text("tax_exempt", if number.is_multiple_of(60) { "exempt" } else { "none" });
    json.null("test_clock");
    json.close();
}

fn shipping(json: &mut Json, number: u64, place: usize, country: &str) {
    if !number.is_multiple_of(6) {
        return json.null("shipping");
    }
    json.open_at("shipping");
    address(json, "address", country, number);
    json.text("name", &name(place));
    json.null("phone");
    json.close();
}

/// The billing details of a charge: the customer's, or a guest's.
pub(super) fn billing_details(json: &mut Json, customer: Option<usize>, charge: usize, country: &str) {
    json.open_at("billing_details");
    match customer {
        Some(customer) => {
            address(json, "address", country, customer as u64);
            json.text("email", &email(customer));
            json.text("name", &name(customer));
        }
        None => {
            json.raw("address", NO_ADDRESS);
            json.text("email", &guest_email(charge));
            json.text("name", &guest_name(charge));
        }
    }
    json.nulls(&["phone", "tax_id"]);
    json.close();
}
