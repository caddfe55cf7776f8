//! Waiting for conditions. A test never sleeps in the hope that something has happened.

use std::time::{Duration, Instant};

/// How long most things may take on a busy machine before the test says that they never happen.
pub const SOON: Duration = Duration::from_secs(60);

/// Asks until there is an answer, and panics with `what` at the deadline.
pub fn until<T>(what: &str, within: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < within, "not within {} s: {what}", within.as_secs());
        std::thread::sleep(Duration::from_millis(20));
    }
}
