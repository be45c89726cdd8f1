//! Feedback: what people and programs say that an event was, by the verdict that it got. It is kept in the label store, as what
//! `ringtrue label import` takes in; a verdict itself is never a label.
//!
//! ```text
//!   {verdict, label, evidence, ...} ─► verdict log: which event ─► entry of the label store, if it says something new
//! ```

use std::path::Path;

use ringtrue_core::label_entry::LabelEntryError;
use ringtrue_core::time::NotATime;
use ringtrue_core::{EventId, EventTime, Label, LabelEntry, Method, TaskName};
use ringtrue_label::decided::Known;
use ringtrue_store::{Store, StoreError};
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use crate::replay::{FindError, find};
use crate::verdict::{NotAVerdictId, VerdictId};

/// What is said of one verdict's event.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    /// What the verdict is called by.
    pub verdict: String,
    /// What the event was; `null` takes an earlier word back.
    #[serde(deserialize_with = "given")]
    pub label: Option<Label>,
    /// How sure they are, above 0 and up to 1.
    #[serde(default = "sure")]
    pub certainty: f64,
    /// Who says so; the token's name if nobody is named.
    pub who: Option<String>,
    /// As what.
    #[serde(default)]
    pub role: String,
    /// On what evidence; a class needs some.
    #[serde(default)]
    pub evidence: String,
    /// What else they noted.
    #[serde(default)]
    pub note: String,
    /// How they came to it.
    #[serde(default = "looked_at")]
    pub method: Method,
    /// Since when it is known, as RFC 3339; since it came here if that is not said.
    pub known: Option<String>,
}

/// Reads a field that must stand there, also if it says nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Label>, D::Error> {
    Option::deserialize(deserializer)
}

const fn sure() -> f64 {
    1.0
}

const fn looked_at() -> Method {
    Method::Analyst
}

