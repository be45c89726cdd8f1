//! The clocks, read in one place.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use ringtrue_core::EventTime;

/// Returns the time; 1970 if the machine's clock stands before it.
#[expect(
    clippy::disallowed_methods,
    reason = "a server is at the rim: it says when what came"
)]
pub(crate) fn now() -> EventTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let micros = since.map(|since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
    EventTime(micros.unwrap_or(0))
}

/// Returns a moment of a clock that only goes forward.
#[expect(
    clippy::disallowed_methods,
    reason = "a server is at the rim: it measures how long what took"
)]
pub(crate) fn instant() -> Instant {
    Instant::now()
}
