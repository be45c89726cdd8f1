//! Which path is answered by whom.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::problem::Problem;
use super::{Server, explaining, feedback, scoring, verdicts};
use crate::config::Scope;

pub(super) fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/v1/score", post(scoring::score))
        .route("/v1/explain", post(explaining::event))
        .route("/v1/feedback", post(feedback::post))
        .route("/v1/verdicts/{id}", get(verdicts::show))
        .route("/v1/verdicts/{id}/replay", get(verdicts::replay))
        .route("/v1/verdicts/{id}/explain", get(explaining::verdict))
        .route("/v1/detectors", get(verdicts::detectors))
        .route("/healthy", get(healthy))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
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
