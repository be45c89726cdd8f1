//! What the task names and the data lacks: columns, families, slices and derived columns that never apply.

use ringtrue_core::expression::Expression;
use ringtrue_core::task::{same_name, stands_for};
use ringtrue_core::{Event, Value};

use super::listed;
use crate::check::Check;
use crate::code::Code;
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};

pub(super) const ABSENT: Code =
    Check::Variables.code("V025", "the task names what the data lacks", Owner::Analyst);

/// Events on which derived columns and slices are tried; one that applies to none of so many applies to too few to matter.
const TRIED_MAX: usize = 20_000;

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    if data.is_empty() {
        return Vec::new();
    }
    let parts = [
        (
            "columns",
            "columns",
            absent_columns(data),
            "name the columns as they stand in the data, or take the names out of the task",
        ),
        (
            "slices",
            "slices",
            unused(data, &data.task.slices, applies),
            "mend the conditions: a slice without events is judged on nothing",
        ),
        (
            "derived columns",
            "derived columns",
            unused(data, &data.task.derived, gives),
            "mend the expressions: they give no value for any event",
        ),
    ];
    let found = parts
        .into_iter()
        .filter(|(_, _, names, _)| !names.is_empty());
    let mut findings: Vec<Finding> = found
        .map(|(what, measure, names, advice)| {
            let title = format!(
                "the task names {} {what} that the data lacks: {}",
                names.len(),
                listed(&names)
            );
            let count = names.len() as f64;
            finding(Subject::columns(names), title, advice).effect(Effect::exact(measure, count))
        })
        .collect();
    let families = absent_families(data);
    if !families.is_empty() {
        let title = format!(
            "the task names {} families of which the data holds no event: {}",
            families.len(),
            listed(&families)
        );
        let advice = "collect events of them, or take them out of the claim: nobody can say whether they are caught";
        let count = families.len() as f64;
        findings.push(
            finding(Subject::families(families), title, advice)
                .effect(Effect::exact("families", count)),
        );
    }
    findings
}

fn finding(subject: Subject, title: String, advice: &str) -> Finding {
    Finding::new(
        ABSENT,
        Severity::Warning,
        subject,
        title,
        Remedy::advice(advice),
    )
    .meaning("What somebody thought of when writing the task is not looked at.")
}

fn absent_columns(data: &Data<'_>) -> Vec<String> {
    let stated = &data.task.columns;
    // Fields that became the event's own are known by what came of them.
    let has = |known: bool| move |_: &String| !known;
    let own = [
        (&stated.time, data.times.iter().any(Option::is_some)),
        (&stated.source, !data.sources.names.is_empty()),
        (&stated.family, !data.families.names.is_empty()),
        (&stated.group, !data.groups.names.is_empty()),
    ];
    let own = own
        .into_iter()
        .filter_map(|(name, known)| name.as_ref().filter(|name| has(known)(name)));
    let is_there = |name: &str| {
        data.columns
            .all
            .iter()
            .any(|column| stands_for(name, &column.name))
    };
    let in_fields = [&stated.evidence, &stated.user, &stated.host]
        .into_iter()
        .flatten();
    let in_fields = in_fields.chain(stated.types.keys());
    let absent = in_fields.filter(|name| !is_there(name));
    own.chain(absent).cloned().collect()
}

fn absent_families(data: &Data<'_>) -> Vec<String> {
    let is_there = |name: &str| {
        data.families
            .names
            .iter()
            .any(|family| same_name(family, name))
    };
    let named = data.task.families.iter().map(|family| &family.name);
    named.filter(|name| !is_there(name)).cloned().collect()
}

/// Returns the names of the expressions that apply to none of the events.
fn unused(
    data: &Data<'_>,
    expressions: &[(String, String)],
    applies: fn(&Expression, &Event) -> bool,
) -> Vec<String> {
    let step = data.len().div_ceil(TRIED_MAX).max(1);
    let events = || {
        data.events
            .iter()
            .step_by(step)
            .map(|sampled| &sampled.event)
    };
    let is_unused = |(_, text): &&(String, String)| {
        let expression = Expression::compile(text);
        expression.is_ok_and(|expression| !events().any(|event| applies(&expression, event)))
    };
    let reads_signals = |(_, text): &&(String, String)| {
        let compiled = Expression::compile(text);
        compiled.is_ok_and(|it| {
            it.references()
                .iter()
                .any(|reference| reference.signal().is_some())
        })
    };
    let unused = expressions
        .iter()
        .filter(|entry| !reads_signals(entry))
        .filter(is_unused);
    unused.map(|(name, _)| name.clone()).collect()
}

fn applies(expression: &Expression, event: &Event) -> bool {
    expression.holds(event) == Ok(true)
}

fn gives(expression: &Expression, event: &Event) -> bool {
    expression
        .value(event)
        .is_ok_and(|value| value != Value::Missing)
}
