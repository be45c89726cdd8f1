//! What the verdict log holds: one record a verdict, in two lines. The first says what was decided, the second what was scored.
//!
//! ```text
//!   {"event":..,"detector":..,"margin":..,"action":..}
//!   {"kind":..,"time":..,"fields":[..]}                  absent if inputs are not kept; `gone TIME` once it was taken out
//! ```

use std::fmt;
use std::str::FromStr;

use ringtrue_core::{Action, Digest, EventId, EventTime};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::route::Route;
use crate::sample::{self, Draw};
use crate::stopgaps::Stop;

/// Names a verdict: its place in the log and the start of its event's id, as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerdictId {
    /// Its record's number in the log.
    pub sequence: u64,
    /// The first 64 bits of the id of its event, so that no other verdict passes for it.
    pub check: u64,
}

/// Returns the part of a verdict's name that its event gives.
#[must_use]
pub fn check_of(event: EventId) -> u64 {
    let start = event.0.first_chunk().copied().unwrap_or_default();
    u64::from_be_bytes(start)
}

impl fmt::Display for VerdictId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}{:016x}", self.sequence, self.check)
    }
}

impl Serialize for VerdictId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that names no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a verdict is named by 32 hexadecimal digits")]
pub struct NotAVerdictId;

impl FromStr for VerdictId {
    type Err = NotAVerdictId;

    fn from_str(text: &str) -> Result<Self, NotAVerdictId> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 32 || !text.bytes().all(is_hex) {
            return Err(NotAVerdictId);
        }
        let (sequence, check) = text.split_at(16);
        let number = |digits| u64::from_str_radix(digits, 16).map_err(|_| NotAVerdictId);
        Ok(Self {
            sequence: number(sequence)?,
            check: number(check)?,
        })
    }
}

/// Who decided what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// The detector's score.
    Detector,
    /// The score of the detector that decides of a small share.
    Canary,
    /// The deadline passed: what is configured for that.
    Deadline,
    /// It was drawn for the audit sample, and people look at it.
    AuditSample,
    /// A stopgap: it is like an event that was confirmed to be malicious.
    Stopgap,
}

/// What another detector, which decides nothing, said of the event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shadow {
    /// The detector.
    pub detector: Digest,
    /// Its raw score; `None` if that is no number.
    pub margin: Option<f64>,
    /// Its probability.
    pub score: f64,
    /// What it would have done.
    pub action: Action,
}

/// What was decided of one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The request that it came in.
    pub request: String,
    /// The way by which it came; empty for the usual one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub route: String,
    /// The event's id; `None` where nobody scored it in time.
    pub event: Option<String>,
    /// The detector.
    pub detector: Option<Digest>,
    /// The model's raw score; `None` if that is no number, or nobody scored it in time.
    pub margin: Option<f64>,
    /// The calibrated probability.
    pub score: Option<f64>,
    /// What was done.
    pub action: Action,
    /// Who decided.
    pub decided_by: DecidedBy,
    /// What was known by then of the user and the host, as the bits of the row's last signals; empty if rows tell of no habits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub habits: Vec<u32>,
    /// What others said of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shadows: Vec<Shadow>,
    /// How it stood to the audit sample; `None` if it could not have been drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Draw>,
    /// Which stopgap stopped it; what one stops is never drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopgap: Option<Stop>,
}

impl Decision {
    /// Returns what is decided of an event that nobody scored within the deadline of its route.
    #[must_use]
    pub fn by_deadline(request: &str, route: &Route) -> Self {
        Self {
            request: request.to_owned(),
            route: route.name.clone(),
            event: None,
            detector: None,
            margin: None,
            score: None,
            action: route.on_deadline,
            decided_by: DecidedBy::Deadline,
            habits: Vec::new(),
            shadows: Vec::new(),
            sample: None,
            stopgap: None,
        }
    }

    /// Returns what the detector would have done: what was done, unless the audit sample or a stopgap stepped in.
    #[must_use]
    pub fn of_detector(&self) -> Action {
        let stopped = self.stopgap.map(|stop| stop.would);
        let drawn = self.sample.map(|draw| draw.would);
        stopped.or(drawn).unwrap_or(self.action)
    }

    /// Returns how many events the event stands for once it is labelled ([`sample::stands_for`]); `None` if it was stopped, and nobody was asked at
    /// random.
    #[must_use]
    pub fn stands_for(&self) -> Option<f64> {
        match self.stopgap {
            Some(_) => sample::stands_for(self.action, None),
            None => sample::stands_for(self.of_detector(), self.sample.as_ref()),
        }
    }
}

