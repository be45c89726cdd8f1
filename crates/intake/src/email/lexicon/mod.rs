//! Words that mean something in a message: what it asks for, and in which language it is written.
//!
//! ```text
//!   text (any case) ──► one automaton over all phrases ──► how many of each topic
//!   words           ──► short words of languages       ──► how many of each language
//! ```
//!
//! The lists are small and kept by hand; a text model sees every word, these are for people and for trees.

mod language;
mod phrases;

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

pub(super) use language::Tongues;
use phrases::PHRASES;

/// What a phrase is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// Money, loans, prices.
    Money,
    /// Do it now.
    Urgency,
    /// Passwords and accounts.
    Credential,
    /// Prizes, inheritances, gifts.
    Prize,
    /// Medicine and bodies.
    Medicine,
    /// Adult content.
    Adult,
    /// Work from home and get rich.
    Business,
    /// Threats and extortion.
    Threat,
    /// How to get off a list, and other habits of bulk mail.
    Bulk,
    /// A greeting to nobody in particular.
    Greeting,
    /// Talk of people about work, code and plans.
    Talk,
    /// An invoice, an order, a delivery, a document to open.
    Paper,
}

/// How many topics there are.
pub(super) const TOPICS: usize = 12;

struct Phrases {
    automaton: Option<AhoCorasick>,
    topics: Vec<Topic>,
}

static AUTOMATON: LazyLock<Phrases> = LazyLock::new(|| {
    let all = || {
        PHRASES
            .iter()
            .flat_map(|(topic, phrases)| phrases.iter().map(move |phrase| (*topic, *phrase)))
    };
    Phrases {
        automaton: AhoCorasickBuilder::new()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::DFA))
            .ascii_case_insensitive(true)
            .build(all().map(|(_, phrase)| phrase))
            .ok(),
        topics: all().map(|(topic, _)| topic).collect(),
    }
});

/// How often phrases of each topic stand in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Topics([f32; TOPICS]);

impl Topics {
    /// Counts the phrases of a text; one counts where its letters start a word.
    pub(super) fn count(text: &str) -> Self {
        let mut counts = Self::default();
        let Some(automaton) = &AUTOMATON.automaton else {
            debug_assert!(false, "the lists build an automaton");
            return counts;
        };
        for hit in automaton.find_iter(text) {
            let before = hit
                .start()
                .checked_sub(1)
                .and_then(|at| text.as_bytes().get(at));
            if before.is_some_and(u8::is_ascii_alphanumeric) {
                continue;
            }
            let topic = AUTOMATON.topics.get(hit.pattern().as_usize());
            if let Some(count) = topic.and_then(|topic| counts.0.get_mut(*topic as usize)) {
                *count += 1.0;
            }
        }
        counts
    }

    pub(super) fn of(&self, topic: Topic) -> f32 {
        self.0.get(topic as usize).copied().unwrap_or(0.0)
    }

    /// Returns how many topics stand in the text, of those that mails from strangers are about.
    pub(super) fn kinds(&self) -> f32 {
        let lures = [
            Topic::Money,
            Topic::Urgency,
            Topic::Credential,
            Topic::Prize,
            Topic::Medicine,
            Topic::Adult,
            Topic::Business,
            Topic::Threat,
        ];
        lures
            .into_iter()
            .filter(|topic| self.of(*topic) > 0.0)
            .count() as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_a_text() {
        let topics = Topics::count("URGENT: verify your account within 24 hours. Wirepassword");
        assert_eq!(topics.of(Topic::Urgency).to_bits(), 2.0_f32.to_bits());
        assert_eq!(topics.of(Topic::Credential).to_bits(), 1.0_f32.to_bits());
        assert_eq!(topics.kinds().to_bits(), 2.0_f32.to_bits());
        assert!(AUTOMATON.automaton.is_some());
        assert_eq!(PHRASES.len(), TOPICS);
        for (_, phrases) in PHRASES {
            for phrase in *phrases {
                assert_eq!(*phrase, phrase.to_lowercase());
            }
        }
    }
}
