use super::*;
use tributary_core::commerce::{PaymentStatus, PaymentType};

fn money(payment: &Payment) -> (i64, i64, &str) {
    (payment.amount_minor, payment.amount_milli, payment.currency.code())
}

#[test]
fn a_captured_charge_is_a_paid_payment_with_its_intent_and_transaction() {
    let expected = Payment {
        id: "ch_Paid01".to_owned(),
        resource: "charges".to_owned(),
        amount_minor: 1050,
        amount_milli: 10_500,
        currency: "usd".parse().unwrap(),
        status: PaymentStatus::Paid,
        provider: Some("Visa".to_owned()),
        charge_id: None,
        payment_intent_id: Some("pi_Paid01".to_owned()),
        balance_transaction_id: Some("txn_Paid01".to_owned()),
        customer_id: Some("cus_Quill01".to_owned()),
        payment_method_id: Some("pm_Quill01".to_owned()),
        payment_method_name: Some("Visa ending 4242".to_owned()),
        created_ms: CREATED_MS,
        kind: PaymentType::OnlineCard,
        location_id: None,
    };
    assert_eq!(charge(fixture!("charge_paid")), expected);
}

#[test]
fn yen_have_no_minor_unit() {
    assert_eq!(money(&charge(fixture!("charge_yen"))), (2400, 2_400_000, "JPY"));
}

#[test]
fn dinars_have_thousandths() {
    assert_eq!(money(&charge(fixture!("charge_dinar"))), (12_340, 12_340, "KWD"));
}

#[test]
fn icelandic_krona_count_in_hundredths_at_stripe() {
    assert_eq!(money(&charge(fixture!("charge_krona"))), (150_000, 1_500_000, "ISK"));
}

#[test]
fn ugandan_shillings_count_in_hundredths_at_stripe() {
    assert_eq!(money(&charge(fixture!("charge_shilling"))), (4_500_000, 45_000_000, "UGX"));
}

#[test]
fn a_charge_captured_in_part_is_paid_with_what_was_captured() {
    let payment = charge(fixture!("charge_captured_in_part"));
    assert_eq!((payment.status, payment.amount_minor), (PaymentStatus::Paid, 6500));
}

#[test]
fn an_uncaptured_charge_is_authorized_with_what_was_asked_for() {
    let payment = charge(fixture!("charge_uncaptured"));
    assert_eq!((payment.status, payment.amount_minor), (PaymentStatus::Authorized, 9000));
    assert_eq!(payment.balance_transaction_id, None);
}

#[test]
fn an_authorization_that_expired_is_cancelled_with_what_was_asked_for() {
    let payment = charge(fixture!("charge_expired"));
    assert_eq!((payment.status, payment.amount_minor), (PaymentStatus::Cancelled, 9000));
}

#[test]
fn a_debit_that_is_still_open_is_pending_though_stripe_calls_it_captured() {
    let payment = charge(fixture!("charge_pending_debit"));
    assert_eq!((payment.status, payment.amount_minor), (PaymentStatus::Pending, 30_000));
    assert_eq!(payment.payment_method_name.as_deref(), Some("SEPA Direct Debit ending 3000"));
    assert_eq!(payment.provider, None);
}

#[test]
fn a_declined_charge_is_failed_with_what_was_asked_for() {
    let payment = charge(fixture!("charge_failed"));
    assert_eq!((payment.status, payment.amount_minor), (PaymentStatus::Failed, 1050));
}

#[test]
fn a_debit_that_came_back_is_failed_though_stripe_calls_it_captured() {
    assert_eq!(charge(fixture!("charge_failed_debit")).status, PaymentStatus::Failed);
}

#[test]
fn a_guest_pays_without_a_customer() {
    let payment = charge(fixture!("charge_guest"));
    assert_eq!(
        (payment.customer_id, payment.payment_intent_id, payment.payment_method_id),
        (None, None, None)
    );
    assert_eq!(payment.provider.as_deref(), Some("PayPal"));
    assert_eq!(payment.payment_method_name.as_deref(), Some("PayPal"));
}

