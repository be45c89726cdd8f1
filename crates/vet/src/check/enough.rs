//! Enough? What the number of events supports at the rate at which the task operates, and whether more of them would help.
//!
//! The figures that a detector is promoted by are taken on the later quarter of the events; what a quarter of them can show is what is asked
//! here. Events that hold the same are counted once.

mod growth;

use ringtrue_core::metrics::interval::{CONFIDENCE, upper_bound};
use ringtrue_core::metrics::needed::{
    RECALL, benign_for_rate, malicious_for_recall, recall_interval,
};
use ringtrue_core::split::LATER_SHARE;
use ringtrue_core::task::figures::{count, significant};
use ringtrue_core::task::{Copies, RecallWidth};
use ringtrue_core::{Kind, Label, noun};

use crate::check::Check;
use crate::code::Code;
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};

const ABSENT: Code = Check::Enough.code("V011", "a class is absent", Owner::Analyst);
const MALICIOUS: Code = Check::Enough.code("V012", "too few malicious events", Owner::Analyst);
const BENIGN: Code = Check::Enough.code("V013", "too few benign events", Owner::DataScientist);
const CURVE: Code = Check::Enough.code("V014", "learning curve", Owner::DataScientist);
const FAMILIES: Code = Check::Enough.code("V015", "families that need more events", Owner::Analyst);
const FEW_OF_FAMILY: Code =
    Check::Enough.code("V016", "families too small to judge", Owner::Analyst);
const CAMPAIGNS: Code = Check::Enough.code("V017", "few campaigns", Owner::Analyst);
/// What this check answers with.
pub(super) const CODES: &[Code] = &[
    ABSENT,
    MALICIOUS,
    BENIGN,
    CURVE,
    FAMILIES,
    FEW_OF_FAMILY,
    CAMPAIGNS,
];

/// Different events of a class below which nothing can be said: of a quarter of 100, a recall of 0.9 has an interval just narrower than
/// the widest with which a rate is printed ([`ringtrue_core::metrics::interval::WIDTH_MAX`]).
const CLASS_MIN: f64 = 100.0;
/// Events of a family from which it is looked at on its own.
const FAMILY_MIN: usize = 30;
/// Campaigns that malicious events must be worth, or their figures hang on a few of them.
const CAMPAIGNS_MIN: f64 = 10.0;
/// Families that a finding names, at most.
const NAMED_MAX: usize = 20;

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    if let Some(absent) = absent(data) {
        return vec![absent];
    }
    let mut findings = vec![
        malicious(data),
        benign(data),
        campaigns(data),
        few_of_family(data),
    ];
    findings.extend(growth::findings(data));
    findings.into_iter().flatten().collect()
}

fn absent(data: &Data<'_>) -> Option<Finding> {
    let [benign, malicious, _] = data.observed;
    let lacking = match (benign, malicious) {
        (0, 0) => "benign nor malicious",
        (0, _) => "benign",
        (_, 0) => "malicious",
        _ => return None,
    };
    let none = if lacking == "benign" || lacking == "malicious" {
        "no"
    } else {
        "neither"
    };
    let title = format!("there is {none} {lacking} event");
    let remedy = more(
        data,
        format!(
            "give events of both classes: a file that holds {} ones",
            lacking.replace("nor", "and")
        ),
    );
    let meaning = "A detector tells two classes apart; of one there is nothing to learn, and nothing to judge by.";
    let finding = Finding::new(
        ABSENT,
        Severity::Blocking,
        Subject::default(),
        title,
        remedy,
    );
    Some(finding.meaning(meaning).effect(Effect::exact(
        "events of the smaller class",
        benign.min(malicious) as f64,
    )))
}

/// Returns how many different events of a class the input holds, by the sample: exactly where it is the whole.
fn distinct(data: &Data<'_>, label: Label, numbers: &[u32]) -> f64 {
    // Where copies are left out, the input holds no more different events than are looked at, unless they are a sample.
    let scale = match data.task.vetting.copies {
        Copies::All => data.stands_for(label),
        Copies::Once => 1.0,
    };
    sizes(data, label, numbers).len() as f64 * scale
}

