//! G020 to G034: what is no longer caught, and what is newly blocked in error; overall, and for each family, source,
//! tenant and slice.
//!
//! A part with fewer events than [`EVENTS_MIN`] has no claim of its own, unless the task states a limit for it; all such parts of a
//! dimension make one together, so that a loss that is spread over many small families is seen. Of a part with a limit and no event
//! nobody can tell.

use std::collections::{BTreeMap, BTreeSet};

use ringtrue_core::metrics::PairedChanges;
use ringtrue_core::metrics::interval::CONFIDENCE;
use ringtrue_core::task::{Gate, PartLimits};

use crate::compare::{Asked, Dimension, Pair, changes};
use crate::gate::decide::{Evidence, Found};
use crate::gate::power::{Allowed, Claim};
use crate::gate::report::{GateCheck, Unit};

/// Events from which on a part is judged on its own.
pub(super) const EVENTS_MIN: usize = 10;
/// Parts of a dimension that are judged on their own: the largest.
const PARTS_MAX: usize = 200;
/// What the parts that are too small are called together.
const SMALLER: &str = "(smaller ones together)";

/// Where no limit is stated, so much of recall may be lost unseen in a part ...
const UNSEEN_OF_PART: f64 = 0.02;
/// ... and overall.
const UNSEEN: f64 = 0.01;

/// What is asked of a dimension.
struct Question {
    code: &'static str,
    name: &'static str,
    asked: Asked,
    dimension: Option<Dimension>,
}

const QUESTIONS: [Question; 9] = [
    Question {
        code: "G020",
        name: "loss of recall",
        asked: Asked::Caught,
        dimension: None,
    },
    Question {
        code: "G021",
        name: "loss of recall in a family",
        asked: Asked::Caught,
        dimension: Some(Dimension::Family),
    },
    Question {
        code: "G022",
        name: "loss of recall in a source",
        asked: Asked::Caught,
        dimension: Some(Dimension::Source),
    },
    Question {
        code: "G023",
        name: "loss of recall in a tenant",
        asked: Asked::Caught,
        dimension: Some(Dimension::Tenant),
    },
    Question {
        code: "G024",
        name: "loss of recall in a slice",
        asked: Asked::Caught,
        dimension: Some(Dimension::Slice),
    },
    Question {
        code: "G030",
        name: "more blocked in error",
        asked: Asked::Spared,
        dimension: None,
    },
    Question {
        code: "G032",
        name: "more blocked in error in a source",
        asked: Asked::Spared,
        dimension: Some(Dimension::Source),
    },
    Question {
        code: "G033",
        name: "more blocked in error in a tenant",
        asked: Asked::Spared,
        dimension: Some(Dimension::Tenant),
    },
    Question {
        code: "G034",
        name: "more blocked in error in a slice",
        asked: Asked::Spared,
        dimension: Some(Dimension::Slice),
    },
];

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Found) {
    for question in &QUESTIONS {
        let Some(dimension) = question.dimension else {
            let all: Vec<&Pair> = evidence.pairs.decided().collect();
            found.claims.extend(claim(evidence, question, None, &all));
            continue;
        };
        let mut stated = stated(evidence.limits, dimension, question.asked);
        for (name, members) in judged_parts(evidence, dimension, (question.asked, &stated)) {
            stated.remove(name.as_str());
            let claim = claim(evidence, question, Some(name), &members);
            found.claims.extend(claim);
        }
        let unseen = stated
            .into_iter()
            .map(|name| unseen(evidence, question, name));
        found.answers.extend(unseen);
    }
}

/// Returns the parts for which the task states a limit of this.
fn stated(limits: &Gate, dimension: Dimension, asked: Asked) -> BTreeSet<&str> {
    let limited = limits.limits.iter().filter(|part| match asked {
        Asked::Spared => part.false_positive_rate_rise_max.is_some(),
        Asked::Caught | Asked::Right => part.recall_drop_max.is_some(),
    });
    limited.filter_map(|part| named(part, dimension)).collect()
}

/// Answers for a part with a limit of which no event was judged.
fn unseen(evidence: &Evidence<'_>, question: &Question, name: &str) -> GateCheck {
    let says = format!("no event of `{name}` was judged");
    GateCheck {
        subject: Some(name.to_owned()),
        limit: Some(allowed(evidence, question, Some(name)).limit),
        unit: Unit::Share,
        ..GateCheck::open((question.code, question.name), says)
    }
}

