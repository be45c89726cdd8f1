//! The gate's answer as a page: each check a finding, so that systems that count tests see one test a check.

use std::path::PathBuf;

use ringtrue_report::finding::{Finding, Severity};
use ringtrue_report::{Block, Document, Estimate, Figure, Form, Outcome as Answer, Status};
use ringtrue_trial::gate::{Decision, GateCheck, GateReport, Unit};

use super::compare::{fill, section};
use crate::versus::Compared;

/// Makes the document of a gate.
pub(crate) fn gate_document(report: &GateReport, found: &Compared, files: &[PathBuf]) -> Document {
    let title = format!("May {} replace {}?", report.new.name, report.old.name);
    let mut document = Document::new(title, status(report));
    let findings = report.checks.iter().map(|check| finding(report, check));
    let checks = section(
        "checks",
        "What was checked",
        vec![Block::Findings {
            findings: findings.collect(),
        }],
    );
    document.sections.push(checks);
    fill(&mut document, found, files);
    document.data = serde_json::to_value(report).unwrap_or_default();
    document
}

fn status(report: &GateReport) -> Status {
    let count = |passed: Option<bool>| {
        let found = report.checks.iter().filter(|check| check.passed == passed);
        found.count()
    };
    let (no, open) = (count(Some(false)), count(None));
    match report.decision {
        Decision::Pass => Status::new(
            Answer::Fit,
            format!("it may: all {} checks hold", report.checks.len()),
        ),
        Decision::Refuse => {
            Status::new(Answer::Unfit, format!("it may not: {}", first(report, no)))
        }
        Decision::CannotTell => Status::new(
            Answer::CannotTell,
            format!("nobody can tell from these events: {open} checks are open"),
        ),
    }
}

/// Says the first check that fails, and how many more there are.
fn first(report: &GateReport, failed: usize) -> String {
    let check = report
        .checks
        .iter()
        .find(|check| check.passed == Some(false));
    let says = check.map_or_else(String::new, |check| {
        format!("{} {}", check.code, check.says)
    });
    match failed {
        0 | 1 => says,
        more => format!("{says} (and {} more)", more - 1),
    }
}

fn finding(report: &GateReport, check: &GateCheck) -> Finding {
    let severity = match check.passed {
        Some(true) => Severity::Passed,
        Some(false) => Severity::Blocking,
        None => Severity::CannotTell,
    };
    let of = check
        .subject
        .as_ref()
        .map_or_else(String::new, |subject| format!(" `{subject}`"));
    let mut finding = Finding::new(
        check.code.clone(),
        severity,
        format!("{}{of}: {}", check.name, check.says),
    );
    let form = match check.unit {
        Unit::Share => Form::Percent,
        Unit::MoneyPerDay => Form::Money(report.comparison.currency.clone()),
        Unit::Events => Form::Count,
        _ => Form::Number,
    };
    let measured = Estimate {
        value: check.measured,
        low: check.low,
        high: check.high,
        reason: None,
    };
    if check.measured.is_some() {
        finding
            .figures
            .push(Figure::new("measured", measured, form.clone()));
    }
    let limit = check.limit.map(Estimate::exact);
    finding
        .figures
        .extend(limit.map(|limit| Figure::new("allowed", limit, form)));
    finding
}
