//! The one signal path: from an event to its row, tokens and entity, in training and in serving.
//!
//! ```text
//!   event ──derive──► event with derived fields ──► row (schema digest), tokens, entity
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use ringtrue_core::expression::{Expression, ExpressionError};
use ringtrue_core::task::{EmailOptions, same_name, stands_for};
use ringtrue_core::{
    Digest, Event, Field, Kind, Limits, Precision, Row, SignalSchema, Task, Value,
};
use serde::{Deserialize, Serialize};

use crate::command::KnownStatements;
use crate::email::Mail;
use crate::evidence;
use crate::habits::{self, HabitSpec};
use crate::history::{self, First, History, HistoryError, HistoryKey, Seen};
use crate::letters::{self, Lettered};
use crate::mapping::Role;
use crate::table::{ForeignTable, TableEncoder};
use crate::text::{self, TextParameters};

/// Everything that decides how an event becomes signals and tokens; stored with a detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReaderSpec {
    /// What the events are.
    pub kind: Kind,
    /// Derived columns, name and expression, in order.
    pub derived: Vec<(String, String)>,
    /// The columns of a table, or the derived columns of another kind.
    pub table: TableEncoder,
    /// The columns of a model trained elsewhere, which are read instead of all the above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<ForeignTable>,
    /// Whose habits rows tell of; of nobody's if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub habits: Option<HabitSpec>,
    /// How mail is read.
    #[serde(default)]
    pub email: EmailOptions,
    /// How text is cut into tokens.
    pub text: TextParameters,
    /// What hostile input may make a reader hold.
    pub limits: Limits,
}

/// Reads events as a [`ReaderSpec`] says.
pub struct SignalReader {
    spec: ReaderSpec,
    derived: Vec<(Arc<str>, Expression)>,
    schema: SignalSchema,
    digest: Digest,
    /// What users and hosts are called by in a history.
    key: HistoryKey,
}

/// How much of an event is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Its signals and its tokens.
    Whole,
    /// Its tokens: each signal of the row is missing, but for those of habits. Much quicker, and all that a model of texts reads.
    Text,
}

/// What is known of an event before it is read. What is made of it is the same without, and takes longer.
#[derive(Debug, Default)]
pub struct Known<'k> {
    /// What [`Mail::parse`] makes of the event's mail under the limits of the reader.
    pub mail: Option<&'k Mail>,
    /// What was found of statements of commands and sessions that were read before, and room for what will be.
    pub statements: Option<&'k mut KnownStatements>,
}

/// What a reader makes of one event; reused from event to event.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub(crate) row: Vec<f32>,
    /// The row of a model trained elsewhere.
    pub(crate) doubles: Vec<f64>,
    pub(crate) precision: Precision,
    /// The numbers of the programs that run, if a history takes the event in.
    pub(crate) programs: Vec<u64>,
    pub(crate) seen: Option<Seen>,
    /// The hashes of the tokens, in any order, perhaps repeated.
    pub tokens: Vec<u32>,
    /// Who stands behind the event, hashed: the registrable domain of a URL, the sender of a mail, the shape of a command,
    /// the group of a table's row.
    pub entity: u32,
}

impl Reading {
    /// Takes out what a history takes in of the event: what [`SignalReader::seen`] returns, without parsing it once more.
    #[must_use]
    pub const fn take_seen(&mut self) -> Option<Seen> {
        self.seen.take()
    }

    /// Puts the signals of habits ([`history::schema`]) where [`SignalReader::read`] left their place, at the end of the row.
    pub fn set_habits(&mut self, habits: &[f32]) {
        let start = self.row.len().saturating_sub(habits.len());
        let places = self.row.iter_mut().skip(start);
        places
            .zip(habits)
            .for_each(|(place, value)| *place = *value);
    }

    /// Returns the signals in the schema's order; NaN means missing.
    #[must_use]
    pub fn row(&self) -> Row<'_> {
        match self.precision {
            Precision::Single => Row::Single(&self.row),
            Precision::Double => Row::Double(&self.doubles),
        }
    }
}

/// A derived column's expression does not compile.
#[derive(Debug, thiserror::Error)]
#[error("the derived column `{name}` does not compile")]
pub struct DerivedError {
    /// The column.
    pub name: String,
    /// The cause.
    #[source]
    pub cause: ExpressionError,
}

/// Compiles derived columns.
///
/// # Errors
///
/// [`DerivedError`] for the first that does not compile.
pub fn compile_derived(
    derived: &[(String, String)],
) -> Result<Vec<(Arc<str>, Expression)>, DerivedError> {
    derived
        .iter()
        .map(|(name, text)| match Expression::compile(text) {
            Ok(expression) => Ok((Arc::from(name.as_str()), expression)),
            Err(cause) => Err(DerivedError {
                name: name.clone(),
                cause,
            }),
        })
        .collect()
}

