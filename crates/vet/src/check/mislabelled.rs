//! Mislabelled? How many labels are probably wrong, and which somebody should look at first.
//!
//! The ranking is that of `ringtrue label errors`, of part of the events: it scores each event without its own label and its own entity.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use ringtrue_core::task::figures::{count, per_cent};
use ringtrue_core::{Label, noun};
use ringtrue_label::Events;
use ringtrue_label::errors::{Certainty, Direction, Ranking, Suspects, rank};
use ringtrue_model::train::Run;

use crate::check::Check;
use crate::code::Code;
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};
use crate::probe::evenly;

const WRONG: Code =
    Check::Mislabelled.code("V121", "labels that are probably wrong", Owner::Analyst);
/// What this check answers with.
pub(super) const CODES: &[Code] = &[WRONG];

/// Events of each class whose labels are compared, at most: what takes as long as the other checks together.
const EVENTS_MAX: usize = 20_000;
/// Events that are listed, at most: what one person looks at in a day.
const BUDGET: usize = 200;
/// Wrong labels from which it is worth a word, at the low end of their interval.
const TOLD_MIN: f64 = 3.0;
/// Share of the malicious events that are probably called benign, or the other way round, from which somebody should look.
const SHARE_WARNED: f64 = 0.02;

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let ranking = ranking(data, BUDGET);
    let told = ranking.filter(|ranking| ranking.expected.low >= TOLD_MIN);
    told.map(|ranking| finding(data, &ranking))
        .into_iter()
        .collect()
}

/// Returns the events whose labels are more likely wrong than right, ascending.
pub(crate) fn likely_wrong(data: &Data<'_>) -> BTreeSet<u32> {
    let ranking = ranking(data, data.len());
    let items = ranking.iter().flat_map(|ranking| &ranking.items);
    let likely = items.filter(|item| item.probability > 0.5);
    likely.map(|item| item.position).collect()
}

/// Ranks the labels of part of the events, with at most `budget` in the list; `None` where there are too few.
fn ranking(data: &Data<'_>, budget: usize) -> Option<Ranking> {
    let mut labels = vec![Label::Unsure; data.len()];
    for label in [Label::Benign, Label::Malicious] {
        for at in evenly(&data.of_class(label), EVENTS_MAX) {
            labels[at as usize] = label;
        }
    }
    let suspects = Suspects {
        events: Events {
            schema: data.schema,
            rows: data.rows,
            tokens: data.tokens,
            entity: data.entity,
            campaign: data.campaigns(),
            parameters: data.parameters,
        },
        labels: &labels,
        certainty: &vec![Certainty::Doubtful; data.len()],
    };
    let mut run = Run {
        seed: data.seed,
        threads: data.threads,
        progress: &mut |_, _, _| ControlFlow::Continue(()),
    };
    rank(&suspects, budget, &mut run).ok()
}

fn finding(data: &Data<'_>, ranking: &Ranking) -> Finding {
    let expected = &ranking.expected;
    let probable = |direction: Direction| -> f64 {
        let items = ranking.items.iter();
        let of_direction = items.filter(|item| item.direction == direction);
        of_direction.map(|item| item.probability).sum()
    };
    let [missed, blamed] = [
        Direction::MaliciousCalledBenign,
        Direction::BenignCalledMalicious,
    ]
    .map(probable);
    let malicious = data.of_class(Label::Malicious).len().clamp(1, EVENTS_MAX);
    let share = missed.max(blamed) / malicious as f64;
    let severity = if share >= SHARE_WARNED {
        Severity::Warning
    } else {
        Severity::Note
    };
    let listed = ranking.items.len();
    let title = format!(
        "of {} {} that all but their labels speak against, {} ({} to {}) are probably wrong: {} malicious ones called benign, {} benign ones called malicious",
        count(listed as f64),
        noun(listed, "event", "events"),
        count(expected.value.round()),
        count(expected.low),
        count(expected.high),
        count(missed.round()),
        count(blamed.round()),
    );
    let meaning = format!(
        "That is {} of the malicious events looked at: a detector learns such labels, and figures count its right answers as mistakes.",
        per_cent(share)
    );
    let remedy = Remedy::command(
        "look at them, likeliest first, and mend the labels that are wrong",
        format!(
            "ringtrue label errors --kind {} --budget {BUDGET} FILE...",
            data.kind()
        ),
    );
    let effect = Effect::estimated(
        "wrong labels",
        expected.value,
        [expected.low, expected.high],
    );
    Finding::new(WRONG, severity, Subject::default(), title, remedy)
        .meaning(meaning)
        .effect(effect)
        .evidence(ranking.items.iter().map(|item| item.position))
}
