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
}

impl Resource {
    /// All, in the order a run pulls them: the singletons first, as probes; the ledger last, so that it
    /// reaches past everything that the other lists named.
    pub const ALL: [Resource; 11] = [
        Resource::Balance,
        Resource::Account,
        Resource::Customers,
        Resource::Products,
        Resource::Prices,
        Resource::PaymentIntents,
        Resource::Charges,
        Resource::Refunds,
        Resource::Disputes,
        Resource::Payouts,
        Resource::BalanceTransactions,
    ];

    /// The word in the database and in Stripe's path.
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
        }
    }

    /// The path below Stripe's base URL.
    pub fn path(self) -> String {
        format!("/v1/{}", self.as_str())
    }

    /// The one object of a singleton has no list.
    pub fn is_singleton(self) -> bool {
        matches!(self, Resource::Account | Resource::Balance)
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
        }
    }

    /// Whether an object can vanish from a live list, so that absence is a deletion (rule E7).
    pub fn is_deletable(self) -> bool {
        matches!(self, Resource::Customers | Resource::Products)
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
    /// `commerce-payments`
    Payments,
    /// `commerce-products`
    Products,
    /// `commerce-transactions`
    Transactions,
}

impl DataType {
    /// All, in the order they are queued.
    pub const ALL: [DataType; 6] = [
        DataType::CompanyInfo,
        DataType::Customers,
        DataType::Products,
        DataType::Payments,
        DataType::Disputes,
        DataType::Transactions,
    ];

    /// Codat's key.
    pub fn as_str(self) -> &'static str {
        match self {
            DataType::CompanyInfo => "commerce-companyInfo",
            DataType::Customers => "commerce-customers",
            DataType::Disputes => "commerce-disputes",
            DataType::Payments => "commerce-payments",
            DataType::Products => "commerce-products",
            DataType::Transactions => "commerce-transactions",
        }
    }

    /// Resources without which the data type can't be complete.
    pub fn required(self) -> &'static [Resource] {
        match self {
            DataType::CompanyInfo => &[Resource::Balance],
            DataType::Customers => &[Resource::Customers],
            DataType::Disputes => &[Resource::Disputes],
            DataType::Payments => &[Resource::Charges, Resource::Refunds],
            DataType::Products => &[Resource::Products, Resource::Prices],
            DataType::Transactions => &[Resource::BalanceTransactions],
        }
    }

    /// Resources that add to it; where one is forbidden the data type completes with a warning.
    pub fn optional(self) -> &'static [Resource] {
        match self {
            DataType::CompanyInfo => &[Resource::Account],
            DataType::Payments => &[Resource::PaymentIntents],
            DataType::Transactions => &[Resource::Payouts],
            DataType::Customers | DataType::Disputes | DataType::Products => &[],
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
    }
}
