use super::filled;
use tributary_contract::Decimal;
use tributary_contract::commerce::{self, SourceRef};
use tributary_core::Millis;
use tributary_core::commerce::SourceType;
use tributary_db::records::Stamped;
use tributary_db::records::transactions::Transaction;

/// A movement of the merchant's balance.
pub(crate) fn transaction((transaction, modified_ms): Stamped<Transaction>) -> commerce::Transaction {
    let source_type = transaction.source_type.and_then(|word| word.parse().ok());
    let kind = source_type.unwrap_or(SourceType::Unknown);
    commerce::Transaction {
        id: transaction.id,
        total_amount: Decimal::from_minor(transaction.amount_minor, transaction.currency),
        currency: transaction.currency,
        kind: transaction.kind,
        sub_type: filled(Some(transaction.sub_type)),
        transaction_source_ref: transaction.source_id.map(|id| SourceRef { id, kind }),
        created_date: Millis(transaction.created_ms),
        modified_date: Millis(modified_ms),
        supplemental_data: None,
    }
}
