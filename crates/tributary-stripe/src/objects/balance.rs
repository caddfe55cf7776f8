//! The balance: what the account holds, per currency.

use super::part;
use std::borrow::Cow;

part! {
    /// `GET /v1/balance`. It has no id and no time.
    Balance {
        /// What can be paid out; one entry per currency, possibly negative.
        available: Vec<BalanceAmount<'a>>,
        /// What is still to settle.
        pending: Vec<BalanceAmount<'a>>,
        /// What is held against connected accounts; absent unless the account is such a platform (rule M8).
        connect_reserved: Vec<BalanceAmount<'a>>,
        /// Live or test mode.
        livemode: bool,
    }
}

part! {
    /// An amount of one currency.
    BalanceAmount {
        /// In the minor unit.
        amount: i64,
        /// Lower-case code.
        currency: Cow<'a, str>,
    }
}
