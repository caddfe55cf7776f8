//! The store of the simulation: the real tables, in memory. Every history has a connection of its own in them.

use diesel::connection::SimpleConnection;
use diesel::{Connection, ExpressionMethods, QueryDsl, RunQueryDsl, SqliteConnection, sql_query};
use std::collections::BTreeMap;
use tributary_core::Resource;
use tributary_core::ids::{ConnectionNo, PlatformNo};
use tributary_db::bulk::Owner;
use tributary_db::leases::{self, Lease};
use tributary_db::{AnyConn, DbError, migrate, schema};

/// The tables, and whose rows are looked at.
pub(super) struct Store {
    conn: AnyConn,
    pub(super) owner: Owner,
}

impl Store {
    pub(super) fn open() -> Self {
        let mut conn = AnyConn::Sqlite(SqliteConnection::establish(":memory:").unwrap());
        migrate::run(&mut conn).unwrap();
        conn.batch_execute("PRAGMA foreign_keys = OFF").unwrap();
        Store { conn, owner: Owner { connection_no: ConnectionNo(0), platform_no: PlatformNo(1) } }
    }

    /// Goes on with a new connection that has nothing.
    pub(super) fn next_connection(&mut self) {
        self.owner.connection_no.0 += 1;
        let no = self.owner.connection_no.0;
        let insert = format!(
            "INSERT INTO leases (connection_no, epoch, expires_ms, modified_ms) VALUES ({no}, 0, 0, 0)"
        );
        sql_query(insert).execute(&mut self.conn).unwrap();
    }

    /// One transaction.
    pub(super) fn commit<T>(
        &mut self,
        work: impl FnOnce(&mut AnyConn) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        self.conn.transaction(work)
    }

    /// A look that must not fail.
    pub(super) fn look<T>(&mut self, work: impl FnOnce(&mut AnyConn) -> Result<T, DbError>) -> T {
        work(&mut self.conn).unwrap()
    }

    /// Takes the connection over, whoever holds it.
    pub(super) fn take_over(&mut self) -> Lease {
        let no = self.owner.connection_no;
        let expire = format!("UPDATE leases SET expires_ms = 0 WHERE connection_no = {}", no.0);
        sql_query(expire).execute(&mut self.conn).unwrap();
        self.look(|conn| leases::claim(conn, no, "simulated", 60_000)).unwrap()
    }

    /// Notes that a run has ended.
    pub(super) fn end_run(&mut self, now_ms: i64) {
        use schema::sync_runs::dsl;
        diesel::update(dsl::sync_runs)
            .filter(dsl::connection_no.eq(self.owner.connection_no.0))
            .filter(dsl::state.eq("running"))
            .set((dsl::state.eq("finished"), dsl::finished_ms.eq(now_ms)))
            .execute(&mut self.conn)
            .unwrap();
    }

    /// The texts of the living objects of a list by their ids.
    pub(super) fn objects(&mut self, resource: Resource) -> BTreeMap<String, String> {
        use schema::source_objects::dsl;
        let rows: Vec<(String, String)> = dsl::source_objects
            .filter(dsl::connection_no.eq(self.owner.connection_no.0))
            .filter(dsl::resource.eq(resource.as_str()))
            .filter(dsl::deleted.eq(false))
            .select((dsl::id, dsl::json))
            .load(&mut self.conn)
            .unwrap();
        rows.into_iter().collect()
    }

    /// What the living records of a list say of the version that they are made from, by their ids.
    pub(super) fn records(&mut self, resource: Resource) -> BTreeMap<String, String> {
        let no = self.owner.connection_no.0;
        let rows: Vec<(String, String)> = match resource {
            Resource::Customers => {
                use schema::customers::dsl;
                let of = dsl::customers.filter(dsl::connection_no.eq(no)).filter(dsl::deleted.eq(false));
                let rows: Vec<(String, Option<String>)> =
                    of.select((dsl::id, dsl::name)).load(&mut self.conn).unwrap();
                rows.into_iter().map(|(id, name)| (id, name.unwrap_or_default())).collect()
            }
            _ => {
                use schema::payments::dsl;
                let of = dsl::payments.filter(dsl::connection_no.eq(no)).filter(dsl::deleted.eq(false));
                let rows: Vec<(String, i64)> =
                    of.select((dsl::id, dsl::amount_minor)).load(&mut self.conn).unwrap();
                rows.into_iter().map(|(id, amount)| (id, amount.to_string())).collect()
            }
        };
        rows.into_iter().collect()
    }
}
