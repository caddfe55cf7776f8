//! Memory: what `serve` holds at its peak while it pulls histories of different lengths.

use crate::install::{Installation, Sandbox};
use crate::stats::Series;
use crate::store::{self, StoreOptions};
use crate::table::Table;
use crate::{cpu, runs};

/// Objects that a charge brings with it, itself included: how the sandbox's accounts are made.
const OBJECTS_PER_CHARGE: f64 = 3.36;

/// What is measured.
#[derive(clap::Args)]
pub struct Options {
    /// Lengths of histories: about so many objects each.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 300_000])]
    objects: Vec<u64>,
    /// Rounds; the median is what counts.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    #[command(flatten)]
    store: StoreOptions,
}

/// Measures and prints.
pub fn run(options: &Options) -> anyhow::Result<()> {
    cpu::print_machine();
    let lengths: Vec<String> = options.objects.iter().map(u64::to_string).collect();
    println!("command: tributary-bench memory --objects {} --rounds {}", lengths.join(","), options.rounds);
    let directory = options.store.directory()?;
    let stores = options.store.stores();
    let names: Vec<String> = stores.iter().map(|store| format!("{}, MiB", store.name())).collect();
    let mut table = Table::new(&names);
    for wanted in &options.objects {
        let charges = (*wanted as f64 / OBJECTS_PER_CHARGE).round() as u64;
        let sandbox = Sandbox::start(1, charges, 0)?;
        let mut objects = 0.0;
        let mut cells = Vec::new();
        for store in &stores {
            let mut peaks = Series::default();
            for round in 0..options.rounds {
                let databases = store.create(&directory, &format!("{wanted}_{round}"))?;
                let installation = Installation::new(&databases.directory, &databases.main, &sandbox)?;
                let serve = [installation.serve(&[])?];
                objects = runs::wait(&databases.main, 1, &serve)?.objects;
                peaks.push(cpu::peak_memory_mib(serve[0].0.id())?);
            }
            cells.push(peaks.show(1));
        }
        table.row(&format!("{objects:.0} objects"), &cells);
    }
    table.print();
    store::remove(&directory)
}
