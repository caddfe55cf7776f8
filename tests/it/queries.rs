//! The query language over stored rows: on both databases, whatever is stored and whatever is asked, the SQL finds what
//! the evaluator finds, in its order, and counts it.

use crate::support::database::{Kind, TestDatabase};
use crate::support::on_both_databases;
use crate::support::scratch::Scratch;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeMap;
use std::fmt::Debug;
use tributary_contract::query::{
    Clause, Expr, Key, Kind as ValueKind, Op, Property, Value, compare, matches,
};
use tributary_core::Currency;
use tributary_core::commerce::{DisputeStatus, PaymentStatus, PaymentType};
use tributary_core::ids::{ConnectionNo, PlatformNo};
use tributary_db::bulk::{Owner, Rows};
use tributary_db::query::{Field, ListQuery};
use tributary_db::records::customers::Customer;
use tributary_db::records::disputes::Dispute;
use tributary_db::records::payment_intents::PaymentIntent;
use tributary_db::records::payments::Payment;
use tributary_db::records::{Listed, Records, Stamped};
use tributary_db::{AnyConn, Db, DbError, DbSettings, Page};

on_both_databases![
    the_sql_finds_orders_and_counts_what_the_evaluator_does,
    hostile_text_is_compared_as_text_and_nothing_else,
];

/// Sets of stored rows, and questions about each of their lists.
const SETS: u32 = 24;
const QUESTIONS: usize = 20;

/// Texts that databases, patterns and foldings trip over.
const TEXTS: [&str; 26] = [
    "",
    "a",
    "A",
    "Ada",
    "ADA",
    "ada lovelace",
    "Ümlaut",
    "ümlaut",
    "ÜMLAUT",
    "a%b",
    "a_b",
    "axb",
    "a\\b",
    "%",
    "_",
    "'; DROP TABLE payments; --",
    "\" OR 1=1 --",
    "$1",
    "?",
    ":x",
    "日本",
    "e\u{301}",
    "\u{e9}",
    "İ",
    "Straße",
    "🙂 b",
];

/// One of the texts, another, or none.
fn text() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        1 => Just(None),
        6 => select(TEXTS.to_vec()).prop_map(|text| Some(text.to_owned())),
        1 => "[a-cA-C \\PC]{0,6}".prop_map(Some),
        1 => Just(Some("x".repeat(3000))),
    ]
}

/// Minor units and currencies in which equal amounts meet.
fn money() -> impl Strategy<Value = (i64, Currency)> {
    let currency = select(vec!["USD", "JPY", "KWD"]).prop_map(|code| code.parse::<Currency>().unwrap());
    let minor = prop_oneof![select(vec![0, 1, 100, 10_000, 100_000, -100, -2_550]), -5_000_000..5_000_000i64];
    (minor, currency)
}

/// Moments that collide, and some before 1970.
fn moment() -> impl Strategy<Value = i64> {
    select(vec![-1, 0, 1, 1_792_411_200_000, 1_792_411_200_001, 1_792_411_200_999, 1_792_411_201_000])
}

fn payment() -> impl Strategy<Value = Payment> {
    let status = select(vec![PaymentStatus::Paid, PaymentStatus::Authorized, PaymentStatus::Failed]);
    let intent = proptest::option::of(select(vec!["pi_0", "pi_1", "pi_2"]));
    (money(), status, intent, text(), text(), text(), moment()).prop_map(
        |((amount_minor, currency), status, intent, provider, method, name, created_ms)| Payment {
            id: String::new(),
            resource: "charges".to_owned(),
            amount_minor,
            amount_milli: currency.milli(amount_minor).unwrap(),
            currency,
            status,
            provider,
            charge_id: None,
            payment_intent_id: intent.map(str::to_owned),
            balance_transaction_id: None,
            customer_id: None,
            payment_method_id: method,
            payment_method_name: name,
            created_ms,
            kind: PaymentType::OnlineCard,
            location_id: None,
        },
    )
}

