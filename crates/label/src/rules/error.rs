//! Why a rule was refused: the file, the line, and what is wrong there.

use std::fmt;

use ringtrue_core::expression::ExpressionError;

/// Where a rule stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as its reader called it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} line {}", self.file, self.line)
    }
}

/// A rule that was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct RuleError {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub problem: RuleProblem,
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleProblem {
    /// The file is over its limit.
    #[error("the file is longer than {max} bytes: {found}")]
    TooLong {
        /// Bytes of the file.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// It is no TOML, or has unknown, missing or mistyped keys.
    #[error("{message}")]
    Syntax {
        /// What the reader of TOML says.
        message: String,
    },
    /// The file holds no rule.
    #[error("the file holds no rule")]
    Empty,
    /// A name is none.
    #[error("a rule's name is 1 to {max} of a to z, 0 to 9 and `-`: `{name}`")]
    Name {
        /// As written.
        name: String,
        /// Letters allowed.
        max: usize,
    },
    /// Another rule has the name.
    #[error("another rule has this name ({other}): `{name}`")]
    SameName {
        /// The name.
        name: String,
        /// Where the other stands.
        other: Place,
    },
    /// No id of ATT&CK.
    #[error("not an id of ATT&CK, such as T1105 or T1059.004: `{id}`")]
    Attack {
        /// As written.
        id: String,
    },
    /// A malicious rule names no technique.
    #[error("a malicious rule names at least one technique in `attack`: `{name}`")]
    NoAttack {
        /// The rule.
        name: String,
    },
    /// A text that must say something is empty.
    #[error("`{key}` is empty in the rule `{name}`")]
    Blank {
        /// The key.
        key: &'static str,
        /// The rule.
        name: String,
    },
    /// The condition does not compile.
    #[error("the condition of `{name}`: {error}")]
    Condition {
        /// The rule.
        name: String,
        /// Why.
        error: ExpressionError,
    },
    /// The condition is never true or false.
    #[error("the condition of `{name}` is neither true nor false")]
    NoCondition {
        /// The rule.
        name: String,
    },
    /// The condition reads no event at all.
    #[error("the condition of `{name}` reads nothing of the event: it holds for all or for none")]
    Constant {
        /// The rule.
        name: String,
    },
    /// The condition reads a signal that there is not.
    #[error("`{name}` reads a signal that there is not: `{signal}`")]
    UnknownSignal {
        /// The rule.
        name: String,
        /// The signal.
        signal: String,
    },
    /// The condition reads a part that events of its kind do not have.
    #[error("`{name}` reads a part that there is not: `{part}` (there are: {known})")]
    UnknownPart {
        /// The rule.
        name: String,
        /// The part.
        part: String,
        /// Those there are.
        known: String,
    },
    /// The condition fits the types of no event.
    #[error("the condition of `{name}` could be computed for no event: {reason}")]
    Uncomputed {
        /// The rule.
        name: String,
        /// Why.
        reason: String,
    },
    /// The condition says of an example what its author did not mean.
    #[error("`{name}` {} its example under `{key}`: {example}", if *.key == "matches" { "does not hold for" } else { "holds for" })]
    Untrue {
        /// The rule.
        name: String,
        /// The key that the example stands under.
        key: &'static str,
        /// The example.
        example: String,
    },
    /// An example has no evidence in a table.
    #[error("an example of `{name}` must be a table of fields: a row of a table has no one text")]
    Example {
        /// The rule.
        name: String,
    },
}
