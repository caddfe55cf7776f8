//! Credit notes and their lines.

use super::invoice::{discount, line_description, line_totals, number};
use super::tariff::{discount_amounts, taxes, unit_decimal, without_tax};
use super::{View, tariff};
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::bills::{CreditNoteRow, InvoiceRow};
use crate::world::rows::Ref;

/// The tax rate that shows on a credit note: the invoice's where its lines are the invoice's.
fn rate(note: &CreditNoteRow, invoice: &InvoiceRow) -> Option<u8> {
    invoice.tax_rate.filter(|_| note.mirrors)
}

pub(super) fn credit_note(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.billing.credit_notes.get(place) else { return };
    let owner = row.invoice as usize;
    let Some(invoice) = view.world.billing.invoices.get(owner) else { return };
    let of = discount(invoice, owner).filter(|_| row.mirrors);
    let before = row.refund == Ref::NONE;
    json.open();
    view.id(json, "id", Kind::CreditNotes, place);
    json.text("object", "credit_note");
    json.int("amount", row.totals.total);
    json.int("amount_shipping", 0);
    json.int("created", row.created);
    json.text("currency", invoice.currency.code());
    view.reference(json, "customer", Kind::Customers, invoice.customer, expand);
    json.nulls(&["customer_account", "customer_balance_transaction"]);
    json.int("discount_amount", row.totals.discount);
    discount_amounts(view, json, "discount_amounts", of, row.totals.discount);
    json.int("effective_at", row.created);
    view.reference(json, "invoice", Kind::Invoices, Ref::to(owner), expand);
    view.nested(json, "lines", Kind::CreditNoteLines, row.lines.places(), expand, |out| {
        out.push_str("/v1/credit_notes/");
        view.world.push_id(out, Kind::CreditNotes, place);
        out.push_str("/lines");
    });
    json.flag("livemode", view.world.mode.is_live());
    json.text_or_null("memo", if place.is_multiple_of(3) { Some("As agreed by phone") } else { None });
    json.raw("metadata", "{}");
    let invoice_number = number(view, invoice).unwrap_or_default();
    json.plain("number", format_args!("{invoice_number}-CN-{:02}", row.number));
    json.null("out_of_band_amount");
    json.plain("pdf", format_args!("https://invoice.example.com/c/{}/{place}/pdf", view.world.profile.id));
    json.int("post_payment_amount", if before { 0 } else { row.totals.total });
    json.int("pre_payment_amount", if before { row.totals.total } else { 0 });
    json.raw("pretax_credit_amounts", "[]");
    json.text_or_null("reason", row.reason);
    json.open_list("refunds");
    if !before {
        json.open();
        json.int("amount_refunded", row.totals.total);
        json.null("payment_record_refund");
        let nothing = Expand::default();
        let inner = expand.get("refunds").unwrap_or(&nothing);
        view.reference(json, "refund", Kind::Refunds, row.refund, inner);
        json.text("type", "refund");
        json.close();
    }
    json.close_list();
    json.null("shipping_cost");
    json.text("status", if row.voided_at > 0 { "void" } else { "issued" });
    json.int("subtotal", row.totals.subtotal);
    let untaxed = without_tax(view, rate(row, invoice), row.totals);
    json.int("subtotal_excluding_tax", untaxed + row.totals.discount);
    json.int("total", row.totals.total);
    json.int("total_excluding_tax", untaxed);
    taxes(view, json, "total_taxes", rate(row, invoice), row.totals);
    json.text("type", if before { "pre_payment" } else { "post_payment" });
    json.int_or_null("voided_at", row.voided_at);
    json.close();
}

/// The line at a place; lines follow each other in the order of their credit notes.
pub(super) fn line(view: &View<'_>, json: &mut Json, place: usize) {
    let notes = &view.world.billing.credit_notes;
    let owner = notes.partition_point(|note| note.lines.places().end <= place);
    let Some(note) = notes.get(owner) else { return };
    let Some(invoice) = view.world.billing.invoices.get(note.invoice as usize) else { return };
    let nth = place - note.lines.places().start;
    let source = invoice.lines.places().nth(nth).filter(|_| note.mirrors);
    let of_invoice = source.and_then(|at| Some((at, view.world.billing.lines.get(at)?)));
    json.open();
    view.id(json, "id", Kind::CreditNoteLines, place);
    json.text("object", "credit_note_line_item");
    json.int("amount", of_invoice.map_or(note.totals.total, |(_, line)| line.amount));
    let described = of_invoice.map_or("Goodwill".to_owned(), |(_, line)| line_description(view, line));
    json.text("description", &described);
    let off = of_invoice.map_or(0, |(_, line)| line.discount);
    json.int("discount_amount", off);
    let of = discount(invoice, note.invoice as usize).filter(|_| note.mirrors);
    discount_amounts(view, json, "discount_amounts", of, off);
    if let Some((at, _)) = of_invoice {
        view.id(json, "invoice_line_item", Kind::InvoiceLines, at);
    }
    json.flag("livemode", view.world.mode.is_live());
    json.raw("metadata", "{}");
    json.raw("pretax_credit_amounts", "[]");
    let quantity = of_invoice.map_or(1, |(_, line)| line.quantity);
    json.int("quantity", quantity);
    json.open_list("tax_rates");
    if let Some(rate) = rate(note, invoice) {
        tariff::tax_rate(view, json, usize::from(rate));
    }
    json.close_list();
    let totals = of_invoice.map_or(note.totals, |(_, line)| line_totals(line));
    taxes(view, json, "taxes", rate(note, invoice), totals);
    let kind = if of_invoice.is_some() { "invoice_line_item" } else { "custom_line_item" };
    json.text("type", kind);
    if of_invoice.is_some() {
        json.nulls(&["unit_amount", "unit_amount_decimal"]);
    } else {
        json.int("unit_amount", note.totals.total);
        unit_decimal(json, "unit_amount_decimal", note.totals.total, 1);
    }
    json.close();
}