fn customer() -> impl Strategy<Value = Customer> {
    (text(), text(), text(), moment()).prop_map(|(name, email, note, created_ms)| Customer {
        id: String::new(),
        name,
        email,
        phone: None,
        currency: None,
        note,
        addresses: "[]".to_owned(),
        created_ms,
    })
}

fn dispute() -> impl Strategy<Value = Dispute> {
    let status = select(vec![DisputeStatus::Won, DisputeStatus::Lost]);
    (money(), status, text(), proptest::option::of(moment()), moment()).prop_map(
        |((amount_minor, currency), status, reason, due_ms, created_ms)| Dispute {
            id: String::new(),
            charge_id: "ch_1".to_owned(),
            amount_minor,
            amount_milli: currency.milli(amount_minor).unwrap(),
            currency,
            status,
            reason: reason.unwrap_or_default(),
            due_ms,
            created_ms,
        },
    )
}

/// What a row shows, by the name of the property: said here apart from the product, from the contract's answers.
type Shown = BTreeMap<&'static str, Value>;

fn put(shown: &mut Shown, name: &'static str, value: Option<Value>) {
    if let Some(value) = value {
        shown.insert(name, value);
    }
}

fn filled(text: Option<&String>) -> Option<Value> {
    text.filter(|text| !text.is_empty()).map(|text| Value::Text(text.clone()))
}

fn common(id: &str, created_ms: i64, modified_ms: i64) -> Shown {
    Shown::from([
        ("id", Value::Text(id.to_owned())),
        ("createdDate", Value::Date(created_ms)),
        ("modifiedDate", Value::Date(modified_ms)),
    ])
}

fn shown_payment((payment, modified_ms): &Stamped<Payment>) -> Shown {
    let mut shown = common(&payment.id, payment.created_ms, *modified_ms);
    let released =
        payment.status == PaymentStatus::Authorized && payment.payment_intent_id.as_deref() == Some("pi_1");
    let status = if released { PaymentStatus::Cancelled } else { payment.status };
    shown.insert("amount", Value::Number(payment.amount_milli));
    shown.insert("currency", Value::Text(payment.currency.code().to_owned()));
    shown.insert("type", Value::Text(payment.kind.as_str().to_owned()));
    shown.insert("status", Value::Text(status.as_str().to_owned()));
    put(&mut shown, "paymentProvider", filled(payment.provider.as_ref()));
    if let Some(id) = &payment.payment_method_id {
        shown.insert("paymentMethodRef.id", Value::Text(id.clone()));
        put(&mut shown, "paymentMethodRef.name", filled(payment.payment_method_name.as_ref()));
    }
    shown
}

fn shown_customer((customer, modified_ms): &Stamped<Customer>) -> Shown {
    let mut shown = common(&customer.id, customer.created_ms, *modified_ms);
    put(&mut shown, "customerName", filled(customer.name.as_ref()));
    put(&mut shown, "emailAddress", filled(customer.email.as_ref()));
    put(&mut shown, "note", filled(customer.note.as_ref()));
    shown
}

fn shown_dispute((dispute, modified_ms): &Stamped<Dispute>) -> Shown {
    let mut shown = common(&dispute.id, dispute.created_ms, *modified_ms);
    shown.insert("totalAmount", Value::Number(dispute.amount_milli));
    shown.insert("currency", Value::Text(dispute.currency.code().to_owned()));
    shown.insert("status", Value::Text(dispute.status.as_str().to_owned()));
    shown.insert("reason", Value::Text(dispute.reason.clone()));
    put(&mut shown, "dueDate", dispute.due_ms.map(Value::Date));
    shown
}

/// The rows of one connection, as they were stored.
#[derive(Default)]
struct Stored {
    payments: Vec<Stamped<Payment>>,
    customers: Vec<Stamped<Customer>>,
    disputes: Vec<Stamped<Dispute>>,
}

