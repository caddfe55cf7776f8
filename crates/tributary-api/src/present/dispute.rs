use tributary_contract::Decimal;
use tributary_contract::commerce::{self, SourceRef};
use tributary_core::Millis;
use tributary_core::commerce::SourceType;
use tributary_db::records::Stamped;
use tributary_db::records::disputes::Dispute;

/// A dispute, of its charge's transaction or, where the charge has none, of the charge (rule M6).
pub(crate) fn dispute(
    (dispute, modified_ms): Stamped<Dispute>,
    transaction: Option<String>,
) -> commerce::Dispute {
    let disputed = transaction.unwrap_or(dispute.charge_id);
    commerce::Dispute {
        id: dispute.id,
        disputed_transactions: vec![SourceRef { id: disputed, kind: SourceType::Payment }],
        total_amount: Decimal::from_minor(dispute.amount_minor, dispute.currency),
        currency: dispute.currency,
        status: dispute.status,
        reason: Some(dispute.reason),
        due_date: dispute.due_ms.map(Millis),
        created_date: Millis(dispute.created_ms),
        modified_date: Millis(modified_ms),
    }
}
