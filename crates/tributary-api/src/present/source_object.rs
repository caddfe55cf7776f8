use tributary_contract::extensions::{SourceObject, SourceObjectRef};
use tributary_core::Millis;
use tributary_db::DbError;
use tributary_db::source_objects::Observed;

/// Which object it is, and when what it says was true.
pub(crate) fn source_object_ref(observed: Observed) -> SourceObjectRef {
    SourceObjectRef {
        resource: observed.resource,
        id: observed.id,
        created_date: observed.created_secs.map(Millis::from_secs),
        observed_from: Millis(observed.observed_from_ms),
        observed_to: Millis(observed.observed_to_ms),
        deleted: observed.deleted,
    }
}

/// An object with its JSON.
pub(crate) fn source_object((observed, json): (Observed, String)) -> Result<SourceObject, DbError> {
    let broken = |error| DbError::Broken(format!("the text of a source object: {error}"));
    let object = serde_json::value::RawValue::from_string(json).map_err(broken)?;
    Ok(SourceObject { of: source_object_ref(observed), object })
}
