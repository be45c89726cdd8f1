//! Verdicts that were given, their replay, and the detectors that give them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
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
        &server,
        &headers,
        &id,
        |record, time, _| json!({"time": time, "decision": record.decision, "input_kept": record.input.is_some()}),
    );
    told(&server, found.await)
}

/// `GET /v1/verdicts/{id}/replay`: the same event through the same detector.
pub(super) async fn replay(
    State(server): State<Arc<Server>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = looked_up(&server, &headers, &id, |record, _, detectors| {
        let wanted = record.decision.detector;
        let all = std::iter::once(&detectors.champion).chain(&detectors.shadows);
        let detector = all.into_iter().find(|loaded| loaded.id == wanted);
        match detector {
            _ if wanted.is_none() => json!(Replayed::NotScored),
            Some(loaded) => json!(again(record, loaded)),
            None => json!({"replay": "detector_not_served", "detector": wanted}),
        }
    });
    told(&server, found.await)
}

/// `GET /v1/detectors`: who decides and who is asked.
pub(super) async fn detectors(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    if let Err(problem) = server.access.check(&headers, Scope::Verdicts) {
        return told(&server, Err(problem));
    }
    let now = server.engine.detectors();
    let line = |role: &str, loaded: &Loaded| {
        json!({
            "role": role,
            "id": loaded.id,
            "name": loaded.detector.card.name,
            "kind": loaded.task.kind,
            "calibrated": loaded.detector.card.calibrated,
            "gaps": loaded.detector.card.gaps,
        })
    };
    let shadows = now.shadows.iter().map(|loaded| line("shadow", loaded));
    let all: Vec<_> = std::iter::once(line("champion", &now.champion))
        .chain(shadows)
        .collect();
    Json(json!({ "detectors": all })).into_response()
}

/// Finds a verdict, and says of it what `tell` does, aside from other requests: logs are long.
async fn looked_up(
    server: &Arc<Server>,
    headers: &HeaderMap,
    id: &str,
    tell: impl FnOnce(&VerdictRecord, String, &Detectors) -> serde_json::Value + Send + 'static,
) -> Result<serde_json::Value, Problem> {
    server.access.check(headers, Scope::Verdicts)?;
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
        .map_err(|error: FindError| match error {
            FindError::Unknown(_) => Problem::not_found(error.to_string()),
            FindError::Log(_) | FindError::Record(_) => Problem::new(
                (StatusCode::INTERNAL_SERVER_ERROR, "log_unreadable"),
                error.to_string(),
                "`ringtrue replay` says more of it",
            ),
        })
}

fn told(server: &Server, found: Result<serde_json::Value, Problem>) -> Response {
    match found {
        Ok(value) => Json(value).into_response(),
        Err(problem) => {
            server.metrics.refused(problem.code);
            problem.of_request(&server.next_request()).into_response()
        }
    }
}
