//! Lists: what a page costs over HTTP, beside bare SQL that returns the same rows.

mod bare;
mod scene;

use crate::cpu;
use crate::stats::Series;
use crate::store::{self, Store, StoreOptions};
use crate::table::Table;
use anyhow::bail;
use bare::Bare;
use scene::Scene;
use serde_json::Value;
use std::time::Instant;

/// What is measured.
#[derive(clap::Args)]
pub struct Options {
    /// Records of the connection.
    #[arg(long, default_value_t = 1_000_000)]
    rows: i64,
    /// Rounds; the median is what counts.
    #[arg(long, default_value_t = 15)]
    rounds: u32,
    #[command(flatten)]
    store: StoreOptions,
}

/// A page that is asked for.
struct Question {
    name: &'static str,
    /// The request's parameters, encoded.
    parameters: String,
    /// The page before it, where that is read first.
    before: Option<String>,
    bare: Bare,
}

/// Measures and prints.
pub fn run(options: &Options) -> anyhow::Result<()> {
    cpu::print_machine();
    println!("command: tributary-bench lists --rows {} --rounds {}", options.rows, options.rounds);
    let directory = options.store.directory()?;
    for store in options.store.stores() {
        one(&store, options, &directory)?;
    }
    store::remove(&directory)
}

fn one(store: &Store, options: &Options, directory: &std::path::Path) -> anyhow::Result<()> {
    let databases = store.create(directory, "lists")?;
    let filled = Instant::now();
    let mut scene = Scene::new(&databases.main, options.rows)?;
    println!(
        "\n{}: {} transactions, filled in {:.0} s",
        store.name(),
        options.rows,
        filled.elapsed().as_secs_f64()
    );
    let columns = ["bare SQL, ms", "API, ms", "ratio", "API with its total counted, ms"];
    let mut table = Table::new(&columns.map(str::to_owned));
    let mut plans = Vec::new();
    for question in questions(options.rows) {
        let (mut bare, mut api, mut counted) = (Series::default(), Series::default(), Series::default());
        // The first round warms caches and statements of both, and compares what they return.
        for round in 0..=options.rounds {
            let (ids, bare_ms) = scene.bare(&question.bare)?;
            if let Some(before) = &question.before {
                scene.get(before)?;
            }
            let (page, api_ms) = scene.get(&question.parameters)?;
            scene.touch()?;
            let (_, counted_ms) = scene.get(&question.parameters)?;
            if round == 0 {
                compare(&ids, &page, question.name)?;
                continue;
            }
            bare.push(bare_ms);
            api.push(api_ms);
            counted.push(counted_ms);
        }
        let ratio = format!("{:.2}", api.median() / bare.median());
        table.row(question.name, &[bare.show(2), api.show(2), ratio, counted.show(2)]);
        plans.push((question.name, scene.plan(&question.parameters)?));
    }
    table.print();
    for (name, plan) in plans {
        println!("\n{name}:\n{}", plan.join("\n"));
    }
    Ok(())
}

fn questions(rows: i64) -> Vec<Question> {
    let question = |name, parameters: &str, bare| Question {
        name,
        parameters: parameters.to_owned(),
        before: None,
        bare,
    };
    let deep = (rows / 2 / 100).max(1);
    let filter = "query=type%3DPayment%26%26totalAmount%3E%3D100";
    let recent = scene::modified_ms(rows - 5_000);
    let since = tributary_core::Millis(recent).to_iso();
    let at = |page: i64| Bare::Newest { limit: 100, offset: (page - 1) * 100 };
    vec![
        question("first page", "pageSize=100", at(1)),
        question("first page of 5,000", "pageSize=5000", Bare::Newest { limit: 5_000, offset: 0 }),
        question("page in the middle, out of the blue", &format!("page={deep}&pageSize=100"), at(deep)),
        Question {
            before: Some(format!("page={}&pageSize=100", deep - 1)),
            ..question("the same after the page before it", &format!("page={deep}&pageSize=100"), at(deep))
        },
        question("filtered page", &format!("{filter}&pageSize=100"), Bare::Filtered { offset: 0 }),
        question(
            "filtered page 500",
            &format!("{filter}&page=500&pageSize=100"),
            Bare::Filtered { offset: 49_900 },
        ),
        question("page ordered by amount", "orderBy=-totalAmount&pageSize=100", Bare::ByAmount),
        question(
            "changes since, in their order",
            &format!("query=modifiedDate%3E%3D{since}&orderBy=modifiedDate&pageSize=100").replace(':', "%3A"),
            Bare::ChangedSince { modified_ms: recent },
        ),
    ]
}

/// Both must have returned the same records, in the same order.
fn compare(ids: &[String], page: &Value, name: &str) -> anyhow::Result<()> {
    let shown: Vec<&str> =
        page["results"].as_array().into_iter().flatten().filter_map(|record| record["id"].as_str()).collect();
    if shown != *ids {
        bail!("{name}: the API returned other records than the bare SQL");
    }
    Ok(())
}
