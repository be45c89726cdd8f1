//! The HTTP door.
//!
//! ```text
//!   connection (at most so many) ─TLS─► head (so many seconds) ─router─► access ─► body (so many bytes and seconds)
//!                                                                           ─► engine ─► answer by the deadline
//! ```

mod access;
mod listener;
mod problem;
mod router;
mod scoring;
mod verdicts;

pub use listener::{Listener, serve};

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::now;
use crate::config::Config;
use crate::engine::Engine;
use crate::ledger::Ledger;
use crate::metrics::Metrics;
use access::Access;

/// What every request needs.
pub struct Server {
    engine: Engine,
    ledger: Arc<Ledger>,
    metrics: Arc<Metrics>,
    config: Config,
    access: Access,
    /// The folder of the verdict log.
    log: PathBuf,
    /// Told in every request's name, so that names do not repeat after a new start.
    started: i64,
    requests: AtomicU64,
}

impl Server {
    /// Puts together what serves; `log` is the folder in which `ledger` writes.
    #[must_use]
    pub fn new(
        engine: Engine,
        (ledger, log): (Arc<Ledger>, PathBuf),
        metrics: Arc<Metrics>,
        config: Config,
    ) -> Self {
        Self {
            engine,
            ledger,
            metrics,
            access: Access::of(&config.tokens),
            config,
            log,
            started: now().0,
            requests: AtomicU64::new(0),
        }
    }

    /// Returns how it behaves.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the engine, for swapping its detectors.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    fn next_request(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{number:x}", self.started)
    }
}
