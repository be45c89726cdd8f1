//! The split: what is trained, calibrated and judged on, in time order where there are times.

use std::collections::BTreeSet;

use ringtrue_core::split::{
    ClassCounts, Evidence, SplitParameters, TestWindow, TimedLabel, cutoff_for_share, months,
    stratified_group_folds, time_split, waived,
};
use ringtrue_core::{EventId, EventTime, Label, near_duplicate, noun, plural};
use ringtrue_trial::Plan;

use super::index::Indexed;
use crate::corpus::Entry;
use crate::failure::{Failure, Outcome};

/// The parts, and what is to be said of them.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) plan: Plan,
    /// Judged events that nobody decided on.
    pub(crate) unsure: Vec<u32>,
    /// Events that nobody decided on and that are not judged: counted and priced, not learned from.
    pub(crate) unsure_before: Vec<u32>,
    /// Events whose label came too late to be trained on, and that are not judged.
    pub(crate) late: u64,
    /// Training ends and judging begins here; `None` for data without times.
    pub(crate) cutoff: Option<EventTime>,
    /// Constraints that do not hold, in sentences.
    pub(crate) waived: Vec<String>,
    /// What was assumed, in sentences.
    pub(crate) assumed: Vec<String>,
}

/// Share of the events that is judged on if nobody says from when.
const TEST_SHARE: f64 = 0.25;
/// Folds of data without times: 5 of 20 are judged on, 3 calibrate.
const FOLDS: u32 = 20;
const TEST_FOLDS: u32 = 5;
const CALIBRATE_FOLDS: u32 = 3;
/// Learned-from events up to which calibration is cross-fitted; chosen on windows of the PhishTank data and on the corpus of
/// `SpamAssassin`.
const CROSSED: usize = 60_000;
/// The same where events have times and there are more than a few of both classes.
const CROSSED_WITH_TIMES: usize = 20_000;
/// Events of the rarer class that are a few.
const CROSSED_RARER: usize = 2_500;
/// Where events without a time stand among those with one: before all of them.
const BEFORE_ALL: EventTime = EventTime(i64::MIN / 4);

/// Splits the labelled events; those to be absorbed are trained on, whenever they came.
pub(crate) fn split(
    indexed: &Indexed,
    (train_before, absorbed): (Option<EventTime>, &BTreeSet<EventId>),
    share: f64,
) -> Outcome<Parts> {
    let entries = indexed.index.in_order();
    if entries.is_empty() {
        return Err(Failure::cannot_tell("no event has a label").hint(
            "a label column named `label` with words such as benign, malicious, 0, 1 is recognised; others are named in a task.toml",
        ));
    }
    let mut left_out = vec![false; entries.len()];
    for (rank, left) in indexed.index.ranks.iter().zip(&indexed.left_out) {
        left_out[*rank as usize] = *left;
    }
    let timed = entries.iter().filter(|entry| entry.time.is_some()).count();
    let mut parts = if timed * 2 > entries.len() {
        by_time(&entries, train_before)?
    } else if let Some(time) = train_before {
        let have = which_have_times(timed, entries.len());
        return Err(Failure::new(format!("cannot split at {time}: {have}"))
            .hint("name the time column in a task.toml, or leave `--train-before` out"));
    } else {
        by_cluster(&entries, indexed, timed)
    };
    if left_out.contains(&true) {
        leave_out(&mut parts, &entries, &left_out);
    }
    absorb(&mut parts, &entries, absorbed)?;
    say_waived(&mut parts, &entries, timed, share);
    cross_if_few(&mut parts, &entries);
    check_classes(&parts, &entries)?;
    Ok(parts)
}

