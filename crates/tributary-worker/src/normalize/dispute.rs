//! Disputes (rule M6).

use super::fields::{created_ms, currency, id, milli, ms, owned, required, word};
use super::flaw::Flaw;
use tributary_core::commerce::DisputeStatus;
use tributary_db::records::disputes;
use tributary_stripe::objects::Dispute;

pub(super) fn row(dispute: Dispute<'_>) -> Result<disputes::Dispute, Flaw> {
    let currency = currency(dispute.currency.as_deref())?;
    let amount_minor = required(dispute.amount, "amount")?;
    let due_secs = dispute.evidence_details.and_then(|details| details.due_by);
    Ok(disputes::Dispute {
        id: owned(dispute.id),
        charge_id: required(id(dispute.charge), "charge")?,
        amount_minor,
        amount_milli: milli(currency, amount_minor, "amount")?,
        currency,
        status: status(dispute.status.as_deref()),
        reason: word(dispute.reason),
        due_ms: ms(due_secs),
        created_ms: created_ms(dispute.created)?,
    })
}

/// An appeal is evidence and waiting again. `prevented` has no word in the contract: some such disputes
/// ended by a refund and some by an answer, and the object's status doesn't tell which.
fn status(word: Option<&str>) -> DisputeStatus {
    match word {
        Some("won") => DisputeStatus::Won,
        Some("lost") => DisputeStatus::Lost,
        Some("needs_response" | "appeal_needs_response") => DisputeStatus::EvidenceRequired,
        Some("under_review" | "appeal_under_review") => DisputeStatus::Processing,
        Some("warning_needs_response") => DisputeStatus::InquiryEvidenceRequired,
        Some("warning_under_review") => DisputeStatus::InquiryProcessing,
        Some("warning_closed") => DisputeStatus::InquiryClosed,
        Some("charge_refunded") => DisputeStatus::ChargeRefunded,
        _ => DisputeStatus::Unknown,
    }
}
