use tributary_contract::commerce;
use tributary_core::Millis;
use tributary_db::DbError;
use tributary_db::records::Stamped;
use tributary_db::records::tax_components::TaxComponent;

/// A tax rate.
pub(crate) fn tax_component(
    (rate, modified_ms): Stamped<TaxComponent>,
) -> Result<commerce::TaxComponent, DbError> {
    let broken = |error| DbError::Broken(format!("the rate of a tax component: {error}"));
    Ok(commerce::TaxComponent {
        id: rate.id,
        name: rate.name,
        rate: rate.rate.map(|text| text.parse().map_err(broken)).transpose()?,
        is_compound: false,
        modified_date: Millis(modified_ms),
    })
}