/// Trains on the calibration part as well, if events are few: cross-fitting then calibrates. Where events have times, their
/// latest tell more of the future than others do, and are held back sooner.
fn cross_if_few(parts: &mut Parts, entries: &[Entry]) {
    let has_times = parts.cutoff.is_some();
    let Plan {
        train, calibrate, ..
    } = &mut parts.plan;
    let is_malicious = |at: &&u32| entries[**at as usize].label == Label::Malicious;
    let events = train.len() + calibrate.len();
    let malicious = train.iter().chain(&*calibrate).filter(is_malicious).count();
    let rarer = malicious.min(events - malicious);
    let few = if has_times && rarer > CROSSED_RARER {
        CROSSED_WITH_TIMES
    } else {
        CROSSED
    };
    if events > few {
        return;
    }
    train.append(calibrate);
    train.sort_unstable();
    parts.assumed.push(format!(
        "{events} events, {malicious} of them malicious, are few: all are trained on, and calibration and thresholds are cross-fitted, by detectors that each were trained without one fold of them"
    ));
}

/// Says how many events have a time where these are too few to split by.
fn which_have_times(timed: usize, events: usize) -> String {
    match timed {
        0 => "the events have no times".to_owned(),
        _ => format!("{timed} of {events} events have a time, and more than half must"),
    }
}

/// Splits events in time order at `cutoff`, as [`split`] does: what training at that moment would have had.
pub(crate) fn split_at(entries: &[Entry], cutoff: EventTime) -> Outcome<Parts> {
    let mut parts = by_time(entries, Some(cutoff))?;
    cross_if_few(&mut parts, entries);
    check_classes(&parts, entries)?;
    Ok(parts)
}

fn by_time(entries: &[Entry], train_before: Option<EventTime>) -> Outcome<Parts> {
    let labels: Vec<TimedLabel> = entries
        .iter()
        .map(|entry| TimedLabel {
            time: entry.time.unwrap_or(BEFORE_ALL),
            label_known: entry.known.unwrap_or(BEFORE_ALL),
            label: entry.label,
        })
        .collect();
    let times: Vec<EventTime> = entries.iter().filter_map(|entry| entry.time).collect();
    let cutoff = train_before.or_else(|| cutoff_for_share(&times, TEST_SHARE));
    let Some(cutoff) = cutoff else {
        return Err(Failure::cannot_tell(
            "all events have the same time: none is later than another",
        ));
    };
    let found = time_split(&labels, cutoff, &SplitParameters::default()).map_err(|error| {
        Failure::cannot_tell(error.to_string()).hint("choose another `--train-before`")
    })?;
    let is_decided = |position: &u32| entries[*position as usize].label != Label::Unsure;
    let (test, unsure) = positions(found.test).into_iter().partition(is_decided);
    let mut parts = Parts {
        plan: Plan {
            train: positions(found.train),
            calibrate: positions(found.calibrate),
            test,
        },
        unsure,
        unsure_before: positions(found.unsure),
        late: found.late.len() as u64,
        cutoff: Some(cutoff),
        ..Parts::default()
    };
    if train_before.is_none() {
        parts.assumed.push(format!(
            "the last quarter of the events, from {}, is judged on",
            cutoff.date()
        ));
    }
    let [benign, malicious] = found.calibrate_from.map(EventTime::date);
    if benign != malicious {
        parts.assumed.push(format!(
            "each class is calibrated on its own latest events before that, benign ones from {benign} and malicious ones from {malicious}: training events of the one may be later than calibrating events of the other"
        ));
    }
    let untimed = entries.len() - times.len();
    if untimed > 0 {
        parts.assumed.push(format!(
            "{} trained on and never judged on",
            plural(
                untimed,
                "event without a time is",
                "events without a time are"
            )
        ));
    }
    Ok(parts)
}

