//! Verdicts that were given, their replay, and the detectors that give them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use ringtrue_core::Digest;
use serde_json::json;

use super::Server;
use super::problem::Problem;
use crate::config::Scope;
use crate::engine::Detectors;
use crate::loaded::Loaded;
use crate::replay::{FindError, Replayed, find, replay as again};
use crate::verdict::{VerdictId, VerdictRecord};

/// `GET /v1/verdicts/{id}`: what was decided, without the event.
pub(super) async fn show(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = looked_up(
        (&server, Scope::Verdicts),
        &headers,
        &id,
        |record, time, _| json!({"time": time, "decision": record.decision, "input_kept": record.input.line().is_some()}),
    );
    told(&server, found.await)
}

/// `GET /v1/verdicts/{id}/replay`: the same event through the same detector.
pub(super) async fn replay(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = looked_up(
        (&server, Scope::Verdicts),
        &headers,
        &id,
        |record, _, detectors| {
            let wanted = record.decision.detector;
            match by_id(detectors, wanted) {
                _ if wanted.is_none() => json!(Replayed::NotScored),
                Some(loaded) => json!(again(record, loaded)),
                None => json!({"replay": "detector_not_served", "detector": wanted}),
            }
        },
    );
    told(&server, found.await)
}

/// Returns the detector of this id among those that are served.
pub(super) fn by_id(detectors: &Detectors, id: Option<Digest>) -> Option<&Loaded> {
    let mut all = detectors.all().map(|(_, loaded)| loaded);
    all.find(|loaded| loaded.id == id)
}

/// `GET /v1/detectors`: who decides and who is asked.
pub(super) async fn detectors(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    let settings = server.settings.get();
    if let Err(problem) = settings.access.check(&headers, Scope::Verdicts) {
        return told(&server, Err(problem));
    }
    let now = server.engine.detectors();
    let line = |(role, loaded): (&str, &Loaded)| {
        json!({
            "role": role,
            "id": loaded.id,
            "name": loaded.detector.card.name,
            "kind": loaded.task.kind,
            "calibrated": loaded.detector.card.calibrated,
            "gaps": loaded.detector.card.gaps,
        })
    };
    let all: Vec<_> = now.all().map(line).collect();
    Json(json!({ "detectors": all })).into_response()
}

/// Finds a verdict, and says of it what `tell` does, aside from other requests: logs are long.
pub(super) async fn looked_up<T: Send + 'static>(
    (server, scope): (&Arc<Server>, Scope),
    headers: &HeaderMap,
    id: &str,
    tell: impl FnOnce(&VerdictRecord, String, &Detectors) -> T + Send + 'static,
) -> Result<T, Problem> {
    server.settings.get().access.check(headers, scope)?;
    let id: VerdictId = id
        .parse()
        .map_err(|_| Problem::not_found("a verdict is named by 32 hexadecimal digits"))?;
    let (log, detectors) = (server.log.clone(), server.engine.detectors());
    let looking = move || {
        let (record, stored) = find(&log, id)?;
        Ok(tell(&record, stored.time.to_string(), &detectors))
    };
    let found = tokio::task::spawn_blocking(looking).await;
    found
        .map_err(|_| Problem::ending())?
        .map_err(|error| unfound(&error))
}

/// Says why a verdict was not found.
pub(super) fn unfound(error: &FindError) -> Problem {
    match error {
        FindError::Unknown(_) | FindError::Dropped(_) => Problem::not_found(error.to_string()),
        FindError::Log(_) | FindError::Record(_) => Problem::new(
            (StatusCode::INTERNAL_SERVER_ERROR, "log_unreadable"),
            error.to_string(),
            "`ringtrue replay` says more of it",
        ),
    }
}

/// Answers with what came of a request.
pub(super) fn told(server: &Server, found: Result<serde_json::Value, Problem>) -> Response {
    match found {
        Ok(value) => Json(value).into_response(),
        Err(problem) => {
            server.metrics.refused(problem.code);
            problem.of_request(&server.next_request()).into_response()
        }
    }
}
