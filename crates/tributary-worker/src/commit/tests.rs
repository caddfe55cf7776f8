use super::*;
use tributary_core::ids::{ConnectionNo, PlatformNo};
use tributary_db::records::orders;
use tributary_db::{Db, DbSettings, Page};

const OWNER: Owner = Owner { connection_no: ConnectionNo(1), platform_no: PlatformNo(1) };
const SESSION: &str = include_str!("../normalize/fixtures/session_complete.json");

fn session(json: &str, at_ms: i64) -> Batch {
    let mut batch = Batch::new(Resource::CheckoutSessions);
    batch.add(&Object::parse(json).unwrap());
    batch.interval = Interval { from: Millis(at_ms), to: Millis(at_ms + 1) };
    batch
}

#[test]
fn m04_the_order_of_a_session_goes_when_the_session_turns_out_to_have_an_invoice() {
    let path = std::env::temp_dir().join(format!("tributary-{}.db", uuid::Uuid::new_v4()));
    let url = format!("sqlite://{}", path.display());
    let db = Db::open(&DbSettings { url, connections: 1, migrate: true, wait_secs: 60 }).unwrap();
    let orders_after = |json: &str, at_ms: i64| {
        let batches = [session(json, at_ms)];
        let work = |conn: &mut AnyConn| {
            let resource = Resource::CheckoutSessions;
            let written = write(conn, OWNER, Millis(at_ms), resource, Source::Read, &batches, Rows::Any)?;
            Ok((written, orders::list(conn, OWNER.connection_no, Page { offset: 0, limit: 10 })?.1))
        };
        db.write_blocking(work).unwrap()
    };
    let (written, orders) = orders_after(SESSION, 100);
    assert!(written > 1 && orders == 1);
    let invoiced = SESSION.replace(r#""invoice": null"#, r#""invoice": "in_Paid01""#);
    assert_eq!(orders_after(&invoiced, 200), (written, 0), "the order and its lines");
    drop(db);
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
}
