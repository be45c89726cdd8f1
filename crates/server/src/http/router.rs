//! Which path is answered by whom: one table, from which the router and the document of `openapi` are made.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};

use super::openapi::document;
use super::problem::Problem;
use super::{Server, explaining, feedback, scoring, verdicts};
use crate::config::Scope;

/// What a request brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brings {
    /// Nothing but its path.
    Nothing,
    /// Events in any form.
    Events,
    /// What events were.
    Feedback,
}

/// What a request is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// A word for machines that look whether it lives.
    Word,
    /// Counts and times.
    Metrics,
    /// An object of this schema.
    Object(&'static str),
    /// An object of this schema for each event.
    Objects(&'static str),
}

/// One way to ask.
pub(super) struct Way {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    /// What a token must allow; `None`: it is no secret.
    pub(super) scope: Option<Scope>,
    pub(super) brings: Brings,
    pub(super) answers: Answers,
    handler: MethodRouter<Arc<Server>>,
}

/// Every way to ask.
pub(super) fn ways() -> Vec<Way> {
    let all = [of_events(), of_verdicts(), of_workings()];
    all.into_iter().flatten().collect()
}

fn way(
    (method, path): (&'static str, &'static str),
    (name, summary): (&'static str, &'static str),
    scope: Option<Scope>,
    (brings, answers): (Brings, Answers),
    handler: MethodRouter<Arc<Server>>,
) -> Way {
    Way {
        method,
        path,
        name,
        summary,
        scope,
        brings,
        answers,
        handler,
    }
}

fn of_events() -> Vec<Way> {
    vec![
        way(
            ("post", "/v1/score"),
            ("score", "A verdict for each event, in their order"),
            Some(Scope::Score),
            (Brings::Events, Answers::Objects("Verdict")),
            post(scoring::score),
        ),
        way(
            ("post", "/v1/explain"),
            (
                "explainEvent",
                "What counts for and against one event, which gets no verdict",
            ),
            Some(Scope::Explain),
            (Brings::Events, Answers::Object("Explanation")),
            post(explaining::event),
        ),
        way(
            ("post", "/v1/feedback"),
            (
                "feedback",
                "What the events of verdicts were, by whom and on what evidence",
            ),
            Some(Scope::Feedback),
            (Brings::Feedback, Answers::Object("Kept")),
            post(feedback::post),
        ),
    ]
}

fn of_verdicts() -> Vec<Way> {
    vec![
        way(
            ("get", "/v1/verdicts/{id}"),
            (
                "verdict",
                "What was decided, when and by which detector; not the event",
            ),
            Some(Scope::Verdicts),
            (Brings::Nothing, Answers::Object("Decided")),
            get(verdicts::show),
        ),
        way(
            ("get", "/v1/verdicts/{id}/replay"),
            (
                "replay",
                "The logged event through the detector that decided, once more",
            ),
            Some(Scope::Verdicts),
            (Brings::Nothing, Answers::Object("Replay")),
            get(verdicts::replay),
        ),
        way(
            ("get", "/v1/verdicts/{id}/explain"),
            (
                "explainVerdict",
                "What counted for and against the event of a verdict",
            ),
            Some(Scope::Explain),
            (Brings::Nothing, Answers::Object("Explanation")),
            get(explaining::verdict),
        ),
        way(
            ("get", "/v1/detectors"),
            (
                "detectors",
                "Who decides and who is asked, with their known gaps",
            ),
            Some(Scope::Verdicts),
            (Brings::Nothing, Answers::Object("Detectors")),
            get(verdicts::detectors),
        ),
    ]
}

fn of_workings() -> Vec<Way> {
    vec![
        way(
            ("get", "/healthy"),
            ("healthy", "The process answers"),
            None,
            (Brings::Nothing, Answers::Word),
            get(healthy),
        ),
        way(
            ("get", "/ready"),
            ("ready", "The disk took the last verdicts"),
            None,
            (Brings::Nothing, Answers::Word),
            get(ready),
        ),
        way(
            ("get", "/metrics"),
            ("metrics", "Counts and times in Prometheus' text format"),
            Some(Scope::Metrics),
            (Brings::Nothing, Answers::Metrics),
            get(metrics),
        ),
        way(
            ("get", "/openapi.json"),
            ("openapi", "This document"),
            None,
            (Brings::Nothing, Answers::Object("Document")),
            get(openapi),
        ),
    ]
}

pub(super) fn router(server: Arc<Server>) -> Router {
    let ways = ways().into_iter();
    let router = ways.fold(Router::new(), |router, way| {
        router.route(way.path, way.handler)
    });
    router
        .method_not_allowed_fallback(async || Problem::method())
        .fallback(async || Problem::not_found("there is no such path"))
        .with_state(server)
}

/// The process answers.
async fn healthy() -> &'static str {
    "ok\n"
}

/// A verdict would be answered: the disk took what came last.
async fn ready(State(server): State<Arc<Server>>) -> Response {
    if server.ledger.is_well() {
        "ready\n".into_response()
    } else {
        Problem::log("the disk did not take the last verdicts").into_response()
    }
}

async fn metrics(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    let settings = server.settings.get();
    if let Err(problem) = settings.access.check(&headers, Scope::Metrics) {
        return problem.into_response();
    }
    let form = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, form)], server.metrics.text()).into_response()
}

async fn openapi() -> Response {
    Json(document()).into_response()
}
