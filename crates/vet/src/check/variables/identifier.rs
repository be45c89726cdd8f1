//! Columns that say who or which rather than what: a detector that reads them learns events by heart.

use std::sync::Arc;

use super::listed;
use crate::check::Check;
use crate::code::Code;
use crate::columns::{Column, Values};
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};
use crate::lines;

pub(super) const IDENTIFIER: Code =
    Check::Variables.code("V028", "columns look like identifiers", Owner::Analyst);

/// Events below which every value may differ by chance.
const EVENTS_MIN: usize = 100;
/// Share of values that are different where each names one event.
const DISTINCT_SHARE_MIN: f64 = 0.95;
/// Whole numbers that all differ are numbered events if no more than so many places for each event of the input lie between the first and the last.
const PLACES_PER_EVENT_MAX: f64 = 20.0;
/// Different values from which a column of numbers that is called an identifier names many.
const NAMED_DISTINCT_MIN: usize = 100;
/// Words of column names that say that a column names something.
const NAMING_WORDS: [&str; 12] = [
    "id",
    "ids",
    "uid",
    "uuid",
    "guid",
    "key",
    "hash",
    "md5",
    "sha1",
    "sha256",
    "serial",
    "identifier",
];

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let observed: u64 = data.observed.iter().sum();
    let is_identifier = |column: &&Column| column.is_read && looks_like_one(column, observed);
    let columns: Vec<&Column> = data.columns.all.iter().filter(is_identifier).collect();
    if columns.is_empty() || data.len() < EVENTS_MIN {
        return Vec::new();
    }
    let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
    let title = format!(
        "{} of the columns that signals read look like identifiers: {}",
        names.len(),
        listed(&names)
    );
    let meaning = "A detector that reads who or which instead of what learns its training events by heart, and knows nothing of those to come.";
    let remedy = Remedy::task(
        "keep them from signals; if events of one value belong together, name the column as `group`, and give counts and means of its past events as \
         columns instead",
        lines::drop(&names),
    );
    let finding = Finding::new(
        IDENTIFIER,
        Severity::Warning,
        Subject::columns(names.iter().copied()),
        title,
        remedy,
    );
    vec![
        finding
            .meaning(meaning)
            .effect(Effect::exact("columns", names.len() as f64)),
    ]
}

fn looks_like_one(column: &Column, observed: u64) -> bool {
    let known = (0..values_of(column))
        .filter(|at| !column.values.is_missing(*at))
        .count();
    if known < EVENTS_MIN {
        return false;
    }
    let distinct = column.values.distinct();
    let names_each = distinct as f64 >= DISTINCT_SHARE_MIN * known as f64;
    let is_called_so = is_called_identifier(&column.name);
    match column.values.numbers() {
        Some(numbers) => {
            let known = || numbers.iter().filter(|number| !number.is_nan());
            let is_whole = known().all(|number| number.fract().abs() <= 0.0);
            let first = known().copied().fold(f64::INFINITY, f64::min);
            let last = known().copied().fold(f64::NEG_INFINITY, f64::max);
            let is_dense = last - first <= PLACES_PER_EVENT_MAX * observed as f64;
            let is_numbering = names_each && is_dense && column.values.distinct() >= EVENTS_MIN;
            is_whole
                && (is_numbering && first >= 0.0 || is_called_so && distinct >= NAMED_DISTINCT_MIN)
        }
        None => match &column.values {
            Values::Words { words, .. } => {
                let is_named = names_each || is_called_so && distinct >= NAMED_DISTINCT_MIN;
                is_named && are_names(words)
            }
            Values::Numbers(_) => false,
        },
    }
}

/// Returns whether a column's name says that it names somebody or something.
pub(in crate::check) fn is_called_identifier(name: &str) -> bool {
    words_of(name).any(|word| NAMING_WORDS.contains(&word.as_str()))
}

fn values_of(column: &Column) -> usize {
    match &column.values {
        Values::Numbers(values) => values.len(),
        Values::Words { of, .. } => of.len(),
    }
}

/// Returns whether words are names rather than sentences, lists or times: nearly none has a space, a list's mark or a date's form.
fn are_names(words: &[Arc<str>]) -> bool {
    let is_name = |word: &&Arc<str>| {
        let is_time = ringtrue_core::EventTime::parse(word).is_ok();
        !is_time && !word.trim().contains([' ', '\t', '|', ',', ';', '/'])
    };
    let names = words.iter().filter(is_name).count();
    names as f64 >= DISTINCT_SHARE_MIN * words.len() as f64
}

/// Returns the words of a column's name, in lower case: `customer_id`, `customerId` and `customer-id` alike.
fn words_of(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut before_is_small = false;
    for letter in name.chars() {
        let starts = letter.is_uppercase() && before_is_small;
        if starts || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        before_is_small = letter.is_lowercase() || letter.is_numeric();
    }
    words.into_iter().filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, values: Values) -> Column {
        Column {
            name: Arc::from(name),
            values,
            is_read: true,
        }
    }

    fn words(make: impl Fn(u32) -> String) -> Values {
        Values::Words {
            of: (0..500).collect(),
            words: (0..500).map(|number| Arc::from(make(number))).collect(),
        }
    }

    #[test]
    fn names_of_columns_are_cut_into_words() {
        for name in ["customer_id", "customerId", "customer-ID", "CUSTOMER id"] {
            let words: Vec<String> = words_of(name).collect();
            assert_eq!(words.last().map(String::as_str), Some("id"), "{name}");
        }
        assert!(words_of("width").all(|word| word != "id"));
        assert_eq!(words_of("sha256").collect::<Vec<String>>(), ["sha256"]);
    }

    #[test]
    fn what_names_each_event_is_an_identifier_and_what_measures_is_none() {
        let is_one = |name: &str, values: Values| looks_like_one(&column(name, values), 500);
        let numbers =
            |make: fn(f64) -> f64| Values::Numbers((0..500).map(|n| make(f64::from(n))).collect());
        assert!(is_one("row", numbers(|n| n + 7.0)));
        assert!(is_one(
            "digest",
            words(|n| format!("{:016x}", u64::from(n) * 0x9e37_79b9))
        ));
        assert!(is_one("customer_id", numbers(|n| (n / 3.0).floor())));
        assert!(!is_one("entropy", numbers(|n| n / 7.0)));
        assert!(!is_one("bytes", numbers(|n| n * n * 1e3)));
        assert!(!is_one("title", words(|n| format!("the {n} th"))));
        assert!(!is_one("libraries", words(|n| format!("a.dll|b{n}.dll"))));
        assert!(!is_one("at", words(|n| format!("20{:02}-01-02", n % 100))));
        assert!(!is_one("stamp_id", numbers(|n| n % 5.0)));
    }
}
