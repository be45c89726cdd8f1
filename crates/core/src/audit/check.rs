//! What in an audit log does not hold, entry by entry.
//!
//! The chain of digests itself is checked where records are read. Here: signatures, signed heads, moves that do not follow
//! from each other, clocks, and what an exported head proves about the log's end.

use serde::{Deserialize, Serialize};

use super::alias::Aliases;
use super::entry::{Entry, Recorded};
use crate::digest::Digest;
use crate::signing::{People, Signed, Subject};
use crate::time::EventTime;

/// The end of a log, to be kept elsewhere: proof later of what stood there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The document's format.
    pub format: u64,
    /// How many entries there are.
    pub entries: u64,
    /// The digest of the last of them; all zero if there is none.
    pub digest: Digest,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
}

impl Head {
    /// Returns the end of a log.
    #[must_use]
    pub fn of(entries: &[Recorded]) -> Self {
        let last = entries.last();
        Self {
            format: 1,
            entries: entries.len() as u64,
            digest: last.map_or(Digest::from_bytes([0; 32]), |last| last.digest),
            signed: None,
        }
    }
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// A signature does not count.
    #[error("{0}")]
    Signature(String),
    /// A signature is about another thing than it stands beside.
    #[error("its signature is about something else")]
    SignedElse,
    /// The record says another time than its signature.
    #[error("it was written at {written} and signed at {signed}")]
    OtherTime {
        /// By the record.
        written: EventTime,
        /// By the signature.
        signed: EventTime,
    },
    /// A decision that somebody must answer for bears no signature of theirs.
    #[error("{0} answers for it and has not signed it")]
    Unsigned(String),
    /// The signed head is not that of the entries before.
    #[error("the entries before it are not those that `{0}` signed")]
    OtherHead(String),
    /// An alias moves from where it did not stand.
    #[error(
        "it moves `{alias}` from {said}, and that stood for {stood}: an entry is missing, or in another place"
    )]
    OtherStart {
        /// The alias.
        alias: String,
        /// Where it says that it stood.
        said: String,
        /// Where it stood.
        stood: String,
    },
    /// The clock stood before that of the entry before.
    #[error("the clock went back: {time} after {before}")]
    Clock {
        /// Its time.
        time: EventTime,
        /// The time of the entry before.
        before: EventTime,
    },
    /// Fewer entries than the head knows.
    #[error(
        "the log ends after {found} entries, and the head knows {expected}: its end is missing"
    )]
    ShortOfHead {
        /// How many there are.
        found: u64,
        /// How many there were.
        expected: u64,
    },
    /// Other entries than the head knows.
    #[error("entry {0} is not the one that the head knows: it or one before it was changed")]
    NotTheHead(u64),
}

impl Flaw {
    /// Returns its stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Signature(_) => "A002",
            Self::SignedElse => "A003",
            Self::OtherTime { .. } => "A004",
            Self::Unsigned(_) => "A005",
            Self::OtherHead(_) => "A006",
            Self::OtherStart { .. } => "A007",
            Self::Clock { .. } => "A008",
            Self::ShortOfHead { .. } => "A009",
            Self::NotTheHead(_) => "A010",
        }
    }
}

/// A flaw and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The entry; `None` for what concerns the whole log.
    pub sequence: Option<u64>,
    /// What does not hold.
    pub flaw: Flaw,
}

/// Returns everything that does not hold, in order of entries. Without `people`, signatures are checked by the keys that
/// stand beside them, which says nothing of whose they are.
#[must_use]
pub fn flaws(entries: &[Recorded], people: Option<&People>, head: Option<&Head>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut aliases = Aliases::default();
    let mut before: Option<EventTime> = None;
    for recorded in entries {
        let mut of_entry = Vec::new();
        if let Some(before) = before.filter(|before| recorded.time < *before) {
            let time = recorded.time;
            of_entry.push(Flaw::Clock { time, before });
        }
        before = Some(recorded.time);
        of_entry.extend(of_signatures(recorded, people));
        of_entry.extend(of_move(recorded, &aliases));
        aliases.take(recorded);
        let sequence = Some(recorded.sequence);
        found.extend(of_entry.into_iter().map(|flaw| Found { sequence, flaw }));
    }
    if let Some(head) = head {
        let of_head = of_head(entries, people, head).into_iter();
        let sequence = None;
        found.extend(of_head.map(|flaw| Found { sequence, flaw }));
    }
    found
}

fn of_signatures(recorded: &Recorded, people: Option<&People>) -> Vec<Flaw> {
    let payload = &recorded.payload;
    let mut flaws = Vec::new();
    if let Entry::SignedOff { signed } = &payload.entry {
        flaws.extend(of_signature(signed, recorded.time, people));
    }
    if let Some(signed) = &payload.signed {
        flaws.extend(of_signature(signed, recorded.time, people));
        if signed
            .is_about(Subject::Decision, payload.entry.digest())
            .is_err()
        {
            flaws.push(Flaw::SignedElse);
        }
    }
    if let Some(name) = payload.entry.answers() {
        let signer = payload.signed.as_ref().map(|it| &*it.statement.name);
        if signer != Some(name) {
            flaws.push(Flaw::Unsigned(format!("`{name}`")));
        }
    }
    if let Some(signed) = &payload.head {
        flaws.extend(of_signature(signed, recorded.time, people));
        if signed.is_about(Subject::Head, recorded.previous).is_err() {
            flaws.push(Flaw::OtherHead(signed.statement.name.clone()));
        }
    }
    flaws
}

