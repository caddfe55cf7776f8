//! What filters and orders mean, said in memory: for lists that aren't stored, and for the tests of the SQL.

use super::parse::Op;
use super::typed::{Filter, OrderKey, Property, Test};
use super::value::{Kind, Value};
use std::cmp::Ordering;

/// Whether a record is wanted; `of` gives its value of a property, of the property's kind, where it has one.
pub fn matches<P>(filter: &Filter<P>, of: &impl Fn(&P) -> Option<Value>) -> bool {
    match filter {
        Filter::All(parts) => parts.iter().all(|part| matches(part, of)),
        Filter::Any(parts) => parts.iter().any(|part| matches(part, of)),
        Filter::Test(property, test) => passes(test, of(property).as_ref()),
    }
}

/// Whether a value, if there is one, passes a test. `!=` is whatever `=` is not.
fn passes(Test { op, value: wanted }: &Test, value: Option<&Value>) -> bool {
    let Some(value) = value else { return *op == Op::NotEqual };
    match (op, value, wanted) {
        (Op::Equal, Value::Text(value), Value::Text(wanted)) => value.eq_ignore_ascii_case(wanted),
        (Op::NotEqual, Value::Text(value), Value::Text(wanted)) => !value.eq_ignore_ascii_case(wanted),
        (Op::Contains, Value::Text(value), Value::Text(wanted)) => {
            value.to_ascii_lowercase().contains(wanted)
        }
        _ => match (op, by_bytes(value, wanted)) {
            (Op::Equal, order) => order.is_eq(),
            (Op::NotEqual, order) => order.is_ne(),
            (Op::Greater, order) => order.is_gt(),
            (Op::Less, order) => order.is_lt(),
            (Op::AtLeast, order) => order.is_ge(),
            (Op::AtMost, order) => order.is_le(),
            (Op::Contains, _) => false,
        },
    }
}

/// Which of two records comes first by these keys. Equal records are for the caller to order, by their ids.
pub fn compare<P: Property>(
    keys: &[OrderKey<P>],
    left: &impl Fn(&P) -> Option<Value>,
    right: &impl Fn(&P) -> Option<Value>,
) -> Ordering {
    let by_key = keys.iter().map(|key| {
        let order = match (left(&key.property), right(&key.property)) {
            (Some(left), Some(right)) => in_order(key.property.kind(), &left, &right),
            (left, right) => left.is_some().cmp(&right.is_some()),
        };
        if key.descending { order.reverse() } else { order }
    });
    by_key.fold(Ordering::Equal, Ordering::then)
}

/// Text without ASCII case, then by its bytes; ids by their bytes alone, as `>` compares them.
fn in_order(kind: Kind, left: &Value, right: &Value) -> Ordering {
    let folded = match (kind, left, right) {
        (Kind::Text, Value::Text(left), Value::Text(right)) => {
            left.to_ascii_lowercase().cmp(&right.to_ascii_lowercase())
        }
        _ => Ordering::Equal,
    };
    folded.then_with(|| by_bytes(left, right))
}

/// Two values of one kind; text by its bytes. Values of different kinds, which no property has, count as equal.
fn by_bytes(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) | (Value::Date(left), Value::Date(right)) => {
            left.cmp(right)
        }
        (Value::Flag(left), Value::Flag(right)) => left.cmp(right),
        _ => Ordering::Equal,
    }
}
