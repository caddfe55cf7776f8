//! What a batch of source objects becomes, written in one go.

use crate::bulk::{Owner, Rows, write};
use crate::conn::AnyConn;
use crate::encoded::Encoded;
use crate::error::DbError;
use crate::records::accounts::Account;
use crate::records::balances::Balance;
use crate::records::customers::Customer;
use crate::records::disputes::Dispute;
use crate::records::payment_intents::PaymentIntent;
use crate::records::payments::Payment;
use crate::records::products::Product;
use crate::records::transactions::Transaction;
use crate::records::variants::Variant;
use crate::schema;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

/// Rows of any of the data tables, borrowed from what was mapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records<'a> {
    /// Rows of `accounts`.
    pub accounts: Vec<&'a Account>,
    /// Rows of `balances`.
    pub balances: Vec<&'a Balance>,
    /// Rows of `customers`.
    pub customers: Vec<&'a Customer>,
    /// Rows of `products`.
    pub products: Vec<&'a Product>,
    /// Rows of `variants`.
    pub variants: Vec<&'a Variant>,
    /// Rows of `payment_intents`.
    pub payment_intents: Vec<&'a PaymentIntent>,
    /// Rows of `payments`.
    pub payments: Vec<&'a Payment>,
    /// Rows of `transactions`.
    pub transactions: Vec<&'a Transaction>,
    /// Rows of `disputes`.
    pub disputes: Vec<&'a Dispute>,
}

impl Records<'_> {
    /// The rows' values, encoded for PostgreSQL before the transaction that writes them ([`Rows::New`]).
    pub fn encode(&self) -> Encoded {
        let mut encoded = Encoded::default();
        encoded.add(&self.accounts);
        encoded.add(&self.balances);
        encoded.add(&self.customers);
        encoded.add(&self.products);
        encoded.add(&self.variants);
        encoded.add(&self.payment_intents);
        encoded.add(&self.payments);
        encoded.add(&self.transactions);
        encoded.add(&self.disputes);
        encoded
    }

    /// Writes what is new or differs, stamps it and the records that show it with `modified_ms`, and returns how
    /// many rows were written.
    pub fn write(
        &self,
        conn: &mut AnyConn,
        owner: Owner,
        modified_ms: i64,
        are: Rows<'_>,
    ) -> Result<usize, DbError> {
        let mut written = write(conn, owner, modified_ms, &self.accounts, are)?
            + write(conn, owner, modified_ms, &self.balances, are)?
            + write(conn, owner, modified_ms, &self.customers, are)?
            + write(conn, owner, modified_ms, &self.products, are)?
            + write(conn, owner, modified_ms, &self.transactions, are)?
            + write(conn, owner, modified_ms, &self.disputes, are)?;
        let variants = write(conn, owner, modified_ms, &self.variants, are)?;
        if variants > 0 {
            self.touch_products(conn, owner, modified_ms)?;
        }
        let intents = write(conn, owner, modified_ms, &self.payment_intents, are)?;
        if intents > 0 {
            self.touch_payments(conn, owner, modified_ms)?;
        }
        let payments = write(conn, owner, modified_ms, &self.payments, are)?;
        if payments > 0 {
            self.touch_disputes(conn, owner, modified_ms)?;
        }
        written += variants + intents + payments;
        Ok(written)
    }

    /// A product shows its variants.
    fn touch_products(&self, conn: &mut AnyConn, owner: Owner, modified_ms: i64) -> Result<(), DbError> {
        use schema::{products, variants};
        let changed = variants::table
            .filter(variants::connection_no.eq(owner.connection_no.0))
            .filter(variants::id.eq_any(self.variants.iter().map(|variant| variant.id.as_str())))
            .filter(variants::modified_ms.eq(modified_ms))
            .select(variants::product_id);
        let changed: Vec<String> = changed.load(conn)?;
        diesel::update(products::table)
            .filter(products::connection_no.eq(owner.connection_no.0))
            .filter(products::id.eq_any(changed))
            .set(products::modified_ms.eq(modified_ms))
            .execute(conn)?;
        Ok(())
    }

    /// A canceled intent turns the payment of its latest charge to Cancelled.
    fn touch_payments(&self, conn: &mut AnyConn, owner: Owner, modified_ms: i64) -> Result<(), DbError> {
        use schema::payments;
        let canceled = self.payment_intents.iter().filter(|intent| intent.status == "canceled");
        let charges: Vec<&str> = canceled.filter_map(|intent| intent.latest_charge_id.as_deref()).collect();
        if charges.is_empty() {
            return Ok(());
        }
        diesel::update(payments::table)
            .filter(payments::connection_no.eq(owner.connection_no.0))
            .filter(payments::id.eq_any(charges))
            .filter(payments::status.eq("Authorized"))
            .set(payments::modified_ms.eq(modified_ms))
            .execute(conn)?;
        Ok(())
    }

    /// A dispute shows its charge's balance transaction.
    fn touch_disputes(&self, conn: &mut AnyConn, owner: Owner, modified_ms: i64) -> Result<(), DbError> {
        use schema::disputes;
        let charges: Vec<&str> = self.payments.iter().map(|payment| payment.id.as_str()).collect();
        diesel::update(disputes::table)
            .filter(disputes::connection_no.eq(owner.connection_no.0))
            .filter(disputes::charge_id.eq_any(charges))
            .set(disputes::modified_ms.eq(modified_ms))
            .execute(conn)?;
        Ok(())
    }
}
