//! The kinds of object that the sandbox has, and what a client can know of each before it asks for one.

use std::fmt;
use std::str::FromStr;
use tributary_core::Resource;

/// A kind of object: one list, or a singleton.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `GET /v1/account`: one object.
    Account,
    /// `GET /v1/balance`: one object.
    Balance,
    /// `/v1/customers`
    Customers,
    /// `/v1/products`
    Products,
    /// `/v1/prices`
    Prices,
    /// `/v1/payment_intents`
    PaymentIntents,
    /// `/v1/charges`
    Charges,
    /// `/v1/refunds`
    Refunds,
    /// `/v1/disputes`
    Disputes,
    /// `/v1/balance_transactions`
    BalanceTransactions,
    /// `/v1/payouts`
    Payouts,
    /// `/v1/payment_methods`: of one customer at a time.
    PaymentMethods,
    /// `/v1/setup_intents`
    SetupIntents,
    /// `/v1/coupons`
    Coupons,
    /// `/v1/tax_rates`
    TaxRates,
    /// `/v1/subscriptions`
    Subscriptions,
    /// `/v1/subscription_items`: of one subscription at a time.
    SubscriptionItems,
    /// `/v1/invoices`
    Invoices,
    /// `/v1/invoices/{id}/lines`
    InvoiceLines,
    /// `/v1/invoiceitems`
    InvoiceItems,
    /// `/v1/invoice_payments`
    InvoicePayments,
    /// `/v1/credit_notes`
    CreditNotes,
    /// `/v1/credit_notes/{id}/lines`
    CreditNoteLines,
    /// `/v1/checkout/sessions`
    CheckoutSessions,
    /// `/v1/checkout/sessions/{id}/line_items`
    SessionItems,
    /// `/v1/terminal/locations`
    TerminalLocations,
    /// `/v1/transfers`
    Transfers,
    /// `/v1/transfers/{id}/reversals`
    TransferReversals,
    /// `/v1/application_fees`
    ApplicationFees,
    /// `/v1/application_fees/{id}/refunds`
    FeeRefunds,
    /// `/v1/files`
    Files,
    /// `/v1/events`
    Events,
}

/// What is known of a kind.
struct Facts {
    word: &'static str,
    path: &'static str,
    object: &'static str,
    prefix: &'static str,
    permission: &'static str,
    shape: Shape,
    ranges: &'static [&'static str],
    filters: &'static [&'static str],
    endpoints: (&'static str, &'static str),
}

/// How the objects of a kind are reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One object.
    Single,
    /// A list of its own.
    List,
    /// Only lists below another object.
    Nested,
}

/// One line of [`Kind::facts`]: the endpoints follow from the path.
macro_rules! facts {
    ($word:literal, $path:literal, $object:literal, $prefix:literal, $permission:literal, $shape:ident,
     $ranges:expr, $filters:expr) => {
        &Facts {
            word: $word,
            path: $path,
            object: $object,
            prefix: $prefix,
            permission: $permission,
            shape: Shape::$shape,
            ranges: &$ranges,
            filters: &$filters,
            endpoints: (concat!("GET /v1/", $path), concat!("GET /v1/", $path, "/:id")),
        }
    };
}

impl Kind {
    /// All, singletons first.
    pub const ALL: [Kind; 32] = [
        Kind::Balance,
        Kind::Account,
        Kind::Customers,
        Kind::Products,
        Kind::Prices,
        Kind::PaymentIntents,
        Kind::Charges,
        Kind::Refunds,
        Kind::Disputes,
        Kind::Payouts,
        Kind::BalanceTransactions,
        Kind::PaymentMethods,
        Kind::SetupIntents,
        Kind::Coupons,
        Kind::TaxRates,
        Kind::Subscriptions,
        Kind::SubscriptionItems,
        Kind::Invoices,
        Kind::InvoiceLines,
        Kind::InvoiceItems,
        Kind::InvoicePayments,
        Kind::CreditNotes,
        Kind::CreditNoteLines,
        Kind::CheckoutSessions,
        Kind::SessionItems,
        Kind::TerminalLocations,
        Kind::Transfers,
        Kind::TransferReversals,
        Kind::ApplicationFees,
        Kind::FeeRefunds,
        Kind::Files,
        Kind::Events,
    ];

