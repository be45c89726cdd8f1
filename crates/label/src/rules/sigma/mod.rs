//! Sigma's rules on processes of Linux, translated into ours.
//!
//! ```text
//!   YAML ──yaml──► nodes ──search──► one condition for each named search ──condition──► the whole ──► Draft
//! ```
//!
//! A rule is translated as it is meant, or refused with the reason: nothing is left out and nothing guessed. What a field is
//! read from:
//!
//! | Sigma | read from |
//! |---|---|
//! | `CommandLine` | `command` |
//! | `Image`, where it ends in a name alone (`\|endswith: '/curl'`) | `parts.program`: of lines that start one program |
//! | `Image` else | `parts.image`: the column `exe` or `Image` of the input |
//! | `ParentImage`, `ParentCommandLine` | the columns of these names |
//! | `CurrentDirectory`, `User` | `cwd`, `user` |
//!
//! An event that lacks what a rule reads is abstained on. Texts are compared without regard to case, `*` and `?` stand for any
//! letters, as Sigma says.

mod condition;
mod search;
#[cfg(test)]
mod tests;
mod value;
mod yaml;

use std::collections::BTreeMap;

use ringtrue_core::expression::{Expression, ExpressionError};

use self::yaml::{Data, Node};
use super::file::{NAME_LETTERS_MAX, is_attack};
use super::rule::Polarity;
use super::written::Draft;

/// Why a rule was not translated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file} line {line}: {problem}")]
pub struct SigmaError {
    /// The file, as its reader called it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is in the way.
    pub problem: SigmaProblem,
}

/// What is in the way of a translation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigmaProblem {
    /// The file is over its limit.
    #[error("the file is longer than {max} bytes: {found}")]
    TooLong {
        /// Bytes of the file.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// It is no YAML, or of a kind that no rule needs.
    #[error("not YAML as Sigma uses it: {message}")]
    Yaml {
        /// Why.
        message: String,
    },
    /// A key is missing or holds something else.
    #[error("`{key}` must be {wanted}")]
    Key {
        /// The key.
        key: String,
        /// What belongs there.
        wanted: &'static str,
    },
    /// The rule is about another log.
    #[error("only rules on processes of Linux are read, not those on `{logsource}`")]
    Logsource {
        /// What it is about.
        logsource: String,
    },
    /// A field that events of commands do not have.
    #[error("events of commands have no such field: `{field}`")]
    Field {
        /// The field.
        field: String,
    },
    /// A modifier without a translation.
    #[error("the modifier has no translation: `{modifier}`")]
    Modifier {
        /// The modifier.
        modifier: String,
    },
    /// A value without a translation.
    #[error("the value has no translation: {what}")]
    Value {
        /// What it is.
        what: &'static str,
    },
    /// The condition cannot be read.
    #[error("the condition cannot be translated: {what}")]
    Condition {
        /// Why.
        what: String,
    },
    /// The translation is over what an expression may be, or a pattern is none.
    #[error("the translation is refused: {error}")]
    Translation {
        /// Why.
        error: ExpressionError,
    },
}

/// Bytes of a file.
const FILE_BYTES_MAX: usize = 1 << 18;

/// Translates one file that holds one rule.
///
/// # Errors
///
/// [`SigmaError`] with line and reason if any part of it has no exact translation.
pub fn translate(file: &str, text: &str) -> Result<Draft, SigmaError> {
    let located = |(line, problem)| SigmaError {
        file: file.to_owned(),
        line,
        problem,
    };
    draft(text).map_err(located)
}

/// A problem with its line.
type Found = (usize, SigmaProblem);

fn draft(text: &str) -> Result<Draft, Found> {
    if text.len() > FILE_BYTES_MAX {
        let problem = SigmaProblem::TooLong {
            found: text.len(),
            max: FILE_BYTES_MAX,
        };
        return Err((1, problem));
    }
    let root = yaml::read(text)?;
    check_keys(&root)?;
    check_logsource(&root)?;
    let title = text_of(&root, "title")?;
    let detection = child(&root, "detection")?;
    let condition = whole_condition(detection)?;
    Expression::compile(&condition)
        .map_err(|error| (detection.line, SigmaProblem::Translation { error }))?;
    Ok(Draft {
        name: name_of(title),
        attack: attack_of(&root)?,
        polarity: Polarity::Malicious,
        author: text_of(&root, "author").unwrap_or("unknown").to_owned(),
        notes: notes_of(&root, title),
        condition,
    })
}

