//! What more labels buy: recall at the operating point after learning an eighth, a quarter, half and all of the earlier labels, judged on the later ones.
//!
//! The parts are spread evenly over the earlier time, so that a larger part is not also a newer one. Models are probes, smaller than a detector: what counts
//! is how recall grows, not how high it is.

use ringtrue_core::metrics::interval::TRIALS_MIN;
use ringtrue_core::metrics::learning_curve::{HALF_WIDTH, Point, gain_between};
use ringtrue_core::metrics::{Ranking, ranking_bootstrap};
use ringtrue_core::split::{earlier_and_later, evenly_by_class};
use ringtrue_core::{EventTime, Label};
use ringtrue_model::train::{Run, TrainError, fit_rung};
use ringtrue_model::{Examples, margins};

use crate::events::Events;

/// Parts of the earlier labels that are learned.
const PARTS: [f64; 4] = [0.125, 0.25, 0.5, 1.0];
/// Labels of each class that are learned, at most.
const LEARNED_MAX: usize = 10_000;
/// Labels of each class that are needed to learn, and to judge.
const CLASS_MIN: usize = 10;
const RESAMPLES: u32 = 200;

/// Events with the labels that hold.
#[derive(Clone, Copy)]
pub struct Labelled<'a> {
    /// The events.
    pub events: Events<'a>,
    /// What each is called.
    pub labels: &'a [Label],
    /// When each happened.
    pub times: &'a [Option<EventTime>],
    /// The false-positive rate at which the task operates.
    pub rate: f64,
}

/// What learning a part came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Labels that were learned.
    pub learned: usize,
    /// Recall at the rate.
    pub recall: f64,
    /// Its 95 % interval, over campaigns.
    pub interval: [f64; 2],
}

/// How recall grows with labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// The false-positive rate at which recall is told: the task's, or the lowest that rests on ten of the judged benign events.
    pub rate: f64,
    /// Labels that were judged: benign, malicious.
    pub judged: [u64; 2],
    /// The steps, from the smallest part to all.
    pub steps: Vec<Step>,
    /// What so many more labels add to recall, with its 95 % interval.
    pub gained: (f64, [f64; 2]),
}

/// Growth cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoGrowth {
    /// Too few labels to learn a part of, or to judge by.
    #[error("too few labels {what}: {malicious} malicious and {benign} benign")]
    Few {
        /// For what.
        what: &'static str,
        /// Malicious ones.
        malicious: usize,
        /// Benign ones.
        benign: usize,
    },
    /// Fewer than three points: any curve fits.
    #[error("too few points to draw a curve through: {0}")]
    Points(usize),
    /// Training failed.
    #[error("what is learned could not be trained")]
    Train(#[from] TrainError),
}

/// Returns how recall grows, and what `more` labels of the mix so far would add.
///
/// # Errors
///
/// [`NoGrowth`] says why nothing can be told.
pub fn growth(data: &Labelled<'_>, more: f64, run: &mut Run<'_>) -> Result<Growth, NoGrowth> {
    let decided: Vec<u32> = (0_u32..)
        .zip(data.labels)
        .filter(|(_, label)| **label != Label::Unsure)
        .map(|(at, _)| at)
        .collect();
    let (earlier, later) = earlier_and_later(data.times, &decided);
    let judged = data.counts(&later);
    few("to judge by", judged)?;
    few("to learn from", data.counts(&earlier))?;
    let rate = data.rate.max(TRIALS_MIN as f64 / judged[0] as f64).min(0.5);
    let malicious: Vec<bool> = data
        .labels
        .iter()
        .map(|it| *it == Label::Malicious)
        .collect();
    let mut steps = Vec::new();
    for part in PARTS {
        let learned = evenly_by_class(data.labels, &earlier, part, LEARNED_MAX);
        if few("", data.counts(&learned)).is_ok() {
            let margins = data.asked(&malicious, (&learned, &later), run)?;
            steps.extend(data.step(learned.len(), (&margins, &later), rate, run.seed));
        }
    }
    // The curve is followed to where the labels stand: those that are judged teach a detector too, and only so many are learned here.
    let labels = decided.len() as f64;
    let points: Vec<Point> = steps.iter().map(Step::point).collect();
    let gained = gain_between(&points, [labels, labels + more], run.seed)
        .ok_or(NoGrowth::Points(points.len()))?;
    Ok(Growth {
        rate,
        judged: judged.map(|count| count as u64),
        steps,
        gained,
    })
}

fn few(what: &'static str, [benign, malicious]: [usize; 2]) -> Result<(), NoGrowth> {
    if benign.min(malicious) >= CLASS_MIN {
        return Ok(());
    }
    Err(NoGrowth::Few {
        what,
        malicious,
        benign,
    })
}

impl Labelled<'_> {
    /// Returns how many members are benign, and malicious.
    fn counts(&self, members: &[u32]) -> [usize; 2] {
        let of = |label: Label| {
            let is_of = |at: &&u32| self.labels[**at as usize] == label;
            members.iter().filter(is_of).count()
        };
        [of(Label::Benign), of(Label::Malicious)]
    }

    fn asked(
        &self,
        malicious: &[bool],
        (learned, asked): (&[u32], &[u32]),
        run: &mut Run<'_>,
    ) -> Result<Vec<f64>, TrainError> {
        let weight = vec![1.0; malicious.len()];
        let examples = Examples {
            rows: self.events.rows,
            tokens: self.events.tokens,
            malicious,
            weight: &weight,
            entity: self.events.entity,
        };
        let parameters = self.events.parameters.for_probe();
        let (rung, schema) = (parameters.whole_rung(), self.events.schema);
        let model = fit_rung(rung, schema, &examples, learned, &parameters, run)?;
        Ok(margins(&model, &examples, asked))
    }

    fn step(
        &self,
        learned: usize,
        (margins, asked): (&[f64], &[u32]),
        rate: f64,
        seed: u64,
    ) -> Option<Step> {
        let malicious: Vec<bool> = asked
            .iter()
            .map(|at| self.labels[*at as usize] == Label::Malicious)
            .collect();
        let groups: Vec<u32> = asked
            .iter()
            .map(|at| self.events.campaign[*at as usize])
            .collect();
        let recall = |ranking: &Ranking| {
            let point = ranking.tpr_at_fpr(rate);
            (point.malicious > 0).then(|| point.true_positives as f64 / point.malicious as f64)
        };
        let judged = (margins, malicious.as_slice());
        let found = ranking_bootstrap(RESAMPLES, seed, judged, Some(&groups), recall).ok()?;
        Some(Step {
            learned,
            recall: found.value,
            interval: [found.low.min(found.value), found.high.max(found.value)],
        })
    }
}

/// The least standard error that a point is given.
const DEVIATION_MIN: f64 = 1e-3;

impl Step {
    fn point(&self) -> Point {
        let [low, high] = self.interval;
        Point {
            learned: self.learned as f64,
            error: 1.0 - self.recall,
            deviation: ((high - low) / (2.0 * HALF_WIDTH)).max(DEVIATION_MIN),
        }
    }
}
