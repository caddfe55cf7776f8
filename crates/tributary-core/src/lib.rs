//! Tributary's vocabulary: ids, states, money, clock, secrets, sealing. No I/O.
//!
//! Everything here is a value or a pure function. Crates that talk to databases, to Stripe or to
//! people share these words, so that an id of one kind can't be passed where another is meant and a
//! secret can't be printed by accident.

pub mod access_token;
pub mod brand;
pub mod clock;
pub mod commerce;
pub mod digest;
pub mod egress;
pub mod http_time;
pub mod ids;
pub mod integration;
pub mod key;
pub mod knowledge;
pub mod link_paths;
pub mod money;
pub mod public_urls;
pub mod read_budget;
pub mod reconciliation;
pub mod resource;
pub mod schema;
pub mod seal;
pub mod secret;
pub mod state;
pub mod sync_settings;
pub mod timetable;
pub mod token;

pub use clock::{Clock, Millis};
pub use egress::{Egress, is_plain_loopback};
pub use integration::{AccessScope, Mode, PlatformKey, SyncMode};
pub use money::Currency;
pub use public_urls::PublicUrls;
pub use read_budget::ReadBudget;
pub use resource::{DataType, Resource};
pub use secret::Secret;
pub use timetable::Timetable;
