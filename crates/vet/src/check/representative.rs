//! Representative? Whether the events are like what the detector will see: how much of them is malicious, who chose them, and whether any is the
//! organisation's own.

mod filtered;

use ringtrue_core::task::figures::{one_in, per_cent};
use ringtrue_core::{Label, Trust};

use crate::check::Check;
use crate::code::Code;
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};
use crate::lines;

const BASE_RATE: Code =
    Check::Representative.code("V111", "share of malicious events", Owner::DataScientist);
const FILTERED: Code =
    Check::Representative.code("V112", "chosen by an earlier verdict", Owner::Analyst);
const CARRIED: Code = Check::Representative.code(
    "V113",
    "verdicts of others carried along",
    Owner::DataScientist,
);
const OWN: Code = Check::Representative.code("V115", "no own data", Owner::Analyst);
/// What this check answers with.
pub(super) const CODES: &[Code] = &[BASE_RATE, FILTERED, CARRIED, OWN];

/// How many times the share of malicious events may be off before it is worth a word.
const SHARE_FACTOR: f64 = 2.0;

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let mut findings = filtered::findings(data);
    findings.extend([base_rate(data), own(data)].into_iter().flatten());
    findings
}

fn base_rate(data: &Data<'_>) -> Option<Finding> {
    let [benign, malicious, _] = data.observed.map(|events| events as f64);
    if benign < 1.0 || malicious < 1.0 {
        return None;
    }
    let found = malicious / (benign + malicious);
    let expected = data.task.traffic.malicious_share;
    if (1.0 / SHARE_FACTOR..=SHARE_FACTOR).contains(&(found / expected)) {
        return None;
    }
    let is_assumed = data.task.left_open.contains("traffic.malicious_share");
    let title = format!(
        "{} of the events is malicious, {} is {} of the traffic",
        per_cent(found),
        one_in(expected),
        if is_assumed { "assumed" } else { "stated" },
    );
    let meaning = "Training and figures are weighted to the traffic's share, so the detector is not wrong by it; precision that is measured on this mix would be.";
    let remedy = Remedy::task(
        "say what share of the traffic is malicious",
        format!("[traffic]\nmalicious_share = {expected}"),
    );
    let finding = Finding::new(BASE_RATE, Severity::Note, Subject::default(), title, remedy);
    Some(
        finding
            .meaning(meaning)
            .effect(Effect::exact("share of malicious events", found)),
    )
}

/// Whether a class lacks the organisation's own events.
fn own(data: &Data<'_>) -> Option<Finding> {
    let share = [Label::Benign, Label::Malicious].map(|label| {
        let members = data.of_class(label);
        let own = members
            .iter()
            .filter(|at| data.trust[**at as usize] == Trust::Own)
            .count();
        own as f64 / members.len().max(1) as f64
    });
    let lacking = match share {
        [benign, malicious] if benign + malicious <= 0.0 => "none of the events is",
        [benign, _] if benign <= 0.0 => "no benign event is",
        [_, malicious] if malicious <= 0.0 => "no malicious event is",
        _ => return None,
    };
    if data.is_empty() {
        return None;
    }
    // Where nobody has said whose data it is, that is all that is known.
    let is_assumed =
        data.task.left_open.contains("trust.default") && data.task.trust.sources.is_empty();
    let (said, severity) = match (is_assumed, share) {
        (true, _) => (", as far as the task says", Severity::Note),
        (false, [benign, _]) if benign <= 0.0 => ("", Severity::Warning),
        (false, _) => ("", Severity::Note),
    };
    let title = format!("{lacking} the organisation's own{said}");
    let meaning = "A detector that saw no own benign traffic meets it first in use: its false positives there are not known, and it is marked so.";
    let source = data
        .sources
        .names
        .first()
        .map_or("own-proxy", |name| &**name);
    let remedy = Remedy::task(
        "add own events, and say which sources are own",
        lines::trust(source, "own"),
    );
    let finding = Finding::new(OWN, severity, Subject::default(), title, remedy);
    Some(
        finding
            .meaning(meaning)
            .effect(Effect::exact("share of own benign events", share[0]))
            .quoting([data.task.columns.source.as_deref().unwrap_or("source")]),
    )
}
