use super::*;
use tributary_core::commerce::TransactionType::{self, *};

type Line<'a> = (&'a str, i64, TransactionType, &'a str);

fn lines(rows: &[Transaction]) -> Vec<Line<'_>> {
    rows.iter().map(|row| (row.id.as_str(), row.amount_minor, row.kind, row.sub_type.as_str())).collect()
}

fn source(row: &Transaction) -> Option<(&str, &str)> {
    row.source_id.as_deref().zip(row.source_type.as_deref())
}

#[test]
fn a_charge_is_its_gross_amount_and_a_fee_beside_it() {
    let rows = transactions(fixture!("transaction_charge"));
    let gross = Transaction {
        id: "txn_Charge01".to_owned(),
        balance_transaction_id: "txn_Charge01".to_owned(),
        amount_minor: 1050,
        amount_milli: 10_500,
        currency: "usd".parse().unwrap(),
        kind: Payment,
        sub_type: "charge".to_owned(),
        source_id: Some("ch_Paid01".to_owned()),
        source_type: Some("Payment".to_owned()),
        balance_type: "payments".to_owned(),
        available_ms: CREATED_MS + 172_800_000,
        created_ms: CREATED_MS,
    };
    let fee = Transaction {
        id: "txn_Charge01:Stripe processing fees".to_owned(),
        amount_minor: -60,
        amount_milli: -600,
        kind: PaymentFee,
        sub_type: "stripe_fee".to_owned(),
        ..gross.clone()
    };
    assert_eq!(rows, [gross, fee]);
}

#[test]
fn application_fees_and_taxes_are_rows_of_their_own() {
    let rows = transactions(fixture!("transaction_application_and_tax_fees"));
    assert_eq!(
        lines(&rows),
        [
            ("txn_Fees01", 10_000, Payment, "charge"),
            ("txn_Fees01:Stripe processing fees", -320, PaymentFee, "stripe_fee"),
            ("txn_Fees01:Tax on Stripe fees", -64, PaymentFee, "tax"),
            ("txn_Fees01:Harbour Books application fee", -358, PaymentFee, "application_fee"),
        ]
    );
}

#[test]
fn fees_of_one_description_are_numbered_and_a_nameless_one_takes_its_type() {
    let rows = transactions(fixture!("transaction_equal_fees"));
    assert_eq!(
        lines(&rows)[1..],
        [
            ("txn_Twins01:Stripe processing fees", -30, PaymentFee, "stripe_fee"),
            ("txn_Twins01:Stripe processing fees (2)", -20, PaymentFee, "stripe_fee"),
            ("txn_Twins01:stripe_fee", -10, PaymentFee, "stripe_fee"),
        ]
    );
}

#[test]
fn what_the_details_do_not_explain_is_other_fees() {
    let rows = transactions(fixture!("transaction_fees_that_do_not_sum"));
    assert_eq!(lines(&rows)[2], ("txn_Short01:Other fees", -15, PaymentFee, "fee"));
}

#[test]
fn a_fee_in_another_currency_explains_nothing() {
    let rows = transactions(fixture!("transaction_fee_in_another_currency"));
    assert_eq!(lines(&rows)[1..], [("txn_Mixed01:Other fees", -60, PaymentFee, "fee")]);
}

#[test]
fn a_negative_fee_is_given_back() {
    let rows = transactions(fixture!("transaction_negative_fee"));
    assert_eq!(
        lines(&rows),
        [
            ("txn_Given01", -1050, Refund, "refund"),
            ("txn_Given01:Stripe processing fee refund", 60, PaymentFeeRefund, "stripe_fee"),
        ]
    );
    assert_eq!(source(&rows[0]), Some(("re_Back01", "Payment")));
}

#[test]
fn a_converted_charge_counts_in_the_currency_of_settlement() {
    let rows = transactions(fixture!("transaction_exchanged"));
    assert!(rows.iter().all(|row| row.currency.code() == "EUR"));
    assert_eq!((rows[0].amount_minor, rows[1].amount_minor), (977, -44));
}

#[test]
fn the_reversal_of_a_partial_capture_is_a_refund_of_the_charge() {
    let rows = transactions(fixture!("transaction_partial_capture_reversal"));
    assert_eq!(lines(&rows), [("txn_Reversal01", -2500, Refund, "partial_capture_reversal")]);
    assert_eq!(source(&rows[0]), Some(("ch_Part01", "Payment")));
}

