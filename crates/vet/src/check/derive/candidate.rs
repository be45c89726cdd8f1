//! Candidates: what can be computed of one event's columns, as numbers and as the expression that a task would write.

use std::collections::BTreeMap;

use ringtrue_core::signal::SignalType;
use ringtrue_core::{EventTime, Kind};

use super::judge::Numbers;
use crate::bins::Bins;
use crate::columns::{Column, Values};
use crate::data::Data;
use crate::lines::in_expression;

/// Numbers that are combined in pairs: those that say most of the label, then in their order.
const NUMBERS_MAX: usize = 60;
/// Columns of codes that are crossed in pairs.
const CODES_MAX: usize = 30;
/// Different values of a column of codes.
const CODE_VALUES_MAX: usize = 64;
/// Different numbers up to which a column of numbers is a column of codes too.
const CODE_NUMBERS_MAX: usize = 12;
/// Different pairs that a cross may have to stay a category: as many as a column of a table may have.
pub(super) const CROSS_VALUES_MAX: usize = 255;
/// Columns of texts that are looked into.
const TEXTS_MAX: usize = 10;
/// Words of a column of texts that are looked for.
const WORDS_MAX: usize = 20;
/// Shares of events between which a word may tell something.
const WORD_SHARES: std::ops::RangeInclusive<f64> = 0.01..=0.9;
/// Letters of a word, at least and at most.
const WORD_LETTERS: std::ops::RangeInclusive<usize> = 3..=24;
/// Columns of times that are compared with each other and with the event's.
const TIMES_MAX: usize = 6;
const HOUR_MICROS: i64 = 3_600_000_000;

/// What is computed; inputs are places in the data's columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The first by the second.
    Ratio(usize, usize),
    /// The first less the second.
    Difference(usize, usize),
    /// Both codes as one.
    Cross(usize, usize),
    /// The length of a text.
    Length(usize),
    /// Whether a text contains a word.
    Contains(usize, String),
    /// The days from one time to another; `None` is the event's own.
    Days(usize, Option<usize>),
    /// The hour of the event.
    Hour,
    /// The day of the week of the event.
    Weekday,
}

impl Form {
    /// Returns the places of what it is computed of, in their order.
    pub(super) fn inputs(&self) -> Vec<usize> {
        match self {
            Self::Ratio(one, other)
            | Self::Difference(one, other)
            | Self::Cross(one, other)
            | Self::Days(one, Some(other)) => {
                vec![*one.min(other), *one.max(other)]
            }
            Self::Length(one) | Self::Contains(one, _) | Self::Days(one, None) => vec![*one],
            Self::Hour => vec![usize::MAX / 2],
            Self::Weekday => vec![usize::MAX / 2 + 1],
        }
    }

    pub(super) const fn is_code(&self) -> bool {
        matches!(self, Self::Cross(..))
    }
}

/// What candidates are made of, by place in the data's columns.
pub(super) struct Inputs<'a> {
    data: &'a Data<'a>,
    /// The numbers that are combined, those that say most first.
    pub(super) numbers: Vec<(usize, Vec<f64>)>,
    codes: Vec<(usize, Vec<u16>)>,
    texts: Vec<(usize, Vec<String>)>,
    times: Vec<(usize, Vec<Option<EventTime>>)>,
}

