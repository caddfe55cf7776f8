//! Normalization: what a Stripe object becomes in the data tables (rules M1–M9, E8, E18; docs/mapping.md).
//!
//! Pure functions of one object. What a record needs from other objects is joined when it is read.

mod account;
mod balance;
mod charge;
mod checkout;
mod contract_json;
mod customer;
mod decimal;
mod dispute;
mod doubt;
mod fees;
mod fields;
mod flaw;
mod invoice;
mod invoice_payment;
mod location;
mod method;
mod order_line;
mod payment_intent;
mod payout;
mod price;
mod product;
mod refund;
mod subscription;
mod tax_rate;
#[cfg(test)]
mod tests;
mod transaction;

pub(crate) use doubt::doubts;
pub use flaw::{MapError, Problem};

use flaw::Flaw;
use serde::Deserialize;
use tributary_core::{Resource, digest};
use tributary_db::records::Records;
use tributary_db::records::accounts::Account;
use tributary_db::records::balances::Balance;
use tributary_db::records::customers::Customer;
use tributary_db::records::disputes::Dispute;
use tributary_db::records::invoice_payments::InvoicePayment;
use tributary_db::records::invoices::Invoice;
use tributary_db::records::locations::Location;
use tributary_db::records::order_lines::OrderLine;
use tributary_db::records::orders::Order;
use tributary_db::records::payment_intents::PaymentIntent;
use tributary_db::records::payments::Payment;
use tributary_db::records::payouts::Payout;
use tributary_db::records::products::Product;
use tributary_db::records::subscriptions::Subscription;
use tributary_db::records::tax_components::TaxComponent;
use tributary_db::records::transactions::Transaction;
use tributary_db::records::variants::Variant;
use tributary_db::source_objects::SourceObject;
use tributary_stripe::{Object, compact, objects, redact};

/// The rows of one source object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mapped {
    /// The object is stored and shows in no record: a stub of a deleted object, a refund that moved no
    /// money, a session that sold nothing.
    Nothing,
    /// From the account.
    Account(Account),
    /// From the balance: one per currency, in the order of their codes.
    Balances(Vec<Balance>),
    /// From a customer.
    Customer(Customer),
    /// From a product.
    Product(Product),
    /// From a price.
    Variant(Variant),
    /// From a payment intent.
    PaymentIntent(PaymentIntent),
    /// From a charge, or a refund that moved money.
    Payment(Payment),
    /// From a balance transaction: its own row first, then those of its fees.
    Transactions(Vec<Transaction>),
    /// From a dispute.
    Dispute(Dispute),
    /// From an invoice.
    Invoice(Box<InvoiceRows>),
    /// From a completed checkout session without an invoice.
    Order(Box<OrderRows>),
    /// From an invoice payment.
    InvoicePayment(InvoicePayment),
    /// From a subscription.
    Subscription(Box<Subscription>),
    /// From a payout.
    Payout(Box<Payout>),
    /// From a tax rate.
    TaxComponent(TaxComponent),
    /// From a terminal location.
    Location(Location),
}

/// The rows of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRows {
    /// The order.
    pub order: Order,
    /// All its lines, in their order.
    pub lines: Vec<OrderLine>,
}

/// The rows of an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceRows {
    /// The invoice as itself.
    pub invoice: Invoice,
    /// The invoice as an order; none for drafts.
    pub order: Option<OrderRows>,
}

impl OrderRows {
    fn collect_into<'a>(&'a self, records: &mut Records<'a>) {
        records.orders.push(&self.order);
        records.order_lines.extend(&self.lines);
    }
}

