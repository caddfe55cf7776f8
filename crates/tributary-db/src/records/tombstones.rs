//! Records of objects that are gone.

use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::records::{payment_methods, touch};
use crate::schema;
use diesel::{ExpressionMethods, RunQueryDsl};
use tributary_core::Resource;

/// Marks the records that these objects of `resource` wrote as deleted, so that lists, gets and totals leave
/// them out, stamps the records that show them, and returns how many were marked (rule E7).
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
    let buried = match resource {
        Resource::Customers => bury_in!(customers, id),
        Resource::Products => bury_in!(products, id),
        Resource::Prices => bury_in!(variants, id),
        Resource::PaymentIntents => bury_in!(payment_intents, id),
        Resource::Charges => {
            let buried = bury_in!(payments, id);
            payment_methods::bury_shown_by(conn, owner, modified_ms, ids)?;
            buried
        }
        Resource::Refunds => bury_in!(payments, id),
        Resource::Invoices => bury_in!(invoices, id) + bury_in!(orders, id) + bury_in!(order_lines, order_id),
        Resource::CheckoutSessions => bury_in!(orders, id) + bury_in!(order_lines, order_id),
        Resource::InvoicePayments => bury_in!(invoice_payments, id),
        Resource::Subscriptions => bury_in!(subscriptions, id),
        Resource::Payouts => bury_in!(payouts, id),
        Resource::TaxRates => bury_in!(tax_components, id),
        Resource::TerminalLocations => bury_in!(locations, id),
        Resource::Disputes => bury_in!(disputes, id),
        Resource::BalanceTransactions => bury_in!(transactions, balance_transaction_id),
        // Singletons can't vanish; the others have no records.
        Resource::Account
        | Resource::Balance
        | Resource::Coupons
        | Resource::CreditNotes
        | Resource::SetupIntents => 0,
    };
    if buried > 0 {
        touch::of_buried(conn, owner, modified_ms, resource, ids)?;
    }
    Ok(buried)
}
