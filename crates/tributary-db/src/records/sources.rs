//! Which of Stripe's objects a record is made from (invariant 10).

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::records::{
    customers, disputes, locations, order_parts, orders, payment_methods, payments, products, tax_components,
    transactions, variants,
};
use tributary_core::ids::ConnectionNo;
use tributary_core::{DataType, Resource};

/// The objects of a record: first the one that its row was made from, then those whose rows it shows. None where
/// there is no such record; company info isn't looked up by an id.
pub fn of(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    data_type: DataType,
    id: &str,
) -> Result<Option<Vec<(Resource, String)>>, DbError> {
    let own = |resource| vec![(resource, id.to_owned())];
    Ok(match data_type {
        DataType::CompanyInfo | DataType::ProductCategories => None,
        DataType::Customers => customers::find(conn, connection, id)?.map(|_| own(Resource::Customers)),
        DataType::Locations => {
            locations::find(conn, connection, id)?.map(|_| own(Resource::TerminalLocations))
        }
        DataType::TaxComponents => {
            tax_components::find(conn, connection, id)?.map(|_| own(Resource::TaxRates))
        }
        DataType::Transactions => transactions::find(conn, connection, id)?
            .map(|(row, _)| vec![(Resource::BalanceTransactions, row.balance_transaction_id)]),
        DataType::Disputes => disputes::find(conn, connection, id)?
            .map(|(row, _)| vec![(Resource::Disputes, row.id), (Resource::Charges, row.charge_id)]),
        DataType::Payments => payments::find(conn, connection, id)?.map(|(row, _)| {
            let intent = row.payment_intent_id.map(|intent| (Resource::PaymentIntents, intent));
            let is_refund = row.resource == Resource::Refunds.as_str();
            let resource = if is_refund { Resource::Refunds } else { Resource::Charges };
            [(resource, row.id)].into_iter().chain(intent).collect()
        }),
        DataType::PaymentMethods => payment_methods::find(conn, connection, id)?
            .map(|(row, _)| vec![(Resource::Charges, row.charge_id)]),
        DataType::Products => match products::find(conn, connection, id)? {
            None => None,
            Some(_) => {
                let variants = variants::of_products(conn, connection, &[id])?.remove(id).unwrap_or_default();
                let prices = variants.into_iter().map(|variant| (Resource::Prices, variant.id));
                Some(own(Resource::Products).into_iter().chain(prices).collect())
            }
        },
        DataType::Orders => match orders::find(conn, connection, id)? {
            None => None,
            Some(order) => {
                let mut objects = own(order.0.resource);
                objects.extend(order_parts::sources(conn, connection, order)?);
                Some(objects)
            }
        },
    })
}
