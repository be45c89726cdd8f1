//! How a request fails: a status, a code for programs, and what, why and a hint for people.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ringtrue_core::Action;
use serde::Serialize;

use crate::reading::ReadError;

/// A request that failed. `code` stays what it is from version to version.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    #[serde(skip)]
    status: StatusCode,
    pub(super) code: &'static str,
    message: String,
    hint: &'static str,
    request_id: String,
    /// When to come again, where that is known.
    #[serde(skip)]
    wait: Option<Duration>,
    /// What is to be done with the events, where they were to get a verdict and get none.
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<Action>,
}

impl Problem {
    pub(super) fn new(
        (status, code): (StatusCode, &'static str),
        message: impl Into<String>,
        hint: &'static str,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            hint,
            request_id: String::new(),
            wait: None,
            action: None,
        }
    }

    pub(super) fn of_request(mut self, request: &str) -> Self {
        request.clone_into(&mut self.request_id);
        self
    }

    pub(super) const fn with_action(mut self, action: Action) -> Self {
        self.action = Some(action);
        self
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(
            (StatusCode::UNAUTHORIZED, "unauthorized"),
            "no token that is known stands in the request",
            "send `Authorization: Bearer SECRET`",
        )
    }

    pub(super) fn forbidden() -> Self {
        Self::new(
            (StatusCode::FORBIDDEN, "forbidden"),
            "the token is not for this",
            "the token's `scopes` in the configuration say what it is for",
        )
    }

    pub(super) fn rate(wait: Duration) -> Self {
        let mut problem = Self::new(
            (StatusCode::TOO_MANY_REQUESTS, "too_often"),
            "this one asks too often",
            "wait as long as `Retry-After` says, or send several events a request",
        );
        problem.wait = Some(wait);
        problem
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(
            (StatusCode::NOT_FOUND, "not_found"),
            message,
            "the guide `serve` lists what there is",
        )
    }

    pub(super) fn method() -> Self {
        Self::new(
            (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            "the method is not one of this path",
            "the guide `serve` lists what there is",
        )
    }

    pub(super) fn form(found: &str) -> Self {
        Self::new(
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_form"),
            format!("events do not come in this form: `{found}`"),
            "send application/json, application/x-ndjson, message/rfc822, text/plain or application/vnd.apache.arrow.stream",
        )
    }

    pub(super) fn query() -> Self {
        Self::new(
            (StatusCode::BAD_REQUEST, "query"),
            "the query is not understood",
            "`?reasons=N` asks for at most N reasons, up to 64; `?route=NAME` names a route of the configuration",
        )
    }

    pub(super) fn no_event(reason: &str) -> Self {
        Self::new(
            (StatusCode::UNPROCESSABLE_ENTITY, "no_event"),
            format!("nothing in the body is an event: {reason}"),
            "an event is an object, such as {\"url\": \"https://example.com/\"}, or in text/plain a line",
        )
    }

    pub(super) fn too_large(bytes: usize) -> Self {
        Self::new(
            (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            format!("the body is over {bytes} bytes"),
            "send fewer events at a time, or raise `bounds.body_bytes`",
        )
    }

    pub(super) fn slow() -> Self {
        Self::new(
            (StatusCode::REQUEST_TIMEOUT, "slow"),
            "the body did not come in time",
            "send it faster, or raise `bounds.body_seconds`",
        )
    }

    pub(super) fn cut() -> Self {
        Self::new(
            (StatusCode::BAD_REQUEST, "cut"),
            "the body ended before its end",
            "send as many bytes as the head says",
        )
    }

    pub(super) fn busy() -> Self {
        Self::new(
            (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            "too many requests wait to be scored",
            "come again in a second, or send several events a request",
        )
    }

    pub(super) fn ending() -> Self {
        Self::new(
            (StatusCode::SERVICE_UNAVAILABLE, "ending"),
            "the server comes to its end",
            "ask another one, or come again",
        )
    }

    pub(super) fn log(reason: &str) -> Self {
        Self::new(
            (StatusCode::SERVICE_UNAVAILABLE, "log_failed"),
            format!("the verdict could not be logged: {reason}"),
            "make room on the disk of the verdict log: no verdict is given that is not logged",
        )
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        let (status, hint) = match &error {
            ReadError::Empty => (StatusCode::BAD_REQUEST, "send at least one event"),
            ReadError::Compressed => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "send it as it is, without Content-Encoding",
            ),
            ReadError::Json(_) => (
                StatusCode::BAD_REQUEST,
                "an event is an object, such as {\"url\": \"https://example.com/\"}",
            ),
            ReadError::Form(_) => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "send application/json or application/x-ndjson",
            ),
            ReadError::TooMany(_) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "send fewer at a time, or raise `bounds.events`",
            ),
            ReadError::Source(error) => (StatusCode::BAD_REQUEST, error.hint()),
        };
        let code = match &error {
            ReadError::Empty => "empty",
            ReadError::Compressed => "compressed",
            ReadError::Json(_) => "not_json",
            ReadError::Form(_) => "unsupported_form",
            ReadError::TooMany(_) => "too_many_events",
            ReadError::Source(_) => "unreadable",
        };
        Self::new((status, code), error.to_string(), hint)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status;
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let wait = match self.wait {
            None if status == StatusCode::SERVICE_UNAVAILABLE => Some(1),
            wait => wait.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0)),
        };
        if let Some(wait) = wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }
}
