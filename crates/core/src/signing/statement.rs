//! A statement: somebody, in a role, agrees or disagrees with exactly one thing at one time; and its signature.
//!
//! What is signed are the statement's canonical bytes: a domain and each part, all framed by their lengths, so that no two
//! statements, and no statement and anything else that is ever signed, have the same bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::key::{PublicKey, SecretKey, Signature};
use super::people::{People, Person};
use crate::digest::Digest;
use crate::time::EventTime;

/// What the bytes are for. Another form of them has another number.
const DOMAIN: &[u8] = b"ringtrue statement 1";

/// What somebody speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Those who know the threat: they look at events and decide labels.
    Analyst,
    /// Those who know the method: they train and judge detectors.
    DataScientist,
    /// Those who answer for the decision.
    Approver,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Analyst, Self::DataScientist, Self::Approver];

    /// Returns the one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Analyst => "analyst",
            Self::DataScientist => "data_scientist",
            Self::Approver => "approver",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// What kind of thing a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A task, by its digest.
    Task,
    /// Who attacks and how, as a task states it.
    ThreatModel,
    /// A detector with its card.
    Card,
    /// A gate's report.
    Gate,
    /// An entry of the audit log that somebody answers for.
    Decision,
    /// The audit log up to an entry.
    Head,
}

impl Subject {
    /// Returns the one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::ThreatModel => "threat_model",
            Self::Card => "card",
            Self::Gate => "gate",
            Self::Decision => "decision",
            Self::Head => "head",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// What somebody says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// Yes.
    Agrees,
    /// No, and why.
    Disagrees(String),
}

/// What somebody says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Who.
    pub name: String,
    /// In which role.
    pub role: Role,
    /// What kind of thing it is about.
    pub subject: Subject,
    /// Exactly which.
    pub digest: Digest,
    /// Yes or no.
    pub stance: Stance,
    /// When it was said.
    pub time: EventTime,
}

impl Statement {
    /// Returns the bytes that are signed.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let (stance, reason) = match &self.stance {
            Stance::Agrees => ("agrees", ""),
            Stance::Disagrees(reason) => ("disagrees", reason.as_str()),
        };
        let time = self.time.0.to_le_bytes();
        let parts: [&[u8]; 8] = [
            DOMAIN,
            self.role.word().as_bytes(),
            self.name.as_bytes(),
            self.subject.word().as_bytes(),
            self.digest.bytes(),
            stance.as_bytes(),
            reason.as_bytes(),
            &time,
        ];
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }

    /// Signs it.
    #[must_use]
    pub fn sign(self, key: &SecretKey) -> Signed {
        Signed {
            key: key.public(),
            signature: key.sign(&self.canonical()),
            statement: self,
        }
    }
}

/// A statement with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// What was said.
    pub statement: Statement,
    /// The key that it is checked by.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

/// A signature that does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// It was made over something else, or with another key.
    #[error("the signature of `{0}` is not of what it stands under")]
    Forged(String),
    /// Nobody has the key.
    #[error("nobody in the file of people has the key that signed for `{0}`")]
    UnknownKey(String),
    /// The key is somebody else's.
    #[error("the key that signed for `{name}` is that of `{holder}`")]
    NotTheirs {
        /// Who is said to have signed.
        name: String,
        /// Whose key it is.
        holder: String,
    },
    /// They speak for something else.
    #[error("`{name}` signed as {said} and is {is}")]
    WrongRole {
        /// Who.
        name: String,
        /// The role of the statement.
        said: Role,
        /// The role in the file of people.
        is: Role,
    },
    /// The key no longer counted.
    #[error("the key of `{name}` is revoked from {from} on, and signed at {at}")]
    Revoked {
        /// Whose.
        name: String,
        /// Since when.
        from: EventTime,
        /// When it signed.
        at: EventTime,
    },
    /// It is about another thing.
    #[error("`{name}` signed another {subject}: {found}, not {expected}")]
    OtherDigest {
        /// Who.
        name: String,
        /// What kind of thing.
        subject: Subject,
        /// Short digest of what was signed.
        found: String,
        /// Short digest of what had to be.
        expected: String,
    },
}

impl Signed {
    /// Returns whether the signature was made with the key that stands beside it.
    #[must_use]
    pub fn holds(&self) -> bool {
        let message = self.statement.canonical();
        self.key.holds(&message, &self.signature)
    }

