//! A simulated Stripe for the demo, the tests and the benchmarks.
//!
//! It calls itself a simulation everywhere a person can see it, imitates no brand, and holds no real data.
//!
//! # What it simulates
//!
//! - **Accounts** with test and live data that have nothing in common but the account's id: account, balance, customers,
//!   products, prices, payment intents, charges, refunds, disputes, balance transactions and payouts, to retrieve and to
//!   list with cursors both ways, `created` ranges, the documented filters and `expand[]`.
//! - **Money that ties out**: per currency the balance is the sum of its transactions, each payout the sum of its
//!   constituents, each charge agrees with its refunds, disputes and transactions, conversions and fees included.
//! - **Special cases**: every account of at least 200 charges holds each at least once (a dispute of every status, partial
//!   captures booked in either way, released and expired authorizations, bank debits that are pending or bounced, refunds
//!   of every status, a failed and a cancelled payout, currencies without and with three decimals, a negative balance, fees
//!   in several rows, deleted customers and products that others still name, more than 150 customers made in the second
//!   of a charge). From 1000 charges on, 160 charges share one second.
//! - **Connect OAuth**: consent page, code, tokens, refresh, deauthorization, and every documented refusal. API and OAuth
//!   share one base URL. Every loopback redirect URI is registered. The OAuth of apps (`/oauth/v2/authorize`,
//!   `/v1/oauth/token`) has access tokens of an hour and refresh tokens that are replaced with each use.
//! - **Keys**: secret, restricted (with permissions that can be taken away), the platform's with `Stripe-Account`.
//! - **Limits, latency and faults** on request: see [`Fault`] for their words.
//!
//! # What it doesn't
//!
//! Writes through the API (any method but `GET` below `/v1` answers 404, or 403 to a `read_only` token), events, webhooks,
//! search, idempotency, API versions other than [`STRIPE_VERSION`] (a requested one is echoed, not rendered), the
//! objects of Billing, Checkout and Terminal, and the passing of time: a transaction is available or pending as of
//! [`SandboxConfig::end`], for good.
//!
//! # Where its data comes from
//!
//! Everything is a pure function of seed, account number, mode, number of charges and end. An object is kept as a few dozen
//! bytes and written as JSON when it is asked for; its id holds its place in its list, so no map of ids is needed. Keys,
//! codes and tokens are derived from the seed. The state file keeps what else there is: authorizations, revocations and
//! writes; no key, code or token is in it.
//!
//! # Planted secrets
//!
//! What must never reach a log or be stored unsealed holds the word `canary`: all keys, codes and tokens,
//! `client_secret` of payment intents, and dispute `evidence`. Some charges carry the card number `4242424242424242`
//! in their description (and so in their transaction's and intent's) or in their metadata.
//!
//! # Controls
//!
//! Tests in another process use `/_sandbox/…`, which takes and answers JSON and isn't limited, delayed or counted:
//!
//! | request | body | effect |
//! |---|---|---|
//! | `GET /_sandbox/info` | | [`SandboxInfo`] |
//! | `GET /_sandbox/accounts/{id}/{mode}/ids/{resource}` | | `{"ids": […]}` of a whole list, newest first |
//! | `GET /_sandbox/accounts/{id}/{mode}/keys` | | `{"secret_key", "restricted_key"}` |
//! | `GET`, `DELETE /_sandbox/requests` | | counts by endpoint, status and account; reset |
//! | `POST /_sandbox/faults` | `["rate-limit:first=5"]` | replaces all faults |
//! | `POST /_sandbox/revoke` | `{"key"}` or `{"account", "mode"}` | ends a key, a token's authorization, or all of an account's |
//! | `POST /_sandbox/permissions` | `{"key", "remove", "restore"}` | takes permissions from a restricted key |
//! | `POST /_sandbox/expire-codes` | | unexchanged codes expire |
//! | `POST /_sandbox/expire-app-tokens` | | apps' access tokens expire |
//! | `POST /_sandbox/accounts/{id}/{mode}/update` | `{"resource", "id", "fields"}` | replaces fields of one object |
//! | `POST /_sandbox/accounts/{id}/{mode}/delete` | `{"resource", "id"}` | leaves a stub of a customer or product |
//! | `POST /_sandbox/accounts/{id}/{mode}/create` | `{"amount", "currency", "customer"}` | adds a succeeded charge |
//! | `POST /_sandbox/accounts/{id}/{mode}/wipe` | | every object vanishes, as when test data is deleted |
//!
//! `{mode}` is `test` or `live`. A program plays the merchant by posting `account=acct_…&decision=connect` (or
//! `cancel`) as a form to the authorize URL it was redirected to.

mod access;
mod api;
mod cards;
mod cash;
mod clock;
mod config;
mod control;
mod dice;
mod error;
mod events;
mod expand;
mod fault;
mod fees;
mod http;
mod id;
mod journal;
mod json;
mod keys;
mod kind;
mod limits;
mod list;
mod living;
mod oauth;
mod params;
mod profile;
mod render;
mod sandbox;
mod scenario;
mod select;
mod server;
mod state;
mod target;
mod webhooks;
mod world;
mod writes;

pub use clock::ClockMode;
pub use config::{AccountInfo, PlatformInfo, SandboxConfig, SandboxError, SandboxInfo};
pub use fault::{Fault, FaultError, FaultKind};
pub use kind::{Kind, UnknownKind};
pub use sandbox::{AskError, Footprint, Sandbox};
pub use scenario::{Named, Played, Scenario, ScenarioError, Step};
pub use server::{SandboxHandle, serve};
pub use webhooks::{Outgoing, Receipt, Waiting};
pub use world::ChangeError;

/// The version of the API that the sandbox renders.
pub const STRIPE_VERSION: &str = "2026-10-28.endive";
