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
    pub(crate) name: String,
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

/// A rung on the events that measures are tried on.
pub(super) struct OnHeld {
    /// A margin for each event.
    pub(super) margins: Vec<f64>,
    /// What one took.
    micros: f64,
    /// The margin that at most 3 benign events are above: the strictest threshold that the events can tell from others.
    pub(super) strict: f64,
}

/// How much dearer than the first measure one may be that is recommended.
const COST_FACTOR: f64 = 1.05;

/// Benign events above the strictest threshold that events can tell from others.
const FALSE_POSITIVES: usize = 3;

impl Held<'_> {
    /// Asks a rung.
    pub(super) fn ask(&self, rung: &LearnedRung) -> OnHeld {
        let start = clock();
        let margins = margins(&rung.model, self.examples, self.positions);
        let seconds = start.elapsed().as_secs_f64();
        let is_benign = |at: &u32| !self.corpus.malicious[*at as usize];
        let each = self.positions.iter().zip(&margins);
        let benign = each.filter(|(at, _)| is_benign(at));
        let mut benign: Vec<f64> = benign.map(|(_, margin)| *margin).collect();
        benign.sort_by(|one, other| other.total_cmp(one));
        let strict = benign.get(FALSE_POSITIVES);
        OnHeld {
            strict: strict.copied().unwrap_or(f64::NEG_INFINITY),
            micros: 1e6 * seconds / self.positions.len().max(1) as f64,
            margins,
        }
    }

    /// Tells what a measure came to, beside the margins of the first one.
    pub(super) fn tried(
        &self,
        (measure, made): (Measure, usize),
        rung: &LearnedRung,
        (asked, attacked): (&OnHeld, Part),
        first: Option<(&[f64], f64)>,
    ) -> Outcome<Tried> {
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
            .map(|(first, _)| catches_less(&asked.margins, first, &malicious, &entities, self.seed))
            .transpose()
            .or_fail(cannot)?;
        let scored = judged(rung, self.corpus, self.examples, self.positions);
        let all: Vec<u32> = (0_u32..).take(scored.len()).collect();
        let setting = setting(rung.operating.thresholds, &rung.nominal, self.sheet);
        let judgement = judge(&scored, &all, &setting).or_fail(cannot)?;
        let cost = judgement.cost.as_ref();
        let cost = cost.map_or(f64::INFINITY, |cost| cost.cost_per_1000_events);
        let is_dearer = first.is_some_and(|(_, first)| cost > COST_FACTOR * first);
        Ok(Tried {
            name: measure.name(),
            title: measure.title(),
            made: made as u64,
            attacked: attacked.events,
            point: Point {
                cost,
                robust: attacked.area.value.unwrap_or(0.0),
                micros: asked.micros,
                keeps_up: !is_dearer && less.is_none_or(|(_, is_nothing)| is_nothing),
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