fn of_signature(signed: &Signed, written: EventTime, people: Option<&People>) -> Option<Flaw> {
    let at = signed.statement.time;
    if at != written {
        return Some(Flaw::OtherTime {
            written,
            signed: at,
        });
    }
    match people {
        Some(people) => {
            let checked = signed.check(people, written);
            checked
                .err()
                .map(|error| Flaw::Signature(error.to_string()))
        }
        None if signed.holds() => None,
        None => Some(Flaw::Signature(format!(
            "the signature of `{}` is not of what it stands under",
            signed.statement.name
        ))),
    }
}

fn of_move(recorded: &Recorded, aliases: &Aliases) -> Option<Flaw> {
    let Entry::Moved(moved) = &recorded.payload.entry else {
        return None;
    };
    let step = &moved.step;
    let stood = aliases.get(&step.task, step.alias).map(|it| it.detector);
    let word =
        |digest: Option<Digest>| digest.map_or_else(|| "nothing".to_owned(), |it| it.short());
    (stood != step.from).then(|| Flaw::OtherStart {
        alias: format!("{} of {}", step.alias, step.task),
        said: word(step.from),
        stood: word(stood),
    })
}

fn of_head(entries: &[Recorded], people: Option<&People>, head: &Head) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if let Some(signed) = &head.signed {
        flaws.extend(of_signature(signed, signed.statement.time, people));
        if signed.is_about(Subject::Head, head.digest).is_err() {
            flaws.push(Flaw::SignedElse);
        }
    }
    let found = entries.len() as u64;
    if found < head.entries {
        let expected = head.entries;
        flaws.push(Flaw::ShortOfHead { found, expected });
        return flaws;
    }
    let last = head.entries.checked_sub(1);
    let known = last.and_then(|last| entries.get(usize::try_from(last).ok()?));
    if let Some(known) = known.filter(|known| known.digest != head.digest) {
        flaws.push(Flaw::NotTheHead(known.sequence));
    }
    flaws
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Payload, Removal};
    use crate::signing::{Role, SecretKey, Stance, Statement};

    fn signed(subject: Subject, digest: Digest, time: i64) -> Signed {
        let statement = Statement {
            name: "cleo".to_owned(),
            role: Role::Approver,
            subject,
            digest,
            stance: Stance::Agrees,
            time: EventTime(time),
        };
        statement.sign(&SecretKey::from_seed(&[1; 32]))
    }

    fn removal() -> Entry {
        Entry::Removed(Removal {
            detector: Digest::of(b"a"),
            by: "cleo".to_owned(),
            reason: "its memory".to_owned(),
        })
    }

    /// Returns the codes of an entry written at 5, on top of nothing.
    fn codes(signed: Option<Signed>, head: Option<Signed>) -> Vec<&'static str> {
        let entry = Recorded {
            sequence: 0,
            time: EventTime(5),
            previous: Digest::from_bytes([0; 32]),
            digest: Digest::of(b"record"),
            payload: Payload {
                signed,
                head,
                ..Payload::unsigned(removal())
            },
        };
        let found = flaws(&[entry], None, None);
        found.iter().map(|it| it.flaw.code()).collect()
    }

    #[test]
    fn a_decision_is_signed_by_who_answers_for_it_at_that_time_and_nothing_else() {
        let nothing = Digest::from_bytes([0; 32]);
        let own = || Some(signed(Subject::Decision, removal().digest(), 5));
        assert_eq!(codes(own(), None), [""; 0]);
        assert_eq!(codes(None, None), ["A005"]);
        let other = signed(Subject::Decision, Digest::of(b"other"), 5);
        assert_eq!(codes(Some(other), None), ["A003"]);
        let other = signed(Subject::Card, removal().digest(), 5);
        assert_eq!(codes(Some(other), None), ["A003"]);
        let late = signed(Subject::Decision, removal().digest(), 6);
        assert_eq!(codes(Some(late), None), ["A004"]);
        let mut forged = own();
        if let Some(forged) = &mut forged {
            forged.statement.role = Role::Analyst;
        }
        assert_eq!(codes(forged, None), ["A002"]);
        assert_eq!(
            codes(own(), Some(signed(Subject::Head, nothing, 5))),
            [""; 0]
        );
        let head = signed(Subject::Head, Digest::of(b"other"), 5);
        assert_eq!(codes(own(), Some(head)), ["A006"]);
    }

    #[test]
    fn a_head_that_somebody_signed_is_of_what_it_says() {
        let head = |digest: &[u8]| Head {
            format: 1,
            entries: 0,
            digest: Digest::from_bytes([0; 32]),
            signed: Some(signed(Subject::Head, Digest::of(digest), 5)),
        };
        let found = flaws(&[], None, Some(&head(b"other")));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].flaw, Flaw::SignedElse);
    }
}
