//! Events that look the same, or nearly so, and have both labels: what no detector of these variables gets right.

use std::collections::BTreeSet;

use ringtrue_core::metrics::clopper_pearson;
use ringtrue_core::random::mix;
use ringtrue_core::{EventTime, Kind};

use crate::check::Check;
use crate::code::Code;
use crate::columns::{Column, Values};
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};

pub(super) const SAME: Code = Check::Variables.code(
    "V021",
    "events that look the same have both labels",
    Owner::Analyst,
);
pub(super) const NEAR: Code = Check::Variables.code(
    "V022",
    "events that look nearly the same have both labels",
    Owner::Analyst,
);

/// Share of the malicious events, or of all as errors, from which somebody needs to look: a detector's mistakes are of this order.
const SHARE_WARNED: f64 = 0.01;
/// Events below which a warning would rest on a handful.
const EVENTS_WARNED: usize = 10;
const CONFIDENCE: f64 = 0.95;

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let decided = data.decided();
    let same = Conflicts::of(data, &decided, &exact_keys(data));
    let near = Conflicts::of(data, &decided, &near_keys(data));
    let mut findings: Vec<Finding> = same
        .finding(data, SAME, "look the same in all that is read of them")
        .into_iter()
        .collect();
    // What is the same is nearly the same too: only where there is more is there more to say.
    if near.events() > same.events() {
        let alike = match data.kind() {
            Kind::Table => "look the same once numbers are cut to three digits",
            _ => "are nearly the same text",
        };
        let found = near.finding(data, NEAR, alike).map(|finding| Finding {
            severity: Severity::Note,
            ..finding
        });
        findings.extend(found);
    }
    findings
}

/// Events that cannot be told apart and have both labels.
#[derive(Debug, Default)]
struct Conflicts {
    benign: usize,
    malicious: usize,
    /// Errors of the best detector that there can be: of each group the fewer.
    least_errors: usize,
    decided: usize,
    /// One benign and one malicious event of each group.
    pairs: Vec<u32>,
}

impl Conflicts {
    /// Finds them among the events that somebody decided on, by a key of each event of the data.
    fn of(data: &Data<'_>, decided: &[u32], keys: &[u64]) -> Self {
        let mut keyed: Vec<(u64, bool, u32)> = decided
            .iter()
            .map(|at| (keys[*at as usize], data.malicious[*at as usize], *at))
            .collect();
        keyed.sort_unstable();
        let mut found = Self {
            decided: decided.len(),
            ..Self::default()
        };
        for group in keyed.chunk_by(|one, other| one.0 == other.0) {
            let benign = group.partition_point(|(_, malicious, _)| !malicious);
            let malicious = group.len() - benign;
            if benign.min(malicious) > 0 {
                found.benign += benign;
                found.malicious += malicious;
                found.least_errors += benign.min(malicious);
                found.pairs.extend([group[0].2, group[benign].2]);
            }
        }
        found
    }

    const fn events(&self) -> usize {
        self.benign + self.malicious
    }

    fn finding(&self, data: &Data<'_>, code: Code, alike: &str) -> Option<Finding> {
        if self.pairs.is_empty() {
            return None;
        }
        let of_malicious = data.malicious.iter().filter(|is| **is).count();
        let missed = self.malicious as f64 / of_malicious.max(1) as f64;
        let least = self.least_errors as f64 / self.decided.max(1) as f64;
        let weighs = missed >= SHARE_WARNED || least >= SHARE_WARNED;
        let severity = if weighs && self.events() >= EVENTS_WARNED {
            Severity::Warning
        } else {
            Severity::Note
        };
        let (low, high) =
            clopper_pearson(self.least_errors as u64, self.decided as u64, CONFIDENCE);
        let title = format!(
            "{} malicious and {} benign events {alike}, so that at least {:.2} % of all verdicts are wrong",
            self.malicious,
            self.benign,
            100.0 * least
        );
        let meaning = format!(
            "{:.1} % of the malicious events can only be blocked together with benign ones that look like them: some of their labels are wrong, or \
             what tells them apart was not recorded.",
            100.0 * missed
        );
        let remedy = Remedy::advice(
            "look at the pairs: mend the labels that are wrong; where both are right, add a column that tells them apart, or label both unsure",
        );
        let effect = Effect::estimated("least share of errors", least, [low, high]);
        let finding =
            Finding::new(code, severity, Subject::default(), title, remedy).meaning(meaning);
        Some(finding.effect(effect).evidence(self.pairs.iter().copied()))
    }
}

