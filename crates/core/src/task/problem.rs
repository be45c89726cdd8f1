//! What can be wrong with a task's text. All problems are told at once, each with its line.

use std::fmt;

use crate::expression::ExpressionError;

/// One thing that is wrong with a task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The text is no TOML.
    #[error("not TOML: {message}")]
    Syntax {
        /// What the parser says.
        message: String,
    },
    /// The task is written for another version of ringtrue.
    #[error("this ringtrue reads tasks of `format = 1`, not of format: {found}")]
    Format {
        /// What the text says.
        found: String,
    },
    /// A key that no task has.
    #[error("unknown key `{key}`")]
    UnknownKey {
        /// The key with its section.
        key: String,
        /// The known key that is nearest.
        nearest: String,
    },
    /// A key that every task needs.
    #[error("missing key `{key}`")]
    MissingKey {
        /// The key with its section.
        key: String,
    },
    /// A value of another type.
    #[error("`{key}` must be {expected}, but is {found}")]
    WrongType {
        /// The key with its section.
        key: String,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A number outside its range.
    #[error("`{key}` must be {range}: {found}")]
    OutOfRange {
        /// The key with its section.
        key: String,
        /// The range, in words.
        range: &'static str,
        /// What stands there.
        found: String,
    },
    /// A word that is none of the words allowed.
    #[error("`{key}` must be one of {allowed}: `{found}`")]
    UnknownWord {
        /// The key with its section.
        key: String,
        /// The words allowed.
        allowed: String,
        /// What stands there.
        found: String,
        /// The allowed word that is nearest.
        nearest: String,
    },
    /// A text that may not be empty is.
    #[error("`{key}` must not be empty")]
    Empty {
        /// The key with its section.
        key: String,
    },
    /// A name stands twice; case and surrounding space do not count.
    #[error("`{key}` names the same thing twice: `{name}`")]
    Repeated {
        /// The section.
        key: String,
        /// The name.
        name: String,
    },
    /// A name that is not declared elsewhere in the task.
    #[error("`{key}` names a {what} that the task does not declare: `{name}`")]
    Undeclared {
        /// The key with its section.
        key: String,
        /// What it must be: a family or a slice.
        what: &'static str,
        /// The name.
        name: String,
        /// The declared name that is nearest, if any is declared.
        nearest: Option<String>,
    },
    /// An expression does not compile.
    #[error("`{key}` is no expression that ringtrue can use: {cause}")]
    Expression {
        /// The key with its section.
        key: String,
        /// Why.
        cause: ExpressionError,
    },
    /// Two keys contradict each other, or one makes no sense for the task's kind.
    #[error("`{key}` {reason}")]
    Conflict {
        /// The key with its section.
        key: String,
        /// Why it cannot stand, as the rest of the sentence.
        reason: String,
    },
}

impl Problem {
    /// Returns what would probably mend it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey { nearest, .. }
            | Self::UnknownWord { nearest, .. }
            | Self::Undeclared {
                nearest: Some(nearest),
                ..
            } => Some(format!("did you mean `{nearest}`?")),
            Self::Undeclared { what, .. } => Some(match *what {
                "family" => "declare it under `[families]`".to_owned(),
                _ => "declare it under `[slices]`".to_owned(),
            }),
            Self::MissingKey { key } if key == "kind" => {
                Some("write `kind = \"url\"` or `kind = \"table\"`".to_owned())
            }
            _ => None,
        }
    }
}

/// A problem and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskProblem {
    /// The line, from 1; `None` if it is about something that is not there.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for TaskProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(formatter, "line {line}: ")?;
        }
        fmt::Display::fmt(&self.problem, formatter)?;
        match self.problem.hint() {
            Some(hint) => write!(formatter, "\n    hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// A task cannot be used; holds every problem found, in the order of their lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskError {
    /// At least one.
    pub problems: Vec<TaskProblem>,
}

impl fmt::Display for TaskError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => write!(formatter, "the task has a problem")?,
            count => write!(formatter, "the task has {count} problems")?,
        }
        self.problems
            .iter()
            .try_for_each(|problem| write!(formatter, "\n  {problem}"))
    }
}

impl std::error::Error for TaskError {}
