//! The rolling trial: what training again at later moments would have caught.
//!
//! ```text
//!   train ──┬── period 1 ──┬── period 2 ──┬── period 3 ──► time
//!           └ the detector: judged on every period
//!                          └ trained again on all that was known: judged on period 2
//!                                         └ again: judged on period 3
//! ```

use ringtrue_core::EventTime;
use ringtrue_core::split::months;
use ringtrue_model::{Examples, Rung};
use ringtrue_trial::{Judged, Judgement, Setting, judge};

use super::learn::Trainer;
use super::split::{Parts, split_at};
use super::trial::{area_at, judged};
use crate::corpus::{Corpus, Entry};
use crate::failure::{Failure, OrFail, Outcome};

/// One period of the judged time.
pub(crate) struct Period {
    /// Its first and last month.
    pub(crate) name: String,
    /// Its middle in the calendar, counted in months.
    pub(crate) month: f64,
    /// How the detector did that is never trained again.
    pub(crate) frozen: Judgement,
    /// How one did that was trained again when the period began, or why there is none. The first period's is
    /// the detector itself.
    pub(crate) retrained: Result<Judgement, String>,
}

/// The rolling trial.
pub(crate) struct Rolling {
    /// The periods in order.
    pub(crate) periods: Vec<Period>,
    /// The areas under time; `None` if a period supports no rate.
    pub(crate) areas: Option<Areas>,
}

/// Areas under time (AUT) of the true-positive rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Areas {
    /// The false-positive rate at which they are taken.
    pub(crate) fpr: f64,
    /// Frozen, then retrained.
    pub(crate) areas: [f64; 2],
}

/// What is judged, and what could be trained on.
pub(crate) struct Roll<'a> {
    pub(crate) trainer: &'a Trainer<'a>,
    pub(crate) corpus: &'a Corpus<'a>,
    pub(crate) examples: &'a Examples<'a>,
    pub(crate) entries: &'a [Entry],
    pub(crate) rung: Rung,
    /// How many times to train again, at most.
    pub(crate) times: usize,
}

/// Trains again at the start of each period after the first, and judges frozen and retrained side by side.
/// `None` if there are no times, or only one month to judge.
pub(crate) fn roll(
    roll: &Roll<'_>,
    positions: &[u32],
    frozen: &Judged,
    setting: &Setting,
) -> Outcome<Option<Rolling>> {
    let times: Vec<EventTime> = frozen.times.iter().filter_map(|time| *time).collect();
    let months = months(&times);
    if roll.times == 0 || times.len() < frozen.len() || months.len() < 2 {
        return Ok(None);
    }
    let per_period = months.len().div_ceil(roll.times + 1);
    let mut periods = Vec::new();
    for (number, part) in months.chunks(per_period).enumerate() {
        let (Some(first), Some(last)) = (part.first(), part.last()) else {
            continue;
        };
        let places: Vec<u32> = (0_u32..)
            .zip(&frozen.times)
            .filter(|(_, time)| time.is_some_and(|time| time >= first.start && time < last.end))
            .map(|(place, _)| place)
            .collect();
        let cannot = || "the scores of a period cannot be judged".to_owned();
        let kept = judge(frozen, &places, setting).or_fail(cannot)?;
        let retrained = if number == 0 {
            Ok(kept.clone())
        } else {
            let events: Vec<u32> = places.iter().map(|at| positions[*at as usize]).collect();
            again(roll, first.start, &events, setting)?
        };
        let name = if first.name == last.name {
            first.name.clone()
        } else {
            format!("{} to {}", first.name, last.name)
        };
        periods.push(Period {
            name,
            month: f64::from(first.number() + last.number()) / 2.0,
            frozen: kept,
            retrained,
        });
    }
    Ok(Some(with_areas(periods)))
}

/// Trains on what was known at `start` and judges on `events`.
fn again(
    roll: &Roll<'_>,
    start: EventTime,
    events: &[u32],
    setting: &Setting,
) -> Outcome<Result<Judgement, String>> {
    let Parts { plan, .. } = match split_at(roll.entries, start) {
        Ok(parts) => parts,
        Err(failure) => return Ok(Err(failure.what)),
    };
    let learned = match roll.trainer.rung(roll.rung, roll.examples, &plan) {
        Ok(learned) => learned,
        Err(error) => return Ok(Err(in_words(&error))),
    };
    let scored = judged(&learned, roll.corpus, roll.examples, events);
    let all: Vec<u32> = (0_u32..).take(scored.len()).collect();
    let setting = Setting {
        thresholds: learned.operating.thresholds,
        nominal: learned.nominal,
        traffic: setting.traffic,
    };
    judge(&scored, &all, &setting)
        .map(Ok)
        .or_fail(|| "the scores of a retrained detector cannot be judged".to_owned())
}

/// Adds the areas under time, at the lowest false-positive rate that both sides of every period support.
fn with_areas(periods: Vec<Period>) -> Rolling {
    let retrained: Option<Vec<(f64, &Judgement)>> = periods
        .iter()
        .map(|period| Some((period.month, period.retrained.as_ref().ok()?)))
        .collect();
    let areas = retrained.and_then(|retrained| {
        let frozen = periods.iter().map(|period| (period.month, &period.frozen));
        let frozen: Vec<(f64, &Judgement)> = frozen.collect();
        let rates = &frozen.first()?.1.tpr_at_fpr;
        (0..rates.len()).rev().find_map(|place| {
            let fpr = rates.get(place)?.fpr;
            let areas = [area_at(&frozen, place)?, area_at(&retrained, place)?];
            Some(Areas { fpr, areas })
        })
    });
    Rolling { periods, areas }
}

/// Returns an error with what lies behind it.
fn in_words(error: &(dyn std::error::Error + 'static)) -> String {
    Failure::new("").because(error).causes.join(": ")
}
