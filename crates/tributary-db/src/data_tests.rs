//! The data tables' rules: what is written, what is left alone, and who may write.

use crate::bulk::{Owner, Record, Rows, upsert};
use crate::leases::{self, Lease};
use crate::records::accounts::Account;
use crate::records::balances::Balance;
use crate::records::disputes::Dispute;
use crate::records::payment_intents::PaymentIntent;
use crate::records::payments::Payment;
use crate::records::transactions::Transaction;
use crate::records::{Records, bury, customers, customers::Customer, products::Product, variants::Variant};
use crate::records::{
    invoice_payments, invoices, locations, order_lines, orders, payment_methods, payouts, subscriptions,
    tax_components,
};
use crate::rereads::{self, Wait};
use crate::source_objects::{self, Applied, Reading, SourceObject};
use crate::test_db::TestDb;
use crate::{AnyConn, DbError, Page, schema};
use diesel::pg::Pg;
use diesel::query_builder::QueryFragment;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, Table, debug_query};
use tributary_core::commerce::ProductStatus;
use tributary_core::knowledge::{Interval, Source};
use tributary_core::{Millis, Resource};

const LEASE_MS: i64 = 30_000;
const ALL: Page = Page { offset: 0, limit: 100 };

fn customer(id: &str, name: &str, created_ms: i64) -> Customer {
    Customer {
        id: id.to_owned(),
        name: Some(name.to_owned()),
        email: None,
        phone: None,
        currency: None,
        note: None,
        addresses: "[]".to_owned(),
        created_ms,
    }
}

fn product(id: &str) -> Product {
    Product {
        id: id.to_owned(),
        name: "Tea".to_owned(),
        description: None,
        status: ProductStatus::Published,
        shippable: None,
        unit_label: None,
        source_modified_ms: None,
        created_ms: 1,
    }
}

fn variant(id: &str, product: &str, unit_price: &str) -> Variant {
    Variant {
        id: id.to_owned(),
        product_id: product.to_owned(),
        nickname: None,
        status: ProductStatus::Published,
        currency: "USD".parse().unwrap(),
        unit_price: Some(unit_price.to_owned()),
        created_ms: 1,
    }
}

fn object(id: &str, content: &str) -> SourceObject {
    SourceObject {
        id: id.to_owned(),
        created_secs: Some(1),
        digest: tributary_core::digest::content(content.as_bytes()),
        deleted: false,
        json: content.to_owned(),
    }
}

fn read_at(ms: i64) -> Interval {
    Interval::of_read(Millis(ms), Millis(ms), 0)
}

fn owner_of(db: &TestDb) -> Owner {
    let platform = db.platform("Lender");
    let (_, connection) = db.linked(&platform, "acct_1");
    Owner { connection_no: connection.no, platform_no: platform.no }
}

#[test]
fn a_row_is_written_and_stamped_only_where_it_differs() {
    let db = TestDb::new();
    let owner = owner_of(&db);
    let (first, second) = (customer("cus_1", "Ada", 1), customer("cus_2", "Bo", 2));
    assert_eq!(db.run(|conn| Ok(upsert(conn, owner, 100, &[&first, &second])?)), 2);
    assert_eq!(db.run(|conn| Ok(upsert(conn, owner, 200, &[&first, &second])?)), 0);
    let renamed = customer("cus_2", "Bob", 2);
    assert_eq!(db.run(|conn| Ok(upsert(conn, owner, 300, &[&first, &renamed])?)), 1);
    let (rows, total) = db.run(|conn| customers::list(conn, owner.connection_no, ALL));
    assert_eq!(rows, [(renamed, 300), (first, 100)]);
    assert_eq!(total, 2);
}

#[test]
fn of_two_rows_with_one_id_the_last_counts() {
    let db = TestDb::new();
    let owner = owner_of(&db);
    let rows = [customer("cus_1", "Ada", 1), customer("cus_1", "Eve", 1)];
    db.run(|conn| Ok(upsert(conn, owner, 100, &[&rows[0], &rows[1]])?));
    let found = db.run(|conn| customers::find(conn, owner.connection_no, "cus_1")).unwrap();
    assert_eq!(found.0.name.as_deref(), Some("Eve"));
}