/// Whether an expression gave a value for an event, or why it does not apply to it.
pub type Given = Result<bool, ExpressionError>;

/// Appends the derived columns to an event's fields; one whose inputs are missing, or that fails on
/// these values, is missing. Returns what came of each, in order.
pub fn derive(derived: &[(Arc<str>, Expression)], event: &mut Event) -> Vec<Given> {
    let mut given = Vec::with_capacity(derived.len());
    for (name, expression) in derived {
        let value = expression.value(event);
        given.push(match &value {
            Ok(value) => Ok(!value.is_missing()),
            Err(error) => Err(error.clone()),
        });
        event.fields.push(Field {
            name: Arc::clone(name),
            value: value.unwrap_or(Value::Missing),
        });
    }
    given
}

impl SignalReader {
    /// Makes a reader.
    ///
    /// # Errors
    ///
    /// [`DerivedError`] if a derived column does not compile.
    pub fn new(spec: ReaderSpec) -> Result<Self, DerivedError> {
        let derived = compile_derived(&spec.derived)?;
        let schema = schema(&spec);
        let digest = schema.digest();
        Ok(Self {
            spec,
            derived,
            schema,
            digest,
            key: habits::key(),
        })
    }

    /// Returns what the reader was made from.
    #[must_use]
    pub const fn spec(&self) -> &ReaderSpec {
        &self.spec
    }

    /// Returns the schema of the rows.
    #[must_use]
    pub const fn schema(&self) -> &SignalSchema {
        &self.schema
    }

    /// Returns the digest of the schema, which rows carry.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Returns what a signal is called beside an event: its name, or the event's own name for the column of a model
    /// that does not name any.
    #[must_use]
    pub fn shown_name(&self, column: usize, event: &Event) -> String {
        let own = match &self.spec.foreign {
            Some(foreign) if foreign.is_by_place(event) => event.fields.get(column),
            _ => None,
        };
        match (own, self.schema.signals.get(column)) {
            (Some(field), _) => field.name.to_string(),
            (None, Some(signal)) => signal.name.clone(),
            (None, None) => String::new(),
        }
    }

    /// Returns how exactly the rows are held.
    #[must_use]
    pub const fn precision(&self) -> Precision {
        match self.spec.foreign {
            Some(_) => Precision::Double,
            None => Precision::Single,
        }
    }

    /// Appends the derived columns to an event's fields, and returns what came of each.
    pub fn derive(&self, event: &mut Event) -> Vec<Given> {
        derive(&self.derived, event)
    }

    /// Returns the columns of the input that signals are computed from, beside the evidence.
    pub fn columns_of_input(&self) -> impl Iterator<Item = &str> {
        let foreign = self.spec.foreign.iter();
        let foreign = foreign
            .flat_map(|foreign| &foreign.columns)
            .map(|column| column.name.as_str());
        let is_derived = |name: &str| self.derived.iter().any(|(derived, _)| **derived == *name);
        self.spec
            .table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .chain(foreign)
            .filter(move |name| !is_derived(name))
    }

    /// Returns a history of nobody; `None` if rows tell of no habits.
    #[must_use]
    pub fn new_history(&self) -> Option<History> {
        let HabitSpec { parameters, .. } = self.spec.habits?;
        Some(History::new(
            self.key.clone(),
            parameters,
            &self.spec.limits,
        ))
    }

    /// Reads a history back.
    ///
    /// # Errors
    ///
    /// Those of [`History::from_bytes`].
    pub fn history_from(&self, bytes: &[u8]) -> Result<History, HistoryError> {
        History::from_bytes(bytes, self.key.clone())
    }

    /// Returns what a history takes in of an event; `None` if rows tell of no habits, or the event has no time.
    #[must_use]
    pub fn seen(&self, event: &Event) -> Option<Seen> {
        habits::seen(&self.spec, &self.key, event)
    }

    /// Returns how many signals at the end of a row are those of habits.
    #[must_use]
    pub fn habits(&self) -> usize {
        self.spec
            .habits
            .map_or(0, |_| history::schema().signals.len())
    }

