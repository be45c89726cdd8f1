//! Which cadence to take: the rarest that is within the noise, one standard error, of the cheapest.

use ringtrue_core::metrics::Traffic;

use super::cost::Weighed;
use super::replay::Replay;
use crate::compare::ADay;

/// Trainings after the start below which a history says nothing of a cadence. Never to train is therefore not recommended: what a detector costs that
/// grows older for ever, no history tells.
pub const TRAININGS_MIN: usize = 2;

/// One cadence with one window beside the recommended one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Whether the history is long enough for it.
    pub is_told: bool,
    /// How much more it costs a day than what is recommended.
    pub more: Option<ADay>,
}

/// What is recommended of what was weighed.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommended {
    /// The place of what is recommended.
    pub chosen: usize,
    /// The place of what costs least among those that the history tells of.
    pub cheapest: usize,
    /// Each beside the recommended one, in order.
    pub compared: Vec<Compared>,
}

/// Recommends a cadence and a window; `None` if the history is too short for any cadence, or tells no error of a cost.
///
/// # Source
///
/// The rule of one standard error: Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984, section 3.4.3, with a rarer cadence
/// in place of a smaller tree.
#[must_use]
pub fn recommend(
    weighed: &[Weighed],
    replay: &Replay<'_>,
    traffic: Traffic,
) -> Option<Recommended> {
    let told = |it: &Weighed| it.trainings >= TRAININGS_MIN;
    let cost = |it: &Weighed| it.total().value;
    let candidates = || weighed.iter().enumerate().filter(|(_, it)| told(it));
    let (cheapest, best) = candidates().min_by(|(_, a), (_, b)| cost(a).total_cmp(&cost(b)))?;
    if !best.mistakes.error.is_finite() {
        return None;
    }
    let is_close = |it: &Weighed| {
        let more = it.more_than(best, replay, traffic);
        more.is_some_and(|more| more.value <= more.error)
    };
    let (chosen, recommended) = candidates()
        .filter(|(place, it)| *place == cheapest || is_close(it))
        .max_by(|(_, a), (_, b)| {
            let rarer = a.cadence.cmp(&b.cadence);
            rarer.then(cost(b).total_cmp(&cost(a)))
        })?;
    let compared = weighed.iter().map(|it| Compared {
        is_told: told(it),
        more: it.more_than(recommended, replay, traffic),
    });
    Some(Recommended {
        chosen,
        cheapest,
        compared: compared.collect(),
    })
}