#[test]
fn values_that_run_together_are_told_apart() {
    let db = TestDb::new();
    let owner = owner_of(&db);
    let one =
        Customer { name: Some("ab".to_owned()), email: Some("c".to_owned()), ..customer("cus_1", "", 1) };
    let other = Customer { name: Some("a".to_owned()), email: Some("bc".to_owned()), ..one.clone() };
    db.run(|conn| Ok(upsert(conn, owner, 100, &[&one])?));
    assert_eq!(db.run(|conn| Ok(upsert(conn, owner, 200, &[&other])?)), 1);
}

#[test]
fn e07_buried_records_leave_lists_gets_and_totals_until_they_are_read_again() {
    let db = TestDb::new();
    let owner = owner_of(&db);
    let row = customer("cus_1", "Ada", 1);
    db.run(|conn| Ok(upsert(conn, owner, 100, &[&row])?));
    let gone = ["cus_1".to_owned()];
    assert_eq!(db.run(|conn| bury(conn, owner, 200, Resource::Customers, &gone)), 1);
    assert_eq!(db.run(|conn| bury(conn, owner, 300, Resource::Customers, &gone)), 0);
    assert_eq!(db.run(|conn| customers::list(conn, owner.connection_no, ALL)), (vec![], 0));
    assert_eq!(db.run(|conn| customers::find(conn, owner.connection_no, "cus_1")), None);
    assert_eq!(db.run(|conn| Ok(upsert(conn, owner, 400, &[&row])?)), 1);
    assert_eq!(db.run(|conn| customers::find(conn, owner.connection_no, "cus_1")), Some((row, 400)));
}

#[test]
fn e08_a_changed_price_moves_its_products_date_and_an_unchanged_one_does_not() {
    let db = TestDb::new();
    let owner = owner_of(&db);
    let (tea, coffee) = (product("prod_1"), product("prod_2"));
    let write = |variants: Vec<Variant>, modified_ms: i64| {
        db.run(|conn| {
            let records = Records {
                products: vec![&tea, &coffee],
                variants: variants.iter().collect(),
                ..Records::default()
            };
            records.write(conn, owner, modified_ms, Rows::Any)
        })
    };
    write(vec![variant("price_1", "prod_1", "5"), variant("price_2", "prod_2", "7")], 100);
    write(vec![variant("price_1", "prod_1", "6"), variant("price_2", "prod_2", "7")], 200);
    let modified = |id: &str| {
        db.run(|conn| {
            let row = schema::products::table.filter(schema::products::id.eq(id));
            Ok(row.select(schema::products::modified_ms).first::<i64>(conn)?)
        })
    };
    assert_eq!((modified("prod_1"), modified("prod_2")), (200, 100));
}

#[test]
fn e01_the_newest_reading_wins_and_what_overlaps_is_read_again() {
    let db = TestDb::new();
    let owner = owner_of(&db);
    let apply = |at: i64, content: &str| {
        let objects = [object("ch_1", content)];
        db.run(|conn| {
            let readings = objects.each_ref().map(|object| Reading { object, interval: read_at(at) });
            source_objects::apply(conn, owner, Resource::Charges, Source::Read, &readings, Rows::Any)
        })
    };
    let stored = || {
        db.run(|conn| {
            let row = schema::source_objects::table.filter(schema::source_objects::id.eq("ch_1"));
            Ok(row.select(schema::source_objects::json).first::<String>(conn)?)
        })
    };
    assert_eq!(apply(10_000, "a").new, [0]);
    assert_eq!(apply(20_000, "b").newer, [0]);
    let late = apply(15_000, "a");
    assert_eq!((late, stored().as_str()), (Applied::default(), "b"));
    let tie = apply(21_000, "c");
    assert_eq!((tie.newer.len(), tie.unclear.as_slice(), stored().as_str()), (0, &[0][..], "b"));
    // The same content moves the interval, so that what was too close before is newer now.
    assert_eq!(apply(23_000, "b").newer.len(), 0);
    assert_eq!(apply(24_500, "d").unclear, [0]);
    assert_eq!(apply(25_000, "d").newer, [0]);
}

