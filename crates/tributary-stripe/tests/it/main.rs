//! The crate over HTTP, against a server that answers byte for byte what each test says.

mod connect;
mod reads;
mod server;
