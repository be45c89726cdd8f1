//! Form: traits that say how an event was written down, as a set and one by one.

use std::collections::BTreeSet;

use ringtrue_core::metrics::clopper_pearson;
use ringtrue_core::signal::SignalType;
use ringtrue_core::{Kind, Label};

use super::{FORM, HEADERS, ONE_SIDED, TRAIT};
use crate::data::Data;
use crate::finding::{Effect, Finding, Remedy, Severity, Subject};
use crate::lines;
use crate::probe::{Matrix, Score};
use crate::scores::folded;
use crate::traits::TraitShare;

/// Area under the curve from which, at the interval's lower end, headers alone decide: what a detector reads beyond them adds nothing that a
/// figure could show.
const DECIDES_MIN: f64 = 0.95;
/// Area from which headers are told at all.
const HEADS_TOLD_MIN: f64 = 0.9;
/// Area from which other form is told at all.
const SEPARATES_MIN: f64 = 0.95;
/// Traits that a probe looks at; those in which the classes differ most.
const TRAITS_MAX: usize = 64;
/// Difference of a trait's shares, at the ends of their intervals, from which it nearly decides.
const DIFFERENCE_MIN: f64 = 0.9;
/// Share of a class that has a trait which the other class never has.
const ONE_SIDED_MIN: f64 = 0.05;
/// Share of the other class that may have it, at the upper end of the interval, as a part of the first.
const ONE_SIDED_PART: f64 = 0.05;
/// The confidence of the intervals of shares.
const CONFIDENCE: f64 = 0.95;
/// Traits that a sentence names.
const NAMED_MAX: usize = 5;
/// Traits that a finding is about, at most.
const SUBJECTS_MAX: usize = 10;

/// Marks at an end that separate what follows, and mean nothing when nothing does.
const SEPARATORS: [char; 4] = [' ', ';', '&', '|'];

/// Beginnings of traits that are headers of mail, or what a mail system writes there.
const HEAD: &[&str] = &["header ", "first header ", "no header "];
/// Beginnings of traits that say who or what, not how: they are asked elsewhere or tell nothing of form.
const IDENTITY: &[&str] = &["host ", "suffix ", "verdict header "];
/// Traits that may well be part of what is malicious, so that only one class having them proves nothing.
const TELLING: &[&str] = &[
    "host is an address",
    "port written",
    "user written",
    "letters beyond ASCII",
    "no subdomain",
    "single quotes",
    "double quotes",
    "backslashes",
    "backticks",
    "length ",
    "commands ",
    "type ",
    "charset ",
    "encoding ",
    "zone ",
    "suffix ",
    "host ",
    "verdict header ",
    "scheme ",
];

fn begins(name: &str, list: &[&str]) -> bool {
    list.iter().any(|start| name.starts_with(start))
}

fn is_head(name: &str) -> bool {
    begins(name, HEAD)
}

fn is_form(name: &str) -> bool {
    !begins(name, IDENTITY) && !is_head(name)
}

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    if data.traits.names.is_empty() {
        return Vec::new();
    }
    let members = data.decided();
    let reads_heads = data.kind() == Kind::Email && data.task.email.header_shape;
    let mut findings = Vec::new();
    if reads_heads {
        findings.extend(heads(data, &members));
    }
    findings.extend(forms(data, &members));
    let asked = |name: &str| is_form(name) || (reads_heads && is_head(name));
    let shares = data.traits.shares(data, &members, asked);
    findings.extend(deciding(data, &shares));
    findings.extend(one_sided(data, &shares));
    findings
}