fn by_cluster(entries: &[Entry], indexed: &Indexed, timed: usize) -> Parts {
    let mut clusters: Vec<u32> = entries.iter().map(|entry| entry.cluster).collect();
    let is_text = indexed.texts.len() == entries.len();
    if is_text {
        let texts = indexed.texts.iter().map(String::as_str);
        let numbers = near_duplicate::group(texts, &near_duplicate::Parameters::default());
        for (rank, number) in indexed.index.ranks.iter().zip(numbers) {
            clusters[*rank as usize] = number;
        }
    }
    let labels: Vec<Label> = entries.iter().map(|entry| entry.label).collect();
    let mut parts = Parts::default();
    let folds = stratified_group_folds(&clusters, &labels, FOLDS);
    for (position, (fold, label)) in (0_u32..).zip(folds.into_iter().zip(labels)) {
        let part = match (fold, label) {
            (fold, Label::Unsure) if fold < TEST_FOLDS => &mut parts.unsure,
            (_, Label::Unsure) => &mut parts.unsure_before,
            (fold, _) if fold < TEST_FOLDS => &mut parts.plan.test,
            (fold, _) if fold < TEST_FOLDS + CALIBRATE_FOLDS => &mut parts.plan.calibrate,
            _ => &mut parts.plan.train,
        };
        part.push(position);
    }
    let kept_together = if is_text {
        "near-duplicates"
    } else {
        "groups and equal events"
    };
    let have = which_have_times(timed, entries.len());
    parts.assumed.push(format!(
        "{have}: a quarter of them, {kept_together} kept together, is judged on"
    ));
    parts
}

#[expect(clippy::cast_possible_truncation, reason = "positions come from u32")]
fn positions(rows: Vec<usize>) -> Vec<u32> {
    rows.into_iter().map(|row| row as u32).collect()
}

/// Takes the left-out events out of training, and judges on them alone: on those after the cutoff if there
/// are enough, and beside them on the others' events of a class of which they hold too few.
fn leave_out(parts: &mut Parts, entries: &[Entry], left_out: &[bool]) {
    const ENOUGH: usize = 30;
    let is_left = |position: &u32| left_out[*position as usize];
    let mut early: Vec<u32> = Vec::new();
    for part in [&mut parts.plan.train, &mut parts.plan.calibrate] {
        early.extend(part.iter().filter(|position| is_left(position)));
        part.retain(|position| !is_left(position));
    }
    let (mut own, others): (Vec<u32>, Vec<u32>) =
        parts.plan.test.iter().partition(|at| is_left(at));
    let (own_unsure, mut unsure_before) = parts.unsure.iter().partition(|at| is_left(at));
    parts.unsure = own_unsure;
    if own.len() < ENOUGH {
        parts.waived.push(format!(
            "C1 is waived for what was left out: only {} later than training, so earlier ones are judged on too",
            plural(own.len(), "such event is", "such events are")
        ));
        own.extend(early);
        let (own_unsure, others): (Vec<u32>, Vec<u32>) =
            parts.unsure_before.iter().partition(|at| is_left(at));
        parts.unsure.extend(own_unsure);
        parts.unsure_before = others;
    }
    parts.unsure_before.append(&mut unsure_before);
    for label in [Label::Benign, Label::Malicious] {
        own.extend(lent(label, &own, &others, (parts, entries)));
    }
    own.sort_unstable();
    parts.plan.test = own;
    parts.unsure.sort_unstable();
    parts.unsure_before.sort_unstable();
}

/// Returns the other events of a class if what was left out holds too few of it, and says which.
fn lent(
    label: Label,
    own: &[u32],
    others: &[u32],
    (parts, entries): (&mut Parts, &[Entry]),
) -> Vec<u32> {
    /// Events of a class below which no ranking is stated.
    const CLASS_EVENTS_MIN: usize = 10;
    let is_of_class = |at: &&u32| entries[**at as usize].label == label;
    let count = own.iter().filter(is_of_class).count();
    if count >= CLASS_EVENTS_MIN {
        return Vec::new();
    }
    parts.assumed.push(format!(
        "what was left out is judged beside the {label} events of the others, since it holds {count} {label} {} of its own",
        noun(count, "event", "events")
    ));
    others.iter().filter(is_of_class).copied().collect()
}

