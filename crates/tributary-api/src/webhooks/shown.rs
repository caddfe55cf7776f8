//! Consumers and deliveries as they are shown.

use tributary_contract::webhooks::{ConsumerDetails, Delivery, WebhookConsumer};
use tributary_core::state::DeliveryState;
use tributary_db::consumers::Consumer;
use tributary_db::deliveries;

pub(super) fn consumer(consumer: Consumer) -> WebhookConsumer {
    WebhookConsumer {
        id: consumer.id,
        url: consumer.url,
        disabled: consumer.disabled.is_some(),
        event_types: consumer.event_types.0,
        company_tags: consumer.company_tags.0,
    }
}

pub(super) fn details(shown: Consumer) -> ConsumerDetails {
    ConsumerDetails {
        disabled_reason: shown.disabled,
        failing_since: shown.failing_since,
        previous_secret_valid_until: shown.previous_until,
        created: shown.created,
        modified: shown.modified,
        consumer: consumer(shown),
    }
}

pub(super) fn delivery(delivery: deliveries::Delivery) -> Delivery {
    let waits = delivery.state == DeliveryState::Waiting;
    Delivery {
        webhook_id: delivery.consumer_id,
        message_id: delivery.message_id,
        event_type: delivery.event_type,
        company_id: delivery.company_id,
        state: delivery.state,
        attempts: delivery.attempts,
        next_attempt: waits.then_some(delivery.next_attempt),
        created: delivery.created,
        ended: delivery.ended,
    }
}
