//! Duplicated? What came several times, exactly or nearly, on both sides of a split or with both labels, and how much that flatters.
//!
//! Copies are events of one label that hold the same ([`crate::Contents`]); near copies are of one campaign without holding the same, which is
//! asked of texts alone. The probability that a copy of an asked event was learned is that of a random split that asks a quarter, or counted
//! over the split by time where there are times.

mod coincidence;
mod flattery;
mod repeats;

use std::collections::BTreeMap;

use ringtrue_core::task::figures::{count, per_cent};
use ringtrue_core::{Kind, Label, noun};

use self::flattery::{Flattery, flattery};
use self::repeats::{Repeats, is_later};
use crate::check::Check;
use crate::code::Code;
use crate::contents::StatedSplit;
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};
use crate::lines;
use crate::probe::{Score, Unscored};
use crate::scores::folded;

const COPIES: Code = Check::Duplicated.code("V081", "copies", Owner::DataScientist);
const NEAR: Code = Check::Duplicated.code("V082", "near copies", Owner::DataScientist);
const BOTH_LABELS: Code =
    Check::Duplicated.code("V083", "the same with both labels", Owner::Analyst);
const STATED_SPLIT: Code = Check::Duplicated.code(
    "V084",
    "copies on both sides of the stated split",
    Owner::DataScientist,
);
/// What this check answers with.
pub(super) const CODES: &[Code] = &[COPIES, NEAR, BOTH_LABELS, STATED_SPLIT];

/// Share of a class's asked events of which a copy was learned that makes a figure one of memory: with a tenth of repeated events, a recall
/// of 0.9 can be one of 0.89, more than what one detector is usually better than another by.
const LEARNED_MAX: f64 = 0.1;
/// The fall of the area under the curve without copies that blocks, if it is surely larger: what separates one published detector from the next.
const FLATTERY_MAX: f64 = 0.005;
/// Events, and share of a class, that must be copies before the scores are looked at, or anything is said of near copies.
const COPIES_MIN: usize = 10;
const COPIES_SHARE_MIN: f64 = 0.01;
/// Share of a class's events with both labels from which somebody must decide.
const BOTH_LABELS_SHARE_MIN: f64 = 0.005;

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let copies = Repeats::of(data, &data.contents().of, &data.decided());
    let once = copies.first_of_each();
    let exact = copies.are_many().then(|| without_copies(data, &once));
    let findings = [
        copied(data, &copies, exact.as_ref()),
        nearly_copied(data, &once, exact.as_ref()),
        both_labels(data),
        stated_split(data),
    ];
    findings.into_iter().flatten().collect()
}

/// Returns the score of one event of each group, none of which has a copy on the other side: later ones, or some at random.
fn without_copies(data: &Data<'_>, once: &[u32]) -> Result<Score, Unscored> {
    let contents = &data.contents().of;
    let (train, test) = if let Some((_, later)) = data.halves() {
        let is_later = is_later(data.len(), &later);
        once.iter().partition(|at| !is_later[**at as usize])
    } else {
        let groups: Vec<u32> = once.iter().map(|at| contents[*at as usize]).collect();
        folded(data, once, &groups)
    };
    data.probe(&train, &test)
}

