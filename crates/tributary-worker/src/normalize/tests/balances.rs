use super::*;

fn balances(json: &str) -> Vec<(String, i64, i64, Option<i64>)> {
    let rows = rows!(Balances, Balance, json).into_iter();
    rows.map(|row| (row.id, row.available_minor, row.pending_minor, row.reserved_minor)).collect()
}

#[test]
fn entries_of_a_currency_are_added_and_zeros_kept() {
    let expected = [("EUR", -450, 0), ("GBP", 0, 0), ("JPY", 0, 2400), ("USD", 120_000, 10_000)];
    let expected =
        expected.map(|(currency, available, pending)| (currency.to_owned(), available, pending, None));
    assert_eq!(balances(fixture!("balance")), expected);
}

#[test]
fn a_reserve_is_told_only_where_stripe_keeps_one() {
    let expected = [("EUR", 70, 0, Some(0)), ("USD", 500, 0, Some(2000))];
    let expected = expected.map(|(currency, a, p, reserved)| (currency.to_owned(), a, p, reserved));
    assert_eq!(balances(fixture!("balance_with_reserve")), expected);
}
