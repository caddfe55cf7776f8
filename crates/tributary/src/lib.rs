//! The program `tributary`: command line, settings, telemetry, start-up, shutdown.
//!
//! Only this crate reads files and the environment; the services get values. [`cli`] holds one file per
//! command, [`startup`] puts services together, [`demo`] runs all of them against a simulated Stripe.

pub mod cli;
pub mod demo;
pub mod health;
pub mod listeners;
pub mod master_key;
pub mod private_file;
pub mod service;
pub mod settings;
pub mod shutdown;
pub mod startup;
pub mod telemetry;
#[cfg(test)]
mod test_folder;
