//! Filters and orders within queries that diesel builds: `rows.filter(Condition(&query.filter))`.

use super::dialect::Dialect;
use super::fields::Field;
use super::sql;
use crate::conn::MultiBackend;
use diesel::QueryResult;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, expression_types::NotSelectable,
    is_aggregate,
};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;
use tributary_contract::query::{Filter, OrderKey, Tag};

/// A filter for `.filter(…)`. The query must be from the tables that the fields' SQL names.
#[derive(Clone, Copy)]
pub struct Condition<'a>(pub &'a Filter<&'static Field>);

/// A filter by tags, for `.filter(…)` of a query from `companies`.
#[derive(Clone, Copy)]
pub struct TagCondition<'a>(pub &'a Filter<Tag>);

/// An order for `.order(…)`. The query must be from the tables that the fields' SQL names.
#[derive(Clone, Copy)]
pub struct Ordering<'a>(pub &'a [OrderKey<&'static Field>]);

impl Condition<'_> {
    fn walk<'b, DB: Dialect>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        // There are too many possible filters to keep a prepared statement of each.
        out.unsafe_to_cache_prepared();
        sql::condition(self.0, &mut out)
    }
}

impl TagCondition<'_> {
    fn walk<'b, DB: Dialect>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        sql::condition(self.0, &mut out)
    }
}

impl Ordering<'_> {
    fn walk<'b, DB: Dialect>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        sql::order(self.0, &mut out);
        Ok(())
    }
}

macro_rules! expression {
    ($name:ident, $type:ty) => {
        impl QueryFragment<Pg> for $name<'_> {
            fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                self.walk(out)
            }
        }

        impl QueryFragment<Sqlite> for $name<'_> {
            fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
                self.walk(out)
            }
        }

        impl QueryFragment<MultiBackend> for $name<'_> {
            fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
                MultiBackend::walk_variant_ast(self, out)
            }
        }

        impl QueryId for $name<'_> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }

        impl Expression for $name<'_> {
            type SqlType = $type;
        }

        impl<T> AppearsOnTable<T> for $name<'_> {}
        impl<T> SelectableExpression<T> for $name<'_> {}

        impl<G> ValidGrouping<G> for $name<'_> {
            type IsAggregate = is_aggregate::No;
        }
    };
}

expression!(Condition, Bool);
expression!(TagCondition, Bool);
expression!(Ordering, NotSelectable);
