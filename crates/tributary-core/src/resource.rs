//! Resources (Stripe's lists) and data types (Codat's), and which needs which (rule E10).

use crate::integration::UnknownWord;
use std::fmt;
use std::str::FromStr;

/// A Stripe list or singleton that a run pulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
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
    /// `/v1/coupons`
    Coupons,
    /// `/v1/tax_rates`
    TaxRates,
    /// `/v1/terminal/locations`: the one list that knows no times.
    TerminalLocations,
    /// `/v1/setup_intents`
    SetupIntents,
    /// `/v1/subscriptions`, ended ones too.
    Subscriptions,
    /// `/v1/invoice_payments`: which payment paid which invoice.
    InvoicePayments,
    /// `/v1/invoices`
    Invoices,
    /// `/v1/checkout/sessions`
    CheckoutSessions,
    /// `/v1/credit_notes`
    CreditNotes,
}

impl Resource {
    /// All, in the order a run pulls them unless it is told another: the singletons first, as probes; what a record shows
    /// before the record (prices before products, payments before orders), so that a first run has nothing to stamp
    /// again; the ledger last, so that it reaches past everything that the other lists named.
    pub const ALL: [Resource; 20] = [
        Resource::Balance,
        Resource::Account,
        Resource::Customers,
        Resource::Prices,
        Resource::Products,
        Resource::Coupons,
        Resource::TaxRates,
        Resource::TerminalLocations,
        Resource::SetupIntents,
        Resource::PaymentIntents,
        Resource::Charges,
        Resource::Refunds,
        Resource::Disputes,
        Resource::Subscriptions,
        Resource::InvoicePayments,
        Resource::Invoices,
        Resource::CheckoutSessions,
        Resource::CreditNotes,
        Resource::Payouts,
        Resource::BalanceTransactions,
    ];

    /// The word in the database and in messages; for most the last part of Stripe's path.
    pub fn as_str(self) -> &'static str {
        match self {
            Resource::Account => "account",
            Resource::Balance => "balance",
            Resource::Customers => "customers",
            Resource::Products => "products",
            Resource::Prices => "prices",
            Resource::PaymentIntents => "payment_intents",
            Resource::Charges => "charges",
            Resource::Refunds => "refunds",
            Resource::Disputes => "disputes",
            Resource::BalanceTransactions => "balance_transactions",
            Resource::Payouts => "payouts",
            Resource::Coupons => "coupons",
            Resource::TaxRates => "tax_rates",
            Resource::TerminalLocations => "terminal_locations",
            Resource::SetupIntents => "setup_intents",
            Resource::Subscriptions => "subscriptions",
            Resource::InvoicePayments => "invoice_payments",
            Resource::Invoices => "invoices",
            Resource::CheckoutSessions => "checkout_sessions",
            Resource::CreditNotes => "credit_notes",
        }
    }

    /// The path below Stripe's base URL.
    pub fn path(self) -> String {
        match self {
            Resource::CheckoutSessions => "/v1/checkout/sessions".to_owned(),
            Resource::TerminalLocations => "/v1/terminal/locations".to_owned(),
            other => format!("/v1/{}", other.as_str()),
        }
    }

    /// The one object of a singleton has no list.
    pub fn is_singleton(self) -> bool {
        matches!(self, Resource::Account | Resource::Balance)
    }

    /// Whether its list can be asked for a range of `created` (rule E5). Singletons and terminal locations know no times.
    pub fn is_dated(self) -> bool {
        !self.is_singleton() && self != Resource::TerminalLocations
    }

    /// What a restricted key needs for it (Stripe's permission names).
    pub fn permission(self) -> &'static str {
        match self {
            Resource::Account => "rak_accounts_kyc_basic_read",
            Resource::Balance | Resource::BalanceTransactions => "rak_balance_read",
            Resource::Customers => "rak_customer_read",
            Resource::Products => "rak_product_read",
            Resource::Prices => "rak_plan_read",
            Resource::PaymentIntents => "rak_payment_intent_read",
            Resource::Charges | Resource::Refunds => "rak_charge_read",
            Resource::Disputes => "rak_dispute_read",
            Resource::Payouts => "rak_payout_read",
            Resource::Coupons => "rak_coupon_read",
            Resource::TaxRates => "rak_tax_rate_read",
            Resource::TerminalLocations => "rak_terminal_location_read",
            Resource::SetupIntents => "rak_setup_intent_read",
            Resource::Subscriptions => "rak_subscription_read",
            Resource::InvoicePayments | Resource::Invoices => "rak_invoice_read",
            Resource::CheckoutSessions => "rak_checkout_session_read",
            Resource::CreditNotes => "rak_credit_note_read",
        }
    }

    /// Whether an object can vanish from a live list, so that absence is a deletion (rule E7). Of invoices only
    /// drafts can.
    pub fn is_deletable(self) -> bool {
        matches!(
            self,
            Resource::Customers
                | Resource::Products
                | Resource::Coupons
                | Resource::TerminalLocations
                | Resource::Invoices
        )
    }

    /// Whether nothing in an object ever changes, so that later runs pull only the head (rules E3, E4).
    pub fn is_immutable(self) -> bool {
        self == Resource::BalanceTransactions
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Resource {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Resource::ALL
            .into_iter()
            .find(|resource| resource.as_str() == text)
            .ok_or(UnknownWord { what: "resource", expected: "the name of a Stripe list" })
    }
}

