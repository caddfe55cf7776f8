//! Freshness: from the sending of an event to the moment at which the API shows what it told.

use super::{Listening, OURS, quantile, send};
use crate::install::Sandbox;
use crate::stats::Series;
use crate::store::{self, StoreOptions};
use crate::table::Table;
use crate::{cpu, runs};
use anyhow::bail;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// One event in so many is followed until it is visible.
const FOLLOWED: usize = 10;

/// How long an event may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Requests per second that an endpoint of Stripe's allows.
const PER_ENDPOINT: usize = 25;

/// What is measured.
#[derive(clap::Args)]
pub struct Options {
    /// Events per second with snapshots of our version.
    #[arg(long, default_value_t = 200)]
    rate: usize,
    /// How long events are sent.
    #[arg(long, default_value_t = 30)]
    secs: usize,
    /// How long before that, while limits are climbed to and nothing is measured.
    #[arg(long, default_value_t = 20)]
    warm_up_secs: usize,
    /// Rounds; the median is what counts.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    #[command(flatten)]
    store: StoreOptions,
}

/// Measures and prints.
pub fn run(options: &Options) -> anyhow::Result<()> {
    cpu::print_machine();
    let Options { rate, secs, warm_up_secs, rounds, .. } = options;
    println!(
        "command: tributary-bench freshness --rate {rate} --secs {secs} --warm-up-secs {warm_up_secs} --rounds {rounds}"
    );
    let directory = options.store.directory()?;
    let stores = options.store.stores();
    let names: Vec<String> = stores.iter().map(|store| store.name().to_owned()).collect();
    let mut table = Table::new(&names);
    let four_fifths = PER_ENDPOINT * 4 / 5;
    for (name, version, rate) in
        [("our version", OURS, options.rate), ("another version", "2024-06-20", four_fifths)]
    {
        let (mut p50s, mut p99s) = (Vec::new(), Vec::new());
        for store in &stores {
            let (mut p50, mut p99) = (Series::default(), Series::default());
            for round in 0..options.rounds {
                let databases = store.create(&directory, &format!("freshness_{rate}_{round}"))?;
                // About every third charge has a customer of its own.
                let sandbox = Sandbox::start(1, 4_000, 0)?;
                let per_endpoint = PER_ENDPOINT.to_string();
                let limits = [
                    ("TRIBUTARY__STRIPE__PER_ENDPOINT", per_endpoint.as_str()),
                    ("TRIBUTARY__STRIPE__SHARE", "1"),
                ];
                let listening = Listening::start(&databases.directory, &databases.main, &sandbox, &limits)?;
                runs::wait(&databases.main, 1, &listening.serve)?;
                let runtime = tokio::runtime::Runtime::new()?;
                let times =
                    runtime.block_on(measure(options, Arc::new(listening), &sandbox, version, rate))?;
                p50.push(quantile(&times, 0.5) * 1000.0);
                p99.push(quantile(&times, 0.99) * 1000.0);
            }
            p50s.push(p50.show(0));
            p99s.push(p99.show(0));
        }
        table.row(&format!("{name}, {rate}/s: p50, ms"), &p50s);
        table.row(&format!("{name}, {rate}/s: p99, ms"), &p99s);
    }
    table.print();
    store::remove(&directory)
}

/// Changes customers at Stripe one after the other and sends the event of each; gives the sorted times, in seconds, until
/// those that are followed were visible.
async fn measure(
    options: &Options,
    listening: Arc<Listening>,
    sandbox: &Sandbox,
    version: &'static str,
    rate: usize,
) -> anyhow::Result<Vec<f64>> {
    let customers = customers(&listening, sandbox).await?;
    let (warm_up, events) = (options.warm_up_secs * rate, (options.warm_up_secs + options.secs) * rate);
    let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / rate as f64));
    let mut under_way: JoinSet<anyhow::Result<Option<f64>>> = JoinSet::new();
    for n in 0..events {
        tick.tick().await;
        let Some(customer) = customers.get(n % customers.len().max(1)) else { bail!("no customers") };
        let (listening, mut customer) = (Arc::clone(&listening), customer.clone());
        let update = format!("{}/_sandbox/accounts/{}/test/update", sandbox.url, listening.account);
        under_way.spawn(async move {
            let name = format!("Customer of event {n}");
            customer["name"] = json!(name);
            let id = customer["id"].as_str().unwrap_or_default().to_owned();
            if version != OURS {
                let change = json!({ "resource": "customers", "id": id, "fields": { "name": name } });
                let request = listening.http.post(update).header("Content-Type", "application/json");
                request.body(change.to_string()).send().await?.error_for_status()?;
            }
            let body = listening.event(&format!("evt_fresh{n}"), version, &customer);
            let began = Instant::now();
            send(&listening.http, &listening.url, &listening.secret, body).await?;
            if n < warm_up || n % FOLLOWED != 0 {
                return Ok(None);
            }
            while !listening.shows(&id, &name).await? {
                if began.elapsed() > PATIENCE {
                    bail!("{id} was not visible within {} s", PATIENCE.as_secs());
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(Some(began.elapsed().as_secs_f64()))
        });
    }
    let mut times = Vec::new();
    while let Some(ended) = under_way.join_next().await {
        times.extend(ended??);
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// The account's customers, as Stripe shows them.
async fn customers(listening: &Listening, sandbox: &Sandbox) -> anyhow::Result<Vec<Value>> {
    let Some(account) = sandbox.accounts.first() else { bail!("no account") };
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all.last().and_then(|last| last["id"].as_str());
        let after = after.map(|id| format!("&starting_after={id}")).unwrap_or_default();
        let url = format!("{}/v1/customers?limit=100{after}", sandbox.url);
        let answer = listening.http.get(url).bearer_auth(&account.key).send().await?.error_for_status()?;
        let page: Value = serde_json::from_slice(&answer.bytes().await?)?;
        all.extend(page["data"].as_array().into_iter().flatten().cloned());
        if page["has_more"] != true {
            return Ok(all);
        }
    }
}
