use super::*;

#[test]
fn an_invoice_is_kept_as_itself_with_all_its_amounts() {
    let invoice = orders::invoice(fixture!("invoice_paid")).invoice;
    assert_eq!((invoice.subtotal_minor, invoice.discount_minor, invoice.tax_minor), (11_500, 1000, 826));
    assert_eq!((invoice.shipping_minor, invoice.total_minor, invoice.total_milli), (500, 11_826, 118_260));
    assert_eq!((invoice.due_minor, invoice.paid_minor, invoice.remaining_milli), (11_826, 11_826, 0));
    assert_eq!(invoice.subscription_id.as_deref(), Some("sub_Plan01"));
    assert_eq!(invoice.billing_reason.as_deref(), Some("subscription_cycle"));
    let times = (invoice.finalized_ms, invoice.paid_ms, invoice.voided_ms, invoice.due_ms);
    assert_eq!(times, (Some(CREATED_MS + 600_000), Some(CREATED_MS + 900_000), None, None));
}

#[test]
fn an_invoice_payment_links_an_invoice_with_what_pays_it() {
    let link = rows!(InvoicePayment, InvoicePayments, fixture!("invoice_payment"));
    assert_eq!(
        (link.invoice_id.as_str(), link.payment_intent_id.as_deref()),
        ("in_Paid01", Some("pi_Paid01"))
    );
    assert_eq!((link.charge_id, link.status.as_str()), (None, "paid"));
    assert_eq!((link.requested_minor, link.paid_minor), (11_826, Some(11_826)));
    let by_charge =
        fixture!("invoice_payment").replace("\"payment_intent\": \"pi_Paid01\"", "\"charge\": \"ch_1\"");
    let link = rows!(InvoicePayment, InvoicePayments, &by_charge);
    assert_eq!((link.payment_intent_id, link.charge_id.as_deref()), (None, Some("ch_1")));
}

#[test]
fn a_subscription_has_the_period_of_the_item_that_is_due_first() {
    let subscription = *rows!(Subscription, Subscriptions, fixture!("subscription"));
    assert_eq!((subscription.status.as_str(), subscription.cancel_at_period_end), ("active", true));
    let period = (subscription.period_start_ms, subscription.period_end_ms);
    assert_eq!(period, (Some(CREATED_MS + 10_000), Some(CREATED_MS + 2_592_000_000)));
    assert_eq!((subscription.canceled_ms, subscription.ended_ms), (Some(CREATED_MS + 50_000), None));
    let items = subscription.items().unwrap();
    assert_eq!((items[0].quantity, items[0].unit_price.as_deref()), (Some(3), Some("99")));
    assert_eq!((items[0].interval.as_deref(), items[0].interval_count), (Some("year"), Some(1)));
    assert_eq!((items[1].quantity, &items[1].unit_price), (None, &None));
    assert_eq!(items[1].usage_type.as_deref(), Some("metered"));
}

#[test]
fn a_payout_is_kept_as_itself() {
    let payout = *rows!(Payout, Payouts, fixture!("payout"));
    assert_eq!((payout.amount_minor, payout.amount_milli), (50_000, 500_000));
    assert_eq!((payout.status.as_str(), payout.automatic), ("paid", Some(true)));
    assert_eq!(payout.arrival_ms, Some(CREATED_MS));
    assert_eq!(payout.balance_transaction_id.as_deref(), Some("txn_Payout02"));
    let yen = fixture!("payout").replace("\"usd\"", "\"jpy\"");
    assert_eq!(rows!(Payout, Payouts, &yen).amount_milli, 50_000_000);
}

#[test]
fn parts_of_a_hundred_become_a_fraction_exactly() {
    let of = |json: &str| rows!(TaxComponent, TaxRates, json);
    let rate = of(fixture!("tax_rate"));
    assert_eq!(
        (rate.name.as_str(), rate.rate.as_deref(), rate.inclusive),
        ("Sales Tax", Some("0.0825"), false)
    );
    let whole = fixture!("tax_rate").replace("\"percentage\": 8.25,", "\"percentage\": 20,");
    assert_eq!(of(&whole).rate.as_deref(), Some("0.2"));
    assert_eq!(of(fixture!("tax_rate_flat")).rate, None);
    let nameless = fixture!("tax_rate").replace("\"Sales Tax\"", "\"\"");
    assert_eq!(of(&nameless).name, "txr_Sales01");
}

#[test]
fn a_terminal_location_is_a_location_with_its_address() {
    let location = rows!(Location, TerminalLocations, fixture!("location"));
    assert_eq!((location.id.as_str(), location.name.as_deref()), ("tml_Shop01", Some("Shop")));
    let expected = r#"{"type":"Unknown","line1":"Rua 1","city":"Porto","country":"PT","postalCode":"4000"}"#;
    assert_eq!(location.address.as_deref(), Some(expected));
}

#[test]
fn coupons_setup_intents_and_credit_notes_are_kept_without_records() {
    for resource in [Resource::Coupons, Resource::SetupIntents, Resource::CreditNotes] {
        assert_eq!(map(resource, "named", "{\"id\":\"x\"}"), Ok(Mapped::Nothing));
    }
}
