//! The mix of classes in a window: how much of the reference's malicious and benign scores make up the scores that are seen.
//!
//! ```text
//!   window's scores  ~  share * malicious scores of the reference + (1 - share) * benign scores of the reference + what neither explains
//! ```

use ringtrue_core::Label;
use serde::{Deserialize, Serialize};

use crate::counts::{count, sum};

/// The scores of the reference's events by class: counts of the same bins, lowest scores first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassCounts {
    /// Of malicious events.
    pub malicious: Vec<u64>,
    /// Of benign events.
    pub benign: Vec<u64>,
}

/// What makes up a window's scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// The share of malicious events that explains the scores best, in `[0, 1]`.
    pub share: f64,
    /// For each bin the share of events that neither class explains: what is seen less what is expected.
    pub beyond: Vec<f64>,
    /// The part of that for which chance does not account, in `[0, 1]`.
    pub kept: f64,
    /// The parts of the reference's classes in each bin: malicious, benign. Each sums to 1.
    pub classes: [Vec<f64>; 2],
}

/// Events that are added to a class, spread over its bins: no bin of it is impossible.
const PRIOR: f64 = 1.0;
/// Halvings after which the share is exact to less than a ten-millionth.
const HALVINGS: usize = 24;

impl ClassCounts {
    /// Returns counts of nothing.
    #[must_use]
    pub fn new(bins: usize) -> Self {
        Self {
            malicious: vec![0; bins],
            benign: vec![0; bins],
        }
    }

    /// Counts an event; one of no known class is left out.
    pub fn add(&mut self, bin: usize, label: Option<Label>) {
        match label {
            Some(Label::Malicious) => count(&mut self.malicious, bin),
            Some(Label::Benign) => count(&mut self.benign, bin),
            Some(Label::Unsure) | None => {}
        }
    }

    /// Counts the events of another state as well.
    pub fn merge(&mut self, other: &Self) {
        sum(&mut self.malicious, &other.malicious);
        sum(&mut self.benign, &other.benign);
    }

    /// Returns whether both classes have so many bins.
    pub(crate) const fn has(&self, bins: usize) -> bool {
        self.malicious.len() == bins && self.benign.len() == bins
    }

    /// Returns the number of events: malicious, then benign.
    #[must_use]
    pub fn events(&self) -> [u64; 2] {
        [self.malicious.iter().sum(), self.benign.iter().sum()]
    }

    /// Returns the first bin of those that malicious events have rather than benign ones, where the two come apart the most; the number of
    /// bins if a class is absent.
    pub(crate) fn most_telling(&self) -> usize {
        let bins = self.malicious.len();
        let [malicious, benign] = self.events().map(|events| events as f64);
        if malicious <= 0.0 || benign <= 0.0 {
            return bins;
        }
        let (mut best, mut apart) = (bins, 0.0);
        let (mut below_malicious, mut below_benign) = (0.0, 0.0);
        for (bin, (one, other)) in self.malicious.iter().zip(&self.benign).enumerate() {
            below_malicious += *one as f64 / malicious;
            below_benign += *other as f64 / benign;
            if below_benign - below_malicious > apart {
                (best, apart) = (bin + 1, below_benign - below_malicious);
            }
        }
        best
    }
}