/// Refuses what changes the meaning of a rule and is not understood here.
fn check_keys(root: &Node) -> Result<(), Found> {
    const MEANING: [&str; 3] = ["action", "correlation", "filter"];
    let Data::Map(entries) = &root.data else {
        let key = "the file".to_owned();
        return Err((
            root.line,
            SigmaProblem::Key {
                key,
                wanted: "one rule",
            },
        ));
    };
    let odd = entries
        .iter()
        .find(|(key, _)| MEANING.contains(&key.as_str()));
    odd.map_or(Ok(()), |(key, node)| {
        let what = format!("`{key}` makes it more than one plain rule");
        Err((node.line, SigmaProblem::Condition { what }))
    })
}

fn check_logsource(root: &Node) -> Result<(), Found> {
    let node = child(root, "logsource")?;
    let word = |key| node.get(key).and_then(Node::text).unwrap_or("");
    let (product, category) = (word("product"), word("category"));
    let is_plain = word("service").is_empty();
    if product == "linux" && category == "process_creation" && is_plain {
        return Ok(());
    }
    let words = [product, category, word("service")];
    let stated: Vec<&str> = words.into_iter().filter(|it| !it.is_empty()).collect();
    let logsource = stated.join(" ");
    Err((node.line, SigmaProblem::Logsource { logsource }))
}

fn whole_condition(detection: &Node) -> Result<String, Found> {
    let Data::Map(entries) = &detection.data else {
        return Err(wrong(detection, "detection", "a map of searches"));
    };
    let mut searches = BTreeMap::new();
    for (name, node) in entries {
        match name.as_str() {
            "condition" => {}
            "timeframe" => {
                let what = "a time frame counts several events".to_owned();
                return Err((node.line, SigmaProblem::Condition { what }));
            }
            _ => {
                searches.insert(name.as_str(), search::translate(name, node)?);
            }
        }
    }
    let node = child(detection, "condition")?;
    let Some(text) = node.text() else {
        return Err(wrong(
            node,
            "condition",
            "one text: of several, each is a rule of its own",
        ));
    };
    condition::translate(text, &searches)
        .map_err(|what| (node.line, SigmaProblem::Condition { what }))
}

fn wrong(node: &Node, key: &str, wanted: &'static str) -> Found {
    let key = key.to_owned();
    (node.line, SigmaProblem::Key { key, wanted })
}

fn child<'a>(node: &'a Node, key: &str) -> Result<&'a Node, Found> {
    node.get(key).ok_or_else(|| wrong(node, key, "stated"))
}

fn text_of<'a>(root: &'a Node, key: &str) -> Result<&'a str, Found> {
    let node = child(root, key)?;
    let text = node.text().filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| wrong(node, key, "a text"))
}

/// Returns the title in the letters of a name.
fn name_of(title: &str) -> String {
    let mut name = String::new();
    for letter in title.chars() {
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_lowercase());
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    let name: String = name.chars().take(NAME_LETTERS_MAX).collect();
    let name = name.trim_end_matches('-');
    if name.is_empty() { "unnamed" } else { name }.to_owned()
}

/// Returns the techniques among the tags; a rule without one is refused, for it could not be told what it is about.
fn attack_of(root: &Node) -> Result<Vec<String>, Found> {
    let node = child(root, "tags")?;
    let tags = node.items().filter_map(Node::text);
    let ids = tags.filter_map(|tag| Some(tag.strip_prefix("attack.")?.to_ascii_uppercase()));
    let ids: Vec<String> = ids.filter(|id| is_attack(id)).collect();
    if ids.is_empty() {
        return Err(wrong(
            node,
            "tags",
            "a list with a technique of ATT&CK (attack.t1105)",
        ));
    }
    Ok(ids)
}

fn notes_of(root: &Node, title: &str) -> String {
    let stated = |key: &str| {
        let text = root.get(key)?.text()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let mut notes = stated("description").unwrap_or_else(|| title.to_owned());
    if let Some(id) = stated("id") {
        notes.push_str(&[" Sigma ", &id, "."].concat());
    }
    if let Some(node) = root.get("falsepositives") {
        let errs: Vec<&str> = node.items().filter_map(Node::text).collect();
        notes.push_str(&[" Errs: ", &errs.join("; "), "."].concat());
    }
    notes
}
