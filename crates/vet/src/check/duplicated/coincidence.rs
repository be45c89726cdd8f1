//! Coincidence: would as many rows of a table be the same if its columns had nothing to do with each other?

use std::collections::HashMap;

use ringtrue_core::Kind;

use crate::columns::{Column, Values};
use crate::data::Data;

/// Returns whether at least as many copies would come about by chance: never for texts.
///
/// Two rows are the same by chance with the product, over the columns that are read, of the probability that two values are the same.
pub(super) fn is_by_chance(data: &Data<'_>, copies: usize) -> bool {
    if data.kind() != Kind::Table {
        return false;
    }
    let apart = &data.contents().apart;
    let is_compared =
        |column: &&Column| column.is_read && !apart.iter().any(|name| **name == *column.name);
    // Each row has as many chances to be the same as there are others.
    let mut expected = data.len() as f64 * data.len() as f64 / 2.0;
    for column in data.columns.all.iter().filter(is_compared) {
        expected *= same_by_chance(&column.values);
        if expected < copies as f64 {
            return false;
        }
    }
    true
}

/// Returns the probability that two values of a column are the same.
fn same_by_chance(values: &Values) -> f64 {
    let counts = match values {
        Values::Numbers(numbers) => counted(numbers.iter().map(|number| (number + 0.0).to_bits())),
        Values::Words { of, .. } => counted(of.iter().map(|word| u64::from(*word))),
    };
    let total: u64 = counts.iter().sum();
    let square: f64 = counts.iter().map(|count| (*count as f64).powi(2)).sum();
    square / (total.max(1) as f64).powi(2)
}

fn counted(values: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut counts: HashMap<u64, u64> = HashMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    // In order, so that their sum is the same on every run.
    let mut counts: Vec<u64> = counts.into_values().collect();
    counts.sort_unstable();
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_the_same_by_their_shares() {
        let half = same_by_chance(&Values::Numbers(vec![0.0, 1.0, 0.0, 1.0]));
        assert!((half - 0.5).abs() < 1e-12);
        let words = Values::Words {
            of: vec![0, 1, 2, 2],
            words: Vec::new(),
        };
        assert!((same_by_chance(&words) - 6.0 / 16.0).abs() < 1e-12);
        assert!(same_by_chance(&Values::Numbers(Vec::new())).abs() < 1e-12);
    }
}
