//! Ingest: signed events as fast as they are acknowledged, beside a handler that does nothing but commit one row.

use super::{Listening, OURS, quantile, send_all};
use crate::install::Sandbox;
use crate::stats::Series;
use crate::store::{self, StoreOptions};
use crate::table::Table;
use crate::{cpu, runs};
use actix_web::{App, HttpResponse, HttpServer, web};
use diesel::{RunQueryDsl, sql_query, sql_types::Text};
use serde_json::json;
use std::time::Instant;
use tributary_db::{Db, DbSettings};

/// What is measured.
#[derive(clap::Args)]
pub struct Options {
    /// Events per round.
    #[arg(long, default_value_t = 10_000)]
    events: usize,
    /// Requests in flight.
    #[arg(long, default_value_t = 32)]
    in_flight: usize,
    /// Rounds; the median is what counts.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    #[command(flatten)]
    store: StoreOptions,
}

/// Rates in events per second, and quantiles of the acknowledgements in milliseconds.
#[derive(Default)]
struct Figures {
    rate: Series,
    p50: Series,
    p99: Series,
}

impl Figures {
    fn push(&mut self, times: &[f64], wall_secs: f64) {
        self.rate.push(times.len() as f64 / wall_secs);
        self.p50.push(quantile(times, 0.5) * 1000.0);
        self.p99.push(quantile(times, 0.99) * 1000.0);
    }
}

/// Measures and prints.
pub fn run(options: &Options) -> anyhow::Result<()> {
    cpu::print_machine();
    let Options { events, in_flight, rounds, .. } = options;
    println!("command: tributary-bench ingest --events {events} --in-flight {in_flight} --rounds {rounds}");
    let directory = options.store.directory()?;
    let stores = options.store.stores();
    let names: Vec<String> = stores.iter().map(|store| store.name().to_owned()).collect();
    let (mut products, mut floors) = (Vec::new(), Vec::new());
    for store in &stores {
        let (mut product, mut floor) = (Figures::default(), Figures::default());
        for round in 0..options.rounds {
            let databases = store.create(&directory, &format!("ingest_{round}"))?;
            let sandbox = Sandbox::start(1, 50, 0)?;
            let listening = Listening::start(&databases.directory, &databases.main, &sandbox, &[])?;
            runs::wait(&databases.main, 1, &listening.serve)?;
            let bodies = bodies(&listening, options.events);
            let runtime = tokio::runtime::Runtime::new()?;
            let began = Instant::now();
            let times = runtime.block_on(send_all(
                &listening.http,
                &listening.url,
                &listening.secret,
                bodies.clone(),
                options.in_flight,
            ))?;
            product.push(&times, began.elapsed().as_secs_f64());
            drop(listening.serve);
            let (times, wall_secs) = floor_of(&databases.floor, bodies, options.in_flight)?;
            floor.push(&times, wall_secs);
        }
        products.push(product);
        floors.push(floor);
    }
    let mut table = Table::new(&names);
    let of = |figures: &[Figures], show: fn(&Figures) -> String| figures.iter().map(show).collect::<Vec<_>>();
    table.row("events/s", &of(&products, |figures| figures.rate.show(0)));
    table.row("p50, ms", &of(&products, |figures| figures.p50.show(1)));
    table.row("p99, ms", &of(&products, |figures| figures.p99.show(1)));
    table.row("floor: events/s", &of(&floors, |figures| figures.rate.show(0)));
    table.row("floor: p50, ms", &of(&floors, |figures| figures.p50.show(1)));
    table.row("floor: p99, ms", &of(&floors, |figures| figures.p99.show(1)));
    let ratios = products.iter().zip(&floors);
    let ratios = ratios.map(|(product, floor)| format!("{:.2}", product.rate.median() / floor.rate.median()));
    table.row("rate / floor", &ratios.collect::<Vec<_>>());
    table.print();
    store::remove(&directory)
}

fn bodies(listening: &Listening, events: usize) -> Vec<String> {
    let body = |n: usize| {
        let customer = json!({
            "id": format!("cus_bench{n}"), "object": "customer", "created": super::now_secs(),
            "name": format!("Customer {n}"), "email": format!("customer{n}@example.com"),
            "description": "An object of about the length that customers have. ".repeat(8),
        });
        listening.event(&format!("evt_bench{n}"), OURS, &customer)
    };
    (0..events).map(body).collect()
}

/// The same requests to a handler that commits one row for each, and does nothing else.
fn floor_of(database_url: &str, bodies: Vec<String>, in_flight: usize) -> anyhow::Result<(Vec<f64>, f64)> {
    let settings = DbSettings { url: database_url.to_owned(), connections: 8, migrate: true, wait_secs: 30 };
    let db = Db::open(&settings)?;
    db.write_blocking(|conn| {
        sql_query("CREATE TABLE acknowledged (id TEXT PRIMARY KEY, body TEXT NOT NULL)").execute(conn)?;
        Ok(())
    })?;
    actix_web::rt::System::new().block_on(async {
        let data = web::Data::new(db);
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .app_data(web::PayloadConfig::new(1 << 21))
                .route("/", web::post().to(commit_one))
        });
        let server = server.workers(2).disable_signals().bind(("127.0.0.1", 0))?;
        let address = server.addrs().first().copied().ok_or_else(|| anyhow::anyhow!("no address"))?;
        let running = server.run();
        let handle = running.handle();
        actix_web::rt::spawn(running);
        let http = reqwest::Client::builder().no_proxy().build()?;
        let began = Instant::now();
        let times = send_all(&http, &format!("http://{address}/"), "whsec_floor", bodies, in_flight).await?;
        let wall_secs = began.elapsed().as_secs_f64();
        handle.stop(false).await;
        Ok((times, wall_secs))
    })
}

async fn commit_one(db: web::Data<Db>, request: actix_web::HttpRequest, body: String) -> HttpResponse {
    // Any text that no two requests share.
    let id = request.headers().get("stripe-signature").and_then(|value| value.to_str().ok());
    let id = id.unwrap_or_default().to_owned();
    let committed = db.write(move |conn| {
        sql_query(match conn {
            tributary_db::AnyConn::Pg(_) => "INSERT INTO acknowledged (id, body) VALUES ($1, $2)",
            tributary_db::AnyConn::Sqlite(_) => "INSERT INTO acknowledged (id, body) VALUES (?1, ?2)",
        })
        .bind::<Text, _>(&id)
        .bind::<Text, _>(&body)
        .execute(conn)?;
        Ok(())
    });
    match committed.await {
        Ok(()) => HttpResponse::Ok().finish(),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}