    #[rustfmt::skip]
    fn facts(self) -> &'static Facts {
        match self {
            Kind::Account => facts!("account", "account", "account", "", "rak_accounts_kyc_basic_read", Single, [], []),
            Kind::Balance => facts!("balance", "balance", "balance", "", "rak_balance_read", Single, [], []),
            Kind::Customers => facts!("customers", "customers", "customer", "cus_", "rak_customer_read", List,
                ["created"], ["email", "test_clock"]),
            Kind::Products => facts!("products", "products", "product", "prod_", "rak_product_read", List,
                ["created"], ["active", "ids[]", "shippable", "type", "url"]),
            Kind::Prices => facts!("prices", "prices", "price", "price_", "rak_plan_read", List,
                ["created"], ["active", "currency", "lookup_keys[]", "product", "recurring[interval]", "recurring[meter]",
                    "recurring[usage_type]", "type"]),
            Kind::PaymentIntents => facts!("payment_intents", "payment_intents", "payment_intent", "pi_",
                "rak_payment_intent_read", List, ["created"], ["customer", "customer_account"]),
            Kind::Charges => facts!("charges", "charges", "charge", "ch_", "rak_charge_read", List,
                ["created"], ["customer", "payment_intent", "transfer_group"]),
            Kind::Refunds => facts!("refunds", "refunds", "refund", "re_", "rak_charge_read", List,
                ["created"], ["charge", "payment_intent"]),
            Kind::Disputes => facts!("disputes", "disputes", "dispute", "du_", "rak_dispute_read", List,
                ["created"], ["charge", "payment_intent"]),
            Kind::BalanceTransactions => facts!("balance_transactions", "balance_transactions", "balance_transaction",
                "txn_", "rak_balance_read", List, ["created"], ["currency", "payout", "source", "type"]),
            Kind::Payouts => facts!("payouts", "payouts", "payout", "po_", "rak_payout_read", List,
                ["created", "arrival_date"], ["destination", "status"]),
            Kind::PaymentMethods => facts!("payment_methods", "payment_methods", "payment_method", "pm_",
                "rak_payment_method_read", List, [], ["allow_redisplay", "customer", "type"]),
            Kind::SetupIntents => facts!("setup_intents", "setup_intents", "setup_intent", "seti_",
                "rak_setup_intent_read", List, ["created"], ["attach_to_self", "customer", "payment_method"]),
            Kind::Coupons => facts!("coupons", "coupons", "coupon", "", "rak_coupon_read", List, ["created"], []),
            Kind::TaxRates => facts!("tax_rates", "tax_rates", "tax_rate", "txr_", "rak_tax_rate_read", List,
                ["created"], ["active", "inclusive"]),
            Kind::Subscriptions => facts!("subscriptions", "subscriptions", "subscription", "sub_",
                "rak_subscription_read", List, ["created", "current_period_start", "current_period_end"],
                ["collection_method", "customer", "plan", "price", "status", "test_clock"]),
            Kind::SubscriptionItems => facts!("subscription_items", "subscription_items", "subscription_item", "si_",
                "rak_subscription_read", List, [], ["subscription"]),
            Kind::Invoices => facts!("invoices", "invoices", "invoice", "in_", "rak_invoice_read", List,
                ["created", "due_date"], ["collection_method", "customer", "status", "subscription"]),
            Kind::InvoiceLines => facts!("invoice_lines", "invoices/:id/lines", "line_item", "il_", "rak_invoice_read",
                Nested, [], []),
            Kind::InvoiceItems => facts!("invoiceitems", "invoiceitems", "invoiceitem", "ii_", "rak_invoice_read", List,
                ["created"], ["customer", "invoice", "pending"]),
            Kind::InvoicePayments => facts!("invoice_payments", "invoice_payments", "invoice_payment", "inpay_",
                "rak_invoice_read", List, ["created"], ["invoice", "payment[payment_intent]", "payment[type]", "status"]),
            Kind::CreditNotes => facts!("credit_notes", "credit_notes", "credit_note", "cn_", "rak_credit_note_read", List,
                ["created"], ["customer", "invoice"]),
            Kind::CreditNoteLines => facts!("credit_note_lines", "credit_notes/:id/lines", "credit_note_line_item",
                "cnli_", "rak_credit_note_read", Nested, [], []),
            Kind::CheckoutSessions => facts!("checkout_sessions", "checkout/sessions", "checkout.session", "cs_test_",
                "rak_checkout_session_read", List, ["created"], ["customer", "customer_details[email]", "payment_intent",
                    "payment_link", "status", "subscription"]),
            Kind::SessionItems => facts!("session_items", "checkout/sessions/:id/line_items", "item", "li_",
                "rak_checkout_session_read", Nested, [], []),
            Kind::TerminalLocations => facts!("terminal_locations", "terminal/locations", "terminal.location", "tml_",
                "rak_terminal_location_read", List, [], []),
            Kind::Transfers => facts!("transfers", "transfers", "transfer", "tr_", "rak_transfer_read", List,
                ["created"], ["destination", "transfer_group"]),
            Kind::TransferReversals => facts!("transfer_reversals", "transfers/:id/reversals", "transfer_reversal",
                "trr_", "rak_transfer_read", Nested, [], []),
            Kind::ApplicationFees => facts!("application_fees", "application_fees", "application_fee", "fee_",
                "rak_application_fee_read", List, ["created"], ["charge"]),
            Kind::FeeRefunds => facts!("fee_refunds", "application_fees/:id/refunds", "fee_refund", "fr_",
                "rak_application_fee_read", Nested, [], []),
            Kind::Files => facts!("files", "files", "file", "file_", "rak_file_read", List, ["created"], ["purpose"]),
            Kind::Events => facts!("events", "events", "event", "evt_", "rak_event_read", List,
                ["created"], ["delivery_success", "type", "types[]"]),
        }
    }

    /// The word in controls and faults; for most the last part of the path.
    pub fn as_str(self) -> &'static str {
        self.facts().word
    }

    /// The path of the list below `/v1/`; of nested lists with `:id` for the parent.
    pub(crate) fn path(self) -> &'static str {
        self.facts().path
    }

    /// The kind with a list at this path below `/v1/`.
    pub(crate) fn at(path: &str) -> Option<Self> {
        Kind::ALL.into_iter().find(|kind| kind.has_list() && kind.path() == path)
    }

    /// The `object` field of its objects.
    pub fn object_name(self) -> &'static str {
        self.facts().object
    }

    /// What ids start with; some objects' differ (see `World::prefix`).
    pub(crate) fn prefix(self) -> &'static str {
        self.facts().prefix
    }

    /// What a restricted key needs to read it.
    pub fn permission(self) -> &'static str {
        self.facts().permission
    }

    /// The one object of a singleton has no list.
    pub fn is_singleton(self) -> bool {
        self.facts().shape == Shape::Single
    }

    /// Whether it has a list of its own, not only lists below another object.
    pub fn has_list(self) -> bool {
        self.facts().shape == Shape::List
    }

    /// Whether its lists are in the order of insertion instead of the newest first.
    pub(crate) fn is_oldest_first(self) -> bool {
        matches!(
            self,
            Kind::SubscriptionItems | Kind::InvoiceLines | Kind::CreditNoteLines | Kind::SessionItems
        )
    }

    /// The filters of its list that are ranges of seconds: `name`, `name[gte]` and so on.
    pub(crate) fn ranges(self) -> &'static [&'static str] {
        self.facts().ranges
    }

    /// The other filters of its list.
    pub(crate) fn filters(self) -> &'static [&'static str] {
        self.facts().filters
    }

    /// The templates by which limits and counters know the list and the single object.
    pub(crate) fn endpoints(self) -> (&'static str, &'static str) {
        self.facts().endpoints
    }
}

