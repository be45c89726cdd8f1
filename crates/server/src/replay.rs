//! Replaying a verdict: the logged event through the logged detector gives the logged score, bit for bit, or the reason why not.

use std::path::Path;

use ringtrue_core::{Event, EventId};
use ringtrue_intake::Reading as Signals;
use ringtrue_store::StoreError;
use ringtrue_store::log::{LogReader, Record};
use serde::Serialize;
use thiserror::Error;

use crate::kept;
use crate::loaded::Loaded;
use crate::verdict::{Input, VerdictId, VerdictRecord, check_of};

/// Why a verdict was not found.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FindError {
    /// The log has no such verdict.
    #[error("the log has no verdict `{0}`")]
    Unknown(VerdictId),
    /// The log had it, and keeps verdicts no longer than until then.
    #[error(
        "the log keeps the verdict `{0}` no longer: it was as old as `log.days` says, or older"
    )]
    Dropped(VerdictId),
    /// The log does not read.
    #[error("the verdict log does not read")]
    Log(#[from] StoreError),
    /// Its record does not read.
    #[error("the record of the verdict does not read")]
    Record(#[from] serde_json::Error),
}

/// Finds a verdict in the log in `folder`; also returns its record as it stands in the log.
///
/// # Errors
///
/// [`FindError`] if it is not there, or what reading the log says.
pub fn find(folder: &Path, id: VerdictId) -> Result<(VerdictRecord, Record), FindError> {
    let log = LogReader::open_from(folder, id.sequence)?;
    if id.sequence < log.begins() {
        return Err(FindError::Dropped(id));
    }
    for record in log {
        let record = record?;
        if record.sequence < id.sequence {
            continue;
        }
        if record.sequence > id.sequence {
            break;
        }
        let verdict = VerdictRecord::of_payload(&record.payload)?;
        let event = verdict.decision.event.as_deref();
        let event: Option<EventId> = event.and_then(|event| event.parse().ok());
        if event.map(check_of) != Some(id.check) {
            break;
        }
        return Ok((verdict, record));
    }
    Err(FindError::Unknown(id))
}

/// What a replay came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "replay", rename_all = "snake_case")]
pub enum Replayed {
    /// The same score, bit for bit.
    Same {
        /// The model's raw score.
        margin: Option<f64>,
        /// The calibrated probability.
        score: f64,
    },
    /// Another score: the log, the detector or the program is not what it was.
    Differs {
        /// The raw score in the log.
        logged: Option<f64>,
        /// The raw score now.
        now: Option<f64>,
    },
    /// The event is gone: the log was told not to keep it, or not for so long.
    InputGone {
        /// When it was taken out; `None` if it was never kept.
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<String>,
    },
    /// Nobody scored it: the deadline had passed.
    NotScored,
    /// The logged event does not read, or is not the one that was named.
    InputDamaged,
}

/// Says why there is nothing to score again, if there is nothing: that needs no detector.
#[must_use]
pub fn nothing_left(record: &VerdictRecord) -> Option<Replayed> {
    let decision = &record.decision;
    if decision.event.is_none() || decision.score.is_none() {
        return Some(Replayed::NotScored);
    }
    let since = match &record.input {
        Input::Kept(_) => return None,
        Input::NotKept => None,
        Input::Gone(time) => Some(time.to_string()),
    };
    Some(Replayed::InputGone { since })
}

/// Scores the logged event again; `loaded` is the detector that the record names.
#[must_use]
pub fn replay(record: &VerdictRecord, loaded: &Loaded) -> Replayed {
    if let Some(nothing) = nothing_left(record) {
        return nothing;
    }
    let decision = &record.decision;
    let score = decision.score.unwrap_or(f64::NAN);
    let Some(mut again) = logged_event(record) else {
        return Replayed::InputDamaged;
    };
    let signals = signals(loaded, &mut again, &decision.habits);
    let margin = loaded.detector.score(signals.row(), &signals.tokens).margin;
    let now = loaded.detector.answer(margin);
    let margin = margin.is_finite().then_some(margin);
    let bits = |margin: Option<f64>| margin.map(f64::to_bits);
    let same_score = now.score.probability().to_bits() == score.to_bits();
    if bits(margin) == bits(decision.margin) && same_score && now.action == decision.of_detector() {
        Replayed::Same { margin, score }
    } else {
        Replayed::Differs {
            logged: decision.margin,
            now: margin,
        }
    }
}

/// Returns the event that was scored; `None` if it was not kept, does not read, or is not the one that is named.
#[must_use]
pub fn logged_event(record: &VerdictRecord) -> Option<Event> {
    let event = kept::of_line(record.input.line()?).ok()?;
    let named = record.decision.event.as_deref()?;
    (event.id().to_string() == named).then_some(event)
}

/// Reads the signals of an event with what was known of its user and host, by bits; what is not given is missing.
pub(crate) fn signals(loaded: &Loaded, event: &mut Event, habits: &[u32]) -> Signals {
    let mut signals = Signals::default();
    loaded.read_signals(event, &mut signals);
    let habits: Vec<f32> = habits.iter().copied().map(f32::from_bits).collect();
    signals.set_habits(&habits);
    signals
}