fn copied(
    data: &Data<'_>,
    copies: &Repeats,
    exact: Option<&Result<Score, Unscored>>,
) -> Option<Finding> {
    let number = copies.copies();
    if number < COPIES_MIN {
        return None;
    }
    let scores = data.scores();
    let with = scores.time.as_ref().unwrap_or(&scores.random);
    let flattery = flattery(Some(with), exact);
    let is_sure = flattery.as_ref().is_some_and(Flattery::is_sure);
    let is_remembered = copies.are_many() && copies.learned_share() >= LEARNED_MAX;
    let by_chance = coincidence::is_by_chance(data, number);
    // In a stream what comes again will come again; a file without times has no such order, and rows of few values repeat by themselves.
    let severity = match () {
        () if is_sure => Severity::Blocking,
        () if is_remembered && !copies.is_timed && !by_chance => Severity::Blocking,
        () if is_remembered => Severity::Warning,
        () => Severity::Note,
    };
    let events = copies
        .classes
        .iter()
        .map(|class| class.events)
        .sum::<usize>();
    let largest = copies.groups.first().map_or(0, Vec::len);
    let title = format!(
        "{} of {} events are copies of another with the same label ({} of the benign, {} of the malicious), the most frequent {} times; {}",
        count(number as f64),
        count(events as f64),
        per_cent(copies.classes[0].copies_share()),
        per_cent(copies.classes[1].copies_share()),
        count(largest as f64),
        copies.learned_words(),
    );
    let mut meaning =
        "What was learned by heart counts as recognised, and what came often counts often."
            .to_owned();
    if let Some(flattery) = &flattery {
        meaning = format!("{meaning} {}.", flattery.words());
    }
    if by_chance {
        meaning.push_str(
            " The columns hold so few values that as many rows would be the same by chance.",
        );
    }
    let effect = flattery.map_or_else(
        || {
            Effect::exact(
                "share of asked events that were learned",
                copies.learned_share(),
            )
        },
        |flattery| flattery.effect(),
    );
    let finding = Finding::new(
        COPIES,
        severity,
        Subject::default(),
        title,
        once_remedy(data),
    );
    let evidence = copies.groups.iter().filter(|group| group.len() > 1);
    let evidence = evidence.flat_map(|group| group.iter().take(2)).copied();
    Some(finding.meaning(meaning).effect(effect).evidence(evidence))
}

/// Returns the way out of copies; columns that make copies look different must go too.
fn once_remedy(data: &Data<'_>) -> Remedy {
    let mut lines = String::new();
    let apart = &data.contents().apart;
    if !apart.is_empty() {
        lines = format!("{}\n\n", lines::drop(apart));
    }
    lines.push_str("[vetting]\ncopies = \"once\"");
    Remedy::task("use events that hold the same once", lines)
}

/// Near copies among events that are no copies.
fn nearly_copied(
    data: &Data<'_>,
    once: &[u32],
    exact: Option<&Result<Score, Unscored>>,
) -> Option<Finding> {
    if data.kind() == Kind::Table {
        return None;
    }
    let near = Repeats::of(data, data.campaigns(), once);
    if !near.are_many() {
        return None;
    }
    let scores = data.scores();
    // By time, nothing was measured without near copies.
    let with = if near.is_timed {
        &scores.random
    } else {
        exact.unwrap_or(&scores.random)
    };
    let flattery = flattery(Some(with), Some(&scores.without_near_duplicates));
    let severity = if flattery.as_ref().is_some_and(Flattery::is_sure) {
        Severity::Warning
    } else {
        Severity::Note
    };
    let largest = near.groups.first().map_or(0, Vec::len);
    let title = format!(
        "{} of {} different events are nearly the same as another with their label, the largest campaign holds {}; {}",
        count(near.copies() as f64),
        count(once.len() as f64),
        count(largest as f64),
        near.learned_words()
            .replace("is the same", "is nearly the same"),
    );
    let words = flattery.as_ref().map_or_else(String::new, |flattery| {
        format!(" Asked at random: {}.", flattery.words().to_lowercase())
    });
    let meaning = format!(
        "A campaign is worth little more than one event: so many events tell less than they seem to.{words}"
    );
    let remedy = Remedy::task(
        "name what belongs together, so that no campaign is both learned and asked; without it, campaigns are found by how alike events are",
        "[columns]\ngroup = \"campaign\"",
    );
    let effect = flattery.map_or_else(
        || Effect::exact("share of asked events nearly learned", near.learned_share()),
        |flattery| flattery.effect(),
    );
    let finding = Finding::new(NEAR, severity, Subject::default(), title, remedy);
    let evidence = near
        .groups
        .iter()
        .take(5)
        .flat_map(|group| group.iter().take(3))
        .copied();
    Some(finding.meaning(meaning).effect(effect).evidence(evidence))
}

