//! A database of its own for each test, on either kind.

use super::scratch::Scratch;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection, sql_query};
use std::path::{Path, PathBuf};

/// Which database a scenario runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The embedded default.
    Sqlite,
    /// The one for scale.
    Postgres,
}

/// An empty database, removed with the test.
pub struct TestDatabase {
    kind: Kind,
    url: String,
    /// SQLite's file.
    file: Option<PathBuf>,
    /// PostgreSQL's name of it, and the URL of the server that it is on.
    on_server: Option<(String, String)>,
}

#[derive(diesel::QueryableByName)]
struct OneText {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

/// The server that databases are made on.
fn server_url() -> String {
    std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| {
        panic!(
            "TEST_DATABASE_URL is not set: this test needs a PostgreSQL server whose user may create databases. \
             ./test.sh starts one."
        )
    })
}

impl TestDatabase {
    /// A new database; a SQLite file lies in `scratch`.
    pub fn create(kind: Kind, scratch: &Scratch) -> Self {
        Self::create_on(kind, scratch, None)
    }

    /// A new database, on this PostgreSQL server instead of the suite's.
    pub fn create_on(kind: Kind, scratch: &Scratch, server: Option<&str>) -> Self {
        match kind {
            Kind::Sqlite => {
                let file = scratch.join("tributary.sqlite");
                TestDatabase {
                    kind,
                    url: format!("sqlite://{}", file.display()),
                    file: Some(file),
                    on_server: None,
                }
            }
            Kind::Postgres => {
                let name = format!("it_{}", uuid::Uuid::new_v4().simple());
                let server = server.map_or_else(server_url, str::to_owned);
                let mut url = url::Url::parse(&server).unwrap();
                admin(&server, &format!("CREATE DATABASE {name}"));
                url.set_path(&name);
                TestDatabase { kind, url: url.to_string(), file: None, on_server: Some((name, server)) }
            }
        }
    }

    /// A SQLite file that is there already, for looking at.
    pub fn at(file: &Path) -> Self {
        let url = format!("sqlite://{}", file.display());
        TestDatabase { kind: Kind::Sqlite, url, file: Some(file.to_path_buf()), on_server: None }
    }

    /// SQLite or PostgreSQL.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What `database.url` is set to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The file of a SQLite database.
    pub fn file(&self) -> Option<&PathBuf> {
        self.file.as_ref()
    }

    /// The texts of a query's column `value`.
    pub fn texts(&self, query: &str) -> Vec<String> {
        let rows: Vec<OneText> = match self.kind {
            Kind::Sqlite => sql_query(query).load(&mut self.sqlite()),
            Kind::Postgres => sql_query(query).load(&mut self.postgres()),
        }
        .unwrap_or_else(|error| panic!("{query}: {error}"));
        rows.into_iter().map(|row| row.value).collect()
    }

    /// The number in a query's one row and column `value`, which must be text.
    pub fn number(&self, query: &str) -> i64 {
        self.texts(query).first().unwrap_or_else(|| panic!("no row: {query}")).parse().unwrap()
    }

    /// Runs statements behind the product's back.
    pub fn execute(&self, statements: &str) {
        match self.kind {
            Kind::Sqlite => self.sqlite().batch_execute(statements),
            Kind::Postgres => self.postgres().batch_execute(statements),
        }
        .unwrap_or_else(|error| panic!("{statements}: {error}"));
    }

    /// The tables, migrations' own included, in order.
    pub fn tables(&self) -> Vec<String> {
        self.texts(match self.kind {
            Kind::Sqlite => {
                "SELECT name AS value FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1"
            }
            Kind::Postgres => {
                "SELECT table_name::text AS value FROM information_schema.tables \
                 WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
            }
        })
    }

    /// A table's columns, in order.
    pub fn columns(&self, table: &str) -> Vec<String> {
        self.texts(&match self.kind {
            Kind::Sqlite => format!("SELECT name AS value FROM pragma_table_info('{table}') ORDER BY cid"),
            Kind::Postgres => format!(
                "SELECT column_name::text AS value FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
            ),
        })
    }

    fn sqlite(&self) -> SqliteConnection {
        let path = self.file.as_ref().unwrap().to_string_lossy().into_owned();
        let mut conn = SqliteConnection::establish(&path).unwrap();
        conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
        conn
    }

    fn postgres(&self) -> PgConnection {
        PgConnection::establish(&self.url).unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some((name, server)) = &self.on_server
            && let Ok(mut conn) = PgConnection::establish(server)
        {
            let _ = conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn admin(server: &str, statement: &str) {
    let mut conn = PgConnection::establish(server)
        .unwrap_or_else(|error| panic!("the PostgreSQL server of TEST_DATABASE_URL: {error}"));
    conn.batch_execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
}
