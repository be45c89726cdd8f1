//! Suspected events: some of one label that something joins, and how many of them look like the other class to whoever learns without any of them.
//!
//! # Source
//!
//! Learning without a suspected part and asking about it is the defence of Jagielski et al., "Subpopulation Data Poisoning Attacks", CCS 2021.

use std::collections::BTreeSet;

use ringtrue_core::random::mix;

use super::upper;
use crate::data::Data;
use crate::probe::Unscored;

/// Share of the other class's side on which a set's events must lie, and the rate at which ordinary events of its label lie there.
const CONTRADICTING_MIN: f64 = 0.5;
const ORDINARY_RATE: f64 = 0.02;
/// Campaigns, and entities, that a set's events must be of: those of one are alike without anybody's planting, too.
const DISTINCT_MIN: usize = 3;

/// Events of one label.
pub(super) struct Suspected {
    /// The events, ascending.
    pub(super) events: Vec<u32>,
    /// Their label.
    pub(super) malicious: bool,
    /// Share of them that looks like the other class to whoever learns without them.
    pub(super) contradicting: f64,
}

impl Suspected {
    /// Suspects events, ascending, of one label.
    pub(super) fn new(events: Vec<u32>, malicious: bool) -> Self {
        Self {
            events,
            malicious,
            contradicting: 0.0,
        }
    }

    /// Returns the label in words, and the other.
    pub(super) const fn labels(&self) -> (&'static str, &'static str) {
        if self.malicious {
            ("malicious", "benign")
        } else {
            ("benign", "malicious")
        }
    }

    /// Returns whether most look like the other class and they are of several campaigns and entities.
    pub(super) fn contradicts(&self, data: &Data<'_>) -> bool {
        self.contradicting >= CONTRADICTING_MIN
            && self.distinct(data.campaigns()) >= DISTINCT_MIN
            && self.is_of_several(data)
    }

    /// Returns whether the events are of several entities.
    pub(super) fn is_of_several(&self, data: &Data<'_>) -> bool {
        self.distinct(data.entity) >= DISTINCT_MIN
    }

    /// Returns of how many campaigns, or entities, the events are.
    fn distinct(&self, of: &[u32]) -> usize {
        let number = |at: &u32| of.get(*at as usize).copied();
        let numbers: BTreeSet<u32> = self.events.iter().filter_map(number).collect();
        numbers.len()
    }

    /// Returns whether most of another set's events are of this one.
    pub(super) fn holds_most_of(&self, other: &Self) -> bool {
        let is_held = |at: &&u32| self.events.binary_search(at).is_ok();
        other.events.iter().filter(is_held).count() * 2 > other.events.len()
    }

    /// Returns the sources of the events, if they are few.
    pub(super) fn sources(&self, data: &Data<'_>) -> Vec<String> {
        let mut names: Vec<String> = self
            .events
            .iter()
            .filter_map(|at| data.sources.name(*at as usize))
            .map(str::to_owned)
            .collect();
        names.sort_unstable();
        names.dedup();
        if names.len() > 3 { Vec::new() } else { names }
    }
}

/// Learns from what is in no set, and notes which share of each set looks like the other class then.
pub(super) fn learn_without(data: &Data<'_>, sets: &mut [&mut Suspected]) -> Result<(), Unscored> {
    let suspected: BTreeSet<u32> = sets.iter().flat_map(|set| &set.events).copied().collect();
    let rest = data.decided().into_iter();
    let rest = rest.filter(|at| !suspected.contains(at));
    let (ordinary, learned): (Vec<u32>, Vec<u32>) =
        rest.partition(|at| mix(u64::from(*at)).is_multiple_of(5));
    let mut asked: Vec<u32> = ordinary.iter().chain(&suspected).copied().collect();
    asked.sort_unstable();
    let margins = data.probe_all(&learned, &asked)?;
    let margin = |at: &u32| margins.get(asked.binary_search(at).ok()?).copied();
    let of_class = |malicious: bool, sign: f64| -> Vec<f64> {
        let members = ordinary.iter();
        let members = members.filter(|at| data.malicious[**at as usize] == malicious);
        members
            .filter_map(margin)
            .map(|margin| sign * margin)
            .collect()
    };
    // Benign events that look malicious lie above the one bound, malicious ones that look benign below the other.
    let highest_benign = upper(of_class(false, 1.0), ORDINARY_RATE);
    let lowest_malicious = -upper(of_class(true, -1.0), ORDINARY_RATE);
    for set in sets {
        let contradicts = |margin: &f64| {
            if set.malicious {
                *margin < lowest_malicious
            } else {
                *margin > highest_benign
            }
        };
        let count = set
            .events
            .iter()
            .filter_map(margin)
            .filter(contradicts)
            .count();
        set.contradicting = count as f64 / set.events.len().max(1) as f64;
    }
    Ok(())
}
