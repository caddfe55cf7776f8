//! Which living rows lie where an object's rows lie: what is there beyond what should be.

use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::schema;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use tributary_core::Resource;
use tributary_core::ids::ConnectionNo;

/// Greater than every id.
pub const BEYOND_ALL_IDS: &str = "\u{10ffff}";

/// A living row, and the object whose it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// The row's table.
    pub table: &'static str,
    /// The row's id.
    pub id: String,
    /// The object's id at Stripe.
    pub object_id: String,
}

/// The living rows of objects of `resource` whose ids are from `first` to `last`, whether or not there is such an object.
/// Orders and their lines are those of the other list, too, that makes some.
pub fn standing(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    resource: Resource,
    first: &str,
    last: &str,
) -> Result<Vec<Standing>, DbError> {
    let mut found: Vec<Standing> = Vec::new();
    macro_rules! rows_in {
        ($table:ident, $key:ident $(, $condition:expr)*) => {{
            let rows: Vec<(String, String)> = schema::$table::table
                .filter(schema::$table::connection_no.eq(connection.0))
                .filter(schema::$table::$key.ge(first))
                .filter(schema::$table::$key.le(last))
                .filter(diesel::dsl::not(schema::$table::deleted))
                $(.filter($condition))*
                .select((schema::$table::id, schema::$table::$key))
                .load(conn)?;
            let standing = |(id, object_id)| Standing { table: stringify!($table), id, object_id };
            found.extend(rows.into_iter().map(standing));
        }};
    }
    match resource {
        Resource::Customers => rows_in!(customers, id),
        Resource::Products => rows_in!(products, id),
        Resource::Prices => rows_in!(variants, id),
        Resource::PaymentIntents => rows_in!(payment_intents, id),
        Resource::Charges | Resource::Refunds => {
            rows_in!(payments, id, schema::payments::resource.eq(resource.as_str()))
        }
        Resource::Disputes => rows_in!(disputes, id),
        Resource::Invoices => {
            rows_in!(invoices, id);
            rows_in!(orders, id);
            rows_in!(order_lines, order_id);
        }
        Resource::CheckoutSessions => {
            rows_in!(orders, id);
            rows_in!(order_lines, order_id);
        }
        Resource::InvoicePayments => rows_in!(invoice_payments, id),
        Resource::Subscriptions => rows_in!(subscriptions, id),
        Resource::Payouts => rows_in!(payouts, id),
        Resource::TaxRates => rows_in!(tax_components, id),
        Resource::TerminalLocations => rows_in!(locations, id),
        // The rows' own ids begin with the object's, so that the key leads to them: `txn_1`, `txn_1:Stripe fee`.
        Resource::BalanceTransactions => rows_in!(
            transactions,
            balance_transaction_id,
            schema::transactions::id.ge(first),
            schema::transactions::id.lt(format!("{last};"))
        ),
        Resource::Account
        | Resource::Balance
        | Resource::Coupons
        | Resource::CreditNotes
        | Resource::SetupIntents => {}
    }
    Ok(found)
}

/// The other list whose objects make rows of the same tables.
pub fn shares_tables_with(resource: Resource) -> Option<Resource> {
    match resource {
        Resource::Invoices => Some(Resource::CheckoutSessions),
        Resource::CheckoutSessions => Some(Resource::Invoices),
        _ => None,
    }
}

/// Marks single rows as deleted, and returns how many there were.
pub fn bury_rows(
    conn: &mut AnyConn,
    owner: Owner,
    modified_ms: i64,
    rows: &[Standing],
) -> Result<usize, DbError> {
    let mut buried = 0;
    for Standing { table, id, .. } in rows {
        macro_rules! bury_among {
            ($($name:ident),+ $(,)?) => {
                match *table {
                    $(stringify!($name) => diesel::update(schema::$name::table)
                        .filter(schema::$name::connection_no.eq(owner.connection_no.0))
                        .filter(schema::$name::id.eq(id))
                        .filter(diesel::dsl::not(schema::$name::deleted))
                        .set((schema::$name::deleted.eq(true), schema::$name::modified_ms.eq(modified_ms)))
                        .execute(conn)?,)+
                    _ => 0,
                }
            };
        }
        buried += bury_among!(
            customers,
            products,
            variants,
            payment_intents,
            payments,
            disputes,
            invoices,
            orders,
            order_lines,
            invoice_payments,
            subscriptions,
            payouts,
            tax_components,
            locations,
            transactions,
        );
    }
    Ok(buried)
}
