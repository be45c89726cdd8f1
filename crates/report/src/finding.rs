//! Findings: what a check, an attack, a trial or a gate found, with evidence and a way out.

use serde::Serialize;

use crate::estimate::Figure;
use crate::table::Table;
use crate::text::Text;

/// How much hangs on something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Checked, and all is well.
    Passed,
    /// Worth knowing.
    Note,
    /// Too few events to say.
    CannotTell,
    /// Somebody needs to decide whether this matters.
    Warning,
    /// No promotion until it is mended or accepted by name.
    Blocking,
}

impl Severity {
    /// Returns the word printed for the severity.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Note => "note",
            Self::CannotTell => "cannot tell",
            Self::Warning => "warning",
            Self::Blocking => "blocking",
        }
    }
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The stable code of what was checked, for example `V012`.
    pub code: String,
    /// How much hangs on it.
    pub severity: Severity,
    /// What was found, in one sentence.
    pub title: String,
    /// What it means; may be empty.
    pub detail: Text,
    /// The few numbers that matter: cost, events, share.
    pub figures: Vec<Figure>,
    /// The rows it rests on.
    pub evidence: Option<Table>,
    /// What to do about it.
    pub remedy: Option<Remedy>,
    /// Who has to act or decide.
    pub owner: Option<String>,
    /// Who accepted it as it is, if somebody did.
    pub accepted: Option<Acceptance>,
}

impl Finding {
    /// Returns a finding of which only the sentence is known; the other fields are empty.
    #[must_use]
    pub fn new(code: impl Into<String>, severity: Severity, title: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            severity,
            title: title.into(),
            detail: Text::default(),
            figures: Vec::new(),
            evidence: None,
            remedy: None,
            owner: None,
            accepted: None,
        }
    }

    /// Returns whether it blocks promotion: blocking, and accepted by nobody.
    #[must_use]
    pub const fn blocks(&self) -> bool {
        matches!(self.severity, Severity::Blocking) && self.accepted.is_none()
    }
}

/// A way out of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remedy {
    /// What to do, in words.
    pub advice: Text,
    /// What to run or write, literally.
    pub snippet: Option<Snippet>,
    /// What the remedy would cost or miss; may be empty.
    pub misses: Text,
}

/// Something to copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Snippet {
    /// A command line.
    Command(String),
    /// Lines for `task.toml`.
    Task(String),
}

impl Snippet {
    /// Returns where the snippet goes, and the snippet.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Command(text) => ("run", text),
            Self::Task(text) => ("in task.toml", text),
        }
    }
}

/// A named person's word that a finding is acceptable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acceptance {
    /// Who.
    pub by: String,
    /// On what grounds.
    pub reason: String,
    /// When, as the caller writes dates.
    pub date: String,
}

/// Returns the findings in the order in which people need them: open before accepted, grave before slight, else as given.
#[must_use]
pub fn by_urgency(findings: &[Finding]) -> Vec<&Finding> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| {
        (
            finding.accepted.is_some(),
            std::cmp::Reverse(finding.severity),
        )
    });
    sorted
}
