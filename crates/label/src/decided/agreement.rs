//! How far two who labelled the same events agree, beyond what chance would give.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use ringtrue_core::metrics::interval::{CONFIDENCE, clopper_pearson};
use ringtrue_core::{EventId, Label};

use super::ledger::Ledger;

/// Events that both must have labelled, at least.
const EVENTS_MIN: u64 = 10;
/// Labellers that are compared with each other, at most: the pairs grow with the square of their number.
const LABELLERS_MAX: usize = 64;
const LABELS: [Label; 3] = [Label::Benign, Label::Malicious, Label::Unsure];

/// Two who labelled the same events.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// The one whose name comes first.
    pub one: String,
    /// The other.
    pub other: String,
    /// Events that both labelled.
    pub events: u64,
    /// On how many of them they say the same.
    pub same: u64,
    /// Cohen's kappa with its interval (low, high), or why there is none.
    pub kappa: Result<(f64, f64, f64), Unmeasured>,
}

/// How far those who labelled the same events agree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreements {
    /// Each pair that has any event in common, in order of names.
    pub pairs: Vec<Agreement>,
    /// How many who labelled fewer events than those who are compared are not.
    pub not_compared: usize,
}

/// Why an agreement is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmeasured {
    /// Too few events.
    #[error("both labelled fewer than {EVENTS_MIN} events: {0}")]
    Few(u64),
    /// Both always said one and the same thing, so that chance explains it all.
    #[error("both only ever gave one label")]
    OneLabel,
}

/// Returns the agreement of each pair that has any event in common, in order of names. Of more than 64 labellers those are
/// compared who labelled most events.
///
/// # Source
///
/// Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20, 1960. The interval
/// is ours: that of the observed share of agreement (Clopper and Pearson), taken to kappa with the chance agreement as it is.
#[must_use]
pub fn agreements(ledger: &Ledger) -> Agreements {
    let mut labelled: BTreeMap<&str, u64> = BTreeMap::new();
    for standing in ledger.standing() {
        *labelled.entry(standing.entry.who.trim()).or_default() += 1;
    }
    let mut compared: Vec<(&str, u64)> = labelled.into_iter().collect();
    compared.sort_by_key(|(who, events)| (Reverse(*events), *who));
    let not_compared = compared.len().saturating_sub(LABELLERS_MAX);
    compared.truncate(LABELLERS_MAX);
    let compared: BTreeSet<&str> = compared.into_iter().map(|(who, _)| who).collect();
    let mut by_event: BTreeMap<&EventId, Vec<(&str, usize)>> = BTreeMap::new();
    for standing in ledger.standing() {
        let place = LABELS
            .iter()
            .position(|it| Some(*it) == standing.entry.label);
        if let Some(place) = place.filter(|_| compared.contains(standing.entry.who.trim())) {
            let of_event = by_event.entry(standing.event).or_default();
            of_event.push((standing.entry.who.trim(), place));
        }
    }
    let mut tables: BTreeMap<(&str, &str), [[u64; 3]; 3]> = BTreeMap::new();
    for voices in by_event.values() {
        for (at, (one, left)) in voices.iter().enumerate() {
            for (other, right) in voices.iter().skip(at + 1) {
                tables.entry((one, other)).or_default()[*left][*right] += 1;
            }
        }
    }
    let each = tables.into_iter();
    let pairs = each.map(|((one, other), table)| agreement(one, other, &table));
    Agreements {
        pairs: pairs.collect(),
        not_compared,
    }
}

fn agreement(one: &str, other: &str, table: &[[u64; 3]; 3]) -> Agreement {
    let events: u64 = table.iter().flatten().sum();
    let same: u64 = (0..3).map(|at: usize| table[at][at]).sum();
    Agreement {
        one: one.to_owned(),
        other: other.to_owned(),
        events,
        same,
        kappa: kappa(table, events, same),
    }
}

fn kappa(table: &[[u64; 3]; 3], events: u64, same: u64) -> Result<(f64, f64, f64), Unmeasured> {
    if events < EVENTS_MIN {
        return Err(Unmeasured::Few(events));
    }
    let all = events as f64;
    let row = |at: usize| table[at].iter().sum::<u64>() as f64 / all;
    let column = |at: usize| table.iter().map(|row| row[at]).sum::<u64>() as f64 / all;
    let chance: f64 = (0..3).map(|at| row(at) * column(at)).sum();
    if chance >= 1.0 - 1e-12 {
        return Err(Unmeasured::OneLabel);
    }
    let beyond = |agreed: f64| (agreed - chance) / (1.0 - chance);
    let (low, high) = clopper_pearson(same, events, CONFIDENCE);
    Ok((beyond(same as f64 / all), beyond(low), beyond(high)))
}