/// Asks what traits tell together, learned from three quarters of the campaigns; the traits are chosen there.
fn together(
    data: &Data<'_>,
    members: &[u32],
    is_asked: impl Fn(&str) -> bool,
) -> Option<(Score, Vec<TraitShare>)> {
    let campaigns: Vec<u32> = members
        .iter()
        .map(|at| data.campaigns()[*at as usize])
        .collect();
    let (train, test) = folded(data, members, &campaigns);
    let mut shares = data.traits.shares(data, &train, is_asked);
    shares.truncate(TRAITS_MAX);
    let column = |share: &TraitShare| {
        let has =
            |traits: &Vec<u32>| f64::from(u8::from(traits.binary_search(&share.number).is_ok()));
        let values = data.traits.of.iter().map(has).collect();
        (share.name.to_string(), SignalType::Number, values)
    };
    let columns: Vec<(String, SignalType, Vec<f64>)> = shares.iter().map(column).collect();
    if columns.is_empty() {
        return None;
    }
    let score = data
        .probe_matrix(&Matrix::new(&columns), &train, &test)
        .ok()?;
    Some((score, shares))
}

fn sentences(shares: &[TraitShare]) -> String {
    let each: Vec<String> = shares
        .iter()
        .take(NAMED_MAX)
        .map(TraitShare::sentence)
        .collect();
    each.join("; ")
}

fn subject(shares: &[TraitShare]) -> Subject {
    Subject::columns(
        shares
            .iter()
            .take(SUBJECTS_MAX)
            .map(|share| share.name.to_string()),
    )
}

fn heads(data: &Data<'_>, members: &[u32]) -> Option<Finding> {
    let (score, shares) = together(data, members, is_head)?;
    if score.interval[0] < HEADS_TOLD_MIN {
        return None;
    }
    let severity = if score.interval[0] >= DECIDES_MIN {
        Severity::Blocking
    } else {
        Severity::Warning
    };
    let title = format!(
        "the names of headers alone, without a word of the mail, reach an AUC of {:.3}: {}",
        score.auc,
        sentences(&shares)
    );
    let remedy = Remedy::task(
        "keep names of headers, routes and identifiers from signals; and add mail of each class that was collected like the other's",
        "[email]\nheader_shape = false",
    );
    let finding = Finding::new(HEADERS, severity, subject(&shares), title, remedy)
        .meaning(
            "Headers say which lists, servers and programs a mail went through. If they separate the classes, so does where each was collected, \
             and a detector that reads them learns that.",
        )
        .effect(Effect::estimated("auc of names of headers", score.auc, score.interval))
        .evidence(shares.first().map(|share| share.examples(data)).unwrap_or_default());
    Some(finding)
}

fn forms(data: &Data<'_>, members: &[u32]) -> Option<Finding> {
    let (score, shares) = together(data, members, is_form)?;
    if score.interval[0] < SEPARATES_MIN {
        return None;
    }
    let title = format!(
        "how events are written, without what they are about, reaches an AUC of {:.3}: {}",
        score.auc,
        sentences(&shares)
    );
    let remedy = Remedy::advice(
        "write both classes in the same way before learning (line ends, schemes, trailing marks), or collect them in the same way; then compare \
         the figures",
    );
    let finding = Finding::new(FORM, Severity::Warning, subject(&shares), title, remedy)
        .meaning(
            "Length, scheme, quoting and line ends say more of how a class was gathered than of what it does. Part of it may be honest: ask which \
             of these traits an attacker could not do without.",
        )
        .effect(Effect::estimated("auc of form alone", score.auc, score.interval))
        .evidence(shares.first().map(|share| share.examples(data)).unwrap_or_default());
    Some(finding)
}

/// Tells of single traits that nearly decide; of several that say the same thing (how events end) the most telling.
fn deciding(data: &Data<'_>, shares: &[TraitShare]) -> Vec<Finding> {
    let mut things = BTreeSet::new();
    let decides = shares
        .iter()
        .filter(|share| !is_head(&share.name) && is_deciding(share));
    let first = decides.filter(|share| things.insert(share.name.split(' ').next()));
    first
        .take(NAMED_MAX)
        .map(|share| decided(data, share))
        .collect()
}

fn is_deciding(share: &TraitShare) -> bool {
    let (more, less) = nearest(share);
    more - less >= DIFFERENCE_MIN
}

