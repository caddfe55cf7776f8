use super::*;
use tributary_db::records::order_lines::OrderLine;
use tributary_db::records::orders::Order;

pub(super) fn invoice(json: &str) -> InvoiceRows {
    *rows!(Invoice, Invoices, json)
}

fn order(json: &str) -> (Order, Vec<OrderLine>) {
    let OrderRows { order, lines } = invoice(json).order.unwrap();
    (order, lines)
}

fn session(json: &str) -> (Order, Vec<OrderLine>) {
    let OrderRows { order, lines } = *rows!(Order, CheckoutSessions, json);
    (order, lines)
}

/// What a line came to: quantity, unit price, discount, tax, total.
fn figures(line: &OrderLine) -> (&str, &str, i64, i64, i64) {
    (&line.quantity, &line.unit_price, line.discount_minor, line.tax_minor, line.total_minor)
}

#[test]
fn a_paid_invoice_is_a_closed_order_with_discount_tax_and_shipping() {
    let (order, lines) = order(fixture!("invoice_paid"));
    let expected = Order {
        id: "in_Paid01".to_owned(),
        resource: Resource::Invoices,
        status: "paid".to_owned(),
        number: Some("QUILL-0007".to_owned()),
        country: Some("FR".to_owned()),
        currency: "usd".parse().unwrap(),
        total_minor: 11_826,
        total_milli: 118_260,
        tax_minor: 826,
        tax_milli: 8260,
        discount_minor: 1000,
        discount_milli: 10_000,
        shipping_minor: Some(500),
        shipping_tax_minor: Some(0),
        customer_id: Some("cus_Quill01".to_owned()),
        customer_name: Some("Quill & Sons".to_owned()),
        payment_intent_id: None,
        closed_ms: Some(CREATED_MS + 900_000),
        created_ms: CREATED_MS,
    };
    assert_eq!(order, expected);
    assert_eq!(figures(&lines[0]), ("4", "25", 1000, 743, 9743));
    assert_eq!(figures(&lines[1]), ("1", "15", 0, 83, 1583));
    let plan = (lines[0].product_id.as_deref(), lines[0].variant_id.as_deref());
    assert_eq!(plan, (Some("prod_Plan01"), Some("price_Plan01")));
    assert_eq!((&lines[1].product_id, lines[1].description.as_deref()), (&None, Some("Setup by hand")));
    assert_eq!(lines[0].taxes, r#"[{"id":"txr_Sales01","amount_minor":743}]"#);
    assert_eq!(lines[0].discounts, r#"[{"id":"di_Ten01","amount_minor":1000}]"#);
    assert_eq!((lines[0].position, lines[1].position, lines[1].order_id.as_str()), (0, 1, "in_Paid01"));
}

#[test]
fn a_draft_is_an_invoice_and_no_order() {
    let rows = invoice(&fixture!("invoice_paid").replace("\"status\": \"paid\"", "\"status\": \"draft\""));
    assert_eq!((rows.invoice.status.as_str(), rows.order), ("draft", None));
}

#[test]
fn a_voided_invoice_stays_as_a_closed_order_of_nothing() {
    let json = fixture!("invoice_paid")
        .replace("\"status\": \"paid\"", "\"status\": \"void\"")
        .replace("\"voided_at\": null", "\"voided_at\": 1790000700");
    let (order, lines) = order(&json);
    assert_eq!((order.total_minor, order.total_milli, order.tax_minor, order.discount_minor), (0, 0, 0, 0));
    assert_eq!((order.shipping_minor, order.closed_ms), (None, Some(CREATED_MS + 700_000)));
    assert_eq!(lines, []);
}

#[test]
fn an_invoice_that_was_given_up_is_closed_and_keeps_its_amounts() {
    let json = fixture!("invoice_paid")
        .replace("\"status\": \"paid\"", "\"status\": \"uncollectible\"")
        .replace("\"marked_uncollectible_at\": null", "\"marked_uncollectible_at\": 1790000800");
    let (order, lines) = order(&json);
    assert_eq!((order.total_minor, order.closed_ms, lines.len()), (11_826, Some(CREATED_MS + 800_000), 2));
}

#[test]
fn an_open_invoice_is_an_open_order_and_its_prices_are_without_the_tax_they_include() {
    let (order, lines) = order(fixture!("invoice_with_included_tax"));
    assert_eq!((order.closed_ms, order.total_minor, order.tax_minor), (None, 4000, 667));
    assert_eq!(figures(&lines[0]), ("2", "16.665", 0, 667, 4000));
}

#[test]
fn what_was_credited_before_payment_is_a_line_that_takes_it_off_and_credits_used_up_are_discounts() {
    let rows = invoice(fixture!("invoice_credited"));
    assert_eq!((rows.invoice.total_minor, rows.invoice.credited_before_minor), (4400, 1000));
    let OrderRows { order, lines } = rows.order.unwrap();
    assert_eq!((order.total_minor, order.discount_minor), (3400, 600));
    assert_eq!(figures(&lines[0]), ("1", "50", 600, 0, 4400));
    assert_eq!(
        (lines[1].id.as_str(), figures(&lines[1])),
        ("in_Credited01:credit", ("-1", "10", 0, 0, -1000))
    );
}

#[test]
fn listed_prices_below_a_cent_are_kept_and_what_is_given_back_is_negative() {
    let (order, lines) = order(fixture!("invoice_of_usage"));
    assert_eq!(figures(&lines[0]), ("3", "0.005", 0, 0, 2));
    assert_eq!(figures(&lines[1]), ("0", "0.005", 0, 0, 0));
    assert_eq!(figures(&lines[2]), ("1", "-5", 0, 0, -500));
    assert_eq!(order.total_minor, -498);
}

#[test]
fn yen_and_dinars_count_in_their_own_units() {
    let of = |code: &str| {
        let json =
            fixture!("invoice_paid").replace("\"currency\": \"usd\"", &format!("\"currency\": \"{code}\""));
        let (order, lines) = order(&json);
        (order.total_milli, lines[0].unit_price.clone())
    };
    assert_eq!(of("jpy"), (11_826_000, "2500".to_owned()));
    assert_eq!(of("kwd"), (11_826, "2.5".to_owned()));
}

#[test]
fn a_completed_session_without_an_invoice_is_an_order() {
    let (order, lines) = session(fixture!("session_complete"));
    assert_eq!((order.id.as_str(), order.resource), ("cs_test_Done01", Resource::CheckoutSessions));
    assert_eq!((order.status.as_str(), order.number.as_deref()), ("paid", Some("basket-7")));
    assert_eq!((order.total_minor, order.tax_minor, order.discount_minor), (2650, 450, 240));
    assert_eq!((order.shipping_minor, order.shipping_tax_minor), (Some(490), Some(90)));
    assert_eq!((order.customer_id, order.customer_name.as_deref()), (None, Some("Ada")));
    assert_eq!(
        (order.payment_intent_id.as_deref(), order.country.as_deref()),
        (Some("pi_Mug01"), Some("GB"))
    );
    assert_eq!(order.closed_ms, None, "a session has no such time");
    assert_eq!(figures(&lines[0]), ("2", "10.2", 240, 360, 2160));
    assert_eq!(lines[0].taxes, r#"[{"id":"txr_Vat01","amount_minor":360}]"#);
    assert_eq!(
        (lines[0].variant_name.as_deref(), lines[0].product_id.as_deref()),
        (Some("Blue"), Some("prod_Mug01"))
    );
}

#[test]
fn sessions_that_sold_nothing_or_made_an_invoice_are_no_orders() {
    let json = fixture!("session_complete");
    for (from, to) in [
        ("\"status\": \"complete\"", "\"status\": \"open\""),
        ("\"status\": \"complete\"", "\"status\": \"expired\""),
        ("\"invoice\": null", "\"invoice\": \"in_Paid01\""),
        ("\"amount_total\": 2650", "\"amount_total\": null"),
    ] {
        assert!(json.contains(from), "{from}");
        assert_eq!(
            map(Resource::CheckoutSessions, "named", &json.replace(from, to)),
            Ok(Mapped::Nothing),
            "{to}"
        );
    }
}

#[test]
fn what_an_order_can_not_do_without_is_named() {
    let refused = |resource, json: String| {
        let error = map(resource, "named", &json).unwrap_err();
        (error.field, error.problem)
    };
    let invoice = |field: &str| fixture!("invoice_paid").replace(&format!("\"{field}\":"), "\"elsewhere\":");
    for field in ["total", "subtotal", "currency", "created"] {
        assert_eq!(refused(Resource::Invoices, invoice(field)), (field, Problem::Missing));
    }
    let session = fixture!("session_complete").replace("\"line_items\":", "\"elsewhere\":");
    assert_eq!(refused(Resource::CheckoutSessions, session), ("line_items", Problem::Missing));
    let much = fixture!("invoice_paid").replace("\"total\": 11826", "\"total\": 9223372036854775807");
    assert_eq!(refused(Resource::Invoices, much), ("total", Problem::OutOfRange));
}

#[test]
fn an_invoice_in_an_unknown_currency_is_doubtful() {
    let json = fixture!("invoice_paid").replace(r#""currency": "usd""#, r#""currency": "zzz""#);
    let doubts = doubts("in_Paid01", &map(Resource::Invoices, "in_Paid01", &json).unwrap());
    let rules: Vec<&str> = doubts.iter().map(|doubt| doubt.rule.as_str()).collect();
    assert_eq!(rules, ["004"]);
}

#[test]
fn a_line_of_none_whose_whole_amount_is_included_tax_stays_one_of_none() {
    let sold = |included_minor| order_line::Sold {
        id: "il_1".to_owned(),
        description: None,
        product_id: None,
        variant_id: None,
        variant_name: None,
        quantity: Some("0".to_owned()),
        amount_minor: 100,
        listed: None,
        included_minor,
        added_minor: 0,
        taxes: Vec::new(),
        discounts: Vec::new(),
    };
    let line = |included| order_line::row("in_1", 0, "usd".parse().unwrap(), sold(included)).unwrap();
    assert_eq!((line(100).quantity, line(20).quantity), ("0".to_owned(), "1".to_owned()));
}
