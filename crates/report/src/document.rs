//! The report document: what every renderer reads, from the status to the last fact.
//!
//! Callers fill plain structs; nothing here computes or checks figures.

use serde::Serialize;
use serde_json::Value;

use crate::block::Block;
use crate::estimate::Figure;
use crate::text::Text;

/// The version of the document's JSON form; it grows when a reader of the old form could misread the new one.
pub const FORMAT: u32 = 1;

/// One report, neutral about what it reports on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Document {
    /// What was judged, for example the detector's name.
    pub title: String,
    /// The question or the circumstances, in one sentence; may be empty.
    pub subtitle: String,
    /// The answer.
    pub status: Status,
    /// The first line: what it costs and how many alerts a day. Three to five figures read best.
    pub headline: Vec<Figure>,
    /// What was assumed, waived and not tested; rendered even when empty.
    pub caveats: Caveats,
    /// The body, in reading order.
    pub sections: Vec<Section>,
    /// Digests, versions, dataset, command: what somebody needs to repeat the run.
    pub facts: Vec<Fact>,
    /// The figures in machine-readable form, printed as `data` in JSON and nowhere else.
    pub data: Value,
}

impl Document {
    /// Returns a document with nothing in it but its title and status.
    #[must_use]
    pub fn new(title: impl Into<String>, status: Status) -> Self {
        Self {
            title: title.into(),
            subtitle: String::new(),
            status,
            headline: Vec::new(),
            caveats: Caveats::default(),
            sections: Vec::new(),
            facts: Vec::new(),
            data: Value::Null,
        }
    }
}

/// The answer and its reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The answer.
    pub outcome: Outcome,
    /// Why, in one sentence.
    pub text: String,
}

impl Status {
    /// Returns a status.
    #[must_use]
    pub fn new(outcome: Outcome, text: impl Into<String>) -> Self {
        Self {
            outcome,
            text: text.into(),
        }
    }
}

/// The answer of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing blocks promotion.
    Fit,
    /// At least one blocking finding that nobody accepted.
    Unfit,
    /// Too few events to say.
    CannotTell,
    /// The report answers no yes-or-no question.
    Informs,
}

impl Outcome {
    /// Returns the word printed for the outcome.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Unfit => "unfit",
            Self::CannotTell => "cannot tell",
            Self::Informs => "for information",
        }
    }
}

/// What limits the report's claims. Renderers give it a place of its own, empty or not.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Caveats {
    /// What was taken as given because nobody said otherwise.
    pub assumed: Vec<Text>,
    /// Constraints that do not hold and were waived, by name.
    pub waived: Vec<Text>,
    /// What nobody looked at.
    pub not_tested: Vec<Text>,
}

impl Caveats {
    /// Returns the three lists with their titles, and what to say when a list is empty.
    #[must_use]
    pub fn lists(&self) -> [(&'static str, &[Text], &'static str); 3] {
        [
            ("Assumed", &self.assumed, "Nothing was assumed."),
            ("Waived", &self.waived, "No constraint was waived."),
            (
                "Not tested",
                &self.not_tested,
                "Nothing was declared as untested.",
            ),
        ]
    }
}

/// Whom a section is written for; everybody may read all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// Analysts and data scientists.
    Both,
    /// Those who know the threat.
    Analyst,
    /// Those who know the method.
    DataScientist,
}

impl Reader {
    /// Returns the tag printed beside a section's title; `None` for both.
    #[must_use]
    pub const fn tag(self) -> Option<&'static str> {
        match self {
            Self::Both => None,
            Self::Analyst => Some("for analysts"),
            Self::DataScientist => Some("for data scientists"),
        }
    }
}

/// One part of the body.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Section {
    /// A short stable name, used as the anchor and as the suite's name in `JUnit`.
    pub id: String,
    /// The heading.
    pub title: String,
    /// Whom it is written for.
    pub reader: Reader,
    /// What it says, in order.
    pub blocks: Vec<Block>,
}

/// One thing that must be known to repeat the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is, for example `dataset`.
    pub name: String,
    /// Its value, for example a digest.
    pub value: String,
}

impl Fact {
    /// Returns a fact.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}
