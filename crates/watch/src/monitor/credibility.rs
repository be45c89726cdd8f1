//! The monitor of credibility: how many events score as hardly any event of either class did?
//!
//! ```text
//!   scores of the reference by class, in order ──► p-value of a score in each class ──► the larger: its credibility
//! ```
//!
//! A detector puts such an event on one side all the same. The score monitor sees a few of them not, since its bins are as wide as a tenth of a
//! class.
//!
//! # Source
//!
//! Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005, for smoothed p-values within a class; Barbero et al.,
//! "Transcending Transcend: Revisiting Malware Classification in the Presence of Concept Drift", IEEE S&P 2022, for credibility as a sign of
//! drift. That ties count half instead of a random part is ours, so that the same events give the same answer.

use ringtrue_core::Label;
use ringtrue_core::metrics::interval::TRIALS_MIN;
use serde::{Deserialize, Serialize};

use super::{Bounds, Reading, Readings, State, per_cent};
use crate::reference::Seen;

/// Scores of a class that are kept, at most: a p-value is exact to a four-hundredth.
const SCORES_MAX: usize = 400;
/// The share of either class of the reference below which credibility is low, at most.
const LOW_SHARE: f64 = 0.05;
/// One event in fifty that the detector merely guesses is worth a look, one in ten costs.
const BOUNDS: Bounds = Bounds {
    warning: 0.02,
    drift: 0.1,
};

/// The scores of the reference's classes, and from which credibility on that of an event is usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassScores {
    /// Rising, at equal distances in rank.
    malicious: Vec<f64>,
    benign: Vec<f64>,
    low: f64,
}

impl ClassScores {
    /// Orders the scores of events by class; `None` if a class has too few.
    pub(crate) fn of(scores: impl Iterator<Item = (f64, Option<Label>)>) -> Option<Self> {
        let (mut malicious, mut benign) = (Vec::new(), Vec::new());
        for (score, label) in scores.filter(|(score, _)| score.is_finite()) {
            match label {
                Some(Label::Malicious) => malicious.push(score),
                Some(Label::Benign) => benign.push(score),
                Some(Label::Unsure) | None => {}
            }
        }
        let all = [malicious, benign].map(|mut scores| {
            scores.sort_unstable_by(f64::total_cmp);
            scores
        });
        if all.iter().any(|scores| (scores.len() as u64) < TRIALS_MIN) {
            return None;
        }
        let [malicious, benign] = all.each_ref().map(|scores| spread(scores));
        let mut found = Self {
            malicious,
            benign,
            low: 0.0,
        };
        let usual = all.map(|scores| found.usual(&scores));
        found.low = usual.into_iter().fold(1.0, f64::min);
        Some(found)
    }

    /// Returns the credibility below which at most [`LOW_SHARE`] of the scores lie.
    fn usual(&self, scores: &[f64]) -> f64 {
        let mut all: Vec<f64> = scores
            .iter()
            .map(|score| self.credibility(*score))
            .collect();
        all.sort_unstable_by(f64::total_cmp);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a length"
        )]
        let place = (LOW_SHARE * all.len() as f64) as usize;
        all.get(place).copied().unwrap_or(0.0)
    }

    /// Returns the larger of a score's p-values, in `(0, 1]`: how many malicious events score as low, or benign ones as high.
    fn credibility(&self, score: f64) -> f64 {
        let below = |scores: &[f64]| scores.partition_point(|other| *other < score);
        let up_to = |scores: &[f64]| scores.partition_point(|other| *other <= score);
        let value = |beyond: usize, ties: usize, all: usize| {
            (beyond as f64 + f64::midpoint(ties as f64, 1.0)) / (all as f64 + 1.0)
        };
        let [malicious, benign] = [&self.malicious, &self.benign].map(|scores| {
            let (below, up_to) = (below(scores), up_to(scores));
            [below, up_to - below, scores.len() - up_to]
        });
        value(malicious[0], malicious[1], self.malicious.len()).max(value(
            benign[2],
            benign[1],
            self.benign.len(),
        ))
    }

    /// Returns whether hardly any event of either class scores like this.
    pub(crate) fn is_low(&self, score: f64) -> bool {
        self.credibility(score) < self.low
    }

    /// Returns whether the scores are such as [`ClassScores::of`] keeps.
    pub(crate) fn is_sound(&self) -> bool {
        let is_sound = |scores: &Vec<f64>| {
            (1..=SCORES_MAX).contains(&scores.len())
                && scores.iter().all(|it| it.is_finite())
                && scores.is_sorted()
        };
        is_sound(&self.malicious) && is_sound(&self.benign) && self.low.is_finite()
    }
}

