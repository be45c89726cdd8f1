//! Entries of the audit log: one decision each.

use serde::{Deserialize, Serialize};

use super::alias::Alias;
use super::stopgap::{Lift, Stopgap};
use crate::digest::{Digest, DigestBuilder};
use crate::signing::{Role, Signed, Subject};
use crate::time::EventTime;

/// The newest format of a payload.
const FORMAT: u64 = 1;
/// What an entry's digest is for.
const DOMAIN: &[u8] = b"ringtrue audit entry 1";

/// What one record of the log holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payload {
    /// The document's format.
    pub format: u64,
    /// What was decided.
    pub entry: Entry,
    /// Who answers for it: a statement about a decision, over [`Entry::digest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
    /// The log up to here, signed where a key was at hand: a statement about a head, over the digest of the record before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Signed>,
}

impl Payload {
    /// Returns an entry that nobody signs.
    #[must_use]
    pub const fn unsigned(entry: Entry) -> Self {
        Self {
            format: FORMAT,
            entry,
            signed: None,
            head: None,
        }
    }

    /// Returns the bytes of the record.
    ///
    /// # Errors
    ///
    /// What serde says, which no value of this type causes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads the bytes of a record. Only what [`Payload::to_bytes`] writes is read: other white space, other orders of keys and
    /// unknown keys are refused, so that what was signed is what stands there.
    ///
    /// # Errors
    ///
    /// A sentence that says what does not hold.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Format {
            format: u64,
        }
        let told = |error: serde_json::Error| error.to_string();
        let Format { format } = serde_json::from_slice(bytes).map_err(told)?;
        if format != FORMAT {
            return Err(format!(
                "this ringtrue reads entries of format {FORMAT}, not of format: {format}"
            ));
        }
        let payload: Self = serde_json::from_slice(bytes).map_err(told)?;
        if payload.to_bytes().map_err(told)? != bytes {
            return Err("it is not written as ringtrue writes it".to_owned());
        }
        Ok(payload)
    }
}

/// One record of the log, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its number, from 0.
    pub sequence: u64,
    /// When it was written, by the clock of who wrote it.
    pub time: EventTime,
    /// The digest of the record before; all zero in the first.
    pub previous: Digest,
    /// Its own digest.
    pub digest: Digest,
    /// What it holds.
    pub payload: Payload,
}

/// What was decided, or said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Entry {
    /// A detector was added.
    Registered(Registration),
    /// Somebody answers for a finding that would block.
    Accepted(Acceptance),
    /// Somebody signed, for or against.
    SignedOff {
        /// What they signed.
        signed: Signed,
    },
    /// An alias stands for another detector from now on.
    Moved(Moved),
    /// A detector was taken out of the store.
    Removed(Removal),
    /// What is like a confirmed event is stopped from now on.
    Stopped(Stopgap),
    /// It is stopped no longer.
    Lifted(Lift),
}

impl Entry {
    /// Returns the digest that a decision's signature is over.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let bytes = serde_json::to_vec(self).unwrap_or_else(|_| format!("{self:?}").into_bytes());
        let mut builder = DigestBuilder::default();
        builder.piece(DOMAIN).piece(&bytes);
        builder.finish()
    }

    /// Returns the word that names what it is.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Registered(_) => "registered",
            Self::Accepted(_) => "accepted",
            Self::SignedOff { .. } => "signed_off",
            Self::Moved(Moved {
                by: Authority::Gate { .. },
                ..
            }) => "promoted",
            Self::Moved(Moved {
                by: Authority::Override { .. },
                ..
            }) => "overridden",
            Self::Moved(Moved {
                by: Authority::Rollback { .. },
                ..
            }) => "rolled_back",
            Self::Removed(_) => "removed",
            Self::Stopped(_) => "stopped",
            Self::Lifted(_) => "lifted",
        }
    }

    /// Returns the detectors that it is about.
    #[must_use]
    pub fn detectors(&self) -> Vec<Digest> {
        match self {
            Self::Registered(it) => vec![it.detector],
            Self::Accepted(it) => vec![it.detector],
            Self::SignedOff { signed } if signed.statement.subject == Subject::Card => {
                vec![signed.statement.digest]
            }
            Self::SignedOff { .. } | Self::Stopped(_) | Self::Lifted(_) => Vec::new(),
            Self::Moved(it) => it.step.from.into_iter().chain([it.step.to]).collect(),
            Self::Removed(it) => vec![it.detector],
        }
    }

    /// Returns who answers for it, if somebody must.
    #[must_use]
    pub const fn answers(&self) -> Option<&str> {
        match self {
            Self::Moved(Moved {
                by: Authority::Override { by, .. } | Authority::Rollback { by, .. },
                ..
            })
            | Self::Removed(Removal { by, .. })
            | Self::Stopped(Stopgap { by, .. })
            | Self::Lifted(Lift { by, .. }) => Some(by.as_str()),
            _ => None,
        }
    }

    /// Returns whether it is a decision, which a key that is at hand signs.
    #[must_use]
    pub const fn is_decision(&self) -> bool {
        matches!(
            self,
            Self::Moved(_) | Self::Removed(_) | Self::Stopped(_) | Self::Lifted(_)
        )
    }

    /// Returns the documents that it rests on.
    #[must_use]
    pub fn documents(&self) -> Vec<Digest> {
        let moved = match self {
            Self::Moved(moved) => moved,
            Self::SignedOff { signed } if signed.statement.subject == Subject::Gate => {
                return vec![signed.statement.digest];
            }
            _ => return Vec::new(),
        };
        let report = match &moved.by {
            Authority::Gate { report } => Some(*report),
            Authority::Override { report, .. } => *report,
            Authority::Rollback { .. } => None,
        };
        report.into_iter().chain(moved.note).collect()
    }
}

