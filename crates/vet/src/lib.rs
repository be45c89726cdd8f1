//! Vetting: is this data fit to learn from?
//!
//! ```text
//!   events ──► Sample (a stated part of each class) ──rows, tokens, traits by intake──► Data ──► checks, one file each
//!     │                                                                                           │
//!     └──► Profile (every event, one pass, mergeable) ──► data sheet          findings, scores ◄──┘ ──► verdict
//! ```
//!
//! A check reads [`Data`] and answers with findings: what it found, the events it rests on, the measured effect, what to do about it and who
//! decides. Nothing here opens a file, reads a clock or trains on more than it says.

mod alone;
pub mod association;
pub mod bins;
pub mod check;
pub mod code;
pub mod columns;
pub mod contents;
pub mod data;
mod density;
pub mod finding;
mod left_out;
pub mod lines;
pub mod probe;
pub mod profile;
pub mod sample;
pub mod scores;
mod signals;
pub mod traits;

use ringtrue_core::Task;
use ringtrue_core::task::Accepted;

pub use check::{Check, Derived, Screened, screened};
pub use code::Code;
pub use columns::{Column, Columns, Values};
pub use contents::Contents;
pub use data::{Data, Given};
pub use finding::{Acceptance, Effect, Finding, Owner, Remedy, Severity, Snippet, Subject};
pub use probe::{Score, Unscored};
pub use profile::Profile;
pub use sample::{Sample, SampleSize, Sampled, class_of};
pub use scores::Scores;
pub use traits::Traits;

/// What vetting came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Vetting {
    /// Whether the data is fit to learn from.
    pub verdict: Verdict,
    /// What was found, by check, then by code and subject.
    pub findings: Vec<Finding>,
    /// What the task accepts without effect, in sentences: what was not found, and what has run out.
    pub idle: Vec<String>,
    /// How well the classes can be told apart, by how they are split.
    pub scores: Scores,
}

/// Says what a task accepts without effect.
fn idle(findings: &[Finding], data: &Data<'_>, task: &Task) -> Vec<String> {
    let sentence = |accepted: &Accepted| {
        let name = &accepted.finding;
        let Some(found) = findings.iter().find(|it| it.name() == *name) else {
            return Some(format!(
                "`{name}` is accepted in the task, and nothing of that name was found"
            ));
        };
        let has_run_out = !accepted.holds_at(data.now) && found.blocks();
        has_run_out.then(|| {
            let until = accepted.until.date();
            format!("`{name}` was accepted until {until}, and blocks again")
        })
    };
    task.vetting.accepted.iter().filter_map(sentence).collect()
}

/// Whether data is fit to learn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing blocks.
    Fit,
    /// What would block was accepted by name.
    FitWithAcceptedRisks,
    /// Something blocks that nobody accepted.
    NotFit,
}

impl Verdict {
    /// Returns the verdict that findings come to.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        if findings.iter().any(Finding::blocks) {
            Self::NotFit
        } else if findings.iter().any(|finding| finding.accepted.is_some()) {
            Self::FitWithAcceptedRisks
        } else {
            Self::Fit
        }
    }

    /// Returns the verdict in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::FitWithAcceptedRisks => "fit with accepted risks",
            Self::NotFit => "not fit",
        }
    }
}

/// Runs every check; `progress` is told the name of each before it runs.
#[must_use]
pub fn vet(data: &Data<'_>, task: &Task, progress: &mut dyn FnMut(Check)) -> Vetting {
    let mut findings = Vec::new();
    for check in Check::ALL {
        progress(check);
        let mut found = check.run(data);
        found.sort_by_key(Finding::name);
        findings.append(&mut found);
    }
    for finding in &mut findings {
        finding.accept(task, data.now);
    }
    Vetting {
        verdict: Verdict::of(&findings),
        idle: idle(&findings, data, task),
        findings,
        scores: data.scores().clone(),
    }
}
