//! The developers' REST API.
