//! The judge on ledgers of any shape: what ties is never said to differ, and one minor unit too much or too little is
//! always found.

use super::judge::{self, Booking, Entry};
use super::*;
use proptest::prelude::*;
use std::collections::HashMap;
use tributary_core::{Currency, Millis, Resource};
use tributary_db::reconciliations::{ListedPayout, Stored, Sum};

const CURRENCIES: [&str; 4] = ["USD", "GBP", "JPY", "KWD"];

fn currency(at: usize) -> Currency {
    CURRENCIES[at % CURRENCIES.len()].parse().unwrap()
}

/// A movement: its currency, amount and fee, and whether it is available yet; none: it isn't known.
type Movement = (usize, i64, i64, Option<bool>);

fn entries(movements: &[Movement]) -> Vec<(Entry, Option<bool>)> {
    let entry = |(n, (at, amount, fee, available)): (usize, &Movement)| {
        let entry = Entry {
            id: format!("txn_{n}"),
            amount_minor: *amount,
            fee_minor: *fee,
            net_minor: amount - fee,
            details_minor: Some(i128::from(*fee)),
            currency: currency(*at),
            source: None,
            is_reversal: false,
            created_secs: 1_790_000_000,
        };
        (entry, *available)
    };
    movements.iter().enumerate().map(entry).collect()
}

/// What the database sums of entries.
fn stored(entries: &[(Entry, Option<bool>)]) -> Vec<Stored> {
    let mut all: Vec<Stored> = Vec::new();
    for (entry, available) in entries {
        let none = Stored {
            currency: entry.currency,
            total_minor: 0,
            available_minor: 0,
            between_in_minor: 0,
            between_out_minor: 0,
        };
        let at = all.iter().position(|sums| sums.currency == entry.currency).unwrap_or_else(|| {
            all.push(none);
            all.len() - 1
        });
        let (sums, net) = (&mut all[at], i128::from(entry.net_minor));
        sums.total_minor += net;
        match available {
            Some(true) => sums.available_minor += net,
            Some(false) => {}
            None if net > 0 => sums.between_in_minor += net,
            None => sums.between_out_minor += net,
        }
    }
    all
}

/// Stripe's balance of entries, where those of unknown availability are available or not by `coins`.
fn balance(entries: &[(Entry, Option<bool>)], coins: &[bool]) -> Vec<Sum> {
    let mut all: Vec<Sum> = Vec::new();
    for (n, (entry, available)) in entries.iter().enumerate() {
        let none = Sum { currency: entry.currency, available_minor: 0, pending_minor: 0, stored_minor: 0 };
        let at = all.iter().position(|sum| sum.currency == entry.currency).unwrap_or_else(|| {
            all.push(none);
            all.len() - 1
        });
        let is_available = available.unwrap_or_else(|| coins.get(n).copied().unwrap_or_default());
        let side = match is_available {
            true => &mut all[at].available_minor,
            false => &mut all[at].pending_minor,
        };
        *side += entry.net_minor;
    }
    all
}

fn movements() -> impl Strategy<Value = Vec<Movement>> {
    let one = (0..4_usize, -1_000_000_i64..1_000_000, -5_000_i64..5_000, any::<Option<bool>>());
    prop::collection::vec(one, 0..60)
}

/// An automatic payout of all these entries, with its own.
fn paid_out(entries: &[(Entry, Option<bool>)]) -> (ListedPayout, HashMap<String, i64>) {
    let sum: i64 = entries.iter().map(|(entry, _)| entry.net_minor).sum();
    let mut nets: HashMap<String, i64> =
        entries.iter().map(|(entry, _)| (entry.id.clone(), entry.net_minor)).collect();
    nets.insert("txn_own".to_owned(), -sum);
    let payout = ListedPayout {
        id: "po_1".to_owned(),
        amount_minor: sum,
        currency: currency(0),
        own_transaction_id: Some("txn_own".to_owned()),
        transaction_ids: nets.keys().cloned().collect(),
    };
    (payout, nets)
}

