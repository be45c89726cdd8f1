//! Events: one parsed thing that happened, with time, source and what is known of it.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::digest::{DigestBuilder, NotHex, read_hex, write_hex};
use crate::label::Label;
use crate::time::EventTime;

/// What kind of thing an event is; it decides which signals are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A URL, in the field `url`.
    Url,
    /// An e-mail as it was received, in the field `raw`: as text, or in base64 if the field `enc` says so.
    Email,
    /// A shell command line, a script or an argument vector, in the field `command`.
    Command,
    /// Commands in order, in the field `commands`.
    Session,
    /// A row of any table.
    Table,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Url,
        Self::Email,
        Self::Command,
        Self::Session,
        Self::Table,
    ];

    /// Returns the kind's one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Email => "email",
            Self::Command => "command",
            Self::Session => "session",
            Self::Table => "table",
        }
    }

    /// Returns the field in which an event of this kind has its evidence, which is also the key under which a task names
    /// the input's column; `None` for tables, whose columns all are evidence.
    #[must_use]
    pub const fn evidence(self) -> Option<&'static str> {
        match self {
            Self::Url => Some("url"),
            Self::Email => Some("raw"),
            Self::Command => Some("command"),
            Self::Session => Some("commands"),
            Self::Table => None,
        }
    }

    /// Returns what an event of this kind is called in a sentence.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Url => "URL",
            Self::Email => "e-mail",
            Self::Command => "command",
            Self::Session => "session",
            Self::Table => "row",
        }
    }

    /// Returns whether somebody on some machine does these things, so that what they usually do tells something.
    #[must_use]
    pub const fn has_actor(self) -> bool {
        matches!(self, Self::Command | Self::Session)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// Whose data a source is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// The organisation's own traffic.
    Own,
    /// A partner's, under agreement.
    Partner,
    /// Anybody can read it, attackers too.
    #[default]
    Public,
    /// Made by a program.
    Synthetic,
}

impl Trust {
    /// Every trust, most trusted first.
    pub const ALL: [Self; 4] = [Self::Own, Self::Partner, Self::Public, Self::Synthetic];

    /// Returns the trust's one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Partner => "partner",
            Self::Public => "public",
            Self::Synthetic => "synthetic",
        }
    }
}

impl FromStr for Trust {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|trust| trust.word() == text)
            .ok_or_else(|| format!("not a trust (own, partner, public, synthetic): `{text}`"))
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// One field's value, as the input gave it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing stood there: an empty CSV cell, a JSON null, an absent key, a Parquet null.
    Missing,
    /// A truth value.
    Boolean(bool),
    /// A number; never NaN.
    Number(f64),
    /// Anything else.
    Text(Arc<str>),
}

impl Value {
    /// Returns the value as text: `None` when missing, numbers in their shortest form.
    #[must_use]
    pub fn text(&self) -> Option<Arc<str>> {
        match self {
            Self::Missing => None,
            Self::Boolean(value) => Some(Arc::from(if *value { "true" } else { "false" })),
            Self::Number(value) => Some(Arc::from(value.to_string())),
            Self::Text(text) => Some(Arc::clone(text)),
        }
    }

    /// Returns whether nothing stood there.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

/// A named value of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The input's column or key.
    pub name: Arc<str>,
    /// What stood there, after the privacy rules.
    pub value: Value,
}

/// The content hash that names an event: the first 128 bits of a BLAKE3 digest over kind, time,
/// source and fields, written as 32 hexadecimal digits. Label and label time are no part of it,
/// so a later label finds its event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub [u8; 16]);

impl fmt::Display for EventId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, formatter)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for EventId {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        read_hex(text)
            .map(Self)
            .ok_or_else(|| NotHex(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One parsed thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What kind of thing it is.
    pub kind: Kind,
    /// When it happened; `None` if the input does not say.
    pub time: Option<EventTime>,
    /// When its label became known; `None` means: with the event.
    pub label_known: Option<EventTime>,
    /// What somebody decided; `None` if nobody has.
    pub label: Option<Label>,
    /// Where it was seen or collected.
    pub source: Option<Arc<str>>,
    /// Whose data that source is.
    pub trust: Trust,
    /// The threat family, campaign kind or brand, where known.
    pub family: Option<Arc<str>>,
    /// What belongs together and must not be split (a customer, a host, a campaign).
    pub group: Option<Arc<str>>,
    /// The evidence, in the input's order, after the privacy rules.
    pub fields: Vec<Field>,
}

/// The fields of an event, looked up by name in a time that does not grow with their number.
#[derive(Clone, Debug)]
pub struct FieldsByName<'a> {
    fields: &'a [Field],
    /// The places of names, where there are too many fields to look through.
    places: HashMap<&'a str, usize>,
}

/// Fields up to which looking through them is quicker than a table of their names.
const LOOKED_THROUGH_MAX: usize = 64;

impl<'a> FieldsByName<'a> {
    fn new(fields: &'a [Field]) -> Self {
        let mut places = HashMap::new();
        if fields.len() > LOOKED_THROUGH_MAX {
            for (place, field) in fields.iter().enumerate() {
                places.entry(&*field.name).or_insert(place);
            }
        }
        Self { fields, places }
    }

