use crate::bulk::{Owner, Rows};
use crate::records::order_lines::OrderLine;
use crate::records::orders::{self, Order};
use crate::records::payment_methods;
use crate::records::payments::Payment;
use crate::records::{
    Records, Stamped, bury, bury_left_out, order_parts, payment_intents, products, tax_components, variants,
};
use crate::test_db::TestDb;
use crate::{Page, records};
use tributary_core::Resource;
use tributary_core::commerce::{PaymentStatus, PaymentType, ProductStatus};

const ALL: Page = Page { offset: 0, limit: 100 };

fn order(id: &str, resource: Resource, status: &str) -> Order {
    Order {
        id: id.to_owned(),
        resource,
        status: status.to_owned(),
        number: None,
        country: None,
        currency: "usd".parse().unwrap(),
        total_minor: 1000,
        total_milli: 10_000,
        tax_minor: 0,
        tax_milli: 0,
        discount_minor: 0,
        discount_milli: 0,
        shipping_minor: None,
        shipping_tax_minor: None,
        customer_id: None,
        customer_name: None,
        payment_intent_id: (resource == Resource::CheckoutSessions).then(|| format!("pi_{id}")),
        closed_ms: None,
        created_ms: 10,
    }
}

fn line(id: &str, order: &str, position: i64) -> OrderLine {
    OrderLine {
        id: id.to_owned(),
        order_id: order.to_owned(),
        position,
        description: None,
        product_id: None,
        variant_id: None,
        variant_name: None,
        currency: "usd".parse().unwrap(),
        quantity: "1".to_owned(),
        unit_price: "10".to_owned(),
        total_minor: 1000,
        tax_minor: 0,
        discount_minor: 0,
        taxes: r#"[{"id":"txr_1","amount_minor":0}]"#.to_owned(),
        discounts: "[]".to_owned(),
    }
}

fn charge(id: &str, intent: Option<&str>, status: PaymentStatus, created_ms: i64) -> Payment {
    Payment {
        id: id.to_owned(),
        resource: "charges".to_owned(),
        amount_minor: 1000,
        amount_milli: 10_000,
        currency: "usd".parse().unwrap(),
        status,
        provider: None,
        charge_id: None,
        payment_intent_id: intent.map(str::to_owned),
        balance_transaction_id: None,
        customer_id: None,
        payment_method_id: Some("pm_1".to_owned()),
        payment_method_name: Some(format!("Visa of {id}")),
        created_ms,
        kind: PaymentType::OnlineCard,
        location_id: Some("tml_1".to_owned()),
    }
}

fn refund(id: &str, charge_id: &str, amount_minor: i64, status: PaymentStatus) -> Payment {
    Payment {
        resource: "refunds".to_owned(),
        charge_id: Some(charge_id.to_owned()),
        amount_minor,
        payment_method_id: None,
        ..charge(id, None, status, 90)
    }
}

fn link(
    id: &str,
    invoice: &str,
    intent: Option<&str>,
    charge: Option<&str>,
) -> records::invoice_payments::InvoicePayment {
    records::invoice_payments::InvoicePayment {
        id: id.to_owned(),
        invoice_id: invoice.to_owned(),
        payment_intent_id: intent.map(str::to_owned),
        charge_id: charge.map(str::to_owned),
        status: "paid".to_owned(),
        currency: "usd".parse().unwrap(),
        requested_minor: 1000,
        paid_minor: Some(1000),
        paid_ms: Some(20),
        canceled_ms: None,
        created_ms: 10,
    }
}

struct Store {
    db: TestDb,
    owner: Owner,
}

impl Store {
    fn new() -> Self {
        let db = TestDb::new();
        let platform = db.platform("Lender");
        let (_, connection) = db.linked(&platform, "acct_1");
        let owner = Owner { connection_no: connection.no, platform_no: platform.no };
        Store { db, owner }
    }

    fn write(&self, modified_ms: i64, records: &Records<'_>) {
        self.db.run(|conn| records.write(conn, self.owner, modified_ms, Rows::Any));
    }

    fn orders(&self) -> Vec<Stamped<Order>> {
        self.db.run(|conn| orders::list(conn, self.owner.connection_no, ALL)).0
    }

    fn modified(&self, id: &str) -> i64 {
        self.orders().into_iter().find(|(order, _)| order.id == id).unwrap().1
    }

    fn parts(&self) -> Vec<order_parts::OrderParts> {
        let orders = self.orders();
        self.db.run(|conn| order_parts::join(conn, self.owner.connection_no, &orders))
    }
}