#[test]
fn the_provider_of_a_card_in_a_wallet_is_the_wallet() {
    let payment = charge(fixture!("charge_wallet"));
    assert_eq!(payment.provider.as_deref(), Some("Google Pay"));
    assert_eq!(payment.payment_method_name.as_deref(), Some("Mastercard ending 4444"));
}

#[test]
fn a_card_at_a_terminal_tells_its_location_and_other_methods_are_told_apart() {
    let present =
        fixture!("charge_paid").replace("\"card\": {", "\"card_present\": {\"location\": \"tml_Shop01\",");
    let present = charge(&present.replace("\"type\": \"card\"", "\"type\": \"card_present\""));
    assert_eq!((present.kind, present.location_id.as_deref()), (PaymentType::Card, Some("tml_Shop01")));
    assert_eq!(charge(fixture!("charge_guest")).kind, PaymentType::Paypal);
    assert_eq!(charge(fixture!("charge_pending_debit")).kind, PaymentType::Custom);
    assert_eq!(charge(fixture!("charge_paid")).location_id, None);
}

#[test]
fn expanded_objects_and_stubs_count_as_their_ids() {
    let payment = charge(fixture!("charge_expanded"));
    assert_eq!(payment.customer_id.as_deref(), Some("cus_Gone01"));
    assert_eq!(payment.payment_intent_id.as_deref(), Some("pi_Expanded01"));
    assert_eq!(payment.balance_transaction_id.as_deref(), Some("txn_Expanded01"));
}

#[test]
fn words_that_stripe_adds_later_are_unknown_and_cost_nothing() {
    let payment = charge(fixture!("charge_of_tomorrow"));
    assert_eq!((payment.status, payment.amount_minor), (PaymentStatus::Unknown, 1050));
    assert_eq!(payment.payment_method_name.as_deref(), Some("Thought transfer"));
    assert_eq!(payment.provider, None);
}

#[test]
fn a_charge_refunded_beyond_its_amount_stays_paid_in_full() {
    let payment = charge(fixture!("charge_refunded_beyond"));
    assert_eq!((payment.status, payment.amount_minor), (PaymentStatus::Paid, 1050));
}

#[test]
fn a_refund_is_a_negative_payment_that_names_its_charge() {
    let payment = refund(fixture!("refund_succeeded"));
    assert_eq!((payment.id.as_str(), payment.resource.as_str()), ("re_Back01", "refunds"));
    assert_eq!(money(&payment), (-400, -4000, "USD"));
    assert_eq!(payment.status, PaymentStatus::Paid);
    assert_eq!(payment.charge_id.as_deref(), Some("ch_Paid01"));
    assert_eq!(payment.balance_transaction_id.as_deref(), Some("txn_Back01"));
}

#[test]
fn a_refund_of_dinars_is_negative_to_the_thousandth() {
    assert_eq!(money(&refund(fixture!("refund_dinar"))), (-1230, -1230, "KWD"));
}

#[test]
fn a_refund_on_its_way_is_pending() {
    assert_eq!(refund(fixture!("refund_pending")).status, PaymentStatus::Pending);
}

#[test]
fn a_refund_that_came_back_is_failed_and_keeps_its_amount() {
    let payment = refund(fixture!("refund_failed"));
    assert_eq!((payment.status, payment.amount_minor), (PaymentStatus::Failed, -400));
}

#[test]
fn a_refund_that_was_stopped_is_cancelled_and_keeps_its_amount() {
    let payment = refund(fixture!("refund_canceled"));
    assert_eq!((payment.status, payment.amount_minor), (PaymentStatus::Cancelled, -400));
}

#[test]
fn the_refund_that_releases_an_authorization_is_no_payment() {
    assert_eq!(
        map(Resource::Refunds, "re_Release01", fixture!("refund_of_authorization")),
        Ok(Mapped::Nothing)
    );
}
