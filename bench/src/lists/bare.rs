//! Bare SQL: the statement that somebody would write who knew the table, by the product's driver, on a connection of
//! its own, prepared once.

use anyhow::Result;
use diesel::prelude::*;
use tributary_db::schema::transactions::dsl;
use tributary_db::{AnyConn, on_each};

/// What the API shows of a transaction.
type Row = (String, i64, String, String, String, Option<String>, Option<String>, i64, i64);

/// Which rows, in which order.
#[derive(Clone, Copy)]
pub enum Bare {
    /// The newest first.
    Newest { limit: i64, offset: i64 },
    /// Payments of a hundred and more, the newest first.
    Filtered { offset: i64 },
    /// The largest first.
    ByAmount,
    /// What changed from a moment on, the first change first.
    ChangedSince { modified_ms: i64 },
}

/// Reads the rows and gives their ids.
pub fn read(conn: &mut AnyConn, connection_no: i64, bare: Bare) -> Result<Vec<String>> {
    macro_rules! load {
        ($query:expr) => {{
            let query = $query
                .filter(dsl::connection_no.eq(connection_no))
                .filter(diesel::dsl::not(dsl::deleted))
                .select((
                    dsl::id,
                    dsl::amount_minor,
                    dsl::currency,
                    dsl::type_,
                    dsl::sub_type,
                    dsl::source_id,
                    dsl::source_type,
                    dsl::created_ms,
                    dsl::modified_ms,
                ));
            let rows: Vec<Row> = on_each!(conn, conn => query.load(conn)?);
            rows
        }};
    }
    let table = dsl::transactions;
    let rows = match bare {
        Bare::Newest { limit, offset } => {
            load!(table.order((dsl::created_ms.desc(), dsl::id)).limit(limit).offset(offset))
        }
        Bare::Filtered { offset } => load!(
            table
                .filter(dsl::type_.eq("Payment"))
                .filter(dsl::amount_milli.ge(100_000))
                .order((dsl::created_ms.desc(), dsl::id))
                .limit(100)
                .offset(offset)
        ),
        Bare::ByAmount => load!(table.order((dsl::amount_milli.desc(), dsl::id.desc())).limit(100)),
        Bare::ChangedSince { modified_ms } => load!(
            table.filter(dsl::modified_ms.ge(modified_ms)).order((dsl::modified_ms, dsl::id)).limit(100)
        ),
    };
    Ok(rows.into_iter().map(|row| row.0).collect())
}
