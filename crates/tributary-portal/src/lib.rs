//! The portal: pages for platform admins, and a JSON API for their scripts (`admin_api`).
//!
//! Every page is made on the server and complete without scripts. One file per page in `pages/`, its template beside
//! in `templates/`; `session` says who is asking, `form` reads what they send, `failure` answers what can't be
//! answered otherwise.

mod admin_api;
mod assets;
pub mod auth;
mod cookie;
mod credentials;
mod csp;
mod failure;
mod first_run;
mod form;
mod frame;
mod headers;
mod html;
mod pages;
mod parts;
pub mod passwords;
mod routes;
mod session;
mod state;
#[cfg(test)]
mod tests;
mod visitor;
mod words;

pub use routes::routes;
pub use state::{PortalState, Urls};
