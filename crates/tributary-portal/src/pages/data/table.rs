//! Records as rows of a table: a few columns of each data type.

use super::{Column, Shown, Table};
use crate::parts::Moment;
use crate::words;
use tributary_core::ids::ConnectionNo;
use tributary_core::{Currency, DataType, Millis};
use tributary_db::records::{
    company_info, customers, disputes, locations, orders, payment_methods, payments, products,
    tax_components, transactions,
};
use tributary_db::{AnyConn, DbError, Page};

/// Columns that hold text.
const fn text(label: &'static str) -> Column {
    Column { label, is_figure: false }
}

/// Columns that hold figures.
const fn figure(label: &'static str) -> Column {
    Column { label, is_figure: true }
}

const COMPANY_INFO: &[Column] = &[
    text("Account"),
    text("Name"),
    text("Country"),
    text("Balance"),
    figure("Available"),
    figure("Pending"),
];
const CUSTOMERS: &[Column] = &[text("Created"), text("Name"), text("E-mail"), text("Id")];
const DISPUTES: &[Column] =
    &[text("Created"), figure("Amount"), text("Status"), text("Reason"), text("Evidence due"), text("Id")];
const LOCATIONS: &[Column] = &[text("Name"), text("Id")];
const ORDERS: &[Column] =
    &[text("Created"), text("Number"), figure("Total"), text("Status"), text("Customer"), text("Id")];
const PAYMENT_METHODS: &[Column] = &[text("Last used"), text("Name"), text("Id")];
const PAYMENTS: &[Column] = &[text("Created"), figure("Amount"), text("Status"), text("Method"), text("Id")];
const PRODUCTS: &[Column] = &[text("Created"), text("Name"), text("Status"), text("Id")];
const PRODUCT_CATEGORIES: &[Column] = &[text("Name"), text("Id")];
const TAX_COMPONENTS: &[Column] =
    &[text("Created"), text("Name"), figure("Rate"), text("Prices include it"), text("Id")];
const TRANSACTIONS: &[Column] =
    &[text("Booked"), figure("Amount"), text("Type"), text("Stripe's type"), text("Available"), text("Id")];

