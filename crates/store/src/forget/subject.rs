//! Whom a request to forget is about: a value, and every form in which the store may hold it.
//!
//! A value stands readable in fields that are kept (in any case, between boundaries: `ann` is not in
//! `joanna`, nor `192.0.2.1` in `192.0.2.17`), percent-encoded, escaped in JSON, and as a pseudonym under each
//! known key: of the whole field, of an address in a mail, of a masked secret, or word by word. What was cut
//! (`truncate N`) or encoded (base64 in a mail) is not found.

use std::fmt::Write as _;

use aho_corasick::AhoCorasick;
use ringtrue_core::{Event, LabelEntry, PseudonymKey, Value};

use super::{Fate, Judge, KeyUse};
use crate::ingest::SetAside;

/// Characters of a value, at least: shorter ones would concern everybody.
const CHARACTERS_MIN: usize = 3;

/// A value is none that a store can be searched for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// It would be found everywhere.
    #[error("a value of fewer than {CHARACTERS_MIN} characters would concern too much: {found}")]
    TooShort {
        /// How many characters it has.
        found: usize,
    },
    /// The forms are too many or too long to search for.
    #[error("the value cannot be searched for")]
    TooLong,
}

/// Somebody, or something, that is to be forgotten.
#[derive(Debug)]
pub struct Subject {
    plain: String,
    spellings: Vec<String>,
    forms: AhoCorasick,
    tokens: Vec<(ringtrue_core::KeyId, AhoCorasick)>,
}

impl Subject {
    /// Prepares the search for `value`, readable and under each of `keys`.
    ///
    /// # Errors
    ///
    /// [`SubjectError`] for a value that is too short or too long.
    pub fn new(value: &str, keys: &[PseudonymKey]) -> Result<Self, SubjectError> {
        let value = value.trim();
        let found = value.chars().count();
        if found < CHARACTERS_MIN {
            return Err(SubjectError::TooShort { found });
        }
        let (lower, upper) = (value.to_lowercase(), value.to_uppercase());
        let mut forms: Vec<String> = vec![value.to_owned(), lower.clone(), upper.clone()];
        forms.push(value.replace('@', "%40"));
        forms.push(percent_encoded(value));
        forms.push(percent_encoded(value).replace("%20", "+"));
        let escaped = serde_json::Value::from(value).to_string();
        forms.push(escaped.trim_matches('"').to_owned());
        for key in keys {
            for spelt in [value, &lower, &upper] {
                forms.push(key.of_value(spelt));
                forms.push(format!("_{}__", key.short(spelt)));
            }
            forms.push(key.of_address(value));
        }
        forms.sort();
        forms.dedup();
        let tokens = keys.iter().map(|key| {
            let token = key.tokenise(value);
            search(&[token]).map(|token| (key.id(), token))
        });
        Ok(Self {
            plain: value.to_owned(),
            forms: search(&forms)?,
            spellings: forms,
            tokens: tokens.collect::<Result<_, _>>()?,
        })
    }

    /// Returns the value as it may stand alone in a field: in its cases, and as a pseudonym under each key.
    #[must_use]
    pub fn spellings(&self) -> &[String] {
        &self.spellings
    }

    /// Returns whether `text`, kept under these keys, holds the value.
    #[must_use]
    pub fn is_in(&self, text: &str, keys: &[KeyUse]) -> bool {
        stands_in(&self.forms, text)
            || self.tokens.iter().any(|(key, token)| {
                keys.iter().any(|used| used.tokenises && used.key == *key) && stands_in(token, text)
            })
    }

    /// Returns whether an event that was kept under these keys concerns the subject, in a field, in a
    /// field's name or in a role.
    #[must_use]
    pub fn is_concerned(&self, event: &Event, keys: &[KeyUse]) -> bool {
        let roles = [&event.source, &event.family, &event.group];
        let mut roles = roles.into_iter().flatten();
        roles.any(|role| self.is_in(role, keys))
            || event.fields.iter().any(|field| {
                let is_value = match &field.value {
                    Value::Text(text) => self.is_in(text, keys),
                    Value::Missing => false,
                    other => other.text().as_deref() == Some(&*self.plain),
                };
                is_value || self.is_in(&field.name, keys)
            })
    }

    /// Returns whether bytes of another file hold the value, readable or as an unmistakable pseudonym.
    #[must_use]
    pub fn is_in_bytes(&self, bytes: &[u8]) -> bool {
        stands_in_bytes(&self.forms, bytes)
    }
}

impl Judge for Subject {
    fn event(&mut self, event: &Event, keys: &[KeyUse]) -> Fate {
        if self.is_concerned(event, keys) {
            Fate::Remove
        } else {
            Fate::Keep
        }
    }

    fn is_removed(&mut self, row: &SetAside, keys: &[KeyUse]) -> bool {
        self.is_in(&row.excerpt, keys) || self.is_in(&row.reason, keys)
    }

    fn is_label_removed(&mut self, entry: &LabelEntry) -> bool {
        let texts = [&entry.who, &entry.role, &entry.evidence, &entry.note];
        texts.into_iter().any(|text| self.is_in(text, &[]))
    }
}

