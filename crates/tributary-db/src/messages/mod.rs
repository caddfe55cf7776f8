//! The outbox: what outsiders are told, written in the transaction of what it tells (invariant 12).
//!
//! [`emit`] is called by use cases, inside their transaction. Order: a message takes its number under the company's
//! row of `message_clocks`, which stays locked until the transaction ends. So within a company ids grow in the order
//! of commits, messages of one transaction included, and whoever reads them by id sees no later one before an
//! earlier one. Because of that lock a use case emits when it holds every other row it needs.

mod clock;
mod event;
mod outbox;
mod reads;
mod sent;
mod verdicts;

pub use event::{Event, Product, emit};
pub use outbox::NO_CONNECTION;
pub(crate) use outbox::about_quota;
pub(crate) use reads::ended;
pub use sent::{Message, find, send_test};
pub(crate) use verdicts::verdict_changed;
