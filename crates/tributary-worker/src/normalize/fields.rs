//! Fields of Stripe's objects as the columns want them.

use super::flaw::{Flaw, Problem};
use std::borrow::Cow;
use tributary_core::{Currency, Millis};
use tributary_stripe::objects::Expandable;

/// The text without NUL, which PostgreSQL's text can't hold and Stripe has no use for.
pub(super) fn owned(text: Cow<'_, str>) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text.into_owned() }
}

/// A text column; empty text is none, as the contract omits what is not set.
pub(super) fn text(field: Option<Cow<'_, str>>) -> Option<String> {
    field.map(owned).filter(|text| !text.is_empty())
}

/// A word of Stripe's; `unknown` when there is none.
pub(super) fn word(field: Option<Cow<'_, str>>) -> String {
    text(field).unwrap_or_else(|| "unknown".to_owned())
}

/// The id of another object.
pub(super) fn id(field: Option<Expandable<'_>>) -> Option<String> {
    text(field.map(|reference| reference.id))
}

pub(super) fn required<T>(value: Option<T>, field: &'static str) -> Result<T, Flaw> {
    value.ok_or(Flaw { field, problem: Problem::Missing })
}

/// The currency beside an amount.
pub(super) fn currency(code: Option<&str>) -> Result<Currency, Flaw> {
    let field = "currency";
    required(code, field)?.parse().map_err(|_| Flaw { field, problem: Problem::NotACurrency })
}

/// A currency that no amount depends on, in upper case.
pub(super) fn currency_code(code: Option<&str>) -> Option<String> {
    Some(code?.parse::<Currency>().ok()?.code().to_owned())
}

/// A moment of Stripe's in UTC milliseconds.
pub(super) fn ms(secs: Option<i64>) -> Option<i64> {
    secs.map(|secs| Millis::from_secs(secs).0)
}

/// `created` in UTC milliseconds.
pub(super) fn created_ms(created_secs: Option<i64>) -> Result<i64, Flaw> {
    required(ms(created_secs), "created")
}

pub(super) fn out_of_range(field: &'static str) -> Flaw {
    Flaw { field, problem: Problem::OutOfRange }
}

/// Thousandths of the major unit (rule M5).
pub(super) fn milli(currency: Currency, amount_minor: i64, field: &'static str) -> Result<i64, Flaw> {
    currency.milli(amount_minor).map_err(|_| out_of_range(field))
}
