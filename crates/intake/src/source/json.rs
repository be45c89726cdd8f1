//! NDJSON: one object a line, nested objects by dotted names; and plain lines, one URL each.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringtrue_core::{Limits, Value};

use super::delimited::{plain_text, too_long};
use super::lines::{Chunk, Ending, LineReader};
use super::{Batch, Record, Rejected, Source, SourceError};

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
}

/// A list of URLs, one a line, without a header: a single column `url`.
pub(super) struct LineSource<'a> {
    lines: LineReader<'a>,
    limits: Limits,
}

impl<'a> LineSource<'a> {
    pub(super) fn new(lines: LineReader<'a>, limits: Limits) -> Self {
        Self { lines, limits }
    }
}

impl Source for LineSource<'_> {
    fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        let batch = read_lines(&mut self.lines, &self.limits, |text| {
            Ok(vec![Value::Text(Arc::from(text.trim_ascii()))])
        })?;
        Ok(batch.map(|batch| Batch {
            columns: Arc::from([Arc::from("url")]),
            ..batch
        }))
    }
}

fn read_lines(
    lines: &mut LineReader<'_>,
    limits: &Limits,
    mut read: impl FnMut(&str) -> Result<Vec<Value>, String>,
) -> Result<Option<Batch>, SourceError> {
    let mut batch = Batch::default();
    let mut bytes = 0_usize;
    while batch.records.len() < limits.batch_rows
        && batch.rejected.len() < limits.batch_rows
        && bytes < limits.batch_bytes_max
    {
        match lines.next(Ending::Line)? {
            Chunk::Record(record, _) if record.trim_ascii().is_empty() => {}
            Chunk::Record(record, line) => {
                bytes = bytes.saturating_add(record.len());
                match plain_text(record).and_then(&mut read) {
                    Ok(values) => batch.records.push(Record { line, values }),
                    Err(reason) => batch.rejected.push(Rejected { line, reason }),
                }
            }
            Chunk::TooLong(line) | Chunk::OpenQuote(line) => {
                batch.rejected.push(too_long(line, limits));
            }
            Chunk::End => break,
        }
    }
    let is_end = batch.records.is_empty() && batch.rejected.is_empty();
    Ok((!is_end).then_some(batch))
}

#[derive(Default)]
struct Columns {
    names: Vec<Arc<str>>,
    positions: BTreeMap<Arc<str>, usize>,
}

impl Columns {
    fn read(&mut self, text: &str, limits: &Limits) -> Result<Vec<Value>, String> {
        let parsed: serde_json::Value =
            serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        let serde_json::Value::Object(object) = parsed else {
            return Err("not a JSON object".to_owned());
        };
        let mut values = Vec::with_capacity(self.names.len());
        for (key, value) in object {
            self.place(&key, value, limits, limits.json_depth_max, &mut values)?;
        }
        Ok(values)
    }

    /// Puts `value` into its column; a nested object's keys become `outer.inner`.
    fn place(
        &mut self,
        name: &str,
        value: serde_json::Value,
        limits: &Limits,
        depth: usize,
        values: &mut Vec<Value>,
    ) -> Result<(), String> {
        if let serde_json::Value::Object(object) = value {
            let depth = depth
                .checked_sub(1)
                .ok_or("objects are nested too deeply")?;
            return object.into_iter().try_for_each(|(key, inner)| {
                self.place(&format!("{name}.{key}"), inner, limits, depth, values)
            });
        }
        let position = self.position(name, limits)?;
        if values.len() <= position {
            values.resize(position.saturating_add(1), Value::Missing);
        }
        if let Some(slot) = values.get_mut(position) {
            *slot = scalar(value, limits)?;
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

fn scalar(value: serde_json::Value, limits: &Limits) -> Result<Value, String> {
    let text = match value {
        serde_json::Value::Null => return Ok(Value::Missing),
        serde_json::Value::Bool(value) => return Ok(Value::Boolean(value)),
        serde_json::Value::Number(number) => {
            return Ok(number.as_f64().map_or(Value::Missing, Value::Number));
        }
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    if text.len() > limits.field_bytes_max {
        return Err(format!(
            "a field is longer than {} bytes",
            limits.field_bytes_max
        ));
    }
    Ok(if text.is_empty() {
        Value::Missing
    } else {
        Value::Text(Arc::from(text))
    })
}
