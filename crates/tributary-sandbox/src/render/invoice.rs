//! Invoices, their lines and payments.

use super::tariff::{Discount, discount_amounts, discounts, taxes, unit_decimal, without_tax};
use super::{View, address, people};
use crate::dice::{salted, text};
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::bills::{InvoicePaymentStatus, InvoiceRow, InvoiceStatus, LineRow, Reason, Totals};
use crate::world::rows::Ref;

/// The number on an invoice: the customer's prefix and a count; none on a draft.
pub(super) fn number(view: &View<'_>, row: &InvoiceRow) -> Option<String> {
    let customer = row.customer.get().filter(|_| row.number > 0)?;
    Some(format!("{}-{:04}", people::invoice_prefix(view.world.salt, customer), row.number))
}

/// The discount of an invoice: its own, or its subscription's.
pub(super) fn discount(row: &InvoiceRow, place: usize) -> Option<Discount> {
    let owner = row.subscription.get().map_or((Kind::Invoices, place), |at| (Kind::Subscriptions, at));
    row.coupon.map(|coupon| Discount { owner, customer: row.customer, coupon })
}

pub(super) fn invoice(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.billing.invoices.get(place) else { return };
    let world = view.world;
    let totals = row.totals;
    let of = discount(row, place);
    json.open();
    view.id(json, "id", Kind::Invoices, place);
    json.text("object", "invoice");
    json.text("account_country", world.profile.country);
    json.text("account_name", &world.profile.name);
    json.null("account_tax_ids");
    json.int("amount_due", row.due());
    json.int("amount_overpaid", 0);
    json.int("amount_paid", row.paid);
    json.int("amount_remaining", row.due() - row.paid);
    json.int("amount_shipping", 0);
    json.null("application");
    json.int("attempt_count", i64::from(row.attempts));
    json.flag("attempted", row.attempts > 0);
    let waits = matches!(row.status, InvoiceStatus::Draft | InvoiceStatus::Open);
    json.flag("auto_advance", waits && row.due_date == 0);
    json.raw(
        "automatic_tax",
        r#"{"disabled_reason":null,"enabled":false,"liability":null,"provider":null,"status":null}"#,
    );
    json.null("automatically_finalizes_at");
    json.text("billing_reason", row.reason.as_str());
    json.text("collection_method", if row.due_date == 0 { "charge_automatically" } else { "send_invoice" });
    json.int("created", row.created);
    json.text("currency", row.currency.code());
    json.null("custom_fields");
    customer(view, json, row.customer, expand);
    json.nulls(&["default_payment_method", "default_source"]);
    json.raw("default_tax_rates", "[]");
    json.text_or_null(
        "description",
        if row.reason == Reason::Manual { Some("Simulated order") } else { None },
    );
    discounts(view, json, of, expand);
    json.int_or_null("due_date", row.due_date);
    json.int_or_null("effective_at", row.finalized_at);
    json.raw("ending_balance", if row.finalized_at == 0 { "null" } else { "0" });
    json.nulls(&["footer", "from_invoice"]);
    links(view, json, row, place);
    json.raw("issuer", r#"{"type":"self"}"#);
    json.nulls(&["last_finalization_error", "latest_revision"]);
    lines(view, json, row, place, expand);
    json.flag("livemode", world.mode.is_live());
    json.raw("metadata", "{}");
    let retries = row.status == InvoiceStatus::Open && row.due_date == 0 && row.attempts > 0;
    json.int_or_null("next_payment_attempt", if retries { world.end + 2 * 86_400 } else { 0 });
    json.text_or_null("number", number(view, row).as_deref());
    json.null("on_behalf_of");
    parent(view, json, row, expand);
    json.raw(
        "payment_settings",
        r#"{"default_mandate":null,"payment_method_options":null,"payment_method_types":null}"#,
    );
    payments(view, json, row, place, expand);
    json.int("period_end", row.period_start);
    json.int("period_start", row.period_start.saturating_sub(row.period_end - row.period_start));
    json.int("post_payment_credit_notes_amount", row.credited_after);
    json.int("pre_payment_credit_notes_amount", row.credited_before);
    json.null("receipt_number");
    json.nulls(&["rendering", "shipping_cost", "shipping_details"]);
    json.int("starting_balance", 0);
    json.null("statement_descriptor");
    json.text("status", row.status.as_str());
    json.open_at("status_transitions");
    json.int_or_null("finalized_at", row.finalized_at);
    for (name, status) in [
        ("marked_uncollectible_at", InvoiceStatus::Uncollectible),
        ("paid_at", InvoiceStatus::Paid),
        ("voided_at", InvoiceStatus::Void),
    ] {
        json.int_or_null(name, if row.status == status { row.settled_at } else { 0 });
    }
    json.close();
    json.int("subtotal", totals.subtotal);
    let untaxed = without_tax(view, row.tax_rate, totals);
    json.int("subtotal_excluding_tax", untaxed + totals.discount);
    json.null("test_clock");
    json.int("total", totals.total);
    discount_amounts(view, json, "total_discount_amounts", of, totals.discount);
    json.int("total_excluding_tax", untaxed);
    json.raw("total_pretax_credit_amounts", "[]");
    taxes(view, json, "total_taxes", row.tax_rate, totals);
    json.int_or_null("webhooks_delivered_at", row.finalized_at);
    json.close();
}

/// The customer, and what the invoice copied of them.
fn customer(view: &View<'_>, json: &mut Json, of: Ref, expand: &Expand) {
    view.reference(json, "customer", Kind::Customers, of, expand);
    json.null("customer_account");
    match of.get() {
        Some(place) => {
            address(json, "customer_address", view.world.profile.country, place as u64);
            json.text("customer_email", &people::email(place));
            json.text("customer_name", &people::name(place));
        }
        None => json.nulls(&["customer_address", "customer_email", "customer_name"]),
    }
    json.nulls(&["customer_phone", "customer_shipping"]);
    json.text("customer_tax_exempt", "none");
    json.raw("customer_tax_ids", "[]");
}

/// Where a finalized invoice can be looked at.
fn links(view: &View<'_>, json: &mut Json, row: &InvoiceRow, place: usize) {
    if row.finalized_at == 0 {
        return json.nulls(&["hosted_invoice_url", "invoice_pdf"]);
    }
    let code = text(salted(&[view.world.salt, 0x1F, place as u64]), 24);
    let account = &view.world.profile.id;
    json.plain("hosted_invoice_url", format_args!("https://invoice.example.com/i/{account}/{code}"));
    json.plain("invoice_pdf", format_args!("https://invoice.example.com/i/{account}/{code}/pdf"));
}

fn lines(view: &View<'_>, json: &mut Json, row: &InvoiceRow, place: usize, expand: &Expand) {
    view.nested(json, "lines", Kind::InvoiceLines, row.lines.places(), expand, |out| {
        out.push_str("/v1/invoices/");
        view.world.push_id(out, Kind::Invoices, place);
        out.push_str("/lines");
    });
}

/// The payments of an invoice: only where they are expanded.
fn payments(view: &View<'_>, json: &mut Json, row: &InvoiceRow, place: usize, expand: &Expand) {
    if expand.get("payments").is_none() {
        return;
    }
    let places = row.payment.get().into_iter();
    view.nested(json, "payments", Kind::InvoicePayments, places, expand, |out| {
        out.push_str("/v1/invoice_payments?invoice=");
        view.world.push_id(out, Kind::Invoices, place);
    });
}

fn parent(view: &View<'_>, json: &mut Json, row: &InvoiceRow, expand: &Expand) {
    if row.subscription == Ref::NONE {
        return json.null("parent");
    }
    let nothing = Expand::default();
    let inner = expand.get("parent").and_then(|inner| inner.get("subscription_details")).unwrap_or(&nothing);
    json.open_at("parent");
    json.null("quote_details");
    json.open_at("subscription_details");
    json.raw("metadata", "{}");
    view.reference(json, "subscription", Kind::Subscriptions, row.subscription, inner);
    json.close();
    json.text("type", "subscription_details");
    json.close();
}

/// What a line adds up to by itself.
pub(super) fn line_totals(line: &LineRow) -> Totals {
    Totals {
        subtotal: line.amount,
        discount: line.discount,
        tax: line.tax,
        total: line.amount - line.discount,
    }
}

/// What a line is for.
pub(super) fn line_description(view: &View<'_>, line: &LineRow) -> String {
    let product = line.price.get().and_then(|at| view.world.prices.get(at)).and_then(|row| row.product.get());
    product.map_or_else(|| "Simulated goods".to_owned(), super::catalogue::name)
}

fn pricing(view: &View<'_>, json: &mut Json, line: &LineRow) {
    let Some(row) = line.price.get().and_then(|at| view.world.prices.get(at)) else {
        return json.null("pricing");
    };
    let plain = Expand::default();
    json.open_at("pricing");
    json.open_at("price_details");
    view.reference(json, "price", Kind::Prices, line.price, &plain);
    view.reference(json, "product", Kind::Products, row.product, &plain);
    json.close();
    json.text("type", "price_details");
    unit_decimal(json, "unit_amount_decimal", line.amount, line.quantity);
    json.close();
}

pub(super) fn line(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(line) = view.world.billing.lines.get(place) else { return };
    let owner = line.owner as usize;
    let Some(invoice) = view.world.billing.invoices.get(owner) else { return };
    let of = discount(invoice, owner);
    json.open();
    view.id(json, "id", Kind::InvoiceLines, place);
    json.text("object", "line_item");
    json.int("amount", line.amount);
    json.text("currency", invoice.currency.code());
    json.text("description", &line_description(view, line));
    discount_amounts(view, json, "discount_amounts", of, line.discount);
    json.flag("discountable", true);
    discounts(view, json, None, expand);
    view.id(json, "invoice", Kind::Invoices, owner);
    json.flag("livemode", view.world.mode.is_live());
    json.raw("metadata", "{}");
    line_parent(view, json, line, invoice, place);
    json.open_at("period");
    json.int("end", invoice.period_end);
    json.int("start", invoice.period_start);
    json.close();
    json.raw("pretax_credit_amounts", "[]");
    pricing(view, json, line);
    json.int("quantity", line.quantity);
    json.plain("quantity_decimal", format_args!("{}", line.quantity));
    view.reference(json, "subscription", Kind::Subscriptions, invoice.subscription, expand);
    json.int("subtotal", line.amount);
    taxes(view, json, "taxes", invoice.tax_rate, line_totals(line));
    json.close();
}

fn line_parent(view: &View<'_>, json: &mut Json, line: &LineRow, invoice: &InvoiceRow, place: usize) {
    json.open_at("parent");
    match line.item.get() {
        Some(item) => {
            json.null("invoice_item_details");
            json.open_at("subscription_item_details");
            json.null("invoice_item");
            json.flag("proration", false);
            json.null("proration_details");
            view.reference(
                json,
                "subscription",
                Kind::Subscriptions,
                invoice.subscription,
                &Expand::default(),
            );
            view.id(json, "subscription_item", Kind::SubscriptionItems, item);
            json.close();
            json.text("type", "subscription_item_details");
        }
        None => {
            json.open_at("invoice_item_details");
            view.id(json, "invoice_item", Kind::InvoiceItems, place);
            json.flag("proration", false);
            json.null("proration_details");
            json.null("subscription");
            json.close();
            json.null("subscription_item_details");
            json.text("type", "invoice_item_details");
        }
    }
    json.close();
}

/// The invoice item behind a line that no subscription made.
pub(super) fn item(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(line) = view.world.billing.lines.get(place) else { return };
    let Some(invoice) = view.world.billing.invoices.get(line.owner as usize) else { return };
    json.open();
    view.id(json, "id", Kind::InvoiceItems, place);
    json.text("object", "invoiceitem");
    json.int("amount", line.amount);
    json.text("currency", invoice.currency.code());
    view.reference(json, "customer", Kind::Customers, invoice.customer, expand);
    json.null("customer_account");
    json.int("date", invoice.created);
    json.text("description", &line_description(view, line));
    json.flag("discountable", true);
    json.raw("discounts", "[]");
    view.reference(json, "invoice", Kind::Invoices, Ref::to(line.owner as usize), expand);
    json.flag("livemode", view.world.mode.is_live());
    json.raw("metadata", "{}");
    json.int("net_amount", line.amount - line.discount);
    json.null("parent");
    json.open_at("period");
    json.int("end", invoice.created);
    json.int("start", invoice.created);
    json.close();
    pricing(view, json, line);
    json.flag("proration", false);
    json.int("quantity", line.quantity);
    json.plain("quantity_decimal", format_args!("{}", line.quantity));
    json.raw("tax_rates", "[]");
    json.null("test_clock");
    json.close();
}

pub(super) fn payment(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.billing.payments.get(place) else { return };
    let Some(invoice) = view.world.billing.invoices.get(row.invoice as usize) else { return };
    let nothing = Expand::default();
    json.open();
    view.id(json, "id", Kind::InvoicePayments, place);
    json.text("object", "invoice_payment");
    if row.status == InvoicePaymentStatus::Paid {
        json.int("amount_paid", row.paid);
    } else {
        json.null("amount_paid");
    }
    json.int("amount_requested", row.requested);
    json.int("created", row.created);
    json.text("currency", invoice.currency.code());
    view.reference(json, "invoice", Kind::Invoices, Ref::to(row.invoice as usize), expand);
    json.flag("is_default", true);
    json.flag("livemode", view.world.mode.is_live());
    json.open_at("payment");
    let inner = expand.get("payment").unwrap_or(&nothing);
    view.reference(json, "payment_intent", Kind::PaymentIntents, row.intent, inner);
    json.text("type", "payment_intent");
    json.close();
    json.text("status", row.status.as_str());
    json.open_at("status_transitions");
    let canceled = row.status == InvoicePaymentStatus::Canceled;
    let paid = row.status == InvoicePaymentStatus::Paid;
    json.int_or_null("canceled_at", if canceled { row.settled_at } else { 0 });
    json.int_or_null("paid_at", if paid { row.settled_at } else { 0 });
    json.close();
    json.close();
}