/// Returns at most [`SCORES_MAX`] of sorted scores, at equal distances in rank.
fn spread(sorted: &[f64]) -> Vec<f64> {
    let kept = sorted.len().min(SCORES_MAX);
    let middle = |at: usize| (2 * at + 1) * sorted.len() / (2 * kept);
    (0..kept)
        .filter_map(|at| sorted.get(middle(at)).copied())
        .collect()
}

/// Events of low credibility.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredibilityCounts {
    low: u64,
    events: u64,
}

impl CredibilityCounts {
    pub(crate) fn add(&mut self, seen: &Seen) {
        if let Some(is_low) = seen.is_between {
            self.low += u64::from(is_low);
            self.events += 1;
        }
    }

    pub(crate) const fn merge(&mut self, other: &Self) {
        self.low += other.low;
        self.events += other.events;
    }

    /// Compares a window with the reference.
    pub(crate) fn finish(&self, reference: &Self) -> Readings {
        let counts = [reference, self].map(|it| [it.low, it.events]);
        let reading = Reading::rate(None, counts, BOUNDS).map(|reading| {
            // Fewer such events than before are good news.
            let is_more = reading.value > reading.reference.unwrap_or(0.0);
            let effect = if is_more { reading.effect } else { [0.0; 2] };
            Reading { effect, ..reading }
        });
        Readings {
            name: "credibility",
            all: reading.into_iter().collect(),
            silent: (
                State::CannotTell,
                "the reference keeps no scores of both classes in order: make it anew, of labelled events of both",
            ),
            says: |moved| {
                let [now, before] = moved
                    .first()
                    .map_or([0.0; 2], |it| [it.value, it.reference.unwrap_or(0.0)]);
                format!(
                    "{} of the events score between both classes, {} before",
                    per_cent(now),
                    per_cent(before)
                )
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart() -> ClassScores {
        let scores = (0..1_000).map(|at| {
            let within = f64::from(at % 500) / 5_000.0;
            if at < 500 {
                (within, Some(Label::Benign))
            } else {
                (0.9 + within, Some(Label::Malicious))
            }
        });
        ClassScores::of(scores).unwrap()
    }

    #[test]
    fn p_values_are_shares_of_what_is_as_strange() {
        let few = ClassScores {
            malicious: vec![0.6, 0.8, 0.8, 0.9],
            benign: vec![0.1, 0.2, 0.7],
            low: 0.0,
        };
        // Malicious: 0.6 is as low, both of 0.8 half so; benign: none is as high.
        assert!((few.credibility(0.8) - 2.5 / 5.0).abs() < 1e-12);
        // Benign: 0.7 is as high; malicious: none is as low.
        assert!((few.credibility(0.5) - 1.5 / 4.0).abs() < 1e-12);
    }

    #[test]
    fn what_lies_between_the_classes_is_low_and_nearly_all_of_either_is_not() {
        let scores = apart();
        assert!([0.15, 0.5, 0.85].iter().all(|score| scores.is_low(*score)));
        assert!(
            [0.0, 0.05, 0.95, 1.0]
                .iter()
                .all(|score| !scores.is_low(*score))
        );
        let low = (0..1_000).filter(|at| scores.is_low(f64::from(*at) / 10_000.0));
        assert!((40..=60).contains(&low.count()));
        assert!(scores.is_sound());
    }

    #[test]
    fn many_scores_are_few_of_the_same_ranks() {
        let sorted: Vec<f64> = (0..10_000).map(f64::from).collect();
        let kept = spread(&sorted);
        assert_eq!((kept.len(), kept[0], kept[399]), (400, 12.0, 9_987.0));
        assert!(ClassScores::of((0..9).map(|at| (f64::from(at), Some(Label::Benign)))).is_none());
    }
}
