//! The HTTP door.
//!
//! ```text
//!   connection (at most so many) ─TLS─► head (so many seconds) ─router─► access ─► body (so many bytes and seconds)
//!                                                                           ─► engine ─► answer by the deadline
//! ```

mod access;
mod body;
mod explaining;
mod feedback;
mod listener;
mod openapi;
mod pace;
mod problem;
mod query;
mod router;
mod scoring;
mod verdicts;

pub(crate) use access::Access;
pub use listener::{Certificates, Listener, serve};

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Semaphore;

use crate::clock::now;
use crate::engine::Engine;
use crate::ledger::Ledger;
use crate::metrics::Metrics;
use crate::settings::{Current, Settings};

/// What every request needs.
pub struct Server {
    engine: Engine,
    ledger: Arc<Ledger>,
    metrics: Arc<Metrics>,
    settings: Current,
    /// The folder of the verdict log.
    log: PathBuf,
    /// The folder of the store that keeps what events were; `None` if nobody is asked.
    labels: Option<PathBuf>,
    /// One explanation at a time: each takes as long as thousands of verdicts.
    explaining: Semaphore,
    /// Told in every request's name, so that names do not repeat after a new start.
    started: i64,
    requests: AtomicU64,
}

impl Server {
    /// Puts together what serves; `log` is the folder in which `ledger` writes, `labels` that of the store that keeps what events were.
    #[must_use]
    pub fn new(
        engine: Engine,
        (ledger, log): (Arc<Ledger>, PathBuf),
        metrics: Arc<Metrics>,
        settings: Settings,
        labels: Option<PathBuf>,
    ) -> Self {
        Self {
            engine,
            ledger,
            metrics,
            settings: Current::new(settings),
            log,
            labels,
            explaining: Semaphore::new(1),
            started: now().0,
            requests: AtomicU64::new(0),
        }
    }

    /// Returns what is in force, for looking at it and for replacing it.
    #[must_use]
    pub const fn settings(&self) -> &Current {
        &self.settings
    }

    /// Returns the engine, for swapping its detectors.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns what is counted.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Returns the verdict log.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn next_request(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{number:x}", self.started)
    }
}
