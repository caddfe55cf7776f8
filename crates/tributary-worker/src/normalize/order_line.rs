//! Lines of orders. Each adds up: quantity × unit price − discounts + taxes = total, whether prices include taxes or not.

use super::contract_json::list;
use super::decimal::{is_near, per_unit, shifted};
use super::fields::out_of_range;
use super::flaw::Flaw;
use tributary_core::Currency;
use tributary_db::records::order_lines::{LineDiscount, LineTax, OrderLine};

/// What an invoice or a session says of a line.
pub(super) struct Sold<'a> {
    pub(super) id: String,
    pub(super) description: Option<String>,
    pub(super) product_id: Option<String>,
    pub(super) variant_id: Option<String>,
    pub(super) variant_name: Option<String>,
    /// As decimal text; none for one.
    pub(super) quantity: Option<String>,
    /// Before discounts, and before taxes that are added.
    pub(super) amount_minor: i64,
    /// The price of one in minor units, as decimal text, where it is told.
    pub(super) listed: Option<&'a str>,
    /// Taxes that are part of `amount_minor`.
    pub(super) included_minor: i64,
    /// Taxes that come on top of it.
    pub(super) added_minor: i64,
    pub(super) taxes: Vec<LineTax>,
    pub(super) discounts: Vec<LineDiscount>,
}

/// The line at a place of an order.
pub(super) fn row(
    order_id: &str,
    place: usize,
    currency: Currency,
    sold: Sold<'_>,
) -> Result<OrderLine, Flaw> {
    let flaw = || out_of_range("lines");
    let discounts = sold.discounts.iter().map(|discount| discount.amount_minor);
    let discount_minor = sum(discounts).ok_or_else(flaw)?;
    let net_minor = sold.amount_minor.checked_sub(sold.included_minor).ok_or_else(flaw)?;
    let total_minor =
        sold.amount_minor.checked_sub(discount_minor).and_then(|net| net.checked_add(sold.added_minor));
    let quantity = quantity(sold.quantity.as_deref(), net_minor).ok_or_else(flaw)?;
    // The listed price, unless the amount isn't its multiple: tiers, and prices that include taxes.
    let listed = sold.listed.filter(|unit| is_near(unit, &quantity, net_minor));
    let unit_price = match listed {
        Some(unit) => shifted(unit, currency.exponent()),
        None => per_unit(net_minor, &quantity, currency.exponent()),
    };
    Ok(OrderLine {
        id: sold.id,
        order_id: order_id.to_owned(),
        position: i64::try_from(place).map_err(|_| flaw())?,
        description: sold.description,
        product_id: sold.product_id,
        variant_id: sold.variant_id,
        variant_name: sold.variant_name,
        currency,
        unit_price: unit_price.ok_or_else(flaw)?,
        quantity,
        total_minor: total_minor.ok_or_else(flaw)?,
        tax_minor: sold.included_minor.checked_add(sold.added_minor).ok_or_else(flaw)?,
        discount_minor,
        taxes: list(&sold.taxes),
        discounts: list(&sold.discounts),
    })
}

/// None for amounts that don't add up to any that Stripe could mean.
pub(super) fn sum(amounts: impl IntoIterator<Item = i64>) -> Option<i64> {
    amounts.into_iter().try_fold(0_i64, i64::checked_add)
}

/// A line without a quantity is one of what it says; so is one of none that costs something, as the flat part of tiers.
fn quantity(given: Option<&str>, net_minor: i64) -> Option<String> {
    let given = given.map_or(Some("1".to_owned()), |text| shifted(text, 0))?;
    Some(if given == "0" && net_minor != 0 { "1".to_owned() } else { given })
}
