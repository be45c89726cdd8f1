//! The document as `JUnit` XML, for CI systems: each finding is a test case.
//!
//! | finding | test case |
//! |---|---|
//! | blocking, accepted by nobody | failure |
//! | cannot tell | skipped |
//! | anything else | passed, with its text as output |
//!
//! The first suite holds the report's own answer; what was not tested appears as skipped cases in the last.

use std::fmt::Write as _;

use crate::block::Block;
use crate::document::{Document, Outcome, Section};
use crate::finding::{Finding, Severity};
use crate::format;
use crate::visible;

/// Renders the document as `JUnit` XML.
#[must_use]
pub fn render(document: &Document) -> String {
    let suites: Vec<Suite> = std::iter::once(answer(document))
        .chain(document.sections.iter().filter_map(findings))
        .chain(untested(document))
        .collect();
    let (tests, failures, skipped) = suites.iter().fold((0, 0, 0), |sum, suite| {
        let counts = suite.counts();
        (sum.0 + counts.0, sum.1 + counts.1, sum.2 + counts.2)
    });
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    line(
        &mut text,
        0,
        &format!(
            "<testsuites name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" skipped=\"{skipped}\">",
            escaped(&document.title)
        ),
    );
    for suite in &suites {
        suite.write(&mut text);
    }
    line(&mut text, 0, "</testsuites>");
    text
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    result: CaseResult,
    /// What a person reads when they open the case.
    text: String,
}

enum CaseResult {
    Passed,
    Failed,
    Skipped,
}

impl Suite {
    fn counts(&self) -> (usize, usize, usize) {
        let failed = |case: &&Case| matches!(case.result, CaseResult::Failed);
        let skipped = |case: &&Case| matches!(case.result, CaseResult::Skipped);
        (
            self.cases.len(),
            self.cases.iter().filter(failed).count(),
            self.cases.iter().filter(skipped).count(),
        )
    }

    fn write(&self, text: &mut String) {
        let (tests, failures, skipped) = self.counts();
        let name = escaped(&self.name);
        line(
            text,
            1,
            &format!(
                "<testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" skipped=\"{skipped}\">"
            ),
        );
        for case in &self.cases {
            line(
                text,
                2,
                &format!(
                    "<testcase classname=\"{name}\" name=\"{}\">",
                    escaped(&case.name)
                ),
            );
            let said = escaped(&case.text);
            match case.result {
                CaseResult::Passed if said.is_empty() => {}
                CaseResult::Passed => line(text, 3, &format!("<system-out>{said}</system-out>")),
                CaseResult::Failed => line(
                    text,
                    3,
                    &format!(
                        "<failure message=\"{}\">{said}</failure>",
                        escaped(&case.name)
                    ),
                ),
                CaseResult::Skipped => line(text, 3, &format!("<skipped message=\"{said}\"/>")),
            }
            line(text, 2, "</testcase>");
        }
        line(text, 1, "</testsuite>");
    }
}

fn answer(document: &Document) -> Suite {
    let figures: Vec<String> = document
        .headline
        .iter()
        .map(|figure| format!("{}: {}", figure.label, format::figure(figure)))
        .collect();
    Suite {
        name: "answer".to_owned(),
        cases: vec![Case {
            name: document.status.outcome.word().to_owned(),
            result: match document.status.outcome {
                Outcome::Fit | Outcome::Informs => CaseResult::Passed,
                Outcome::Unfit => CaseResult::Failed,
                Outcome::CannotTell => CaseResult::Skipped,
            },
            text: format!("{}. {}", document.status.text, figures.join("; ")),
        }],
    }
}

fn findings(section: &Section) -> Option<Suite> {
    let cases: Vec<Case> = section
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Findings { findings } => Some(findings),
            _ => None,
        })
        .flatten()
        .map(case)
        .collect();
    (!cases.is_empty()).then(|| Suite {
        name: section.id.clone(),
        cases,
    })
}

fn case(finding: &Finding) -> Case {
    let mut said = vec![format!("{}: {}", finding.severity.word(), finding.title)];
    if !finding.detail.is_empty() {
        said.push(finding.detail.letters());
    }
    if let Some(remedy) = &finding.remedy {
        said.push(format!("remedy: {}", remedy.advice.letters()));
        if let Some(snippet) = &remedy.snippet {
            let (place, text) = snippet.parts();
            said.push(format!("{place}: {text}"));
        }
    }
    if let Some(acceptance) = &finding.accepted {
        said.push(format!(
            "accepted by {}: {}",
            acceptance.by, acceptance.reason
        ));
    }
    Case {
        name: format!("{} {}", finding.code, finding.title),
        result: if finding.blocks() {
            CaseResult::Failed
        } else if finding.severity == Severity::CannotTell {
            CaseResult::Skipped
        } else {
            CaseResult::Passed
        },
        text: said.join("; "),
    }
}

fn untested(document: &Document) -> Option<Suite> {
    let cases: Vec<Case> = document
        .caveats
        .not_tested
        .iter()
        .map(|text| Case {
            name: text.letters(),
            result: CaseResult::Skipped,
            text: "not tested".to_owned(),
        })
        .collect();
    (!cases.is_empty()).then(|| Suite {
        name: "not-tested".to_owned(),
        cases,
    })
}

fn line(text: &mut String, depth: usize, content: &str) {
    // Writing to a `String` cannot fail.
    let _written = writeln!(text, "{:1$}{content}", "", depth * 2);
}

/// Escapes text for XML content and attributes; characters that XML 1.0 forbids are among the hidden ones.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in visible::line(text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            other => escaped.push(other),
        }
    }
    escaped
}
