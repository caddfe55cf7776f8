//! A connection with very many transactions, and the API over it.

use super::bare::{self, Bare};
use actix_web::{App, HttpServer};
use anyhow::Context;
use base64::Engine;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use reqwest::header::AUTHORIZATION;
use serde_json::Value;
use std::sync::Arc;
use std::time::Instant;
use tributary_api::{ApiSettings, ApiState};
use tributary_contract::PageRequest;
use tributary_contract::Parameters;
use tributary_contract::query::{parse, parse_order};
use tributary_core::ids::{AccountId, ConnectionNo};
use tributary_core::seal::SealingKey;
use tributary_core::state::{CredentialKind, DatasetStatus};
use tributary_core::{Clock, DataType, Millis, PlatformKey, PublicUrls, Secret};
use tributary_db::companies::{self, NewCompany};
use tributary_db::credentials::NewCredential;
use tributary_db::datasets::{self, Finish};
use tributary_db::query::{ListQuery, explain};
use tributary_db::records::Listed;
use tributary_db::records::transactions::Transaction;
use tributary_db::use_cases::{self, IntegrationChange, IntegrationText, Switch, set_integration};
use tributary_db::vault::Vault;
use tributary_db::{AnyConn, Db, DbSettings, Page, api_keys, connections, on_each, platforms};

/// When the connection's first commit was: 2026-10-01T00:00:00Z.
const FIRST_COMMIT_MS: i64 = 1_790_812_800_000;
/// Rows that share a commit, as sixteen pages do.
const ROWS_PER_COMMIT: i64 = 2_400;

/// The stamp of the row with this number.
pub fn modified_ms(row: i64) -> i64 {
    FIRST_COMMIT_MS + row / ROWS_PER_COMMIT
}

/// The API over a filled database.
pub struct Scene {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    list_url: String,
    authorization: String,
    connection_no: i64,
    conn: AnyConn,
}

impl Scene {
    /// Makes a database with one connection, fills it and serves it.
    pub fn new(url: &str, rows: i64) -> anyhow::Result<Self> {
        let settings = DbSettings { url: url.to_owned(), connections: 4, migrate: true, wait_secs: 60 };
        let db = Db::open(&settings)?;
        let vault = Vault::new(SealingKey::from_master_text(&SealingKey::random_master_text()?)?);
        let (key, company, connection) = link(&db, &vault)?;
        let mut conn = match url.strip_prefix("sqlite://") {
            Some(path) => AnyConn::Sqlite(SqliteConnection::establish(path)?),
            None => AnyConn::Pg(PgConnection::establish(url)?),
        };
        fill(&mut conn, connection.no.0, rows)?;
        let api_settings = ApiSettings::new(urls());
        let state = ApiState::new(db, vault, api_settings, Clock::system(), Arc::default());
        let base = serve(state)?;
        Ok(Scene {
            runtime: tokio::runtime::Runtime::new()?,
            http: reqwest::Client::builder().no_proxy().build()?,
            list_url: format!(
                "{base}/companies/{company}/connections/{}/data/commerce-transactions",
                connection.id
            ),
            authorization: format!(
                "Basic {}",
                base64::engine::general_purpose::STANDARD.encode(key.expose())
            ),
            connection_no: connection.no.0,
            conn,
        })
    }

    /// Asks the API; gives the page and the milliseconds until it was read whole. It is parsed after that.
    pub fn get(&self, parameters: &str) -> anyhow::Result<(Value, f64)> {
        let url = format!("{}?{parameters}", self.list_url);
        self.runtime.block_on(async {
            let began = Instant::now();
            let answer = self.http.get(url).header(AUTHORIZATION, &self.authorization).send().await?;
            let status = answer.status();
            let body = answer.bytes().await?;
            let elapsed_ms = began.elapsed().as_secs_f64() * 1000.0;
            let page: Value = serde_json::from_slice(&body)?;
            anyhow::ensure!(status.is_success(), "the API answered {status}: {page}");
            Ok((page, elapsed_ms))
        })
    }

    /// Runs bare SQL; gives the ids of the rows and the milliseconds until they were there.
    pub fn bare(&mut self, bare: &Bare) -> anyhow::Result<(Vec<String>, f64)> {
        let began = Instant::now();
        let ids = bare::read(&mut self.conn, self.connection_no, *bare)?;
        Ok((ids, began.elapsed().as_secs_f64() * 1000.0))
    }

    /// Moves the connection's stamp as a commit does, so that nothing remembered counts.
    pub fn touch(&mut self) -> anyhow::Result<()> {
        let touch = "UPDATE leases SET modified_ms = modified_ms + 1";
        Ok(on_each!(&mut self.conn, conn => conn.batch_execute(touch))?)
    }

    /// The database's plan for what these parameters ask.
    pub fn plan(&mut self, parameters: &str) -> anyhow::Result<Vec<String>> {
        let parameters = Parameters::parse(parameters)?;
        let given = |name| parameters.get(name).unwrap_or_default();
        let request = PageRequest::from_parameters(&parameters)?;
        let page = Page { offset: request.offset(), limit: request.limit() };
        let (query, order) = (parse("query", given("query"))?, parse_order(given("orderBy"))?);
        let query = ListQuery::new(Transaction::FIELDS, query.as_ref(), &order, page)?;
        Ok(explain::<Transaction>(&mut self.conn, ConnectionNo(self.connection_no), &query)?)
    }
}

