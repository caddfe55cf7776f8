//! What a query and an order mean for one kind of record.

use super::malformed;
use super::order::Key;
use super::parse::{Clause, Expr, Op};
use super::value::{self, Kind, Value};
use crate::error::ApiError;

/// A property that may be asked for.
pub trait Property {
    /// What it holds.
    fn kind(&self) -> Kind;
}

/// A property whose name is the client's own: a tag, which holds text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(pub String);

impl Property for Tag {
    fn kind(&self) -> Kind {
        Kind::Text
    }
}

/// Gives a query over tags its meaning. Every key may be asked for, as it is written: keys differ by their case. No tag's
/// key holds U+0000.
pub fn resolve_tags(expr: &Expr) -> Result<Filter<Tag>, ApiError> {
    resolve_of("tags", expr, "tags", &|key: &str| (!key.contains('\0')).then(|| Tag(key.to_owned())))
}

/// Which records are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Filter<P> {
    /// All hold; without any: every record.
    All(Vec<Filter<P>>),
    /// One holds at least; without any: no record.
    Any(Vec<Filter<P>>),
    /// A property's value passes a test.
    Test(P, Test),
}

/// A test of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Test {
    /// The operator; one that the kind of the property has.
    pub op: Op,
    /// What is compared with: of the property's kind. Text is in lower case where it is compared without case, and
    /// holds no U+0000.
    pub value: Value,
}

/// What a list is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OrderKey<P> {
    /// The property. Text is ordered without ASCII case, and texts that are equal so by their bytes.
    pub property: P,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl<P> Filter<P> {
    /// Every record.
    pub fn everything() -> Self {
        Filter::All(Vec::new())
    }

    /// Whether it leaves nothing out.
    pub fn is_everything(&self) -> bool {
        matches!(self, Filter::All(parts) if parts.is_empty())
    }
}

/// Gives a query its meaning. `find` looks a property up, by its name in any case; `model` is the contract's name of
/// what is listed.
pub fn resolve<P: Property>(
    expr: &Expr,
    model: &'static str,
    find: &impl Fn(&str) -> Option<P>,
) -> Result<Filter<P>, ApiError> {
    resolve_of("query", expr, model, find)
}

/// As [`resolve`], of what a parameter of this name says.
fn resolve_of<P: Property>(
    parameter: &'static str,
    expr: &Expr,
    model: &'static str,
    find: &impl Fn(&str) -> Option<P>,
) -> Result<Filter<P>, ApiError> {
    let part = |part: &Expr| resolve_of(parameter, part, model, find);
    let each = |parts: &[Expr]| parts.iter().map(part).collect::<Result<_, _>>();
    match expr {
        Expr::All(parts) => each(parts).map(Filter::All),
        Expr::Any(parts) => each(parts).map(Filter::Any),
        Expr::Clause(clause) => {
            let unresolved = || ApiError::UnresolvedProperty { property: clause.path.clone(), model };
            test(parameter, clause, find(&clause.path).ok_or_else(unresolved)?)
        }
    }
}

/// Gives an order its meaning, as [`resolve`].
pub fn resolve_order<P: Property>(
    keys: &[Key],
    model: &'static str,
    find: &impl Fn(&str) -> Option<P>,
) -> Result<Vec<OrderKey<P>>, ApiError> {
    let each = keys.iter().map(|key| {
        let unresolved = || ApiError::UnresolvedProperty { property: key.path.clone(), model };
        let property = find(&key.path).ok_or_else(unresolved)?;
        Ok(OrderKey { property, descending: key.descending })
    });
    each.collect()
}

fn test<P: Property>(parameter: &'static str, clause: &Clause, property: P) -> Result<Filter<P>, ApiError> {
    let (kind, op, text) = (property.kind(), clause.op, clause.value.as_str());
    if !operators(kind).contains(&op) {
        let known: Vec<&str> = operators(kind).iter().map(|op| op.as_str()).collect();
        let message = format!("{} can be compared by {} only", clause.path, known.join(", "));
        return Err(malformed(parameter, message));
    }
    let refused =
        |what: &str| malformed(parameter, format!("{} is compared with {what}: {text} is none", clause.path));
    let (op, value) = match kind {
        // No text that is stored holds U+0000, and PostgreSQL can't be asked for it.
        Kind::Text | Kind::Id if text.contains('\0') => return Ok(constant(op)),
        Kind::Id if !matches!(op, Op::Equal | Op::NotEqual | Op::Contains) => {
            (op, Value::Text(text.to_owned()))
        }
        Kind::Text | Kind::Id => (op, Value::Text(text.to_ascii_lowercase())),
        Kind::Number => {
            let number = value::number(text);
            let wanted = "a decimal number of at most three decimals, below 9223372036854775.808";
            (op, Value::Number(number.ok_or_else(|| refused(wanted))?))
        }
        Kind::Flag => match text.to_ascii_lowercase().as_str() {
            "true" => (op, Value::Flag(true)),
            "false" => (op, Value::Flag(false)),
            _ => return Err(refused("true or false")),
        },
        Kind::Date => {
            let wanted = "a date such as 2026-10-19 or 2026-10-19T16:56:06Z";
            let (ms, is_later) = value::date(text).ok_or_else(|| refused(wanted))?;
            match op {
                // Between two milliseconds lies no moment that is stored.
                Op::Equal | Op::NotEqual if is_later => return Ok(constant(op)),
                Op::AtLeast if is_later => (Op::Greater, Value::Date(ms)),
                Op::Less if is_later => (Op::AtMost, Value::Date(ms)),
                _ => (op, Value::Date(ms)),
            }
        }
    };
    Ok(Filter::Test(property, Test { op, value }))
}

/// What a comparison comes to with a value that no record holds.
fn constant<P>(op: Op) -> Filter<P> {
    if op == Op::NotEqual { Filter::All(Vec::new()) } else { Filter::Any(Vec::new()) }
}

fn operators(kind: Kind) -> &'static [Op] {
    use Op::{AtLeast, AtMost, Contains, Equal, Greater, Less, NotEqual};
    match kind {
        Kind::Text => &[Equal, NotEqual, Contains],
        Kind::Id => &[Equal, NotEqual, Contains, Greater, Less, AtLeast, AtMost],
        Kind::Number | Kind::Date => &[Equal, NotEqual, Greater, Less, AtLeast, AtMost],
        Kind::Flag => &[Equal, NotEqual],
    }
}