proptest! {
    #[test]
    fn a_balance_that_is_the_ledgers_sum_ties_whatever_is_available_by_now(
        movements in movements(),
        coins in prop::collection::vec(any::<bool>(), 60),
    ) {
        let entries = entries(&movements);
        prop_assert_eq!(judge::balances(&balance(&entries, &coins), &stored(&entries)), vec![]);
        for (entry, _) in &entries {
            prop_assert_eq!(judge::entry(entry), vec![]);
        }
    }

    #[test]
    fn a_lost_or_doubled_entry_is_found_in_its_currency_and_in_no_other(
        movements in movements(),
        coins in prop::collection::vec(any::<bool>(), 60),
        at in any::<prop::sample::Index>(),
        doubled in any::<bool>(),
    ) {
        prop_assume!(!movements.is_empty());
        let whole = entries(&movements);
        let at = at.index(whole.len());
        prop_assume!(whole[at].0.net_minor != 0);
        let mut kept = whole.clone();
        match doubled {
            true => kept.push(whole[at].clone()),
            false => { kept.remove(at); }
        }
        let found = judge::balances(&balance(&whole, &coins), &stored(&kept));
        let currencies: Vec<_> = found.iter().map(|it| (it.kind, it.currency)).collect();
        prop_assert_eq!(currencies, vec![(DifferenceKind::Balance, Some(whole[at].0.currency))]);
        let off = i128::from(found[0].found_minor.unwrap()) - i128::from(found[0].expected_minor.unwrap());
        let net = i128::from(whole[at].0.net_minor);
        prop_assert_eq!(off, if doubled { net } else { -net });
    }

    #[test]
    fn a_payout_ties_to_its_entries_also_where_it_is_negative_and_misses_each_that_is_lost(
        movements in movements(),
        at in any::<prop::sample::Index>(),
        by in 1_i64..1_000,
    ) {
        let (payout, nets) = paid_out(&entries(&movements));
        prop_assert_eq!(judge::payout(&payout, &nets), vec![]);

        let off = ListedPayout { amount_minor: payout.amount_minor + by, ..payout.clone() };
        let found = judge::payout(&off, &nets);
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].kind, DifferenceKind::Payout);
        prop_assert_eq!(found[0].expected_minor.unwrap() - found[0].found_minor.unwrap(), by);

        let mut kept = nets.clone();
        let lost = payout.transaction_ids[at.index(payout.transaction_ids.len())].clone();
        kept.remove(&lost);
        let found = judge::payout(&payout, &kept);
        prop_assert_eq!(found, vec![judge::missing_transaction(&lost, "po_1")]);
    }
}

/// A payout that failed is in its own set with its own row; what came back is part of a later payout.
#[test]
fn a_failed_payout_re_enters_in_the_next_one() {
    let (mut first, nets) = paid_out(&entries(&[(0, 5_000, 200, Some(true))]));
    first.own_transaction_id = Some("txn_own".to_owned());
    assert_eq!(judge::payout(&first, &nets), []);
    let next = ListedPayout {
        id: "po_2".to_owned(),
        amount_minor: 4_800 + 100,
        currency: currency(0),
        own_transaction_id: Some("txn_own_2".to_owned()),
        transaction_ids: ["txn_failure", "txn_new", "txn_own_2"].map(str::to_owned).to_vec(),
    };
    let nets = [("txn_failure", 4_800), ("txn_new", 100), ("txn_own_2", -4_900)];
    let nets = nets.map(|(id, net)| (id.to_owned(), net)).into_iter().collect();
    assert_eq!(judge::payout(&next, &nets), []);
}

#[test]
fn what_is_available_must_be_what_can_be() {
    let sums = |available_minor: i64, pending_minor: i64| {
        [Sum { currency: currency(0), available_minor, pending_minor, stored_minor: 0 }]
    };
    let kept = [Stored {
        currency: currency(0),
        total_minor: 100,
        available_minor: 60,
        between_in_minor: 20,
        between_out_minor: -5,
    }];
    for available in [55, 60, 80] {
        assert_eq!(judge::balances(&sums(available, 100 - available), &kept), [], "{available}");
    }
    for (available, nearest) in [(54, 55), (81, 80)] {
        let found = judge::balances(&sums(available, 100 - available), &kept);
        assert_eq!(found[0].kind, DifferenceKind::Available);
        assert_eq!((found[0].expected_minor, found[0].found_minor), (Some(available), Some(nearest)));
    }
}

#[test]
fn an_entry_that_contradicts_itself_is_named() {
    let (sound, _) = entries(&[(2, 1_000, 36, None)]).remove(0);
    let kinds = |entry: &Entry| judge::entry(entry).iter().map(|it| it.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&Entry { net_minor: 963, ..sound.clone() }), [DifferenceKind::Net]);
    assert_eq!(kinds(&Entry { details_minor: Some(35), ..sound.clone() }), [DifferenceKind::Fee]);
    assert_eq!(kinds(&Entry { details_minor: None, ..sound.clone() }), []);
    let largest = Entry { amount_minor: i64::MAX, fee_minor: -1, net_minor: i64::MIN, ..sound };
    assert_eq!(kinds(&largest), [DifferenceKind::Net, DifferenceKind::Fee], "no sum overflows");
}