/// Returns a key of all that signals and text models see of each event.
fn exact_keys(data: &Data<'_>) -> Vec<u64> {
    keys(data, f64::to_bits, |keys| {
        if data.kind() != Kind::Table {
            add(keys, &numbered(data.texts));
        }
    })
}

/// As [`exact_keys`], but of numbers three digits count, and of texts which others they are near.
fn near_keys(data: &Data<'_>) -> Vec<u64> {
    if data.kind() != Kind::Table {
        let campaigns = data.campaigns();
        return campaigns
            .iter()
            .map(|campaign| u64::from(*campaign))
            .collect();
    }
    keys(data, |number| three_digits(number).to_bits(), |_| {})
}

fn keys(data: &Data<'_>, key: impl Fn(f64) -> u64, more: impl Fn(&mut [u64])) -> Vec<u64> {
    let mut keys: Vec<u64> = (0..data.len())
        .map(|at| {
            let row = data.rows.row(at);
            (0..row.len()).fold(0, |hash, signal| {
                // Zero is zero, whatever its sign, and one missing value is like another.
                let value = row.get(signal) + 0.0;
                let value = if value.is_nan() { u64::MAX } else { key(value) };
                mix(hash ^ mix(value))
            })
        })
        .collect();
    for column in data
        .columns
        .all
        .iter()
        .filter(|column| is_free_text(column))
    {
        if let Values::Words { of, .. } = &column.values {
            add(&mut keys, of);
        }
    }
    more(&mut keys);
    keys
}

fn add(keys: &mut [u64], codes: &[u32]) {
    for (key, code) in keys.iter_mut().zip(codes) {
        *key = mix(*key ^ mix(u64::from(*code)));
    }
}

/// Returns whether a column is read word by word: its signals say less of it than its tokens do.
fn is_free_text(column: &Column) -> bool {
    let Values::Words { words, .. } = &column.values else {
        return false;
    };
    let is_time = words
        .first()
        .is_some_and(|word| EventTime::parse(word).is_ok());
    column.is_read && !is_time && column.values.numbers().is_none()
}

/// Returns a number for each text; equal texts have the same.
fn numbered(texts: &[String]) -> Vec<u32> {
    let distinct: BTreeSet<&String> = texts.iter().collect();
    let distinct: Vec<&String> = distinct.into_iter().collect();
    let number = |text: &String| distinct.binary_search(&text).unwrap_or(usize::MAX);
    texts
        .iter()
        .map(|text| u32::try_from(number(text)).unwrap_or(u32::MAX))
        .collect()
}

/// Rounds a number to three digits.
fn three_digits(number: f64) -> f64 {
    if number.abs() < f64::MIN_POSITIVE || !number.is_finite() {
        return 0.0;
    }
    let scale = 10.0_f64.powf(2.0 - number.abs().log10().floor());
    let cut = (number * scale).round() / scale;
    // The scale, or the largest numbers once rounded up, may be beyond what a number holds.
    if cut.is_finite() { cut } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_are_kept() {
        for (number, cut) in [
            (12_345.0, 12_300.0),
            (0.001_234_5, 0.001_23),
            (-99.96, -100.0),
            (0.0, 0.0),
            (7.0, 7.0),
        ] {
            assert!((three_digits(number) - cut).abs() < 1e-9, "{number}");
        }
        assert!(three_digits(1e-308).is_finite() && three_digits(f64::MAX).is_finite());
    }
}
