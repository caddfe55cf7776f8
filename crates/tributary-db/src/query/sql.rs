//! Filters and orders as SQL.

use super::dialect::Dialect;
use super::fields::{Equality, Field};
use super::listing::Place;
use diesel::QueryResult;
use diesel::query_builder::AstPass;
use tributary_contract::query::{Filter, Kind, Op, OrderKey, Property, Tag, Test, Value};

/// A property as SQL.
pub(super) trait Column {
    /// Writes its value.
    fn value<'b, DB: Dialect>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>;

    /// The rows that hold its values, where one record has several.
    fn rows(&self) -> Option<&'static str> {
        None
    }

    /// How its text is compared for equality.
    fn equality(&self) -> Equality {
        Equality::Folded
    }
}

impl Column for &'static Field {
    fn value<'b, DB: Dialect>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.sql());
        Ok(())
    }

    fn rows(&self) -> Option<&'static str> {
        Field::rows(self)
    }

    fn equality(&self) -> Equality {
        Field::equality(self)
    }
}

impl Column for Tag {
    fn value<'b, DB: Dialect>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        DB::tag(out, &self.0)
    }
}

/// Writes a condition: true for the records that are wanted, false or null for others.
pub(super) fn condition<'b, DB: Dialect, P: Column>(
    filter: &'b Filter<P>,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    match filter {
        Filter::All(parts) => join(parts, " AND ", "TRUE", out),
        Filter::Any(parts) => join(parts, " OR ", "FALSE", out),
        Filter::Test(property, test) => match property.rows() {
            Some(rows) => among(rows, property, test, out),
            None => comparison(property, test, out),
        },
    }
}

fn join<'b, DB: Dialect, P: Column>(
    parts: &'b [Filter<P>],
    between: &'static str,
    empty: &'static str,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    if parts.is_empty() {
        out.push_sql(empty);
        return Ok(());
    }
    for (n, part) in parts.iter().enumerate() {
        out.push_sql(if n == 0 { "(" } else { between });
        condition(part, out)?;
    }
    out.push_sql(")");
    Ok(())
}

/// A comparison with several values: one passes, or none is equal.
fn among<'b, DB: Dialect, P: Column>(
    rows: &'static str,
    property: &'b P,
    test: &'b Test,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    out.push_sql(if test.op == Op::NotEqual { "NOT EXISTS (" } else { "EXISTS (" });
    out.push_sql(rows);
    out.push_sql(" AND ");
    passes(property, test, out)?;
    out.push_sql(")");
    Ok(())
}

/// A comparison with one value. What is missing isn't equal: `!=` is whatever `=` is not.
fn comparison<'b, DB: Dialect, P: Column>(
    property: &'b P,
    test: &'b Test,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    passes(property, test, out)?;
    if test.op == Op::NotEqual {
        out.push_sql(" IS NOT TRUE");
    }
    Ok(())
}

/// Whether a value passes; of `!=`, whether it is equal.
fn passes<'b, DB: Dialect, P: Column>(
    property: &'b P,
    Test { op, value }: &'b Test,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    out.push_sql("(");
    match (op, value) {
        (Op::Contains, _) => {
            out.push_sql(DB::POSITION);
            out.push_sql("(");
            folded(property, out)?;
            out.push_sql(", ");
            bind(value, out)?;
            out.push_sql(") > 0");
        }
        (Op::Equal | Op::NotEqual, Value::Text(text)) => equal_text(property, text, out)?,
        _ => {
            property.value(out)?;
            out.push_sql(match op {
                Op::Greater => " > ",
                Op::Less => " < ",
                Op::AtLeast => " >= ",
                Op::AtMost => " <= ",
                Op::Equal | Op::NotEqual | Op::Contains => " = ",
            });
            bind(value, out)?;
        }
    }
    out.push_sql(")");
    Ok(())
}

