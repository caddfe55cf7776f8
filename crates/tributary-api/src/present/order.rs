use super::{filled, named};
use std::collections::HashMap;
use tributary_contract::Decimal;
use tributary_contract::commerce::{
    self, DiscountAllocation, NamedRef, OrderLineItem, OrderPayment, OrderTax, ServiceCharge, TaxComponentRef,
};
use tributary_core::Millis;
use tributary_core::commerce::ServiceChargeType;
use tributary_db::DbError;
use tributary_db::records::Stamped;
use tributary_db::records::order_lines::{LineTax, OrderLine};
use tributary_db::records::order_parts::OrderParts;
use tributary_db::records::orders::Order;
use tributary_db::records::payments::Payment;
use tributary_db::records::tax_components::TaxComponent;

/// The tax components that lines name, by their ids.
pub(crate) type Rates = HashMap<String, TaxComponent>;

/// An order with what belongs to it.
pub(crate) fn order(
    (order, modified_ms): Stamped<Order>,
    parts: OrderParts,
    rates: &Rates,
) -> Result<commerce::Order, DbError> {
    let amount = |minor| Decimal::from_minor(minor, order.currency);
    let shipping = order.shipping_minor.map(|minor| ServiceCharge {
        description: "Shipping".to_owned(),
        total_amount: amount(minor),
        tax_amount: amount(order.shipping_tax_minor.unwrap_or(0)),
        quantity: 1,
        kind: ServiceChargeType::Shipping,
    });
    Ok(commerce::Order {
        order_number: filled(order.number),
        country: filled(order.country),
        currency: order.currency,
        closed_date: parts.closed_ms.map(Millis),
        total_amount: amount(order.total_minor),
        total_refund: amount(parts.refund_minor),
        total_tax_amount: amount(order.tax_minor),
        total_discount: amount(order.discount_minor),
        order_line_items: parts.lines.into_iter().map(|row| line(row, rates)).collect::<Result<_, _>>()?,
        payments: parts.payments.into_iter().map(payment).collect(),
        service_charges: shipping.into_iter().collect(),
        location_ref: parts.location_id.map(|id| NamedRef { id, name: None }),
        customer_ref: order.customer_id.map(|id| named(id, order.customer_name)),
        created_date: Millis(order.created_ms),
        modified_date: Millis(modified_ms),
        supplemental_data: None,
        id: order.id,
    })
}

fn line(line: OrderLine, rates: &Rates) -> Result<OrderLineItem, DbError> {
    let amount = |minor| Decimal::from_minor(minor, line.currency);
    let taxes = line.taxes()?;
    let discount = |discount: tributary_db::records::order_lines::LineDiscount| DiscountAllocation {
        name: discount.id,
        total_amount: amount(discount.amount_minor),
    };
    let tax = |tax: &LineTax| {
        let name = rates.get(&tax.id).map_or(&tax.id, |rate| &rate.name);
        let tax_component_ref = TaxComponentRef { id: tax.id.clone(), name: name.clone() };
        OrderTax { tax_component_ref, rate: amount(tax.amount_minor) }
    };
    Ok(OrderLineItem {
        quantity: decimal(&line.quantity)?,
        tax_percentage: percentage(&taxes, rates, line.tax_minor),
        total_amount: amount(line.total_minor),
        total_tax_amount: amount(line.tax_minor),
        unit_price: decimal(&line.unit_price)?,
        taxes: taxes.iter().map(tax).collect(),
        discount_allocations: line.discounts()?.into_iter().map(discount).collect(),
        product_ref: line.product_id.map(|id| named(id, line.description)),
        product_variant_ref: line.variant_id.map(|id| named(id, line.variant_name)),
        id: line.id,
    })
}

/// A charge, as its order shows it.
fn payment((payment, modified_ms): Stamped<Payment>) -> OrderPayment {
    OrderPayment {
        id: payment.id,
        amount: Decimal::from_minor(payment.amount_minor, payment.currency),
        currency: payment.currency,
        kind: payment.kind,
        status: payment.status,
        payment_provider: filled(payment.provider),
        created_date: Millis(payment.created_ms),
        modified_date: Millis(modified_ms),
    }
}

fn decimal(text: &str) -> Result<Decimal, DbError> {
    text.parse().map_err(|error| DbError::Broken(format!("a number of an order's line: {error}")))
}

/// Digits behind the point that rates are added up with: Stripe's have four, as percentages.
const RATE_DIGITS: usize = 12;

/// The sum of the taxes' rates as a percentage; none where one isn't known, or where there is a tax that none of
/// them explains.
fn percentage(taxes: &[LineTax], rates: &Rates, tax_minor: i64) -> Option<Decimal> {
    if taxes.is_empty() && tax_minor != 0 {
        return None;
    }
    let mut sum: i64 = 0;
    for tax in taxes {
        sum = sum.checked_add(units(rates.get(&tax.id)?.rate.as_deref()?)?)?;
    }
    let per_percent = 10_i64.pow(RATE_DIGITS as u32 - 2);
    let fraction = format!("{:0width$}", sum % per_percent, width = RATE_DIGITS - 2);
    let text = format!("{}.{fraction}", sum / per_percent);
    text.trim_end_matches('0').trim_end_matches('.').parse().ok()
}

/// A fraction of 1 as a whole number of its last digit.
fn units(rate: &str) -> Option<i64> {
    let (whole, fraction) = rate.split_once('.').unwrap_or((rate, ""));
    if fraction.len() > RATE_DIGITS || rate.starts_with('-') {
        return None;
    }
    format!("{whole}{fraction:0<RATE_DIGITS$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(of: &[(&str, Option<&str>)]) -> Rates {
        let rate = |(id, rate): &(&str, Option<&str>)| TaxComponent {
            id: (*id).to_owned(),
            name: "VAT".to_owned(),
            rate: rate.map(str::to_owned),
            inclusive: false,
            created_ms: 0,
        };
        of.iter().map(|row| (row.0.to_owned(), rate(row))).collect()
    }

    #[test]
    fn rates_add_up_to_a_percentage_where_all_are_known() {
        let rates = rates(&[("a", Some("0.2")), ("b", Some("0.088125")), ("one", Some("1")), ("flat", None)]);
        let of = |ids: &[&str], tax_minor| {
            let taxes: Vec<LineTax> =
                ids.iter().map(|id| LineTax { id: (*id).to_owned(), amount_minor: 1 }).collect();
            percentage(&taxes, &rates, tax_minor).map(|percentage| percentage.to_string())
        };
        assert_eq!(of(&["a"], 1).as_deref(), Some("20"));
        assert_eq!(of(&["a", "b"], 1).as_deref(), Some("28.8125"));
        assert_eq!(of(&["one"], 1).as_deref(), Some("100"));
        assert_eq!(of(&[], 0).as_deref(), Some("0"));
        for (ids, tax_minor) in [(&[][..], 1), (&["flat"], 1), (&["a", "unknown"], 2)] {
            assert_eq!(of(ids, tax_minor), None, "{ids:?}");
        }
    }
}
