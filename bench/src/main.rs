//! Measures Tributary against floors taken in the same run (`docs/benchmarks.md` says how to read it).
//!
//! `cargo run --release -p tributary-bench -- backfill --charges 20000 --postgres-url postgres://…`

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod backfill;
mod cpu;
mod events;
mod fetch_floor;
mod idle;
mod install;
mod lists;
mod load_floor;
mod many_connections;
mod memory;
mod runs;
mod stats;
mod store;
mod table;

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
    /// Pulls many merchants' histories at once, with one worker and with several.
    ManyConnections(many_connections::Options),
    /// Reads lists of a connection with a million records, beside bare SQL that returns the same rows.
    Lists(lists::Options),
    /// Keeps many connections that have nothing to do.
    Idle(idle::Options),
    /// Sends signed events as fast as they are acknowledged, beside a handler that only commits a row.
    Ingest(events::ingest::Options),
    /// Follows events from their sending until the API shows what they told.
    Freshness(events::freshness::Options),
    /// Shows that the memory of `serve` doesn't grow with the length of a history.
    Memory(memory::Options),
}

fn main() -> anyhow::Result<()> {
    // Another installed provider is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Arguments::parse().benchmark {
        Benchmark::Backfill(options) => backfill::run(&options),
        Benchmark::ManyConnections(options) => many_connections::run(&options),
        Benchmark::Lists(options) => lists::run(&options),
        Benchmark::Idle(options) => idle::run(&options),
        Benchmark::Ingest(options) => events::ingest::run(&options),
        Benchmark::Freshness(options) => events::freshness::run(&options),
        Benchmark::Memory(options) => memory::run(&options),
    }
}
