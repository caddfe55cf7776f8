use super::*;

fn refused(resource: Resource, json: &str) -> (&'static str, Problem) {
    let error = map(resource, "named", json).unwrap_err();
    assert_eq!((error.resource, error.id.as_str()), (resource, "named"));
    (error.field, error.problem)
}

#[test]
fn a_currency_that_is_not_three_letters_is_refused_by_name_and_not_repeated() {
    let error = map(Resource::Charges, "ch_Odd01", fixture!("charge_in_no_currency")).unwrap_err();
    assert_eq!(error.to_string(), "charges ch_Odd01: `currency` is not a currency code");
}

#[test]
fn an_object_that_is_refused_is_stored_all_the_same() {
    let prepared = prepare(Resource::Charges, &Object::parse(fixture!("charge_in_no_currency")).unwrap());
    assert!(prepared.mapped.is_err());
    assert_eq!(prepared.source.json, compact(fixture!("charge_in_no_currency")));
}

#[test]
fn an_amount_that_does_not_fit_is_refused() {
    assert_eq!(
        refused(Resource::Charges, fixture!("charge_beyond_measure")),
        ("amount", Problem::OutOfRange)
    );
    let most = fixture!("transaction_charge").replace("\"amount\": 1050", "\"amount\": -9223372036854775808");
    assert_eq!(refused(Resource::BalanceTransactions, &most), ("net", Problem::OutOfRange));
    let least = fixture!("refund_succeeded").replace("\"amount\": 400", "\"amount\": -9223372036854775808");
    assert_eq!(refused(Resource::Refunds, &least), ("amount", Problem::OutOfRange));
    let much = fixture!("balance")
        .replace("120000", "9223372036854775807")
        .replace("-450", "1")
        .replace("eur", "usd");
    assert_eq!(refused(Resource::Balance, &much), ("available", Problem::OutOfRange));
}

#[test]
fn an_amount_that_is_not_whole_is_no_amount() {
    let json = fixture!("charge_uncaptured").replace("\"amount\": 9000", "\"amount\": 90.5");
    assert_eq!(refused(Resource::Charges, &json), ("amount", Problem::Missing));
}

#[test]
fn what_a_record_can_not_do_without_is_named() {
    let without = |json: &str, field: &str| json.replace(&format!("\"{field}\":"), "\"elsewhere\":");
    let cases = [
        (Resource::Charges, fixture!("charge_paid"), "currency"),
        (Resource::Charges, fixture!("charge_paid"), "created"),
        (Resource::Refunds, fixture!("refund_succeeded"), "amount"),
        (Resource::BalanceTransactions, fixture!("transaction_monthly_fee"), "net"),
        (Resource::BalanceTransactions, fixture!("transaction_monthly_fee"), "amount"),
        (Resource::Disputes, fixture!("dispute_inquiry"), "charge"),
        (Resource::Customers, fixture!("customer"), "created"),
        (Resource::Products, fixture!("product"), "created"),
        (Resource::Prices, fixture!("price"), "product"),
        (Resource::PaymentIntents, fixture!("intent_canceled"), "created"),
        (Resource::Balance, fixture!("balance"), "pending"),
    ];
    for (resource, json, field) in cases {
        assert_eq!(refused(resource, &without(json, field)), (field, Problem::Missing));
    }
}

#[test]
fn a_price_that_is_no_number_is_refused() {
    assert_eq!(
        refused(Resource::Prices, fixture!("price_that_is_no_number")),
        ("unit_amount_decimal", Problem::NotADecimal)
    );
}

#[test]
fn text_that_is_no_object_is_refused() {
    for json in ["", "[]", "null", "{}", "{\"id\":7}", "{\"id\":\"ch_1\""] {
        let (field, problem) = refused(Resource::Charges, json);
        assert_eq!(field, "object");
        assert!(matches!(problem, Problem::Unreadable(_)));
    }
}

#[test]
fn a_name_too_long_for_a_key_is_shortened() {
    let long = "é".repeat(3000);
    let rows = transactions(&fixture!("transaction_charge").replace("Stripe processing fees", &long));
    assert_eq!(rows[1].id, format!("txn_Charge01:{}", "é".repeat(500)));
}
