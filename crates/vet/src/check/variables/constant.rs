//! Columns that are read and say nothing: one value throughout, or nearly so.

use ringtrue_core::Label;

use super::listed;
use crate::association::{Crossed, chi_squared_tail};
use crate::check::Check;
use crate::code::Code;
use crate::columns::{Column, Values};
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};
use crate::lines;

pub(super) const CONSTANT: Code =
    Check::Variables.code("V026", "columns hold one value", Owner::DataScientist);
pub(super) const NEARLY_CONSTANT: Code = Check::Variables.code(
    "V027",
    "columns hold nearly always one value and the others say nothing",
    Owner::DataScientist,
);

/// Share of events with the same value that makes a column nearly constant: what is rarer than one in a thousand seldom pays for a column.
const SAME_SHARE_MIN: f64 = 0.999;
/// Probability under chance, over all columns, below which the rare values say something of the label.
const CHANCE_MAX: f64 = 0.01;
/// Events below which nobody can say that a column is constant.
const EVENTS_MIN: usize = 100;

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    if data.len() < EVENTS_MIN {
        return Vec::new();
    }
    let read = || data.columns.all.iter().filter(|column| column.is_read);
    let count = read().count();
    let (mut constant, mut nearly) = (Vec::new(), Vec::new());
    for column in read() {
        let is_same = same_as_most(&column.values, data.len());
        let same = is_same.iter().filter(|is| **is).count();
        if same == data.len() {
            constant.push(column);
        } else if same as f64 >= SAME_SHARE_MIN * data.len() as f64
            && says_nothing(data, &is_same, count)
        {
            nearly.push(column);
        }
    }
    let mut findings = Vec::new();
    if !constant.is_empty() {
        findings.push(finding(
            CONSTANT,
            &constant,
            "hold one value in all events looked at",
        ));
    }
    if !nearly.is_empty() {
        let words = "hold one value in all but one event of a thousand, and the others are about as often malicious";
        findings.push(finding(NEARLY_CONSTANT, &nearly, words));
    }
    findings
}

fn finding(code: Code, columns: &[&Column], words: &str) -> Finding {
    let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
    let title = format!(
        "{} of the columns that signals read {words}: {}",
        names.len(),
        listed(&names)
    );
    let remedy = Remedy::task(
        "leave them out, unless they vary in the traffic to come",
        lines::drop(&names),
    );
    Finding::new(
        code,
        Severity::Note,
        Subject::columns(names.iter().copied()),
        title,
        remedy,
    )
    .meaning("They cost time and room, and a value that training never saw will come one day.")
    .effect(Effect::exact("columns", names.len() as f64))
}

/// Returns of each event whether it has the value that more than half of them have; all missing counts as a value.
///
/// # Source
///
/// Boyer and Moore, "MJRTY: A Fast Majority Vote Algorithm", 1981.
fn same_as_most(values: &Values, events: usize) -> Vec<bool> {
    let keys: Vec<u64> = match values {
        Values::Numbers(numbers) => {
            let key = |number: &f64| {
                if number.is_nan() {
                    u64::MAX
                } else {
                    (number + 0.0).to_bits()
                }
            };
            numbers.iter().map(key).collect()
        }
        Values::Words { of, .. } => of.iter().map(|word| u64::from(*word)).collect(),
    };
    let (mut most, mut lead) = (0, 0_usize);
    for key in &keys {
        if lead == 0 {
            most = *key;
        }
        lead = if *key == most { lead + 1 } else { lead - 1 };
    }
    debug_assert_eq!(keys.len(), events, "a value for each event");
    keys.iter().map(|key| *key == most).collect()
}

/// Returns whether the events that differ are as often malicious as the others, as far as so few can say.
fn says_nothing(data: &Data<'_>, is_same: &[bool], columns: usize) -> bool {
    let decided = is_same
        .iter()
        .zip(&data.labels)
        .filter(|(_, label)| **label != Label::Unsure);
    let pairs = decided
        .map(|(is_same, label)| (u16::from(*is_same), u16::from(*label == Label::Malicious)));
    let (statistic, freedom) = Crossed::of(pairs, 2, 2).chi_squared();
    chi_squared_tail(statistic, freedom) * columns as f64 >= CHANCE_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_majority_is_found_wherever_it_stands() {
        let values = Values::Numbers(vec![1.0, 0.0, -0.0, 2.0, 0.0, f64::NAN, 0.0]);
        let same = same_as_most(&values, 7);
        assert_eq!(same, [false, true, true, false, true, false, true]);
        assert!(
            same_as_most(&Values::Numbers(vec![f64::NAN; 3]), 3)
                .iter()
                .all(|is| *is)
        );
        assert!(same_as_most(&Values::Numbers(Vec::new()), 0).is_empty());
    }
}
