//! Backfill: one merchant's whole history into an empty database, against both floors, against one window at a time, and
//! against what Stripe's limits allow.

use crate::install::{Installation, Sandbox, SandboxOptions};
use crate::stats::Series;
use crate::store::{self, Databases, Store, StoreOptions};
use crate::table::Table;
use crate::{cpu, fetch_floor, load_floor, runs};
use anyhow::bail;
use std::collections::BTreeMap;
use std::path::Path;

/// Windows of a connection that are fetched at once: the default of `worker.windows_at_once`.
const WINDOWS_AT_ONCE: usize = 48;

/// Stripe's limits in live mode, requests per second: of an account, and of one endpoint of it.
const PER_ACCOUNT: f64 = 100.0;
const PER_ENDPOINT: f64 = 25.0;

/// What is measured.
#[derive(clap::Args)]
pub struct Options {
    /// Charges in the merchant's account; every other list grows with them.
    #[arg(long, default_value_t = 20_000)]
    charges: u64,
    /// Rounds; the median is what counts.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// The sandbox's latency per request.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// With Stripe's limits of live mode, all of which may be used; the floors are left out.
    #[arg(long)]
    limits: bool,
    /// Beside it the same with one window, and so one list, at a time.
    #[arg(long)]
    sequential: bool,
    #[command(flatten)]
    store: StoreOptions,
}

#[derive(Default)]
struct Figures {
    objects: f64,
    rows: u64,
    calls: Series,
    calls_min: u64,
    product: Series,
    sequential: Series,
    of_allowed: Series,
    fetch: Series,
    load: Series,
    product_cpu_us: Series,
    floor_cpu_us: Series,
    memory_mib: Series,
}

/// Measures and prints.
pub fn run(options: &Options) -> anyhow::Result<()> {
    cpu::print_machine();
    println!(
        "command: tributary-bench backfill --charges {} --rounds {} --latency-ms {}{}{}",
        options.charges,
        options.rounds,
        options.latency_ms,
        if options.limits { " --limits" } else { "" },
        if options.sequential { " --sequential" } else { "" },
    );
    let sandbox = Sandbox::with(&SandboxOptions {
        accounts: 1,
        charges: options.charges,
        latency_ms: options.latency_ms,
        is_limited: options.limits,
    })?;
    let pages = fetch_floor::pages(&sandbox)?.concat();
    let directory = options.store.directory()?;
    let mut all = Vec::new();
    for store in options.store.stores() {
        let mut figures = Figures::default();
        for round in 0..options.rounds {
            let databases = store.create(&directory, &round.to_string())?;
            product(&store, &databases, &sandbox, &pages, &mut figures)?;
            if !options.limits {
                floors(&store, &databases, &sandbox, &pages, &mut figures)?;
            }
            if options.sequential {
                sequential(&store, &directory, round, &sandbox, &mut figures)?;
            }
        }
        all.push((store.name(), figures));
    }
    print(options, &all, pages.len());
    store::remove(&directory)
}

/// The product's run, with its calls as the sandbox counted them.
fn product(
    store: &Store,
    databases: &Databases,
    sandbox: &Sandbox,
    pages: &[String],
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let installation = Installation::new(&databases.directory, &databases.main, sandbox)?;
    sandbox.forget_requests()?;
    let server_before = store.server_cpu_secs()?;
    let serve = [installation.serve(&[])?];
    let ran = runs::wait(&databases.main, 1, &serve)?;
    let serve_id = serve[0].0.id();
    let cpu_secs = cpu::of_process(serve_id)? + store.server_cpu_secs()? - server_before;
    let requests = sandbox.requests()?;
    // What else the process sends, to look for events say, is not the run's.
    if ran.calls > requests.total {
        bail!("the run says it sent {} requests, and the sandbox had {}", ran.calls, requests.total);
    }
    figures.objects = ran.objects;
    figures.calls.push(ran.calls as f64);
    figures.calls_min = pages.len() as u64 + requests.below_objects;
    figures.product.push(ran.objects / ran.wall_secs);
    figures.product_cpu_us.push(cpu_secs * 1e6 / ran.objects);
    figures.memory_mib.push(cpu::peak_memory_mib(serve_id)?);
    let allowed_secs = (ran.calls as f64 / PER_ACCOUNT).max(longest(pages) as f64 / PER_ENDPOINT);
    figures.of_allowed.push(100.0 * allowed_secs / ran.wall_secs);
    Ok(())
}