    /// Returns the programs of an event that its user, its host or anybody runs for the first time, for `each` to look at.
    pub fn firsts<T>(
        &self,
        history: &History,
        event: &Event,
        each: impl Fn(&First<'_>) -> T,
    ) -> Vec<T> {
        let found = habits::observed(&self.spec, event, |observation| {
            history.firsts(observation).iter().map(each).collect()
        });
        found.unwrap_or_default()
    }

    /// Reads an event that has its derived columns. Signals of habits are missing until [`Reading::set_habits`] puts
    /// them in their place.
    pub fn read(&self, event: &Event, reading: &mut Reading) {
        self.read_knowing((event, Known::default()), Extent::Whole, reading);
    }

    /// As [`SignalReader::read`], to this extent and without working out once more what is known.
    pub fn read_knowing(
        &self,
        (event, known): (&Event, Known<'_>),
        extent: Extent,
        reading: &mut Reading,
    ) {
        reading.row.clear();
        reading.doubles.clear();
        reading.tokens.clear();
        reading.programs.clear();
        reading.precision = self.precision();
        let actor = habits::actor(&self.spec, event);
        let key = actor.as_ref().map(|_| &self.key);
        evidence::read((&self.spec, extent), (event, known), key, reading);
        reading.seen = actor.map(|actor| actor.seen(&self.key, &reading.programs));
        if self.spec.kind == Kind::Table {
            let group = event.group.as_deref().unwrap_or("");
            reading.entity = if group.is_empty() {
                self.content_entity(event)
            } else {
                text::hash(group)
            };
        }
        if let Some(foreign) = &self.spec.foreign {
            foreign.values(event, &mut reading.doubles);
            return;
        }
        if extent == Extent::Whole {
            self.spec.table.signals(event, &mut reading.row);
        }
        self.spec.table.tokens(event, &mut reading.tokens);
        reading.row.resize(self.schema.signals.len(), f32::NAN);
    }

    /// Rows without a group: rows that are equal in every column that has signals are one entity.
    fn content_entity(&self, event: &Event) -> u32 {
        let mut hash = 0_u32;
        let fields = event.by_name();
        for column in &self.spec.table.columns {
            hash = hash.rotate_left(5);
            if let Some(value) = fields.value(&column.name).text() {
                hash ^= text::hash(&value);
            }
        }
        hash
    }

    /// Returns whether the tokens of an event follow from the text of its evidence alone, and so quickly that they need not
    /// be kept.
    #[must_use]
    pub fn tokens_follow_from_text(&self) -> bool {
        let is_short = matches!(self.spec.kind, Kind::Url | Kind::Command | Kind::Session);
        is_short && self.spec.table.columns.is_empty()
    }

    /// Returns the tokens of an event's evidence, each with its letters.
    #[must_use]
    pub fn letters(&self, event: &Event) -> Vec<Lettered> {
        letters::letters(&self.spec, event)
    }

    /// Replaces `tokens` by those of evidence that is a text.
    pub fn tokens_of_text(&self, text: &str, tokens: &mut Vec<u32>) {
        evidence::tokens(&self.spec, text, tokens);
    }
}

fn schema(spec: &ReaderSpec) -> SignalSchema {
    if let Some(foreign) = &spec.foreign {
        return foreign.schema();
    }
    let mut schema = evidence::schema(spec.kind);
    schema.signals.extend(spec.table.schema().signals);
    if spec.habits.is_some() {
        let habits = history::schema();
        schema.code = format!("{} {}", schema.code, habits.code);
        schema.signals.extend(habits.signals.iter().cloned());
    }
    schema
}

/// The columns that no signal may see: those that the task drops, with what is nested in them, and the
/// input's own names for events, in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    dropped: Vec<String>,
    ids: Vec<String>,
}

impl LeftOut {
    /// Returns whether no signal may see `column`.
    #[must_use]
    pub fn contains(&self, column: &str) -> bool {
        self.dropped.iter().any(|name| stands_for(name, column))
            || self.ids.iter().any(|name| same_name(name, column))
    }
}

/// Returns the columns of a task that no signal may see.
#[must_use]
pub fn left_out(task: &Task) -> LeftOut {
    let usual = Role::Id
        .usual_names(task.kind)
        .iter()
        .map(|name| (*name).to_owned());
    LeftOut {
        dropped: task.columns.drop.clone(),
        ids: task.columns.id.iter().cloned().chain(usual).collect(),
    }
}

/// Returns the columns among `fields` that yield no signal because they are the input's own names for
/// events: told to the user, since an identifier that looks like evidence is none.
pub fn identifiers<'a>(
    task: &Task,
    fields: &'a BTreeSet<Arc<str>>,
) -> impl Iterator<Item = &'a Arc<str>> {
    let ids = left_out(task).ids;
    fields
        .iter()
        .filter(move |field| ids.iter().any(|name| same_name(name, field)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_and_dropped_columns_are_left_out_in_any_case() {
        let mut task = Task::assumed(Kind::Table);
        task.columns.drop = vec!["attack".to_owned(), "Verdict".to_owned()];
        task.columns.id = Some("uuid".to_owned());
        let left_out = left_out(&task);
        for column in ["Attack", "verdict.name", "UUID", "ID", "Event_Id"] {
            assert!(left_out.contains(column), "{column}");
        }
        assert!(!left_out.contains("attacker") && !left_out.contains("ids"));
        let fields = ["EVENT_ID", "bytes"].map(Arc::from).into();
        let told: Vec<&str> = identifiers(&task, &fields).map(|name| &**name).collect();
        assert_eq!(told, ["EVENT_ID"]);
    }
}
