//! `POST /v1/score`: events in, verdicts out, in the order of the events.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Server;
use super::body::{form, whole};
use super::problem::Problem;
use super::query::Query;
use crate::answer::{Answer, Detail};
use crate::clock::{instant, now};
use crate::config::Scope;
use crate::engine::{Detectors, Job, NotTaken};
use crate::kept;
use crate::ledger::Entry;
use crate::line::Line;
use crate::reading::{Form, Item, read};
use crate::route::Route;
use crate::settings::Settings;
use crate::verdict::{DecidedBy, Decision, VerdictRecord};

/// Bytes of a body that is read where it came in; larger ones are read aside, so that others do not wait for them.
const READ_HERE_BYTES: usize = 16 << 10;

/// What a request asks for, apart from its body.
struct Asked {
    settings: Arc<Settings>,
    route: Arc<Route>,
    form: Form,
    reasons: usize,
    request: String,
}

pub(super) async fn score(
    State(server): State<Arc<Server>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let request = server.next_request();
    match answered(&server, (&headers, query.as_deref()), body, &request).await {
        Ok(response) => response,
        Err(problem) => {
            server.metrics.refused(problem.code);
            problem.of_request(&request).into_response()
        }
    }
}

async fn answered(
    server: &Arc<Server>,
    (headers, query): (&HeaderMap, Option<&str>),
    body: Body,
    request: &str,
) -> Result<Response, Problem> {
    let settings = server.settings.get();
    settings.access.check(headers, Scope::Score)?;
    let query = Query::of(query)?;
    let route = settings.routes.get(query.route);
    let route = Arc::clone(route.ok_or_else(|| Problem::not_found("there is no such route"))?);
    let form = form(headers)?;
    let body = whole(&settings.config.bounds, body).await?;
    let start = instant();
    let asked = Asked {
        settings,
        route: Arc::clone(&route),
        form,
        reasons: query.reasons,
        request: request.to_owned(),
    };
    let lines = match timeout(route.deadline, decide(server, asked, body)).await {
        Ok(lines) => lines?,
        Err(_) => vec![late(server, &route, request)],
    };
    server.metrics.answered(start.elapsed());
    Ok(written(form, &lines))
}

/// Reads, scores and logs the events of a request.
async fn decide(server: &Arc<Server>, asked: Asked, body: Bytes) -> Result<Vec<Line>, Problem> {
    let detectors = server.engine.detectors();
    let (form, on_deadline) = (asked.form, asked.route.on_deadline);
    let (events, mut lines) = if body.len() <= READ_HERE_BYTES {
        events((server, &asked.settings), &detectors, form, &body)?
    } else {
        let (server, settings) = (Arc::clone(server), Arc::clone(&asked.settings));
        let detectors = Arc::clone(&detectors);
        let reading = move || events((&server, &settings), &detectors, form, &body);
        let read = tokio::task::spawn_blocking(reading).await;
        read.map_err(|_| Problem::ending())??
    };
    if events.is_empty() {
        return Err(no_event(&lines));
    }
    let (reply, told) = oneshot::channel();
    let job = Job {
        detectors,
        events,
        detail: Detail {
            reasons: asked.reasons,
            coverage: true,
        },
        route: asked.route,
        request: asked.request,
        time: now(),
        reply,
    };
    server.engine.submit(job).map_err(|error| match error {
        NotTaken::Busy => Problem::busy().with_action(on_deadline),
        NotTaken::Ending => Problem::ending(),
    })?;
    let told = told.await.map_err(|_| Problem::ending())?;
    let told = told.map_err(|reason| Problem::log(&reason).with_action(on_deadline))?;
    let mut told = told.into_iter();
    for (line, row) in lines.iter_mut().zip(0_u64..) {
        if line.is_none() {
            *line = told.next().map(|told| Line::Verdict {
                verdict: told.verdict,
                decided_by: told.decided_by,
                answer: Box::new(Answer { row, ..told.answer }),
            });
        }
    }
    Ok(lines.into_iter().flatten().collect())
}

/// Says why no row of a request is an event, by its first.
fn no_event(lines: &[Option<Line>]) -> Problem {
    Problem::no_event(match lines.first() {
        Some(Some(Line::Aside { set_aside, .. })) => set_aside,
        _ => "no row stands there",
    })
}

/// The events of a request with what is logged of them, and a line for each row; `None` where it waits for its verdict.
type Events = (
    Vec<(ringtrue_core::Event, Option<Vec<u8>>)>,
    Vec<Option<Line>>,
);

fn events(
    (server, settings): (&Server, &Settings),
    detectors: &Detectors,
    form: Form,
    body: &[u8],
) -> Result<Events, Problem> {
    let events_max = settings.config.bounds.events;
    let items = read(&detectors.champion, (form, body), now(), events_max)?;
    let (mut events, mut lines) = (Vec::with_capacity(items.len()), Vec::new());
    let mut aside = 0;
    for (item, row) in items.into_iter().zip(0_u64..) {
        lines.push(match item {
            Item::Event(event) => {
                let line = settings.config.log.inputs.then(|| kept::to_line(&event));
                events.push((*event, line.and_then(Result::ok)));
                None
            }
            Item::Aside(set_aside) => {
                aside += 1;
                Some(Line::Aside { row, set_aside })
            }
        });
    }
    server.metrics.set_aside(aside);
    Ok((events, lines))
}

/// Says what is done with events of which the deadline passed, and logs that without waiting for it.
fn late(server: &Server, route: &Route, request: &str) -> Line {
    server.metrics.late();
    let decision = Decision::by_deadline(request, route);
    if let Ok(payload) = VerdictRecord::to_payload(&decision, None)
        && !server
            .ledger
            .try_write(now(), vec![Entry { payload, check: 0 }])
    {
        tracing::warn!(request, "the log has no room for a verdict by deadline");
    }
    Line::Late {
        verdict: None,
        decided_by: DecidedBy::Deadline,
        row: 0,
        score: None,
        action: route.on_deadline,
    }
}

/// Writes lines in the form in which the events came: one object for a message and for a JSON object, else one a line.
fn written(form: Form, lines: &[Line]) -> Response {
    let is_one = matches!(form, Form::Json | Form::Mail) && lines.len() == 1;
    let mut body = Vec::new();
    let mut is_whole = true;
    for line in lines {
        is_whole &= serde_json::to_writer(&mut body, line).is_ok();
        body.push(b'\n');
    }
    if !is_whole {
        return Problem::ending().into_response();
    }
    let form = if is_one {
        "application/json"
    } else {
        "application/x-ndjson"
    };
    ([(header::CONTENT_TYPE, form)], body).into_response()
}
