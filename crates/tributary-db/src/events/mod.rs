//! Stripe's events: those that wait to be applied ([`inbox`]), how far they were listed ([`feeds`]), those of accounts
//! that nobody has linked yet ([`unmatched`]), and how many were not kept ([`dropped`]).

pub mod dropped;
pub mod feeds;
pub mod inbox;
#[cfg(test)]
mod tests;
pub mod unmatched;

/// An event as it is kept: what it says, without what only tells of its delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Stripe's id, `evt_…`.
    pub id: String,
    /// What happened, `charge.succeeded`.
    pub event_type: String,
    /// The version of Stripe's API that `object` is written in.
    pub api_version: Option<String>,
    /// When it happened, by Stripe's clock: Unix seconds.
    pub created_secs: i64,
    /// The object that it speaks of, as it was then: JSON without secrets (rule E18).
    pub object: String,
}