/// Moves events into training, wherever they are. They are later than what others are judged to be, so that it is said.
fn absorb(parts: &mut Parts, entries: &[Entry], absorbed: &BTreeSet<EventId>) -> Outcome<()> {
    let is_absorbed = |at: &u32| {
        let entry = &entries[*at as usize];
        entry.label != Label::Unsure && absorbed.contains(&entry.id)
    };
    let all: Vec<u32> = (0_u32..).take(entries.len()).filter(is_absorbed).collect();
    if all.is_empty() && !absorbed.is_empty() {
        return Err(Failure::new(
            "none of the events to absorb is among the labelled events that are used",
        )
        .hint("an event's id follows from what it holds: give the very events that are to be learned from"));
    }
    if all.len() < absorbed.len() {
        let missing = plural(
            (absorbed.len() - all.len()) as u64,
            "event to absorb is not used",
            "events to absorb are not used",
        );
        parts.assumed.push(format!(
            "{missing}: excluded, copies, expired, or not there"
        ));
    }
    let judged = parts.plan.test.iter().filter(|at| is_absorbed(at)).count();
    if judged > 0 {
        parts.waived.push(format!(
            "C1 is waived for {}, later than the rest of what is learned from: none of them is judged on",
            plural(judged as u64, "event that is absorbed", "events that are absorbed")
        ));
    }
    for part in [&mut parts.plan.calibrate, &mut parts.plan.test] {
        part.retain(|at| !is_absorbed(at));
    }
    let train = &mut parts.plan.train;
    train.extend(all);
    train.sort_unstable();
    train.dedup();
    Ok(())
}

fn say_waived(parts: &mut Parts, entries: &[Entry], with_time: usize, share: f64) {
    let tested = || parts.plan.test.iter().map(|at| &entries[*at as usize]);
    let times: Vec<Option<EventTime>> = tested().map(|entry| entry.time).collect();
    let labels: Vec<Label> = tested().map(|entry| entry.label).collect();
    let windows = test_windows(&times, &labels);
    let evidence = Evidence {
        events: entries.len() as u64,
        events_with_time: with_time as u64,
        windows: &windows,
        malicious_share: share,
    };
    parts
        .waived
        .extend(waived(&evidence).iter().map(ToString::to_string));
}

/// Returns how many events of each class each month has; all events as one window if none has a time.
pub(crate) fn test_windows(times: &[Option<EventTime>], labels: &[Label]) -> Vec<TestWindow> {
    let known: Vec<EventTime> = times.iter().filter_map(|time| *time).collect();
    let count = |is_in: &dyn Fn(Option<EventTime>) -> bool| {
        let mut counts = ClassCounts::default();
        let inside = times.iter().zip(labels).filter(|(time, _)| is_in(**time));
        inside.for_each(|(_, label)| counts.add(*label));
        counts
    };
    if known.is_empty() {
        return vec![TestWindow {
            name: "all".to_owned(),
            counts: count(&|_| true),
        }];
    }
    months(&known)
        .into_iter()
        .map(|window| {
            let is_in = |time: Option<EventTime>| {
                time.is_some_and(|time| time >= window.start && time < window.end)
            };
            TestWindow {
                counts: count(&is_in),
                name: window.name.clone(),
            }
        })
        .collect()
}

fn check_classes(parts: &Parts, entries: &[Entry]) -> Outcome<()> {
    for (part, name) in [
        (parts.plan.train.as_slice(), "training"),
        (parts.plan.calibrated_on(), "calibration"),
    ] {
        let malicious = part
            .iter()
            .filter(|at| entries[**at as usize].label == Label::Malicious)
            .count();
        let benign = part.len() - malicious;
        if malicious == 0 || benign == 0 {
            return Err(Failure::cannot_tell(format!(
                "no detector can be trained: the {name} part has {malicious} malicious and {benign} benign events"
            ))
            .hint("give more labelled events of both classes, or another `--train-before`"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