struct Scene {
    runner: TestRunner,
    db: Db,
    connections: i64,
    // In this order: files go last.
    _database: TestDatabase,
    _scratch: Scratch,
}

impl Scene {
    fn on(kind: Kind) -> Scene {
        let scratch = Scratch::new();
        let database = TestDatabase::create(kind, &scratch);
        let url = database.url().to_owned();
        let db = Db::open(&DbSettings { url, connections: 2, migrate: true, wait_secs: 60 }).unwrap();
        let seed = [kind as u8 + 1; 32];
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let runner = TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng);
        Scene { runner, db, connections: 0, _database: database, _scratch: scratch }
    }

    fn draw<T: Debug>(&mut self, strategy: impl Strategy<Value = T>) -> T {
        strategy.new_tree(&mut self.runner).unwrap().current()
    }

    fn run<T>(&self, work: impl Fn(&mut AnyConn) -> Result<T, DbError>) -> T {
        self.db.write_blocking(work).unwrap()
    }

    /// Rows of another connection, in two commits; ids that sort unlike they were made, some equal but for case.
    fn store(&mut self) -> (ConnectionNo, Stored) {
        self.connections += 1;
        let no = ConnectionNo(self.connections);
        let owner = Owner { connection_no: no, platform_no: PlatformNo(1) };
        let mut stored = Stored::default();
        let intent = |n: usize| PaymentIntent {
            id: format!("pi_{n}"),
            status: if n == 1 { "canceled" } else { "succeeded" }.to_owned(),
            latest_charge_id: None,
            metadata: "{}".to_owned(),
            created_ms: 0,
        };
        let intents: Vec<PaymentIntent> = (0..2).map(intent).collect();
        for modified_ms in [1_000, 2_000] {
            let id = |n: usize| {
                if n.is_multiple_of(5) {
                    format!("X{modified_ms}{n}")
                } else {
                    format!("x{modified_ms}{}", n ^ 5)
                }
            };
            let size = 1..16usize;
            let mut payments = self.draw(proptest::collection::vec(payment(), size.clone()));
            let mut customers = self.draw(proptest::collection::vec(customer(), size.clone()));
            let mut disputes = self.draw(proptest::collection::vec(dispute(), size));
            payments.iter_mut().enumerate().for_each(|(n, row)| row.id = id(n));
            customers.iter_mut().enumerate().for_each(|(n, row)| row.id = id(n));
            disputes.iter_mut().enumerate().for_each(|(n, row)| row.id = id(n));
            self.run(|conn| {
                let records = Records {
                    payments: payments.iter().collect(),
                    customers: customers.iter().collect(),
                    disputes: disputes.iter().collect(),
                    payment_intents: intents.iter().collect(),
                    ..Records::default()
                };
                records.write(conn, owner, modified_ms, Rows::Any)
            });
            stored.payments.extend(payments.into_iter().map(|row| (row, modified_ms)));
            stored.customers.extend(customers.into_iter().map(|row| (row, modified_ms)));
            stored.disputes.extend(disputes.into_iter().map(|row| (row, modified_ms)));
        }
        (no, stored)
    }

    /// Asks many questions about one list.
    fn question<R: Listed + Clone + PartialEq + Debug>(
        &mut self,
        no: ConnectionNo,
        rows: &[Stamped<R>],
        show: fn(&Stamped<R>) -> Shown,
    ) {
        let shown: Vec<(Stamped<R>, Shown)> = rows.iter().map(|row| (row.clone(), show(row))).collect();
        for _ in 0..QUESTIONS {
            let expr = self.draw(proptest::option::weighted(0.9, query::<R>(&shown)));
            let keys = self.draw(proptest::collection::vec(key::<R>(), 0..3));
            let page = self.draw((0..8i64, 1..40i64).prop_map(|(offset, limit)| Page { offset, limit }));
            let query = ListQuery::new(R::FIELDS, expr.as_ref(), &keys, page).unwrap();
            let expected = expected(&query, &shown);
            let found = self.run(|conn| R::page(conn, no, &query, None));
            let found: Vec<Stamped<R>> = found.into_iter().map(|(row, _)| row).collect();
            let count = self.run(|conn| R::count(conn, no, &query));
            let part: Vec<Stamped<R>> =
                expected.iter().skip(page.offset as usize).take(page.limit as usize).cloned().collect();
            assert_eq!(count, expected.len() as i64, "{query:#?}");
            assert_eq!(found, part, "{query:#?}");
        }
    }
}

