//! Why an object has no rows.

use std::fmt;
use tributary_core::Resource;

/// An object that can't be mapped. It names the object and the field; never the content of either.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{resource} {id}: `{field}` {problem}")]
pub struct MapError {
    /// The list it came from.
    pub resource: Resource,
    /// Stripe's id of the object.
    pub id: String,
    /// The field as Stripe calls it, or `object` for the whole.
    pub field: &'static str,
    /// What is wrong with the field.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is absent, null or of another type than Stripe documents.
    Missing,
    /// It isn't three letters.
    NotACurrency,
    /// The amount doesn't fit the columns (rule M5).
    OutOfRange,
    /// It isn't a decimal number of a length that Stripe could mean.
    NotADecimal,
    /// The object can't be read at all, and why.
    Unreadable(&'static str),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Missing => f.write_str("is missing or of an unexpected type"),
            Problem::NotACurrency => f.write_str("is not a currency code"),
            Problem::OutOfRange => f.write_str("is an amount out of range"),
            Problem::NotADecimal => f.write_str("is not a decimal number"),
            Problem::Unreadable(reason) => write!(f, "can't be read: {reason}"),
        }
    }
}

/// A [`MapError`] before it is known whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) field: &'static str,
    pub(super) problem: Problem,
}

impl Flaw {
    pub(super) fn of(self, resource: Resource, id: &str) -> MapError {
        MapError { resource, id: id.to_owned(), field: self.field, problem: self.problem }
    }
}