/// Why feedback cannot be kept.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FeedbackError {
    /// It names no verdict.
    #[error(transparent)]
    Name(#[from] NotAVerdictId),
    /// The verdict was not found.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The verdict was given on no event that is known.
    #[error("nobody scored the event of `{0}` in time, so that it has no name")]
    Nameless(VerdictId),
    /// Something of it does not hold.
    #[error(transparent)]
    Entry(#[from] LabelEntryError),
    /// Since when it is known does not read.
    #[error("`known` is no time")]
    Time(#[source] NotATime),
    /// It would be known from tomorrow on.
    #[error("it is said to be known since {0}, which is yet to come")]
    Future(EventTime),
}

/// What came of feedback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Labels that were stored.
    pub stored: u64,
    /// Labels that the same somebody had given before.
    pub known: u64,
    /// How many of those they have replaced by something else since: they change nothing.
    pub outdated: u64,
}

impl Feedback {
    /// Finds the event of the verdict in the log in `folder`, and returns the entry that `who` makes of it at `now`.
    ///
    /// # Errors
    ///
    /// [`FeedbackError`] if there is no such event, or something of it does not hold.
    pub fn entry(
        self,
        folder: &Path,
        who: &str,
        task: TaskName,
        now: EventTime,
    ) -> Result<LabelEntry, FeedbackError> {
        let id: VerdictId = self.verdict.parse()?;
        let known = match &self.known {
            None => now,
            Some(text) => EventTime::parse(text).map_err(FeedbackError::Time)?.0,
        };
        if known > now {
            return Err(FeedbackError::Future(known));
        }
        let (record, _) = find(folder, id)?;
        let event = record.decision.event.as_deref();
        let event: Option<EventId> = event.and_then(|event| event.parse().ok());
        let entry = LabelEntry {
            event: event.ok_or(FeedbackError::Nameless(id))?,
            label: self.label,
            certainty: self.certainty,
            who: who.to_owned(),
            role: self.role,
            evidence: self.evidence,
            note: self.note,
            method: self.method,
            known,
            expires: None,
            task,
        };
        entry.check()?;
        Ok(entry)
    }
}

/// Keeps entries that say something new; what comes again changes nothing.
///
/// # Errors
///
/// What the store says; nothing is then acknowledged.
pub fn keep(store: &Store, entries: Vec<LabelEntry>, now: EventTime) -> Result<Kept, StoreError> {
    if entries.is_empty() {
        return Ok(Kept::default());
    }
    let count = entries.len() as u64;
    let (_, (known, outdated)) = store.append_labels_by(now, |stored| {
        Known::of(stored.entries.iter().map(|it| &it.entry)).fresh(entries, now)
    })?;
    Ok(Kept {
        stored: count - known,
        known,
        outdated,
    })
}

#[cfg(test)]
mod tests {
    use ringtrue_core::{Action, Digest};
    use ringtrue_store::log::{Chain, LogWriter};

    use super::*;
    use crate::verdict::{DecidedBy, Decision, VerdictRecord, check_of};

    const NOW: EventTime = EventTime(1_700_000_000_000_000);
    const EVENT: EventId = EventId([7; 16]);

    fn task() -> TaskName {
        TaskName {
            name: "phishing".to_owned(),
            meaning: Digest::of(b"meaning"),
        }
    }

    /// Writes a log with one verdict on an event, and one by deadline.
    fn log(folder: &Path) -> [VerdictId; 2] {
        let (mut writer, _) = LogWriter::open(folder, Chain::Plain).unwrap();
        let mut append = |event: Option<EventId>| {
            let decision = Decision {
                request: "r".to_owned(),
                route: String::new(),
                event: event.map(|event| event.to_string()),
                detector: None,
                margin: None,
                score: None,
                action: Action::Review,
                decided_by: DecidedBy::Detector,
                habits: Vec::new(),
                shadows: Vec::new(),
                sample: None,
                stopgap: None,
            };
            let payload = VerdictRecord::to_payload(&decision, None).unwrap();
            VerdictId {
                sequence: writer.append(NOW, &payload).unwrap(),
                check: event.map_or(0, check_of),
            }
        };
        let names = [append(Some(EVENT)), append(None)];
        writer.sync().unwrap();
        names
    }

    fn feedback(verdict: VerdictId, label: &str) -> Feedback {
        let text = format!(
            r#"{{"verdict": "{verdict}", "label": {label}, "evidence": "the page asks for a password"}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_word_is_kept_once_however_often_it_comes() {
        let at = tempfile::tempdir().unwrap();
        let log_at = at.path().join("log");
        let [verdict, _] = log(&log_at);
        let store = Store::open(&at.path().join("store")).unwrap();
        let said = |label, now| {
            let entry = feedback(verdict, label).entry(&log_at, "ann", task(), now);
            keep(&store, vec![entry.unwrap()], now).unwrap()
        };
        let new = Kept {
            stored: 1,
            ..Kept::default()
        };
        assert_eq!(said(r#""malicious""#, NOW), new);
        // Replayed, also later.
        let again = said(r#""malicious""#, EventTime(NOW.0 + 5));
        assert_eq!((again.stored, again.known, again.outdated), (0, 1, 0));
        assert_eq!(said(r#""benign""#, EventTime(NOW.0 + 6)), new);
        // Their older word comes once more: it changes nothing.
        let older = said(r#""malicious""#, EventTime(NOW.0 + 7));
        assert_eq!((older.stored, older.known, older.outdated), (0, 1, 1));
        assert_eq!(said("null", EventTime(NOW.0 + 8)), new);
        let stored = store.labels().unwrap().entries;
        let labels: Vec<_> = stored
            .iter()
            .map(|it| (it.entry.event, it.entry.label))
            .collect();
        let expected = [Some(Label::Malicious), Some(Label::Benign), None];
        assert_eq!(labels, expected.map(|label| (EVENT, label)));
    }

    #[test]
    fn what_cannot_be_kept_says_why() {
        let at = tempfile::tempdir().unwrap();
        let [verdict, late] = log(at.path());
        let entry = |feedback: Feedback| feedback.entry(at.path(), "ann", task(), NOW);
        let other = VerdictId {
            check: verdict.check ^ 1,
            ..verdict
        };
        let label = r#""benign""#;
        assert!(matches!(
            entry(feedback(other, label)),
            Err(FeedbackError::Find(_))
        ));
        assert!(matches!(
            entry(feedback(late, label)),
            Err(FeedbackError::Find(_) | FeedbackError::Nameless(_))
        ));
        let future = Feedback {
            known: Some(EventTime(NOW.0 + 1_000_000).to_string()),
            ..feedback(verdict, label)
        };
        assert!(matches!(entry(future), Err(FeedbackError::Future(_))));
        let baseless = Feedback {
            evidence: String::new(),
            ..feedback(verdict, label)
        };
        assert!(matches!(entry(baseless), Err(FeedbackError::Entry(_))));
        let without = format!(r#"{{"verdict": "{verdict}"}}"#);
        assert!(serde_json::from_str::<Feedback>(&without).is_err());
        let store = Store::open(&at.path().join("store")).unwrap();
        assert_eq!(keep(&store, Vec::new(), NOW).unwrap(), Kept::default());
    }
}
