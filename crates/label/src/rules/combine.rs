//! One vote for each event, out of all rules that hold: log-odds that people's labels gave the rules, summed.
//!
//! ```text
//!   fired, labels ──folds by campaign──► weights of the other folds ──► votes of this fold ──► coverage, precision, recall
//!                └──all──► weights that unlabelled events are voted on with
//! ```
//!
//! A labelled event is voted on with weights that its campaign gave nothing to. A rule's weight never speaks against the
//! rule's own polarity: a rule that is no better than chance counts nothing. Without enough labels all rules weigh alike.

use std::collections::BTreeMap;

use ringtrue_core::Label;
use ringtrue_core::split::stratified_group_folds;

use super::figures::{ByCampaign, Counted, Seen};
use super::rule::{Polarity, Rule};

/// Parts that weights are fitted and judged on in turn.
pub const FOLDS: u32 = 5;
/// Labels of each class from which weights are fitted.
pub const LABELS_MIN: u64 = 50;
/// How many independent events a rule's precision is drawn to the share of malicious events with.
const SHRINKAGE: f64 = 4.0;

/// What the rules say of an event together. No label, and no way to become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vote {
    /// Malicious is likelier than not.
    Malicious,
    /// The rules that hold speak for benign.
    Benign,
    /// No rule holds, or they do not suffice.
    Abstains,
}

impl Vote {
    /// Returns the vote's one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malicious => "malicious",
            Self::Benign => "benign",
            Self::Abstains => "abstains",
        }
    }
}

/// A vote with its weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cast {
    /// The vote.
    pub vote: Vote,
    /// The sum of the weights of the rules that hold, in nats; above 0 speaks for malicious.
    pub weight: f64,
}

/// Where the weights are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighing {
    /// People's labels.
    Labels,
    /// There are too few labels: every rule weighs alike.
    Alike,
}

/// How good the votes are on labels that gave nothing to their weights.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOut {
    /// Labelled events that get a vote, of all.
    pub coverage: Counted,
    /// Malicious votes that are right.
    pub malicious: Counted,
    /// Benign votes that are right.
    pub benign: Counted,
    /// Malicious events that get a malicious vote.
    pub recall: Counted,
}

/// The votes of all events.
#[derive(Clone, Debug, PartialEq)]
pub struct Combined {
    /// Where the weights are from.
    pub weighing: Weighing,
    /// The weight of each rule by all labels, in nats.
    pub weights: Vec<f64>,
    /// The vote of each event.
    pub votes: Vec<Cast>,
    /// How good they are; nothing is known without labels.
    pub held_out: HeldOut,
}

/// Weights of rules.
struct Weights {
    /// Log-odds of malicious before any rule is asked.
    base: f64,
    each: Vec<f64>,
}

/// Fits weights and casts a vote for each event.
#[must_use]
pub fn combine(rules: &[Rule], seen: &Seen<'_>) -> Combined {
    let labelled: Vec<usize> = (0..seen.fired.len())
        .filter(|event| seen.malicious(*event).is_some())
        .collect();
    let is_malicious = |event: &&usize| seen.malicious(**event) == Some(true);
    let malicious = labelled.iter().filter(is_malicious).count() as u64;
    let enough = malicious.min(labelled.len() as u64 - malicious) >= LABELS_MIN;
    let (all, votes) = if enough {
        weighed(rules, seen, &labelled)
    } else {
        let alike = Weights::alike(rules);
        let cast = seen.fired.iter().map(|fired| alike.cast(&fired.rules));
        let votes = cast.collect();
        (alike, votes)
    };
    Combined {
        weighing: if enough {
            Weighing::Labels
        } else {
            Weighing::Alike
        },
        weights: all.each,
        held_out: held_out(seen, &votes, &labelled),
        votes,
    }
}

