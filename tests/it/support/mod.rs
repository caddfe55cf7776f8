//! The means of the suite: processes, databases, actors, waiting.

pub mod actors;
pub mod app;
pub mod browser;
pub mod canaries;
pub mod cluster;
pub mod command;
pub mod consumer;
pub mod database;
pub mod dump;
pub mod http;
pub mod portal;
pub mod ports;
pub mod process;
pub mod program;
pub mod sandbox;
pub mod scratch;
pub mod truth;
pub mod unprivileged;
pub mod wait;

/// Makes two tests of each scenario: `on_sqlite::name` and `on_postgres::name`.
///
/// A scenario is a function of the [`Kind`](database::Kind) of database. Neither test is ever skipped: without
/// PostgreSQL the second fails and says what to do.
macro_rules! on_both_databases {
    ($($scenario:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[test]
            fn $scenario() {
                super::$scenario($crate::support::database::Kind::Sqlite);
            })+
        }

        mod on_postgres {
            $(#[test]
            fn $scenario() {
                super::$scenario($crate::support::database::Kind::Postgres);
            })+
        }
    };
}
pub(crate) use on_both_databases;