impl Mapped {
    /// Adds the rows to those of other objects, to be written together.
    pub fn collect_into<'a>(&'a self, records: &mut Records<'a>) {
        match self {
            Mapped::Nothing => {}
            Mapped::Account(row) => records.accounts.push(row),
            Mapped::Balances(rows) => records.balances.extend(rows),
            Mapped::Customer(row) => records.customers.push(row),
            Mapped::Product(row) => records.products.push(row),
            Mapped::Variant(row) => records.variants.push(row),
            Mapped::PaymentIntent(row) => records.payment_intents.push(row),
            Mapped::Payment(row) => records.payments.push(row),
            Mapped::Transactions(rows) => records.transactions.extend(rows),
            Mapped::Dispute(row) => records.disputes.push(row),
            Mapped::Invoice(rows) => {
                records.invoices.push(&rows.invoice);
                rows.order.iter().for_each(|order| order.collect_into(records));
            }
            Mapped::Order(rows) => rows.collect_into(records),
            Mapped::InvoicePayment(row) => records.invoice_payments.push(row),
            Mapped::Subscription(row) => records.subscriptions.push(row),
            Mapped::Payout(row) => records.payouts.push(row),
            Mapped::TaxComponent(row) => records.tax_components.push(row),
            Mapped::Location(row) => records.locations.push(row),
        }
    }
}

/// An object ready to be written.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What is stored of the object itself, secrets cut. It is stored even when its rows can't be made, so
    /// that a later mapping needs no second pull (invariant 10).
    pub source: SourceObject,
    /// Its rows.
    pub mapped: Result<Mapped, MapError>,
}

/// Cuts secrets and indentation from an object's text (rule E18), and maps what is left.
pub fn prepare(resource: Resource, object: &Object<'_>) -> Prepared {
    let text = compact(object.raw);
    let json = redact(&text);
    let mapped = if object.deleted { Ok(Mapped::Nothing) } else { map(resource, &object.id, &json) };
    let source = SourceObject {
        id: fields::owned(object.id.clone()),
        created_secs: object.created,
        digest: digest::content(json.as_bytes()),
        deleted: object.deleted,
        json: json.into_owned(),
    };
    Prepared { source, mapped }
}

/// Maps an object's stored text. `id` only names the object in an error.
pub fn map(resource: Resource, id: &str, json: &str) -> Result<Mapped, MapError> {
    rows(resource, json).map_err(|flaw| flaw.of(resource, id))
}

fn rows(resource: Resource, json: &str) -> Result<Mapped, Flaw> {
    match resource {
        Resource::Account => account::row(read(json)?).map(Mapped::Account),
        Resource::Balance => balance::rows(&read(json)?).map(Mapped::Balances),
        Resource::Customers => customer::row(read(json)?),
        Resource::Products => product::row(read(json)?),
        Resource::Prices => price::row(read(json)?),
        Resource::PaymentIntents => payment_intent::row(read(json)?).map(Mapped::PaymentIntent),
        Resource::Charges => charge::row(read(json)?).map(Mapped::Payment),
        Resource::Refunds => refund::row(read(json)?),
        Resource::Disputes => dispute::row(read(json)?).map(Mapped::Dispute),
        Resource::BalanceTransactions => transaction::rows(&read(json)?).map(Mapped::Transactions),
        Resource::Invoices => invoice::rows(read(json)?).map(|rows| Mapped::Invoice(Box::new(rows))),
        Resource::CheckoutSessions => checkout::rows(read(json)?),
        Resource::InvoicePayments => invoice_payment::row(read(json)?).map(Mapped::InvoicePayment),
        Resource::Subscriptions => {
            subscription::row(read(json)?).map(|row| Mapped::Subscription(Box::new(row)))
        }
        Resource::Payouts => payout::row(read(json)?).map(|row| Mapped::Payout(Box::new(row))),
        Resource::TaxRates => tax_rate::row(read(json)?).map(Mapped::TaxComponent),
        Resource::TerminalLocations => Ok(Mapped::Location(location::row(read(json)?))),
        // Kept as themselves, without records.
        Resource::Coupons | Resource::SetupIntents | Resource::CreditNotes => Ok(Mapped::Nothing),
    }
}

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Flaw> {
    objects::parse(json).map_err(|bad| Flaw { field: "object", problem: Problem::Unreadable(bad.reason) })
}
