//! The ranking: every label's probability of being wrong, and the list that people look at.

use rayon::prelude::*;
use ringtrue_model::train::{Run, TrainError};

use super::confirmed::Confirmed;
use super::counts::others;
use super::expected::{Expected, Listed, expected};
use super::neighbours::Neighbours;
use super::noisy::{Fitted, Labelled, Noise, fit};
use super::out_of_fold;
use super::reason::{Direction, Reason};
use super::suspects::{Cases, Certainty, Suspects};

/// Labels less likely to be wrong than this are not listed: one that stands for twenty looks at right ones.
pub const PROBABILITY_FLOOR: f64 = 0.05;
/// Events of each class that are needed to say anything.
pub const EVENTS_MIN: usize = 10;
/// What a reason must add to the log-odds, at least.
const REASON_MIN: f64 = 0.5;
const PURPOSE: u64 = 4;

/// The suspected labels, likeliest errors first.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// How many of the items are wrong.
    pub expected: Expected,
    /// At most as many as were asked for, and none below [`PROBABILITY_FLOOR`].
    pub items: Vec<Item>,
    /// How many labels reach the floor, listed or not.
    pub suspected: usize,
    /// How often labels are wrong.
    pub noise: Noise,
    /// For each event that somebody decided on how probable it is that it is called malicious, by all but its own label.
    pub called: Vec<Called>,
}

/// What all but its own label say of an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Called {
    /// The event's position.
    pub position: u32,
    /// How probable it is that people call it malicious.
    pub malicious: f64,
}

/// A suspected label.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The event's position.
    pub position: u32,
    /// How its label would be wrong.
    pub direction: Direction,
    /// How probable it is that its label is wrong.
    pub probability: f64,
    /// Why, weightiest first; at least one.
    pub reasons: Vec<Reason>,
}

/// No ranking could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RankError {
    /// A class has too few events.
    #[error("too few labels to tell which are wrong: {malicious} malicious and {benign} benign")]
    Few {
        /// Events called malicious.
        malicious: usize,
        /// Events called benign.
        benign: usize,
    },
    /// The lists of the events are not of one length.
    #[error("the lists of the events differ in length")]
    Length,
    /// Training failed.
    #[error("what labels are compared with could not be trained")]
    Train(#[from] TrainError),
}

/// Ranks the labels that are most likely to be wrong, both directions in one list of at most `budget` items.
///
/// The list is ordered by probability, so that a budget is spent where it finds most. `run` gives the seed and is told
/// of the progress; the result is the same on any number of threads.
///
/// # Errors
///
/// [`RankError::Few`] if a class has fewer than [`EVENTS_MIN`] events, [`RankError::Length`] if lists differ in length,
/// and those of training.
pub fn rank(data: &Suspects<'_>, budget: usize, run: &mut Run<'_>) -> Result<Ranking, RankError> {
    Ok(Study::of(data, run)?.ranking(budget))
}

/// What the labels of events say of each other, to be asked about any of them.
pub struct Study<'a> {
    cases: Cases<'a>,
    known: Known,
    fitted: Fitted,
}

impl<'a> Study<'a> {
    /// Compares the labels with each other.
    ///
    /// # Errors
    ///
    /// As [`rank`].
    pub fn of(data: &Suspects<'a>, run: &mut Run<'_>) -> Result<Self, RankError> {
        let cases = Cases::new(*data, run.seed).ok_or(RankError::Length)?;
        let [benign, malicious] = cases.counts();
        if benign.min(malicious) < EVENTS_MIN {
            return Err(RankError::Few { malicious, benign });
        }
        let known = Known::of(&cases, run)?;
        let fitted = fit(&Labelled {
            features: &known.features,
            called: &cases.called,
            certain: &known.certain,
        });
        Ok(Self {
            cases,
            known,
            fitted,
        })
    }

