//! A simulated Stripe for the demo, the tests and the benchmarks.
#![forbid(unsafe_code)]

mod access;
mod api;
mod cards;
mod cash;
mod config;
mod control;
mod dice;
mod error;
mod expand;
mod fault;
mod http;
mod id;
mod json;
mod keys;
mod limits;
mod list;
mod oauth;
mod params;
mod profile;
mod render;
mod sandbox;
mod server;
mod state;
mod world;

pub use config::{AccountInfo, PlatformInfo, SandboxConfig, SandboxError, SandboxInfo};
pub use fault::{Fault, FaultError, FaultKind};
pub use sandbox::{AskError, Footprint, Sandbox};
pub use server::{SandboxHandle, serve};
pub use world::ChangeError;

/// The version of the API that the sandbox renders.
pub const STRIPE_VERSION: &str = "2026-10-28.endive";
