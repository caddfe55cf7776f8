//! The developers' REST API.
//!
//! Every request for an operation passes `answer::around`: it gets a correlation id, is authenticated by its API key,
//! counted against its platform's quota and routed; whatever comes back, an error or a panic included, leaves as the
//! contract's JSON. Only the description of the API (`openapi`) is served beside it. [`routes()`] holds the table of what there is; a handler is a file under its noun; how a
//! stored row is shown is in `present`.

mod answer;
mod authorization;
mod caller;
mod commerce;
mod companies;
mod compress;
mod connections;
mod custom_data;
mod data;
mod extensions;
mod failure;
mod integrations;
mod list;
mod openapi;
mod path;
mod platform;
mod post;
mod present;
mod push;
mod quota;
mod reading;
mod representation;
mod routes;
mod state;
mod stream;
mod sync_settings;
#[cfg(test)]
mod tests;
mod webhooks;

pub use routes::routes;
pub use state::{ApiSettings, ApiState};
