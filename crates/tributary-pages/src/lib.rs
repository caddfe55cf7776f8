//! What the pages of Link and the portal share: where they are reached, the headers and cookies that protect them,
//! how their files are named and kept, and how they look.
//!
//! A service hands in what differs on purpose: its policies, its cookie's name, its own styles. Nothing here knows
//! a route, a table or a word of a page's text.

mod address;
mod assets;
mod cookie;
mod head;
pub mod headers;
mod respond;
mod same_site;

pub use address::{NotPublic, PublicUrl};
pub use assets::{Asset, ICON};
pub use cookie::TokenCookie;
pub use head::{Head, SKIP_LINK};
pub use respond::{error_reference, html, see_other};
pub use same_site::is_same_site;
