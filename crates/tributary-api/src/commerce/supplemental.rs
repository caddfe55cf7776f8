//! What a platform wants to see of Stripe's objects beside the fields of a record: taken from the objects as they are
//! stored, so that it shows at once and needs no pull. Secrets were cut from them before they were stored.

use crate::failure::Failure;
use crate::integrations::supplemental::read;
use serde_json::Value;
use tributary_contract::commerce::{Order, Payment, Product, Transaction};
use tributary_contract::supplemental::{SupplementalData, sources};
use tributary_core::DataType;
use tributary_core::ids::ConnectionNo;
use tributary_db::{AnyConn, source_objects, supplemental_configs};

/// Objects that are read at once: they are far longer than what is wanted of them.
const AT_ONCE: usize = 100;

/// A record that shows supplemental data.
pub(super) trait Supplemented {
    /// Its data type.
    const DATA_TYPE: DataType;

    /// The id of the object that it came from.
    fn source_id(&self) -> &str;

    /// Where it is shown.
    fn supplement(&mut self) -> &mut Option<SupplementalData>;
}

/// Adds what is configured to the records; nothing where nothing is.
pub(super) fn add<R: Supplemented>(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    mut records: Vec<R>,
) -> Result<Vec<R>, Failure> {
    if records.is_empty() {
        return Ok(records);
    }
    let Some(text) = supplemental_configs::find_for(conn, connection, R::DATA_TYPE)? else {
        return Ok(records);
    };
    let config = read(&text)?;
    if config.is_empty() {
        return Ok(records);
    }
    for records in records.chunks_mut(AT_ONCE) {
        let ids: Vec<&str> = records.iter().map(Supplemented::source_id).collect();
        let texts = source_objects::texts(conn, connection, sources(R::DATA_TYPE), &ids)?;
        for record in records {
            let object = match texts.get(record.source_id()) {
                Some((resource, text)) => Some((*resource, serde_json::from_str::<Value>(text)?)),
                None => None,
            };
            let data = config.of(object.as_ref().map(|(resource, object)| (*resource, object)));
            *record.supplement() = Some(data);
        }
    }
    Ok(records)
}

macro_rules! supplemented {
    ($($record:ident: $data_type:ident, $source_id:expr;)+) => {$(
        impl Supplemented for $record {
            const DATA_TYPE: DataType = DataType::$data_type;

            fn source_id(&self) -> &str {
                let source_id: fn(&str) -> &str = $source_id;
                source_id(&self.id)
            }

            fn supplement(&mut self) -> &mut Option<SupplementalData> {
                &mut self.supplemental_data
            }
        }
    )+};
}

supplemented! {
    Order: Orders, |id| id;
    Payment: Payments, |id| id;
    Product: Products, |id| id;
    // A fee's own id follows that of its balance transaction, after a colon (rule M2).
    Transaction: Transactions, |id| id.split(':').next().unwrap_or(id);
}
