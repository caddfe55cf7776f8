//! Receiving Stripe's events (rule E14).

use crate::bulk::Owner;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::events::{Arrival, dropped, inbox, unmatched};
use crate::{connections, leases};
use std::collections::BTreeMap;
use tributary_core::ids::{AccountId, ConnectionNo, IntegrationId, PlatformNo};
use tributary_core::state::DropReason;

/// Whose event it is: what its endpoint and its envelope say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventOwner {
    /// Every connection that the integration has to the account.
    Account(PlatformNo, IntegrationId, AccountId),
    /// One connection: the event came to an endpoint of its own.
    Connection(ConnectionNo),
}

/// Stores events for the Linked connections that they are for, each once; those for accounts that nobody has linked are
/// kept for a while. Says how many were new.
pub fn receive_events(conn: &mut AnyConn, events: &[(EventOwner, Arrival)]) -> Result<usize, DbError> {
    let now = leases::now(conn)?;
    // In one order, so that processes that get the same events don't wait for each other in a circle.
    let mut by_owner: BTreeMap<&EventOwner, Vec<&Arrival>> = BTreeMap::new();
    for (owner, event) in events {
        by_owner.entry(owner).or_default().push(event);
    }
    let mut by_connection: BTreeMap<ConnectionNo, (Owner, Vec<&Arrival>)> = BTreeMap::new();
    for (owner, events) in by_owner {
        let linked = match owner {
            EventOwner::Account(platform_no, integration, account) => {
                connections::keep_of_account(conn, *platform_no, *integration, account)?
            }
            EventOwner::Connection(no) => connections::keep_linked(conn, *no)?.into_iter().collect(),
        };
        if let (EventOwner::Account(platform_no, integration, account), []) = (owner, &linked[..]) {
            for event in &events {
                if !unmatched::keep(conn, *platform_no, *integration, account, event, now)? {
                    dropped::count(conn, *platform_no, *integration, DropReason::TooMany, now)?;
                }
            }
        }
        for owner in linked {
            by_connection.entry(owner.connection_no).or_insert((owner, Vec::new())).1.extend(&events);
        }
    }
    let mut new = 0;
    for (owner, mut events) in by_connection.into_values() {
        events.sort_by(|a, b| a.id.cmp(&b.id));
        events.dedup_by(|a, b| a.id == b.id);
        new += inbox::add(conn, owner, &events, false, now)?;
    }
    Ok(new)
}
