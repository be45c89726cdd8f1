//! The body of a request: in what form it comes, and all of it in time.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, header};

use super::problem::Problem;
use crate::config::Bounds;
use crate::reading::Form;

/// Waits for the whole body.
pub(super) async fn whole(bounds: &Bounds, body: Body) -> Result<Bytes, Problem> {
    let reading = to_bytes(body, bounds.body_bytes);
    let read = tokio::time::timeout(Duration::from_secs(bounds.body_seconds), reading).await;
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

/// Returns the form in which a request says that its events come.
pub(super) fn form(headers: &HeaderMap) -> Result<Form, Problem> {
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
        "application/vnd.apache.arrow.stream" => Ok(Form::Arrow),
        _ => Err(Problem::form(essence)),
    }
}
