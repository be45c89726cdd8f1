//! Growth: would more events help? Probes learn an eighth, a quarter, half and all of the earlier events, and are asked the same later ones.
//!
//! The parts are spread evenly over the earlier time, so that a larger part is not also a newer one: what age does is asked elsewhere.

use ringtrue_core::metrics::Ranking;
use ringtrue_core::metrics::learning_curve::{HALF_WIDTH, Point, gain};
use ringtrue_core::split::{earlier_and_later, evenly_by_class};
use ringtrue_core::task::figures::{count, significant};

use super::{CURVE, FAMILIES, FAMILY_MIN, NAMED_MAX, more};
use crate::data::{Asked, Data};
use crate::finding::{Effect, Finding, Severity, Subject};
use crate::probe::{CLASS_EVENTS_MIN, LEARNED_MAX};

/// Parts of the earlier events that are learned beside the whole.
const PARTS: [f64; 3] = [0.125, 0.25, 0.5];
/// How many times as many events a curve is followed to.
const FACTOR: f64 = 2.0;
/// A rise of the area under the curve that is worth gathering as many events again.
const GAIN_MIN: f64 = 0.005;
/// The least standard error that a point is given: none is known better than its interval's resamples tell.
const DEVIATION_MIN: f64 = 2e-4;

/// What was learned, and what came of it.
struct Step {
    learned: Vec<u32>,
    margins: Vec<f64>,
    asked: Vec<u32>,
}

pub(super) fn findings(data: &Data<'_>) -> Vec<Option<Finding>> {
    let Some(steps) = steps(data) else {
        return Vec::new();
    };
    vec![overall(data, &steps), families(data, &steps)]
}

/// Learns the parts; `None` if even all is too little to learn from.
fn steps(data: &Data<'_>) -> Option<Vec<Step>> {
    // Without times, events stand by their identifiers, which is as good as random.
    let (earlier, later) = earlier_and_later(&data.times, &data.decided());
    let part = |share: f64| evenly_by_class(&data.labels, &earlier, share, LEARNED_MAX);
    let whole = part(1.0);
    let asked = match data.later_margins() {
        Some(asked) => asked.clone(),
        None => data.probe_margins(&earlier, &later),
    };
    let last = step(whole, asked)?;
    let learned = PARTS.iter().filter_map(|share| {
        let learned = part(*share);
        let asked = data.probe_margins(&learned, &later);
        step(learned, asked)
    });
    let mut steps: Vec<Step> = learned.collect();
    steps.push(last);
    Some(steps)
}

fn step(learned: Vec<u32>, asked: Asked) -> Option<Step> {
    let (margins, asked) = asked.ok()?;
    Some(Step {
        learned,
        margins,
        asked,
    })
}

fn overall(data: &Data<'_>, steps: &[Step]) -> Option<Finding> {
    let point = |step: &Step| {
        let score = data.score(&step.margins, &step.asked).ok()?;
        let [low, high] = score.interval;
        Some(Point {
            learned: step.learned.len() as f64,
            error: 1.0 - score.auc,
            deviation: ((high - low) / (2.0 * HALF_WIDTH)).max(DEVIATION_MIN),
        })
    };
    let points: Vec<Point> = steps.iter().filter_map(point).collect();
    let (value, interval) = gain(&points, FACTOR, data.seed)?;
    let curve: Vec<String> = points
        .iter()
        .map(|point| format!("{:.3} with {}", 1.0 - point.error, count(point.learned)))
        .collect();
    let title = format!(
        "the area under the curve grows with what is learned: {}; twice as many would add {} ({} to {})",
        curve.join(", "),
        significant(value),
        significant(interval[0]),
        significant(interval[1]),
    );
    let (severity, meaning, advice) = if interval[0] > GAIN_MIN {
        (
            Severity::Warning,
            "More of the same still helps.",
            "gather more events: as many again",
        )
    } else {
        (
            Severity::Note,
            "More of the same helps little or not surely: other signals, sources or labels may.",
            "gather events of what is missed rather than more of the same",
        )
    };
    let finding = Finding::new(
        CURVE,
        severity,
        Subject::default(),
        title,
        more(data, advice.to_owned()),
    );
    let effect = Effect::estimated("auc gained with twice the events", value, interval);
    Some(finding.meaning(meaning).effect(effect))
}

/// The families of which twice as many events would surely help.
fn families(data: &Data<'_>, steps: &[Step]) -> Option<Finding> {
    let members = data.families.members();
    let mut numbers: Vec<usize> = (0..members.len())
        .filter(|number| members[*number].len() >= FAMILY_MIN)
        .collect();
    numbers.sort_by_key(|number| std::cmp::Reverse(members[*number].len()));
    numbers.truncate(NAMED_MAX);
    let mut growing: Vec<(&str, f64, [f64; 2])> = Vec::new();
    for number in numbers {
        let points: Vec<Point> = steps
            .iter()
            .filter_map(|step| family_point(data, step, number))
            .collect();
        if let Some((value, interval)) = gain(&points, FACTOR, data.seed)
            && interval[0] > GAIN_MIN
        {
            growing.push((&data.families.names[number], value, interval));
        }
    }
    growing.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(right.0)));
    let (first, value, interval) = *growing.first()?;
    let title = format!(
        "{} families would be told better from benign events with twice as many of them, `{first}` most: its area under the curve would rise by {} ({} to {})",
        growing.len(),
        significant(value),
        significant(interval[0]),
        significant(interval[1]),
    );
    let subject = Subject::families(growing.iter().map(|(name, ..)| *name));
    let remedy = more(
        data,
        "gather as many events again of these families".to_owned(),
    );
    let finding = Finding::new(FAMILIES, Severity::Note, subject, title, remedy);
    Some(finding.effect(Effect::estimated(
        "auc gained with twice the events",
        value,
        interval,
    )))
}

/// Returns how well a step tells a family from the benign events; `None` with fewer than can be judged, or that were learned.
///
/// # Source
///
/// The standard error is that of Hanley and `McNeil`, "The meaning and use of the area under a receiver operating characteristic curve",
/// Radiology 143, 1982.
fn family_point(data: &Data<'_>, step: &Step, family: usize) -> Option<Point> {
    let is_of = |at: u32| data.families.of[at as usize] as usize == family;
    let learned = step.learned.iter().filter(|at| is_of(**at)).count();
    let (mut margins, mut malicious) = (Vec::new(), Vec::new());
    for (margin, at) in step.margins.iter().zip(&step.asked) {
        let is_family = is_of(*at);
        if is_family || !data.malicious[*at as usize] {
            margins.push(*margin);
            malicious.push(is_family);
        }
    }
    let count = malicious.iter().filter(|is| **is).count();
    if count < CLASS_EVENTS_MIN || learned == 0 {
        return None;
    }
    let auc = Ranking::new(&margins, &malicious).ok()?.roc_auc()?;
    let (events, others) = (count as f64, (malicious.len() - count) as f64);
    let (one, two) = (auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc));
    let variance =
        auc * (1.0 - auc) + (events - 1.0) * (one - auc * auc) + (others - 1.0) * (two - auc * auc);
    Some(Point {
        learned: learned as f64,
        error: 1.0 - auc,
        // A perfect ranking of n events has an error of up to 1/n.
        deviation: (variance.max(0.0) / (events * others))
            .sqrt()
            .max(0.5 / events),
    })
}