/// Pages of the longest list.
fn longest(pages: &[String]) -> usize {
    let mut by_list: BTreeMap<&str, usize> = BTreeMap::new();
    for page in pages {
        *by_list.entry(page.split('?').next().unwrap_or(page)).or_default() += 1;
    }
    by_list.into_values().max().unwrap_or(0)
}

/// F and L.
fn floors(
    store: &Store,
    databases: &Databases,
    sandbox: &Sandbox,
    pages: &[String],
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let fetch = fetch_floor::measure(&[(&sandbox.accounts[0], pages)], 1, WINDOWS_AT_ONCE)?;
    figures.fetch.push(figures.objects / fetch.wall_secs);
    let load = load_floor::measure(store, databases)?;
    figures.rows = load.rows;
    figures.load.push(figures.objects / load.wall_secs);
    figures.floor_cpu_us.push((fetch.cpu_secs + load.cpu_secs) * 1e6 / figures.objects);
    Ok(())
}

/// The product with one window at a time.
fn sequential(
    store: &Store,
    directory: &Path,
    round: u32,
    sandbox: &Sandbox,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let databases = store.create(directory, &format!("{round}_sequential"))?;
    let installation = Installation::new(&databases.directory, &databases.main, sandbox)?;
    let serve = [installation.serve_with(&[], &[("TRIBUTARY__WORKER__WINDOWS_AT_ONCE", "1")])?];
    let ran = runs::wait(&databases.main, 1, &serve)?;
    figures.sequential.push(ran.objects / ran.wall_secs);
    Ok(())
}

fn print(options: &Options, all: &[(&str, Figures)], pages: usize) {
    let names: Vec<String> = all.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut table = Table::new(&names);
    let mut row = |name: &str, cell: &dyn Fn(&Figures) -> String| {
        let cells: Vec<String> = all.iter().map(|(_, figures)| cell(figures)).collect();
        table.row(name, &cells);
    };
    row("objects, pages", &|f| format!("{:.0}, {pages}", f.objects));
    row("product, objects/s", &|f| f.product.show(0));
    row("calls", &|f| f.calls.show(0));
    row("**calls of the fewest possible**", &|f| {
        format!("{:.3}", f.calls.median() / f.calls_min.max(1) as f64)
    });
    if options.sequential {
        row("one window at a time, objects/s", &|f| f.sequential.show(0));
        row("**times as fast**", &|f| format!("{:.1}", f.product.median() / f.sequential.median()));
    }
    if options.limits {
        row("**of what the limits allow, %**", &|f| f.of_allowed.show(1));
    } else {
        row("rows", &|f| f.rows.to_string());
        row("floor F, objects/s", &|f| f.fetch.show(0));
        row("floor L, objects/s", &|f| f.load.show(0));
        let slower = |f: &Figures| f.fetch.median().min(f.load.median());
        row("**product of the slower floor**", &|f| {
            format!("{:.0} %", 100.0 * f.product.median() / slower(f))
        });
        row("CPU per object of F and L together, µs", &|f| f.floor_cpu_us.show(1));
    }
    row("CPU per object, the database's included, µs", &|f| f.product_cpu_us.show(1));
    if !options.limits {
        let ratio = |f: &Figures| f.product_cpu_us.median() / f.floor_cpu_us.median();
        row("**ratio of CPU**", &|f| format!("{:.2}", ratio(f)));
    }
    row("peak memory of `serve`, MiB", &|f| f.memory_mib.show(0));
    table.print();
}
