//! NDJSON: one object a line, nested objects by dotted names; and plain lines, one URL or command each.
//!
//! A list becomes its JSON text. A line that names a key twice, at any level or by a dotted name, is set
//! aside, since readers disagree on which of the two counts.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ringtrue_core::{Limits, Value};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::delimited::{held, plain_text, text_value, too_long};
use super::lines::{Chunk, Ending, LineReader};
use super::{Batch, Record, Rejected, Source, SourceError};

/// Whole numbers up to this one are exact as `f64`; greater ones stay text, so that identifiers keep
/// their digits.
const EXACT_MAX: u64 = 1 << f64::MANTISSA_DIGITS;

/// Why a line is refused, and the key that it is about, where one is.
struct Refusal {
    reason: String,
    key: Option<Arc<str>>,
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self { reason, key: None }
    }
}

impl From<&str> for Refusal {
    fn from(reason: &str) -> Self {
        Self::from(reason.to_owned())
    }
}

/// An NDJSON input. Its columns are the keys seen so far, in order of first appearance.
pub(super) struct JsonSource<'a> {
    lines: LineReader<'a>,
    columns: Columns,
    limits: Limits,
}

impl<'a> JsonSource<'a> {
    pub(super) fn new(lines: LineReader<'a>, limits: Limits) -> Self {
        Self {
            lines,
            columns: Columns::default(),
            limits,
        }
    }
}

impl Source for JsonSource<'_> {
    fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        let (columns, limits) = (&mut self.columns, &self.limits);
        let batch = read_lines(&mut self.lines, limits, |text| columns.read(text, limits))?;
        Ok(batch.map(|batch| Batch {
            columns: self.columns.names.clone().into(),
            ..batch
        }))
    }

    fn may_widen(&self) -> bool {
        true
    }
}

/// A list of URLs or commands, one a line, without a header: a single column.
pub(super) struct LineSource<'a> {
    lines: LineReader<'a>,
    columns: Arc<[Arc<str>]>,
    limits: Limits,
}

impl<'a> LineSource<'a> {
    pub(super) fn new(lines: LineReader<'a>, column: &str, limits: Limits) -> Self {
        Self {
            lines,
            columns: Arc::from([Arc::from(column)]),
            limits,
        }
    }
}

impl Source for LineSource<'_> {
    fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        let limits = &self.limits;
        let batch = read_lines(&mut self.lines, limits, |text| {
            Ok(vec![text_value(text.trim_ascii(), limits)?])
        })?;
        Ok(batch.map(|batch| Batch {
            columns: Arc::clone(&self.columns),
            ..batch
        }))
    }
}

fn read_lines(
    lines: &mut LineReader<'_>,
    limits: &Limits,
    mut read: impl FnMut(&str) -> Result<Vec<Value>, Refusal>,
) -> Result<Option<Batch>, SourceError> {
    let mut batch = Batch::default();
    let mut bytes = 0_usize;
    while batch.records.len() < limits.batch_rows
        && batch.rejected.len() < limits.batch_rows
        && bytes < limits.batch_bytes_max
        && (batch.records.is_empty() || !lines.is_waiting())
    {
        match lines.next(Ending::Line)? {
            Chunk::Record(record, _) if record.trim_ascii().is_empty() => {}
            Chunk::Record(record, line) => match plain_text(record)
                .map_err(Refusal::from)
                .and_then(&mut read)
            {
                Ok(values) => {
                    bytes = bytes.saturating_add(held(record, values.len()));
                    batch.records.push(Record { line, values });
                }
                Err(Refusal { reason, key }) => batch.rejected.push(Rejected {
                    column: key,
                    ..Rejected::new(line, reason)
                }),
            },
            Chunk::TooLong(line) | Chunk::OpenQuote(line) => {
                batch.rejected.push(too_long(line, limits));
            }
            Chunk::End => break,
        }
    }
    let is_end = batch.records.is_empty() && batch.rejected.is_empty();
    Ok((!is_end).then_some(batch))
}

