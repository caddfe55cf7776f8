use super::bills::*;
use super::extras::SetupStatus;
use super::*;
use crate::cash::{JPY, KWD};
use crate::events::Moment;
use std::collections::{BTreeMap, BTreeSet};

const END: u32 = 1_750_000_000;

fn world(seed: u64, number: usize, mode: Mode, charges: usize) -> World {
    let profile = Arc::new(Profile::merchant(seed, number));
    World::make(profile, Terms { seed, number: number as u64, mode, charges, end: END })
}

/// Accounts of every currency profile, both modes, several seeds and sizes.
fn worlds() -> Vec<World> {
    let mut all = Vec::new();
    for seed in [1, 2, 99] {
        for number in 0..5 {
            all.push(world(seed, number, Mode::Test, 200 + 37 * number));
        }
        all.push(world(seed, 0, Mode::Live, 3000));
    }
    all.push(world(5, 0, Mode::Test, 7));
    all.push(world(5, 1, Mode::Test, 0));
    all
}

#[test]
fn an_account_has_exactly_the_charges_asked_for() {
    for charges in [0, 1, 2, 7, 99, 100, 101, 200, 1000, 2345] {
        assert_eq!(world(3, 0, Mode::Test, charges).charges.len(), charges);
    }
}

#[test]
fn each_lists_order_is_that_of_creation_and_nothing_is_newer_than_the_end() {
    for world in worlds() {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.has_list()) {
            let created: Vec<u32> = (0..world.len(kind)).map(|place| world.created(kind, place)).collect();
            assert!(created.is_sorted(), "{kind}");
            assert!(created.last().is_none_or(|newest| *newest <= END), "{kind}");
        }
    }
}

#[test]
fn every_transactions_net_is_amount_less_fee_and_balances_are_their_sums() {
    for world in worlds() {
        let mut nets: BTreeMap<&str, i64> = BTreeMap::new();
        for txn in &world.txns {
            assert!(txn.fee < 0 || i64::from(txn.app_fee) + i64::from(txn.tax) <= txn.fee);
            *nets.entry(txn.currency.code()).or_default() += txn.net();
        }
        for balance in world.balances() {
            let sum = nets.remove(balance.currency.code()).unwrap_or(0);
            assert_eq!(balance.available + balance.pending, sum, "{}", balance.currency.code());
        }
        assert!(nets.is_empty());
    }
}

#[test]
fn a_charges_refunds_add_up_and_its_transactions_mirror_it() {
    for world in worlds() {
        for (place, charge) in world.charges.iter().enumerate() {
            let refunds = world.refunds_of_charge(place);
            let counted: i64 = refunds
                .iter()
                .map(|at| world.refunds[*at as usize])
                .filter(|refund| refund.status.counts())
                .map(|refund| refund.amount)
                .sum();
            assert_eq!(charge.refunded, counted);
            assert!(counted <= charge.amount);
            let booked: Vec<&TxnRow> = world
                .txns_of_source(Kind::Charges, place)
                .iter()
                .map(|at| &world.txns[*at as usize])
                .collect();
            let whole: i64 = booked.iter().map(|txn| txn.amount).sum();
            let converted = booked.iter().any(|txn| txn.rate != 0);
            match charge.outcome {
                Outcome::Paid => {
                    assert!(charge.txn != Ref::NONE);
                    assert!(
                        converted || whole == charge.captured,
                        "partial captures sum to what was captured"
                    );
                }
                Outcome::Bounced => assert!(charge.failure_txn != Ref::NONE && (converted || whole == 0)),
                _ => assert!(booked.is_empty() && charge.captured == 0),
            }
        }
    }
}

#[test]
fn refunds_and_disputes_name_their_transactions() {
    for world in worlds() {
        for (place, refund) in world.refunds.iter().enumerate() {
            let charge = &world.charges[refund.charge as usize];
            let moved = charge.captured > 0 && refund.status != RefundStatus::RequiresAction;
            assert_eq!(refund.txn != Ref::NONE, moved);
            assert_eq!(refund.failure_txn != Ref::NONE, moved && !refund.status.counts());
            let sum: i64 = world
                .txns_of_source(Kind::Refunds, place)
                .iter()
                .map(|at| world.txns[*at as usize].amount)
                .sum();
            assert!(refund.status.counts() || sum == 0, "a refund that failed leaves nothing behind");
            assert!(refund.created >= charge.created);
        }
        for dispute in &world.disputes {
            assert_eq!(dispute.withdrawal != Ref::NONE, dispute.status.withdraws());
            assert_eq!(dispute.reversal != Ref::NONE, dispute.status == DisputeStatus::Won);
        }
    }
}

