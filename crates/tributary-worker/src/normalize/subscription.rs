//! Subscriptions as themselves.

use super::contract_json::list;
use super::fields::{created_ms, currency_code, id, ms, owned, text, word};
use super::flaw::Flaw;
use super::price;
use tributary_core::Currency;
use tributary_db::records::subscriptions::{self, SubscriptionItem};
use tributary_stripe::objects::{self, Subscription};

/// The present period is that of the item whose own ends first: Stripe knows periods of items only.
pub(super) fn row(subscription: Subscription<'_>) -> Result<subscriptions::Subscription, Flaw> {
    let currency: Option<Currency> = subscription.currency.as_deref().and_then(|code| code.parse().ok());
    let given = subscription.items.and_then(|items| items.data).unwrap_or_default();
    let periods = given.iter().filter_map(|item| Some((item.current_period_end?, item.current_period_start)));
    let period = periods.min();
    let items = given.into_iter().map(|given| item(given, currency)).collect::<Result<Vec<_>, _>>()?;
    Ok(subscriptions::Subscription {
        id: owned(subscription.id),
        status: word(subscription.status),
        customer_id: id(subscription.customer),
        currency: currency_code(subscription.currency.as_deref()),
        collection_method: text(subscription.collection_method),
        latest_invoice_id: id(subscription.latest_invoice),
        items: list(&items),
        cancel_at_period_end: subscription.cancel_at_period_end.unwrap_or(false),
        period_start_ms: ms(period.and_then(|(_, start)| start)),
        period_end_ms: ms(period.map(|(end, _)| end)),
        start_ms: ms(subscription.start_date),
        trial_start_ms: ms(subscription.trial_start),
        trial_end_ms: ms(subscription.trial_end),
        cancel_at_ms: ms(subscription.cancel_at),
        canceled_ms: ms(subscription.canceled_at),
        ended_ms: ms(subscription.ended_at),
        created_ms: created_ms(subscription.created)?,
    })
}

fn item(given: objects::SubscriptionItem<'_>, currency: Option<Currency>) -> Result<SubscriptionItem, Flaw> {
    let price = given.price.unwrap_or_default();
    let unit_price = match currency {
        Some(currency) => price::unit_price(
            price.billing_scheme.as_deref(),
            price.unit_amount,
            price.unit_amount_decimal.as_deref(),
            currency,
        )?,
        None => None,
    };
    let recurring = price.recurring.unwrap_or_default();
    Ok(SubscriptionItem {
        id: text(given.id).unwrap_or_default(),
        price_id: text(price.id),
        product_id: id(price.product),
        quantity: given.quantity,
        unit_price,
        interval: text(recurring.interval),
        interval_count: recurring.interval_count,
        usage_type: text(recurring.usage_type),
    })
}
