//! Columns: the fields of events as they came, one list of values a field, whether a signal reads them or not.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use ringtrue_core::{Event, Value};

/// One field of all events.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The input's column or key.
    pub name: Arc<str>,
    /// What stood there.
    pub values: Values,
    /// Whether a signal is computed of it.
    pub is_read: bool,
}

/// The values of a column, one for each event.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers; NaN where nothing stood. Truth values are 0 and 1.
    Numbers(Vec<f64>),
    /// Words by number; [`Values::NONE`] where nothing stood. Numbers among words are words too.
    Words {
        /// The number of each event's word.
        of: Vec<u32>,
        /// The words, in order of first appearance.
        words: Vec<Arc<str>>,
    },
}

impl Values {
    /// Stands where a word is missing.
    pub const NONE: u32 = u32::MAX;

    /// Returns whether nothing stood at `position`.
    #[must_use]
    pub fn is_missing(&self, position: usize) -> bool {
        match self {
            Self::Numbers(values) => values.get(position).is_none_or(|value| value.is_nan()),
            Self::Words { of, .. } => of.get(position).is_none_or(|word| *word == Self::NONE),
        }
    }

    /// Returns a number for each event: the number itself, or the word's; NaN where nothing stood.
    #[must_use]
    pub fn codes(&self) -> Vec<f64> {
        match self {
            Self::Numbers(values) => values.clone(),
            Self::Words { of, .. } => of
                .iter()
                .map(|word| match *word {
                    Self::NONE => f64::NAN,
                    word => f64::from(word),
                })
                .collect(),
        }
    }

    /// Returns the numbers that nearly all values are or, as words, read as; NaN where nothing stood or something else. `None` if more than
    /// one value in a hundred is no number, or there is none.
    #[must_use]
    pub fn numbers(&self) -> Option<Vec<f64>> {
        let Self::Words { of, words } = self else {
            let numbers = self.codes();
            return numbers
                .iter()
                .any(|number| !number.is_nan())
                .then_some(numbers);
        };
        let read = |word: &Arc<str>| {
            let number: f64 = word.trim().parse().unwrap_or(f64::NAN);
            if number.is_finite() { number } else { f64::NAN }
        };
        let read: Vec<f64> = words.iter().map(read).collect();
        let number = |word: &u32| read.get(*word as usize).copied().unwrap_or(f64::NAN);
        let numbers: Vec<f64> = of.iter().map(number).collect();
        let known = of.iter().filter(|word| **word != Self::NONE).count();
        let strays = known - numbers.iter().filter(|number| !number.is_nan()).count();
        let are_numbers = known > 0 && strays as f64 <= STRAY_SHARE_MAX * known as f64;
        are_numbers.then_some(numbers)
    }

    /// Returns how many different values there are, but for missing ones.
    #[must_use]
    pub fn distinct(&self) -> usize {
        match self {
            Self::Numbers(values) => {
                let known = values.iter().filter(|value| !value.is_nan());
                known
                    .map(|value| value.to_bits())
                    .collect::<BTreeSet<u64>>()
                    .len()
            }
            Self::Words { words, .. } => words.len(),
        }
    }
}

/// Share of a column's values that may be no number if the others are, as where columns become signals.
const STRAY_SHARE_MAX: f64 = 0.01;

/// The fields of events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// By name, in order.
    pub all: Vec<Column>,
}

impl Columns {
    /// Gathers the fields of events; `read` names those that signals are computed of.
    #[must_use]
    pub fn of<'a>(
        events: &(impl Iterator<Item = &'a Event> + Clone),
        read: &BTreeSet<String>,
    ) -> Self {
        let mut kinds: BTreeMap<&str, bool> = BTreeMap::new();
        for field in events.clone().flat_map(|event| &event.fields) {
            let has_text = kinds.entry(&field.name).or_default();
            *has_text |= matches!(field.value, Value::Text(_));
        }
        let length = events.clone().count();
        let mut filling: BTreeMap<&str, Filling> = kinds
            .into_iter()
            .map(|(name, has_text)| (name, Filling::of(length, has_text)))
            .collect();
        for (position, event) in events.clone().enumerate() {
            for field in &event.fields {
                if let Some(filling) = filling.get_mut(&*field.name) {
                    filling.put(position, &field.value);
                }
            }
        }
        let columns = filling.into_iter().map(|(name, filling)| Column {
            name: Arc::from(name),
            values: filling.finish(),
            is_read: read.contains(name),
        });
        Self {
            all: columns.collect(),
        }
    }

    /// Returns the column `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Column> {
        let place = self.all.binary_search_by(|column| (*column.name).cmp(name));
        place.ok().and_then(|place| self.all.get(place))
    }
}

/// A column that is being filled, event by event; what an event lacks stays missing.
enum Filling {
    Numbers(Vec<f64>),
    Words {
        of: Vec<u32>,
        words: Vec<Arc<str>>,
        number_of: HashMap<Arc<str>, u32>,
    },
}

impl Filling {
    fn of(length: usize, has_text: bool) -> Self {
        if has_text {
            Self::Words {
                of: vec![Values::NONE; length],
                words: Vec::new(),
                number_of: HashMap::new(),
            }
        } else {
            Self::Numbers(vec![f64::NAN; length])
        }
    }

    fn put(&mut self, position: usize, value: &Value) {
        match self {
            Self::Numbers(numbers) => numbers[position] = number(value),
            Self::Words {
                of,
                words,
                number_of,
            } => {
                let Some(text) = value.text() else { return };
                let next = u32::try_from(words.len()).unwrap_or(Values::NONE);
                of[position] = *number_of.entry(text).or_insert_with_key(|text| {
                    words.push(Arc::clone(text));
                    next
                });
            }
        }
    }

    fn finish(self) -> Values {
        match self {
            Self::Numbers(numbers) => Values::Numbers(numbers),
            Self::Words { of, words, .. } => Values::Words { of, words },
        }
    }
}

fn number(value: &Value) -> f64 {
    match value {
        Value::Number(number) => *number,
        Value::Boolean(truth) => f64::from(u8::from(*truth)),
        Value::Missing | Value::Text(_) => f64::NAN,
    }
}
