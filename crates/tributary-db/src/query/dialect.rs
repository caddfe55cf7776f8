//! The few words that the databases say differently.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::pg::Pg;
use diesel::query_builder::AstPass;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::sqlite::Sqlite;

/// A database that list queries are written for.
pub trait Dialect: Backend {
    /// What stands after text so that it is compared by its bytes and folded as ASCII only.
    const BYTES: &'static str;
    /// The function that gives the place of a text in another, and 0 where it isn't in it.
    const POSITION: &'static str;

    /// Writes the value of one of a company's tags.
    fn tag<'b>(out: &mut AstPass<'_, 'b, Self>, key: &'b str) -> QueryResult<()>;
    /// Binds text.
    fn text<'b>(out: &mut AstPass<'_, 'b, Self>, value: &'b str) -> QueryResult<()>;
    /// Binds an integer.
    fn int<'b>(out: &mut AstPass<'_, 'b, Self>, value: &'b i64) -> QueryResult<()>;
    /// Binds a truth value.
    fn flag<'b>(out: &mut AstPass<'_, 'b, Self>, value: &'b bool) -> QueryResult<()>;
}

macro_rules! binds {
    () => {
        fn text<'b>(out: &mut AstPass<'_, 'b, Self>, value: &'b str) -> QueryResult<()> {
            out.push_bind_param::<Text, _>(value)
        }

        fn int<'b>(out: &mut AstPass<'_, 'b, Self>, value: &'b i64) -> QueryResult<()> {
            out.push_bind_param::<BigInt, _>(value)
        }

        fn flag<'b>(out: &mut AstPass<'_, 'b, Self>, value: &'b bool) -> QueryResult<()> {
            out.push_bind_param::<Bool, _>(value)
        }
    };
}

impl Dialect for Pg {
    const BYTES: &'static str = " COLLATE \"C\"";
    const POSITION: &'static str = "strpos";

    fn tag<'b>(out: &mut AstPass<'_, 'b, Self>, key: &'b str) -> QueryResult<()> {
        out.push_sql("(companies.tags::json ->> ");
        Self::text(out, key)?;
        out.push_sql(")");
        Ok(())
    }

    binds!();
}

impl Dialect for Sqlite {
    const BYTES: &'static str = "";
    const POSITION: &'static str = "instr";

    fn tag<'b>(out: &mut AstPass<'_, 'b, Self>, key: &'b str) -> QueryResult<()> {
        out.push_sql("(SELECT t.value FROM json_each(companies.tags) AS t WHERE t.key = ");
        Self::text(out, key)?;
        out.push_sql(")");
        Ok(())
    }

    binds!();
}
