//! A simulated Stripe for the demo, the tests and the benchmarks.
//!
//! It calls itself a simulation everywhere a person can see it, imitates no brand, and holds no real data.
//!
//! # What it simulates
//!
//! - **Accounts** with test and live data that have nothing in common but the account's id: account, balance, customers,
//!   products, prices, payment intents, charges, refunds, disputes, balance transactions and payouts; payment methods and
//!   setup intents; coupons, tax rates, subscriptions, invoices with lines, items and payments, credit notes; checkout
//!   sessions with line items; terminal locations, transfers with reversals and files; on the platform's own account the
//!   application fees. To retrieve and to list with cursors both ways, `created` ranges, the documented filters,
//!   `expand[]`, and the lists below an object that go on behind its first ten.
//! - **Money that ties out**: per currency the balance is the sum of its transactions, each payout the sum of its
//!   constituents, each charge agrees with its refunds, disputes and transactions, conversions and fees included. A third of
//!   the charges are renewals of subscriptions, about as many pay one-off invoices or checkout sessions: the lines of each
//!   less discounts, with taxes, are its total, which is what its intent amounts to. Charges don't name invoices: invoice
//!   payments link them, by the intent.
//! - **Special cases**: every account of at least 200 charges holds each at least once (a dispute of every status, partial
//!   captures booked in either way, released and expired authorizations, bank debits that are pending or bounced, refunds
//!   of every status, a failed and a cancelled payout, currencies without and with three decimals, a negative balance, fees
//!   in several rows, deleted customers and products that others still name, more than 150 customers made in the second
//!   of a charge; invoices, subscriptions, setup intents and sessions of every status; an invoice, a session, a credit note
//!   and a subscription of more than ten lines, a transfer of more than ten reversals; an invoice in each of those
//!   currencies; taxes that are added and that prices include, archived tax rates, a coupon of each duration, one deleted;
//!   a void credit note; a session that made an invoice, one whose bank debit is on its way). From 1000 charges on, 160 charges share one second.
//! - **Connect OAuth**: consent page, code, tokens, refresh, deauthorization, and every documented refusal. API and OAuth
//!   share one base URL. Every loopback redirect URI is registered. The OAuth of apps (`/oauth/v2/authorize`,
//!   `/v1/oauth/token`) has access tokens of an hour and refresh tokens that are replaced with each use.
//! - **Keys**: secret, restricted (with permissions that can be taken away), the platform's with `Stripe-Account`.
//! - **Limits, latency and faults** on request: see [`Fault`] for their words.
//! - **Writes** with Stripe's words, refusals and idempotency keys: customers, products, prices, payment intents (with test
//!   payment methods that succeed, are declined, disputed or debited from a bank), refunds, disputes, payouts,
//!   subscriptions, invoices. Each moves the money that it would move; keys without the right to write are refused.
//! - **Events** of the last 30 days: of the generated history with the objects as they stood, and of every write and of
//!   passing time with the object of that moment. [`SandboxConfig::api_version`] renders them in another version than
//!   objects, in a few respects that changed.
//! - **Webhook endpoints** of accounts and, with `connect`, of the platform; deliveries signed by Stripe's scheme, tried
//!   again by the clock, in no promised order, and lost, doubled, late or forged on request. They only go to this machine.
//! - **A clock** that runs or stands still ([`ClockMode`]), may be ahead of the machine's or behind
//!   ([`SandboxConfig::skew_secs`]) and can be moved forward: money becomes available and is paid out, bank debits arrive or
//!   bounce, authorizations expire, subscriptions renew. `Date` headers follow it.
//! - **Scenarios**: what happened on a day, step by step; see [`Step`].
//!
//! # What it doesn't
//!
//! Search, API versions other than [`STRIPE_VERSION`] of objects (a requested one is echoed, not rendered), thin events and
//! event destinations, the objects that nothing here reads (promotion codes, quotes, payment links, plans, readers),
//! writes of sessions, coupons, tax rates, transfers and credit notes, prorations, retries of declined renewals, refunds of
//! application fees, the fees' own balance transactions, and writes of restricted keys (they may only read). Buyers of
//! writes pay with a made-up card, whatever test card was named. Deliveries that wait when the sandbox ends are
//! forgotten. With a running clock an account stands still between moves, at first at [`SandboxConfig::end`].
//!
//! # Where its data comes from
//!
//! Everything is a pure function of seed, account number, mode, number of charges and end. An object is kept as a few dozen
//! bytes and written as JSON when it is asked for; its id holds its place in its list, so no map of ids is needed. Keys,
//! codes and tokens are derived from the seed. The state file keeps what else there is: authorizations, revocations,
//! endpoints and how far the clock was moved; beside it a journal (`….writes`) keeps at most 100,000 writes, one line
//! each, which a restart makes again with the same ids, objects and events. No key, code or token is in either. With a
//! still clock the same requests in the same order always have the same answers.
//!
//! # Planted secrets
//!
//! What must never reach a log or be stored unsealed holds the word `canary`: all keys, codes and tokens,
//! `client_secret` of payment and setup intents, and dispute `evidence`. Some charges carry the card number `4242424242424242`
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
//! | `POST /_sandbox/accounts/{id}/{mode}/dispute` | `{"charge", "amount", "inquiry"}` | a buyer disputes a charge |
//! | `POST /_sandbox/accounts/{id}/{mode}/verdict` | `{"dispute", "won"}` | the bank decides a dispute |
//! | `POST /_sandbox/accounts/{id}/{mode}/fail` | `{"refund"}` or `{"payout"}` | it can't be delivered |
//! | `GET`, `POST /_sandbox/clock` | `{"advance_secs": 86400}` | the time; moves it for all accounts |
//! | `POST /_sandbox/scenario` | steps, or `{"account", "mode", "steps"}` | plays them; [`Played`] |
//! | `POST /_sandbox/webhook-endpoints` | `{"mode", "url", "enabled_events"}` | an endpoint of the platform with the secret of [`PlatformInfo`] |
//! | `GET`, `DELETE /_sandbox/deliveries` | | what waits, how many are under way, and the latest attempts ([`Waiting`]); forgets the attempts |
//! | `POST /_sandbox/deliveries/hurry` | | all that waits is sent at once |
//!
//! Changes of objects have the events that Stripe would send. Revoking an account's authorizations sends
//! `account.application.deauthorized` to the platform's endpoints.
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
mod disturb;
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
