//! The groups that the document shows operations in.

macro_rules! tags {
    ($($name:ident = $text:literal: $description:literal),+ $(,)?) => {
        /// A group of operations.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Tag { $(#[doc = $description] $name),+ }

        impl Tag {
            /// Every group, in the order they are shown.
            pub(crate) const ALL: &'static [Tag] = &[$(Tag::$name),+];

            /// Its name.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Tag::$name => $text),+ }
            }

            /// What it holds.
            pub(crate) fn description(self) -> &'static str {
                match self { $(Tag::$name => $description),+ }
            }
        }
    };
}

tags! {
    Companies = "Companies": "Merchants, customers of yours.",
    Connections = "Connections": "A company's links to Stripe accounts.",
    Settings = "Settings": "What your platform sets for itself.",
    RefreshData = "Refresh data": "Asking for data, and how it stands.",
    SyncSettings = "Sync settings": "How often data types are pulled, and how far back.",
    Webhooks = "Webhooks": "Receivers of messages about what happens here.",
    WebhookDeliveries = "Webhook deliveries": "What receivers were sent, and sending it again. Beyond the contract.",
    Integrations = "Integrations": "Stripe and Stripe Test.",
    PushData = "Push data": "Writing to the source, of which Stripe's data has none.",
    CompanyInfo = "Company info": "The merchant and its balances.",
    Customers = "Customers": "Who bought from the merchant.",
    Disputes = "Disputes": "Payments that customers contest at their banks.",
    Locations = "Locations": "Places of business with card terminals.",
    Orders = "Orders": "What customers ordered: invoices and checkout sessions.",
    PaymentMethods = "Payment methods": "What customers paid with.",
    Payments = "Payments": "What customers paid and were refunded.",
    ProductCategories = "Product categories": "None: Stripe has no categories.",
    Products = "Products": "What the merchant sells.",
    TaxComponents = "Tax components": "Tax rates.",
    Transactions = "Transactions": "Movements of the merchant's balance at Stripe, fees among them.",
    Reconciliation = "Reconciliation": "Whether what is stored ties to Stripe's balance and payouts. Beyond the contract.",
    Reading = "Reading": "When connections are read, pausing and cancelling it, and what it takes. Beyond the contract.",
    Extensions = "Beyond the contract": "Stripe's objects as themselves, what lies behind records, and what is gone.",
}