/// Where a detector came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// `run` trained it.
    Run,
    /// `import` made it of a model that was trained elsewhere.
    Import,
    /// Somebody added its folder.
    Folder,
}

/// A detector was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Which.
    pub detector: Digest,
    /// The name of its task, under which aliases stand for it.
    pub task: String,
    /// The digest of its task.
    pub task_digest: Digest,
    /// The dataset that it learned from.
    pub dataset: Digest,
    /// How it came.
    pub origin: Origin,
}

/// Somebody answers for a finding of vetting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The detector that learned from the data.
    pub detector: Digest,
    /// The finding's name.
    pub finding: String,
    /// Who.
    pub by: String,
    /// On what grounds.
    pub reason: String,
    /// The last moment at which it holds.
    pub until: EventTime,
}

/// Somebody took a detector out of the store, for good: because of what it holds of somebody, say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removal {
    /// Which.
    pub detector: Digest,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// An alias of a task, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The name of the task.
    pub task: String,
    /// Which alias.
    pub alias: Alias,
    /// What it stood for.
    pub from: Option<Digest>,
    /// What it stands for.
    pub to: Digest,
}

/// Somebody said no, and it was decided all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// Who.
    pub name: String,
    /// In which role.
    pub role: Role,
    /// To what.
    pub subject: Subject,
    /// Why.
    pub reason: String,
}

/// By what right an alias moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// All demands were met.
    Gate {
        /// The gate's report.
        report: Digest,
    },
    /// An approver answers for what was not met.
    Override {
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// The last moment at which it holds.
        until: EventTime,
        /// What was not met, in sentences.
        unmet: Vec<String>,
        /// The gate's report, if there was one.
        report: Option<Digest>,
    },
    /// Somebody went back to what stood before.
    Rollback {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
}

/// An alias moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// From what to what.
    pub step: Move,
    /// By what right.
    pub by: Authority,
    /// Who disagreed.
    pub objections: Vec<Objection>,
    /// What customers were told, as a document of the store.
    pub note: Option<Digest>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::{SecretKey, Stance, Statement};

    fn overridden() -> Entry {
        Entry::Moved(Moved {
            step: Move {
                task: "phishing".to_owned(),
                alias: Alias::Champion,
                from: Some(Digest::of(b"old")),
                to: Digest::of(b"new"),
            },
            by: Authority::Override {
                by: "cleo".to_owned(),
                reason: "a campaign runs \u{2713}".to_owned(),
                until: EventTime(9),
                unmet: vec!["no gate report".to_owned()],
                report: None,
            },
            objections: Vec::new(),
            note: None,
        })
    }

    #[test]
    fn the_digest_of_an_entry_stays() {
        // Signatures are over it, so that another form needs another domain.
        assert_eq!(
            overridden().digest().to_string(),
            "32b342f34ec4dd4fca4910dcebfda7cd9a8f4a897019226828aef5f1146b0d15"
        );
    }

    #[test]
    fn a_report_that_was_signed_is_a_document_of_the_log() {
        let said = |subject| {
            let statement = Statement {
                name: "ann".to_owned(),
                role: Role::Analyst,
                subject,
                digest: Digest::of(b"gate"),
                stance: Stance::Agrees,
                time: EventTime(1),
            };
            Entry::SignedOff {
                signed: statement.sign(&SecretKey::from_seed(&[1; 32])),
            }
        };
        let gate = Digest::of(b"gate");
        assert_eq!(said(Subject::Gate).documents(), [gate]);
        assert_eq!(said(Subject::Card).detectors(), [gate]);
        for subject in [Subject::Card, Subject::Task, Subject::ThreatModel] {
            assert_eq!(said(subject).documents(), []);
        }
    }

    #[test]
    fn a_payload_reads_back_and_no_other_form_of_it_reads() {
        let statement = Statement {
            name: "cleo".to_owned(),
            role: Role::Approver,
            subject: Subject::Decision,
            digest: overridden().digest(),
            stance: Stance::Agrees,
            time: EventTime(1),
        };
        let payload = Payload {
            signed: Some(statement.sign(&SecretKey::from_seed(&[1; 32]))),
            ..Payload::unsigned(overridden())
        };
        let bytes = payload.to_bytes().unwrap();
        assert_eq!(Payload::parse(&bytes).unwrap(), payload);
        let text = String::from_utf8(bytes).unwrap();
        for other in [
            text.replace(':', ": "),
            text.replacen("\"format\":1", "\"format\":2", 1),
            text.replacen("\"alias\"", "\"by\":\"bob\",\"alias\"", 1),
            text.replacen("{\"format\":1,", "{", 1)
                .replacen("}}", "},\"format\":1}", 1),
            format!("{text} "),
            text.replacen("\"what\":\"moved\"", "\"what\":\"erased\"", 1),
            String::new(),
        ] {
            assert!(Payload::parse(other.as_bytes()).is_err(), "{other}");
        }
    }
}