/// Nobody follows a link here.
fn urls() -> PublicUrls {
    PublicUrls::new("http://127.0.0.1:9", "http://127.0.0.1:9", "http://127.0.0.1:9")
}

type Linked = (Secret, tributary_core::ids::CompanyId, connections::Connection);

/// A platform with a key, and a company with a connection whose data may be read.
fn link(db: &Db, vault: &Vault) -> anyhow::Result<Linked> {
    let now = Millis(FIRST_COMMIT_MS);
    let platform =
        db.write_blocking(|conn| platforms::create(conn, "Benchmark", now))?.context("no platform")?;
    let key = db
        .write_blocking(|conn| api_keys::create(conn, platform.no, Some("bench"), now))?
        .map_err(|_| anyhow::anyhow!("the key was refused"))?;
    let text = IntegrationText {
        client_id: Some("ca_bench".to_owned()),
        secret_key: Some(Secret::new("sk_test_bench")),
        webhook_secret: None,
    };
    let mut change =
        IntegrationChange::read(PlatformKey::StripeTest, text).map_err(|_| anyhow::anyhow!("refused"))?;
    change.switch = Some(Switch::On);
    let integration = db
        .write_blocking(|conn| set_integration(conn, vault, &platform, &change, now))?
        .map_err(|_| anyhow::anyhow!("the integration was refused"))?;
    let new = NewCompany { name: "Benchmark".to_owned(), ..NewCompany::default() };
    let company = db.write_blocking(|conn| companies::create(conn, platform.no, new.clone(), now))?;
    let pending =
        db.write_blocking(|conn| connections::create(conn, platform.no, company.id, &integration, now))?;
    let credential = NewCredential {
        kind: CredentialKind::ConnectOauth,
        access_token: Secret::new("sk_test_bench"),
        refresh_token: None,
        scope: None,
        account_id: AccountId("acct_bench".to_owned()),
        masked: None,
        expires: None,
    };
    db.write_blocking(|conn| {
        use_cases::link_connection(conn, vault, &urls(), &pending, credential.clone(), now)
    })?
    .map_err(|_| anyhow::anyhow!("linking was refused"))?;
    let waiting = db.write_blocking(|conn| datasets::waiting(conn, pending.no))?;
    let dataset = waiting.into_iter().find(|dataset| dataset.data_type == DataType::Transactions);
    let dataset = dataset.context("no dataset")?;
    let how = Finish {
        status: DatasetStatus::Complete,
        error_message: None,
        errors: Vec::new(),
        warnings: Vec::new(),
        records_modified: true,
    };
    db.write_blocking(|conn| datasets::finish(conn, pending.no, dataset.id, how.clone(), now))?;
    Ok((key.key, company.id, pending))
}

/// Fills the table as a backfill leaves it: the newest came first, thousands to a commit.
fn fill(conn: &mut AnyConn, connection_no: i64, rows: i64) -> anyhow::Result<()> {
    let insert = format!(
        "INSERT INTO transactions (connection_no, id, platform_no, modified_ms, digest, deleted, \
         balance_transaction_id, amount_minor, amount_milli, currency, type, sub_type, source_id, source_type, \
         balance_type, available_ms, created_ms) \
         SELECT {connection_no}, 'txn_1' || (n * 2654435761 % 4294967296) || '_' || n, 1, \
         {FIRST_COMMIT_MS} + n / {ROWS_PER_COMMIT}, n, FALSE, 'txn_1' || n, n * 7919 % 50000 - 5000, \
         (n * 7919 % 50000 - 5000) * 10, 'USD', \
         CASE WHEN n % 2 = 0 THEN 'Payment' WHEN n % 20 = 1 THEN 'Refund' ELSE 'PaymentFee' END, \
         CASE WHEN n % 2 = 0 THEN 'charge' WHEN n % 20 = 1 THEN 'refund' ELSE 'stripe_fee' END, \
         'ch_3' || (n / 2 * 2654435761 % 4294967296) || 'abcdefgh', 'Payment', 'payments', \
         {FIRST_COMMIT_MS} - n * 15000 + 172800000, {FIRST_COMMIT_MS} - n / 2 * 30000 FROM "
    );
    match conn {
        AnyConn::Pg(conn) => {
            conn.batch_execute(&format!("{insert} generate_series(0::bigint, {rows} - 1) AS n"))?;
            // What autovacuum does within a minute of such a load.
            conn.batch_execute("VACUUM (ANALYZE) transactions")?;
        }
        AnyConn::Sqlite(conn) => {
            let numbers = format!(
                "(WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows} - 1) \
                 SELECT n FROM numbers)"
            );
            conn.batch_execute("PRAGMA busy_timeout = 60000")?;
            conn.batch_execute(&format!("{insert} {numbers}; PRAGMA wal_checkpoint(TRUNCATE)"))?;
            // As the product's readers are set.
            conn.batch_execute("PRAGMA cache_size = -8000")?;
        }
    }
    Ok(())
}

/// Serves the API from a thread of this process, until the process ends; gives its address.
fn serve(state: ApiState) -> anyhow::Result<String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let served = actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || App::new().configure(tributary_api::routes(state.clone())));
            let server = server.workers(2).bind(("127.0.0.1", 0))?;
            let address = server.addrs().first().copied();
            // The other side waits for it.
            let _ = sender.send(address);
            server.run().await
        });
        if let Err(error) = served {
            println!("the API ended: {error}");
        }
    });
    let address = receiver.recv()?.context("the API doesn't listen")?;
    Ok(format!("http://{address}"))
}