/// What the evaluator finds, in its order.
fn expected<R: Clone>(query: &ListQuery, shown: &[(Stamped<R>, Shown)]) -> Vec<Stamped<R>> {
    let value = |shown: &Shown, field: &&'static Field| shown.get(field.name).cloned();
    let mut wanted: Vec<_> =
        shown.iter().filter(|(_, shown)| matches(&query.filter, &|field| value(shown, field))).collect();
    wanted.sort_by(|(_, left), (_, right)| {
        compare(&query.order, &|field| value(left, field), &|field| value(right, field))
    });
    wanted.into_iter().map(|(row, _)| row.clone()).collect()
}

/// A key of an order: any property.
fn key<R: Listed>() -> impl Strategy<Value = Key> {
    let fields: Vec<&'static Field> = R::FIELDS.all().collect();
    (select(fields), any::<bool>())
        .prop_map(|(field, descending)| Key { path: field.name.to_owned(), descending })
}

/// A query over the properties of a list, with values that are in it, nearly in it, or odd.
fn query<R: Listed>(rows: &[(Stamped<R>, Shown)]) -> impl Strategy<Value = Expr> + use<R> {
    let fields: Vec<&'static Field> = R::FIELDS.all().collect();
    let values: Vec<Shown> = rows.iter().map(|(_, shown)| shown.clone()).collect();
    let clause = (select(fields), select(values), any::<prop::sample::Index>(), any::<u8>(), text());
    let clause = clause.prop_map(|(field, shown, op, how, text)| {
        let op = *op.get(operators(field.kind()));
        let value = match (field.kind(), shown.get(field.name)) {
            (ValueKind::Text | ValueKind::Id, Some(Value::Text(value))) if how < 200 => nearly(value, how),
            (ValueKind::Number, Some(Value::Number(milli))) => decimal(milli + i64::from(how % 3) - 1),
            (ValueKind::Date, Some(Value::Date(ms))) => date(ms + i64::from(how % 3) - 1, how),
            (ValueKind::Flag, _) => (how % 2 == 0).to_string(),
            (ValueKind::Number, _) => "0".to_owned(),
            (ValueKind::Date, _) => "2026-10-19".to_owned(),
            _ => text.unwrap_or_else(|| "nul\0".to_owned()),
        };
        Expr::Clause(Clause { path: field.name.to_owned(), op, value })
    });
    clause.prop_recursive(3, 12, 3, |inner| {
        let parts = proptest::collection::vec(inner, 2..4);
        (any::<bool>(), parts).prop_map(|(all, parts)| if all { Expr::All(parts) } else { Expr::Any(parts) })
    })
}

/// The operators of a kind of value.
fn operators(kind: ValueKind) -> &'static [Op] {
    use Op::{AtLeast, AtMost, Contains, Equal, Greater, Less, NotEqual};
    match kind {
        ValueKind::Text => &[Equal, NotEqual, Contains],
        ValueKind::Id => &[Equal, NotEqual, Contains, Greater, Less, AtLeast, AtMost],
        ValueKind::Number | ValueKind::Date => &[Equal, NotEqual, Greater, Less, AtLeast, AtMost],
        ValueKind::Flag => &[Equal, NotEqual],
    }
}

