//! Explanations: what counted for and against an event that is sent, or that a verdict was given on.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use ringtrue_core::Event;
use serde_json::Value;
use tokio::time::timeout;

use super::Server;
use super::body::{form, whole};
use super::problem::Problem;
use super::verdicts::{by_id, looked_up, told};
use crate::clock::now;
use crate::config::Scope;
use crate::explained::Explained;
use crate::loaded::Loaded;
use crate::reading::{Item, read};
use crate::replay::{logged_event, signals};

/// `POST /v1/explain`: one event, which gets no verdict. What is known of its user and host stays out: it is no part of their habits.
pub(super) async fn event(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let found = of_event(&server, &headers, body).await;
    told(&server, found)
}

async fn of_event(server: &Arc<Server>, headers: &HeaderMap, body: Body) -> Result<Value, Problem> {
    let settings = server.settings.get();
    settings.access.check(headers, Scope::Explain)?;
    let form = form(headers)?;
    let body = whole(&settings.config.bounds, body).await?;
    let detectors = server.engine.detectors();
    explained(server, move || {
        let items = read(&detectors.champion, (form, &body), now(), 1)?;
        match items.into_iter().next() {
            Some(Item::Event(event)) => explain(&detectors.champion, *event, &[]),
            Some(Item::Aside(reason)) => Err(Problem::no_event(&reason)),
            None => Err(Problem::no_event("no row stands there")),
        }
    })
    .await
}

/// `GET /v1/verdicts/{id}/explain`: the logged event through the detector that decided, with the habits of its user and host by then.
pub(super) async fn verdict(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = of_verdict(&server, &headers, &id).await;
    told(&server, found)
}

async fn of_verdict(server: &Arc<Server>, headers: &HeaderMap, id: &str) -> Result<Value, Problem> {
    let at = (server, Scope::Explain);
    let record = looked_up(at, headers, id, |record, _, _| record.clone()).await?;
    let detectors = server.engine.detectors();
    explained(server, move || {
        let wanted = record.decision.detector;
        let loaded = wanted.and_then(|_| by_id(&detectors, wanted));
        let loaded = loaded.ok_or_else(|| gone("the detector that decided is not served"))?;
        let event = logged_event(&record);
        let event = event.ok_or_else(|| gone("the event was not kept, or is damaged"))?;
        explain(loaded, event, &record.decision.habits)
    })
    .await
}

/// Explains aside from verdicts, one event at a time; whoever would wait for longer than for a verdict is told to come again.
async fn explained(
    server: &Arc<Server>,
    explain: impl FnOnce() -> Result<Value, Problem> + Send + 'static,
) -> Result<Value, Problem> {
    let usual = server.settings.get().routes.usual().deadline;
    let turn = timeout(usual, server.explaining.acquire()).await;
    let turn = turn.map_err(|_| Problem::busy())?;
    let turn = turn.map_err(|_| Problem::ending())?;
    let done = tokio::task::spawn_blocking(explain).await;
    drop(turn);
    done.map_err(|_| Problem::ending())?
}

fn explain(loaded: &Loaded, mut event: Event, habits: &[u32]) -> Result<Value, Problem> {
    let id = event.id();
    let signals = signals(loaded, &mut event, habits);
    let explained = Explained::of(loaded, &event, &signals, None);
    let explained = explained.map_err(|error| {
        Problem::new(
            (StatusCode::UNPROCESSABLE_ENTITY, "not_explained"),
            error.to_string(),
            "`ringtrue explain --labelled FILE --interventional` takes absent signals from labelled events",
        )
    })?;
    Ok(Value::Object(Explained { id, ..explained }.to_json(0)))
}

fn gone(reason: &str) -> Problem {
    Problem::new(
        (StatusCode::GONE, "gone"),
        format!("the verdict cannot be explained: {reason}"),
        "`ringtrue explain` explains an event with any detector that is stored",
    )
}