impl<'a> Inputs<'a> {
    /// Gathers the columns that signals read; `learned` are the events by which they are compared.
    pub(super) fn of(data: &'a Data<'a>, learned: &[u32]) -> Self {
        let mut inputs = Self {
            data,
            numbers: Vec::new(),
            codes: Vec::new(),
            texts: Vec::new(),
            times: Vec::new(),
        };
        if data.kind() == Kind::Table {
            for (place, column) in data.columns.all.iter().enumerate() {
                if column.is_read {
                    inputs.add(place, column, learned);
                }
            }
        }
        let malicious = || learned.iter().map(|at| data.malicious[*at as usize]);
        let said = |values: &[f64]| {
            let values: Vec<f64> = learned.iter().map(|at| values[*at as usize]).collect();
            Bins::of_numbers(&values, super::BINS).information_on(malicious())
        };
        let mut ranked: Vec<(f64, (usize, Vec<f64>))> = inputs
            .numbers
            .into_iter()
            .map(|input| (said(&input.1), input))
            .collect();
        ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.0.cmp(&other.1.0)));
        ranked.truncate(NUMBERS_MAX);
        inputs.numbers = ranked.into_iter().map(|(_, input)| input).collect();
        inputs
    }

    fn add(&mut self, place: usize, column: &Column, learned: &[u32]) {
        let numbers = column.values.numbers();
        let distinct = column.values.distinct();
        if distinct < 2 {
            return;
        }
        let codes_max = if numbers.is_some() {
            CODE_NUMBERS_MAX
        } else {
            CODE_VALUES_MAX
        };
        if distinct <= codes_max && self.codes.len() < CODES_MAX {
            self.codes.push((
                place,
                Bins::of_codes(&column.values.codes(), CODE_VALUES_MAX).of,
            ));
        }
        if let Some(numbers) = numbers {
            if distinct > 2 {
                self.numbers.push((place, numbers));
            }
            return;
        }
        let Values::Words { of, words } = &column.values else {
            return;
        };
        if let Some(times) = times(of, words) {
            if self.times.len() < TIMES_MAX {
                self.times.push((place, times));
            }
        } else if self.texts.len() < TEXTS_MAX {
            self.texts.push((place, frequent_words(of, words, learned)));
        }
    }

    /// Returns every candidate.
    pub(super) fn forms(&self) -> Vec<Form> {
        let mut forms = Vec::new();
        for (at, (one, _)) in self.numbers.iter().enumerate() {
            for (other, _) in &self.numbers[at + 1..] {
                let (one, other) = (*one.min(other), *one.max(other));
                forms.extend([
                    Form::Ratio(one, other),
                    Form::Ratio(other, one),
                    Form::Difference(one, other),
                ]);
            }
        }
        for (at, (one, first)) in self.codes.iter().enumerate() {
            for (other, second) in &self.codes[at + 1..] {
                if crossed_values(first, second) <= CROSS_VALUES_MAX {
                    forms.push(Form::Cross(*one, *other));
                }
            }
        }
        for (place, words) in &self.texts {
            forms.push(Form::Length(*place));
            forms.extend(
                words
                    .iter()
                    .map(|word| Form::Contains(*place, word.clone())),
            );
        }
        let has_times = self.data.times.iter().flatten().count() * 2 > self.data.len();
        for (at, (one, _)) in self.times.iter().enumerate() {
            if has_times {
                forms.push(Form::Days(*one, None));
            }
            forms.extend(
                self.times[at + 1..]
                    .iter()
                    .map(|(other, _)| Form::Days(*one, Some(*other))),
            );
        }
        // The hour says nothing where only days are known.
        let has_hours = self
            .data
            .times
            .iter()
            .flatten()
            .any(|time| time.0.rem_euclid(24 * HOUR_MICROS) != 0);
        if has_times && self.data.kind() == Kind::Table {
            forms.extend(has_hours.then_some(Form::Hour));
            forms.push(Form::Weekday);
        }
        forms
    }

    /// Returns a candidate's value for each of some events, NaN where it is missing.
    pub(super) fn values(&self, form: &Form, events: &[u32]) -> Vec<f64> {
        let number = |place: usize| find(&self.numbers, place);
        let codes = |place: usize| find(&self.codes, place);
        let each = |value: &dyn Fn(usize) -> f64| -> Vec<f64> {
            events.iter().map(|at| value(*at as usize)).collect()
        };
        match form {
            Form::Ratio(one, other) => {
                let (one, other) = (number(*one), number(*other));
                each(&|at| finite(one[at] / other[at]))
            }
            Form::Difference(one, other) => {
                let (one, other) = (number(*one), number(*other));
                each(&|at| finite(one[at] - other[at]))
            }
            Form::Cross(one, other) => {
                let (one, other) = (codes(*one), codes(*other));
                let wide = CODE_VALUES_MAX as f64 + 2.0;
                each(&|at| wide.mul_add(f64::from(one[at]), f64::from(other[at])))
            }
            Form::Length(place) => {
                let of_words = self.of_words(*place, |word| word.chars().count() as f64);
                each(&|at| of_words[at])
            }
            Form::Contains(place, wanted) => {
                let of_words = self.of_words(*place, |word| {
                    f64::from(u8::from(word.to_lowercase().contains(wanted)))
                });
                each(&|at| of_words[at])
            }
            Form::Days(place, other) => {
                let from = find(&self.times, *place);
                let to = other.map_or(self.data.times.as_slice(), |other| find(&self.times, other));
                let days = |at: usize| Some(to[at]?.days_since(from[at]?));
                each(&|at| days(at).unwrap_or(f64::NAN))
            }
            Form::Hour => each(&|at| {
                self.clock(at)
                    .map_or(f64::NAN, |hours| hours.rem_euclid(24) as f64)
            }),
            Form::Weekday => each(&|at| {
                self.clock(at)
                    .map_or(f64::NAN, |hours| hours.div_euclid(24).rem_euclid(7) as f64)
            }),
        }
    }

    fn clock(&self, at: usize) -> Option<i64> {
        self.data.times[at].map(|time| time.0.div_euclid(HOUR_MICROS))
    }

    /// Returns of each event what is said of its word.
    fn of_words(&self, place: usize, say: impl Fn(&str) -> f64) -> Vec<f64> {
        let Some(Values::Words { of, words }) = self
            .data
            .columns
            .all
            .get(place)
            .map(|column| &column.values)
        else {
            return vec![f64::NAN; self.data.len()];
        };
        let said: Vec<f64> = words.iter().map(|word| say(word)).collect();
        let of_word = |word: &u32| said.get(*word as usize).copied().unwrap_or(f64::NAN);
        of.iter().map(of_word).collect()
    }

    /// Returns a candidate as a column for a probe: its values for all events, those of codes numbered from 0.
    pub(super) fn column(&self, form: &Form, events: usize) -> Numbers {
        let all: Vec<u32> = (0_u32..).take(events).collect();
        let values = self.values(form, &all);
        let (_, expression) = self.written(form);
        if form.is_code() {
            let codes = Bins::of_codes(&values, CROSS_VALUES_MAX);
            return (
                expression,
                SignalType::Category,
                codes.of.into_iter().map(f64::from).collect(),
            );
        }
        (expression, SignalType::Number, values)
    }

    /// Returns the name and the expression that a task would write.
    pub(super) fn written(&self, form: &Form) -> (String, String) {
        let name = |place: &usize| {
            self.data
                .columns
                .all
                .get(*place)
                .map_or("", |column| &*column.name)
        };
        let column = |place: &usize| in_expression(name(place));
        match form {
            Form::Ratio(one, other) => (
                format!("{}_per_{}", name(one), name(other)),
                format!("{} / {}", column(one), column(other)),
            ),
            Form::Difference(one, other) => (
                format!("{}_less_{}", name(one), name(other)),
                format!("{} - {}", column(one), column(other)),
            ),
            Form::Cross(one, other) => (
                format!("{}_and_{}", name(one), name(other)),
                format!("string({}) + '|' + string({})", column(one), column(other)),
            ),
            Form::Length(place) => (
                format!("{}_length", name(place)),
                format!("size(string({}))", column(place)),
            ),
            Form::Contains(place, word) => (
                format!("{}_has_{word}", name(place)),
                format!("lower(string({})).contains('{word}')", column(place)),
            ),
            Form::Days(place, other) => {
                let other_column = other.as_ref().map_or_else(|| "time".to_owned(), column);
                let other_name = other.as_ref().map_or("event", name);
                (
                    format!("days_from_{}_to_{other_name}", name(place)),
                    format!("days_between({}, {other_column})", column(place)),
                )
            }
            Form::Hour => ("hour_of_event".to_owned(), "hour(time)".to_owned()),
            Form::Weekday => ("weekday_of_event".to_owned(), "weekday(time)".to_owned()),
        }
    }

    /// Returns the names of a candidate's columns.
    pub(super) fn named(&self, form: &Form) -> Vec<String> {
        let columns = form
            .inputs()
            .into_iter()
            .filter_map(|place| self.data.columns.all.get(place));
        let names: Vec<String> = columns.map(|column| column.name.to_string()).collect();
        if names.is_empty() {
            vec!["time".to_owned()]
        } else {
            names
        }
    }
}