/// A text, in another case, or a part of it.
fn nearly(text: &str, how: u8) -> String {
    match how % 4 {
        0 => text.to_ascii_uppercase(),
        1 => text.to_lowercase(),
        2 => text.chars().skip(1).take(2).collect(),
        _ => text.to_owned(),
    }
}

fn decimal(milli: i64) -> String {
    tributary_core::money::decimal_text(milli, 3)
}

/// A moment, at times with more digits than are stored.
fn date(ms: i64, how: u8) -> String {
    let iso = tributary_core::Millis(ms).to_iso();
    let whole = iso.trim_end_matches('Z');
    let (seconds, fraction) = whole.split_once('.').unwrap_or((whole, "000"));
    format!("{seconds}.{fraction}{}Z", ["", "0000", "0001"][usize::from(how % 3)])
}

fn the_sql_finds_orders_and_counts_what_the_evaluator_does(kind: Kind) {
    let mut scene = Scene::on(kind);
    for _ in 0..SETS {
        let (no, stored) = scene.store();
        scene.question(no, &stored.payments, shown_payment);
        scene.question(no, &stored.customers, shown_customer);
        scene.question(no, &stored.disputes, shown_dispute);
    }
}

fn hostile_text_is_compared_as_text_and_nothing_else(kind: Kind) {
    let scene = Scene::on(kind);
    let owner = Owner { connection_no: ConnectionNo(1), platform_no: PlatformNo(1) };
    let hostile = [
        "'",
        "''",
        "\"",
        "\\",
        "\\'",
        "%",
        "_",
        "--",
        "/*",
        ";",
        "$1",
        "$$",
        "?",
        ":a",
        "@a",
        "\u{0}",
        "a\u{0}b",
        "1 OR 1=1",
        "x' OR 'x'='x",
        "'); DELETE FROM customers; --",
        "${7*7}",
        "{{7*7}}",
        "\u{202e}",
        "\u{feff}",
        "\u{fffd}",
        "ﬀ",
        "İ",
        "K",
        "NULL",
        "\r\n",
    ];
    let long = "'%_\\".repeat(400);
    let texts: Vec<&str> = hostile.iter().copied().chain([long.as_str()]).collect();
    let storable: Vec<&str> = texts.iter().copied().filter(|text| !text.contains('\0')).collect();
    let row = |(n, text): (usize, &&str)| Customer {
        id: format!("cus_{n:02}"),
        name: Some(format!("<{text}>")),
        email: None,
        phone: None,
        currency: None,
        note: Some((*text).to_owned()),
        addresses: "[]".to_owned(),
        created_ms: 0,
    };
    let customers: Vec<Customer> = storable.iter().enumerate().map(row).collect();
    scene.run(|conn| {
        let records = Records { customers: customers.iter().collect(), ..Records::default() };
        records.write(conn, owner, 1, Rows::Any)
    });
    let rows: Vec<(Stamped<Customer>, Shown)> =
        customers.iter().map(|row| ((row.clone(), 1), shown_customer(&(row.clone(), 1)))).collect();
    for text in &texts {
        for (path, op) in
            [("note", Op::Equal), ("note", Op::NotEqual), ("customerName", Op::Contains), ("id", Op::Greater)]
        {
            let clause = Clause { path: path.to_owned(), op, value: (*text).to_owned() };
            let page = Page { offset: 0, limit: 1000 };
            let query = ListQuery::new(Customer::FIELDS, Some(&Expr::Clause(clause)), &[], page).unwrap();
            let expected = expected(&query, &rows);
            let found = scene.run(|conn| Customer::page(conn, ConnectionNo(1), &query, None));
            let found: Vec<Stamped<Customer>> = found.into_iter().map(|(row, _)| row).collect();
            assert_eq!(found, expected, "{path} {op:?} {text:?}");
            if op == Op::Equal {
                assert_eq!(expected.len(), usize::from(!text.contains('\0')), "{text:?}");
            }
        }
    }
}
