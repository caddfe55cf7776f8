//! When to stop: the first SIGTERM or SIGINT asks to finish what is under way, the second to stop at once.

use std::io;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long finishing may take.
pub const GRACE: Duration = Duration::from_secs(20);

/// Two requests, each made at most once.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    /// Take no new work and finish what is under way.
    pub stop: CancellationToken,
    /// Stop at once.
    pub quit: CancellationToken,
}

impl Shutdown {
    /// Requests that the process's signals make. Within a runtime.
    pub fn on_signals() -> io::Result<Self> {
        let shutdown = Shutdown::default();
        let mut signals = Signals::new()?;
        let Shutdown { stop, quit } = shutdown.clone();
        tokio::spawn(async move {
            signals.next().await;
            tracing::info!("stopping: once more to stop at once");
            stop.cancel();
            signals.next().await;
            quit.cancel();
        });
        Ok(shutdown)
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Signals)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
