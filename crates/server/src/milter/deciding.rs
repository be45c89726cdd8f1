//! One mail to its verdict: the same way that a mail over HTTP takes, logged before it is told.

use std::sync::Arc;

use ringtrue_core::Event;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::letter::{Letter, Unheld};
use super::options::MilterOptions;
use super::reply::Outcome;
use crate::answer::Detail;
use crate::clock::now;
use crate::engine::{Detectors, Job, Told};
use crate::http::Server;
use crate::kept;
use crate::ledger::Entry;
use crate::reading::{Form, Item, read};
use crate::route::Route;
use crate::settings::Settings;
use crate::verdict::{Decision, VerdictRecord};

/// Bytes of a mail that is read where it came in; larger ones are read aside, so that others do not wait for them.
const READ_HERE_BYTES: usize = 16 << 10;

/// Why a mail has no verdict.
enum Without {
    /// It is none, for this reason.
    Unread(String),
    /// It could have one, and has none in time.
    Unscored(&'static str),
}

/// Says what comes of a mail within the deadline of its route.
pub(super) async fn decide(
    server: &Arc<Server>,
    (settings, options): (&Arc<Settings>, &MilterOptions),
    letter: &mut Letter,
    queue_id: &str,
) -> Outcome {
    // A configuration that names a route which is not there was refused.
    let route = settings.routes.get(options.route.as_deref());
    let route = Arc::clone(route.unwrap_or_else(|| settings.routes.usual()));
    let request = server.next_request();
    let without = match letter.unheld() {
        Some(Unheld::TooLarge) => Without::Unread("it is too large".to_owned()),
        Some(Unheld::NoRoom) => Without::Unscored("too much of other mails is held"),
        None => {
            let deciding = scored(
                (server, settings),
                (&route, options.reasons),
                &request,
                letter.take_bytes(),
            );
            match timeout(route.deadline, deciding).await {
                Ok(Ok(told)) => return Outcome::Decided(Box::new(told)),
                Ok(Err(without)) => without,
                Err(_) => {
                    server.metrics().late();
                    log_late(server, &route, &request);
                    Without::Unscored("its deadline passed")
                }
            }
        }
    };
    match without {
        Without::Unread(reason) => {
            server.metrics().milter.unread();
            tracing::info!(request, queue_id, reason, "a mail was not read");
            Outcome::Unread
        }
        Without::Unscored(reason) => {
            tracing::warn!(request, queue_id, reason, "a mail was not scored");
            Outcome::Unscored(route.on_deadline)
        }
    }
}

/// Reads, scores and logs a mail.
async fn scored(
    (server, settings): (&Arc<Server>, &Arc<Settings>),
    (route, reasons): (&Arc<Route>, usize),
    request: &str,
    mail: Vec<u8>,
) -> Result<Told, Without> {
    let detectors = server.engine().detectors();
    let keeps = settings.config.log.inputs;
    let event = if mail.len() <= READ_HERE_BYTES {
        event(&detectors, keeps, &mail)?
    } else {
        let detectors = Arc::clone(&detectors);
        let reading = move || event(&detectors, keeps, &mail);
        let read = tokio::task::spawn_blocking(reading).await;
        read.map_err(|_| Without::Unscored("the server comes to its end"))??
    };
    let (reply, told) = oneshot::channel();
    let job = Job {
        detectors,
        events: vec![event],
        // No header tells whether training saw mails like it.
        detail: Detail {
            reasons,
            coverage: false,
        },
        route: Arc::clone(route),
        request: request.to_owned(),
        time: now(),
        reply,
    };
    let submitted = server.engine().submit(job);
    submitted.map_err(|_| Without::Unscored("too many wait"))?;
    let told = told.await;
    let told = told.map_err(|_| Without::Unscored("the server comes to its end"))?;
    let told = told.map_err(|_| Without::Unscored("the verdict log takes no records"))?;
    told.into_iter()
        .next()
        .ok_or(Without::Unscored("nothing was told of it"))
}

/// Reads a mail, with what is logged of it.
fn event(
    detectors: &Detectors,
    keeps: bool,
    mail: &[u8],
) -> Result<(Event, Option<Vec<u8>>), Without> {
    let items = read(&detectors.champion, (Form::Mail, mail), now(), 1);
    let items = items.map_err(|error| Without::Unread(error.to_string()))?;
    match items.into_iter().next() {
        Some(Item::Event(event)) => {
            let line = keeps.then(|| kept::to_line(&event));
            Ok((*event, line.and_then(Result::ok)))
        }
        Some(Item::Aside(reason)) => Err(Without::Unread(reason)),
        None => Err(Without::Unread("it is empty".to_owned())),
    }
}

/// Logs that a mail's deadline passed, without waiting for it.
fn log_late(server: &Server, route: &Route, request: &str) {
    let decision = Decision::by_deadline(request, route);
    if let Ok(payload) = VerdictRecord::to_payload(&decision, None)
        && !server
            .ledger()
            .try_write(now(), vec![Entry { payload, check: 0 }])
    {
        tracing::warn!(request, "the log has no room for a verdict by deadline");
    }
}
