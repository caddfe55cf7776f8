//! Commerce records of one connection.

pub(crate) mod customers;
pub(crate) mod disputes;
pub(crate) mod info;
pub(crate) mod locations;
pub(crate) mod orders;
pub(crate) mod payment_methods;
pub(crate) mod payments;
pub(crate) mod product_categories;
pub(crate) mod products;
pub(crate) mod records;
mod supplemental;
pub(crate) mod tax_components;
pub(crate) mod transactions;

use crate::connections;
use crate::failure::Failure;
use crate::path::ConnectionPath;
use tributary_contract::ApiError;
use tributary_core::DataType;
use tributary_core::ids::PlatformNo;
use tributary_db::connections::Connection;
use tributary_db::{AnyConn, datasets};

/// The platform's connection, once the data type's records can be read: from the first dataset on that
/// completed, whatever came after it.
fn readable(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    path: ConnectionPath,
    data_type: DataType,
) -> Result<Connection, Failure> {
    let connection = connections::find(conn, platform_no, path)?;
    if !datasets::has_succeeded(conn, connection.no, data_type)? {
        return Err(ApiError::NotRequested.into());
    }
    Ok(connection)
}
