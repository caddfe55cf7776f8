//! Credit notes: most refunds of an invoice's payment have one, and some invoices are credited before they are paid.

use super::billing::Billing;
use super::bills::{CreditNoteRow, InvoiceStatus, Span, Totals};
use super::plot::Frame;
use super::rows::{ChargeRow, IntentRow, Ref, RefundRow, RefundStatus};
use crate::cash::Cash;

/// Reasons of credit notes, by their place.
const REASONS: [Option<&str>; 5] =
    [None, Some("order_change"), Some("duplicate"), Some("product_unsatisfactory"), Some("fraudulent")];

/// Makes the credit notes, and writes what was credited into invoices, their payments and intents.
pub(super) fn credit(
    frame: &Frame<'_>,
    billing: &mut Billing,
    intents: &mut [IntentRow],
    charges: &[ChargeRow],
    refunds: &[RefundRow],
) {
    let mut notes = after_payment(billing, intents.len(), charges, refunds);
    before_payment(frame, billing, intents, &mut notes);
    notes.sort_by_key(|note| note.created);
    let mut numbers = vec![0_u16; billing.invoices.len()];
    let mut first = 0;
    for (place, note) in notes.iter_mut().enumerate() {
        let Some(number) = numbers.get_mut(note.invoice as usize) else { continue };
        *number += 1;
        note.number = *number;
        note.reason = REASONS[place % REASONS.len()];
        let lines = billing.invoices.get(note.invoice as usize).map_or(1, |invoice| invoice.lines.count);
        note.lines = Span { first, count: if note.mirrors { lines } else { 1 } };
        first += note.lines.count;
    }
    billing.credit_notes = notes;
}

fn note(created: u32, invoice: u32, refund: Ref, totals: Totals, mirrors: bool) -> CreditNoteRow {
    CreditNoteRow {
        created,
        invoice,
        refund,
        lines: Span::default(),
        totals,
        number: 0,
        mirrors,
        voided_at: 0,
        reason: None,
    }
}

/// Of refunds that succeeded, all but every fourth, unless its invoice is a long one.
fn after_payment(
    billing: &mut Billing,
    intents: usize,
    charges: &[ChargeRow],
    refunds: &[RefundRow],
) -> Vec<CreditNoteRow> {
    let mut invoice_of = vec![u32::MAX; intents];
    for (place, invoice) in (0..).zip(&billing.invoices) {
        if let Some(slot) = invoice.intent.get().and_then(|at| invoice_of.get_mut(at)) {
            *slot = place;
        }
    }
    let mut notes = Vec::new();
    let mut seen = 0;
    for (place, refund) in refunds.iter().enumerate() {
        let intent = charges.get(refund.charge as usize).and_then(|charge| charge.intent.get());
        let invoice = intent.and_then(|at| invoice_of.get(at)).copied().unwrap_or(u32::MAX);
        let Some(row) = billing.invoices.get_mut(invoice as usize) else { continue };
        if refund.status != RefundStatus::Succeeded || row.status != InvoiceStatus::Paid {
            continue;
        }
        seen += 1;
        if seen % 4 == 0 && row.lines.count < 10 {
            continue;
        }
        let whole = refund.amount == row.totals.total;
        let part = Totals { subtotal: refund.amount, total: refund.amount, ..Totals::default() };
        row.credited_after += refund.amount;
        let totals = if whole { row.totals } else { part };
        notes.push(note(refund.created, invoice, Ref::to(place), totals, whole));
    }
    notes
}

/// A tenth of the amount, payable in its currency.
fn tenth(currency: Cash, amount: i64) -> i64 {
    if currency.exponent() == 3 { amount / 100 * 10 } else { amount / 10 }
}

/// Every third open invoice that no one has tried to pay is credited a tenth; the first such credit note is void.
fn before_payment(
    frame: &Frame<'_>,
    billing: &mut Billing,
    intents: &mut [IntentRow],
    notes: &mut Vec<CreditNoteRow>,
) {
    let open = |status: InvoiceStatus, attempts: u8| status == InvoiceStatus::Open && attempts == 0;
    let mut seen = 0_u32;
    for (place, invoice) in (0..).zip(&mut billing.invoices) {
        let amount = tenth(invoice.currency, invoice.totals.total);
        if !open(invoice.status, invoice.attempts) || amount == 0 || invoice.intent == Ref::NONE {
            continue;
        }
        seen += 1;
        if seen > 2 && !seen.is_multiple_of(3) {
            continue;
        }
        let totals = Totals { subtotal: amount, total: amount, ..Totals::default() };
        let created = (invoice.finalized_at + 7200).min(frame.end);
        let mut credit = note(created, place, Ref::NONE, totals, false);
        if seen == 1 {
            credit.voided_at = (created + 600).min(frame.end);
        } else {
            invoice.credited_before += amount;
            if let Some(intent) = invoice.intent.get().and_then(|at| intents.get_mut(at)) {
                intent.amount -= amount;
            }
        }
        notes.push(credit);
    }
    for payment in &mut billing.payments {
        if let Some(invoice) = billing.invoices.get(payment.invoice as usize) {
            payment.requested = invoice.due();
        }
    }
}
