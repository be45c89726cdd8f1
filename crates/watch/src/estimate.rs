//! How good a detector is likely to be now, without labels: an estimate with a band, or the reason why nobody can tell.
//!
//! ```text
//!   scores of the reference by class ─┐
//!   scores of the window ─────────────┴► mixture ─► six readings of what neither class explains ─► the band around all of them
//! ```
//!
//! If the classes score as they did and only their mix moved, recall, false-positive rate and ROC AUC stay as they were, and precision
//! follows from the mix. What that does not explain is held against the detector in every way that the scores allow: it is more benign
//! events of new habits, or malicious ones of a family that scores lower, or malicious ones that are no longer there. The band covers all
//! of these, down to no malicious event at all. Where it is too wide to be of use, the answer is that nobody can tell. A move within a class that another mix would explain as
//! well cannot be seen in scores at all; labels alone tell that.

use std::collections::BTreeMap;

use ringtrue_core::Action;
use ringtrue_core::cost::Prices;
use ringtrue_core::metrics::interval::{TRIALS_MIN, WIDTH_MAX};
use ringtrue_core::random::Random;
use serde::Serialize;

use crate::mixture::{ClassCounts, Mixture, mixture};

/// A figure with the band in which it lies if the assumptions hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Band {
    /// The figure if nothing moved but the mix.
    pub value: f64,
    /// Lower end of the band.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What verdicts are worth, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stakes {
    /// From which action on an event counts as caught: blocking, or reviewing where nothing is ever blocked.
    pub caught: Action,
    /// What mistakes and reviews cost, without the prices of slices and families.
    pub prices: Prices,
    /// Events a day.
    pub events_a_day: f64,
}

/// Where events are told apart, and what that is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The first bin of scores that is reviewed.
    pub review: usize,
    /// The first bin that is blocked.
    pub block: usize,
    /// The score from which on events count as caught.
    pub at: f64,
    /// What verdicts are worth.
    pub stakes: Stakes,
}

impl Place {
    fn caught(&self) -> usize {
        match self.stakes.caught {
            Action::Block => self.block,
            Action::Allow | Action::Review => self.review,
        }
    }
}

/// Figures of a window, each absent where the scores do not tell it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// The score from which on events count as caught.
    pub at: f64,
    /// The share of events that are malicious.
    pub malicious_share: Option<Band>,
    /// The share of benign events that are caught.
    pub fpr: Option<Band>,
    /// The share of malicious events that are caught.
    pub recall: Option<Band>,
    /// The share of caught events that are malicious.
    pub precision: Option<Band>,
    /// How often a malicious event scores higher than a benign one.
    pub roc_auc: Option<Band>,
    /// What mistakes and reviews cost a day.
    pub cost_per_day: Option<Band>,
    /// Why a figure is absent, by its name.
    pub why: BTreeMap<&'static str, String>,
}

/// Draws of the sampling noise.
const DRAWS: usize = 400;
/// Of them on either side outside the band.
const OUTSIDE: usize = 2;
const FIGURES: usize = 6;
/// The place of the cost among them, the one that is no share.
const COST: usize = 5;
/// The way to read that says how many of the caught events are malicious, and not what these score, nor what is missed.
const CAUGHT: usize = 5;
/// The figures that it tells of.
const BY_CAUGHT: [bool; FIGURES] = [true, false, false, true, false, true];
const NAMES: [&str; FIGURES] = [
    "malicious_share",
    "fpr",
    "recall",
    "precision",
    "roc_auc",
    "cost_per_day",
];

/// Estimates the figures of a window of scores.
///
/// # Source
///
/// Prior shift after Saerens et al., see [`mixture`]; the six readings, their band and the rule for when nobody can tell are ours. The
/// band's ends are the 0.5 % and 99.5 % points over draws of the reference, the window and the events of each class, the farthest reading
/// counting.
#[must_use]
pub fn estimate(classes: &ClassCounts, window: &[u64], place: &Place) -> Estimate {
    let known = classes.events();
    let events: u64 = window.iter().sum();
    let reason = if known.iter().any(|events| *events < TRIALS_MIN) {
        Some(format!(
            "the reference holds {} malicious and {} benign events: at least {TRIALS_MIN} of each are needed",
            known[0], known[1]
        ))
    } else if events < TRIALS_MIN {
        Some(format!(
            "it rests on {events} events, fewer than {TRIALS_MIN}"
        ))
    } else {
        None
    };
    if let Some(reason) = reason {
        return Estimate::unknown(place.at, &reason);
    }
    let floats = |counts: &[u64]| counts.iter().map(|it| *it as f64).collect::<Vec<f64>>();
    let given = [&classes.malicious, &classes.benign].map(|counts| floats(counts));
    let window = floats(window);
    let found = mixture(&given[0], &given[1], &window);
    let values = figures(&unmoved(&found), place);
    let ends = ends(
        &found,
        ([&given[0], &given[1], &window], events as f64),
        place,
    );
    let expected = [found.share, 1.0 - found.share].map(|share| share * events as f64);
    settle(place.at, (values, ends), expected)
}

