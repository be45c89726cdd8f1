//! The document of a finished gate: what was asked, what was measured, what is allowed, and the answer.
//!
//! ```text
//!   checks ──► GateReport ──JSON──► gate.json beside the challenger ──► whoever promotes, and the audit log
//! ```
//!
//! It names by digest what it was made of, so that a promotion can refuse a gate of other detectors, other events or
//! another task. What an event looks like stands in its comparison, as far as its reader may see it.

use ringtrue_core::Digest;
use serde::{Deserialize, Serialize};

use crate::compare::Comparison;

/// The format of the document that is written.
pub const FORMAT: u32 = 1;
/// The file beside a challenger that holds its last gate.
pub const GATE_FILE: &str = "gate.json";

/// A finished gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateReport {
    /// The document's format.
    pub format: u32,
    /// The answer: that of the strictest check.
    pub decision: Decision,
    /// The detector in use.
    pub old: Side,
    /// The one that would replace it.
    pub new: Side,
    /// The events on which both were asked.
    pub judged: JudgedEvents,
    /// Digest of the task whose limits held: the challenger's.
    pub task: Digest,
    /// Version of the program that asked.
    pub version: String,
    /// What was checked, in order of codes.
    pub checks: Vec<GateCheck>,
    /// What it rests on: which verdicts changed.
    pub comparison: Comparison,
}

/// The answer of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The challenger is shown not to be worse than is allowed.
    Pass,
    /// The events cannot tell.
    CannotTell,
    /// The challenger is shown to be worse than is allowed.
    Refuse,
}

impl Decision {
    /// Returns the word that stands in the document.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::CannotTell => "cannot_tell",
            Self::Refuse => "refuse",
        }
    }
}

/// One of the two detectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Digest of its stored form: that of its manifest.
    pub detector: Digest,
    /// The name on its card.
    pub name: String,
    /// Digest of the dataset that it was trained from.
    pub dataset: Digest,
}

/// The events on which both detectors were asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgedEvents {
    /// Digest of their ids and labels, whatever their order.
    pub digest: Digest,
    /// Labelled malicious.
    pub malicious: u64,
    /// Labelled benign.
    pub benign: u64,
    /// Labelled unsure: neither detector is right or wrong on them.
    pub unsure: u64,
}

/// One check of a gate, on one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateCheck {
    /// Its stable code, such as `G020`; the same for each subject of a check.
    pub code: String,
    /// What is checked, in a few words; the same for each subject of a check.
    pub name: String,
    /// The family, source, slice or file that it is about; `None` for all events.
    pub subject: Option<String>,
    /// Yes, no, or `None`: cannot tell.
    pub passed: Option<bool>,
    /// What was measured, in `unit`; `None` if nothing could be.
    pub measured: Option<f64>,
    /// The lower end of its 95 % interval, where it has one.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// The most that is allowed, in `unit`; `None` if the check is a question of yes or no.
    pub limit: Option<f64>,
    /// What the figures count.
    pub unit: Unit,
    /// About how many more events of the subject would tell; `None` unless it cannot tell for want of them.
    pub more_events: Option<u64>,
    /// What came of it, in a sentence.
    pub says: String,
}

/// What the figures of a check count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share of events, from -1 to 1.
    Share,
    /// Money of the task's currency a day.
    MoneyPerDay,
    /// Alerts a day.
    AlertsPerDay,
    /// Events.
    Events,
    /// Minutes of an attacker's work for one event.
    Minutes,
    /// Milliseconds for one event.
    Milliseconds,
    /// The new figure over the old one.
    Ratio,
    /// Nothing: a question of yes or no.
    None,
}

