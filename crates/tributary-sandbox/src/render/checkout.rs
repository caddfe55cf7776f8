//! Checkout sessions and their line items.

use super::invoice::{line_description, line_totals};
use super::tariff::{is_inclusive, tax_rate, without_tax};
use super::{NO_ADDRESS, View, address, people};
use crate::dice::{salted, text};
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::bills::{LineRow, SessionMode, SessionRow, SessionStatus};
use crate::world::rows::Ref;

/// The e-mail address that the buyer gave; none before they gave one.
pub(crate) fn session_email(row: &SessionRow) -> Option<String> {
    match (row.status, row.customer.get(), row.charge.get()) {
        (SessionStatus::Complete, Some(customer), _) => Some(people::email(customer)),
        (SessionStatus::Complete, None, Some(charge)) => Some(people::guest_email(charge)),
        _ => None,
    }
}

pub(super) fn session(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.billing.sessions.get(place) else { return };
    let setup = row.mode == SessionMode::Setup;
    json.open();
    view.id(json, "id", Kind::CheckoutSessions, place);
    json.text("object", "checkout.session");
    json.raw("adaptive_pricing", r#"{"enabled":false}"#);
    json.null("after_expiration");
    json.raw("allow_promotion_codes", "null");
    json.null("allowed_payment_method_types");
    if setup {
        json.nulls(&["amount_subtotal", "amount_total"]);
    } else {
        json.int("amount_subtotal", row.totals.subtotal);
        json.int("amount_total", row.totals.total);
    }
    json.raw("automatic_tax", r#"{"enabled":false,"liability":null,"provider":null,"status":null}"#);
    json.null("billing_address_collection");
    json.text("cancel_url", "https://shop.example.com/basket");
    if place.is_multiple_of(3) {
        json.plain("client_reference_id", format_args!("basket-{place}"));
    } else {
        json.null("client_reference_id");
    }
    json.nulls(&["client_secret", "collected_information", "consent", "consent_collection"]);
    json.int("created", row.created);
    json.text_or_null("currency", (!setup).then_some(row.currency.code()));
    json.null("currency_conversion");
    json.raw("custom_fields", "[]");
    json.raw(
        "custom_text",
        r#"{"after_submit":null,"shipping_address":null,"submit":null,"terms_of_service_acceptance":null}"#,
    );
    view.reference(json, "customer", Kind::Customers, row.customer, expand);
    json.null("customer_account");
    json.text_or_null("customer_creation", (row.mode == SessionMode::Payment).then_some("if_required"));
    customer_details(view, json, row);
    json.null("customer_email");
    json.open_list("discounts");
    if let Some(coupon) = row.coupon {
        json.open();
        let nothing = Expand::default();
        let inner = expand.get("discounts").unwrap_or(&nothing);
        view.reference(json, "coupon", Kind::Coupons, Ref::to(usize::from(coupon)), inner);
        json.null("promotion_code");
        json.close();
    }
    json.close_list();
    json.int("expires_at", row.expires_at);
    json.null("integration_identifier");
    view.reference(json, "invoice", Kind::Invoices, row.invoice, expand);
    let invoicing = row.mode == SessionMode::Payment;
    json.raw("invoice_creation", if invoicing { invoice_creation(row.invoice) } else { "null" });
    if expand.get("line_items").is_some() {
        line_items(view, json, row, place, expand);
    }
    json.flag("livemode", view.world.mode.is_live());
    json.nulls(&["locale", "managed_payments"]);
    json.raw("metadata", "{}");
    json.text("mode", row.mode.as_str());
    json.null("origin_context");
    view.reference(json, "payment_intent", Kind::PaymentIntents, row.intent, expand);
    json.null("payment_link");
    json.text("payment_method_collection", if setup { "always" } else { "if_required" });
    json.null("payment_method_configuration_details");
    json.raw("payment_method_options", r#"{"card":{"request_three_d_secure":"automatic"}}"#);
    json.raw("payment_method_types", r#"["card","link"]"#);
    json.text("payment_status", payment_status(row));
    json.null("permissions");
    json.raw("phone_number_collection", r#"{"enabled":false}"#);
    json.null("recovered_from");
    json.nulls(&["saved_payment_method_options"]);
    view.reference(json, "setup_intent", Kind::SetupIntents, row.setup, expand);
    json.nulls(&["shipping_address_collection", "shipping_cost"]);
    json.raw("shipping_options", "[]");
    json.text("status", row.status.as_str());
    json.null("submit_type");
    view.reference(json, "subscription", Kind::Subscriptions, row.subscription, expand);
    json.text("success_url", "https://shop.example.com/thanks");
    total_details(json, row);
    json.text("ui_mode", "hosted_page");
    if row.status == SessionStatus::Open {
        let code = text(salted(&[view.world.salt, 0xC7, place as u64]), 24);
        json.plain("url", format_args!("https://checkout.example.com/c/{code}"));
    } else {
        json.null("url");
    }
    json.null("wallet_options");
    json.close();
}

fn invoice_creation(invoice: Ref) -> &'static str {
    if invoice == Ref::NONE {
        r#"{"enabled":false,"invoice_data":{"account_tax_ids":null,"custom_fields":null,"description":null,"footer":null,"issuer":null,"metadata":{},"rendering_options":null}}"#
    } else {
        r#"{"enabled":true,"invoice_data":{"account_tax_ids":null,"custom_fields":null,"description":null,"footer":null,"issuer":null,"metadata":{},"rendering_options":null}}"#
    }
}

fn payment_status(row: &SessionRow) -> &'static str {
    match (row.mode, row.paid) {
        (SessionMode::Setup, _) => "no_payment_required",
        (_, true) if row.totals.total == 0 => "no_payment_required",
        (_, true) => "paid",
        (_, false) => "unpaid",
    }
}

fn customer_details(view: &View<'_>, json: &mut Json, row: &SessionRow) {
    let Some(email) = session_email(row) else { return json.null("customer_details") };
    json.open_at("customer_details");
    match row.customer.get() {
        Some(place) => address(json, "address", view.world.profile.country, place as u64),
        None => json.raw("address", NO_ADDRESS),
    }
    json.null("business_name");
    json.text("email", &email);
    json.null("individual_name");
    let guest = row.charge.get().map(people::guest_name);
    let name = row.customer.get().map(people::name).or(guest);
    json.text_or_null("name", name.as_deref());
    json.null("phone");
    json.text("tax_exempt", "none");
    json.raw("tax_ids", "[]");
    json.close();
}

fn total_details(json: &mut Json, row: &SessionRow) {
    if row.mode == SessionMode::Setup {
        return json.null("total_details");
    }
    json.open_at("total_details");
    json.int("amount_discount", row.totals.discount);
    json.int("amount_shipping", 0);
    json.int("amount_tax", row.totals.tax);
    json.close();
}

fn line_items(view: &View<'_>, json: &mut Json, row: &SessionRow, place: usize, expand: &Expand) {
    view.nested(json, "line_items", Kind::SessionItems, row.lines.places(), expand, |out| {
        out.push_str("/v1/checkout/sessions/");
        view.world.push_id(out, Kind::CheckoutSessions, place);
        out.push_str("/line_items");
    });
}

pub(super) fn item(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(line) = view.world.billing.session_lines.get(place) else { return };
    let Some(session) = view.world.billing.sessions.get(line.owner as usize) else { return };
    let added = if is_inclusive(view, session.tax_rate) { 0 } else { line.tax };
    json.open();
    view.id(json, "id", Kind::SessionItems, place);
    json.text("object", "item");
    json.null("adjustable_quantity");
    json.int("amount_discount", line.discount);
    json.int("amount_subtotal", line.amount);
    json.int("amount_tax", line.tax);
    json.int("amount_total", line.amount - line.discount + added);
    json.text("currency", session.currency.code());
    json.text("description", &line_description(view, line));
    json.raw("metadata", "{}");
    match line.price.get() {
        Some(price) => {
            let nothing = Expand::default();
            json.key("price");
            view.object(json, Kind::Prices, price, expand.get("price").unwrap_or(&nothing));
        }
        None => json.null("price"),
    }
    json.int("quantity", line.quantity);
    if expand.get("taxes").is_some() {
        item_taxes(view, json, session, line);
    }
    json.close();
}

/// The tax of a line item: only where it is expanded.
fn item_taxes(view: &View<'_>, json: &mut Json, session: &SessionRow, line: &LineRow) {
    json.open_list("taxes");
    if let Some(rate) = session.tax_rate {
        json.open();
        json.int("amount", line.tax);
        json.key("rate");
        tax_rate(view, json, usize::from(rate));
        json.text("taxability_reason", "standard_rated");
        json.int("taxable_amount", without_tax(view, session.tax_rate, line_totals(line)));
        json.close();
    }
    json.close_list();
}
