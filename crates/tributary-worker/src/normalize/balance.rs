//! The balance, per currency (rule M8).

use super::fields::{currency, out_of_range, required};
use super::flaw::Flaw;
use std::collections::BTreeMap;
use tributary_core::Currency;
use tributary_db::records::balances;
use tributary_stripe::objects::{Balance, BalanceAmount};

/// One row per currency that any list names: 0 where a list doesn't name it, `reserved` only where Stripe
/// keeps such a list.
pub(super) fn rows(balance: &Balance<'_>) -> Result<Vec<balances::Balance>, Flaw> {
    let mut available = sums(required(balance.available.as_deref(), "available")?, "available")?;
    let mut pending = sums(required(balance.pending.as_deref(), "pending")?, "pending")?;
    let reserved = balance.connect_reserved.as_deref();
    let mut reserved = reserved.map(|entries| sums(entries, "connect_reserved")).transpose()?;

    let lists = [Some(&available), Some(&pending), reserved.as_ref()];
    let mut currencies: Vec<Currency> =
        lists.into_iter().flatten().flat_map(BTreeMap::keys).copied().collect();
    currencies.sort_unstable();
    currencies.dedup();
    let row = |currency: Currency| balances::Balance {
        id: currency.code().to_owned(),
        available_minor: available.remove(&currency).unwrap_or(0),
        pending_minor: pending.remove(&currency).unwrap_or(0),
        reserved_minor: reserved.as_mut().map(|reserved| reserved.remove(&currency).unwrap_or(0)),
    };
    Ok(currencies.into_iter().map(row).collect())
}

fn sums(entries: &[BalanceAmount<'_>], field: &'static str) -> Result<BTreeMap<Currency, i64>, Flaw> {
    let mut sums = BTreeMap::new();
    for entry in entries {
        let sum = sums.entry(currency(entry.currency.as_deref())?).or_insert(0_i64);
        *sum = sum.checked_add(required(entry.amount, field)?).ok_or(out_of_range(field))?;
    }
    Ok(sums)
}
