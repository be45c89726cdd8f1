//! Triage: which kind of change a window shows, so that somebody knows whom to ask.
//!
//! ```text
//!   values lost that others do not explain, a source quiet ─────────► pipeline
//!   else near-copies around a threshold ────────────────────────────► probing
//!   else near-copies that are new and score like malicious events ───► new family
//!   else signals moved among high scores, among low scores, or neither ─► new family, benign population, class mix
//!        (among high scores that are as those of benign events there ───► benign population)
//!   both, or nothing that tells ──────────────────────────────────────► cannot tell
//! ```
//!
//! Events that score like malicious ones hold the malicious traffic with the false positives, the others hold nearly all of the benign
//! traffic and what is missed. Either side is compared with what the reference's classes would be there at the window's mix. A new family
//! that is missed moves low scores, and looks like a benign population that moved; labels alone tell these two apart.

use serde::Serialize;

use crate::counts::Counts;
use crate::estimate::Band;
use crate::mixture::mixture;
use crate::monitor::signals::{Side, SignalCounts};
use crate::monitor::{MonitorReport, Reading, State, missing, signals, sources};
use crate::reference::Reference;

/// What kind of change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Benign events, or events that are missed, have other habits than before.
    BenignPopulation,
    /// Events that score like malicious ones are near-copies of each other and of none before, or have signals that those before had not.
    NewFamily,
    /// Malicious events of the known sort are another share of all.
    ClassMix,
    /// Signals or sources went missing on their way, or came back.
    Pipeline,
    /// Somebody tries out where a threshold lies.
    Probing,
    /// Something moved, and what is seen does not say what.
    CannotTell,
}

/// How far one side must have moved, at least, for anything to be said of it.
const MOVED_MIN: f64 = 0.1;
/// How much farther one side must have moved than the other for the change to be its own.
const FARTHER: f64 = 1.5;

/// Says which kind of change a window shows; `None` of one that is steady.
pub(crate) fn triage(
    (state, monitors): (State, &[MonitorReport]),
    (reference, window): (&Reference, &Counts),
    share: Option<Band>,
) -> Option<Kind> {
    if state < State::Warning {
        return None;
    }
    let expected = reference.signals_at(share.map(|share| share.value));
    if is_quiet(monitors) || is_lossy(monitors, [&reference.counts.signals, &expected], window) {
        return Some(Kind::Pipeline);
    }
    if moved(monitors, "probing").next().is_some() {
        return Some(Kind::Probing);
    }
    if moved(monitors, "families").any(is_flagged) {
        return Some(Kind::NewFamily);
    }
    let [high, low] = [Side::High, Side::Low].map(|side| farthest(&expected, window, side));
    Some(match (high >= MOVED_MIN, low >= MOVED_MIN) {
        (true, _) if is_like_benign(reference, window) => Kind::BenignPopulation,
        (true, _) if high > FARTHER * low => Kind::NewFamily,
        (_, true) if low > FARTHER * high => Kind::BenignPopulation,
        (true, false) => Kind::NewFamily,
        (false, true) => Kind::BenignPopulation,
        (false, false) if has_other_mix(reference, share) => Kind::ClassMix,
        _ => Kind::CannotTell,
    })
}

/// Returns whether a source went quiet.
fn is_quiet(monitors: &[MonitorReport]) -> bool {
    drifts(monitors, "sources").any(sources::is_quiet)
}

/// Returns whether values got lost, or are back, on their way: they moved farther than the values of the signals that are there as often
/// as before. Other events than before move both, and another mix of the classes moves neither from what it would make of the reference.
fn is_lossy(monitors: &[MonitorReport], references: [&SignalCounts; 2], window: &Counts) -> bool {
    if drifts(monitors, "missing").next().is_none() {
        return false;
    }
    let lost = least(references, &window.signals, missing::moved);
    let values = least(references, &window.signals, signals::moved);
    let farthest = lost.iter().copied().fold(0.0, f64::max);
    let pairs = lost.iter().zip(values);
    let others = pairs.filter(|(lost, _)| **lost < missing::BOUNDS.warning);
    let moved = others.map(|(_, moved)| moved).fold(0.0, f64::max);
    farthest >= missing::BOUNDS.drift && farthest > FARTHER * moved
}

/// Returns for each signal how far it moved at least from the reference it is nearer to.
fn least(
    references: [&SignalCounts; 2],
    window: &SignalCounts,
    moved: fn([&[u64]; 2]) -> f64,
) -> Vec<f64> {
    let [one, other] = references.map(|reference| {
        let pairs = reference.each().zip(window.each());
        pairs.map(|(before, now)| moved([&before, &now]))
    });
    one.zip(other).map(|(one, other)| one.min(other)).collect()
}

/// Returns the readings of a monitor that drifted.
fn drifts<'a>(monitors: &'a [MonitorReport], name: &str) -> impl Iterator<Item = &'a Reading> {
    moved(monitors, name).filter(|it| it.state == State::Drift)
}

/// Returns the readings of a monitor that are not steady.
fn moved<'a>(monitors: &'a [MonitorReport], name: &str) -> impl Iterator<Item = &'a Reading> {
    let of = monitors.iter().filter(move |it| it.name == name);
    of.flat_map(|it| &it.readings)
        .filter(|it| it.state > State::Steady)
}

/// Returns whether people get to see most of some near-copies: others, which are merely outside the scope, may be benign.
fn is_flagged(reading: &Reading) -> bool {
    reading.cluster.as_ref().is_some_and(|it| it.passed < 0.5)
}

/// Returns how far the signal that moved the farthest moved at least, among the events of one side. Of many signals one is far by chance
/// alone, so that only those count that chance does not make.
fn farthest(expected: &SignalCounts, window: &Counts, side: Side) -> f64 {
    let moved = window.signals.moved(expected, side);
    let level = crate::monitor::LEVEL / moved.len().max(1) as f64;
    let sure = moved.iter().filter(|it| it.p < level);
    sure.map(|it| it.low).fold(0.0, f64::max)
}

/// Returns whether the high scores that no mix of the classes explains are more like those of the benign events that score high than like those
/// of the malicious ones: benign events with new habits are often taken for malicious, and then just so.
fn is_like_benign(reference: &Reference, window: &Counts) -> bool {
    let classes = &reference.classes;
    let [malicious, benign, now] = [&classes.malicious, &classes.benign, &window.score.0]
        .map(|counts| counts.iter().map(|count| *count as f64).collect::<Vec<_>>());
    let found = mixture(&malicious, &benign, &now);
    let [malicious, benign] = found.classes.map(|parts| {
        let high = parts.get(reference.high()..).unwrap_or(&[]);
        let all: f64 = high.iter().sum();
        high.iter().map(|part| part / all).collect::<Vec<_>>()
    });
    let likelier = malicious
        .iter()
        .zip(&benign)
        .map(|(one, other)| (one / other).ln());
    let beyond = found.beyond.iter().skip(reference.high());
    let weighed = beyond
        .zip(likelier)
        .map(|(beyond, likelier)| beyond.max(0.0) * likelier);
    found.kept > 0.0 && weighed.sum::<f64>() < 0.0
}

fn has_other_mix(reference: &Reference, share: Option<Band>) -> bool {
    let [malicious, benign] = reference.classes.events().map(|events| events as f64);
    let before = malicious / (malicious + benign);
    share.is_some_and(|share| before < share.low || before > share.high)
}