#[test]
fn m04_an_order_shows_its_lines_its_payments_and_what_went_back_of_them() {
    let store = Store::new();
    let invoice = order("in_1", Resource::Invoices, "paid");
    let session = order("cs_1", Resource::CheckoutSessions, "paid");
    let lines = [line("il_2", "in_1", 1), line("il_1", "in_1", 0), line("li_1", "cs_1", 0)];
    let links = [link("inpay_1", "in_1", Some("pi_1"), None), link("inpay_2", "in_1", None, Some("ch_old"))];
    let payments = [
        charge("ch_failed", Some("pi_1"), PaymentStatus::Failed, 20),
        charge("ch_paid", Some("pi_1"), PaymentStatus::Paid, 30),
        charge("ch_old", None, PaymentStatus::Paid, 40),
        charge("ch_session", Some("pi_cs_1"), PaymentStatus::Paid, 50),
        charge("ch_other", Some("pi_other"), PaymentStatus::Paid, 60),
        refund("re_1", "ch_paid", -300, PaymentStatus::Paid),
        refund("re_2", "ch_old", -50, PaymentStatus::Pending),
        refund("re_failed", "ch_paid", -100, PaymentStatus::Failed),
    ];
    store.write(
        100,
        &Records {
            orders: vec![&invoice, &session],
            order_lines: lines.iter().collect(),
            invoice_payments: links.iter().collect(),
            payments: payments.iter().collect(),
            ..Records::default()
        },
    );
    let [of_session, of_invoice] = <[_; 2]>::try_from(store.parts()).unwrap();
    let ids = |parts: &order_parts::OrderParts| -> Vec<String> {
        let payments = parts.payments.iter().map(|(payment, _)| payment.id.clone());
        parts.lines.iter().map(|line| line.id.clone()).chain(payments).collect()
    };
    assert_eq!(ids(&of_invoice), ["il_1", "il_2", "ch_failed", "ch_paid", "ch_old"]);
    assert_eq!((of_invoice.refund_minor, of_invoice.closed_ms), (-350, None));
    assert_eq!(ids(&of_session), ["li_1", "ch_session"]);
    assert_eq!((of_session.refund_minor, of_session.closed_ms), (0, Some(50)), "it closes with its payment");
    assert_eq!(of_session.location_id.as_deref(), Some("tml_1"));
}

#[test]
fn e08_what_an_order_shows_touches_it_and_nothing_else_does() {
    let store = Store::new();
    let orders =
        [order("in_1", Resource::Invoices, "open"), order("cs_1", Resource::CheckoutSessions, "unpaid")];
    let lines = [line("il_1", "in_1", 0), line("il_2", "in_1", 1)];
    let links = [link("inpay_1", "in_1", Some("pi_1"), None)];
    let rate = tax_components::TaxComponent {
        id: "txr_1".to_owned(),
        name: "VAT".to_owned(),
        rate: Some("0.2".to_owned()),
        inclusive: false,
        created_ms: 1,
    };
    let paid = charge("ch_1", Some("pi_1"), PaymentStatus::Authorized, 20);
    let whole = Records {
        orders: orders.iter().collect(),
        order_lines: lines.iter().collect(),
        invoice_payments: links.iter().collect(),
        payments: vec![&paid],
        tax_components: vec![&rate],
        ..Records::default()
    };
    store.write(100, &whole);
    store.write(200, &whole);
    let both = || (store.modified("in_1"), store.modified("cs_1"));
    assert_eq!(both(), (100, 100), "nothing changed");

    let refunded = refund("re_1", "ch_1", -10, PaymentStatus::Paid);
    store.write(310, &Records { payments: vec![&refunded], ..Records::default() });
    assert_eq!(both(), (310, 100), "by the intent of its charge");
    let session = charge("ch_2", Some("pi_cs_1"), PaymentStatus::Paid, 30);
    store.write(320, &Records { payments: vec![&session], ..Records::default() });
    assert_eq!(both(), (310, 320));
    let canceled = payment_intents::PaymentIntent {
        id: "pi_1".to_owned(),
        status: "canceled".to_owned(),
        latest_charge_id: Some("ch_1".to_owned()),
        metadata: "{}".to_owned(),
        created_ms: 1,
    };
    store.write(330, &Records { payment_intents: vec![&canceled], ..Records::default() });
    assert_eq!(both(), (330, 320));
    let late = link("inpay_2", "in_1", Some("pi_2"), None);
    store.write(340, &Records { invoice_payments: vec![&late], ..Records::default() });
    assert_eq!(both(), (340, 320));
    let renamed = tax_components::TaxComponent { name: "Value added tax".to_owned(), ..rate };
    store.write(350, &Records { tax_components: vec![&renamed], ..Records::default() });
    assert_eq!(both(), (350, 320));
    let described = OrderLine { description: Some("Tea".to_owned()), ..lines[0].clone() };
    let changed =
        Records { orders: vec![&orders[0]], order_lines: vec![&described, &lines[1]], ..Records::default() };
    store.write(360, &changed);
    assert_eq!(both(), (360, 320));

    let gone = |modified_ms: i64, resource: Resource, id: &str| {
        store.db.run(|conn| bury(conn, store.owner, modified_ms, resource, &[id.to_owned()]));
    };
    gone(410, Resource::Refunds, "re_1");
    assert_eq!(both(), (410, 320), "a refund that is gone");
    gone(420, Resource::Charges, "ch_2");
    assert_eq!(both(), (410, 420));
    gone(430, Resource::InvoicePayments, "inpay_2");
    assert_eq!(both(), (430, 420));
    gone(440, Resource::InvoicePayments, "inpay_2");
    assert_eq!(both(), (430, 420), "it was gone before");
}