/// Returns the parts that are judged: the largest and those with limits on their own, and the others together. A dimension of a single part is
/// that of all events, and is not judged again.
fn judged_parts<'a>(
    evidence: &'a Evidence<'_>,
    dimension: Dimension,
    (asked, stated): (Asked, &BTreeSet<&str>),
) -> Vec<(String, Vec<&'a Pair>)> {
    let mut parts: BTreeMap<String, Vec<&Pair>> = evidence.pairs.parts(dimension);
    for members in parts.values_mut() {
        members.retain(|pair| asked.concerns(pair.label));
    }
    parts.retain(|_, members| !members.is_empty());
    let decided = evidence.pairs.decided();
    let all = decided.filter(|pair| asked.concerns(pair.label)).count();
    let is_all = |(name, members): (&String, &Vec<&Pair>)| {
        members.len() == all && !stated.contains(name.as_str())
    };
    if parts.iter().all(is_all) {
        return Vec::new();
    }
    let parts = parts.into_iter();
    let (limited, mut parts): (Vec<_>, Vec<_>) =
        parts.partition(|(name, _)| stated.contains(name.as_str()));
    parts.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
    let large = parts.iter().take(PARTS_MAX);
    let own = large
        .take_while(|(_, members)| members.len() >= EVENTS_MIN)
        .count();
    let mut together: Vec<&Pair> = Vec::new();
    for (_, members) in parts.split_off(own) {
        together.extend(members);
    }
    parts.extend(limited);
    parts.sort_by(|left, right| left.0.cmp(&right.0));
    if !together.is_empty() {
        parts.push((SMALLER.to_owned(), together));
    }
    parts
}

fn claim(
    evidence: &Evidence<'_>,
    question: &Question,
    subject: Option<String>,
    members: &[&Pair],
) -> Option<Claim> {
    let found = changes(members.iter().copied(), question.asked);
    let measured = found.drop()?;
    let allowed = allowed(evidence, question, subject.as_deref());
    Some(Claim {
        code: question.code,
        name: question.name,
        unit: Unit::Share,
        measured,
        interval: found.interval(CONFIDENCE),
        allowed,
        p: found.p_above(allowed.limit),
        nothing_lost: found.worse == 0,
        events_for_one_error: found.events_for_one_error(allowed.bound(measured)),
        events: found.events,
        seen: seen(&found, question.asked, subject.as_deref()),
        subject,
    })
}

fn seen(found: &PairedChanges, asked: Asked, subject: Option<&str>) -> String {
    let (worse, better) = match asked {
        Asked::Spared => ("newly blocked in error", "newly released"),
        Asked::Caught | Asked::Right => ("newly missed", "newly caught"),
    };
    let of = subject.map_or_else(String::new, |name| format!(" of `{name}`"));
    format!(
        "{} {worse} and {} {better} of {} events{of}",
        found.worse, found.better, found.events
    )
}

/// Returns what a part may lose.
fn allowed(evidence: &Evidence<'_>, question: &Question, subject: Option<&str>) -> Allowed {
    let limits = evidence.limits;
    let of_part = own_limits(limits, question.dimension, subject);
    match question.asked {
        Asked::Spared => {
            let own = of_part.and_then(|part| part.false_positive_rate_rise_max);
            let limit = own.or(limits.false_positive_rate_rise_max);
            Allowed::stated_or(
                limit,
                if subject.is_some() {
                    UNSEEN_OF_PART
                } else {
                    UNSEEN
                },
            )
        }
        Asked::Caught | Asked::Right => {
            let own = of_part.and_then(|part| part.recall_drop_max);
            match subject {
                Some(_) => {
                    Allowed::stated_or(own.or(limits.family_recall_drop_max), UNSEEN_OF_PART)
                }
                None => Allowed::stated_or(limits.recall_drop_max, UNSEEN),
            }
        }
    }
}

/// Returns the limits that the task states for a part alone.
fn own_limits<'a>(
    limits: &'a Gate,
    dimension: Option<Dimension>,
    subject: Option<&str>,
) -> Option<&'a PartLimits> {
    let (subject, dimension) = (subject?, dimension?);
    let mut limits = limits.limits.iter();
    limits.find(|part| named(part, dimension) == Some(subject))
}

/// Returns the part that limits are of, if they are of one of this dimension.
pub(super) fn named(part: &PartLimits, dimension: Dimension) -> Option<&str> {
    match dimension {
        Dimension::Family => part.family.as_deref(),
        Dimension::Source => part.source.as_deref(),
        Dimension::Slice => part.slice.as_deref(),
        Dimension::Tenant => part.tenant.as_deref(),
        Dimension::Month => None,
    }
}
