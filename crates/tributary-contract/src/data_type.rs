//! Codat's data types: those of commerce, and the others.

use tributary_core::DataType;

/// A data type that the contract knows, told apart by what Tributary can do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownDataType {
    /// Commerce: filled from Stripe, as far as Stripe has it.
    Supported(DataType),
    /// Accounting or banking: its key.
    NotCommerce(&'static str),
}

/// Data types of the contract that have nothing to do with commerce.
const NOT_COMMERCE: [&str; 32] = [
    "accountTransactions",
    "balanceSheet",
    "bankAccounts",
    "bankTransactions",
    "billCreditNotes",
    "billPayments",
    "bills",
    "cashFlowStatement",
    "chartOfAccounts",
    "company",
    "creditNotes",
    "customers",
    "directCosts",
    "directIncomes",
    "invoices",
    "itemReceipts",
    "items",
    "journalEntries",
    "journals",
    "paymentMethods",
    "payments",
    "profitAndLoss",
    "purchaseOrders",
    "salesOrders",
    "suppliers",
    "taxRates",
    "trackingCategories",
    "transfers",
    "banking-accountBalances",
    "banking-accounts",
    "banking-transactionCategories",
    "banking-transactions",
];

impl KnownDataType {
    /// Reads a key, in any case; nothing if the contract has no such data type.
    pub fn from_key(key: &str) -> Option<Self> {
        let of = |keys: &[&'static str]| keys.iter().copied().find(|known| known.eq_ignore_ascii_case(key));
        let supported = key.parse().ok().map(KnownDataType::Supported);
        supported.or_else(|| of(&NOT_COMMERCE).map(KnownDataType::NotCommerce))
    }

    /// The contract's key.
    pub fn key(self) -> &'static str {
        match self {
            KnownDataType::Supported(data_type) => data_type.as_str(),
            KnownDataType::NotCommerce(key) => key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_contract_has_forty_three_data_types_of_which_eleven_are_commerce() {
        let supported = DataType::ALL.map(DataType::as_str);
        let keys: BTreeSet<&str> = supported.into_iter().chain(NOT_COMMERCE).collect();
        assert_eq!(keys.len(), 43);
        assert_eq!(keys.iter().filter(|key| key.starts_with("commerce-")).count(), 11);
        for key in keys {
            assert_eq!(KnownDataType::from_key(key).map(KnownDataType::key), Some(key));
            let shouted = key.to_uppercase();
            assert_eq!(KnownDataType::from_key(&shouted).map(KnownDataType::key), Some(key));
        }
        assert_eq!(KnownDataType::from_key("commerce-info"), None);
        assert_eq!(KnownDataType::from_key(""), None);
    }
}