#[test]
fn e08_what_was_left_alone_among_what_was_written_touches_nothing() {
    let store = Store::new();
    let orders = ["cs_1", "cs_2"].map(|id| order(id, Resource::CheckoutSessions, "paid"));
    let charges = [
        charge("ch_1", Some("pi_cs_1"), PaymentStatus::Paid, 20),
        charge("ch_2", Some("pi_cs_2"), PaymentStatus::Authorized, 20),
    ];
    let whole =
        Records { orders: orders.iter().collect(), payments: charges.iter().collect(), ..Records::default() };
    store.write(100, &whole);
    let captured = charge("ch_2", Some("pi_cs_2"), PaymentStatus::Paid, 20);
    store.write(200, &Records { payments: vec![&charges[0], &captured], ..Records::default() });
    assert_eq!((store.modified("cs_1"), store.modified("cs_2")), (100, 200));
}

#[test]
fn e08_a_price_that_goes_touches_its_product() {
    let store = Store::new();
    let product = products::Product {
        id: "prod_1".to_owned(),
        name: "Tea".to_owned(),
        description: None,
        status: ProductStatus::Published,
        shippable: None,
        unit_label: None,
        source_modified_ms: None,
        created_ms: 1,
    };
    let price = variants::Variant {
        id: "price_1".to_owned(),
        product_id: "prod_1".to_owned(),
        nickname: None,
        status: ProductStatus::Published,
        unit_price: None,
        currency: "usd".parse().unwrap(),
        created_ms: 1,
    };
    store.write(100, &Records { products: vec![&product], variants: vec![&price], ..Records::default() });
    store.db.run(|conn| bury(conn, store.owner, 200, Resource::Prices, &["price_1".to_owned()]));
    let stored = store.db.run(|conn| products::find(conn, store.owner.connection_no, "prod_1"));
    assert_eq!(stored.unwrap().1, 200);
}

#[test]
fn a_line_that_an_order_no_longer_has_is_not_shown_and_one_of_a_buried_order_neither() {
    let store = Store::new();
    let invoice = order("in_1", Resource::Invoices, "open");
    let lines = [line("il_1", "in_1", 0), line("il_2", "in_1", 1)];
    store.write(
        100,
        &Records { orders: vec![&invoice], order_lines: lines.iter().collect(), ..Records::default() },
    );
    let shown = Records { orders: vec![&invoice], order_lines: vec![&lines[1]], ..Records::default() };
    let invoices = Resource::Invoices;
    let left_out = store.db.run(|conn| bury_left_out(conn, store.owner, 200, invoices, &["in_1"], &shown));
    assert_eq!(left_out, 1);
    store.write(200, &shown);
    let [parts] = <[_; 1]>::try_from(store.parts()).unwrap();
    assert_eq!(parts.lines, [lines[1].clone()]);
    assert_eq!(store.modified("in_1"), 200);
    let gone = ["in_1".to_owned()];
    let buried = store.db.run(|conn| bury(conn, store.owner, 300, Resource::Invoices, &gone));
    assert_eq!((buried, store.orders().len()), (2, 0));
}

#[test]
fn a_payment_method_is_as_its_newest_charge_shows_it_in_any_order_of_arrival() {
    let charges = [
        charge("ch_1", None, PaymentStatus::Paid, 10),
        charge("ch_3", None, PaymentStatus::Paid, 30),
        charge("ch_2", None, PaymentStatus::Paid, 30),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let store = Store::new();
        let no = store.owner.connection_no;
        for (n, at) in order.into_iter().enumerate() {
            store.write(100 + n as i64, &Records { payments: vec![&charges[at]], ..Records::default() });
        }
        let shown = || {
            let (methods, _) = store.db.run(|conn| payment_methods::list(conn, no, ALL));
            methods.into_iter().next().map(|(method, _)| method.name.unwrap())
        };
        let gone = |modified_ms: i64, id: &str| {
            store.db.run(|conn| bury(conn, store.owner, modified_ms, Resource::Charges, &[id.to_owned()]));
        };
        assert_eq!(shown().as_deref(), Some("Visa of ch_3"), "of one moment the greater id");
        gone(200, "ch_3");
        assert_eq!(shown().as_deref(), Some("Visa of ch_2"), "the newest that is left");
        store.write(210, &Records { payments: vec![&charges[1]], ..Records::default() });
        assert_eq!(shown().as_deref(), Some("Visa of ch_3"), "it came back");
        gone(220, "ch_2");
        gone(230, "ch_3");
        assert_eq!(shown().as_deref(), Some("Visa of ch_1"));
        gone(240, "ch_1");
        assert_eq!(shown(), None);
    }
}
