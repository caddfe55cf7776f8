//! The fees of a balance transaction, each with a name of its own (rule M2).

use super::fields::{out_of_range, owned};
use super::flaw::Flaw;
use std::borrow::Cow;
use tributary_core::Currency;
use tributary_stripe::objects::FeeDetail;

/// The most details that become rows; the rest goes into the remainder. Stripe sends a handful.
const DETAILS_MAX: usize = 100;
/// The longest name, in characters: it is part of a key, and PostgreSQL's index entries end at 2.7 kB.
const NAME_CHARS_MAX: usize = 500;

/// What no detail explains (rule M2).
pub(super) const OTHER_FEES: &str = "Other fees";

/// A part of a fee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fee {
    /// Unique among the transaction's fees.
    pub(super) name: String,
    /// Stripe's type of it; `fee` for what no detail explains.
    pub(super) kind: String,
    /// Never zero. Positive is a cost, negative is given back.
    pub(super) amount_minor: i64,
}

/// Splits `total_minor`, of `currency`, by the details; what they don't explain becomes `Other fees`. So
/// the parts always sum to the total. A detail in another currency explains nothing.
pub(super) fn split(
    details: &[FeeDetail<'_>],
    total_minor: i64,
    currency: Currency,
) -> Result<Vec<Fee>, Flaw> {
    let mut fees: Vec<Fee> = Vec::with_capacity(details.len().min(DETAILS_MAX));
    let mut rest = i128::from(total_minor);
    for detail in details.iter().take(DETAILS_MAX) {
        let is_same = detail.currency.as_ref().is_none_or(|code| code.eq_ignore_ascii_case(currency.code()));
        let Some(amount_minor) = detail.amount.filter(|amount| is_same && *amount != 0) else { continue };
        rest -= i128::from(amount_minor);
        let kind = detail.kind.as_deref().filter(|kind| !kind.is_empty()).unwrap_or("fee");
        let name = detail.description.as_deref().filter(|name| !name.is_empty()).unwrap_or(kind);
        push(&mut fees, name, kind, amount_minor);
    }
    let rest = i64::try_from(rest).map_err(|_| out_of_range("fee_details"))?;
    if rest != 0 {
        push(&mut fees, OTHER_FEES, "fee", rest);
    }
    Ok(fees)
}

fn push(fees: &mut Vec<Fee>, name: &str, kind: &str, amount_minor: i64) {
    let name = owned(Cow::Borrowed(shortened(name)));
    let is_taken = |name: &str| fees.iter().any(|fee| fee.name == name);
    let mut unique = name.clone();
    // Each fee takes at most one number, so a free one is among the first `fees.len() + 1`.
    for number in 2..=fees.len() + 2 {
        if !is_taken(&unique) {
            break;
        }
        unique = format!("{name} ({number})");
    }
    fees.push(Fee { name: unique, kind: owned(Cow::Borrowed(kind)), amount_minor });
}

fn shortened(name: &str) -> &str {
    let end = name.char_indices().nth(NAME_CHARS_MAX).map_or(name.len(), |(end, _)| end);
    name.get(..end).unwrap_or(name)
}