/// Returns how many events each of a class's groups has.
fn sizes(data: &Data<'_>, label: Label, numbers: &[u32]) -> Vec<f64> {
    let mut of_class: Vec<u32> = data
        .of_class(label)
        .iter()
        .map(|at| numbers[*at as usize])
        .collect();
    of_class.sort_unstable();
    of_class
        .chunk_by(|one, other| one == other)
        .map(|group| group.len() as f64)
        .collect()
}

fn benign(data: &Data<'_>) -> Option<Finding> {
    let operating = data.task.operating_rate();
    let events = distinct(data, Label::Benign, &data.contents().of);
    let asked = (events * LATER_SHARE).floor();
    let needed = benign_for_rate(operating.rate);
    let is_too_few = events < CLASS_MIN;
    if asked >= needed && !is_too_few {
        return None;
    }
    let bound = upper_bound(0, whole(asked), CONFIDENCE);
    let more_events = (needed / LATER_SHARE - events)
        .ceil()
        .max(CLASS_MIN - events);
    let severity = severity(is_too_few, operating.is_stated);
    let title = format!(
        "the later quarter of {} different benign events ({}) shows a false-positive rate of {} at best, the task operates at {}: that takes {}",
        count(events),
        count(asked),
        significant(bound),
        significant(operating.rate),
        count(needed),
    );
    let meaning = "If none of n benign events is flagged, the true rate is below 3/n with 95 % confidence; a lower rate is extrapolated, not shown.";
    let remedy = more(
        data,
        format!(
            "gather {} more benign events that are no copies, or claim a rate of no less than {}",
            count(more_events),
            significant(bound)
        ),
    );
    let finding = Finding::new(BENIGN, severity, Subject::default(), title, remedy);
    Some(finding.meaning(meaning).effect(Effect::exact(
        "false-positive rate that can be shown",
        bound,
    )))
}

fn malicious(data: &Data<'_>) -> Option<Finding> {
    let events = distinct(data, Label::Malicious, &data.contents().of);
    let asked = (events * LATER_SHARE).floor();
    let RecallWidth { width, is_stated } = data.task.recall_width();
    let needed = malicious_for_recall(width);
    let is_too_few = events < CLASS_MIN;
    if asked >= needed && !is_too_few {
        return None;
    }
    let (low, high) = recall_interval(asked);
    let more_events = (needed / LATER_SHARE - events)
        .ceil()
        .max(CLASS_MIN - events);
    let severity = severity(is_too_few, is_stated);
    let title = format!(
        "of {} different malicious events {} are judged: a recall of {RECALL} on so many lies between {low:.2} and {high:.2}",
        count(events),
        count(asked),
    );
    let meaning = format!(
        "Two detectors that differ by less than that cannot be told apart; for an interval of {} it takes {} judged events.",
        significant(width),
        count(needed)
    );
    let remedy = more(
        data,
        format!(
            "gather {} more malicious events that are no copies",
            count(more_events)
        ),
    );
    let finding = Finding::new(MALICIOUS, severity, Subject::default(), title, remedy);
    let effect = Effect::estimated("recall that is claimed", RECALL, [low, high]);
    Some(
        finding
            .meaning(meaning)
            .effect(effect)
            .evidence(if is_too_few {
                data.of_class(Label::Malicious)
            } else {
                Vec::new()
            }),
    )
}

/// Returns how much hangs on too few events: with next to none nothing can be said; less than a claim needs is for somebody to decide if somebody claimed.
fn severity(is_too_few: bool, is_stated: bool) -> Severity {
    match (is_too_few, is_stated) {
        (true, _) => Severity::Blocking,
        (false, true) => Severity::Warning,
        (false, false) => Severity::Note,
    }
}