/// Returns the lower end of the larger share of a trait, and the upper end of the smaller one.
fn nearest(share: &TraitShare) -> (f64, f64) {
    let (more, less) = if share.difference() > 0.0 {
        (share.malicious, share.benign)
    } else {
        (share.benign, share.malicious)
    };
    let (low, _) = clopper_pearson(more[0], more[1], CONFIDENCE);
    let (_, high) = clopper_pearson(less[0], less[1], CONFIDENCE);
    (low, high)
}

fn decided(data: &Data<'_>, share: &TraitShare) -> Finding {
    let balanced = f64::midpoint(1.0, share.difference().abs());
    let title = format!(
        "one trait alone tells {:.2} % of events right, each class counting half: {}",
        100.0 * balanced,
        share.sentence()
    );
    let ending = share
        .name
        .strip_prefix("ends `")
        .and_then(|rest| rest.strip_suffix('`'));
    let ending = ending.filter(|ending| ending.chars().all(|letter| SEPARATORS.contains(&letter)));
    let (severity, remedy) = match ending {
        Some(ending) => (Severity::Blocking, strip(data, ending)),
        None => (
            Severity::Warning,
            Remedy::advice(
                "write both classes in the same way before learning, or collect them in the same way",
            ),
        ),
    };
    let rarer = if share.difference() > 0.0 {
        Label::Benign
    } else {
        Label::Malicious
    };
    let exceptions = data.of_class(rarer).into_iter().filter(|at| {
        data.traits.of[*at as usize]
            .binary_search(&share.number)
            .is_ok()
    });
    let evidence: Vec<u32> = share
        .examples(data)
        .into_iter()
        .chain(exceptions.take(5))
        .collect();
    Finding::new(TRAIT, severity, Subject::columns([share.name.to_string()]), title, remedy)
        .meaning("It says how one class was written down, not what is malicious: it is gone when events come from anywhere else.")
        .effect(Effect::exact("balanced accuracy of one trait", balanced))
        .evidence(evidence)
}

/// Advises to take a way of ending off the evidence.
fn strip(data: &Data<'_>, ending: &str) -> Remedy {
    let marks = ending.trim();
    let field = data.task.evidence_column();
    let expression = format!(
        ".[{}] |= sub({}; \"\")",
        lines::quoted(field),
        lines::quoted(&format!("[\\s{}]+$", escaped(marks)))
    );
    Remedy::command(
        format!(
            "take ` {marks}` and blanks off the end of every event of both classes before anything reads them; for lines of JSON:"
        ),
        format!("jq -c '{expression}' FILE > FILE.clean"),
    )
}

/// Writes marks as they stand in a class of a regular expression.
fn escaped(marks: &str) -> String {
    marks.chars().flat_map(|mark| ['\\', mark]).collect()
}

/// Tells of traits that a part of one class has and the other never.
fn one_sided(data: &Data<'_>, shares: &[TraitShare]) -> Option<Finding> {
    let mut found: Vec<(f64, &TraitShare)> = Vec::new();
    let asked = shares.iter().filter(|share| !begins(&share.name, TELLING));
    for share in asked.filter(|share| is_head(&share.name) || !is_deciding(share)) {
        let (least, most) = nearest(share);
        if least >= ONE_SIDED_MIN && most <= ONE_SIDED_PART * least {
            found.push((least, share));
        }
    }
    found.sort_by(|left, right| {
        right
            .0
            .total_cmp(&left.0)
            .then_with(|| left.1.name.cmp(&right.1.name))
    });
    let shares: Vec<TraitShare> = found.into_iter().map(|(_, share)| share.clone()).collect();
    let first = shares.first()?;
    let title = format!(
        "one class never has what is common in the other: {}",
        sentences(&shares)
    );
    let remedy = Remedy::advice(
        "find out which collection or cleaning left it out; put it back, or take it off both classes, before a detector learns its absence",
    );
    let finding = Finding::new(ONE_SIDED, Severity::Warning, subject(&shares), title, remedy)
        .meaning(
            "A trait of form that is common on one side and absent on the other was most likely taken off, put on or never collected: an event \
             that has it, or lacks it, is decided before it is read.",
        )
        .effect(Effect::exact("difference of shares", first.difference()))
        .evidence(first.examples(data));
    Some(finding)
}
