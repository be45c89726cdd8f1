//! Why an expression was refused, or did not apply to an event.
//!
//! Messages speak of types and never quote values: an event's content may be private.

use cel::ExecutionError;

use super::reference::slot_of_name;

/// An expression does not compile, or does not apply to an event's types.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// Nothing stood there.
    #[error("the expression is empty")]
    Empty,
    /// The text is over its limit.
    #[error("the expression is longer than {max} bytes: {found}")]
    TooLong {
        /// Bytes of the text.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The text has too many operators and brackets.
    #[error("the expression has more than {max} operators and brackets: {found}")]
    TooManyOperators {
        /// Operators and brackets of the text.
        found: usize,
        /// How many are allowed.
        max: usize,
    },
    /// Parts stand in parts stand in parts.
    #[error("the expression is nested too deep: more than {max}")]
    TooDeep {
        /// The depth allowed.
        max: usize,
    },
    /// The text is no CEL.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Line of the expression, from 1.
        line: usize,
        /// Column of that line, from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// A part of CEL that has no meaning for events.
    #[error("not available here: {what}")]
    Unsupported {
        /// The part, and what to write instead.
        what: &'static str,
    },
    /// No such function.
    #[error("unknown function `{name}`, the nearest is `{nearest}`")]
    UnknownFunction {
        /// As written.
        name: String,
        /// The known function whose name is nearest.
        nearest: &'static str,
    },
    /// The label was named.
    #[error("an expression that sees the label would leak it: `{name}`")]
    Label {
        /// As written.
        name: String,
    },
    /// The second argument of `matches` is no regular expression.
    #[error("not a regular expression: {message}")]
    Pattern {
        /// What the regular expression's parser says.
        message: String,
    },
    /// An operator or function met a type that it does not take.
    #[error("`{operator}` does not apply to {operands}")]
    Types {
        /// As written in an expression.
        operator: String,
        /// The types found, in words.
        operands: String,
    },
    /// A condition gave something else than true or false.
    #[error("a condition must be true or false, but gives {found}")]
    NotBoolean {
        /// What it gives, in words.
        found: &'static str,
    },
    /// The value has no place in a column.
    #[error("a column holds text, a number or true or false, but the expression gives {found}")]
    NotScalar {
        /// What it gives, in words.
        found: &'static str,
    },
    /// The evaluation failed in a way that has no better name.
    #[error("the expression could not be evaluated")]
    Failed,
}

/// What came of an evaluation that gave no value.
pub(super) enum Failure {
    /// The result is missing.
    Missing,
    /// The expression does not apply.
    Error(ExpressionError),
}

/// Sorts the interpreter's errors into missing results and real ones.
pub(super) fn failure(error: &ExecutionError) -> Failure {
    let types = |operator: &str, operands: &[String]| {
        Failure::Error(ExpressionError::Types {
            operator: operator_text(operator),
            operands: in_words(operands),
        })
    };
    match error {
        // Slots are numbers: one that does not resolve is a missing field.
        ExecutionError::UndeclaredReference(name) if slot_of_name(name).is_some() => {
            Failure::Missing
        }
        ExecutionError::DivisionByZero(_)
        | ExecutionError::RemainderByZero(_)
        | ExecutionError::Overflow(..)
        | ExecutionError::FunctionError { .. } => Failure::Missing,
        ExecutionError::NoSuchOverload(overload) => {
            types(overload.function(), overload.argument_types())
        }
        ExecutionError::ValuesNotComparable(left, right) => types(
            "comparison",
            &[left.type_of().to_string(), right.type_of().to_string()],
        ),
        ExecutionError::UnsupportedBinaryOperator(operator, left, right) => types(
            operator,
            &[left.type_of().to_string(), right.type_of().to_string()],
        ),
        ExecutionError::UndeclaredReference(name) => types(name, &[]),
        ExecutionError::UnexpectedType { got, want } => {
            types(&format!("a {}", type_word(want)), std::slice::from_ref(got))
        }
        _ => Failure::Error(ExpressionError::Failed),
    }
}

/// Returns an operator as people write it: `_>_` is `>`, `@in` is `in`.
fn operator_text(name: &str) -> String {
    match name {
        "_?_:_" => "? :".to_owned(),
        "add" => "+".to_owned(),
        "sub" => "-".to_owned(),
        "mul" => "*".to_owned(),
        "div" => "/".to_owned(),
        "rem" => "%".to_owned(),
        _ => name.trim_matches(['_', '@']).to_owned(),
    }
}

fn in_words(types: &[String]) -> String {
    if types.is_empty() {
        return "these types".to_owned();
    }
    let words: Vec<&str> = types.iter().map(|name| type_word(name)).collect();
    words.join(" and ")
}

/// Returns an interpreter's type name in a reader's words.
pub(super) fn type_word(name: &str) -> &'static str {
    match name {
        "double" | "float" | "int" | "uint" => "number",
        "string" => "text",
        "bool" => "true or false",
        "list" => "list",
        _ => "another type",
    }
}
