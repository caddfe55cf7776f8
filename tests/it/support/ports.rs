//! Ports for listeners: below the range that the system gives to outgoing connections, so that none is
//! taken between the moment it is chosen and the moment it is listened on.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A port on 127.0.0.1 that nothing listens on and no other test of this process was given.
pub fn free() -> u16 {
    let start = u16::try_from(std::process::id() % 8_000).unwrap();
    for _ in 0..9_000 {
        let port = 20_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 9_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port between 20000 and 29000");
}
