//! What a batch of source objects becomes, written in one go.

use crate::bulk::{Owner, Record, Rows, write};
use crate::compare::{Mismatch, mismatches};
use crate::conn::AnyConn;
use crate::encoded::Encoded;
use crate::error::DbError;
use crate::records::accounts::Account;
use crate::records::balances::Balance;
use crate::records::customers::Customer;
use crate::records::disputes::Dispute;
use crate::records::invoice_payments::InvoicePayment;
use crate::records::invoices::Invoice;
use crate::records::locations::Location;
use crate::records::order_lines::OrderLine;
use crate::records::orders::Order;
use crate::records::payment_intents::PaymentIntent;
use crate::records::payment_methods;
use crate::records::payments::Payment;
use crate::records::payouts::Payout;
use crate::records::products::Product;
use crate::records::subscriptions::Subscription;
use crate::records::tax_components::TaxComponent;
use crate::records::touch::{self, ids};
use crate::records::transactions::Transaction;
use crate::records::variants::Variant;
use tributary_core::ids::ConnectionNo;

/// Declares [`Records`] with one list of rows per table, and what is done to each of them alike.
macro_rules! tables {
    ($($(#[$doc:meta])* $table:ident: $row:ty,)+) => {
        /// Rows of any of the data tables, borrowed from what was mapped.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Records<'a> {
            $($(#[$doc])* pub $table: Vec<&'a $row>,)+
        }

        impl Records<'_> {
            /// The rows' values, encoded for PostgreSQL before the transaction that writes them ([`Rows::New`]).
            pub fn encode(&self) -> Encoded {
                let mut encoded = Encoded::default();
                $(encoded.add(&self.$table);)+
                encoded
            }

            /// The table and the id of each row.
            pub fn keys(&self) -> impl Iterator<Item = (&'static str, &str)> {
                let keys = std::iter::empty();
                $(let keys = keys.chain(self.$table.iter().map(|row| (<$row>::TABLE, row.id())));)+
                keys
            }

            /// The rows that are not stored as they are here.
            pub fn mismatches(
                &self,
                conn: &mut AnyConn,
                connection: ConnectionNo,
            ) -> Result<Vec<Mismatch>, DbError> {
                let mut found = Vec::new();
                $(found.extend(mismatches(conn, connection, &self.$table)?);)+
                Ok(found)
            }

            /// Writes the rows table by table, and counts those written.
            fn write_rows(
                &self,
                conn: &mut AnyConn,
                owner: Owner,
                modified_ms: i64,
                are: Rows<'_>,
            ) -> Result<Written, DbError> {
                Ok(Written { $($table: write(conn, owner, modified_ms, &self.$table, are)?,)+ })
            }
        }

        /// How many rows of each table were new or differed.
        struct Written {
            $($table: usize,)+
        }

        impl Written {
            fn sum(&self) -> usize {
                0 $(+ self.$table)+
            }
        }
    };
}

tables! {
    /// Rows of `accounts`.
    accounts: Account,
    /// Rows of `balances`.
    balances: Balance,
    /// Rows of `customers`.
    customers: Customer,
    /// Rows of `products`.
    products: Product,
    /// Rows of `variants`.
    variants: Variant,
    /// Rows of `payment_intents`.
    payment_intents: PaymentIntent,
    /// Rows of `payments`.
    payments: Payment,
    /// Rows of `transactions`.
    transactions: Transaction,
    /// Rows of `disputes`.
    disputes: Dispute,
    /// Rows of `orders`.
    orders: Order,
    /// Rows of `order_lines`: all lines of each of `orders`.
    order_lines: OrderLine,
    /// Rows of `invoice_payments`.
    invoice_payments: InvoicePayment,
    /// Rows of `invoices`.
    invoices: Invoice,
    /// Rows of `subscriptions`.
    subscriptions: Subscription,
    /// Rows of `payouts`.
    payouts: Payout,
    /// Rows of `locations`.
    locations: Location,
    /// Rows of `tax_components`.
    tax_components: TaxComponent,
}

impl Records<'_> {
    /// Writes what is new or differs, stamps it and the records that show it with `modified_ms`, and returns how
    /// many rows were written.
    ///
    /// Rows that are written as new are a first run's, and stamp no others: nobody reads a record before its dataset has
    /// ended, and that waits for what the record shows.
    pub fn write(
        &self,
        conn: &mut AnyConn,
        owner: Owner,
        modified_ms: i64,
        are: Rows<'_>,
    ) -> Result<usize, DbError> {
        let written = self.write_rows(conn, owner, modified_ms, are)?;
        let mut sum = written.sum();
        if written.payments > 0 {
            sum += payment_methods::gather(conn, owner, modified_ms, &self.payments)?;
        }
        if matches!(are, Rows::Any) {
            if !self.orders.is_empty() {
                touch::orders_of_lines(conn, owner, modified_ms, &ids(&self.orders))?;
            }
            self.touch(conn, owner, modified_ms, &written)?;
        }
        Ok(sum)
    }

    /// Writes the payment methods that the charges show, whether or not the charges' own rows differ.
    pub fn gather_methods(
        &self,
        conn: &mut AnyConn,
        owner: Owner,
        modified_ms: i64,
    ) -> Result<usize, DbError> {
        payment_methods::gather(conn, owner, modified_ms, &self.payments)
    }

    /// Stamps the records that show what was written.
    fn touch(
        &self,
        conn: &mut AnyConn,
        owner: Owner,
        modified_ms: i64,
        written: &Written,
    ) -> Result<(), DbError> {
        if written.variants > 0 {
            touch::products_of(conn, owner, modified_ms, &ids(&self.variants))?;
        }
        if written.payment_intents > 0 {
            touch::of_intents(conn, owner, modified_ms, &ids(&self.payment_intents))?;
        }
        if written.payments > 0 {
            touch::of_payments(conn, owner, modified_ms, &ids(&self.payments))?;
        }
        if written.invoice_payments > 0 {
            touch::orders_of_links(conn, owner, modified_ms, &ids(&self.invoice_payments))?;
        }
        if written.tax_components > 0 {
            touch::orders_taxed_by(conn, owner, modified_ms, &ids(&self.tax_components))?;
        }
        Ok(())
    }
}
