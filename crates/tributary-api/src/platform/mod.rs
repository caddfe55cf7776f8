//! What a platform sets for itself: its profile, its API keys, which pages may embed Link.

mod address;
pub(crate) mod api_keys;
pub(crate) mod cors;
pub(crate) mod profile;