    /// Returns who signed. `at` is when the signature was seen first, which its maker does not choose.
    ///
    /// # Errors
    ///
    /// [`SignatureError`], whichever reason not to count it comes first.
    pub fn check<'p>(
        &self,
        people: &'p People,
        at: EventTime,
    ) -> Result<&'p Person, SignatureError> {
        let said = &self.statement;
        let name = said.name.clone();
        if !self.holds() {
            return Err(SignatureError::Forged(name));
        }
        let Some(person) = people.by_key(&self.key) else {
            return Err(SignatureError::UnknownKey(name));
        };
        if person.name != name {
            let holder = person.name.clone();
            return Err(SignatureError::NotTheirs { name, holder });
        }
        if person.role != said.role {
            let (said, is) = (said.role, person.role);
            return Err(SignatureError::WrongRole { name, said, is });
        }
        match person.revoked {
            Some(from) if at >= from => Err(SignatureError::Revoked { name, from, at }),
            _ => Ok(person),
        }
    }

    /// Checks that it is about this very thing.
    ///
    /// # Errors
    ///
    /// [`SignatureError::OtherDigest`].
    pub fn is_about(&self, subject: Subject, digest: Digest) -> Result<(), SignatureError> {
        let said = &self.statement;
        if (said.subject, said.digest) == (subject, digest) {
            return Ok(());
        }
        Err(SignatureError::OtherDigest {
            name: said.name.clone(),
            subject,
            found: format!("{} {}", said.subject, said.digest.short()),
            expected: digest.short(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn statement() -> Statement {
        Statement {
            name: "ann".to_owned(),
            role: Role::Analyst,
            subject: Subject::Gate,
            digest: Digest::of(b"gate"),
            stance: Stance::Agrees,
            time: EventTime(1_763_800_000_000_000),
        }
    }

    fn people(lines: &str) -> People {
        let key = SecretKey::from_seed(&[1; 32]).public();
        let text = format!("format = 1\n[[people]]\nkey = \"{key}\"\n{lines}");
        People::parse(&text).unwrap()
    }

    #[test]
    fn the_canonical_bytes_stay() {
        // What was signed once must be checkable for ever: these bytes never change.
        let digest = Digest::of(&statement().canonical()).to_string();
        assert_eq!(
            digest,
            "503c3df9eece1be7387274fe83f3c47d57350891cf2de03fd7bad897e0d4ce07"
        );
    }

    #[test]
    fn each_reason_not_to_count_a_signature_is_told() {
        let now = EventTime(1_763_800_000_000_000);
        let signed = statement().sign(&SecretKey::from_seed(&[1; 32]));
        let ann = people("name = \"ann\"\nrole = \"analyst\"\n");
        assert_eq!(signed.check(&ann, now).unwrap().name, "ann");
        let told = |people: &People| signed.check(people, now).unwrap_err().to_string();
        assert_eq!(
            told(&people("name = \"bob\"\nrole = \"analyst\"\n")),
            "the key that signed for `ann` is that of `bob`"
        );
        assert_eq!(
            told(&people("name = \"ann\"\nrole = \"approver\"\n")),
            "`ann` signed as analyst and is approver"
        );
        let revoked = people("name = \"ann\"\nrole = \"analyst\"\nrevoked = \"2025-11-01\"\n");
        assert_eq!(
            told(&revoked),
            "the key of `ann` is revoked from 2025-11-01T00:00:00Z on, and signed at 2025-11-22T08:26:40Z"
        );
        let other = statement().sign(&SecretKey::from_seed(&[2; 32]));
        assert_eq!(
            other.check(&ann, now),
            Err(SignatureError::UnknownKey("ann".to_owned()))
        );
        let mut forged = signed.clone();
        forged.statement.digest = Digest::of(b"another gate");
        assert_eq!(
            forged.check(&ann, now),
            Err(SignatureError::Forged("ann".to_owned()))
        );
        assert!(signed.is_about(Subject::Gate, Digest::of(b"gate")).is_ok());
        assert!(signed.is_about(Subject::Card, Digest::of(b"gate")).is_err());
        assert!(signed.is_about(Subject::Gate, Digest::of(b"card")).is_err());
    }

    fn any_statement() -> impl Strategy<Value = Statement> {
        let role = proptest::sample::select(Role::ALL.to_vec());
        let subject = proptest::sample::select(vec![
            Subject::Task,
            Subject::ThreatModel,
            Subject::Card,
            Subject::Gate,
            Subject::Decision,
            Subject::Head,
        ]);
        let stance = prop_oneof![Just(Stance::Agrees), ".{0,8}".prop_map(Stance::Disagrees),];
        (".{0,6}", role, subject, any::<u8>(), stance, any::<i64>()).prop_map(
            |(name, role, subject, digest, stance, time)| Statement {
                name,
                role,
                subject,
                digest: Digest::of(&[digest]),
                stance,
                time: EventTime(time),
            },
        )
    }

    proptest! {
        #[test]
        fn different_statements_have_different_bytes(one in any_statement(), other in any_statement()) {
            prop_assert_eq!(one == other, one.canonical() == other.canonical());
        }

        #[test]
        fn a_signature_reads_back_and_no_bit_of_it_may_change(said in any_statement(), at in 0_usize..128) {
            let signed = said.sign(&SecretKey::from_seed(&[3; 32]));
            let text = serde_json::to_string(&signed).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Signed>(&text).unwrap(), &signed);
            prop_assert!(signed.holds());
            let mut digits: Vec<u8> = signed.signature.to_string().into_bytes();
            digits[at] = if digits[at] == b'0' { b'1' } else { b'0' };
            let signature = String::from_utf8(digits).unwrap().parse().unwrap();
            let changed = Signed { signature, ..signed };
            prop_assert!(!changed.holds());
        }
    }
}
