//! One test per special case, on objects of our own in `../fixtures`.

mod balances;
mod billing;
mod company;
mod customers;
mod disputes;
mod goods;
mod intents;
mod ledger;
mod mutants;
mod order_sums;
mod orders;
mod payments;
mod refusals;
mod secrets;
mod sums;

use super::*;
use tributary_db::records::payments::Payment;
use tributary_db::records::transactions::Transaction;

/// `created` of the fixtures, in milliseconds.
const CREATED_MS: i64 = 1_790_000_000_000;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../fixtures/", $name, ".json"))
    };
}
use fixture;

/// The rows of a fixture, of the kind that the test expects.
macro_rules! rows {
    ($kind:ident, $resource:ident, $json:expr) => {
        match map(Resource::$resource, "named", $json) {
            Ok(Mapped::$kind(rows)) => rows,
            other => panic!("another outcome was expected: {other:?}"),
        }
    };
}
use rows;

fn charge(json: &str) -> Payment {
    rows!(Payment, Charges, json)
}

fn refund(json: &str) -> Payment {
    rows!(Payment, Refunds, json)
}

fn transactions(json: &str) -> Vec<Transaction> {
    rows!(Transactions, BalanceTransactions, json)
}

#[test]
fn the_rows_of_many_objects_are_collected_by_table() {
    let mapped = [
        map(Resource::Charges, "ch_Paid01", fixture!("charge_paid")),
        map(Resource::Refunds, "re_Back01", fixture!("refund_succeeded")),
        map(Resource::Refunds, "re_Release01", fixture!("refund_of_authorization")),
        map(Resource::BalanceTransactions, "txn_Twins01", fixture!("transaction_equal_fees")),
    ];
    let mut records = Records::default();
    mapped.iter().flatten().for_each(|mapped| mapped.collect_into(&mut records));
    assert_eq!((records.payments.len(), records.transactions.len(), records.customers.len()), (2, 4, 0));
}
