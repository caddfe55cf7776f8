//! Stripe on the wire: client, OAuth, limits, typed objects. No database.
