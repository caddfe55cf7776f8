//! Measures Tributary against floors taken in the same run (`docs/benchmarks.md` says how to read it).
//!
//! `cargo run --release -p tributary-bench -- backfill --charges 20000 --postgres-url postgres://…`

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod backfill;
mod cpu;
mod fetch_floor;
mod install;
mod load_floor;
mod stats;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about)]
struct Arguments {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// Pulls one merchant's whole history into an empty database.
    Backfill(backfill::Options),
}

fn main() -> anyhow::Result<()> {
    // Another installed provider is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Arguments::parse().benchmark {
        Benchmark::Backfill(options) => backfill::run(&options),
    }
}