#[test]
fn a_payout_is_the_sum_of_its_constituents() {
    for world in worlds() {
        let mut seen = BTreeSet::new();
        for (place, payout) in world.payouts.iter().enumerate() {
            let parts: Vec<&TxnRow> =
                world.txns_of_payout(place).iter().map(|at| &world.txns[*at as usize]).collect();
            let (own, others): (Vec<&TxnRow>, Vec<&TxnRow>) = parts
                .into_iter()
                .partition(|txn| txn.kind == TxnKind::Payout && txn.source as usize == place);
            assert_eq!(own.len(), 1);
            assert_eq!(own[0].amount, -payout.amount);
            assert_eq!(others.iter().map(|txn| txn.net()).sum::<i64>(), payout.amount);
            assert!(
                others.iter().all(|txn| txn.currency == payout.currency && txn.created <= payout.created)
            );
            seen.insert(payout.status.as_str());
        }
        if world.charges.len() >= 200 {
            for status in ["paid", "failed", "canceled"] {
                assert!(seen.contains(status), "{status}");
            }
        }
    }
}

#[test]
fn accounts_of_200_charges_hold_every_special_case() {
    for world in worlds().into_iter().filter(|world| world.charges.len() >= 200) {
        let has = |what: &str, found: bool| assert!(found, "{what} in {}", world.profile.country);
        for status in DisputeStatus::ALL {
            has(status.as_str(), world.disputes.iter().any(|dispute| dispute.status == status));
        }
        for outcome in [
            Outcome::Authorized,
            Outcome::Released,
            Outcome::Expired,
            Outcome::Pending,
            Outcome::Declined,
            Outcome::Blocked,
            Outcome::Bounced,
        ] {
            has(&format!("{outcome:?}"), world.charges.iter().any(|charge| charge.outcome == outcome));
        }
        for status in ["pending", "requires_action", "succeeded", "failed", "canceled"] {
            has(status, world.refunds.iter().any(|refund| refund.status.as_str() == status));
        }
        let charge =
            |what: &str, found: &dyn Fn(&ChargeRow) -> bool| has(what, world.charges.iter().any(found));
        charge("a partial capture", &|charge| charge.captured > 0 && charge.captured < charge.amount);
        charge("a guest", &|charge| charge.customer == Ref::NONE);
        charge("no intent", &|charge| charge.intent == Ref::NONE);
        charge("yen", &|charge| charge.currency == JPY);
        charge("dinars", &|charge| charge.currency == KWD);
        charge("a card number", &|charge| charge.canary == CardCanary::Description);
        charge("a card number elsewhere", &|charge| charge.canary == CardCanary::Metadata);
        charge("a deleted customer", &|charge| {
            charge.customer.get().is_some_and(|customer| world.customers[customer].deleted)
        });
        let txn = |what: &str, found: &dyn Fn(&TxnRow) -> bool| has(what, world.txns.iter().any(found));
        txn("a conversion", &|txn| txn.rate != 0);
        txn("an application's fee", &|txn| txn.app_fee > 0);
        txn("a tax", &|txn| txn.tax > 0);
        txn("a split fee", &|txn| txn.split_fee);
        txn("a fee that came back", &|txn| txn.fee < 0);
        txn("a reversed capture", &|txn| txn.kind == TxnKind::PartialCaptureReversal);
        txn("a failed payout", &|txn| txn.kind == TxnKind::PayoutFailure);
        txn("a product fee", &|txn| txn.kind == TxnKind::ProductFee);
        has("a deleted product", world.products.iter().any(|product| product.deleted));
        has("an archived price", world.prices.iter().any(|price| !price.active));
        for shape in [PriceShape::Tiered, PriceShape::Fractional, PriceShape::Metered] {
            has(&format!("{shape:?}"), world.prices.iter().any(|price| price.shape == shape));
        }
        let late = |refund: &RefundRow| {
            let paid_out =
                world.charges[refund.charge as usize].txn.get().and_then(|txn| world.txns[txn].payout.get());
            paid_out.is_some_and(|payout| world.payouts[payout].created < refund.created)
        };
        has("a refund past its payout", world.refunds.iter().any(late));
        let tied = |charge: &ChargeRow| {
            world.customers.iter().filter(|row| row.created == charge.created).count() > 150
        };
        charge("a second shared with more than 150 objects", &tied);
        has(
            "retries",
            (0..world.intents.len()).any(|intent| world.charges_of_intent(intent).len() > 1)
                || world.charges.len() < 1000,
        );
        has("a negative balance", world.balances().iter().any(|balance| balance.available < 0));
    }
}

