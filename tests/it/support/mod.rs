//! The means of the suite: processes, databases, actors, waiting.

pub mod actors;
pub mod app;
pub mod canaries;
pub mod command;
pub mod database;
pub mod dump;
pub mod http;
pub mod ports;
pub mod process;
pub mod program;
pub mod sandbox;
pub mod scratch;
pub mod truth;
pub mod wait;

/// Makes two tests of one scenario: `name::on_sqlite` and `name::on_postgres`.
///
/// Neither is ever skipped: without PostgreSQL the second fails and says what to do.
macro_rules! on_both_databases {
    ($($(#[$doc:meta])* fn $name:ident($kind:ident) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;
            use $crate::support::database::Kind;

            fn scenario($kind: Kind) $body

            #[test]
            fn on_sqlite() {
                scenario(Kind::Sqlite);
            }

            #[test]
            fn on_postgres() {
                scenario(Kind::Postgres);
            }
        }
    )+};
}
pub(crate) use on_both_databases;