#[test]
fn an_object_that_is_unclear_is_asked_for_once() {
    let db = TestDb::new();
    let owner = owner_of(&db);
    let no = owner.connection_no;
    for _ in 0..2 {
        db.run(|conn| rereads::request(conn, no, Resource::Charges, "ch_1", Wait::UntilClear, Millis(5)));
    }
    db.run(|conn| rereads::request(conn, no, Resource::Refunds, "re_1", Wait::None, Millis(6)));
    let waiting = || {
        let waiting = db.run(|conn| rereads::waiting(conn, no, Resource::Charges, false, 10));
        waiting.into_iter().map(|one| (one.id, one.requested_ms, one.due_ms)).collect::<Vec<_>>()
    };
    let due = |at| {
        let due = db.run(|conn| rereads::due(conn, no, Millis(at), 10));
        due.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(waiting(), [("ch_1".to_owned(), 5, 2_505)]);
    assert_eq!((due(6), due(2_505)), (vec!["re_1".to_owned()], vec!["re_1".to_owned(), "ch_1".to_owned()]));
    // A hint that comes while it is being read: that reading may not show it.
    db.run(|conn| rereads::request(conn, no, Resource::Charges, "ch_1", Wait::None, Millis(7)));
    db.run(|conn| rereads::done(conn, no, Resource::Charges, "ch_1", 5));
    assert_eq!(waiting(), [("ch_1".to_owned(), 7, 2_505)], "and it doesn't hurry what has to wait");
    db.run(|conn| rereads::done(conn, no, Resource::Charges, "ch_1", 7));
    assert_eq!(waiting(), []);
}

#[test]
fn b03_a_worker_that_was_replaced_is_refused() {
    let db = TestDb::new();
    let no = owner_of(&db).connection_no;
    let claim = |owner: &str, lease_ms: i64| {
        let owner = owner.to_owned();
        db.run(move |conn| leases::claim(conn, no, &owner, lease_ms))
    };
    // A lease that runs out at once stands for a worker that slept too long.
    let slept = claim("one", 0).unwrap();
    let holder = claim("two", LEASE_MS).unwrap();
    assert_eq!(claim("three", LEASE_MS), None);
    let enter = |lease: &Lease| db.db.write_blocking(|conn| leases::enter(conn, lease, LEASE_MS));
    assert!(matches!(enter(&slept), Err(DbError::Fenced)));
    assert!(matches!(
        db.db.write_blocking(|conn| leases::renew(conn, &slept, LEASE_MS)),
        Err(DbError::Fenced)
    ));
    // Letting go of what is lost doesn't free it for others.
    db.run(|conn| leases::release(conn, &slept));
    assert_eq!(claim("three", LEASE_MS), None);
    enter(&holder).unwrap();
    db.run(|conn| leases::release(conn, &holder));
    assert!(claim("three", LEASE_MS).is_some());
}

#[test]
fn e09_each_commit_of_a_connection_is_later_than_the_one_before() {
    let db = TestDb::new();
    let no = owner_of(&db).connection_no;
    let lease = db.run(|conn| leases::claim(conn, no, "one", LEASE_MS)).unwrap();
    let mut last = Millis(0);
    for _ in 0..50 {
        let modified = db.run(|conn| leases::enter(conn, &lease, LEASE_MS));
        assert!(modified > last);
        last = modified;
    }
    // Even when the database's clock is set back.
    let ahead = last.plus_ms(3_600_000);
    db.run(|conn: &mut AnyConn| {
        diesel::update(schema::leases::table).set(schema::leases::modified_ms.eq(ahead.0)).execute(conn)?;
        Ok(())
    });
    assert_eq!(db.run(|conn| leases::enter(conn, &lease, LEASE_MS)), ahead.plus_ms(1));
}

#[test]
fn e09_a_commit_that_a_crash_took_back_stops_everything_that_goes_on_from_it() {
    let db = TestDb::new();
    let no = owner_of(&db).connection_no;
    let claim = || db.run(|conn| leases::claim(conn, no, "one", LEASE_MS)).unwrap();
    let enter = |lease: &Lease| db.db.write_blocking(|conn| leases::enter(conn, lease, LEASE_MS));
    let (lease, beside) = {
        let lease = claim();
        (lease.clone(), lease)
    };
    let durable = enter(&lease).unwrap();
    lease.wrote_early(enter(&lease).unwrap());
    enter(&beside).unwrap();
    // As a crash leaves it.
    let take_back = || {
        db.run(|conn: &mut AnyConn| {
            let row = diesel::update(schema::leases::table);
            row.set(schema::leases::modified_ms.eq(durable.0)).execute(conn)?;
            Ok(())
        });
    };
    take_back();
    assert!(matches!(enter(&lease), Err(DbError::TakenBack)));
    assert!(matches!(enter(&beside), Err(DbError::TakenBack)), "what else is done under the lease");
    db.run(|conn| leases::release(conn, &lease));
    enter(&claim()).unwrap();
    assert!(matches!(enter(&lease), Err(DbError::Fenced)));
}

/// COPY fills columns by their place.
#[test]
fn the_columns_of_records_are_those_of_their_tables() {
    fn check<R: Record>()
    where
        <R::Table as Table>::AllColumns: QueryFragment<Pg>,
    {
        let columns = debug_query::<Pg, _>(&R::Table::all_columns()).to_string();
        let key = ["connection_no", "id", "platform_no", "modified_ms", "digest", "deleted"];
        let expected: Vec<String> =
            key.iter().chain(R::COLUMNS).map(|column| format!("\"{}\".\"{column}\"", R::TABLE)).collect();
        assert_eq!(columns.split(" -- ").next(), Some(expected.join(", ").as_str()), "{}", R::TABLE);
    }
    check::<Account>();
    check::<Balance>();
    check::<Customer>();
    check::<Product>();
    check::<Variant>();
    check::<PaymentIntent>();
    check::<Payment>();
    check::<Transaction>();
    check::<Dispute>();
    check::<orders::Order>();
    check::<order_lines::OrderLine>();
    check::<invoice_payments::InvoicePayment>();
    check::<invoices::Invoice>();
    check::<subscriptions::Subscription>();
    check::<payouts::Payout>();
    check::<payment_methods::PaymentMethod>();
    check::<locations::Location>();
    check::<tax_components::TaxComponent>();
}

#[test]
fn what_was_said_to_be_new_and_is_not_is_refused_and_changes_nothing() {
    let db = TestDb::new();
    let owner = owner_of(&db);
    let apply = |ids: &[&str], content: &str, are: Rows<'_>| {
        let objects: Vec<_> = ids.iter().map(|id| object(id, content)).collect();
        let readings: Vec<_> =
            objects.iter().map(|object| Reading { object, interval: read_at(10_000) }).collect();
        db.db.write_blocking(|conn| {
            source_objects::apply(conn, owner, Resource::Charges, Source::Read, &readings, are)
        })
    };
    assert_eq!(apply(&["ch_1"], "a", Rows::New(&[])).unwrap().new, [0]);
    assert!(apply(&["ch_2", "ch_1"], "a", Rows::New(&[])).unwrap_err().is_duplicate());
    assert_eq!(apply(&["ch_2", "ch_1"], "a", Rows::Any).unwrap().new, [0]);
}

/// A list that shows an object twice, in one page or two.
#[test]
fn of_an_object_read_twice_in_a_commit_the_newest_reading_is_stored() {
    for are in [Rows::New(&[]), Rows::Any] {
        let db = TestDb::new();
        let owner = owner_of(&db);
        let objects = [object("ch_1", "a"), object("ch_1", "a"), object("ch_1", "b"), object("ch_1", "c")];
        let at = [10_000, 10_000, 20_000, 21_000];
        let readings: Vec<_> =
            objects.iter().zip(at).map(|(object, at)| Reading { object, interval: read_at(at) }).collect();
        let applied = db
            .run(|conn| source_objects::apply(conn, owner, Resource::Charges, Source::Read, &readings, are));
        assert_eq!(applied, Applied { new: vec![2], newer: vec![], unclear: vec![3] });
        let stored: Vec<String> = db
            .run(|conn| Ok(schema::source_objects::table.select(schema::source_objects::json).load(conn)?));
        assert_eq!(stored, ["b"]);
    }
}
