//! One measure tried: what it costs where nobody evades, and what evasion costs under it.

use ringtrue_attack::artefact::curve::{Attempt, Curve, Figure, Part};
use ringtrue_attack::harden::{Measure, Point};
use ringtrue_core::CostSheet;
use ringtrue_core::metrics::Difference;
use ringtrue_model::{Examples, margins};
use ringtrue_trial::{AtFpr, LearnedRung, catches_less, judge};
use serde::Serialize;

use crate::commands::clock;
use crate::corpus::Corpus;
use crate::evasion::{Gathered, Turn, Way};
use crate::failure::{OrFail, Outcome};
use crate::journey::{judged, setting};
use crate::progress::Bar;

/// What a measure came to on the events that it was tried on.
#[derive(Serialize)]
pub(crate) struct Tried {
    pub(crate) measure: Measure,
    pub(crate) title: String,
    /// Changed events that were trained on.
    pub(crate) made: u64,
    /// Malicious events that were attacked.
    pub(crate) attacked: u64,
    /// Area under the curve of what is found against what the attacker pays.
    pub(crate) area: Figure,
    /// Minutes at which half of the events are evaded.
    pub(crate) median: Figure,
    /// How much less it catches on average over false-positive rates than the first measure; `None` for that.
    pub(crate) catches_less: Option<Less>,
    /// True-positive rates by false-positive rate, nobody evading.
    pub(crate) tpr_at_fpr: Vec<AtFpr>,
    #[serde(flatten)]
    pub(crate) point: Point,
}

/// A loss with its interval.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Less {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl From<Difference> for Less {
    fn from(difference: Difference) -> Self {
        let Difference {
            value, low, high, ..
        } = difference;
        Self { value, low, high }
    }
}

/// The events that measures are tried on.
pub(super) struct Held<'a> {
    pub(super) corpus: &'a Corpus<'a>,
    pub(super) examples: &'a Examples<'a>,
    /// Their positions.
    pub(super) positions: &'a [u32],
    pub(super) sheet: &'a CostSheet,
    pub(super) seed: u64,
}

impl Held<'_> {
    /// Returns the margins of a rung, and the microseconds that each took.
    pub(super) fn margins(&self, rung: &LearnedRung) -> (Vec<f64>, f64) {
        let start = clock();
        let margins = margins(&rung.model, self.examples, self.positions);
        let seconds = start.elapsed().as_secs_f64();
        (margins, 1e6 * seconds / self.positions.len().max(1) as f64)
    }

    /// Tries a measure beside the margins of the first one.
    pub(super) fn tried(
        &self,
        (measure, made): (Measure, usize),
        rung: &LearnedRung,
        attacked: Part,
        first: Option<&[f64]>,
    ) -> Outcome<Tried> {
        let (margins, micros) = self.margins(rung);
        let of = |at: &u32| *at as usize;
        let malicious = self
            .positions
            .iter()
            .map(|at| self.corpus.malicious[of(at)]);
        let malicious: Vec<bool> = malicious.collect();
        let entities = self.positions.iter().map(|at| self.corpus.entity[of(at)]);
        let entities: Vec<u32> = entities.collect();
        let cannot = || "the measures cannot be compared".to_owned();
        let less = first
            .map(|first| catches_less(&margins, first, &malicious, &entities, self.seed))
            .transpose()
            .or_fail(cannot)?;
        let scored = judged(rung, self.corpus, self.examples, self.positions);
        let all: Vec<u32> = (0_u32..).take(scored.len()).collect();
        let setting = setting(rung.operating.thresholds, &rung.nominal, self.sheet);
        let judgement = judge(&scored, &all, &setting).or_fail(cannot)?;
        let cost = judgement.cost.as_ref();
        Ok(Tried {
            measure,
            title: measure.title(),
            made: made as u64,
            attacked: attacked.events,
            point: Point {
                cost: cost.map_or(f64::INFINITY, |cost| cost.cost_per_1000_events),
                robust: attacked.area.value.unwrap_or(0.0),
                micros,
                keeps_up: less.is_none_or(|(_, is_nothing)| is_nothing),
            },
            area: attacked.area,
            median: attacked.median,
            catches_less: less.map(|(less, _)| Less::from(less)),
            tpr_at_fpr: judgement.tpr_at_fpr,
        })
    }
}

/// Attacks gathered events, and sums up.
pub(super) fn attacked(gathered: &Gathered<'_>, way: &Way<'_>) -> Part {
    let bar = Bar::new("attacking", gathered.len() as u64);
    let turns = gathered.each_in_turn(|row, event, history| {
        bar.advance(1);
        way.turn(row, event, history)
    });
    let told = turns.into_iter().filter_map(|turn| match turn {
        Turn::Told(line) => Some(line.attempt()),
        Turn::Passed | Turn::Open => None,
    });
    let attempts: Vec<Attempt> = told.collect();
    Curve::of(&attempts, way.unit().cost_max()).all
}