/// Returns what n events of each campaign size are worth, as Kish counts them: as many equal campaigns as vary as much.
///
/// # Source
///
/// Kish, "Survey Sampling", 1965: the square of the sum over the sum of squares.
fn effective(sizes: &[f64]) -> f64 {
    let square: f64 = sizes.iter().map(|size| size * size).sum();
    sizes.iter().sum::<f64>().powi(2) / square.max(1.0)
}

fn campaigns(data: &Data<'_>) -> Option<Finding> {
    let numbers = data.campaigns();
    let sizes = sizes(data, Label::Malicious, numbers);
    let worth = effective(&sizes);
    let events: f64 = sizes.iter().sum();
    if data.kind() == Kind::Table || worth * 2.0 > events {
        return None;
    }
    let severity = if worth < CAMPAIGNS_MIN {
        Severity::Warning
    } else {
        Severity::Note
    };
    let title = format!(
        "{} malicious events are of {} {}, and worth {} of equal size",
        count(events),
        count(sizes.len() as f64),
        noun(sizes.len() as f64, "campaign", "campaigns"),
        count(worth),
    );
    let meaning = "Events of a campaign are caught or missed together: recall is as sure as so many campaigns, not as so many events.";
    let remedy = more(
        data,
        "gather malicious events of other campaigns rather than more of these".to_owned(),
    );
    let finding = Finding::new(CAMPAIGNS, severity, Subject::default(), title, remedy);
    Some(
        finding
            .meaning(meaning)
            .effect(Effect::exact("effective campaigns", worth)),
    )
}

/// Families of which there are fewer than can be judged, those that the task names among them.
fn few_of_family(data: &Data<'_>) -> Option<Finding> {
    let members = data.families.members();
    let scale = data.stands_for(Label::Malicious);
    let is_few = |events: usize| events as f64 * scale < FAMILY_MIN as f64;
    let mut few: Vec<(usize, &str)> = data
        .families
        .names
        .iter()
        .zip(&members)
        .map(|(name, members)| (members.len(), &**name))
        .filter(|(events, _)| is_few(*events))
        .collect();
    let named = data.task.families.iter().map(|family| family.name.as_str());
    let absent: Vec<&str> = named
        .filter(|name| !data.families.names.iter().any(|known| **known == **name))
        .collect();
    let is_named = |name: &str| data.task.families.iter().any(|family| family.name == name);
    let severity = if !absent.is_empty() || few.iter().any(|(_, name)| is_named(name)) {
        Severity::Warning
    } else {
        Severity::Note
    };
    few.extend(absent.into_iter().map(|name| (0, name)));
    if few.is_empty() {
        return None;
    }
    // Those that the task names come first, then the largest.
    few.sort_by_key(|(events, name)| (!is_named(name), std::cmp::Reverse(*events), *name));
    let title = format!(
        "{} of {} families have fewer than {FAMILY_MIN} events, so what is caught of them cannot be told",
        count(few.len() as f64),
        count((members.len() + few.iter().filter(|(events, _)| *events == 0).count()) as f64),
    );
    let share = few.iter().map(|(events, _)| events).sum::<usize>() as f64
        / data.of_class(Label::Malicious).len().max(1) as f64;
    let subject = Subject::families(few.iter().take(NAMED_MAX).map(|(_, name)| *name));
    let remedy = more(
        data,
        format!(
            "gather at least {FAMILY_MIN} events of each family that matters, or judge small ones together"
        ),
    );
    let finding = Finding::new(FEW_OF_FAMILY, severity, subject, title, remedy);
    Some(finding.effect(Effect::exact("share of malicious events", share)))
}

/// Returns the way out of too few events: give more, and vet again.
fn more(data: &Data<'_>, advice: String) -> Remedy {
    Remedy::command(
        advice,
        format!("ringtrue vet --kind {} FILE... MORE_EVENTS", data.kind()),
    )
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of events, 0 or more"
)]
fn whole(events: f64) -> u64 {
    events as u64
}

#[cfg(test)]
mod tests;