#[test]
fn an_object_and_its_entry_agree_in_one_currency_reversals_included() {
    let (entry, _) = entries(&[(0, 1_000, 30, None)]).remove(0);
    let booking = |amount_minor: i128, is_unsigned: bool, at: usize| Booking {
        resource: Resource::Charges,
        object_id: "ch_1".to_owned(),
        currency: currency(at),
        transaction_id: entry.id.clone(),
        amount_minor,
        is_unsigned,
    };
    let judged = |it: &Booking, reversed| judge::booking(it, Some(&entry), reversed).map(|found| found.kind);
    assert_eq!(judged(&booking(1_000, false, 0), 0), None);
    assert_eq!(judged(&booking(700, false, 0), -300), None, "partly captured");
    assert_eq!(judged(&booking(999, false, 0), 0), Some(DifferenceKind::Amount));
    assert_eq!(judged(&booking(-1_000, false, 0), 0), Some(DifferenceKind::Amount));
    assert_eq!(judged(&booking(-1_000, true, 0), 0), None, "a dispute's money goes and comes back");
    assert_eq!(judged(&booking(5, false, 1), 0), None, "another currency was converted");
    let missing = judge::booking(&booking(1_000, false, 0), None, 0).unwrap();
    assert_eq!(
        (missing.kind, missing.object_id.as_deref()),
        (DifferenceKind::TransactionMissing, Some("txn_0"))
    );
}

#[test]
fn sources_are_looked_for_where_they_are_kept() {
    let of = judge::list_of_source;
    assert_eq!([of("ch_1"), of("py_1")], [Some(Resource::Charges); 2]);
    assert_eq!([of("re_1"), of("pyr_1")], [Some(Resource::Refunds); 2]);
    assert_eq!([of("dp_1"), of("po_1")], [Some(Resource::Disputes), Some(Resource::Payouts)]);
    assert_eq!([of("tr_1"), of("x"), of("")], [None; 3]);
}

#[test]
fn an_objects_bookings_follow_from_what_it_says() {
    let of = |resource, json: serde_json::Value| {
        let amounts = bookings::of(resource, &json.to_string());
        amounts.into_iter().map(|it| (it.transaction_id, it.amount_minor)).collect::<Vec<_>>()
    };
    let id = |id: &str| id.to_owned();
    let charge = serde_json::json!({"id": "ch_1", "amount": 1000, "amount_captured": 700, "captured": true,
        "currency": "usd", "balance_transaction": "txn_1"});
    assert_eq!(of(Resource::Charges, charge), [(id("txn_1"), 700)]);
    let bounced = serde_json::json!({"id": "py_1", "amount": 1000, "captured": true, "amount_captured": 0,
        "currency": "usd", "balance_transaction": "txn_1", "failure_balance_transaction": "txn_2"});
    assert_eq!(of(Resource::Charges, bounced), [(id("txn_1"), 1000), (id("txn_2"), -1000)]);
    let declined =
        serde_json::json!({"id": "ch_2", "amount": 1000, "currency": "usd", "balance_transaction": null});
    assert_eq!(of(Resource::Charges, declined), []);
    let refund = serde_json::json!({"id": "re_1", "amount": 50, "currency": "jpy", "balance_transaction": "txn_3",
        "failure_balance_transaction": "txn_4"});
    assert_eq!(of(Resource::Refunds, refund), [(id("txn_3"), -50), (id("txn_4"), 50)]);
    let payout =
        serde_json::json!({"id": "po_1", "amount": -70, "currency": "kwd", "balance_transaction": "txn_5"});
    assert_eq!(of(Resource::Payouts, payout), [(id("txn_5"), 70)]);
    assert_eq!(of(Resource::Customers, serde_json::json!({"id": "cus_1"})), []);
}

#[test]
fn what_a_later_look_does_not_find_any_more_is_repaired() {
    let missing = |id: &str| Difference::of(DifferenceKind::SourceMissing).about(Resource::Refunds, id);
    let off = |found| Difference::of(DifferenceKind::Balance).amounts(currency(0), 100, found);
    let mut found = Vec::new();
    merge(&mut found, &[off(90), missing("re_1")]);
    assert!(found.iter().all(|it| !it.repaired));
    merge(&mut found, &[off(95)]);
    let open: Vec<_> = found.iter().filter(|it| !it.repaired).map(|it| &it.difference).collect();
    assert_eq!(open, [&off(95)], "the same difference, with its latest amounts");
    merge(&mut found, &[]);
    assert!(found.len() == 2 && found.iter().all(|it| it.repaired));
}

#[test]
fn an_instant_is_on_stripes_clock() {
    let mut offset = ClockOffset::default();
    offset.observe_answer(Millis(10_000), Millis(10_010), Some(Millis(70_000)));
    assert!((offset.ms() - 60_000).abs() < 1_100);
    let before = offset;
    offset.observe_answer(Millis(20_000), Millis(20_010), None);
    assert_eq!(offset, before, "an answer without a time says nothing");
}
