//! Evaluation: an expression's slots are filled from one event, and only those it names.
//!
//! Nothing is copied out of the event but what the expression computes.

use std::sync::Arc;

use cel::common::types::{CelBool, CelDouble, CelString};
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, Value as CelValue};

use super::compile::Expression;
use super::error::{ExpressionError, Failure, failure};
use super::reference::{Reading, Reference, slot_of_name};
use crate::event::{Event, Value};
use crate::row::Row;
use crate::signal::SignalSchema;
use crate::task::same_name;

/// The signals of one event, for expressions that name `signals.some_signal`.
#[derive(Clone, Copy, Debug)]
pub struct Signals<'a> {
    /// What the numbers are.
    pub schema: &'a SignalSchema,
    /// The event's row, one number per signal of the schema; NaN means missing.
    pub values: Row<'a>,
}

impl Expression {
    /// Returns whether the condition holds for `event`. A condition that is missing does not.
    ///
    /// # Errors
    ///
    /// [`ExpressionError::Types`] if an operator meets a type it does not take, and
    /// [`ExpressionError::NotBoolean`] if the result is neither true nor false.
    pub fn holds(&self, event: &Event) -> Result<bool, ExpressionError> {
        self.holds_with(event, None)
    }

    /// As [`Expression::holds`], with the event's signals; without them each is missing.
    ///
    /// # Errors
    ///
    /// As [`Expression::holds`].
    pub fn holds_with(
        &self,
        event: &Event,
        signals: Option<Signals<'_>>,
    ) -> Result<bool, ExpressionError> {
        self.decide(event, signals)
            .map(|decided| decided.unwrap_or(false))
    }

    /// As [`Expression::holds_with`], but a condition that is missing is `None`.
    ///
    /// # Errors
    ///
    /// As [`Expression::holds`].
    pub fn decide(
        &self,
        event: &Event,
        signals: Option<Signals<'_>>,
    ) -> Result<Option<bool>, ExpressionError> {
        match self.resolve(event, signals)? {
            None => Ok(None),
            Some(CelValue::Bool(holds)) => Ok(Some(holds)),
            Some(CelValue::String(word)) if truth_of(&word).is_some() => Ok(truth_of(&word)),
            Some(other) => Err(ExpressionError::NotBoolean {
                found: kind_of(&other),
            }),
        }
    }

    /// Returns the value of a derived column for `event`; a number that is not finite is missing.
    ///
    /// # Errors
    ///
    /// [`ExpressionError::Types`] if an operator meets a type it does not take, and
    /// [`ExpressionError::NotScalar`] if the result is a list.
    pub fn value(&self, event: &Event) -> Result<Value, ExpressionError> {
        self.value_with(event, None)
    }

    /// As [`Expression::value`], with the event's signals; without them each is missing.
    ///
    /// # Errors
    ///
    /// As [`Expression::value`].
    pub fn value_with(
        &self,
        event: &Event,
        signals: Option<Signals<'_>>,
    ) -> Result<Value, ExpressionError> {
        match self.resolve(event, signals)? {
            None => Ok(Value::Missing),
            Some(CelValue::Bool(value)) => Ok(Value::Boolean(value)),
            Some(CelValue::Float(value)) => Ok(Value::Number(value)),
            Some(CelValue::String(text)) => Ok(Value::Text(Arc::from(text.as_str()))),
            Some(other) => Err(ExpressionError::NotScalar {
                found: kind_of(&other),
            }),
        }
    }

    /// Evaluates; `None` means missing, as is a number that is not finite.
    fn resolve(
        &self,
        event: &Event,
        signals: Option<Signals<'_>>,
    ) -> Result<Option<CelValue>, ExpressionError> {
        let scope = Scope {
            references: self.references(),
            event,
            signals,
        };
        let mut context = Context::with_env(Arc::clone(self.environment()));
        context.set_variable_resolver(&scope);
        match CelValue::resolve(self.root(), &context) {
            Ok(CelValue::Float(value)) if !value.is_finite() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(error) => match failure(&error) {
                Failure::Missing => Ok(None),
                Failure::Error(error) => Err(error),
            },
        }
    }
}

/// Fills slots from one event.
struct Scope<'a> {
    references: &'a [Reference],
    event: &'a Event,
    signals: Option<Signals<'a>>,
}

impl VariableResolver for Scope<'_> {
    /// `variable` is a slot's number; variables of macros are identifiers and never found here.
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let (slot, reading) = slot_of_name(variable)?;
        match self.references.get(slot)? {
            Reference::Kind => Some(text(self.event.kind.word())),
            Reference::Time => {
                let time = self.event.time?.to_string();
                Some(CowVal::owned(CelString::from(time)))
            }
            Reference::Source => self.event.source.as_deref().map(text),
            Reference::Trust => Some(text(self.event.trust.word())),
            Reference::Family => self.event.family.as_deref().map(text),
            Reference::Group => self.event.group.as_deref().map(text),
            Reference::Field(name) => value(self.field(name), reading),
            Reference::HasField(name) => Some(truth(!self.field(name).is_missing())),
            Reference::Signal(name) => self.signal(name).map(number),
            Reference::HasSignal(name) => Some(truth(self.signal(name).is_some())),
            Reference::FieldMatches(name, pattern) => match self.field(name) {
                Value::Text(content) => Some(truth(pattern.is_match(content))),
                other => other
                    .text()
                    .map(|content| truth(pattern.is_match(&content))),
            },
        }
    }
}

impl<'a> Scope<'a> {
    /// Returns the value of the field of this name, or else of this name in another case.
    fn field(&self, name: &str) -> &'a Value {
        let fields = &self.event.fields;
        fields
            .iter()
            .find(|field| *field.name == *name)
            .or_else(|| fields.iter().find(|field| same_name(&field.name, name)))
            .map_or(&Value::Missing, |field| &field.value)
    }

    fn signal(&self, name: &str) -> Option<f64> {
        let signals = self.signals?;
        let value = signals.values.get(signals.schema.position(name)?);
        (!value.is_nan()).then_some(value)
    }
}

fn value(value: &Value, reading: Reading) -> Option<CowVal<'_, '_>> {
    match value {
        Value::Text(content) if reading == Reading::Number => {
            Some(number_of(content).map_or_else(|| text(content), number))
        }
        Value::Text(content) if reading == Reading::Truth => {
            Some(truth_of(content).map_or_else(|| text(content), truth))
        }
        Value::Missing => None,
        Value::Boolean(value) => Some(truth(*value)),
        Value::Number(value) => Some(number(*value)),
        Value::Text(content) => Some(text(content)),
    }
}

fn number_of(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

fn truth_of(text: &str) -> Option<bool> {
    let text = text.trim();
    [("true", true), ("false", false)]
        .into_iter()
        .find(|(word, _)| text.eq_ignore_ascii_case(word))
        .map(|(_, truth)| truth)
}

fn text(content: &str) -> CowVal<'_, '_> {
    CowVal::owned(CelString::from(content))
}

fn truth<'b>(value: bool) -> CowVal<'b, 'b> {
    CowVal::owned(CelBool::from(value))
}

fn number<'b>(value: f64) -> CowVal<'b, 'b> {
    CowVal::owned(CelDouble::from(value))
}

fn kind_of(value: &CelValue) -> &'static str {
    match value {
        CelValue::Bool(_) => "true or false",
        CelValue::Float(_) | CelValue::Int(_) | CelValue::UInt(_) => "a number",
        CelValue::String(_) => "text",
        CelValue::List(_) => "a list",
        _ => "another type",
    }
}