    /// Ranks the suspected labels: at most `budget` of them.
    #[must_use]
    pub fn ranking(&self, budget: usize) -> Ranking {
        let Self {
            cases,
            known,
            fitted,
        } = self;
        let (listed, suspected) = listed(cases, known, fitted, budget);
        let of = |(case, probability): &(u32, f64)| Listed {
            features: &known.features[*case as usize],
            called: cases.called[*case as usize],
            probability: *probability,
            votes: known.confirmed.votes[*case as usize],
            entity: cases.of.events.entity[cases.positions[*case as usize] as usize],
        };
        let looked_at: Vec<Listed<'_>> = listed.iter().map(of).collect();
        let item = |(case, probability): &(u32, f64)| Item {
            position: cases.positions[*case as usize],
            direction: Direction::of(cases.called[*case as usize]),
            probability: *probability,
            reasons: known.reasons(cases, fitted, *case),
        };
        let called = cases.positions.iter().zip(&known.features);
        let called = called.map(|(position, features)| Called {
            position: *position,
            malicious: fitted.model.called(features),
        });
        Ranking {
            called: called.collect(),
            expected: expected(fitted, &looked_at, cases.salt(PURPOSE)),
            items: listed.par_iter().map(item).collect(),
            suspected,
            noise: fitted.model.noise,
        }
    }

    /// Returns for each event how probable it is that it is malicious, by all that is known of it but its own label; `None`
    /// for those that nobody decided on.
    #[must_use]
    pub fn truths(&self) -> Vec<Option<f64>> {
        let mut truths = vec![None; self.cases.of.labels.len()];
        for (position, features) in self.cases.positions.iter().zip(&self.known.features) {
            let odds = self.fitted.model.log_odds(features);
            truths[*position as usize] = Some(ringtrue_model::sigmoid(odds));
        }
        truths
    }

    /// Returns what speaks for the other class than the one that the event at `position` is called by, weightiest first;
    /// nothing if nobody decided on it.
    #[must_use]
    pub fn reasons(&self, position: u32) -> Vec<Reason> {
        let case = self.cases.positions.binary_search(&position);
        let case = case.ok().and_then(|case| u32::try_from(case).ok());
        case.map_or_else(Vec::new, |case| {
            self.known.reasons(&self.cases, &self.fitted, case)
        })
    }
}

/// Returns the cases to list with their probabilities, and how many there would be without the budget.
fn listed(
    cases: &Cases<'_>,
    known: &Known,
    fitted: &Fitted,
    budget: usize,
) -> (Vec<(u32, f64)>, usize) {
    let each = (0_u32..).zip(known.features.iter().zip(&cases.called));
    let mut listed: Vec<(u32, f64)> = each
        .filter(|(case, _)| !known.certain[*case as usize])
        .map(|(case, (features, called))| {
            let alone = fitted.model.wrong(features, *called);
            (case, known.confirmed.votes[case as usize].wrong(alone))
        })
        .filter(|(_, probability)| *probability >= PROBABILITY_FLOOR)
        .collect();
    listed.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    let suspected = listed.len();
    listed.truncate(budget);
    (listed, suspected)
}

/// What a reason comes from, and the places of its features.
const SOURCES: [(Source, &[usize]); 4] = [
    (Source::Text, &[0]),
    (Source::Signals, &[1]),
    (Source::Neighbours, &[2, 3]),
    (Source::Entity, &[4, 5]),
];

#[derive(Clone, Copy)]
enum Source {
    Text,
    Signals,
    Neighbours,
    Entity,
}

/// What is known of each case but for its own label.
struct Known {
    /// Text margin, forest margin, likeness to benign and malicious ones, the entity's counts; each of mean 0, deviation 1.
    features: Vec<Vec<f64>>,
    certain: Vec<bool>,
    alike: Vec<[f64; 2]>,
    of_entity: Vec<[u32; 2]>,
    of_campaign: Vec<[u32; 2]>,
    confirmed: Confirmed,
    /// The text and the forest feature of the cases by what they are called, ascending.
    sorted: [[Vec<f64>; 2]; 2],
}

