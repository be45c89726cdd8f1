//! Repeats: what of each class stands several times, and how much of what is asked was learned.

use std::collections::BTreeMap;

use ringtrue_core::task::figures::per_cent;

use super::{COPIES_MIN, COPIES_SHARE_MIN};
use crate::data::Data;
use crate::scores::FOLDS;

/// Events that are told apart by a number and their label.
pub(super) struct Repeats {
    /// The members of each group of one label, largest group first.
    pub(super) groups: Vec<Vec<u32>>,
    /// By class, benign first.
    pub(super) classes: [Class; 2],
    /// Whether the split by time was looked at.
    pub(super) is_timed: bool,
}

/// What is repeated of a class.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Class {
    pub(super) events: usize,
    pub(super) groups: usize,
    /// Share of its asked events of which another of the group was learned.
    pub(super) learned_share: f64,
}

impl Class {
    pub(super) fn copies(self) -> usize {
        self.events - self.groups
    }

    pub(super) fn copies_share(self) -> f64 {
        self.copies() as f64 / self.events.max(1) as f64
    }
}

impl Repeats {
    pub(super) fn of(data: &Data<'_>, numbers: &[u32], members: &[u32]) -> Self {
        let mut groups: BTreeMap<(u32, bool), Vec<u32>> = BTreeMap::new();
        for &member in members {
            let at = member as usize;
            groups
                .entry((numbers[at], data.malicious[at]))
                .or_default()
                .push(member);
        }
        let later = data.halves().map(|(_, later)| is_later(data.len(), &later));
        let mut classes = [Class::default(); 2];
        let mut asked = [0.0_f64; 2];
        for ((_, malicious), group) in &groups {
            let class = usize::from(*malicious);
            classes[class].events += group.len();
            classes[class].groups += 1;
            let (of_asked, of_learned) = known(group, later.as_deref());
            asked[class] += of_asked;
            classes[class].learned_share += of_learned;
        }
        for (class, asked) in classes.iter_mut().zip(asked) {
            class.learned_share /= asked.max(1.0);
        }
        let mut groups: Vec<Vec<u32>> = groups.into_values().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
        Self {
            groups,
            classes,
            is_timed: later.is_some(),
        }
    }

    pub(super) fn copies(&self) -> usize {
        self.classes.iter().map(|class| class.copies()).sum()
    }

    /// Returns whether a class has so many copies that they are worth a look at the scores.
    pub(super) fn are_many(&self) -> bool {
        let many = |class: &Class| {
            class.copies() >= COPIES_MIN && class.copies_share() >= COPIES_SHARE_MIN
        };
        self.classes.iter().any(many)
    }

    /// Returns the first event of each group, in order.
    pub(super) fn first_of_each(&self) -> Vec<u32> {
        let firsts = self.groups.iter().filter_map(|group| group.first());
        let mut firsts: Vec<u32> = firsts.copied().collect();
        firsts.sort_unstable();
        firsts
    }

    pub(super) fn learned_share(&self) -> f64 {
        self.classes
            .iter()
            .map(|class| class.learned_share)
            .fold(0.0, f64::max)
    }

    /// Says on which side copies stand, in words.
    pub(super) fn learned_words(&self) -> String {
        let [benign, malicious] = self.classes.map(|class| per_cent(class.learned_share));
        let split = if self.is_timed {
            "of the later quarter, an earlier event is the same for"
        } else {
            "asked at random, one that was learned is the same for"
        };
        format!("{split} {benign} of the benign and {malicious} of the malicious events")
    }
}

pub(super) fn is_later(events: usize, later: &[u32]) -> Vec<bool> {
    let mut is_later = vec![false; events];
    for at in later {
        is_later[*at as usize] = true;
    }
    is_later
}

/// Returns how many of a group are asked, and of how many of them another was learned.
pub(super) fn known(group: &[u32], later: Option<&[bool]>) -> (f64, f64) {
    let asked_share = 1.0 / f64::from(FOLDS);
    let Some(later) = later else {
        let asked = group.len() as f64 * asked_share;
        let others = i32::try_from(group.len() - 1).unwrap_or(i32::MAX);
        return (asked, asked * (1.0 - asked_share.powi(others)));
    };
    let asked = group.iter().filter(|at| later[**at as usize]).count();
    let learned = if asked < group.len() { asked } else { 0 };
    (asked as f64, learned as f64)
}
