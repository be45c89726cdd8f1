//! Views: an event as it passes by, borrowed from the input and after the privacy rules, for what looks at every event and keeps few.
//!
//! ```text
//!   record ──build (privacy)──► View ──► counted, hashed, profiled
//!                                 └────► Event, where it is kept
//! ```

use std::borrow::Cow;
use std::sync::Arc;

use crate::event::{Event, Field, Kind, Trust, Value};
use crate::label::Label;
use crate::time::EventTime;

/// One field's value while it passes by; what [`Value`] is to what is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing stood there.
    Missing,
    /// A truth value.
    Boolean(bool),
    /// A number; never NaN.
    Number(f64),
    /// Anything else; never empty as sources read it.
    Text(Cow<'a, str>),
}

impl Cell<'_> {
    /// Returns the value as text: `None` when missing, numbers in their shortest form.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Missing => None,
            Self::Boolean(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Self::Number(value) => Some(Cow::Owned(value.to_string())),
            Self::Text(text) => Some(Cow::Borrowed(text)),
        }
    }

    /// Returns the same value without what it owns.
    #[must_use]
    pub fn borrowed(&self) -> Cell<'_> {
        match self {
            Self::Missing => Cell::Missing,
            Self::Boolean(value) => Cell::Boolean(*value),
            Self::Number(value) => Cell::Number(*value),
            Self::Text(text) => Cell::Text(Cow::Borrowed(text)),
        }
    }

    /// Returns the value to keep.
    #[must_use]
    pub fn value(&self) -> Value {
        match self {
            Self::Missing => Value::Missing,
            Self::Boolean(value) => Value::Boolean(*value),
            Self::Number(value) => Value::Number(*value),
            Self::Text(text) => Value::Text(Arc::from(&**text)),
        }
    }

    /// Returns whether nothing stood there.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

impl<'a> From<&'a Value> for Cell<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Missing => Cell::Missing,
            Value::Boolean(value) => Cell::Boolean(*value),
            Value::Number(value) => Cell::Number(*value),
            Value::Text(text) => Cell::Text(Cow::Borrowed(text)),
        }
    }
}

/// One parsed thing that happened, as it passes by; each part means what it means in [`Event`].
#[derive(Clone, Debug, PartialEq)]
pub struct View<'a> {
    /// What kind of thing it is.
    pub kind: Kind,
    /// When it happened.
    pub time: Option<EventTime>,
    /// When its label became known.
    pub label_known: Option<EventTime>,
    /// What somebody decided.
    pub label: Option<Label>,
    /// Where it was seen or collected.
    pub source: Option<Cow<'a, str>>,
    /// Whose data that source is.
    pub trust: Trust,
    /// The threat family, where known.
    pub family: Option<Cow<'a, str>>,
    /// What belongs together.
    pub group: Option<Cow<'a, str>>,
    /// The names of the fields; one list for all events of an input that have the same fields.
    pub names: &'a Arc<[Arc<str>]>,
    /// The fields' values under `names`, after the privacy rules; those at the end may be absent.
    pub cells: Vec<Cell<'a>>,
}

impl<'a> View<'a> {
    /// Returns a kept event as if it passed by; `names` are those of its fields, in their order.
    #[must_use]
    pub fn of(event: &'a Event, names: &'a Arc<[Arc<str>]>) -> Self {
        let borrowed = |text: &'a Option<Arc<str>>| text.as_deref().map(Cow::Borrowed);
        Self {
            kind: event.kind,
            time: event.time,
            label_known: event.label_known,
            label: event.label,
            source: borrowed(&event.source),
            trust: event.trust,
            family: borrowed(&event.family),
            group: borrowed(&event.group),
            names,
            cells: event
                .fields
                .iter()
                .map(|field| Cell::from(&field.value))
                .collect(),
        }
    }

    /// Returns the event to keep.
    #[must_use]
    pub fn event(&self) -> Event {
        let kept = |text: &Option<Cow<'_, str>>| text.as_deref().map(Arc::from);
        let fields = self.names.iter().zip(&self.cells);
        Event {
            kind: self.kind,
            time: self.time,
            label_known: self.label_known,
            label: self.label,
            source: kept(&self.source),
            trust: self.trust,
            family: kept(&self.family),
            group: kept(&self.group),
            fields: fields
                .map(|(name, cell)| Field {
                    name: Arc::clone(name),
                    value: cell.value(),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_event_stays_what_it_is_as_it_passes_again() {
        let field = |name: &str, value| Field {
            name: Arc::from(name),
            value,
        };
        let event = Event {
            kind: Kind::Table,
            time: Some(EventTime(7)),
            label_known: Some(EventTime(9)),
            label: Some(Label::Malicious),
            source: Some(Arc::from("feed")),
            trust: Trust::Public,
            family: Some(Arc::from("loader")),
            group: Some(Arc::from("case 4")),
            fields: vec![
                field("bytes", Value::Number(0.5)),
                field("verb", Value::Text(Arc::from("get"))),
            ],
        };
        let names = ["bytes", "verb"].map(Arc::from).into();
        assert_eq!(View::of(&event, &names).event(), event);
    }

    #[test]
    fn a_value_stays_what_it_is_as_it_passes() {
        for value in [
            Value::Missing,
            Value::Boolean(true),
            Value::Number(0.1),
            Value::Text(Arc::from("a")),
        ] {
            let cell = Cell::from(&value);
            assert_eq!(cell.value(), value);
            assert_eq!(cell.borrowed(), cell);
            assert_eq!(cell.text().as_deref(), value.text().as_deref());
            assert_eq!(cell.is_missing(), value.is_missing());
        }
    }

    #[test]
    fn what_is_kept_of_a_view_has_the_fields_that_came() {
        let names: Arc<[Arc<str>]> = Arc::from([Arc::from("a"), Arc::from("b"), Arc::from("late")]);
        let view = View {
            kind: Kind::Table,
            time: None,
            label_known: None,
            label: Some(Label::Benign),
            source: Some(Cow::Borrowed("s")),
            trust: Trust::Own,
            family: None,
            group: None,
            names: &names,
            cells: vec![Cell::Number(1.0), Cell::Text(Cow::Borrowed("x"))],
        };
        let event = view.event();
        assert_eq!(event.fields.len(), 2);
        assert_eq!(event.value("b"), &Value::Text(Arc::from("x")));
        assert_eq!(event.source.as_deref(), Some("s"));
    }
}
