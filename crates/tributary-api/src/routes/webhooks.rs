//! Webhook consumers, and what they were sent.

use super::entry::{Entry, delete, get, patch, post, put};
use super::tag::Tag::{WebhookDeliveries, Webhooks};
use crate::webhooks;
use tributary_contract::webhooks::{
    Attempt, ConsumerBodyPatch, ConsumerDetails, ConsumerSecret, CreatedWebhookConsumer, Delivery,
    EventTypeBody, Headers, HeadersBody, IntegrationKey, Message, Queued, ReplayBody, RotatedSecret,
    SentTest, WebhookConsumerBody, WebhookConsumers,
};

pub(super) fn entries() -> Vec<Entry> {
    let mut all = of_contract();
    all.extend(beyond());
    all.extend(deliveries());
    all
}

fn of_contract() -> Vec<Entry> {
    vec![
        get("/webhooks", webhooks::list)
            .operation(Webhooks, "list-webhook-consumers", "List webhook consumers")
            .says("Lists all webhook consumers, the oldest first.")
            .answers::<WebhookConsumers>(200),
        post("/webhooks", webhooks::create)
            .operation(Webhooks, "create-webhook-consumer", "Create webhook consumer")
            .says(
                "Creates a receiver of messages; there are at most fifty. Its signing secret is in the answer.",
            )
            .takes::<WebhookConsumerBody>()
            .answers::<CreatedWebhookConsumer>(201),
        delete("/webhooks/{webhookId}", webhooks::delete)
            .operation(Webhooks, "delete-webhook-consumer", "Delete webhook consumer")
            .says("Deletes a consumer. What waits for it is never sent.")
            .answers_nothing(204),
        post("/webhooks/integrationKeys/zapier", webhooks::rotate_zapier)
            .operation(Webhooks, "create-zapier-key", "Create Zapier integration key")
            .says("Makes a key for Zapier. The one before is revoked.")
            .answers::<IntegrationKey>(201),
    ]
}

fn beyond() -> Vec<Entry> {
    vec![
        get("/tributary/v1/webhooks/{webhookId}", webhooks::get)
            .operation(Webhooks, "get-webhook", "Get a webhook consumer")
            .says("Gives a consumer with how it fares.")
            .answers::<ConsumerDetails>(200),
        patch("/tributary/v1/webhooks/{webhookId}", webhooks::change)
            .operation(Webhooks, "update-webhook", "Change a webhook consumer")
            .says("Changes what the body names. Enabling one that was disabled lets what waits for it go on.")
            .takes::<ConsumerBodyPatch>()
            .answers::<ConsumerDetails>(200),
        get("/tributary/v1/webhooks/{webhookId}/headers", webhooks::headers)
            .operation(Webhooks, "get-webhook-headers", "List custom headers")
            .says("Names the request headers that the consumer gets beside ours. Their values are not shown.")
            .answers::<Headers>(200),
        put("/tributary/v1/webhooks/{webhookId}/headers", webhooks::set_headers)
            .operation(Webhooks, "set-webhook-headers", "Replace custom headers")
            .says(
                "Replaces the request headers that the consumer gets beside ours: at most twenty, none of those that \
                 the delivery sets itself.",
            )
            .takes::<HeadersBody>()
            .answers_nothing(204),
        get("/tributary/v1/webhooks/{webhookId}/secret", webhooks::secret)
            .operation(Webhooks, "get-webhook-secret", "Get the signing secret")
            .says("Gives what the consumer's messages are signed with.")
            .answers::<ConsumerSecret>(200),
        post("/tributary/v1/webhooks/{webhookId}/secret/rotate", webhooks::rotate)
            .operation(Webhooks, "rotate-webhook-secret", "Rotate the signing secret")
            .says("Makes a new signing secret. For a day messages are signed with the one before as well.")
            .answers::<RotatedSecret>(200),
        post("/tributary/v1/webhooks/{webhookId}/test", webhooks::test)
            .operation(Webhooks, "test-webhook", "Send a test")
            .says(
                "Sends an example of a type of event to this consumer alone, marked with `test: true`, whatever it \
                 asks for.",
            )
            .takes::<EventTypeBody>()
            .answers::<SentTest>(202),
    ]
}

fn deliveries() -> Vec<Entry> {
    vec![
        get("/tributary/v1/webhooks/{webhookId}/messages", webhooks::deliveries)
            .operation(WebhookDeliveries, "list-webhook-messages", "List a consumer's messages")
            .says("Lists what was or will be sent to a consumer, the newest first. With `state=dead`: its dead letters.")
            .pages::<Delivery>()
            .query("state", "Only those that stand so: waiting, delivered, dead or dropped."),
        get("/tributary/v1/webhooks/{webhookId}/messages/{messageId}/attempts", webhooks::attempts)
            .operation(WebhookDeliveries, "list-webhook-attempts", "List attempts")
            .says("Lists the attempts to deliver a message to a consumer, the latest first.")
            .pages::<Attempt>(),
        post("/tributary/v1/webhooks/{webhookId}/messages/{messageId}/resend", webhooks::resend)
            .operation(WebhookDeliveries, "resend-webhook-message", "Resend a message")
            .says("Sends a message to a consumer, again or for the first time, with a schedule of its own.")
            .answers::<Queued>(202),
        post("/tributary/v1/webhooks/{webhookId}/recover", webhooks::recover)
            .operation(WebhookDeliveries, "recover-webhook-messages", "Recover failed messages")
            .says("Sends again what failed in every attempt, of messages written since a date.")
            .takes::<ReplayBody>()
            .answers::<Queued>(202),
        post("/tributary/v1/webhooks/{webhookId}/replay", webhooks::replay)
            .operation(WebhookDeliveries, "replay-webhook-messages", "Replay missing messages")
            .says(
                "Sends what the consumer asks for now and was never sent, because it was absent, disabled or not \
                 subscribed: of messages written since a date, at most 14 days back.",
            )
            .takes::<ReplayBody>()
            .answers::<Queued>(202),
        get("/tributary/v1/messages/{messageId}", webhooks::message)
            .operation(WebhookDeliveries, "get-message", "Get a message")
            .says("Gives a message with its body and its deliveries.")
            .answers::<Message>(200),
    ]
}
