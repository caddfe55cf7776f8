use super::*;
use tributary_core::commerce::DisputeStatus::{self, *};
use tributary_db::records::disputes::Dispute;

fn dispute(json: &str) -> Dispute {
    rows!(Dispute, Disputes, json)
}

#[test]
fn a_dispute_names_its_charge_and_when_evidence_is_due() {
    let expected = Dispute {
        id: "du_Contest01".to_owned(),
        charge_id: "ch_Paid01".to_owned(),
        amount_minor: 1050,
        amount_milli: 10_500,
        currency: "usd".parse().unwrap(),
        status: EvidenceRequired,
        reason: "fraudulent".to_owned(),
        due_ms: Some(CREATED_MS + 1_200_000_000),
        created_ms: CREATED_MS + 500_000_000,
    };
    assert_eq!(dispute(fixture!("dispute")), expected);
}

#[test]
fn an_inquiry_that_is_over_has_nothing_due_and_an_expanded_charge_counts_as_its_id() {
    let dispute = dispute(fixture!("dispute_inquiry"));
    assert_eq!((dispute.status, dispute.due_ms), (InquiryClosed, None));
    assert_eq!((dispute.charge_id.as_str(), dispute.amount_milli), ("ch_Krona01", 2_500_000));
}

#[test]
fn each_status_of_stripes_has_its_status_in_the_contract() {
    let cases: [(&str, DisputeStatus); 12] = [
        ("won", Won),
        ("lost", Lost),
        ("needs_response", EvidenceRequired),
        ("under_review", Processing),
        ("warning_needs_response", InquiryEvidenceRequired),
        ("warning_under_review", InquiryProcessing),
        ("warning_closed", InquiryClosed),
        ("charge_refunded", ChargeRefunded),
        ("appeal_needs_response", EvidenceRequired),
        ("appeal_under_review", Processing),
        ("prevented", Unknown),
        ("settled_by_duel", Unknown),
    ];
    for (word, expected) in cases {
        assert_eq!(dispute(&fixture!("dispute").replace("needs_response", word)).status, expected, "{word}");
    }
}
