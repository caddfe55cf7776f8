//! The parameters of paths and URLs, each described once.

use tributary_contract::page::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE};

/// A parameter of a path.
pub(crate) struct PathParameter {
    /// The contract's name.
    pub name: &'static str,
    pub description: &'static str,
    /// Whether it is a UUID of ours; otherwise any text.
    pub is_uuid: bool,
}

/// A parameter of the URL that may be left out.
pub(crate) struct QueryParameter {
    pub name: &'static str,
    pub description: &'static str,
    /// The least and the most, and what stands where it is left out; none for text.
    pub number: Option<(u32, u32, u32)>,
}

impl QueryParameter {
    pub(super) fn text(name: &'static str, description: &'static str) -> Self {
        QueryParameter { name, description, number: None }
    }
}

macro_rules! parameters {
    ($($name:literal $kind:ident: $description:literal),+ $(,)?) => {
        /// Every parameter of a path.
        const OF_PATHS: &[PathParameter] = &[
            $(PathParameter { name: $name, description: $description, is_uuid: parameters!($kind) }),+
        ];
    };
    (uuid) => { true };
    (text) => { false };
}

parameters! {
    "companyId" uuid: "The company.",
    "connectionId" uuid: "The connection.",
    "productIdentifier" text: "The product: lower-case words joined by hyphens, as in `bank-feeds`.",
    "apiKeyId" uuid: "The API key.",
    "datasetId" uuid: "The dataset.",
    "webhookId" uuid: "The webhook consumer.",
    "messageId" text: "The message: `msg_…`.",
    "platformKey" text: "The integration: `exgd` (Stripe) or `yzth` (Stripe Test).",
    "dataType" text: "The data type's key, in any case.",
    "customerId" text: "The customer's id at Stripe.",
    "disputeId" text: "The dispute's id at Stripe.",
    "invoiceId" text: "The invoice's id at Stripe.",
    "locationId" text: "The terminal location's id at Stripe.",
    "objectId" text: "The object's id at Stripe; of the balance its connection's.",
    "orderId" text: "The id of the invoice or the checkout session.",
    "paymentMethodId" text: "The payment method's id at Stripe.",
    "payoutId" text: "The payout's id at Stripe.",
    "reconciliationId" uuid: "The reconciliation.",
    "recordId" text: "The record's id.",
    "resource" text: "One of Stripe's lists: `charges`, `payment_intents`, `checkout_sessions`, …",
    "subscriptionId" text: "The subscription's id at Stripe.",
    "taxId" text: "The tax rate's id at Stripe.",
    "paymentId" text: "The id of the charge or the refund.",
    "productId" text: "The product's id at Stripe.",
    "transactionId" text: "The balance transaction's id; for a fee, with its description after a colon.",
}

/// The parameter of this name.
pub(super) fn of_path(name: &str) -> Option<&'static PathParameter> {
    OF_PATHS.iter().find(|parameter| parameter.name == name)
}

/// The parameters of every list.
pub(super) fn of_lists() -> [QueryParameter; 4] {
    let [page, page_size] = of_pages();
    [
        page,
        page_size,
        QueryParameter::text(
            "query",
            "Which results are listed, in the query language; every one where it is left out.",
        ),
        QueryParameter::text(
            "orderBy",
            "What they are ordered by; the newest come first where it is left out.",
        ),
    ]
}

/// The parameters that choose a page.
pub(super) fn of_pages() -> [QueryParameter; 2] {
    [
        QueryParameter {
            name: "page",
            description: "Which page; the first is 1.",
            number: Some((1, i32::MAX.unsigned_abs(), 1)),
        },
        QueryParameter {
            name: "pageSize",
            description: "How many results a page has.",
            number: Some((1, MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE)),
        },
    ]
}
