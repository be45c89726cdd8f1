//! `people.toml`: who may say yes, in which role, and by which key.
//!
//! The file stands beside the task, under version control: names, roles and public keys are no secret. Whoever leaves or
//! loses a key is revoked and stays in the file, so that what they signed before can still be checked. Refuses files that
//! leave open who a signature is of: unknown keys of the file, one public key twice, one name twice without one of them
//! being revoked.

use serde::Deserialize;

use super::key::PublicKey;
use super::statement::Role;
use crate::digest::Digest;
use crate::time::EventTime;

/// Bytes of the file, at most.
pub const PEOPLE_BYTES_MAX: usize = 1 << 20;

/// One person in one role with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name, as statements bear it.
    pub name: String,
    /// For what they speak.
    pub role: Role,
    /// The key that their signatures are checked by.
    pub key: PublicKey,
    /// From when on the key no longer counts.
    pub revoked: Option<EventTime>,
}

/// Everybody who may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    people: Vec<Person>,
    digest: Digest,
}

/// A text is no file of people.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeopleError {
    /// It is too long.
    #[error("the file of people is longer than {PEOPLE_BYTES_MAX} bytes: {0} bytes")]
    TooLong(usize),
    /// It is no TOML of this form.
    #[error("line {line}: {message}")]
    Form {
        /// The line, from 1.
        line: usize,
        /// What does not hold.
        message: String,
    },
    /// It is of a later version.
    #[error("this ringtrue reads files of people of `format = 1`, not of format: {0}")]
    Format(u32),
    /// Somebody has no name.
    #[error("a person's `name` must not be empty")]
    NoName,
    /// A time does not read.
    #[error("`revoked` of `{name}` is no time: `{found}`")]
    Time {
        /// Whose.
        name: String,
        /// What stands there.
        found: String,
    },
    /// Two people have one key, so that nobody can say who signed.
    #[error("two people have the same key: `{one}` and `{other}`")]
    SameKey {
        /// One of them.
        one: String,
        /// The other.
        other: String,
    },
    /// A name stands twice, and no entry of it is revoked.
    #[error("`{0}` has two keys that are not revoked")]
    TwoKeys(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    #[serde(default)]
    people: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    role: Role,
    key: PublicKey,
    revoked: Option<String>,
}

impl People {
    /// Reads the text of the file.
    ///
    /// # Errors
    ///
    /// [`PeopleError`] with the first thing that does not hold.
    pub fn parse(text: &str) -> Result<Self, PeopleError> {
        if text.len() > PEOPLE_BYTES_MAX {
            return Err(PeopleError::TooLong(text.len()));
        }
        let file: File = toml::from_str(text).map_err(|error| form(text, &error))?;
        if file.format != 1 {
            return Err(PeopleError::Format(file.format));
        }
        let people = file.people.into_iter().map(person);
        let people: Vec<Person> = people.collect::<Result<_, _>>()?;
        check(&people)?;
        Ok(Self {
            people,
            digest: Digest::of(text.as_bytes()),
        })
    }

    /// Returns everybody, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[Person] {
        &self.people
    }

    /// Returns the digest of the file's text.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Returns who has this key.
    #[must_use]
    pub fn by_key(&self, key: &PublicKey) -> Option<&Person> {
        self.people.iter().find(|person| person.key == *key)
    }

    /// Returns the person of this name whose key counts at `now`; if none does, one whose key does not.
    #[must_use]
    pub fn by_name(&self, name: &str, now: EventTime) -> Option<&Person> {
        let of_name = || self.people.iter().filter(|person| person.name == name);
        of_name()
            .find(|person| !person.is_revoked(now))
            .or_else(|| of_name().next())
    }
}

impl Person {
    /// Returns whether the key no longer counts at `at`.
    #[must_use]
    pub fn is_revoked(&self, at: EventTime) -> bool {
        self.revoked.is_some_and(|from| at >= from)
    }
}

fn form(text: &str, error: &toml::de::Error) -> PeopleError {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.bytes().take(start);
    PeopleError::Form {
        line: 1 + before.filter(|byte| *byte == b'\n').count(),
        message: error.message().to_owned(),
    }
}

fn person(entry: Entry) -> Result<Person, PeopleError> {
    let name = entry.name.trim().to_owned();
    if name.is_empty() {
        return Err(PeopleError::NoName);
    }
    let revoked = match entry.revoked {
        None => None,
        Some(found) => match EventTime::parse(&found) {
            Ok((time, _)) => Some(time),
            Err(_) => return Err(PeopleError::Time { name, found }),
        },
    };
    Ok(Person {
        name,
        role: entry.role,
        key: entry.key,
        revoked,
    })
}

fn check(people: &[Person]) -> Result<(), PeopleError> {
    for (at, person) in people.iter().enumerate() {
        for other in people.iter().skip(at + 1) {
            if person.key == other.key {
                return Err(PeopleError::SameKey {
                    one: person.name.clone(),
                    other: other.name.clone(),
                });
            }
            let both_count = person.revoked.is_none() && other.revoked.is_none();
            if person.name == other.name && both_count {
                return Err(PeopleError::TwoKeys(person.name.clone()));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SecretKey;

    fn entry(name: &str, role: &str, seed: u8) -> String {
        let key = SecretKey::from_seed(&[seed; 32]).public();
        format!("[[people]]\nname = \"{name}\"\nrole = \"{role}\"\nkey = \"{key}\"\n")
    }

    fn parse(entries: &[String]) -> Result<People, PeopleError> {
        People::parse(&format!("format = 1\n{}", entries.concat()))
    }

    #[test]
    fn a_person_with_a_new_key_has_one_that_counts() {
        let old = entry("ann", "analyst", 1) + "revoked = \"2026-11-01\"\n";
        let people = parse(&[old, entry("ann", "analyst", 2)]).unwrap();
        let now = EventTime::from_date(2026, 11, 22);
        let new = SecretKey::from_seed(&[2; 32]).public();
        assert_eq!(people.by_name("ann", now).unwrap().key, new);
        assert_eq!(people.all().len(), 2);
        let before = EventTime::from_date(2026, 10, 31);
        assert!(!people.all()[0].is_revoked(before));
    }

    #[test]
    fn what_leaves_open_who_signed_is_refused() {
        let ann = entry("ann", "analyst", 1);
        let told = |entries: &[String]| parse(entries).unwrap_err().to_string();
        let other = entry("bob", "approver", 1);
        assert_eq!(
            told(&[ann.clone(), other]),
            "two people have the same key: `ann` and `bob`"
        );
        assert_eq!(
            told(&[ann.clone(), entry("ann", "approver", 2)]),
            "`ann` has two keys that are not revoked"
        );
        let odd = ann.replace("analyst", "boss");
        let words = told(&[odd]);
        assert!(
            words.starts_with("line ") && words.contains("unknown variant `boss`"),
            "{words}"
        );
        let odd = ann.clone() + "can = \"all\"\n";
        assert!(told(&[odd]).contains("unknown field `can`"));
        let odd = ann.clone() + "revoked = \"soon\"\n";
        assert_eq!(told(&[odd]), "`revoked` of `ann` is no time: `soon`");
        let odd = ann.replace("key = \"", "key = \"0");
        assert!(told(&[odd]).contains("not a public key"));
        assert!(told(&[entry(" ", "analyst", 1)]).contains("must not be empty"));
        let long = format!("format = 1\n#{}", "x".repeat(PEOPLE_BYTES_MAX));
        assert!(People::parse(&long).is_err());
        assert!(People::parse("format = 2\n").is_err());
        assert!(People::parse("").is_err());
    }
}
