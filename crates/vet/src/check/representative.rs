//! Representative? Whether the events are like what the detector will see: how much of them is malicious, who chose them, from which times each
//! class is, and whether any is the organisation's own.

mod filtered;

use std::collections::BTreeMap;

use ringtrue_core::task::figures::{one_in, per_cent};
use ringtrue_core::{Label, Trust};

use crate::check::Check;
use crate::code::Code;
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};

const BASE_RATE: Code = Code {
    code: "V111",
    check: Check::Representative,
    title: "share of malicious events",
    owner: Owner::DataScientist,
};
const FILTERED: Code = Code {
    code: "V112",
    check: Check::Representative,
    title: "chosen by an earlier verdict",
    owner: Owner::Analyst,
};
const CARRIED: Code = Code {
    code: "V113",
    check: Check::Representative,
    title: "verdicts of others carried along",
    owner: Owner::DataScientist,
};
const TIMES: Code = Code {
    code: "V114",
    check: Check::Representative,
    title: "classes from different times",
    owner: Owner::Analyst,
};
const OWN: Code = Code {
    code: "V115",
    check: Check::Representative,
    title: "no own data",
    owner: Owner::Analyst,
};
/// What this check answers with.
pub(super) const CODES: &[Code] = &[BASE_RATE, FILTERED, CARRIED, TIMES, OWN];

/// How many times the share of malicious events may be off before it is worth a word.
const SHARE_FACTOR: f64 = 2.0;
/// Share of the two classes' events that lie in the same months below which somebody must decide: less than half of it is left of a stream
/// whose classes come and go.
const COMMON_MIN: f64 = 0.3;
/// Events of a class from which its months are compared.
const CLASS_EVENTS_MIN: usize = 30;

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let mut findings = filtered::findings(data);
    findings.extend(
        [base_rate(data), times(data), own(data)]
            .into_iter()
            .flatten(),
    );
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

/// The share of events that lie in months of both classes.
fn times(data: &Data<'_>) -> Option<Finding> {
    let mut months: BTreeMap<(i16, i8), [f64; 2]> = BTreeMap::new();
    let mut events = [0_usize; 2];
    for (time, label) in data.times.iter().zip(&data.labels) {
        if let (Some(time), Some(class)) = (time, label.class()) {
            months.entry(time.month()).or_default()[usize::from(class)] += 1.0;
            events[usize::from(class)] += 1;
        }
    }
    let decided = data.decided().len();
    if events.iter().any(|events| *events < CLASS_EVENTS_MIN)
        || (events[0] + events[1]) * 2 < decided
    {
        return None;
    }
    let total = events.map(|events| events as f64);
    let common: f64 = months
        .values()
        .map(|counts| (counts[0] / total[0]).min(counts[1] / total[1]))
        .sum();
    if common >= COMMON_MIN {
        return None;
    }
    let [benign, malicious] = [Label::Benign, Label::Malicious].map(|label| middling(data, label));
    let title = format!(
        "benign and malicious events are from different times: by month, {} of the one lie as the other; half of the benign ones are from {}, half of the malicious ones from {}",
        per_cent(common),
        benign?,
        malicious?,
    );
    let meaning = "What changed between those times (schemes, hosts, software) tells the classes apart, and a detector learns it.";
    let remedy = remedy_of_times(data);
    let finding = Finding::new(TIMES, Severity::Warning, Subject::default(), title, remedy);
    Some(
        finding
            .meaning(meaning)
            .effect(Effect::exact("share of months in common", common)),
    )
}

/// Returns between which dates the middle half of a class lies.
fn middling(data: &Data<'_>, label: Label) -> Option<String> {
    let [from, to] = quartiles(data, label)?;
    Some(format!("{} to {}", from.date(), to.date()))
}

fn quartiles(data: &Data<'_>, label: Label) -> Option<[ringtrue_core::EventTime; 2]> {
    let times: Vec<_> = data
        .of_class(label)
        .iter()
        .filter_map(|at| data.times[*at as usize])
        .collect();
    Some([
        *times.get(times.len() / 4)?,
        *times.get(times.len() * 3 / 4)?,
    ])
}

/// Returns the way out: use the time in which the middle half of both classes lies, if there is one.
fn remedy_of_times(data: &Data<'_>) -> Remedy {
    let advice = "use events of both classes from the same time";
    let both = [Label::Benign, Label::Malicious].map(|label| quartiles(data, label));
    let [Some(benign), Some(malicious)] = both else {
        return Remedy::advice(advice);
    };
    let (from, to) = (benign[0].max(malicious[0]), benign[1].min(malicious[1]));
    if from >= to {
        return Remedy::advice(format!("{advice}: gather the class that is missing"));
    }
    let (from, to) = (from.month_start().date(), to.next_month_start().date());
    let line = format!("[vetting]\nexclude = [\"time < '{from}' || time >= '{to}'\"]");
    Remedy::task(advice, line)
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
        format!("[trust.sources]\n{source:?} = \"own\""),
    );
    let finding = Finding::new(OWN, severity, Subject::default(), title, remedy);
    Some(
        finding
            .meaning(meaning)
            .effect(Effect::exact("share of own benign events", share[0])),
    )
}
