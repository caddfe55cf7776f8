//! The deterministic simulation: an account of Stripe's in memory, virtual time, and a worker that loses its memory,
//! against the real store and the engine's own decisions. A history is made from a seed; after it everything comes to
//! rest, and then what is stored must be what Stripe has, object for object.
//!
//! `TRIBUTARY_SEEDS=10000 cargo test -p tributary-worker simulation` runs ten thousand histories;
//! `TRIBUTARY_SEED=7` only the seventh. A history that fails is shortened and printed.

mod history;
mod pulling;
mod store;
mod stripe;
mod worker;

use history::{History, Step};
use std::panic::AssertUnwindSafe;
use store::Store;
use stripe::RESOURCES;
use tributary_stripe::Object;
use worker::World;

/// How many histories are played unless told.
const SEEDS: u64 = 300;

/// A rule that the worker breaks, to see that it is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breach {
    /// What can't be ordered isn't read again (rule E1).
    TiesIgnored,
    /// Events from before a run's end aren't asked for (rule E2).
    NoCatchUp,
    /// A sweep also takes what became known since the run began (rule E7).
    SweepOfWhatIsNew,
}

/// Plays a history to its end on the store, which it gives back; and what is wrong then.
fn play(store: Store, history: &History, breach: Option<Breach>) -> (Store, Result<(), String>) {
    let mut world = World::new(store, history, breach);
    let mut told = 0;
    for step in &history.steps {
        act(&mut world, step);
        let new = world.stripe.events.len();
        world.on_their_way.extend(told..new);
        told = new;
    }
    // What was lost since the last run is only found by another.
    world.stripe.pass(3_000);
    world.begin();
    world.come_to_rest();
    let right = compare(&mut world);
    (world.store, right)
}

fn act(world: &mut World, step: &Step) {
    match step {
        Step::Pass { ms } => world.stripe.pass(i64::from(*ms)),
        Step::Create { resource, our_version } => world.stripe.create(*resource, *our_version),
        Step::Update { resource, pick, our_version } => world.stripe.update(*resource, *pick, *our_version),
        Step::Delete { pick, our_version } => world.stripe.delete(*pick, *our_version),
        Step::Deliver { pick, again } => world.deliver(*pick, *again),
        Step::Lose { pick } => world.lose(*pick),
        Step::Begin => world.begin(),
        Step::Ask { pick } => world.ask(*pick),
        Step::Answer { pick, lag_ms } => world.answer(*pick, i64::from(*lag_ms)),
        Step::Store { pick, pages } => world.store(*pick, *pages),
        Step::Split { pick } => world.split(*pick),
        Step::Sweep { pick } => world.sweep(*pick),
        Step::End => world.end(),
        Step::Apply { pick } => world.apply(*pick),
        Step::Poll => world.poll(),
        Step::AskAgain { pick } => world.ask_again(*pick),
        Step::AnswerAgain { pick } => world.answer_again(*pick),
        Step::Kill { frozen } => world.kill(*frozen),
        Step::Wake { pages } => world.wake(*pages),
    }
}

/// Holds what is stored against what Stripe has.
fn compare(world: &mut World) -> Result<(), String> {
    for resource in RESOURCES {
        let truth = world.stripe.truth(resource);
        let objects = world.store.objects(resource);
        if objects != truth {
            return Err(format!("{resource} are {objects:#?}, and at Stripe {truth:#?}"));
        }
        let records = world.store.records(resource);
        let is_of =
            |(id, shown): (&String, &String)| truth.get(id).is_some_and(|text| text.contains(shown.as_str()));
        if records.len() != truth.len() || !records.iter().all(is_of) {
            return Err(format!("records of {resource} are {records:#?}, and at Stripe {truth:#?}"));
        }
        debug_assert!(truth.values().all(|text| Object::parse(text).is_ok()));
    }
    Ok(())
}

/// As [`play`], where a panic is wrong, too; the store may be unusable after it.
fn outcome(store: &mut Option<Store>, history: &History, breach: Option<Breach>) -> Result<(), String> {
    let taken = store.take().unwrap_or_else(Store::open);
    let played = std::panic::catch_unwind(AssertUnwindSafe(|| play(taken, history, breach)));
    match played {
        Ok((back, right)) => {
            *store = Some(back);
            right
        }
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            Err(text
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default())
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn after_any_history_the_store_is_what_stripe_has() {
    let seeds = match number("TRIBUTARY_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("TRIBUTARY_SEEDS").unwrap_or(SEEDS),
    };
    let mut store = None;
    for seed in seeds {
        let history = History::of(seed);
        let Err(wrong) = outcome(&mut store, &history, None) else { continue };
        let fails = |history: &History| outcome(&mut None, history, None).is_err();
        let shortest = history.shortened(fails);
        let last = outcome(&mut None, &shortest, None).err().unwrap_or_default();
        panic!("TRIBUTARY_SEED={}: {wrong}\n\nshortened to {shortest:#?}\nwhere {last}", shortest.seed);
    }
}

/// A simulation that finds nothing wrong with a worker that breaks the rules would prove nothing.
#[test]
fn a_worker_that_breaks_a_rule_is_found_out() {
    for breach in [Breach::TiesIgnored, Breach::NoCatchUp, Breach::SweepOfWhatIsNew] {
        let mut store = None;
        let found = (0..2_000).find(|seed| outcome(&mut store, &History::of(*seed), Some(breach)).is_err());
        assert!(found.is_some(), "{breach:?} was never found out");
    }
}
