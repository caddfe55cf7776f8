use super::currency;
use tributary_contract::extensions;
use tributary_core::Millis;
use tributary_db::DbError;
use tributary_db::records::Stamped;
use tributary_db::records::subscriptions::{Subscription, SubscriptionItem};

/// A subscription.
pub(crate) fn subscription(
    (subscription, modified_ms): Stamped<Subscription>,
) -> Result<extensions::Subscription, DbError> {
    Ok(extensions::Subscription {
        items: subscription.items()?.into_iter().map(item).collect::<Result<_, _>>()?,
        id: subscription.id,
        status: subscription.status,
        customer_id: subscription.customer_id,
        currency: subscription.currency.as_deref().map(currency),
        collection_method: subscription.collection_method,
        latest_invoice_id: subscription.latest_invoice_id,
        cancel_at_period_end: subscription.cancel_at_period_end,
        period_start_date: subscription.period_start_ms.map(Millis),
        period_end_date: subscription.period_end_ms.map(Millis),
        start_date: subscription.start_ms.map(Millis),
        trial_start_date: subscription.trial_start_ms.map(Millis),
        trial_end_date: subscription.trial_end_ms.map(Millis),
        cancel_at_date: subscription.cancel_at_ms.map(Millis),
        canceled_date: subscription.canceled_ms.map(Millis),
        ended_date: subscription.ended_ms.map(Millis),
        created_date: Millis(subscription.created_ms),
        modified_date: Millis(modified_ms),
    })
}

fn item(item: SubscriptionItem) -> Result<extensions::SubscriptionItem, DbError> {
    let broken = |error| DbError::Broken(format!("the price of a subscription's item: {error}"));
    Ok(extensions::SubscriptionItem {
        id: item.id,
        price_id: item.price_id,
        product_id: item.product_id,
        quantity: item.quantity,
        unit_price: item.unit_price.map(|text| text.parse().map_err(broken)).transpose()?,
        interval: item.interval,
        interval_count: item.interval_count,
        usage_type: item.usage_type,
    })
}