/// Returns a value as it stands in the query of a URL.
fn percent_encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            write!(text, "%{byte:02X}").unwrap_or_default();
        }
    }
    text
}

fn search(forms: &[String]) -> Result<AhoCorasick, SubjectError> {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(forms)
        .map_err(|_| SubjectError::TooLong)
}

fn stands_in(forms: &AhoCorasick, text: &str) -> bool {
    stands_in_bytes(forms, text.as_bytes())
}

fn stands_in_bytes(forms: &AhoCorasick, bytes: &[u8]) -> bool {
    let mut hits = forms.find_overlapping_iter(bytes);
    hits.any(|hit| is_apart(bytes, hit.start(), hit.end()))
}

/// Returns whether what stands at `start..end` is no part of something longer: of a word, of a dotted or
/// joined name, of a number.
fn is_apart(bytes: &[u8], start: usize, end: usize) -> bool {
    let is_word = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
    };
    let is_joint =
        |byte: Option<&u8>| byte.is_some_and(|byte| matches!(byte, b'.' | b'-' | b'_' | b'+'));
    let before = start.checked_sub(1);
    let before_that = start.checked_sub(2);
    let at = |place: Option<usize>| place.and_then(|place| bytes.get(place));
    // A form that begins or ends with a sign of its own brings its boundary along.
    let begins = !is_word(bytes.get(start))
        || is_behind_escape(bytes.get(..start).unwrap_or_default())
        || !(is_word(at(before)) || is_joint(at(before)) && is_word(at(before_that)));
    let ends = !is_word(at(end.checked_sub(1)))
        || !(is_word(bytes.get(end)) || is_joint(bytes.get(end)) && is_word(bytes.get(end + 1)));
    begins && ends
}

/// Returns whether `before` ends with a sign that is written as letters: `%2F` in a URL, `\n` in JSON.
fn is_behind_escape(before: &[u8]) -> bool {
    match before {
        [.., b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            let byte = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default();
            let sign = u8::try_from(byte(*high) * 16 + byte(*low)).unwrap_or_default();
            !(sign.is_ascii_alphanumeric() || b".-_+".contains(&sign) || !sign.is_ascii())
        }
        [.., b'\\', sign] => matches!(sign, b'n' | b'r' | b't'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(value: &str) -> Subject {
        Subject::new(value, &[PseudonymKey::new([1; 32])]).unwrap()
    }

    #[test]
    fn a_value_stands_between_boundaries() {
        for (value, text, expected) in [
            ("ann", "Ann wrote", true),
            ("ann", "/home/ann/x", true),
            ("ann", "joanna", false),
            ("ann", "ann.lee@corp.example", false),
            ("ann", "hello ann.", true),
            ("ann@corp.example", "<Ann@Corp.Example>", true),
            ("ann@corp.example", "m=ann%40corp.example&x", true),
            ("ann@corp.example", "joann@corp.example", false),
            ("192.0.2.1", "from 192.0.2.1:80", true),
            ("192.0.2.1", "192.0.2.17 and 1.192.0.2.1", false),
            ("corp.example", "mail.corp.example", false),
            ("J\u{fc}rgen", "J\u{dc}RGEN", true),
            ("ann", "u=http%3A%2F%2Fx.example%2Fann%20lee", true),
            ("ann", "x=jo%41ann", false),
            ("ann", "{\"text\":\"hello\\nann\"}", true),
            ("ann lee", "name=Ann%20Lee&x", true),
            ("ann lee", "name=ann+lee", true),
            ("J\u{fc}rgen", "q=J%C3%BCrgen", true),
            ("/home/ann", "p=%2Fhome%2Fann&x", true),
            ("CORP\\ann", "{\"u\":\"CORP\\\\ann\"}", true),
        ] {
            assert_eq!(subject(value).is_in(text, &[]), expected, "{value}: {text}");
        }
        assert_eq!(
            Subject::new("an", &[]).unwrap_err(),
            SubjectError::TooShort { found: 2 }
        );
    }

    #[test]
    fn pseudonyms_under_known_keys_are_found() {
        let (key, other) = (PseudonymKey::new([1; 32]), PseudonymKey::new([2; 32]));
        let subject = subject("Ann@corp.example");
        for text in [
            key.of_value("Ann@corp.example"),
            key.of_value("ann@corp.example"),
            format!("From: x <{}>", key.of_address("ann@corp.example")),
        ] {
            assert!(subject.is_in(&text, &[]), "{text}");
        }
        assert!(!subject.is_in(&other.of_value("ann@corp.example"), &[]));
        let text = key.tokenise("mail ann@corp.example now");
        let used = |tokenises| KeyUse {
            key: key.id(),
            tokenises,
        };
        assert!(subject.is_in(&text, &[used(true)]));
        assert!(!subject.is_in(&text, &[used(false)]));
        let elsewhere = KeyUse {
            key: other.id(),
            tokenises: true,
        };
        assert!(!subject.is_in(&text, &[elsewhere]));
    }
}
