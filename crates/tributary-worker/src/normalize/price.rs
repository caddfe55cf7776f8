//! Prices as variants of their products (rule M7).

use super::Mapped;
use super::decimal::shifted;
use super::fields::{created_ms, currency, id, owned, required, text};
use super::flaw::{Flaw, Problem};
use super::product::status;
use tributary_core::Currency;
use tributary_db::records::variants::Variant;
use tributary_stripe::objects::Price;

pub(super) fn row(price: Price<'_>) -> Result<Mapped, Flaw> {
    if price.deleted == Some(true) {
        return Ok(Mapped::Nothing);
    }
    let currency = currency(price.currency.as_deref())?;
    Ok(Mapped::Variant(Variant {
        unit_price: unit_price(
            price.billing_scheme.as_deref(),
            price.unit_amount,
            price.unit_amount_decimal.as_deref(),
            currency,
        )?,
        id: owned(price.id),
        product_id: required(id(price.product), "product")?,
        nickname: text(price.nickname),
        status: status(price.active),
        currency,
        created_ms: created_ms(price.created)?,
    }))
}

/// Whole minor units, or else the decimal, exactly. None where there is no one price: tiers, and amounts
/// that the customer chooses, for which Stripe gives neither.
pub(super) fn unit_price(
    billing_scheme: Option<&str>,
    unit_amount: Option<i64>,
    unit_amount_decimal: Option<&str>,
    currency: Currency,
) -> Result<Option<String>, Flaw> {
    if billing_scheme == Some("tiered") {
        return Ok(None);
    }
    if let Some(amount_minor) = unit_amount {
        return Ok(Some(currency.decimal(amount_minor)));
    }
    let Some(decimal) = unit_amount_decimal else { return Ok(None) };
    let flaw = Flaw { field: "unit_amount_decimal", problem: Problem::NotADecimal };
    shifted(decimal, currency.exponent()).map(Some).ok_or(flaw)
}