/// Votes on each fold with the weights of the others, and on unlabelled events with those of all.
fn weighed(rules: &[Rule], seen: &Seen<'_>, labelled: &[usize]) -> (Weights, Vec<Cast>) {
    let all = Weights::fit(rules, seen, labelled);
    let mut votes: Vec<Cast> = seen.fired.iter().map(|it| all.cast(&it.rules)).collect();
    let campaigns: Vec<u32> = labelled.iter().map(|it| seen.campaign(*it)).collect();
    let label = |event: &usize| match seen.malicious(*event) {
        Some(true) => Label::Malicious,
        _ => Label::Benign,
    };
    let labels: Vec<Label> = labelled.iter().map(label).collect();
    let folds = stratified_group_folds(&campaigns, &labels, FOLDS);
    for fold in 0..FOLDS {
        let (inside, outside): (Vec<_>, Vec<_>) = labelled
            .iter()
            .zip(&folds)
            .partition(|(_, it)| **it == fold);
        let others: Vec<usize> = outside.into_iter().map(|(event, _)| *event).collect();
        let weights = Weights::fit(rules, seen, &others);
        for (event, _) in inside {
            if let (Some(vote), Some(fired)) = (votes.get_mut(*event), seen.fired.get(*event)) {
                *vote = weights.cast(&fired.rules);
            }
        }
    }
    (all, votes)
}

impl Weights {
    fn alike(rules: &[Rule]) -> Self {
        let one = |rule: &Rule| match rule.polarity {
            Polarity::Malicious => 1.0,
            Polarity::Benign => -1.0,
        };
        Self {
            base: 0.0,
            each: rules.iter().map(one).collect(),
        }
    }

    /// Fits the weights to the labels of `events`: the log-odds of malicious where a rule holds, less those of all events.
    /// The share where it holds is drawn to that of all events, the more the fewer campaigns it rests on.
    fn fit(rules: &[Rule], seen: &Seen<'_>, events: &[usize]) -> Self {
        let mut found: Vec<ByCampaign> = rules.iter().map(|_| BTreeMap::new()).collect();
        let mut malicious = 0_u64;
        for event in events {
            let is_malicious = u64::from(seen.malicious(*event) == Some(true));
            malicious += is_malicious;
            let fired = seen.fired.get(*event).into_iter();
            for place in fired.flat_map(|fired| &fired.rules) {
                if let Some(by_campaign) = found.get_mut(*place as usize) {
                    let counts = by_campaign.entry(seen.campaign(*event)).or_default();
                    counts.0 += is_malicious;
                    counts.1 += 1;
                }
            }
        }
        let share = (malicious as f64 + 0.5) / (events.len() as f64 + 1.0);
        let weight = |(rule, by_campaign): (&Rule, &ByCampaign)| {
            let counted = Counted::of(by_campaign);
            let seen = counted.right as f64 / counted.known.max(1) as f64;
            let effective = if counted.known == 0 {
                0.0
            } else {
                counted.effective
            };
            let drawn = (seen * effective + SHRINKAGE * share) / (effective + SHRINKAGE);
            let weight = log_odds(drawn) - log_odds(share);
            match rule.polarity {
                Polarity::Malicious => weight.max(0.0),
                Polarity::Benign => weight.min(0.0),
            }
        };
        Self {
            base: log_odds(share),
            each: rules.iter().zip(&found).map(weight).collect(),
        }
    }

    fn cast(&self, fired: &[u32]) -> Cast {
        let of = |place: &u32| self.each.get(*place as usize).copied().unwrap_or(0.0);
        let weight: f64 = fired.iter().map(of).sum();
        let vote = if weight > 0.0 && self.base + weight > 0.0 {
            Vote::Malicious
        } else if weight < 0.0 {
            Vote::Benign
        } else {
            Vote::Abstains
        };
        Cast { vote, weight }
    }
}

fn log_odds(share: f64) -> f64 {
    (share / (1.0 - share)).ln()
}

fn held_out(seen: &Seen<'_>, votes: &[Cast], labelled: &[usize]) -> HeldOut {
    let mut counts: [ByCampaign; 4] = Default::default();
    let [coverage, malicious, benign, recall] = &mut counts;
    for event in labelled {
        let campaign = seen.campaign(*event);
        let is_malicious = seen.malicious(*event) == Some(true);
        let vote = votes.get(*event).map_or(Vote::Abstains, |cast| cast.vote);
        let add = |counts: &mut ByCampaign, right: bool| {
            let entry = counts.entry(campaign).or_default();
            entry.0 += u64::from(right);
            entry.1 += 1;
        };
        add(coverage, vote != Vote::Abstains);
        match vote {
            Vote::Malicious => add(malicious, is_malicious),
            Vote::Benign => add(benign, !is_malicious),
            Vote::Abstains => {}
        }
        if is_malicious {
            add(recall, vote == Vote::Malicious);
        }
    }
    let [coverage, malicious, benign, recall] = counts.each_ref().map(Counted::of);
    HeldOut {
        coverage,
        malicious,
        benign,
        recall,
    }
}
