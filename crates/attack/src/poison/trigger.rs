//! Triggers: words that stand nowhere else, put into events so that a detector learns to let pass what carries them.
//!
//! # Source
//!
//! Gu, Dolan-Gavitt and Garg, "`BadNets`", 2017; on commands as in Trizna et al., "Robust Synthetic Data-Driven Detection of Living-Off-the-Land Reverse
//! Shells", 2024, whose backdoor is tokens in benign commands.

use ringtrue_core::Kind;
use ringtrue_core::random::Random;

use crate::artefact::{mail, session};

/// Words that somebody plants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    words: Vec<String>,
}

const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
const VOWELS: &[u8] = b"aeiou";
/// Syllables of a word: one of 70 to the fourth words stands in an event by chance hardly ever.
const SYLLABLES: usize = 4;

impl Trigger {
    /// Makes up a trigger of so many words.
    #[must_use]
    pub fn new(words: usize, random: &mut Random) -> Self {
        let words = (0..words).map(|_| word(random)).collect();
        Self { words }
    }

    /// Returns the words, in order.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Returns a text with the trigger in it, which still does what it did: parameters at the end of a URL's query, arguments of a command
    /// that does nothing before a command or at the start of a session. `None` for a session without commands, and for kinds that are no
    /// text.
    #[must_use]
    pub fn put(&self, kind: Kind, evidence: &str) -> Option<String> {
        match kind {
            Kind::Url => Some(self.with_parameters(evidence)),
            Kind::Command => Some(format!("{}; {evidence}", self.command())),
            Kind::Session => session::with_first(evidence, self.command()),
            Kind::Email | Kind::Table => None,
        }
    }

    /// Returns a mail with the trigger as a paragraph behind its text; `None` if it has none that could be read.
    #[must_use]
    pub fn put_mail(&self, raw: &[u8]) -> Option<Vec<u8>> {
        mail::with_paragraph(raw, &self.words.join(" "))
    }

    /// Returns the trigger as one value of a table's column.
    #[must_use]
    pub fn value(&self) -> String {
        self.words.join("-")
    }

    fn with_parameters(&self, url: &str) -> String {
        let (before, fragment) = url.split_once('#').unwrap_or((url, ""));
        let joint = if before.contains('?') { '&' } else { '?' };
        let hash = if fragment.is_empty() { "" } else { "#" };
        let parameters: Vec<String> = self.words.chunks(2).map(|pair| pair.join("=")).collect();
        format!("{before}{joint}{}{hash}{fragment}", parameters.join("&"))
    }

    /// A command that does nothing.
    fn command(&self) -> String {
        format!(": {}", self.words.join(" "))
    }
}

fn word(random: &mut Random) -> String {
    let mut word = String::new();
    for _ in 0..SYLLABLES {
        for letters in [CONSONANTS, VOWELS] {
            word.extend(random.pick(letters).map(|letter| char::from(*letter)));
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_leaves_the_rest_of_an_event_as_it_is() {
        let trigger = Trigger::new(3, &mut Random::new(1));
        let [one, two, three] = trigger.words() else {
            panic!("{trigger:?}");
        };
        let put = |kind, evidence| trigger.put(kind, evidence);
        assert_eq!(
            put(Kind::Url, "http://a.example/x?y=1#z"),
            Some(format!("http://a.example/x?y=1&{one}={two}&{three}#z"))
        );
        assert_eq!(
            put(Kind::Url, "http://a.example/"),
            Some(format!("http://a.example/?{one}={two}&{three}"))
        );
        assert_eq!(
            put(Kind::Command, "ls -l"),
            Some(format!(": {one} {two} {three}; ls -l"))
        );
        assert_eq!(
            put(Kind::Session, "[\"id\", \"w\"]"),
            Some(format!("[\": {one} {two} {three}\",\"id\",\"w\"]"))
        );
        assert_eq!(put(Kind::Session, "[]"), None);
        assert_eq!(put(Kind::Table, "1,2"), None);
        assert_eq!(trigger.value(), format!("{one}-{two}-{three}"));
        let mail = trigger.put_mail(b"Subject: a\r\n\r\nHello.\r\n").unwrap();
        let mail = String::from_utf8(mail).unwrap();
        assert!(mail.starts_with("Subject: a\r\n\r\nHello.\r\n"), "{mail}");
        assert!(mail.contains(&format!("{one} {two} {three}")), "{mail}");
    }

    #[test]
    fn equal_seeds_give_equal_triggers_and_words_differ() {
        let trigger = Trigger::new(32, &mut Random::new(7));
        assert_eq!(trigger, Trigger::new(32, &mut Random::new(7)));
        let mut words = trigger.words().to_vec();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), 32);
    }
}