    /// Returns the value of the field `name`, [`Value::Missing`] if there is none.
    #[must_use]
    pub fn value(&self, name: &str) -> &'a Value {
        let place = if self.fields.len() > LOOKED_THROUGH_MAX {
            self.places.get(name).copied()
        } else {
            self.fields.iter().position(|field| &*field.name == name)
        };
        let field = place.and_then(|place| self.fields.get(place));
        field.map_or(&Value::Missing, |field| &field.value)
    }
}

impl Event {
    /// Returns the value of the field `name`, [`Value::Missing`] if there is none.
    #[must_use]
    pub fn value(&self, name: &str) -> &Value {
        self.fields
            .iter()
            .find(|field| &*field.name == name)
            .map_or(&Value::Missing, |field| &field.value)
    }

    /// Gives the field `name` another value; a field that is not there is added, unless its value is missing.
    pub fn set(&mut self, name: &str, value: Value) {
        if let Some(field) = self.fields.iter_mut().find(|field| &*field.name == name) {
            field.value = value;
        } else if !value.is_missing() {
            let name = Arc::from(name);
            self.fields.push(Field { name, value });
        }
    }

    /// Returns the fields for looking many of them up.
    #[must_use]
    pub fn by_name(&self) -> FieldsByName<'_> {
        FieldsByName::new(&self.fields)
    }

    /// Returns when the label could first be used: the later of the event and its label.
    #[must_use]
    pub fn usable_from(&self) -> Option<EventTime> {
        self.time.max(self.label_known)
    }

    /// Returns the content hash that names this event.
    #[must_use]
    pub fn id(&self) -> EventId {
        let mut builder = DigestBuilder::default();
        builder.piece(self.kind.word().as_bytes());
        builder.piece(&self.time.map_or(i64::MIN, |time| time.0).to_le_bytes());
        builder.piece(self.source.as_deref().unwrap_or("").as_bytes());
        for field in &self.fields {
            // The value's type is part of the content: the number 1 is not the text "1".
            match &field.value {
                Value::Missing => continue,
                Value::Boolean(value) => builder
                    .piece(field.name.as_bytes())
                    .piece(b"b")
                    .piece(&[u8::from(*value)]),
                Value::Number(value) => builder
                    .piece(field.name.as_bytes())
                    .piece(b"n")
                    .piece(&value.to_le_bytes()),
                Value::Text(text) => builder
                    .piece(field.name.as_bytes())
                    .piece(b"t")
                    .piece(text.as_bytes()),
            };
        }
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(builder.finish().bytes()) {
            *to = *from;
        }
        EventId(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(url: &str) -> Event {
        Event {
            kind: Kind::Url,
            time: Some(EventTime::from_date(2019, 7, 1)),
            label_known: None,
            label: Some(Label::Benign),
            source: None,
            trust: Trust::Own,
            family: None,
            group: None,
            fields: vec![Field {
                name: Arc::from("url"),
                value: Value::Text(Arc::from(url)),
            }],
        }
    }

    #[test]
    fn fields_are_found_by_name_however_many_there_are() {
        for count in [1, LOOKED_THROUGH_MAX, LOOKED_THROUGH_MAX + 1, 500] {
            let field = |number: usize| Field {
                name: Arc::from(format!("c{}", number % count)),
                value: Value::Number(number as f64),
            };
            let mut many = event("");
            // The first of two fields of one name counts, as it does in `value`.
            many.fields = (0..=count).map(field).collect();
            let fields = many.by_name();
            for name in ["c0".to_owned(), format!("c{}", count - 1), "d".to_owned()] {
                assert_eq!(fields.value(&name), many.value(&name), "{name} of {count}");
            }
        }
    }

    #[test]
    fn id_follows_content_and_not_the_label() {
        let benign = event("http://a.example/");
        let relabelled = Event {
            label: Some(Label::Malicious),
            ..benign.clone()
        };
        assert_eq!(benign.id(), relabelled.id());
        assert_ne!(benign.id(), event("http://b.example/").id());
        assert_eq!(
            benign.id().to_string().parse::<EventId>().ok(),
            Some(benign.id())
        );
    }

    #[test]
    fn a_missing_field_is_as_good_as_none() {
        let mut with_gap = event("http://a.example/");
        with_gap.fields.push(Field {
            name: Arc::from("note"),
            value: Value::Missing,
        });
        assert_eq!(with_gap.id(), event("http://a.example/").id());
    }
}