/// Returns what makes up a window's scores. Each list holds the same bins, as counts or as expected counts.
///
/// The share is that of greatest likelihood. Of what the classes leave unexplained that part is kept for which chance does not account:
/// `max(0, 1 - (f + 2 sqrt(2 f)) / X)`, where `X` is Pearson's statistic of `f` degrees of freedom, with the reference's own uncertainty in the
/// expected spread.
///
/// # Source
///
/// The share: Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities", Neural
/// Computation 2002, solved by halving. The shrinkage is after James and Stein's; using it for what neither class explains is ours.
#[must_use]
pub fn mixture(malicious: &[f64], benign: &[f64], window: &[f64]) -> Mixture {
    let classes = [parts(malicious), parts(benign)];
    let events: f64 = window.iter().sum::<f64>().max(1.0);
    let seen: Vec<f64> = window.iter().map(|count| count / events).collect();
    let share = share(&classes, &seen);
    let sizes = [malicious, benign].map(|counts| counts.iter().sum::<f64>().max(1.0));
    let mut statistic = 0.0;
    let mut beyond = Vec::with_capacity(seen.len());
    for (bin, seen) in seen.iter().enumerate() {
        let [one, other] = of(&classes, bin);
        let expected = share * one + (1.0 - share) * other;
        let spread = expected / events
            + share.powi(2) * one / sizes[0]
            + (1.0 - share).powi(2) * other / sizes[1];
        statistic += (seen - expected).powi(2) / spread.max(f64::MIN_POSITIVE);
        beyond.push(seen - expected);
    }
    let freedom = seen.len().saturating_sub(2) as f64;
    let by_chance = freedom + 2.0 * (2.0 * freedom).sqrt();
    let kept = if statistic > by_chance {
        1.0 - by_chance / statistic
    } else {
        0.0
    };
    Mixture {
        share,
        beyond,
        kept,
        classes,
    }
}

/// Returns the parts of a class in each bin.
fn parts(counts: &[f64]) -> Vec<f64> {
    let each = PRIOR / counts.len().max(1) as f64;
    let all = counts.iter().sum::<f64>() + PRIOR;
    counts.iter().map(|count| (count + each) / all).collect()
}

fn of(classes: &[Vec<f64>; 2], bin: usize) -> [f64; 2] {
    [0, 1].map(|class: usize| {
        let parts = classes.get(class);
        parts
            .and_then(|parts| parts.get(bin))
            .copied()
            .unwrap_or(0.0)
    })
}

/// Returns the share of greatest likelihood: the likelihood is concave in it.
fn share(classes: &[Vec<f64>; 2], seen: &[f64]) -> f64 {
    let slope = |share: f64| -> f64 {
        let each = seen.iter().enumerate().map(|(bin, seen)| {
            let [one, other] = of(classes, bin);
            let both = share * one + (1.0 - share) * other;
            seen * (one - other) / both.max(f64::MIN_POSITIVE)
        });
        each.sum()
    };
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if slope(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MALICIOUS: [f64; 4] = [10.0, 30.0, 160.0, 800.0];
    const BENIGN: [f64; 4] = [7_000.0, 2_000.0, 900.0, 100.0];

    #[test]
    fn a_mixture_is_taken_apart() {
        for expected in [0.001, 0.02, 0.5, 0.97] {
            let window: Vec<f64> = MALICIOUS
                .iter()
                .zip(BENIGN)
                .map(|(one, other)| 1e6 * (expected * one / 1e3 + (1.0 - expected) * other / 1e4))
                .collect();
            let found = mixture(&MALICIOUS, &BENIGN, &window);
            assert!(
                (found.share - expected).abs() < 1e-3,
                "{expected} {}",
                found.share
            );
            // The prior on each class leaves a trace.
            assert!(
                found.beyond.iter().all(|it| it.abs() < 1e-3),
                "{:?}",
                found.beyond
            );
        }
    }

    #[test]
    fn what_neither_class_explains_stays() {
        let window = [700.0, 1_200.0, 90.0, 10.0];
        let found = mixture(&MALICIOUS, &BENIGN, &window);
        assert!(
            found.beyond[1] > 0.2 && found.beyond[0] < -0.1,
            "{:?}",
            found.beyond
        );
        assert!(found.share < 0.02 && found.kept > 0.9);
    }

    #[test]
    fn the_classes_come_apart_at_the_most_telling_bin() {
        let classes = ClassCounts {
            malicious: vec![10, 30, 160, 800],
            benign: vec![7_000, 2_000, 900, 100],
        };
        assert_eq!(classes.most_telling(), 2);
        assert_eq!(ClassCounts::new(4).most_telling(), 4);
    }
}