#[test]
fn accounts_of_200_charges_hold_every_special_case_of_billing() {
    for world in worlds().into_iter().filter(|world| world.charges.len() >= 200) {
        let has = |what: &str, found: bool| assert!(found, "{what} in {}", world.profile.country);
        let billing = &world.billing;
        for status in SubscriptionStatus::ALL {
            has(status.as_str(), billing.subscriptions.iter().any(|row| row.status == status));
        }
        for status in ["draft", "open", "paid", "uncollectible", "void"] {
            has(status, billing.invoices.iter().any(|row| row.status.as_str() == status));
        }
        for status in ["open", "complete", "expired"] {
            has(status, billing.sessions.iter().any(|row| row.status.as_str() == status));
        }
        for status in SetupStatus::ALL {
            has(status.as_str(), world.extras.setups.iter().any(|row| row.status == status));
        }
        let invoice = |what: &str, fits: &dyn Fn(&InvoiceRow) -> bool| {
            has(what, billing.invoices.iter().any(|row| row.totals.total > 0 && fits(row)));
        };
        let paid = |row: &InvoiceRow| row.status == InvoiceStatus::Paid;
        invoice("a long invoice", &|row| row.lines.count > 10);
        invoice("an invoice in yen", &|row| paid(row) && row.currency == JPY);
        invoice("an invoice in dinars", &|row| paid(row) && row.currency == KWD);
        invoice("a discount", &|row| paid(row) && row.totals.discount > 0);
        invoice("an added tax", &|row| row.totals.total > row.totals.subtotal);
        invoice("a tax that prices include", &|row| {
            row.totals.tax > 0 && row.totals.total <= row.totals.subtotal
        });
        invoice("an invoice credited before payment", &|row| row.credited_before > 0);
        has("a long subscription", billing.subscriptions.iter().any(|row| row.items.count > 10));
        has("a long session", billing.sessions.iter().any(|row| row.lines.count > 10));
        has("a long credit note", billing.credit_notes.iter().any(|row| row.lines.count > 10));
        has("a void credit note", billing.credit_notes.iter().any(|row| row.voided_at > 0));
        has("a long transfer", world.extras.transfers.iter().any(|row| row.reversals.count > 10));
        let session = |what: &str, fits: &dyn Fn(&SessionRow) -> bool| {
            has(what, billing.sessions.iter().any(|row| row.status == SessionStatus::Complete && fits(row)));
        };
        session("a session of a guest", &|row| row.customer == Ref::NONE && row.charge != Ref::NONE);
        session("a session whose debit is on its way", &|row| row.intent != Ref::NONE && !row.paid);
        session("a session that made an invoice", &|row| {
            row.mode == SessionMode::Payment && row.invoice != Ref::NONE
        });
        session("a session that began a subscription", &|row| row.mode == SessionMode::Subscription);
        session("a session that saved a card", &|row| row.mode == SessionMode::Setup);
    }
}

