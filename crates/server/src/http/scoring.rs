//! `POST /v1/score`: events in, verdicts out, in the order of the events.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ringtrue_core::Action;
use serde::Serialize;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Server;
use super::problem::Problem;
use crate::answer::Answer;
use crate::clock::{instant, now};
use crate::config::Scope;
use crate::engine::{Detectors, Job, NotTaken};
use crate::kept;
use crate::ledger::Entry;
use crate::reading::{Form, Item, read};
use crate::verdict::{DecidedBy, Decision, VerdictId, VerdictRecord};

/// Bytes of a body that is read where it came in; larger ones are read aside, so that others do not wait for them.
const READ_HERE_BYTES: usize = 16 << 10;
/// Reasons for each score that a request may ask for.
const REASONS_MAX: usize = 64;

/// One line of the answer.
#[derive(Serialize)]
#[serde(untagged)]
enum Line {
    Verdict {
        verdict: VerdictId,
        decided_by: DecidedBy,
        #[serde(flatten)]
        answer: Box<Answer>,
    },
    /// The deadline passed before it was scored or logged.
    Late {
        verdict: Option<VerdictId>,
        decided_by: DecidedBy,
        row: u64,
        score: Option<f64>,
        action: Action,
    },
    /// The row is no event.
    Aside { row: u64, set_aside: String },
}

/// What a request asks for, apart from its body.
struct Asked {
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
    server.access.check(headers, Scope::Score)?;
    let asked = Asked {
        form: form(headers)?,
        reasons: reasons(query)?,
        request: request.to_owned(),
    };
    let body = whole(server, body).await?;
    let (start, form) = (instant(), asked.form);
    let deadline = Duration::from_millis(server.config.deadline_milliseconds);
    let lines = match timeout(deadline, decide(server, asked, body)).await {
        Ok(lines) => lines?,
        Err(_) => vec![late(server, request)],
    };
    server.metrics.answered(start.elapsed());
    Ok(written(form, &lines))
}

/// Waits for the whole body.
async fn whole(server: &Server, body: Body) -> Result<Bytes, Problem> {
    let bounds = &server.config.bounds;
    let reading = to_bytes(body, bounds.body_bytes);
    let read = timeout(Duration::from_secs(bounds.body_seconds), reading).await;
    let read = read.map_err(|_| Problem::slow())?;
    read.map_err(|error| {
        let is_long = std::error::Error::source(&error)
            .is_some_and(|source| source.to_string().contains("length limit"));
        if is_long {
            Problem::too_large(bounds.body_bytes)
        } else {
            Problem::cut()
        }
    })
}

/// Reads, scores and logs the events of a request.
async fn decide(server: &Arc<Server>, asked: Asked, body: Bytes) -> Result<Vec<Line>, Problem> {
    let detectors = server.engine.detectors();
    let (events, mut lines) = if body.len() <= READ_HERE_BYTES {
        events(server, &detectors, asked.form, &body)?
    } else {
        let (server, detectors) = (Arc::clone(server), Arc::clone(&detectors));
        let reading = move || events(&server, &detectors, asked.form, &body);
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
        reasons: asked.reasons,
        request: asked.request,
        time: now(),
        reply,
    };
    server.engine.submit(job).map_err(|error| match error {
        NotTaken::Busy => Problem::busy().with_action(server.config.on_deadline),
        NotTaken::Ending => Problem::ending(),
    })?;
    let told = told.await.map_err(|_| Problem::ending())?;
    let told =
        told.map_err(|reason| Problem::log(&reason).with_action(server.config.on_deadline))?;
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
    let reason = match lines.first() {
        Some(Some(Line::Aside { set_aside, .. })) => set_aside.as_str(),
        _ => "no row stands there",
    };
    Problem::new(
        (StatusCode::UNPROCESSABLE_ENTITY, "no_event"),
        format!("nothing in the body is an event: {reason}"),
        "an event is an object, such as {\"url\": \"https://example.com/\"}, or in text/plain a line",
    )
}

/// The events of a request with what is logged of them, and a line for each row; `None` where it waits for its verdict.
type Events = (
    Vec<(ringtrue_core::Event, Option<Vec<u8>>)>,
    Vec<Option<Line>>,
);

fn events(
    server: &Server,
    detectors: &Detectors,
    form: Form,
    body: &[u8],
) -> Result<Events, Problem> {
    let events_max = server.config.bounds.events;
    let items = read(&detectors.champion, (form, body), now(), events_max)?;
    let (mut events, mut lines) = (Vec::with_capacity(items.len()), Vec::new());
    let mut aside = 0;
    for (item, row) in items.into_iter().zip(0_u64..) {
        lines.push(match item {
            Item::Event(event) => {
                let line = server.config.log.inputs.then(|| kept::to_line(&event));
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
fn late(server: &Server, request: &str) -> Line {
    server.metrics.late();
    let action = server.config.on_deadline;
    let decision = Decision {
        request: request.to_owned(),
        event: None,
        detector: None,
        margin: None,
        score: None,
        action,
        decided_by: DecidedBy::Deadline,
        habits: Vec::new(),
        shadows: Vec::new(),
        sample: None,
    };
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
        action,
    }
}

fn form(headers: &HeaderMap) -> Result<Form, Problem> {
    let mut given = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (given.next(), given.next()) else {
        return Err(Problem::form("none, or several"));
    };
    let text = value.to_str().unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "application/json" => Ok(Form::Json),
        "application/x-ndjson" | "application/jsonl" => Ok(Form::Ndjson),
        "message/rfc822" => Ok(Form::Mail),
        "text/plain" => Ok(Form::Lines),
        _ => Err(Problem::form(essence)),
    }
}

fn reasons(query: Option<&str>) -> Result<usize, Problem> {
    let odd = || {
        Problem::new(
            (StatusCode::BAD_REQUEST, "query"),
            "the query is not understood",
            "`?reasons=N` asks for at most N reasons, up to 64",
        )
    };
    let Some(query) = query.filter(|query| !query.is_empty()) else {
        return Ok(0);
    };
    let number = query.strip_prefix("reasons=").ok_or_else(odd)?;
    let number: usize = number.parse().map_err(|_| odd())?;
    if number > REASONS_MAX {
        return Err(odd());
    }
    Ok(number)
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
