//! What is shown in a poorer form than one would like, found in the rows that an object became.

use super::Mapped;
use super::fees::OTHER_FEES;
use crate::rules;
use tributary_core::Currency;
use tributary_core::commerce::{DisputeStatus, PaymentStatus, TransactionType};
use tributary_db::findings::Note;
use tributary_db::records::transactions::Transaction;

const UNKNOWN_STATUS: &str = "Stripe's status is not a known one: Unknown is shown";

/// What is doubtful about an object's rows: nothing, for almost all.
pub(crate) fn doubts(id: &str, mapped: &Mapped) -> Vec<Note> {
    let mut doubts = Vec::new();
    let mut note = |rule: &str, message: String| {
        doubts.push(Note { rule: rule.to_owned(), item_id: id.to_owned(), message });
    };
    match mapped {
        Mapped::Payment(row) => {
            unknown_currency(row.currency, &mut note);
            if row.status == PaymentStatus::Unknown {
                note(rules::UNKNOWN_WORD, UNKNOWN_STATUS.to_owned());
            }
        }
        Mapped::Dispute(row) => {
            unknown_currency(row.currency, &mut note);
            if row.status == DisputeStatus::Unknown {
                note(rules::UNKNOWN_WORD, UNKNOWN_STATUS.to_owned());
            }
        }
        Mapped::Transactions(rows) => of_transactions(rows, &mut note),
        Mapped::Variant(row) => unknown_currency(row.currency, &mut note),
        Mapped::Invoice(rows) => unknown_currency(rows.invoice.currency, &mut note),
        Mapped::Order(rows) => unknown_currency(rows.order.currency, &mut note),
        Mapped::InvoicePayment(row) => unknown_currency(row.currency, &mut note),
        Mapped::Payout(row) => unknown_currency(row.currency, &mut note),
        Mapped::Balances(rows) => {
            let currencies = rows.iter().filter_map(|row| row.id.parse().ok());
            currencies.for_each(|currency| unknown_currency(currency, &mut note));
        }
        _ => {}
    }
    doubts
}

/// The transaction's own row comes first, then those of its fees.
fn of_transactions(rows: &[Transaction], note: &mut impl FnMut(&str, String)) {
    let Some((gross, fees)) = rows.split_first() else { return };
    unknown_currency(gross.currency, note);
    if gross.kind == TransactionType::Unknown {
        let message = format!("the type {} has no counterpart: Unknown is shown", gross.sub_type);
        note(rules::UNKNOWN_WORD, message);
    }
    let unexplained = |fee: &&Transaction| fee.id.split_once(':').is_some_and(|(_, name)| name == OTHER_FEES);
    if let Some(fee) = fees.iter().find(unexplained) {
        let amount = gross.currency.decimal(fee.amount_minor);
        let message = format!("the fee's details don't sum to the fee: {OTHER_FEES} carries {amount}");
        note(rules::UNEXPLAINED_FEE, message);
    }
}

fn unknown_currency(currency: Currency, note: &mut impl FnMut(&str, String)) {
    if !currency.is_known() {
        note(rules::UNKNOWN_CURRENCY, format!("{currency} is not a currency of ISO 4217"));
    }
}
