//! Completed checkout sessions that made no invoice, as orders (rule M4).

use super::fields::{created_ms, currency, id, milli, out_of_range, owned, required, text, word};
use super::flaw::Flaw;
use super::order_line::{self, Sold};
use super::{Mapped, OrderRows};
use tributary_core::{Currency, Resource};
use tributary_db::records::order_lines::{LineDiscount, LineTax, OrderLine};
use tributary_db::records::orders::Order;
use tributary_stripe::objects::{CheckoutSession, ItemTax, SessionItem};

/// A session that is open or ran out sold nothing, nor did one that only saved a payment method; what one with an
/// invoice sold is the invoice's order.
pub(super) fn rows(session: CheckoutSession<'_>) -> Result<Mapped, Flaw> {
    let is_complete = session.status.as_deref() == Some("complete");
    let (Some(total_minor), true, None) = (session.amount_total, is_complete, id(session.invoice)) else {
        return Ok(Mapped::Nothing);
    };
    let currency = currency(session.currency.as_deref())?;
    let order_id = owned(session.id);
    let details = session.total_details.unwrap_or_default();
    let (tax_minor, discount_minor) = (details.amount_tax.unwrap_or(0), details.amount_discount.unwrap_or(0));
    let buyer = session.customer_details.unwrap_or_default();
    let goods_to = session.collected_information.and_then(|given| given.shipping_details?.address);
    let countries = [buyer.address, goods_to].into_iter().flatten();
    let items = required(session.line_items.and_then(|items| items.data), "line_items")?;
    let lines = items.into_iter().enumerate().map(|(place, item)| line(&order_id, place, currency, item));
    let lines = lines.collect::<Result<_, _>>()?;
    let shipping = session.shipping_cost;
    let order = Order {
        id: order_id,
        resource: Resource::CheckoutSessions,
        status: word(session.payment_status),
        number: text(session.client_reference_id),
        country: countries.into_iter().find_map(|address| text(address.country)),
        currency,
        total_minor,
        total_milli: milli(currency, total_minor, "amount_total")?,
        tax_minor,
        tax_milli: milli(currency, tax_minor, "total_details")?,
        discount_minor,
        discount_milli: milli(currency, discount_minor, "total_details")?,
        shipping_minor: shipping.as_ref().and_then(|cost| cost.amount_total),
        shipping_tax_minor: shipping.as_ref().and_then(|cost| cost.amount_tax),
        customer_id: id(session.customer),
        customer_name: text(buyer.name),
        payment_intent_id: id(session.payment_intent),
        closed_ms: None,
        created_ms: created_ms(session.created)?,
    };
    Ok(Mapped::Order(Box::new(OrderRows { order, lines })))
}

/// Whether prices include the tax shows in the total: then it isn't on top.
fn line(order_id: &str, place: usize, currency: Currency, item: SessionItem<'_>) -> Result<OrderLine, Flaw> {
    let amount_minor = required(item.amount_subtotal, "line_items")?;
    let discount_minor = item.amount_discount.unwrap_or(0);
    let tax_minor = item.amount_tax.unwrap_or(0);
    let net = amount_minor.checked_sub(discount_minor);
    let added_minor = match item.amount_total {
        Some(total) => net.and_then(|net| total.checked_sub(net)),
        None => Some(tax_minor),
    };
    let added_minor = added_minor.ok_or(out_of_range("line_items"))?;
    let price = item.price.unwrap_or_default();
    let rate = |tax: ItemTax<'_>| Some(LineTax { id: id(tax.rate)?, amount_minor: tax.amount.unwrap_or(0) });
    let discount = LineDiscount { id: None, amount_minor: discount_minor };
    let sold = Sold {
        id: required(text(item.id), "line_items")?,
        description: text(item.description),
        product_id: id(price.product),
        variant_id: text(price.id),
        variant_name: text(price.nickname),
        quantity: item.quantity.map(|quantity| quantity.to_string()),
        amount_minor,
        listed: price.unit_amount_decimal.as_deref(),
        included_minor: tax_minor.checked_sub(added_minor).ok_or(out_of_range("line_items"))?,
        added_minor,
        taxes: item.taxes.unwrap_or_default().into_iter().filter_map(rate).collect(),
        discounts: Some(discount).filter(|discount| discount.amount_minor != 0).into_iter().collect(),
    };
    order_line::row(order_id, place, currency, sold)
}