#[test]
fn what_is_paid_for_ties_out() {
    for world in worlds() {
        let billing = &world.billing;
        let subtotal = |lines: &[LineRow]| lines.iter().map(|line| line.amount).sum::<i64>();
        for (place, invoice) in billing.invoices.iter().enumerate() {
            let lines = &billing.lines[invoice.lines.places()];
            assert!(lines.iter().all(|line| line.owner as usize == place));
            assert_eq!(subtotal(lines), invoice.totals.subtotal);
            assert!(invoice.totals.total >= 0 && invoice.created <= END);
            assert!(invoice.settled_at <= END, "{invoice:?}");
            if let Some(intent) = invoice.intent.get().map(|at| world.intents[at]) {
                assert_eq!((intent.amount, intent.customer), (invoice.due(), invoice.customer));
                assert_eq!(intent.received, invoice.paid);
                assert!(intent.created >= invoice.created);
            }
            let last_digit = if invoice.currency.exponent() == 3 { 10 } else { 1 };
            assert_eq!(invoice.totals.total % last_digit, 0);
        }
        for session in &billing.sessions {
            assert_eq!(subtotal(&billing.session_lines[session.lines.places()]), session.totals.subtotal);
            if let Some(intent) = session.intent.get().map(|at| world.intents[at]) {
                assert_eq!(intent.amount, session.totals.total);
            }
        }
        for subscription in &billing.subscriptions {
            let customer = world.customers[subscription.customer.get().unwrap()];
            assert!(customer.created <= subscription.created && !customer.deleted);
            assert!(subscription.ended_at <= END && subscription.canceled_at <= END);
            assert!(subscription.period_start < subscription.period_end);
        }
        for charge in &world.charges {
            let method = world.extras.methods[charge.payment_method.get().unwrap()];
            assert_eq!(method.customer, charge.customer);
            assert!(method.created <= charge.created);
        }
    }
}

#[test]
fn large_accounts_have_a_burst_of_charges_longer_than_a_page() {
    let world = world(1, 0, Mode::Test, 1000);
    let mut per_second: BTreeMap<u32, usize> = BTreeMap::new();
    for charge in &world.charges {
        *per_second.entry(charge.created).or_default() += 1;
    }
    assert!(per_second.values().any(|count| *count > 150));
}

#[test]
fn ids_are_unique_found_again_and_differ_between_modes_and_accounts() {
    let mut seen = BTreeSet::new();
    for world in [world(1, 0, Mode::Test, 300), world(1, 0, Mode::Live, 300), world(1, 1, Mode::Test, 300)] {
        for kind in Kind::ALL {
            for place in 0..world.len(kind) {
                let id = world.id(kind, place);
                assert_eq!(world.find(kind, &id), Some(place));
                assert!(seen.insert(id));
            }
        }
    }
}

#[test]
fn the_same_terms_make_the_same_account() {
    let (one, two) = (world(8, 0, Mode::Test, 500), world(8, 0, Mode::Test, 500));
    for kind in Kind::ALL {
        let ids = |world: &World| (0..world.len(kind)).map(|place| world.id(kind, place)).collect::<Vec<_>>();
        assert_eq!(ids(&one), ids(&two));
    }
    let nets = |world: &World| world.txns.iter().map(TxnRow::net).collect::<Vec<_>>();
    assert_eq!(nets(&one), nets(&two));
    assert_ne!(nets(&one), nets(&world(9, 0, Mode::Test, 500)));
}

#[test]
fn an_object_takes_at_most_300_bytes() {
    for charges in [200, 20_000] {
        let world = world(1, 0, Mode::Test, charges);
        let each = world.resident_bytes() / world.objects();
        assert!(each <= 300, "{each} bytes per object of {charges} charges");
    }
}

#[test]
fn a_new_charge_joins_its_customers_and_the_balance() {
    let mut world = world(1, 0, Mode::Test, 200);
    let before: i64 = world.balances().iter().map(|balance| balance.pending).sum();
    let customer = world.id(Kind::Customers, 5);
    let change = Change::Charge { amount: 10_000, currency: None, customer: Some(customer) };
    let by = Moment { at: END + 10, ..Moment::default() };
    let id = world.change(&change, &by).unwrap().id;
    let place = world.find(Kind::Charges, &id).unwrap();
    assert_eq!(world.charges_of_customer(5).last().copied(), u32::try_from(place).ok());
    let txn = world.txns[world.charges[place].txn.get().unwrap()];
    let after: i64 = world.balances().iter().map(|balance| balance.pending).sum();
    assert_eq!(after - before, txn.net());
    let nothing = Change::Charge { amount: 0, currency: None, customer: None };
    assert!(matches!(world.change(&nothing, &by), Err(Refusal::Change(ChangeError::Amount))));
}
