//! Many merchants at once: all their histories into one empty database, by one worker and by several.

use crate::install::{Account, Installation, Process, Sandbox};
use crate::stats::Series;
use crate::store::{self, Store, StoreOptions};
use crate::table::Table;
use crate::{cpu, fetch_floor, load_floor, runs};
use std::path::Path;

/// Connections that one worker pulls at once, and windows of each: the defaults of `worker.connections_at_once` and
/// `worker.windows_at_once`.
const AT_ONCE: usize = 16;
const WINDOWS_AT_ONCE: usize = 24;

/// What is measured.
#[derive(clap::Args)]
pub struct Options {
    /// Merchants, each with a connection.
    #[arg(long, default_value_t = 10)]
    connections: usize,
    /// Charges in each merchant's account.
    #[arg(long, default_value_t = 2_000)]
    charges: u64,
    /// Numbers of workers to compare on PostgreSQL, each a process of its own. SQLite has one process.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
    workers: Vec<usize>,
    /// Rounds; the median is what counts.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// The sandbox's latency per request: Stripe's answers take their time.
    #[arg(long, default_value_t = 50)]
    latency_ms: u64,
    #[command(flatten)]
    store: StoreOptions,
}

/// One number of workers on one kind of database.
struct Figures {
    store: Store,
    workers: usize,
    objects: f64,
    product: Series,
    fetch: Series,
    load: Series,
    product_cpu_us: Series,
    floor_cpu_us: Series,
}

/// Measures and prints.
pub fn run(options: &Options) -> anyhow::Result<()> {
    cpu::print_machine();
    println!(
        "command: tributary-bench many-connections --connections {} --charges {} --rounds {} --latency-ms {}",
        options.connections, options.charges, options.rounds, options.latency_ms
    );
    let sandbox = Sandbox::start(options.connections, options.charges, options.latency_ms)?;
    let pages: Vec<(&Account, Vec<String>)> =
        sandbox.accounts.iter().zip(fetch_floor::pages(&sandbox)?).collect();
    let directory = options.store.directory()?;
    let mut all: Vec<Figures> = Vec::new();
    for store in options.store.stores() {
        let workers = if matches!(store, Store::Sqlite) { &[1][..] } else { &options.workers };
        all.extend(workers.iter().map(|workers| Figures::new(&store, *workers)));
    }
    // In turn, so that whatever else the machine does falls on all of them.
    for round in 0..options.rounds {
        for figures in &mut all {
            figures.one_round(&directory, round, &sandbox, &pages)?;
        }
    }
    print(&all);
    store::remove(&directory)
}

impl Figures {
    fn new(store: &Store, workers: usize) -> Self {
        Figures {
            store: store.clone(),
            workers,
            objects: 0.0,
            product: Series::default(),
            fetch: Series::default(),
            load: Series::default(),
            product_cpu_us: Series::default(),
            floor_cpu_us: Series::default(),
        }
    }

    /// Product, F and L in turn.
    fn one_round(
        &mut self,
        directory: &Path,
        round: u32,
        sandbox: &Sandbox,
        pages: &[(&Account, Vec<String>)],
    ) -> anyhow::Result<()> {
        let databases = self.store.create(directory, &format!("{}_{round}", self.workers))?;
        let installation = Installation::new(&databases.directory, &databases.main, sandbox)?;
        let server_before = self.store.server_cpu_secs()?;
        let flags: &[&str] = if matches!(self.store, Store::Sqlite) { &[] } else { &["--only", "worker"] };
        let serving: Vec<Process> =
            (0..self.workers).map(|_| installation.serve(flags)).collect::<Result<_, _>>()?;
        let ran = runs::wait(&databases.main, sandbox.accounts.len(), &serving)?;
        let mut cpu_secs = self.store.server_cpu_secs()? - server_before;
        for process in &serving {
            cpu_secs += cpu::of_process(process.0.id())?;
        }
        drop(serving);
        self.objects = ran.objects;
        self.product.push(ran.objects / ran.wall_secs);
        self.product_cpu_us.push(cpu_secs * 1e6 / ran.objects);

        let lists: Vec<(&Account, &[String])> =
            pages.iter().map(|(account, pages)| (*account, &pages[..])).collect();
        let fetch = fetch_floor::measure(&lists, AT_ONCE * self.workers, WINDOWS_AT_ONCE)?;
        self.fetch.push(ran.objects / fetch.wall_secs);
        let load = load_floor::measure(&self.store, &databases)?;
        self.load.push(ran.objects / load.wall_secs);
        self.floor_cpu_us.push((fetch.cpu_secs + load.cpu_secs) * 1e6 / ran.objects);
        Ok(())
    }
}

fn print(all: &[Figures]) {
    let name = |figures: &Figures| match (&figures.store, figures.workers) {
        (Store::Sqlite, _) => "SQLite".to_owned(),
        (store, 1) => format!("{}, 1 worker", store.name()),
        (store, workers) => format!("{}, {workers} workers", store.name()),
    };
    let mut table = Table::new(&all.iter().map(name).collect::<Vec<_>>());
    let mut row = |name: &str, cell: &dyn Fn(&Figures) -> String| {
        table.row(name, &all.iter().map(cell).collect::<Vec<_>>());
    };
    row("objects", &|f| format!("{:.0}", f.objects));
    row("product, objects/s", &|f| f.product.show(0));
    row("floor F, as many at once, objects/s", &|f| f.fetch.show(0));
    row("floor L, objects/s", &|f| f.load.show(0));
    let slower = |f: &Figures| f.fetch.median().min(f.load.median());
    row("product of the slower floor", &|f| format!("{:.0} %", 100.0 * f.product.median() / slower(f)));
    row("CPU per object, the database's included, µs", &|f| f.product_cpu_us.show(1));
    row("CPU per object of F and L together, µs", &|f| f.floor_cpu_us.show(1));
    table.print();
    let of_postgres: Vec<&Figures> =
        all.iter().filter(|figures| matches!(figures.store, Store::Postgres { .. })).collect();
    if let [one, .., most] = &of_postgres[..] {
        println!(
            "\n{} workers do {:.2} times what {} does",
            most.workers,
            most.product.median() / one.product.median(),
            one.workers
        );
    }
}
