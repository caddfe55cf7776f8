//! Tax rates as tax components (rule M9).

use super::decimal::shifted;
use super::fields::{created_ms, owned, text};
use super::flaw::{Flaw, Problem};
use tributary_db::records::tax_components::TaxComponent;
use tributary_stripe::objects::TaxRate;

/// Stripe's parts of a hundred become a fraction, exactly. A rate without a name is called by its id: the contract
/// requires one.
pub(super) fn row(rate: TaxRate<'_>) -> Result<TaxComponent, Flaw> {
    let flaw = Flaw { field: "percentage", problem: Problem::NotADecimal };
    let fraction = rate.percentage().map(|percentage| shifted(percentage, 2).ok_or(flaw)).transpose()?;
    let id = owned(rate.id);
    Ok(TaxComponent {
        name: text(rate.display_name).unwrap_or_else(|| id.clone()),
        id,
        rate: fraction,
        inclusive: rate.inclusive.unwrap_or(false),
        created_ms: created_ms(rate.created)?,
    })
}