/// Whether text is equal without case; `text` is in lower case.
fn equal_text<'b, DB: Dialect, P: Column>(
    property: &'b P,
    text: &'b str,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    match property.equality() {
        Equality::Words(words) => {
            let word = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
            out.push_sql(word.map_or("FALSE", |(_, condition)| condition));
        }
        Equality::Upper => {
            property.value(out)?;
            out.push_sql(" = upper(");
            DB::text(out, text)?;
            out.push_sql(DB::BYTES);
            out.push_sql(")");
        }
        Equality::Folded => {
            folded(property, out)?;
            out.push_sql(" = ");
            DB::text(out, text)?;
        }
    }
    Ok(())
}

fn bind<'b, DB: Dialect>(value: &'b Value, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
    match value {
        Value::Text(text) => DB::text(out, text),
        Value::Number(number) | Value::Date(number) => DB::int(out, number),
        Value::Flag(flag) => DB::flag(out, flag),
    }
}

/// Text in lower case, as far as ASCII goes.
fn folded<'b, DB: Dialect, P: Column>(property: &'b P, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
    out.push_sql("lower((");
    property.value(out)?;
    out.push_sql(")");
    out.push_sql(DB::BYTES);
    out.push_sql(")");
    Ok(())
}

/// One expression that rows are ordered by.
#[derive(Clone, Copy)]
pub(super) struct Term {
    field: &'static Field,
    is_folded: bool,
    descending: bool,
}

/// The expressions that keys order by: text takes two.
pub(super) fn terms(order: &[OrderKey<&'static Field>]) -> impl Iterator<Item = Term> {
    order.iter().flat_map(|key| {
        let term = |is_folded| Term { field: key.property, is_folded, descending: key.descending };
        let is_text = key.property.kind() == Kind::Text;
        [is_text.then(|| term(true)), Some(term(false))].into_iter().flatten()
    })
}

impl Term {
    /// Writes the value that is ordered by.
    pub(super) fn value<DB: Dialect>(self, out: &mut AstPass<'_, '_, DB>) {
        let is_text = self.field.kind() == Kind::Text;
        if self.is_folded {
            out.push_sql("lower(");
        }
        out.push_sql("(");
        out.push_sql(self.field.sql());
        out.push_sql(")");
        if is_text {
            out.push_sql(DB::BYTES);
        }
        if self.is_folded {
            out.push_sql(")");
        }
    }

    /// Writes the direction: what is missing stands before every value.
    pub(super) fn direction<DB: Dialect>(self, out: &mut AstPass<'_, '_, DB>) {
        out.push_sql(if self.descending { " DESC" } else { " ASC" });
        if self.field.is_optional() {
            out.push_sql(if self.descending { " NULLS LAST" } else { " NULLS FIRST" });
        }
    }
}

/// Writes what follows ORDER BY.
pub(super) fn order<DB: Dialect>(order: &[OrderKey<&'static Field>], out: &mut AstPass<'_, '_, DB>) {
    for (n, term) in terms(order).enumerate() {
        if n > 0 {
            out.push_sql(", ");
        }
        term.value(out);
        term.direction(out);
    }
}

/// Writes a condition: true for what follows a place in an order by a date and the id. The first comparison alone is
/// for the index; with `OR` at the top none would be used.
pub(super) fn after<'b, DB: Dialect>(
    order: &[OrderKey<&'static Field>],
    place: &'b Place,
    out: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let [date, id] = order else { return Ok(()) };
    let beyond = |key: &OrderKey<&'static Field>| if key.descending { " < " } else { " > " };
    out.push_sql("(");
    out.push_sql(date.property.sql());
    out.push_sql(if date.descending { " <= " } else { " >= " });
    DB::int(out, &place.value)?;
    out.push_sql(" AND (");
    out.push_sql(date.property.sql());
    out.push_sql(beyond(date));
    DB::int(out, &place.value)?;
    out.push_sql(" OR ");
    out.push_sql(id.property.sql());
    out.push_sql(beyond(id));
    DB::text(out, &place.id)?;
    out.push_sql("))");
    Ok(())
}
