//! The query language of lists: `query` to a syntax tree, `orderBy` to keys, and both to what they mean for one kind
//! of record.
//!
//! Text becomes a tree by [`parse()`] and [`parse_order`], which know no record. [`resolve`] and [`resolve_order`] look
//! each property up in the allow-list of what is listed and read each value as the property's kind. What comes out is
//! compiled to SQL where rows are stored, and [`matches()`] and [`compare`] say what it means, for lists in memory and
//! for the tests of the SQL.
//!
//! A property without a value satisfies no comparison but `!=`: `status!=Paid` finds every record that isn't Paid,
//! also one without a status. In an order it stands before every value.

mod evaluate;
mod order;
mod parse;
mod typed;
mod value;

pub use evaluate::{compare, matches};
pub use order::{Key, parse_order};
pub use parse::{Clause, Expr, Op, parse};
pub use typed::{Filter, OrderKey, Property, Tag, Test, resolve, resolve_order, resolve_tags};
pub use value::{Kind, Value};

use crate::error::ApiError;

/// The name that messages about queries carry as their validator.
const VALIDATOR: &str = "Query";

/// A query that can't be read, with what would do.
fn malformed(parameter: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::MalformedQuery(crate::error::ValidationItem::new(VALIDATOR, parameter, message))
}
