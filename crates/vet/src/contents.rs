//! Contents: which events hold the same, as far as a detector can see.
//!
//! Two events are copies if their evidence is the same text; two rows of a table, if every column that signals are computed of holds the same.
//! When and where they were seen is no part of it, nor, in a table, is what only numbers events, or on which side of somebody's split they stand.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use ringtrue_core::random::mix;

use crate::columns::{Column, Values};
use crate::data::Data;

/// Which events hold the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The number of what each event holds, in order of first appearance.
    pub of: Vec<u32>,
    /// Columns that signals are computed of and that were not compared: they number events, or say how somebody split them.
    pub apart: Vec<String>,
}

/// Events that make it improbable that whole numbers are all different by chance.
const NUMBERED_MIN: usize = 100;

impl Contents {
    pub(crate) fn of(data: &Data<'_>) -> Self {
        if let Some(field) = data.kind().evidence() {
            let events = data.events.iter().map(|sampled| &sampled.event);
            return Self {
                of: numbered(events.map(|event| event.value(field).text())),
                apart: Vec::new(),
            };
        }
        let read = data.columns.all.iter().filter(|column| column.is_read);
        let is_apart =
            |column: &&Column| numbers_events(column) || StatedSplit::of(column).is_some();
        let (mut apart, mut kept): (Vec<&Column>, Vec<&Column>) = read.partition(is_apart);
        // A table of nothing else is compared as it is.
        if kept.is_empty() {
            std::mem::swap(&mut apart, &mut kept);
        }
        let mut hashes = vec![0; data.len()];
        for column in kept {
            stir(&mut hashes, &column.values);
        }
        Self {
            of: numbered(hashes.into_iter()),
            apart: apart.iter().map(|column| column.name.to_string()).collect(),
        }
    }
}

/// Takes a column's values into the hashes of events.
fn stir(hashes: &mut [u64], values: &Values) {
    let stirred = |hash: &mut u64, value: u64| *hash = mix(hash.rotate_left(5) ^ value);
    match values {
        Values::Numbers(numbers) => {
            for (hash, number) in hashes.iter_mut().zip(numbers) {
                // A missing number is like any other; so are the two zeros.
                let number = if number.is_nan() {
                    f64::NAN
                } else {
                    number + 0.0
                };
                stirred(hash, number.to_bits());
            }
        }
        Values::Words { of, .. } => {
            for (hash, word) in hashes.iter_mut().zip(of) {
                stirred(hash, u64::from(*word));
            }
        }
    }
}

/// Numbers what comes by what it is equal to, in order of first appearance.
fn numbered<T: Eq + Hash>(things: impl Iterator<Item = T>) -> Vec<u32> {
    let mut numbers: HashMap<T, u32> = HashMap::new();
    let number = |thing: T| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(thing).or_insert(next)
    };
    things.map(number).collect()
}

/// Returns whether a column names events: a whole number or a single word, another for each.
fn numbers_events(column: &Column) -> bool {
    // Numbers among words are numbers: one that has a fraction measures something, however seldom it comes twice.
    if let Some(numbers) = column.values.numbers() {
        let mut seen = BTreeSet::new();
        let is_new =
            |number: &f64| number.fract().abs() < f64::EPSILON && seen.insert(number.to_bits());
        return numbers.len() >= NUMBERED_MIN && numbers.iter().all(is_new);
    }
    let Values::Words { of, words } = &column.values else {
        return false;
    };
    let is_word = |word: &Arc<str>| !word.contains(char::is_whitespace);
    of.len() >= NUMBERED_MIN && words.len() == of.len() && words.iter().all(is_word)
}

/// How somebody split the events, as a column says in the usual words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatedSplit {
    /// For each event whether it is one that the model is asked; `None` where nothing stands.
    pub(crate) is_asked: Vec<Option<bool>>,
}

impl StatedSplit {
    /// Reads a column as a split if each of its words says on which side an event stands, and both sides are there.
    pub(crate) fn of(column: &Column) -> Option<Self> {
        const LEARNED: [&str; 3] = ["train", "training", "learn"];
        const ASKED: [&str; 9] = [
            "test",
            "testing",
            "valid",
            "validation",
            "val",
            "dev",
            "eval",
            "evaluation",
            "holdout",
        ];
        let Values::Words { of, words } = &column.values else {
            return None;
        };
        if words.len() > LEARNED.len() + ASKED.len() {
            return None;
        }
        let side = |word: &Arc<str>| {
            let word = word.trim().to_lowercase();
            let is_asked = ASKED.contains(&word.as_str());
            (is_asked || LEARNED.contains(&word.as_str())).then_some(is_asked)
        };
        let sides: Vec<bool> = words.iter().map(side).collect::<Option<_>>()?;
        if !sides.contains(&true) || !sides.contains(&false) {
            return None;
        }
        let is_asked = |word: &u32| sides.get(*word as usize).copied();
        Some(Self {
            is_asked: of.iter().map(is_asked).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(texts: &[&str]) -> Column {
        let mut words: Vec<Arc<str>> = Vec::new();
        let of = texts.iter().map(|text| {
            let place = words.iter().position(|word| &**word == *text);
            let place = place.unwrap_or_else(|| {
                words.push(Arc::from(*text));
                words.len() - 1
            });
            u32::try_from(place).unwrap()
        });
        Column {
            name: Arc::from("column"),
            values: Values::Words {
                of: of.collect(),
                words,
            },
            is_read: true,
        }
    }

    fn numbers(values: Vec<f64>) -> Column {
        Column {
            name: Arc::from("column"),
            values: Values::Numbers(values),
            is_read: true,
        }
    }

    #[test]
    fn only_what_differs_for_each_event_and_is_whole_numbers_them() {
        assert!(numbers_events(&numbers((0..200).map(f64::from).collect())));
        assert!(!numbers_events(&numbers(
            (0..200).map(|at| f64::from(at) * 0.3).collect()
        )));
        assert!(!numbers_events(&numbers(
            (0..200).map(|at| f64::from(at / 2)).collect()
        )));
        assert!(!numbers_events(&numbers(vec![1.0, 2.0])));
        let names: Vec<String> = (0..200).map(|at| format!("id{at}")).collect();
        let texts: Vec<String> = (0..200).map(|at| format!("said {at} times")).collect();
        assert!(numbers_events(&words(
            &names.iter().map(String::as_str).collect::<Vec<_>>()
        )));
        assert!(!numbers_events(&words(
            &texts.iter().map(String::as_str).collect::<Vec<_>>()
        )));
    }

    #[test]
    fn a_split_is_read_only_of_words_that_all_name_a_side() {
        let split = StatedSplit::of(&words(&["train", "Valid", "train"])).unwrap();
        assert_eq!(split.is_asked, [Some(false), Some(true), Some(false)]);
        assert_eq!(StatedSplit::of(&words(&["train", "train"])), None);
        assert_eq!(StatedSplit::of(&words(&["train", "test", "other"])), None);
        assert_eq!(StatedSplit::of(&numbers(vec![0.0, 1.0])), None);
    }

    #[test]
    fn missing_numbers_and_both_zeros_are_the_same() {
        let mut hashes = vec![0; 4];
        stir(
            &mut hashes,
            &Values::Numbers(vec![0.0, -0.0, f64::NAN, -f64::NAN]),
        );
        assert_eq!(numbered(hashes.into_iter()), [0, 0, 1, 1]);
    }
}