/// Bytes of a column's name, with those of the objects around it.
const NAME_BYTES_MAX: usize = 1_024;

#[derive(Default)]
struct Columns {
    names: Vec<Arc<str>>,
    positions: BTreeMap<Arc<str>, usize>,
    /// Which columns the current record has named.
    named: Vec<bool>,
}

impl Columns {
    /// Reads one line. The columns of a line that is refused are forgotten, so that junk cannot use
    /// them up.
    fn read(&mut self, text: &str, limits: &Limits) -> Result<Vec<Value>, Refusal> {
        let parsed: Node =
            serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        let Node::Object(object) = parsed else {
            return Err("not a JSON object".into());
        };
        let known = self.names.len();
        let mut values = Vec::with_capacity(known);
        self.named.clear();
        let placed = object.into_iter().try_for_each(|(key, node)| {
            self.place(&key, node, limits, limits.json_depth_max, &mut values)
        });
        if placed.is_err() {
            for name in self.names.drain(known..) {
                self.positions.remove(&name);
            }
        }
        placed.map(|()| values)
    }

    /// Puts `node` into its column; a nested object's keys become `outer.inner`.
    fn place(
        &mut self,
        name: &str,
        node: Node,
        limits: &Limits,
        depth: usize,
        values: &mut Vec<Value>,
    ) -> Result<(), Refusal> {
        if name.len() > NAME_BYTES_MAX {
            return Err(format!("a key is longer than {NAME_BYTES_MAX} bytes").into());
        }
        let value = match node {
            Node::Object(object) => {
                let depth = depth
                    .checked_sub(1)
                    .ok_or("objects are nested too deeply")?;
                return object.into_iter().try_for_each(|(key, inner)| {
                    self.place(&format!("{name}.{key}"), inner, limits, depth, values)
                });
            }
            Node::Text(text) => text_value(&text, limits)?,
            Node::Scalar(value) => value,
        };
        let position = self.position(name, limits)?;
        if self.named.len() <= position {
            self.named.resize(position.saturating_add(1), false);
            values.resize(self.named.len(), Value::Missing);
        }
        let slot = self.named.get_mut(position).zip(values.get_mut(position));
        if let Some((named, slot)) = slot {
            if std::mem::replace(named, true) {
                return Err(Refusal {
                    key: Some(Arc::from(name)),
                    .."a key stands twice".into()
                });
            }
            *slot = value;
        }
        Ok(())
    }

    fn position(&mut self, name: &str, limits: &Limits) -> Result<usize, String> {
        if let Some(position) = self.positions.get(name) {
            return Ok(*position);
        }
        let position = self.names.len();
        if position >= limits.columns_max {
            return Err(format!("more than {} different keys", limits.columns_max));
        }
        let name: Arc<str> = Arc::from(name);
        self.names.push(Arc::clone(&name));
        self.positions.insert(name, position);
        Ok(position)
    }
}

/// A JSON value as far as columns can hold it; unlike `serde_json::Value`, it keeps a key that stands twice.
enum Node {
    Scalar(Value),
    Text(String),
    Object(Vec<(String, Node)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Missing))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Boolean(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(if value.unsigned_abs() > EXACT_MAX {
            Node::Scalar(Value::Text(Arc::from(value.to_string())))
        } else {
            Node::Scalar(Value::Number(value as f64))
        })
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(if value > EXACT_MAX {
            Node::Scalar(Value::Text(Arc::from(value.to_string())))
        } else {
            Node::Scalar(Value::Number(value as f64))
        })
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Number(value)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element::<serde_json::Value>()? {
            values.push(value);
        }
        Ok(Node::Text(serde_json::Value::Array(values).to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut object = Vec::new();
        while let Some(entry) = map.next_entry()? {
            object.push(entry);
        }
        Ok(Node::Object(object))
    }
}