impl Known {
    fn of(cases: &Cases<'_>, run: &mut Run<'_>) -> Result<Self, RankError> {
        let silent = || vec![0.0; cases.len()];
        let text = out_of_fold::text(cases).unwrap_or_else(silent);
        let forest = out_of_fold::forest(cases, run)?.unwrap_or_else(silent);
        let alike = Neighbours::of(cases).alike(cases);
        let of_entity = others(&cases.each(cases.of.events.entity), &cases.called);
        let log = |count: u32| f64::from(count).ln_1p();
        let columns = [
            text,
            forest,
            alike.iter().map(|it| it[0]).collect(),
            alike.iter().map(|it| it[1]).collect(),
            of_entity.iter().map(|it| log(it[0])).collect(),
            of_entity.iter().map(|it| log(it[1])).collect(),
        ]
        .map(|column: Vec<f64>| standard(&column));
        let sorted = [0, 1].map(|feature: usize| {
            [false, true].map(|called| ascending(&columns[feature], &cases.called, called))
        });
        let features = (0..cases.len())
            .map(|case| columns.iter().map(|column| column[case]).collect())
            .collect();
        let certainty = cases.each(cases.of.certainty).into_iter();
        let certain: Vec<bool> = certainty.map(|it| it == Certainty::Certain).collect();
        Ok(Self {
            features,
            confirmed: Confirmed::of(cases, &certain),
            certain,
            of_campaign: others(&cases.each(cases.of.events.campaign), &cases.called),
            alike,
            of_entity,
            sorted,
        })
    }

    /// Returns why a case's label is suspected, weightiest first.
    fn reasons(&self, cases: &Cases<'_>, fitted: &Fitted, case: u32) -> Vec<Reason> {
        let at = case as usize;
        let called = cases.called[at];
        let sign = if called { -1.0 } else { 1.0 };
        let part = |feature: &usize| fitted.model.weights[*feature] * self.features[at][*feature];
        let mut found: Vec<(f64, Source)> = SOURCES
            .iter()
            .map(|(source, features)| (sign * features.iter().map(part).sum::<f64>(), *source))
            .collect();
        found.sort_by(|left, right| right.0.total_cmp(&left.0));
        let strong = found
            .iter()
            .filter(|(added, _)| *added >= REASON_MIN)
            .count();
        found.truncate(strong.max(1));
        let conflict = self.conflict(at, called);
        let said = found
            .iter()
            .map(|(_, source)| self.said(*source, at, called));
        let confirmed = self.told_on(at);
        confirmed.into_iter().chain(conflict).chain(said).collect()
    }

    /// Returns what people confirmed as a reason, if more of it speaks against the label than for it.
    fn told_on(&self, at: usize) -> Option<Reason> {
        let votes = self.confirmed.votes[at];
        let [benign, malicious] = self.confirmed.counts[at];
        (votes.other > votes.own).then_some(Reason::Confirmed { malicious, benign })
    }

    /// Returns the campaign as a reason, if more of its others have the other label than have this.
    fn conflict(&self, at: usize, called: bool) -> Option<Reason> {
        let [benign, malicious] = self.of_campaign[at];
        let (same, other) = if called {
            (malicious, benign)
        } else {
            (benign, malicious)
        };
        (other > same).then_some(Reason::Campaign { malicious, benign })
    }

    fn said(&self, source: Source, at: usize, called: bool) -> Reason {
        let direction = Direction::of(called);
        match source {
            Source::Text => Reason::Text {
                direction,
                beyond: self.beyond(0, at, called),
            },
            Source::Signals => Reason::Signals {
                direction,
                beyond: self.beyond(1, at, called),
            },
            Source::Neighbours => {
                let [benign, malicious] = self.alike[at];
                Reason::Neighbours { malicious, benign }
            }
            Source::Entity => {
                let [benign, malicious] = self.of_entity[at];
                Reason::Entity { malicious, benign }
            }
        }
    }

    /// Returns the share of the cases of the same label whose feature speaks less for the other class.
    fn beyond(&self, feature: usize, at: usize, called: bool) -> f64 {
        let sorted = &self.sorted[feature][usize::from(called)];
        let own = self.features[at][feature];
        let less = if called {
            sorted.len() - sorted.partition_point(|it| *it <= own)
        } else {
            sorted.partition_point(|it| *it < own)
        };
        less as f64 / sorted.len().max(1) as f64
    }
}

/// Returns the numbers less their mean, by their deviation; 0 if they are all the same.
fn standard(numbers: &[f64]) -> Vec<f64> {
    let count = numbers.len().max(1) as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let square = numbers.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / count;
    let deviation = square.sqrt() + 1e-9;
    numbers.iter().map(|it| (it - mean) / deviation).collect()
}

fn ascending(numbers: &[f64], called: &[bool], which: bool) -> Vec<f64> {
    let each = numbers.iter().zip(called);
    let mut found: Vec<f64> = each
        .filter(|(_, it)| **it == which)
        .map(|(it, _)| *it)
        .collect();
    found.sort_by(f64::total_cmp);
    found
}
