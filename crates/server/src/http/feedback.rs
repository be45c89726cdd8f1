//! `POST /v1/feedback`: what the events of verdicts were, by whom and on what evidence.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use ringtrue_store::Store;
use serde::Serialize;
use serde_json::{Value, json};

use super::Server;
use super::body::whole;
use super::problem::Problem;
use super::verdicts::{told, unfound};
use crate::clock::now;
use crate::config::Scope;
use crate::feedback::{Feedback, FeedbackError, Kept, keep};
use crate::replay::FindError;

/// One that is not kept.
#[derive(Serialize)]
struct Refused {
    /// Its place in the request, from 0.
    row: u64,
    reason: String,
}

/// What came of a request.
#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    kept: Kept,
    refused: Vec<Refused>,
}

pub(super) async fn post(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let found = taken(&server, &headers, body).await;
    told(&server, found)
}

async fn taken(server: &Arc<Server>, headers: &HeaderMap, body: Body) -> Result<Value, Problem> {
    let settings = server.settings.get();
    let caller = settings.access.check(headers, Scope::Feedback)?;
    if server.labels.is_none() {
        return Err(no_store());
    }
    let body = whole(&settings.config.bounds, body).await?;
    let said = read(&body, settings.config.bounds.events)?;
    let named = said.into_iter().map(|feedback| {
        let who = caller.speaks(feedback.who.as_deref()).map(str::to_owned);
        (feedback, who)
    });
    let named: Vec<_> = named.collect();
    let server = Arc::clone(server);
    let keeping = move || kept(&server, named);
    let done = tokio::task::spawn_blocking(keeping).await;
    done.map_err(|_| Problem::ending())?
}

fn no_store() -> Problem {
    Problem::new(
        (StatusCode::NOT_FOUND, "no_store"),
        "this server keeps no labels",
        "start it with `--store STORE`",
    )
}

/// Reads one word, or a list of them.
fn read(body: &[u8], words_max: usize) -> Result<Vec<Feedback>, Problem> {
    let is_list = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let said = if is_list {
        serde_json::from_slice(body)
    } else {
        serde_json::from_slice(body).map(|one| vec![one])
    };
    let said: Vec<Feedback> = said.map_err(|error| {
        Problem::new(
            (StatusCode::BAD_REQUEST, "not_feedback"),
            error.to_string(),
            "send {\"verdict\": ID, \"label\": \"malicious\", \"benign\", \"unsure\" or null, \"evidence\": TEXT}, or a list of them",
        )
    })?;
    if said.len() > words_max {
        return Err(Problem::new(
            (StatusCode::PAYLOAD_TOO_LARGE, "too_many_events"),
            format!("more than {words_max} stand there"),
            "send fewer at a time, or raise `bounds.events`",
        ));
    }
    Ok(said)
}

fn kept(server: &Server, named: Vec<(Feedback, Option<String>)>) -> Result<Value, Problem> {
    let now = now();
    let task = &server.engine.detectors().champion.task;
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    for ((feedback, who), row) in named.into_iter().zip(0_u64..) {
        let Some(who) = who else {
            let reason =
                "nobody is named who says so, or somebody for whom this token does not speak";
            refused.push(Refused {
                row,
                reason: reason.to_owned(),
            });
            continue;
        };
        match feedback.entry(&server.log, &who, task.meaning(), now) {
            Ok(entry) => entries.push(entry),
            // The log itself does not read: nothing is wrong with what was said.
            Err(FeedbackError::Find(error @ (FindError::Log(_) | FindError::Record(_)))) => {
                return Err(unfound(&error));
            }
            Err(error) => refused.push(Refused {
                row,
                reason: error.to_string(),
            }),
        }
    }
    if entries.is_empty() {
        let reason = refused
            .first()
            .map_or("nothing stands there", |it| &it.reason);
        return Err(Problem::new(
            (StatusCode::UNPROCESSABLE_ENTITY, "not_kept"),
            format!("nothing of it can be kept: {reason}"),
            "the guide `serve` says what stands in feedback",
        ));
    }
    let store = server.labels.as_ref().ok_or_else(no_store)?;
    let kept = Store::open(store).and_then(|store| keep(&store, entries, now));
    let kept = kept.map_err(|error| {
        Problem::new(
            (StatusCode::SERVICE_UNAVAILABLE, "store_failed"),
            error.to_string(),
            "nothing of it was kept: send it again",
        )
    })?;
    Ok(json!(Answer { kept, refused }))
}
