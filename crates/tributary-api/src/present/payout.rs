use super::filled;
use tributary_contract::{Decimal, extensions};
use tributary_core::Millis;
use tributary_db::records::Stamped;
use tributary_db::records::payouts::Payout;

/// A payout.
pub(crate) fn payout((payout, modified_ms): Stamped<Payout>) -> extensions::Payout {
    extensions::Payout {
        id: payout.id,
        amount: Decimal::from_minor(payout.amount_minor, payout.currency),
        currency: payout.currency,
        status: payout.status,
        method: payout.method,
        kind: payout.kind,
        automatic: payout.automatic,
        reconciliation_status: payout.reconciliation_status,
        destination_id: payout.destination_id,
        transaction_id: payout.balance_transaction_id,
        failure_transaction_id: payout.failure_balance_transaction_id,
        failure_code: payout.failure_code,
        original_payout_id: payout.original_payout_id,
        reversed_by_id: payout.reversed_by_id,
        statement_descriptor: filled(payout.statement_descriptor),
        arrival_date: payout.arrival_ms.map(Millis),
        created_date: Millis(payout.created_ms),
        modified_date: Millis(modified_ms),
    }
}
