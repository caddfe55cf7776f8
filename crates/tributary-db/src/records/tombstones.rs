//! Records of objects that are gone.

use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::records::{Records, bury_rows, payment_methods, standing, touch};
use crate::schema;
use diesel::{ExpressionMethods, RunQueryDsl};
use std::collections::HashSet;
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

/// Marks the rows as deleted that objects showed and show no more, now that they show `shown`: an order's line that was
/// taken off, a fee that was named otherwise, the order of an invoice that is a draft. Returns how many there were. To be called
/// before `shown` is written, which stamps what shows them.
pub fn bury_left_out(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    resource: Resource,
    ids: &[&str],
    shown: &Records<'_>,
) -> Result<usize, DbError> {
    // An object of any other list shows one row, whose id is its own, or none.
    let shows_many =
        matches!(resource, Resource::Invoices | Resource::CheckoutSessions | Resource::BalanceTransactions);
    if !shows_many || ids.is_empty() {
        return Ok(0);
    }
    let shown: HashSet<(&str, &str)> = shown.keys().collect();
    let mut left_out = Vec::new();
    for id in ids {
        let rows = standing(conn, owner.connection_no, resource, id, id)?.into_iter();
        left_out.extend(rows.filter(|row| !shown.contains(&(row.table, row.id.as_str()))));
    }
    bury_rows(conn, owner, modified_ms, &left_out)
}