impl From<Resource> for Kind {
    fn from(resource: Resource) -> Self {
        match resource {
            Resource::Account => Kind::Account,
            Resource::Balance => Kind::Balance,
            Resource::Customers => Kind::Customers,
            Resource::Products => Kind::Products,
            Resource::Prices => Kind::Prices,
            Resource::PaymentIntents => Kind::PaymentIntents,
            Resource::Charges => Kind::Charges,
            Resource::Refunds => Kind::Refunds,
            Resource::Disputes => Kind::Disputes,
            Resource::BalanceTransactions => Kind::BalanceTransactions,
            Resource::Payouts => Kind::Payouts,
            Resource::Coupons => Kind::Coupons,
            Resource::TaxRates => Kind::TaxRates,
            Resource::TerminalLocations => Kind::TerminalLocations,
            Resource::SetupIntents => Kind::SetupIntents,
            Resource::Subscriptions => Kind::Subscriptions,
            Resource::InvoicePayments => Kind::InvoicePayments,
            Resource::Invoices => Kind::Invoices,
            Resource::CheckoutSessions => Kind::CheckoutSessions,
            Resource::CreditNotes => Kind::CreditNotes,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No kind has this name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no list is called '{0}'")]
pub struct UnknownKind(String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_named_once_and_found_by_its_word_and_path() {
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(Kind::ALL.iter().position(|other| *other == kind), Some(number));
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(Kind::at(kind.path()), kind.has_list().then_some(kind));
        }
        assert_eq!("no_such".parse::<Kind>(), Err(UnknownKind("no_such".to_owned())));
    }
}
