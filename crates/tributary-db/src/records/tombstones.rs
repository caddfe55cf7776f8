//! Records of objects that are gone.

use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema;
use diesel::{ExpressionMethods, RunQueryDsl};
use tributary_core::Resource;

/// Marks the records that these objects of `resource` wrote as deleted, so that lists, gets and totals leave
/// them out, and returns how many there were (rule E7).
pub fn bury(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    resource: Resource,
    ids: &[String],
) -> Result<usize, DbError> {
    if ids.is_empty() {
        return Ok(0);
    }
    macro_rules! bury_in {
        ($table:ident, $key:ident) => {
            diesel::update(schema::$table::table)
                .filter(schema::$table::connection_no.eq(owner.connection_no.0))
                .filter(schema::$table::$key.eq_any(ids))
                .filter(diesel::dsl::not(schema::$table::deleted))
                .set((schema::$table::deleted.eq(true), schema::$table::modified_ms.eq(modified_ms)))
                .execute(conn)?
        };
    }
    Ok(match resource {
        Resource::Customers => bury_in!(customers, id),
        Resource::Products => bury_in!(products, id),
        Resource::Prices => bury_in!(variants, id),
        Resource::PaymentIntents => bury_in!(payment_intents, id),
        Resource::Charges | Resource::Refunds => bury_in!(payments, id),
        Resource::Disputes => bury_in!(disputes, id),
        Resource::BalanceTransactions => bury_in!(transactions, balance_transaction_id),
        // Singletons can't vanish, and payouts have no records yet.
        Resource::Account | Resource::Balance | Resource::Payouts => 0,
    })
}