/// A text is no finished gate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GateReportError {
    /// It does not read.
    #[error("the gate's document does not read")]
    Document(#[from] serde_json::Error),
    /// A later version wrote it.
    #[error("the gate's document has a format beyond {FORMAT}: {0}")]
    Format(u32),
    /// What it says does not fit together.
    #[error("the gate's document contradicts itself: its checks say {found}, and it says {stated}")]
    Contradiction {
        /// What follows from the checks.
        found: &'static str,
        /// What stands there.
        stated: &'static str,
    },
    /// A gate that passes makes this check, and it is not there.
    #[error("the gate's document passes and lacks a check that every gate makes: `{0}`")]
    Lacks(&'static str),
    /// No gate makes such a check.
    #[error("the gate's document has a check that this version does not know: `{0}`")]
    UnknownCheck(String),
    /// A check says that it passed, and its figures say otherwise.
    #[error("the gate's document contradicts itself: check `{0}` passed, and its figures do not")]
    NotPassed(String),
}

/// Every code that a check may have.
const CODES: [&str; 24] = [
    "G001", "G002", "G010", "G011", "G012", "G013", "G014", "G020", "G021", "G022", "G023", "G024",
    "G030", "G032", "G033", "G034", "G040", "G041", "G050", "G051", "G060", "G070", "G071", "G080",
];
/// The checks that every gate makes that can pass: without them it was not shown that nothing got worse.
const ALWAYS: [&str; 5] = ["G001", "G010", "G011", "G020", "G030"];
/// The largest share that may be lost unseen where the task states no limit.
const UNSEEN_SHARE_MAX: f64 = 0.02;
/// What a figure may have lost by being written and read.
const ROUNDING: f64 = 1e-9;

impl GateReport {
    /// Returns the document as text.
    ///
    /// # Errors
    ///
    /// [`GateReportError::Document`] if a figure is no number.
    pub fn to_json(&self) -> Result<String, GateReportError> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    /// Reads the document. Its decision must be the one that follows from its checks; each of them must be known, and one
    /// that passed must have figures that can pass; and a gate that passes must have made the checks that every gate makes.
    /// So nobody promotes by a document that was cut, or of which single words were changed. Who writes another one whole is
    /// found by signatures.
    ///
    /// # Errors
    ///
    /// [`GateReportError`] if it does not read, is of a later format, lacks checks, or contradicts itself.
    pub fn from_json(text: &[u8]) -> Result<Self, GateReportError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let Format { format } = serde_json::from_slice(text)?;
        if format > FORMAT {
            return Err(GateReportError::Format(format));
        }
        let report: Self = serde_json::from_slice(text)?;
        let (found, stated) = (decision(&report.checks), report.decision);
        if found != stated {
            return Err(GateReportError::Contradiction {
                found: found.word(),
                stated: stated.word(),
            });
        }
        report.check_checks()?;
        Ok(report)
    }

    /// Returns the must-keep sets among `wanted` that no check is about.
    pub fn not_asked<'a>(&'a self, wanted: &'a [String]) -> impl Iterator<Item = &'a String> {
        let is_asked = |name: &String| {
            let mut checks = self.checks.iter();
            checks.any(|it| it.code == "G050" && it.subject.as_ref() == Some(name))
        };
        wanted.iter().filter(move |name| !is_asked(name))
    }

    fn check_checks(&self) -> Result<(), GateReportError> {
        for check in &self.checks {
            if !CODES.contains(&check.code.as_str()) {
                return Err(GateReportError::UnknownCheck(check.code.clone()));
            }
            if check.passed == Some(true) && !check.can_pass() {
                return Err(GateReportError::NotPassed(check.code.clone()));
            }
        }
        if self.decision != Decision::Pass {
            return Ok(());
        }
        let is_there = |code: &str| self.checks.iter().any(|check| check.code == code);
        let lacking = ALWAYS.into_iter().find(|code| !is_there(code));
        lacking.map_or(Ok(()), |code| Err(GateReportError::Lacks(code)))
    }
}

impl GateCheck {
    /// Returns a check without figures that nobody can tell.
    pub(super) fn open((code, name): (&str, &str), says: String) -> Self {
        Self {
            code: code.to_owned(),
            name: name.to_owned(),
            subject: None,
            passed: None,
            measured: None,
            low: None,
            high: None,
            limit: None,
            unit: Unit::None,
            more_events: None,
            says,
        }
    }

    /// Returns whether a check with these figures can have passed. Where what may stay unseen hangs on more than the
    /// figures (money, alerts, minutes), that is not known, and the answer is yes.
    fn can_pass(&self) -> bool {
        let Some(limit) = self.limit else {
            return true;
        };
        let within =
            |figure: Option<f64>, most: f64| figure.is_some_and(|it| it <= most + ROUNDING);
        match self.code.as_str() {
            "G020" | "G021" | "G022" | "G023" | "G024" | "G030" | "G032" | "G033" | "G034" => {
                within(self.measured, 0.0) || within(self.high, limit + UNSEEN_SHARE_MAX)
            }
            "G040" => self.low.is_some_and(|low| low >= limit - ROUNDING),
            "G012" | "G013" | "G041" => within(self.high, limit),
            "G014" => within(self.measured, 0.0) || within(self.high, limit),
            "G002" | "G050" | "G051" | "G070" | "G071" => within(self.measured, limit),
            _ => true,
        }
    }
}