/// Returns the ends of the band of each figure: the farthest of every way to read what neither class explains.
fn ends(
    found: &Mixture,
    (given, events): ([&[f64]; 3], f64),
    place: &Place,
) -> [[f64; 2]; FIGURES] {
    // Where chance accounts for all, three of the ways are the first one.
    let ways: &[usize] = if found.kept > 0.0 {
        &[0, 1, 2, 3, 4, CAUGHT]
    } else {
        &[0, 4, CAUGHT]
    };
    let mut drawn: Vec<[Vec<f64>; FIGURES]> = vec![std::array::from_fn(|_| Vec::new()); ways.len()];
    let mut random = Random::new(0);
    for _ in 0..DRAWS {
        let noise = given.map(|counts| poisson_each(&mut random, counts));
        let mixed = Mixture {
            kept: found.kept,
            ..mixture(&noise[0], &noise[1], &noise[2])
        };
        for (drawn, way) in drawn.iter_mut().zip(ways) {
            let masses = read(&mixed, *way, place.caught()).map(|masses| {
                let expected: Vec<f64> = masses.iter().map(|mass| mass * events).collect();
                poisson_each(&mut random, &expected)
            });
            let figures = figures(&masses, place);
            for ((drawn, figure), by_caught) in drawn.iter_mut().zip(figures).zip(BY_CAUGHT) {
                let is_told = figure.is_finite() && (*way != CAUGHT || by_caught);
                drawn.extend(is_told.then_some(figure));
            }
        }
    }
    let mut ends = [[f64::INFINITY, f64::NEG_INFINITY]; FIGURES];
    for of_way in &mut drawn {
        of_way.iter_mut().zip(&mut ends).for_each(meet);
    }
    ends
}

/// Moves the ends of a figure's band to where nearly all that was drawn lies between them.
fn meet((drawn, ends): (&mut Vec<f64>, &mut [f64; 2])) {
    drawn.sort_unstable_by(f64::total_cmp);
    let last = drawn.len().saturating_sub(1);
    if let (Some(low), Some(high)) = (
        drawn.get(OUTSIDE.min(last)),
        drawn.get(last.saturating_sub(OUTSIDE)),
    ) {
        *ends = [ends[0].min(*low), ends[1].max(*high)];
    }
}

impl Estimate {
    /// Takes the precision out: high scores are those of other events than before, and how many of these are malicious cannot be seen in them.
    pub(crate) fn without_precision(&mut self) {
        if self.precision.take().is_some() {
            let reason = "events that score like malicious ones are of another kind than before: labels alone tell how many of them are";
            self.why.insert("precision", reason.to_owned());
        }
    }

    /// Returns an estimate of nothing, for this reason.
    #[must_use]
    pub fn unknown(at: f64, reason: &str) -> Self {
        Self {
            at,
            why: NAMES
                .into_iter()
                .map(|name| (name, reason.to_owned()))
                .collect(),
            ..Self::default()
        }
    }
}

/// Puts figures and ends together, and leaves out what does not tell. `expected` are the malicious and benign events of the window.
fn settle(
    at: f64,
    (values, ends): ([f64; FIGURES], [[f64; 2]; FIGURES]),
    expected: [f64; 2],
) -> Estimate {
    let mut why = BTreeMap::new();
    let least = TRIALS_MIN as f64;
    let needs = [
        0.0,
        expected[1],
        expected[0],
        expected[0],
        expected[0].min(expected[1]),
        f64::INFINITY,
    ];
    let mut bands = [None; FIGURES];
    for (figure, slot) in bands.iter_mut().enumerate() {
        let (Some(value), Some([low, high]), Some(name)) =
            (values.get(figure), ends.get(figure), NAMES.get(figure))
        else {
            continue;
        };
        let needed = needs.get(figure).copied().unwrap_or(0.0);
        let band = Band {
            value: *value,
            low: low.min(*value),
            high: high.max(*value),
        };
        if figure > 0 && needed < least {
            why.insert(
                *name,
                format!("about {needed:.1} events of its class are there, fewer than {TRIALS_MIN}"),
            );
        } else if !value.is_finite() {
            why.insert(*name, "no event is caught".to_owned());
        } else if figure < COST && band.high - band.low > WIDTH_MAX {
            why.insert(
                *name,
                format!(
                    "its band is wider than {WIDTH_MAX}: {:.3} to {:.3}",
                    band.low, band.high
                ),
            );
        } else {
            *slot = Some(band);
        }
    }
    let [
        malicious_share,
        fpr,
        recall,
        precision,
        roc_auc,
        cost_per_day,
    ] = bands;
    let is_known = malicious_share.is_some() && fpr.is_some() && recall.is_some();
    if !is_known {
        let reason = "how many events are malicious, blocked for nothing or missed is not known";
        why.insert("cost_per_day", reason.to_owned());
    }
    Estimate {
        at,
        malicious_share,
        fpr,
        recall,
        precision,
        roc_auc,
        cost_per_day: cost_per_day.filter(|_| is_known),
        why,
    }
}

