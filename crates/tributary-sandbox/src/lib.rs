//! A simulated Stripe for the demo, the tests and the benchmarks.
mod cards;
mod cash;
mod dice;
mod error;
mod expand;
mod id;
mod json;
mod keys;
mod list;
mod params;
mod profile;
mod render;
mod world;
/// The version of the API that the sandbox renders.
pub const STRIPE_VERSION: &str = "2026-10-28.endive";
