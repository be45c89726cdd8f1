//! Findings: what a check found, what it rests on, how much it matters, and the way out.

use ringtrue_core::{EventTime, Task};
use serde::Serialize;

use crate::code::Code;

/// How much hangs on a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Too few events to say.
    CannotTell,
    /// Somebody needs to decide whether this matters.
    Warning,
    /// No promotion until it is mended or accepted by name.
    Blocking,
}

/// Who decides what is done about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// Who knows the threat and the data.
    Analyst,
    /// Who trains the detector.
    DataScientist,
}

impl Owner {
    /// Returns the owner in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Analyst => "analyst",
            Self::DataScientist => "data scientist",
        }
    }
}

/// What a finding is about; events stand in [`Finding::evidence`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Columns of the input, signals, or traits of the evidence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// Families.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub families: Vec<String>,
}

impl Subject {
    /// About columns.
    #[must_use]
    pub fn columns<T: Into<String>>(columns: impl IntoIterator<Item = T>) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// About sources.
    #[must_use]
    pub fn sources<T: Into<String>>(sources: impl IntoIterator<Item = T>) -> Self {
        Self {
            sources: sources.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// About families.
    #[must_use]
    pub fn families<T: Into<String>>(families: impl IntoIterator<Item = T>) -> Self {
        Self {
            families: families.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let all = [&self.columns, &self.sources, &self.families];
        all.into_iter().flatten().map(String::as_str)
    }
}

/// The measured figure of a finding.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// What is measured, such as `auc` or `share of events`.
    pub measure: String,
    /// Its value.
    pub value: f64,
    /// The 95 % interval's ends, where there is one.
    pub interval: Option<[f64; 2]>,
}

impl Effect {
    /// A figure without an interval.
    #[must_use]
    pub fn exact(measure: impl Into<String>, value: f64) -> Self {
        Self {
            measure: measure.into(),
            value,
            interval: None,
        }
    }

    /// A figure with its 95 % interval.
    #[must_use]
    pub fn estimated(measure: impl Into<String>, value: f64, [low, high]: [f64; 2]) -> Self {
        Self {
            interval: Some([low, high]),
            ..Self::exact(measure, value)
        }
    }
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

/// The way out of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remedy {
    /// What to do, in words.
    pub advice: String,
    /// What to run or write, literally.
    pub snippet: Option<Snippet>,
}

impl Remedy {
    /// Advice alone.
    #[must_use]
    pub fn advice(advice: impl Into<String>) -> Self {
        Self {
            advice: advice.into(),
            snippet: None,
        }
    }

    /// Lines for `task.toml`.
    #[must_use]
    pub fn task(advice: impl Into<String>, lines: impl Into<String>) -> Self {
        Self {
            snippet: Some(Snippet::Task(lines.into())),
            ..Self::advice(advice)
        }
    }

    /// A command line.
    #[must_use]
    pub fn command(advice: impl Into<String>, line: impl Into<String>) -> Self {
        Self {
            snippet: Some(Snippet::Command(line.into())),
            ..Self::advice(advice)
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
    /// Until when, as a date; the finding blocks again after it.
    pub until: String,
}

/// One thing found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What kind of thing it is.
    pub code: Code,
    /// How much hangs on it.
    pub severity: Severity,
    /// What it is about.
    pub subject: Subject,
    /// What was found, in one sentence with its figures, without a full stop.
    pub title: String,
    /// What it means for a detector and its figures, in a sentence or two; may be empty.
    pub meaning: String,
    /// The measured effect.
    pub effect: Option<Effect>,
    /// The way out.
    pub remedy: Remedy,
    /// The events it rests on: positions in the data, the most telling first; a few of them.
    pub evidence: Vec<u32>,
    /// Fields of which its words repeat values: a column, or the evidence.
    pub quoted: Vec<String>,
    /// Who accepted it, if somebody did and it has not run out.
    pub accepted: Option<Acceptance>,
}

/// Events that a finding names as evidence.
pub const EVIDENCE_MAX: usize = 20;

impl Finding {
    /// A finding of which the sentence and the way out are known.
    #[must_use]
    pub fn new(
        code: Code,
        severity: Severity,
        subject: Subject,
        title: impl Into<String>,
        remedy: Remedy,
    ) -> Self {
        Self {
            code,
            severity,
            subject,
            title: title.into(),
            meaning: String::new(),
            effect: None,
            remedy,
            evidence: Vec::new(),
            quoted: Vec::new(),
            accepted: None,
        }
    }

    /// Says what it means.
    #[must_use]
    pub fn meaning(mut self, meaning: impl Into<String>) -> Self {
        self.meaning = meaning.into();
        self
    }

    /// Gives the measured effect.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effect = Some(effect);
        self
    }

    /// Says of which fields its words repeat values.
    #[must_use]
    pub fn quoting<T: Into<String>>(mut self, fields: impl IntoIterator<Item = T>) -> Self {
        self.quoted = fields.into_iter().map(Into::into).collect();
        self
    }

    /// Leaves out all that could repeat a value: what kind of thing it is, how much hangs on it and its effect remain.
    #[must_use]
    pub fn withheld(self) -> Self {
        let title = format!(
            "{}; more would repeat values that are not shown here",
            self.code.title
        );
        let advice = "ask somebody who may see them: `--reader ROLE` shows what that role may see";
        let remedy = Remedy::advice(advice);
        Self {
            effect: self.effect,
            accepted: self.accepted,
            evidence: self.evidence,
            ..Self::new(self.code, self.severity, Subject::default(), title, remedy)
        }
    }

    /// Names the events it rests on; those beyond [`EVIDENCE_MAX`] are left out.
    #[must_use]
    pub fn evidence(mut self, events: impl IntoIterator<Item = u32>) -> Self {
        self.evidence = events.into_iter().take(EVIDENCE_MAX).collect();
        self
    }

    /// Returns the name by which a task accepts it: its code, and what it is about.
    #[must_use]
    pub fn name(&self) -> String {
        let subject: Vec<&str> = self.subject.names().collect();
        if subject.is_empty() {
            self.code.code.to_owned()
        } else {
            format!("{}:{}", self.code.code, subject.join(","))
        }
    }

    /// Returns whether it blocks promotion: blocking, and accepted by nobody.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Blocking && self.accepted.is_none()
    }

    /// Notes that `task` accepts it, if it does and that has not run out at `now`.
    pub(crate) fn accept(&mut self, task: &Task, now: EventTime) {
        if self.severity != Severity::Blocking {
            return;
        }
        let name = self.name();
        let accepted = task
            .vetting
            .accepted
            .iter()
            .find(|accepted| accepted.finding == name && accepted.holds_at(now));
        self.accepted = accepted.map(|accepted| Acceptance {
            by: accepted.by.clone(),
            reason: accepted.reason.clone(),
            until: accepted.until.date(),
        });
    }
}
