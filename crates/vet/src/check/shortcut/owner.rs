//! Owners: a class of which a few hosts or senders make nearly all is learned by their names.

use std::collections::BTreeMap;

use ringtrue_core::{Kind, Label};

use super::OWNERS;
use crate::data::Data;
use crate::finding::{Effect, Finding, Remedy, Severity, Subject};
use crate::scores::folded;

/// Events of a class that make it worth asking.
const EVENTS_MIN: usize = 1_000;
/// Events of a class for each of its owners.
const EACH_MIN: f64 = 20.0;
/// Fall of the area under the curve that makes it a warning.
const FALL_MIN: f64 = 0.01;

pub(super) fn check(data: &Data<'_>) -> Option<Finding> {
    let owners = match data.kind() {
        Kind::Url => "registrable domains",
        Kind::Email => "sender addresses",
        Kind::Command | Kind::Session | Kind::Table => return None,
    };
    let few: Vec<(Label, usize, usize)> = [Label::Benign, Label::Malicious]
        .into_iter()
        .filter_map(|label| few_owners(data, label))
        .collect();
    let (label, _, _) = few.first()?;
    let scores = data.scores();
    let random = scores.random.as_ref().ok()?;
    let members = data.decided();
    let groups: Vec<u32> = members.iter().map(|at| data.entity[*at as usize]).collect();
    let (train, test) = folded(data, &members, &groups);
    let apart = data.probe(&train, &test).ok()?;
    let each: Vec<String> = few
        .iter()
        .map(|(label, events, count)| {
            format!(
                "{events} {} events come from {count} {owners}",
                label.word()
            )
        })
        .collect();
    let title = format!(
        "{}; the AUC is {:.3} with the same ones on both sides of a split, and {:.3} with each on one side",
        each.join(" and "),
        random.auc,
        apart.auc
    );
    let falls = random.auc - apart.auc >= FALL_MIN && apart.interval[1] < random.interval[0];
    let severity = if falls {
        Severity::Warning
    } else {
        Severity::Note
    };
    let remedy = Remedy::advice(
        "add events of that class from many more of them; keep each on one side of every split (a column named in `[columns] group`), and state \
         the lower figure",
    );
    let subject = Subject::columns([owners]);
    let finding = Finding::new(OWNERS, severity, subject, title, remedy)
        .meaning("A detector may learn the names themselves, or the house style of their pages, and knows nothing of all the others.")
        .effect(Effect::estimated("auc with each on one side", apart.auc, apart.interval))
        .evidence(largest(data, *label));
    Some(finding)
}

fn counts(data: &Data<'_>, label: Label) -> BTreeMap<u32, Vec<u32>> {
    let mut counts: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for at in data.of_class(label) {
        counts.entry(data.entity[at as usize]).or_default().push(at);
    }
    counts
}

fn few_owners(data: &Data<'_>, label: Label) -> Option<(Label, usize, usize)> {
    let counts = counts(data, label);
    let events: usize = counts.values().map(Vec::len).sum();
    let is_few = events >= EVENTS_MIN && events as f64 >= EACH_MIN * counts.len() as f64;
    is_few.then_some((label, events, counts.len()))
}

/// Returns an event of each of the largest owners.
fn largest(data: &Data<'_>, label: Label) -> Vec<u32> {
    let mut owners: Vec<Vec<u32>> = counts(data, label).into_values().collect();
    owners.sort_by_key(|events| (std::cmp::Reverse(events.len()), events.first().copied()));
    owners
        .iter()
        .take(10)
        .filter_map(|events| events.first().copied())
        .collect()
}
