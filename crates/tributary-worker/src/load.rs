//! What all connections that a process pulls share, so that none takes it all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;

/// The process's room for pages, and whether connections wait for a place. Clones share both.
#[derive(Clone, Debug)]
pub struct Load {
    pages: Arc<Semaphore>,
    is_crowded: Arc<AtomicBool>,
}

impl Load {
    /// Room for so many pages at once: asked for, or read and not yet stored. Whoever waits first is served first.
    pub fn new(pages_at_once: usize) -> Self {
        let pages = pages_at_once.clamp(1, Semaphore::MAX_PERMITS);
        Load { pages: Arc::new(Semaphore::new(pages)), is_crowded: Arc::default() }
    }

    pub(crate) fn pages(&self) -> Arc<Semaphore> {
        Arc::clone(&self.pages)
    }

    /// Whether connections wait while every place is taken.
    pub(crate) fn is_crowded(&self) -> bool {
        self.is_crowded.load(Ordering::Relaxed)
    }

    pub(crate) fn set_crowded(&self, is_crowded: bool) {
        self.is_crowded.store(is_crowded, Ordering::Relaxed);
    }
}