/// A page of the records that a connection has of a data type.
pub(super) fn read(
    conn: &mut AnyConn,
    no: ConnectionNo,
    data_type: DataType,
    page: Page,
) -> Result<Table, DbError> {
    match data_type {
        DataType::CompanyInfo => company_info(conn, no, page),
        DataType::Customers => {
            let (rows, total) = customers::list(conn, no, page)?;
            let row = |(customer, _): (customers::Customer, i64)| {
                vec![
                    at(customer.created_ms),
                    maybe(customer.name),
                    maybe(customer.email),
                    Shown::Code(customer.id),
                ]
            };
            Ok(Table { columns: CUSTOMERS, rows: rows.into_iter().map(row).collect(), total })
        }
        DataType::Disputes => {
            let (rows, total) = disputes::list(conn, no, page)?;
            let row = |(dispute, _): (disputes::Dispute, i64)| {
                vec![
                    at(dispute.created_ms),
                    Shown::Text(words::amount(dispute.amount_minor, dispute.currency)),
                    Shown::Text(dispute.status.to_string()),
                    Shown::Text(dispute.reason),
                    Shown::Moment(Moment::maybe(dispute.due_ms.map(Millis))),
                    Shown::Code(dispute.id),
                ]
            };
            Ok(Table { columns: DISPUTES, rows: rows.into_iter().map(row).collect(), total })
        }
        DataType::Locations => {
            let (rows, total) = locations::list(conn, no, page)?;
            let row = |(location, _): (locations::Location, i64)| {
                vec![maybe(location.name), Shown::Code(location.id)]
            };
            Ok(Table { columns: LOCATIONS, rows: rows.into_iter().map(row).collect(), total })
        }
        DataType::Orders => {
            let (rows, total) = orders::list(conn, no, page)?;
            let row = |(order, _): (orders::Order, i64)| {
                vec![
                    at(order.created_ms),
                    maybe(order.number),
                    Shown::Text(words::amount(order.total_minor, order.currency)),
                    Shown::Text(order.status.replace('_', " ")),
                    maybe(order.customer_name),
                    Shown::Code(order.id),
                ]
            };
            Ok(Table { columns: ORDERS, rows: rows.into_iter().map(row).collect(), total })
        }
        DataType::PaymentMethods => {
            let (rows, total) = payment_methods::list(conn, no, page)?;
            let row = |(method, _): (payment_methods::PaymentMethod, i64)| {
                vec![at(method.used_ms), maybe(method.name), Shown::Code(method.id)]
            };
            Ok(Table { columns: PAYMENT_METHODS, rows: rows.into_iter().map(row).collect(), total })
        }
        DataType::ProductCategories => Ok(Table { columns: PRODUCT_CATEGORIES, rows: Vec::new(), total: 0 }),
        DataType::TaxComponents => {
            let (rows, total) = tax_components::list(conn, no, page)?;
            let row = |(component, _): (tax_components::TaxComponent, i64)| {
                vec![
                    at(component.created_ms),
                    Shown::Text(component.name),
                    maybe(component.rate),
                    Shown::Text(if component.inclusive { "Yes" } else { "No" }.to_owned()),
                    Shown::Code(component.id),
                ]
            };
            Ok(Table { columns: TAX_COMPONENTS, rows: rows.into_iter().map(row).collect(), total })
        }
        DataType::Payments => {
            let (mut rows, total) = payments::list(conn, no, page)?;
            payments::join_intents(conn, no, &mut rows)?;
            let row = |(payment, _): (payments::Payment, i64)| {
                vec![
                    at(payment.created_ms),
                    Shown::Text(words::amount(payment.amount_minor, payment.currency)),
                    Shown::Text(payment.status.to_string()),
                    maybe(payment.payment_method_name),
                    Shown::Code(payment.id),
                ]
            };
            Ok(Table { columns: PAYMENTS, rows: rows.into_iter().map(row).collect(), total })
        }
        DataType::Products => {
            let (rows, total) = products::list(conn, no, page)?;
            let row = |(product, _): (products::Product, i64)| {
                vec![
                    at(product.created_ms),
                    Shown::Text(product.name),
                    Shown::Text(product.status.to_string()),
                    Shown::Code(product.id),
                ]
            };
            Ok(Table { columns: PRODUCTS, rows: rows.into_iter().map(row).collect(), total })
        }
        DataType::Transactions => {
            let (rows, total) = transactions::list(conn, no, page)?;
            let row = |(transaction, _): (transactions::Transaction, i64)| {
                vec![
                    at(transaction.created_ms),
                    Shown::Text(words::amount(transaction.amount_minor, transaction.currency)),
                    Shown::Text(transaction.kind.to_string()),
                    Shown::Text(transaction.sub_type),
                    at(transaction.available_ms),
                    Shown::Code(transaction.id),
                ]
            };
            Ok(Table { columns: TRANSACTIONS, rows: rows.into_iter().map(row).collect(), total })
        }
    }
}

/// One row per balance, which is to say per currency; the account beside the first.
fn company_info(conn: &mut AnyConn, no: ConnectionNo, page: Page) -> Result<Table, DbError> {
    let info = company_info::find(conn, no)?;
    let account = |field: fn(&tributary_db::records::accounts::Account) -> Option<String>| {
        maybe(info.account.as_ref().and_then(field))
    };
    let mut rows: Vec<Vec<Shown>> = Vec::new();
    for balance in &info.balances {
        // A balance's id is its currency.
        let currency: Currency = balance.id.parse().unwrap_or(Currency::UNKNOWN);
        rows.push(vec![
            account(|account| Some(account.id.clone())),
            account(|account| account.name.clone()),
            account(|account| account.country.clone()),
            Shown::Text(currency.to_string()),
            Shown::Text(words::amount(balance.available_minor, currency)),
            Shown::Text(words::amount(balance.pending_minor, currency)),
        ]);
    }
    if rows.is_empty() && info.account.is_some() {
        let none = || maybe(None);
        rows.push(vec![
            account(|account| Some(account.id.clone())),
            account(|account| account.name.clone()),
            account(|account| account.country.clone()),
            none(),
            none(),
            none(),
        ]);
    }
    let total = rows.len() as i64;
    let from = usize::try_from(page.offset).unwrap_or(usize::MAX).min(rows.len());
    Ok(Table { columns: COMPANY_INFO, rows: rows.split_off(from), total })
}

fn at(ms: i64) -> Shown {
    Shown::Moment(Moment::of(Millis(ms)))
}

fn maybe(text: Option<String>) -> Shown {
    Shown::Text(text.unwrap_or_else(|| "—".to_owned()))
}
