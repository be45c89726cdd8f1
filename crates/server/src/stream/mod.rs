//! Events that come by themselves: followed logs and standard input. Each gets its verdict as if it had been asked for; nobody waits
//! for it inline, so that no deadline passes.
//!
//! ```text
//!   Tail, standard input ─► source (as it comes) ─► engine ─► verdict log ─► alerts (NDJSON, webhook), standard output
//!            ▲ where following goes on after a new start ◄───────┘
//! ```

mod alert;
mod alerter;
mod follow;
mod standard;
mod tail;
mod webhook;

pub use alerter::{AlertError, AlertOptions, Alerter};
pub use follow::{FollowError, FollowOptions, Followed, follow};
pub use standard::{StandardError, standard};
pub use tail::Stop;

use std::sync::Arc;
use std::time::Duration;

use ringtrue_core::Event;
use tokio::sync::oneshot;

use crate::answer::Detail;
use crate::clock::now;
use crate::engine::{Detectors, Job, NotTaken, Told};
use crate::http::Server;
use crate::kept;
use crate::route::Route;

/// How long is waited before what was not taken is handed over again, at first.
const AGAIN: Duration = Duration::from_millis(200);
/// ... and in the end, while the log takes nothing: each time the events are scored anew, and are seen once more by what remembers users and hosts.
const AGAIN_MAX: Duration = Duration::from_mins(1);

/// Scores events, and waits until their verdicts are logged, however long the queue or the disk make that; `None` if it comes to the
/// end before.
fn decided(
    (server, stop): (&Server, &Stop),
    detectors: &Arc<Detectors>,
    route: &Arc<Route>,
    (events, reasons): (&[Event], usize),
) -> Option<Vec<Told>> {
    let inputs = server.settings().get().config.log.inputs;
    let mut again = AGAIN;
    loop {
        let (reply, told) = oneshot::channel();
        let events = events.iter().map(|event| {
            let line = inputs.then(|| kept::to_line(event));
            (event.clone(), line.and_then(Result::ok))
        });
        let submitted = server.engine().submit(Job {
            detectors: Arc::clone(detectors),
            events: events.collect(),
            detail: Detail {
                reasons,
                coverage: true,
            },
            route: Arc::clone(route),
            request: server.next_request(),
            time: now(),
            reply,
        });
        match submitted {
            Ok(()) => match told.blocking_recv() {
                Ok(Ok(told)) => return Some(told),
                Ok(Err(reason)) => {
                    tracing::error!(reason = &*reason, "verdicts wait for the log");
                    again = again.saturating_mul(4).min(AGAIN_MAX);
                }
                Err(_) => return None,
            },
            Err(NotTaken::Busy) => {}
            Err(NotTaken::Ending) => return None,
        }
        if stop.wait(again) {
            return None;
        }
    }
}
