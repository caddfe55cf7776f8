use super::*;
use tributary_core::ids::{ConnectionNo, PlatformNo};
use tributary_db::{Db, DbSettings};

const OWNER: Owner = Owner { connection_no: ConnectionNo(1), platform_no: PlatformNo(1) };
const SESSION: &str = include_str!("../normalize/fixtures/session_complete.json");

fn batch(resource: Resource, json: &str, at_ms: i64) -> Batch {
    let mut batch = Batch::new(resource);
    batch.add(&Object::parse(json).unwrap());
    batch.interval = Interval { from: Millis(at_ms), to: Millis(at_ms + 1) };
    batch
}

/// A database of its own, removed afterwards.
struct Store(Option<Db>, std::path::PathBuf);

impl Store {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tributary-{}.db", uuid::Uuid::new_v4()));
        let url = format!("sqlite://{}", path.display());
        let settings = DbSettings { url, connections: 1, migrate: true, wait_secs: 60 };
        Store(Some(Db::open(&settings).unwrap()), path)
    }

    /// Stores what Stripe said at a moment; gives how many rows were written, and which of the object are left.
    fn rows_after(&self, resource: Resource, json: &str, at_ms: i64) -> (usize, Vec<String>) {
        let batches = [batch(resource, json, at_ms)];
        let work = |conn: &mut AnyConn| {
            let written = write(conn, OWNER, Millis(at_ms), resource, Source::Read, &batches, Rows::Any)?;
            let rows = records::standing(conn, OWNER.connection_no, resource, "", records::BEYOND_ALL_IDS)?;
            Ok((written, rows.into_iter().map(|row| format!("{} {}", row.table, row.id)).collect()))
        };
        self.0.as_ref().unwrap().write_blocking(work).unwrap()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.0.take();
        for suffix in ["", "-wal", "-shm", ".lock"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", self.1.display()));
        }
    }
}

#[test]
fn m04_the_order_of_a_session_goes_when_the_session_turns_out_to_have_an_invoice() {
    let (store, resource) = (Store::new(), Resource::CheckoutSessions);
    let (written, rows) = store.rows_after(resource, SESSION, 100);
    assert!(written > 1 && rows.len() == written);
    let invoiced = SESSION.replace(r#""invoice": null"#, r#""invoice": "in_Paid01""#);
    assert_eq!(store.rows_after(resource, &invoiced, 200), (written, vec![]), "the order and its lines");
}

#[test]
fn what_an_object_showed_and_shows_no_more_goes() {
    let store = Store::new();
    let ledger = Resource::BalanceTransactions;
    let entry = include_str!("../normalize/fixtures/transaction_charge.json");
    let (entry_row, fee_row) =
        ("transactions txn_Charge01", "transactions txn_Charge01:Stripe processing fees");
    assert_eq!(store.rows_after(ledger, entry, 100).1, [entry_row, fee_row]);
    let renamed = entry.replace("Stripe processing fees", "Processing");
    let rows = [entry_row.to_owned(), "transactions txn_Charge01:Processing".to_owned()];
    assert_eq!(store.rows_after(ledger, &renamed, 200), (2, rows.to_vec()), "a fee comes and one goes");

    let store = Store::new();
    let invoice = include_str!("../normalize/fixtures/invoice_paid.json");
    assert!(store.rows_after(Resource::Invoices, invoice, 100).1.len() > 2, "an order and its lines");
    let draft = invoice.replace(r#""status": "paid""#, r#""status": "draft""#);
    assert_eq!(store.rows_after(Resource::Invoices, &draft, 200).1, ["invoices in_Paid01"]);
}

#[test]
fn what_an_object_showed_stays_while_it_cannot_be_mapped() {
    let store = Store::new();
    let invoice = include_str!("../normalize/fixtures/invoice_paid.json");
    let before = store.rows_after(Resource::Invoices, invoice, 100).1;
    let broken = invoice.replace(r#""created": "#, r#""made": "#);
    assert_eq!(store.rows_after(Resource::Invoices, &broken, 200), (0, before));
}
