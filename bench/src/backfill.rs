//! Backfill: one merchant's whole history into an empty database, against both floors.

use crate::install::{Installation, Sandbox};
use crate::stats::Series;
use crate::store::{self, Store, StoreOptions};
use crate::table::Table;
use crate::{cpu, fetch_floor, load_floor, runs};
use std::path::Path;

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
    #[command(flatten)]
    store: StoreOptions,
}

#[derive(Default)]
struct Figures {
    objects: f64,
    rows: u64,
    product: Series,
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
        "command: tributary-bench backfill --charges {} --rounds {} --latency-ms {}",
        options.charges, options.rounds, options.latency_ms
    );
    let sandbox = Sandbox::start(1, options.charges, options.latency_ms)?;
    let pages = fetch_floor::pages(&sandbox)?.concat();
    let directory = options.store.directory()?;
    let mut all = Vec::new();
    for store in options.store.stores() {
        let mut figures = Figures::default();
        for round in 0..options.rounds {
            one_round(&store, &directory, round, &sandbox, &pages, &mut figures)?;
        }
        all.push((store.name(), figures));
    }
    print(&all, pages.len());
    store::remove(&directory)
}

/// Product, F and L in turn.
fn one_round(
    store: &Store,
    directory: &Path,
    round: u32,
    sandbox: &Sandbox,
    pages: &[String],
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let databases = store.create(directory, &round.to_string())?;
    let installation = Installation::new(&databases.directory, &databases.main, sandbox)?;
    let server_before = store.server_cpu_secs()?;
    let serve = [installation.serve(&[])?];
    let ran = runs::wait(&databases.main, 1, &serve)?;
    let serve_id = serve[0].0.id();
    let cpu_secs = cpu::of_process(serve_id)? + store.server_cpu_secs()? - server_before;
    figures.objects = ran.objects;
    figures.product.push(ran.objects / ran.wall_secs);
    figures.product_cpu_us.push(cpu_secs * 1e6 / ran.objects);
    figures.memory_mib.push(cpu::peak_memory_mib(serve_id)?);
    drop(serve);

    let fetch = fetch_floor::measure(&[(&sandbox.accounts[0], pages)], 1)?;
    figures.fetch.push(ran.objects / fetch.wall_secs);
    let load = load_floor::measure(store, &databases)?;
    figures.rows = load.rows;
    figures.load.push(ran.objects / load.wall_secs);
    figures.floor_cpu_us.push((fetch.cpu_secs + load.cpu_secs) * 1e6 / ran.objects);
    Ok(())
}

fn print(all: &[(&str, Figures)], pages: usize) {
    let names: Vec<String> = all.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut table = Table::new(&names);
    let mut row = |name: &str, cell: &dyn Fn(&Figures) -> String| {
        let cells: Vec<String> = all.iter().map(|(_, figures)| cell(figures)).collect();
        table.row(name, &cells);
    };
    row("objects, pages, rows", &|f| format!("{:.0}, {pages}, {}", f.objects, f.rows));
    row("product, objects/s", &|f| f.product.show(0));
    row("floor F, objects/s", &|f| f.fetch.show(0));
    row("floor L, objects/s", &|f| f.load.show(0));
    let slower = |f: &Figures| f.fetch.median().min(f.load.median());
    row("**product of the slower floor**", &|f| format!("{:.0} %", 100.0 * f.product.median() / slower(f)));
    row("CPU per object, the database's included, µs", &|f| f.product_cpu_us.show(1));
    row("CPU per object of F and L together, µs", &|f| f.floor_cpu_us.show(1));
    row("**ratio of CPU**", &|f| format!("{:.2}", f.product_cpu_us.median() / f.floor_cpu_us.median()));
    row("peak memory of `serve`, MiB", &|f| f.memory_mib.show(0));
    table.print();
}