#[test]
fn a_charge_captured_in_part_and_its_reversal_make_what_was_captured() {
    let json = fixture!("transaction_charge").replace("1050", "9000").replace("990", "8940");
    let booked = transactions(&json)[0].amount_minor;
    let reversed = transactions(fixture!("transaction_partial_capture_reversal"))[0].amount_minor;
    assert_eq!(booked + reversed, charge(fixture!("charge_captured_in_part")).amount_minor);
}

#[test]
fn a_dispute_is_an_unknown_transaction_with_a_fee() {
    let rows = transactions(fixture!("transaction_dispute"));
    assert_eq!(
        lines(&rows),
        [
            ("txn_Dispute01", -1050, Unknown, "adjustment"),
            ("txn_Dispute01:Dispute fee", -1500, PaymentFee, "stripe_fee"),
        ]
    );
    assert_eq!(source(&rows[0]), Some(("du_Contest01", "Unknown")));
}

#[test]
fn an_instant_payout_has_its_fee_beside_it() {
    let rows = transactions(fixture!("transaction_payout"));
    assert_eq!(
        lines(&rows),
        [
            ("txn_Payout01", -50_000, Payout, "payout"),
            ("txn_Payout01:Instant payout fee", -500, PaymentFee, "stripe_fee"),
        ]
    );
}

#[test]
fn a_fee_of_nothing_in_particular_has_no_source() {
    let rows = transactions(fixture!("transaction_monthly_fee"));
    assert_eq!(lines(&rows), [("txn_Monthly01", -1250, PaymentFee, "stripe_fee")]);
    assert_eq!(source(&rows[0]), None);
}

#[test]
fn a_fee_that_stripe_credits_is_a_fee_refund() {
    let rows = transactions(fixture!("transaction_fee_given_back"));
    assert_eq!(lines(&rows), [("txn_Credit01", 1250, PaymentFeeRefund, "stripe_fee")]);
}

#[test]
fn types_that_stripe_adds_later_are_unknown_and_keep_their_word() {
    let rows = transactions(fixture!("transaction_of_tomorrow"));
    assert_eq!(lines(&rows), [("txn_Tomorrow01", -700, Unknown, "moon_tax")]);
    assert_eq!(rows[0].balance_type, "moonbase");
    assert_eq!(source(&rows[0]), Some(("mt_01", "Unknown")));
}

#[test]
fn an_expanded_source_counts_as_its_id() {
    let rows = transactions(fixture!("transaction_expanded_source"));
    assert_eq!(source(&rows[0]), Some(("ch_Paid01", "Payment")));
}

#[test]
fn each_type_of_stripes_has_its_type_in_the_contract() {
    let cases = [
        ("charge", Payment),
        ("payment", Payment),
        ("refund", Refund),
        ("payment_refund", Refund),
        ("payout", Payout),
        ("payout_failure", FailedPayout),
        ("payout_cancel", FailedPayout),
        ("transfer", Transfer),
        ("transfer_cancel", Transfer),
        ("transfer_failure", Transfer),
        ("transfer_refund", Transfer),
        ("stripe_fee", PaymentFee),
        ("stripe_fx_fee", PaymentFee),
        ("tax_fee", PaymentFee),
        ("application_fee", PaymentFee),
        ("application_fee_refund", PaymentFeeRefund),
        ("adjustment", Unknown),
        ("reserve_hold", Unknown),
        ("refund_failure", Unknown),
        ("topup", Unknown),
    ];
    for (word, expected) in cases {
        let json =
            fixture!("transaction_payout").replace("\"type\": \"payout\"", &format!("\"type\": \"{word}\""));
        let rows = transactions(&json);
        assert_eq!((rows[0].kind, rows[0].sub_type.as_str()), (expected, word));
    }
}

#[test]
fn a_source_is_a_payment_a_fee_or_unknown() {
    let cases = [
        ("ch_1", "Payment"),
        ("py_1", "Payment"),
        ("re_1", "Payment"),
        ("pyr_1", "Payment"),
        ("fee_1", "Fee"),
        ("fr_1", "Fee"),
        ("du_1", "Unknown"),
        ("dp_1", "Unknown"),
        ("po_1", "Unknown"),
        ("tr_1", "Unknown"),
        ("charge", "Unknown"),
    ];
    for (id, expected) in cases {
        let rows = transactions(&fixture!("transaction_dispute").replace("du_Contest01", id));
        assert_eq!(source(&rows[0]), Some((id, expected)));
        assert_eq!(source(&rows[1]), Some((id, expected)), "a fee has the source of what it is the fee of");
    }
}