/// A commerce data type that a Stripe merchant's data fills; Codat's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataType {
    /// `commerce-companyInfo`
    CompanyInfo,
    /// `commerce-customers`
    Customers,
    /// `commerce-disputes`
    Disputes,
    /// `commerce-locations`
    Locations,
    /// `commerce-orders`
    Orders,
    /// `commerce-paymentMethods`
    PaymentMethods,
    /// `commerce-payments`
    Payments,
    /// `commerce-productCategories`: Stripe has none, so that it is always empty.
    ProductCategories,
    /// `commerce-products`
    Products,
    /// `commerce-taxComponents`
    TaxComponents,
    /// `commerce-transactions`
    Transactions,
}

impl DataType {
    /// All, in the order they are queued.
    pub const ALL: [DataType; 11] = [
        DataType::CompanyInfo,
        DataType::Customers,
        DataType::Products,
        DataType::ProductCategories,
        DataType::TaxComponents,
        DataType::Locations,
        DataType::Payments,
        DataType::PaymentMethods,
        DataType::Disputes,
        DataType::Orders,
        DataType::Transactions,
    ];

    /// Codat's key.
    pub fn as_str(self) -> &'static str {
        match self {
            DataType::CompanyInfo => "commerce-companyInfo",
            DataType::Customers => "commerce-customers",
            DataType::Disputes => "commerce-disputes",
            DataType::Locations => "commerce-locations",
            DataType::Orders => "commerce-orders",
            DataType::PaymentMethods => "commerce-paymentMethods",
            DataType::Payments => "commerce-payments",
            DataType::ProductCategories => "commerce-productCategories",
            DataType::Products => "commerce-products",
            DataType::TaxComponents => "commerce-taxComponents",
            DataType::Transactions => "commerce-transactions",
        }
    }

    /// Resources without which the data type can't be complete (rule E10). Product categories need none.
    pub fn required(self) -> &'static [Resource] {
        match self {
            DataType::CompanyInfo => &[Resource::Balance],
            DataType::Customers => &[Resource::Customers],
            DataType::Disputes => &[Resource::Disputes],
            DataType::Locations => &[Resource::TerminalLocations],
            DataType::Orders => &[Resource::InvoicePayments, Resource::Invoices, Resource::CheckoutSessions],
            DataType::PaymentMethods => &[Resource::Charges],
            DataType::Payments => &[Resource::Charges, Resource::Refunds],
            DataType::ProductCategories => &[],
            DataType::Products => &[Resource::Products, Resource::Prices],
            DataType::TaxComponents => &[Resource::TaxRates],
            DataType::Transactions => &[Resource::BalanceTransactions],
        }
    }

    /// Resources that are pulled with the data type; where one is forbidden the data type completes with a warning.
    ///
    /// Most add to its records: an order shows its charges and their refunds. Subscriptions, credit notes, coupons,
    /// setup intents and payouts fill no data type. They are kept as themselves, and ride with the type that they
    /// belong to, so that asking for every data type reads everything.
    pub fn optional(self) -> &'static [Resource] {
        match self {
            DataType::CompanyInfo => &[Resource::Account],
            DataType::Orders => &[
                Resource::Charges,
                Resource::Refunds,
                Resource::Subscriptions,
                Resource::CreditNotes,
                Resource::Coupons,
            ],
            DataType::PaymentMethods => &[Resource::SetupIntents],
            DataType::Payments => &[Resource::PaymentIntents],
            DataType::Transactions => &[Resource::Payouts],
            DataType::Customers
            | DataType::Disputes
            | DataType::Locations
            | DataType::ProductCategories
            | DataType::Products
            | DataType::TaxComponents => &[],
        }
    }

    /// Every resource that a run for these data types pulls, each once, in pulling order.
    pub fn resources(types: &[DataType]) -> Vec<Resource> {
        let needed = |resource: &Resource| {
            types.iter().any(|t| t.required().contains(resource) || t.optional().contains(resource))
        };
        Resource::ALL.into_iter().filter(needed).collect()
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for DataType {
    /// As Codat's key.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl utoipa::PartialSchema for DataType {
    fn schema() -> crate::schema::SchemaRef {
        crate::schema::one_of("A data type that Stripe fills.", DataType::ALL.map(DataType::as_str))
    }
}

impl utoipa::ToSchema for DataType {}

impl FromStr for DataType {
    type Err = UnknownWord;

    /// Codat's own documentation varies the case of keys, so case is ignored.
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        DataType::ALL
            .into_iter()
            .find(|data_type| data_type.as_str().eq_ignore_ascii_case(text))
            .ok_or(UnknownWord { what: "data type", expected: "a commerce data type" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_pulled_once_however_many_data_types_it_feeds() {
        let all = DataType::resources(&DataType::ALL);
        assert_eq!(all, Resource::ALL);
        assert_eq!(DataType::resources(&[DataType::Disputes]), [Resource::Disputes]);
        assert_eq!(DataType::resources(&[DataType::ProductCategories]), []);
    }

    #[test]
    fn what_a_record_shows_is_pulled_before_the_record() {
        let place = |resource| Resource::ALL.iter().position(|other| *other == resource).unwrap();
        let shown = [
            (Resource::Prices, Resource::Products),
            (Resource::PaymentIntents, Resource::Charges),
            (Resource::Charges, Resource::Disputes),
            (Resource::Charges, Resource::Invoices),
            (Resource::Refunds, Resource::Invoices),
            (Resource::PaymentIntents, Resource::Invoices),
            (Resource::TaxRates, Resource::Invoices),
            (Resource::InvoicePayments, Resource::Invoices),
            (Resource::Invoices, Resource::CheckoutSessions),
        ];
        for (first, then) in shown {
            assert!(place(first) < place(then), "{first} before {then}");
        }
    }
}
