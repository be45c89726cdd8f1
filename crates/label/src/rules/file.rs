//! From the text of a rule file to its rules.
//!
//! ```text
//!   TOML ──serde (unknown keys refused)──► what is written ──check──► Rule
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use ringtrue_core::expression::{Expression, ExpressionError};
use ringtrue_core::{Kind, Value};
use serde::Deserialize;
use toml::Spanned;

use super::error::{Place, RuleError, RuleProblem};
use super::rule::{Example, Polarity, Rule};

/// Bytes of a rule file.
pub const FILE_BYTES_MAX: usize = 1 << 20;
/// Letters of a rule's name.
pub const NAME_LETTERS_MAX: usize = 80;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile {
    kind: Kind,
    #[serde(default)]
    rule: Vec<WrittenRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    name: Spanned<String>,
    #[serde(default)]
    attack: Vec<String>,
    polarity: Polarity,
    author: String,
    notes: String,
    condition: Spanned<String>,
    #[serde(default)]
    matches: Vec<WrittenExample>,
    #[serde(default)]
    misses: Vec<WrittenExample>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "an example is the event's text, or a table of its fields"
)]
enum WrittenExample {
    Evidence(String),
    Fields(BTreeMap<String, WrittenValue>),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a field is text, a number, true or false")]
enum WrittenValue {
    Boolean(bool),
    Number(f64),
    Text(String),
}

/// Reads the rules of a file, in their order.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Rule>, Vec<RuleError>> {
    let reader = Reader { file, text };
    if text.len() > FILE_BYTES_MAX {
        let problem = RuleProblem::TooLong {
            found: text.len(),
            max: FILE_BYTES_MAX,
        };
        return Err(vec![reader.error(0, problem)]);
    }
    let written: WrittenFile = toml::from_str(text).map_err(|error| {
        let message = error.message().trim().replace('\n', " ");
        let offset = error.span().map_or(0, |span| span.start);
        vec![reader.error(offset, RuleProblem::Syntax { message })]
    })?;
    if written.rule.is_empty() {
        return Err(vec![reader.error(0, RuleProblem::Empty)]);
    }
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    for rule in written.rule {
        match reader.rule(rule, written.kind) {
            Ok(rule) => rules.push(rule),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        Ok(rules)
    } else {
        Err(errors)
    }
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
}

impl Reader<'_> {
    fn place(&self, offset: usize) -> Place {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        Place {
            file: self.file.to_owned(),
            line: before.split(|byte| *byte == b'\n').count(),
        }
    }

    fn error(&self, offset: usize, problem: RuleProblem) -> RuleError {
        RuleError {
            place: self.place(offset),
            problem,
        }
    }

    fn rule(&self, written: WrittenRule, kind: Kind) -> Result<Rule, RuleError> {
        let place = self.place(written.name.span().start);
        let refuse = |problem| RuleError {
            place: place.clone(),
            problem,
        };
        check(&written).map_err(refuse)?;
        let condition = self.condition(&written)?;
        let name = written.name.into_inner();
        let examples = |written: Vec<WrittenExample>| -> Result<Vec<Example>, RuleError> {
            let read = written.into_iter().map(|it| example(it, kind));
            let read: Option<Vec<Example>> = read.collect();
            read.ok_or_else(|| refuse(RuleProblem::Example { name: name.clone() }))
        };
        Ok(Rule {
            matches: examples(written.matches)?,
            misses: examples(written.misses)?,
            name: name.clone(),
            attack: written.attack,
            polarity: written.polarity,
            author: written.author,
            notes: written.notes,
            kind,
            condition,
            place,
        })
    }

    /// Returns whether the text at `offset` is of several lines and starts on the next: TOML leaves that line's end out.
    fn opens_with_newline(&self, offset: usize) -> bool {
        let written = self.text.get(offset..).unwrap_or_default();
        let quotes = ["'''", "\"\"\""].into_iter();
        let mut behind = quotes.filter_map(|quotes| written.strip_prefix(quotes));
        behind.any(|rest| rest.starts_with('\n') || rest.starts_with("\r\n"))
    }

    /// Compiles the condition; what its parser says of a line is told as one of the file.
    fn condition(&self, written: &WrittenRule) -> Result<Expression, RuleError> {
        let offset = written.condition.span().start;
        let name = || written.name.get_ref().clone();
        let compiled = Expression::compile(written.condition.get_ref()).map_err(|error| {
            let mut place = self.place(offset);
            if let ExpressionError::Syntax { line, .. } = &error {
                place.line += line - 1 + usize::from(self.opens_with_newline(offset));
                // Escapes make lines in the text that the file does not have.
                let last = self.place(written.condition.span().end).line;
                place.line = place.line.min(last);
            }
            let name = name();
            RuleError {
                place,
                problem: RuleProblem::Condition { name, error },
            }
        })?;
        if !compiled.may_be_condition() {
            return Err(self.error(offset, RuleProblem::NoCondition { name: name() }));
        }
        if compiled.references().is_empty() {
            return Err(self.error(offset, RuleProblem::Constant { name: name() }));
        }
        Ok(compiled)
    }
}

fn check(written: &WrittenRule) -> Result<(), RuleProblem> {
    let name = written.name.get_ref();
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > NAME_LETTERS_MAX || !name.bytes().all(is_letter) {
        return Err(RuleProblem::Name {
            name: name.chars().take(NAME_LETTERS_MAX).collect(),
            max: NAME_LETTERS_MAX,
        });
    }
    if let Some(id) = written.attack.iter().find(|id| !is_attack(id)) {
        return Err(RuleProblem::Attack { id: id.clone() });
    }
    if written.attack.is_empty() && written.polarity == Polarity::Malicious {
        return Err(RuleProblem::NoAttack { name: name.clone() });
    }
    for (key, text) in [("author", &written.author), ("notes", &written.notes)] {
        if text.trim().is_empty() {
            return Err(RuleProblem::Blank {
                key,
                name: name.clone(),
            });
        }
    }
    Ok(())
}

/// Returns whether `id` has the form of a technique's: `T` and four digits, and three of a part behind a dot.
pub(super) fn is_attack(id: &str) -> bool {
    let is_number = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let Some(rest) = id.strip_prefix('T') else {
        return false;
    };
    match rest.split_once('.') {
        None => is_number(rest, 4),
        Some((technique, part)) => is_number(technique, 4) && is_number(part, 3),
    }
}

fn example(written: WrittenExample, kind: Kind) -> Option<Example> {
    let fields = match written {
        WrittenExample::Evidence(text) => {
            vec![(
                kind.evidence()?.to_owned(),
                Value::Text(Arc::from(text.as_str())),
            )]
        }
        WrittenExample::Fields(fields) => {
            let value = |value| match value {
                WrittenValue::Boolean(value) => Value::Boolean(value),
                WrittenValue::Number(value) if value.is_nan() => Value::Missing,
                WrittenValue::Number(value) => Value::Number(value),
                WrittenValue::Text(text) => Value::Text(Arc::from(text.as_str())),
            };
            let fields = fields.into_iter();
            fields.map(|(name, it)| (name, value(it))).collect()
        }
    };
    Some(Example { fields })
}