/// Returns the answer that follows from checks: a no refuses, else what cannot be told leaves the answer open. Without
/// checks nothing was shown.
#[must_use]
pub fn decision(checks: &[GateCheck]) -> Decision {
    let strictest = checks.iter().map(|check| match check.passed {
        Some(true) => Decision::Pass,
        None => Decision::CannotTell,
        Some(false) => Decision::Refuse,
    });
    strictest.max().unwrap_or(Decision::CannotTell)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(passed: Option<bool>) -> GateCheck {
        GateCheck {
            code: "G020".to_owned(),
            name: "loss of recall in a family".to_owned(),
            subject: Some("bank".to_owned()),
            passed,
            measured: Some(0.1),
            low: Some(0.06),
            high: Some(0.14),
            limit: Some(0.0),
            unit: Unit::Share,
            more_events: None,
            says: "30 of 300 events are newly missed".to_owned(),
        }
    }

    /// Returns the checks that every gate makes, all passed.
    fn passing() -> Vec<GateCheck> {
        let of = |code: &str| GateCheck {
            code: code.to_owned(),
            subject: None,
            measured: Some(0.0),
            high: Some(0.01),
            ..check(Some(true))
        };
        ALWAYS.map(of).to_vec()
    }

    fn report(checks: Vec<GateCheck>) -> GateReport {
        let side = |name: &str| Side {
            detector: Digest::of(name.as_bytes()),
            name: name.to_owned(),
            dataset: Digest::of(b"dataset"),
        };
        let judged = JudgedEvents {
            digest: Digest::of(b"events"),
            malicious: 300,
            benign: 3_000,
            unsure: 0,
        };
        GateReport {
            format: FORMAT,
            decision: decision(&checks),
            old: side("old"),
            new: side("new"),
            judged,
            task: Digest::of(b"task"),
            version: "0.0.0".to_owned(),
            comparison: Comparison::nothing(side("old"), side("new"), judged),
            checks,
        }
    }

    #[test]
    fn the_strictest_check_decides() {
        assert_eq!(decision(&[]), Decision::CannotTell);
        assert_eq!(decision(&[check(Some(true))]), Decision::Pass);
        let open = [check(Some(true)), check(None)];
        assert_eq!(decision(&open), Decision::CannotTell);
        let refused = [check(None), check(Some(false)), check(Some(true))];
        assert_eq!(decision(&refused), Decision::Refuse);
    }

    #[test]
    fn a_document_reads_as_it_was_written() {
        let report = report(vec![check(Some(false)), check(None)]);
        let text = report.to_json().expect("numbers");
        let read = GateReport::from_json(text.as_bytes()).expect("reads");
        assert_eq!(read, report);
        assert!(text.contains("\"decision\": \"refuse\""), "{text}");
    }

    #[test]
    fn a_document_that_passes_has_the_checks_of_every_gate() {
        let read = |checks: Vec<GateCheck>| {
            let text = report(checks).to_json().expect("numbers");
            GateReport::from_json(text.as_bytes())
        };
        assert!(read(passing()).is_ok());
        for (lacking, expected) in ALWAYS.iter().enumerate() {
            let mut checks = passing();
            checks.remove(lacking);
            let refused = read(checks);
            assert!(
                matches!(refused, Err(GateReportError::Lacks(code)) if code == *expected),
                "{expected}"
            );
        }
        // Where a class has no events, its checks are not made, and the gate cannot tell.
        let open = GateCheck {
            passed: None,
            ..passing().remove(1)
        };
        assert!(read(vec![open]).is_ok());
        let mut renamed = passing();
        renamed[3].code = "G920".to_owned();
        assert!(matches!(
            read(renamed),
            Err(GateReportError::UnknownCheck(_))
        ));
    }

    #[test]
    fn a_check_that_passed_has_figures_that_can_pass() {
        let read = |code: &str, [measured, low, high, limit]: [f64; 4]| {
            let mut checks = passing();
            checks.retain(|it| it.code != code);
            checks.push(GateCheck {
                code: code.to_owned(),
                measured: Some(measured),
                low: Some(low),
                high: Some(high),
                limit: Some(limit),
                ..check(Some(true))
            });
            let text = report(checks).to_json().expect("numbers");
            GateReport::from_json(text.as_bytes()).is_ok()
        };
        for (code, can, cannot) in [
            ("G021", [0.01, 0.0, 0.02, 0.0], [0.1, 0.06, 0.14, 0.0]),
            ("G030", [0.0, -0.1, 0.3, 0.0], [0.001, -0.1, 0.3, 0.0]),
            ("G040", [0.95, 0.93, 0.97, 0.9], [0.95, 0.85, 0.97, 0.9]),
            ("G041", [0.01, 0.0, 0.02, 0.02], [0.01, 0.0, 0.03, 0.02]),
            ("G050", [0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]),
            ("G070", [2.0, 0.0, 0.0, 3.0], [4.0, 0.0, 0.0, 3.0]),
        ] {
            assert!(read(code, can), "{code}");
            assert!(!read(code, cannot), "{code}");
        }
    }

    #[test]
    fn a_must_keep_set_that_nobody_asked_about_is_named() {
        let mut checks = passing();
        checks.push(GateCheck {
            code: "G050".to_owned(),
            subject: Some("a.csv".to_owned()),
            ..check(Some(true))
        });
        let (report, wanted) = (report(checks), ["a.csv", "b.csv"].map(str::to_owned));
        assert_eq!(report.not_asked(&wanted).collect::<Vec<_>>(), ["b.csv"]);
    }

    #[test]
    fn a_later_format_an_unknown_field_and_a_changed_word_are_refused() {
        let text = report(vec![check(Some(false))]).to_json().expect("numbers");
        let later = text.replacen("\"format\": 1", "\"format\": 2", 1);
        assert!(matches!(
            GateReport::from_json(later.as_bytes()),
            Err(GateReportError::Format(2))
        ));
        let changed = text.replacen("\"refuse\"", "\"pass\"", 1);
        assert!(matches!(
            GateReport::from_json(changed.as_bytes()),
            Err(GateReportError::Contradiction { .. })
        ));
        let more = text.replacen("\"version\"", "\"by\": 1,\n  \"version\"", 1);
        assert!(matches!(
            GateReport::from_json(more.as_bytes()),
            Err(GateReportError::Document(_))
        ));
    }
}