fn find<T>(inputs: &[(usize, Vec<T>)], place: usize) -> &[T] {
    let found = inputs.iter().find(|(own, _)| *own == place);
    found.map_or(&[], |(_, values)| values)
}

/// What divides by zero is missing, as in expressions.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

fn crossed_values(one: &[u16], other: &[u16]) -> usize {
    let mut came = vec![false; (CODE_VALUES_MAX + 2).pow(2)];
    for (one, other) in one.iter().zip(other) {
        came[usize::from(*one) * (CODE_VALUES_MAX + 2) + usize::from(*other)] = true;
    }
    came.into_iter().filter(|came| *came).count()
}

/// Reads words as times, if nearly all are.
fn times(of: &[u32], words: &[std::sync::Arc<str>]) -> Option<Vec<Option<EventTime>>> {
    let read = |word: &std::sync::Arc<str>| EventTime::parse(word).ok().map(|(time, _)| time);
    words.first().and_then(read)?;
    let read: Vec<Option<EventTime>> = words.iter().map(read).collect();
    let strays = read.iter().filter(|time| time.is_none()).count();
    let is_time = strays * 100 <= words.len();
    is_time.then(|| {
        of.iter()
            .map(|word| read.get(*word as usize).copied().flatten())
            .collect()
    })
}

/// Returns the words that stand in neither few nor nearly all of the texts of some events, the most frequent first.
fn frequent_words(of: &[u32], words: &[std::sync::Arc<str>], learned: &[u32]) -> Vec<String> {
    let mut times = vec![0_usize; words.len()];
    for at in learned {
        if let Some(count) = of
            .get(*at as usize)
            .and_then(|word| times.get_mut(*word as usize))
        {
            *count += 1;
        }
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (text, count) in words.iter().zip(times).filter(|(_, count)| *count > 0) {
        let lowered = text.to_lowercase();
        let parts = lowered.split(|letter: char| !letter.is_ascii_alphanumeric());
        let mut parts: Vec<&str> = parts
            .filter(|part| WORD_LETTERS.contains(&part.len()))
            .collect();
        parts.sort_unstable();
        parts.dedup();
        for part in parts {
            *counts.entry(part.to_owned()).or_default() += count;
        }
    }
    let is_telling =
        |count: usize| WORD_SHARES.contains(&(count as f64 / learned.len().max(1) as f64));
    let mut found: Vec<(usize, String)> = counts
        .into_iter()
        .map(|(word, count)| (count, word))
        .collect();
    found.retain(|(count, _)| is_telling(*count));
    found.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    found
        .into_iter()
        .take(WORDS_MAX)
        .map(|(_, word)| word)
        .collect()
}