/// Events that hold the same, one benign and another malicious.
fn both_labels(data: &Data<'_>) -> Option<Finding> {
    let contents = &data.contents().of;
    let mut found: BTreeMap<u32, [Vec<u32>; 2]> = BTreeMap::new();
    for at in data.decided() {
        let classes = found.entry(contents[at as usize]).or_default();
        classes[usize::from(data.malicious[at as usize])].push(at);
    }
    found.retain(|_, classes| classes.iter().all(|class| !class.is_empty()));
    if found.is_empty() {
        return None;
    }
    let events = |class: usize| {
        found
            .values()
            .map(|classes| classes[class].len())
            .sum::<usize>()
    };
    let share = [Label::Benign, Label::Malicious]
        .map(|label| events(label as usize) as f64 / data.of_class(label).len().max(1) as f64)
        .into_iter()
        .fold(0.0, f64::max);
    let lost: usize = found
        .values()
        .map(|classes| classes[0].len().min(classes[1].len()))
        .sum();
    let severity = if share >= BOTH_LABELS_SHARE_MIN {
        Severity::Warning
    } else {
        Severity::Note
    };
    let title = format!(
        "{} {} with both labels: {} benign and {} malicious events hold the same as one of the other label",
        count(found.len() as f64),
        noun(found.len() as f64, "content stands", "contents stand"),
        count(events(0) as f64),
        count(events(1) as f64),
    );
    let meaning = format!(
        "No detector can be right about both: at least {} events stay wrong, or their labels are.",
        count(lost as f64)
    );
    let remedy = Remedy::advice(
        "look at each and decide on one label; where the event alone cannot tell, label it unsure, or add what tells them apart",
    );
    let finding = Finding::new(BOTH_LABELS, severity, Subject::default(), title, remedy);
    let evidence = found
        .values()
        .flat_map(|[benign, malicious]| [benign, malicious].map(|class| class[0]));
    Some(
        finding
            .meaning(meaning)
            .effect(Effect::exact("share of a class with both labels", share))
            .evidence(evidence),
    )
}

/// Copies on both sides of the split that a column states.
fn stated_split(data: &Data<'_>) -> Option<Finding> {
    let stated = |column| StatedSplit::of(column).map(|split| (column, split));
    let (column, split) = data.columns.all.iter().find_map(stated)?;
    let contents = &data.contents().of;
    let side = |wanted: bool| {
        let of_side = (0_u32..)
            .zip(&split.is_asked)
            .filter(move |(_, side)| **side == Some(wanted));
        of_side.map(|(at, _)| at)
    };
    let mut is_learned = vec![false; data.len()];
    side(false).for_each(|at| is_learned[contents[at as usize] as usize] = true);
    let repeated: Vec<u32> = side(true)
        .filter(|at| is_learned[contents[*at as usize] as usize])
        .collect();
    if repeated.is_empty() {
        return None;
    }
    let share = repeated.len() as f64 / side(true).count().max(1) as f64;
    let severity = if share >= COPIES_SHARE_MIN {
        Severity::Warning
    } else {
        Severity::Note
    };
    let title = format!(
        "{} of the events that `{}` sets apart for judging ({}) hold the same as one that it gives to learn from",
        count(repeated.len() as f64),
        column.name,
        per_cent(share),
    );
    let subject = Subject::columns([column.name.to_string()]);
    let finding = Finding::new(STATED_SPLIT, severity, subject, title, once_remedy(data));
    let finding =
        finding.meaning("A figure on that split counts what was learned by heart as recognised.");
    Some(
        finding
            .effect(Effect::exact(
                "share of events set apart that were learned",
                share,
            ))
            .evidence(repeated),
    )
}

#[cfg(test)]
mod tests;
