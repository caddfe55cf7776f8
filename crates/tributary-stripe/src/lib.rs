//! Stripe on the wire: client, OAuth, limits, typed objects. No database.
//!
//! [`Client`] reads: lists page by page, objects by id, singletons. It stays under a share of Stripe's
//! limits, repeats what may be repeated, and says of every failure what there is to do about it
//! ([`Reaction`]). [`oauth`] connects accounts, [`check`] tells whether a platform's credentials will do for
//! that, [`probe`] tells what a pasted key may read, [`objects`] are typed views into the raw text of a page,
//! [`Event`] is what webhooks bring under a [`signature`], and [`redact()`] cuts
//! what must not be stored from all that text.

pub mod check;
mod circuit;
mod classify;
mod client;
mod compact;
mod error;
mod event;
mod field;
mod http;
pub mod limits;
mod lists;
mod mask;
mod nested;
pub mod oauth;
pub mod objects;
mod page;
pub mod probe;
mod redact;
mod retry;
mod settings;
pub mod signature;

pub use client::{Answer, Auth, Client, Cursor, ListParams};
pub use compact::compact;
pub use error::{Error, ErrorKind, RateReason, Reaction, Unreachable, Unreadable};
pub use event::{BadEvent, Event};
pub use lists::list_params;
pub use nested::carries_all;
pub use page::{BadObject, ListPage, Object, RawObject};
pub use redact::redact;
pub use settings::{LimitSettings, SettingsError, StripeSettings};

/// The version of Stripe's API that every request asks for; snapshots of events in another version are
/// only hints (rule E14).
pub const STRIPE_VERSION: &str = "2026-10-28.endive";