/// Returns the masses of both classes if nothing moved but the mix.
fn unmoved(found: &Mixture) -> [Vec<f64>; 2] {
    let scaled = |parts: &[f64], by: f64| parts.iter().map(|part| part * by).collect();
    let [malicious, benign] = &found.classes;
    [
        scaled(malicious, found.share),
        scaled(benign, 1.0 - found.share),
    ]
}

/// Returns the masses of both classes by one way to read what neither explains: 0, it is nothing; 1, benign events have new habits; 2, what
/// is too much is malicious and what is too little benign; 3, the other way round; 4, malicious events are as few as all that allows; 5, as many
/// benign events are caught as before, and whatever else is caught is malicious.
fn read(found: &Mixture, way: usize, caught: usize) -> [Vec<f64>; 2] {
    let [mut malicious, mut benign] = unmoved(found);
    if way == CAUGHT {
        recaught(&mut malicious, &mut benign, &found.beyond, caught);
        return [malicious, benign];
    }
    for (bin, beyond) in found.beyond.iter().enumerate() {
        let raw = *beyond;
        let beyond = raw * found.kept;
        let [much, little] = [beyond.max(0.0), beyond.min(0.0)];
        let [to_malicious, to_benign] = match way {
            0 => [0.0, 0.0],
            1 => [0.0, beyond],
            2 => [much, little],
            3 => [little, much],
            _ => {
                let fewer = found.kept * malicious.get(bin).copied().unwrap_or(0.0);
                [-fewer, fewer + raw]
            }
        };
        for (masses, more) in [(&mut malicious, to_malicious), (&mut benign, to_benign)] {
            if let Some(mass) = masses.get_mut(bin) {
                *mass = (*mass + more).max(0.0);
            }
        }
    }
    [malicious, benign]
}

/// Has as many benign events caught as before, and all others that are caught malicious, wherever among these they score.
fn recaught(malicious: &mut [f64], benign: &mut [f64], beyond: &[f64], caught: usize) {
    let errors: f64 = benign.iter().skip(caught).sum();
    let pairs = malicious.iter().zip(&*benign).zip(beyond);
    let seen: Vec<f64> = pairs
        .map(|((one, other), beyond)| (one + other + beyond).max(0.0))
        .collect();
    let all: f64 = seen.iter().skip(caught).sum();
    let part = (errors / all.max(f64::MIN_POSITIVE)).min(1.0);
    let bins = malicious.iter_mut().zip(benign).zip(seen);
    for ((malicious, benign), seen) in bins.skip(caught) {
        (*malicious, *benign) = ((1.0 - part) * seen, part * seen);
    }
}

/// Returns share, false-positive rate, recall, precision, ROC AUC and cost of two classes' masses; NaN where nothing is.
fn figures(masses: &[Vec<f64>; 2], place: &Place) -> [f64; FIGURES] {
    let [malicious, benign] = masses;
    let [all_malicious, all_benign]: [f64; 2] = [malicious.iter().sum(), benign.iter().sum()];
    let above = |masses: &[f64], bin: usize| masses.iter().skip(bin).sum::<f64>();
    let [hits, errors] = [malicious, benign].map(|masses| above(masses, place.caught()));
    let [flagged, blocked] =
        [place.review, place.block].map(|bin| [malicious, benign].map(|masses| above(masses, bin)));
    let Stakes {
        prices,
        events_a_day,
        ..
    } = place.stakes;
    let reviewed = flagged[0] - blocked[0] + flagged[1] - blocked[1];
    let cost = prices.false_negative * (all_malicious - flagged[0])
        + prices.review * reviewed
        + prices.false_positive * blocked[1];
    let (mut below, mut pairs) = (0.0, 0.0);
    for (one, other) in malicious.iter().zip(benign) {
        pairs += one * (below + other / 2.0);
        below += other;
    }
    [
        all_malicious / (all_malicious + all_benign),
        errors / all_benign,
        hits / all_malicious,
        hits / (hits + errors),
        pairs / (all_malicious * all_benign),
        cost / (all_malicious + all_benign) * events_a_day,
    ]
}

fn poisson_each(random: &mut Random, means: &[f64]) -> Vec<f64> {
    means.iter().map(|mean| poisson(random, *mean)).collect()
}

/// Draws a count around a mean; beyond small means by the normal distribution of equal mean and spread.
fn poisson(random: &mut Random, mean: f64) -> f64 {
    const SMALL: f64 = 30.0;
    if mean <= 0.0 {
        return 0.0;
    }
    if mean < SMALL {
        let (limit, mut product, mut drawn) = ((-mean).exp(), random.unit(), 0.0);
        while product > limit {
            product *= random.unit();
            drawn += 1.0;
        }
        return drawn;
    }
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    let normal = radius * (std::f64::consts::TAU * random.unit()).cos();
    (mean + mean.sqrt() * normal).round().max(0.0)
}

#[cfg(test)]
mod tests;
