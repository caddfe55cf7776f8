//! Payouts as themselves.

use super::fields::{created_ms, currency, id, milli, ms, owned, required, text, word};
use super::flaw::Flaw;
use tributary_db::records::payouts;
use tributary_stripe::objects::Payout;

pub(super) fn row(payout: Payout<'_>) -> Result<payouts::Payout, Flaw> {
    let currency = currency(payout.currency.as_deref())?;
    let amount_minor = required(payout.amount, "amount")?;
    Ok(payouts::Payout {
        id: owned(payout.id),
        amount_minor,
        amount_milli: milli(currency, amount_minor, "amount")?,
        currency,
        status: word(payout.status),
        method: text(payout.method),
        kind: text(payout.kind),
        automatic: payout.automatic,
        reconciliation_status: text(payout.reconciliation_status),
        destination_id: id(payout.destination),
        balance_transaction_id: id(payout.balance_transaction),
        failure_balance_transaction_id: id(payout.failure_balance_transaction),
        failure_code: text(payout.failure_code),
        original_payout_id: id(payout.original_payout),
        reversed_by_id: id(payout.reversed_by),
        statement_descriptor: text(payout.statement_descriptor),
        arrival_ms: ms(payout.arrival_date),
        created_ms: created_ms(payout.created)?,
    })
}