/// A record's content.
#[derive(Clone, Debug, PartialEq)]
pub struct VerdictRecord {
    /// What was decided.
    pub decision: Decision,
    /// The event's line ([`crate::kept`]).
    pub input: Input,
}

/// What a record holds of its event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Its line ([`crate::kept`]).
    Kept(Vec<u8>),
    /// It was not kept.
    NotKept,
    /// It was taken out at this time, since it had been kept for long enough.
    Gone(EventTime),
}

/// Stands before the time at which an event was taken out; the line of an event begins otherwise.
const GONE: &str = "gone ";

impl Input {
    /// Returns the event's line, if it is there.
    #[must_use]
    pub fn line(&self) -> Option<&[u8]> {
        match self {
            Self::Kept(line) => Some(line),
            Self::NotKept | Self::Gone(_) => None,
        }
    }

    fn of_line(line: &[u8]) -> Self {
        let gone = std::str::from_utf8(line).ok();
        let gone = gone.and_then(|line| line.strip_prefix(GONE));
        let gone = gone.and_then(|time| EventTime::parse(time).ok());
        match gone {
            Some((time, _)) => Self::Gone(time),
            None if line.is_empty() => Self::NotKept,
            None => Self::Kept(line.to_vec()),
        }
    }
}

impl VerdictRecord {
    /// Writes it as a log's payload.
    ///
    /// # Errors
    ///
    /// What the serialiser says.
    pub fn to_payload(
        decision: &Decision,
        input: Option<&[u8]>,
    ) -> Result<Vec<u8>, serde_json::Error> {
        let mut payload = serde_json::to_vec(decision)?;
        payload.push(b'\n');
        payload.extend_from_slice(input.unwrap_or_default());
        Ok(payload)
    }

    /// Reads a log's payload.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn of_payload(payload: &[u8]) -> Result<Self, serde_json::Error> {
        let (decision, line) = lines(payload);
        Ok(Self {
            decision: serde_json::from_slice(decision)?,
            input: Input::of_line(line),
        })
    }

    /// Returns a log's payload without its event, which was taken out at this time.
    #[must_use]
    pub fn without_input(payload: &[u8], time: EventTime) -> Vec<u8> {
        let (decision, _) = lines(payload);
        let mut without = decision.to_vec();
        without.push(b'\n');
        without.extend_from_slice(format!("{GONE}{time}").as_bytes());
        without
    }

    /// Returns the line of the event that a log's payload holds.
    #[must_use]
    pub fn input_of(payload: &[u8]) -> Input {
        Input::of_line(lines(payload).1)
    }
}

/// Returns both lines of a payload.
fn lines(payload: &[u8]) -> (&[u8], &[u8]) {
    let mut lines = payload.splitn(2, |byte| *byte == b'\n');
    let mut next = || lines.next().unwrap_or_default();
    (next(), next())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_reads_as_it_was_written(sequence: u64, check: u64) {
            let id = VerdictId { sequence, check };
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn hostile_names_and_payloads_are_refused(text in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(text.parse::<VerdictId>().is_err() || text.len() == 32);
            drop(VerdictRecord::of_payload(&bytes));
        }

        #[test]
        fn a_record_reads_as_it_was_written(
            route in prop::option::of("[a-z]{1,9}"),
            margin in prop::option::of(-1e300_f64..1e300),
            score in prop::option::of(0.0_f64..=1.0),
            habits in prop::collection::vec(any::<u32>(), 0..4),
            input in prop::option::of("[a-f]{1,20}"),
            action in any::<u16>(),
        ) {
            let decision = Decision {
                request: "r".to_owned(),
                route: route.unwrap_or_default(),
                event: Some("e".to_owned()),
                detector: Some(Digest::of(b"d")),
                margin,
                score,
                action: Action::Review,
                decided_by: DecidedBy::Detector,
                habits,
                shadows: Vec::new(),
                sample: None,
                stopgap: None,
            };
            let input = input.map(String::into_bytes);
            let payload = VerdictRecord::to_payload(&decision, input.as_deref()).unwrap();
            let again = VerdictRecord::of_payload(&payload).unwrap();
            let time = EventTime(i64::from(u32::from(action)) * 1_000_000);
            let without = VerdictRecord::without_input(&payload, time);
            let input = input.map_or(Input::NotKept, Input::Kept);
            prop_assert_eq!(&again, &VerdictRecord { decision: decision.clone(), input });
            let without = VerdictRecord::of_payload(&without).unwrap();
            prop_assert_eq!(without, VerdictRecord { decision, input: Input::Gone(time) });
        }
    }
}
