//! What the parts of an expression certainly are, so that a field between them can be read as what is
//! meant.
//!
//! A CSV file holds all its values as text. `src_bytes > 100` means a number all the same, and so does
//! `sent + received`; `service == 'http'` means text, and `port == '80'` too.

use cel::common::ast::{Expr, IdedExpr, LiteralValue, operators};

use super::reference::{Reading, Reference, slot_of_name};

/// What a part of an expression certainly is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// A number.
    Number,
    /// Text.
    Text,
    /// True or false.
    Truth,
    /// That depends on the event.
    Open,
}

/// Returns whether an operator or function takes numbers only.
pub(super) fn is_number_operator(function: &str) -> bool {
    [
        operators::SUBSTRACT,
        operators::MULTIPLY,
        operators::DIVIDE,
        operators::MODULO,
        operators::NEGATE,
        "log",
        "int",
    ]
    .contains(&function)
}

impl Sort {
    /// Returns what all `operands` of an operator that takes one type are meant to be: what the first of
    /// them certainly is. A list counts as its elements.
    pub(super) fn of_operands(operands: &[IdedExpr], references: &[Reference]) -> Self {
        let mut sorts = operands.iter().map(|operand| Self::of(operand, references));
        sorts.find(|sort| *sort != Self::Open).unwrap_or(Self::Open)
    }

    fn of(node: &IdedExpr, references: &[Reference]) -> Self {
        match &node.expr {
            Expr::Literal(LiteralValue::Double(_)) => Self::Number,
            Expr::Literal(LiteralValue::String(_)) => Self::Text,
            Expr::Literal(LiteralValue::Boolean(_)) | Expr::Comprehension(_) => Self::Truth,
            Expr::Ident(name) => slot_of_name(name).map_or(Self::Open, |(slot, reading)| {
                Self::of_reference(references.get(slot), reading)
            }),
            Expr::List(list) => Self::of_operands(&list.elements, references),
            Expr::Call(call) if call.func_name == operators::ADD => {
                Self::of_operands(&call.args, references)
            }
            Expr::Call(call) if call.func_name == operators::CONDITIONAL => {
                Self::of_operands(call.args.get(1..).unwrap_or_default(), references)
            }
            Expr::Call(call) => Self::of_call(&call.func_name),
            _ => Self::Open,
        }
    }

    fn of_reference(reference: Option<&Reference>, reading: Reading) -> Self {
        match (reference, reading) {
            (_, Reading::Number) | (Some(Reference::Signal(_)), _) => Self::Number,
            (_, Reading::Truth)
            | (
                Some(
                    Reference::HasField(_) | Reference::HasSignal(_) | Reference::FieldMatches(..),
                ),
                _,
            ) => Self::Truth,
            (Some(reference), _) if reference.is_text() => Self::Text,
            _ => Self::Open,
        }
    }

    fn of_call(function: &str) -> Self {
        match function {
            "lower" | "string" => Self::Text,
            "size" | "double" | "hour" | "weekday" | "days_between" => Self::Number,
            _ if is_number_operator(function) => Self::Number,
            _ => Self::Truth,
        }
    }
}
