//! An automaton that finds every listed word in a text, in tables that are small enough for the fastest caches.
//!
//! ```text
//!   words ──aho-corasick──► automaton ──states numbered breadth first, bytes by class──► steps of two bytes each
//! ```
//!
//! Each step waits for the one before it, so that what finding words takes is what reading a step takes. States near the
//! start, where texts are nearly always, stand together. It refuses lists with more states or different bytes than its
//! tables have room for.

use std::collections::{HashMap, VecDeque};

use aho_corasick::automaton::{Automaton as _, StateID};
use aho_corasick::dfa::DFA;
use aho_corasick::{Anchored, MatchKind};
use foldhash::fast::FixedState;

/// Classes of bytes: those that stand in no word are of one.
const CLASSES: usize = 64;

/// See the module.
pub(super) struct Automaton {
    /// The class of each byte.
    classes: [u8; 256],
    /// Where each class leads from each state; the start is the first.
    steps: Vec<[u16; CLASSES]>,
    /// The words that end at each state: place and bytes of each.
    ends: Vec<Vec<(usize, usize)>>,
    /// Whether a word ends at each state.
    is_end: Vec<bool>,
}

impl Automaton {
    /// Returns nothing if the words need more room than there is.
    pub(super) fn new<'a>(words: impl Iterator<Item = &'a str>) -> Option<Self> {
        let words: Vec<&str> = words.collect();
        let (classes, members) = classes(&words)?;
        let kind = MatchKind::Standard;
        let dfa = DFA::builder().match_kind(kind).build(words).ok()?;
        let start = dfa.start_state(Anchored::No).ok()?;
        let mut numbers: HashMap<StateID, u16, FixedState> = HashMap::default();
        numbers.insert(start, 0);
        let mut waiting = VecDeque::from([start]);
        let (mut steps, mut ends) = (Vec::new(), Vec::new());
        while let Some(state) = waiting.pop_front() {
            let mut row = [0; CLASSES];
            for (step, member) in row.iter_mut().zip(&members) {
                let next = dfa.next_state(Anchored::No, state, *member);
                let number = u16::try_from(numbers.len()).ok()?;
                *step = *numbers.entry(next).or_insert_with(|| {
                    waiting.push_back(next);
                    number
                });
            }
            steps.push(row);
            ends.push(ends_at(&dfa, state));
        }
        Some(Self {
            classes,
            steps,
            is_end: ends.iter().map(|words| !words.is_empty()).collect(),
            ends,
        })
    }

    /// Calls `found` with the place in the list, the start and the end of each word in `text`.
    pub(super) fn find(&self, text: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        let mut state = 0;
        for (at, byte) in text.iter().enumerate() {
            let class = self.classes.get(usize::from(*byte)).copied().unwrap_or(0);
            let row = self.steps.get(state);
            let step = row.and_then(|row| row.get(usize::from(class) % CLASSES));
            state = step.copied().map_or(0, usize::from);
            if !self.is_end.get(state).copied().unwrap_or(false) {
                continue;
            }
            let end = at.saturating_add(1);
            for (word, bytes) in self.ends.get(state).into_iter().flatten() {
                found(*word, end.saturating_sub(*bytes), end);
            }
        }
    }
}

fn ends_at(dfa: &DFA, state: StateID) -> Vec<(usize, usize)> {
    if !dfa.is_match(state) {
        return Vec::new();
    }
    let words = (0..dfa.match_len(state)).map(|index| dfa.match_pattern(state, index));
    words
        .map(|word| (word.as_usize(), dfa.pattern_len(word)))
        .collect()
}

/// Returns the class of each byte, and a byte of each class; nothing if there are too many.
fn classes(words: &[&str]) -> Option<([u8; 256], Vec<u8>)> {
    let stands = |byte: u8| words.iter().any(|word| word.as_bytes().contains(&byte));
    let other = (0..=u8::MAX).find(|byte| !stands(*byte))?;
    let mut members = vec![other];
    let mut classes = [0; 256];
    for (byte, class) in (0..=u8::MAX).zip(&mut classes) {
        if stands(byte) {
            *class = u8::try_from(members.len()).ok()?;
            members.push(byte);
        }
    }
    (members.len() <= CLASSES).then_some((classes, members))
}

#[cfg(test)]
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by a panic"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_word_is_found_wherever_it_stands(
            words in prop::collection::btree_set("[abc]{1,4}", 1..8),
            text in "[abcé]{0,20}",
        ) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let automaton = Automaton::new(words.iter().copied()).unwrap();
            let mut found = Vec::new();
            automaton.find(text.as_bytes(), |word, start, end| found.push((word, start, end)));
            found.sort_unstable();
            let mut expected: Vec<(usize, usize, usize)> = Vec::new();
            for (place, word) in words.iter().enumerate() {
                let starts = (0..text.len()).filter(|start| text.as_bytes()[*start..].starts_with(word.as_bytes()));
                expected.extend(starts.map(|start| (place, start, start + word.len())));
            }
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn more_bytes_than_there_are_classes_are_refused() {
        let many: Vec<String> = (0..CLASSES)
            .map(|at| char::from(b'0' + u8::try_from(at).unwrap()).to_string())
            .collect();
        assert!(Automaton::new(many.iter().map(String::as_str)).is_none());
        assert!(Automaton::new(many.iter().skip(1).map(String::as_str)).is_some());
    }
}
