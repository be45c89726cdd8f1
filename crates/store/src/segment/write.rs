//! Events into one segment: collects them column by column, then writes Parquet bytes.
//!
//! ```text
//!   event ──push──► fixed builders + one ColumnBuffer per field name ──finish──► Parquet bytes
//! ```
//!
//! A builder refuses what would pass its limits of events, bytes or columns, so that memory is
//! bounded whatever comes in.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{
    BinaryDictionaryBuilder, FixedSizeBinaryBuilder, StringBuilder, StringDictionaryBuilder,
    TimestampMicrosecondBuilder, UInt8Builder,
};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch};
use arrow_schema::{Field as ArrowField, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use ringtrue_core::{Digest, Event, EventId, Field, Label, Value};

use super::schema::{COLUMNS_MAX, column_name, tag, write_layout};
use super::{LabelCounts, SegmentInfo, TimeRange, refused};
use crate::error::StoreError;
use crate::number::as_u64;

/// Values of a column that are looked at to tell whether they repeat.
const SAMPLE: usize = 1_024;

/// What a finished builder gives.
pub(crate) struct Finished {
    pub(crate) bytes: Vec<u8>,
    pub(crate) info: SegmentInfo,
}

/// Collects the events of one segment.
pub(crate) struct SegmentBuilder {
    fixed: Fixed,
    columns: Vec<ColumnBuffer>,
    numbers: BTreeMap<(Arc<str>, u16), u16>,
    layout: Layout,
    labels: LabelCounts,
    times: TimeRange,
    rows: usize,
    bytes: usize,
}

/// The fields of the last event, which the next one most often shares.
#[derive(Default)]
struct Layout {
    names: Vec<Arc<str>>,
    columns: Vec<u16>,
    encoded: Vec<u8>,
}

impl Layout {
    fn fits(&self, fields: &[Field]) -> bool {
        self.names.len() == fields.len()
            && self
                .names
                .iter()
                .zip(fields)
                .all(|(name, field)| Arc::ptr_eq(name, &field.name) || *name == field.name)
    }
}

/// Builders of the fixed columns.
struct Fixed {
    id: FixedSizeBinaryBuilder,
    kind: StringDictionaryBuilder<Int32Type>,
    time: TimestampMicrosecondBuilder,
    label_known: TimestampMicrosecondBuilder,
    label: StringDictionaryBuilder<Int32Type>,
    source: StringDictionaryBuilder<Int32Type>,
    trust: StringDictionaryBuilder<Int32Type>,
    family: StringDictionaryBuilder<Int32Type>,
    group: StringDictionaryBuilder<Int32Type>,
    layout: BinaryDictionaryBuilder<Int32Type>,
}

impl Fixed {
    fn new() -> Self {
        Self {
            id: FixedSizeBinaryBuilder::new(16),
            kind: StringDictionaryBuilder::new(),
            time: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            label_known: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            label: StringDictionaryBuilder::new(),
            source: StringDictionaryBuilder::new(),
            trust: StringDictionaryBuilder::new(),
            family: StringDictionaryBuilder::new(),
            group: StringDictionaryBuilder::new(),
            layout: BinaryDictionaryBuilder::new(),
        }
    }

    fn push(&mut self, event: &Event, id: EventId, layout: &[u8]) -> Result<(), StoreError> {
        let segment = Path::new("segment");
        self.id
            .append_value(id.0)
            .map_err(|error| refused(segment, error))?;
        self.kind.append_value(event.kind.word());
        self.time.append_option(event.time.map(|time| time.0));
        self.label_known
            .append_option(event.label_known.map(|time| time.0));
        self.label.append_option(event.label.map(Label::word));
        self.source.append_option(event.source.as_deref());
        self.trust.append_value(event.trust.word());
        self.family.append_option(event.family.as_deref());
        self.group.append_option(event.group.as_deref());
        self.layout.append_value(layout);
        Ok(())
    }

    fn finish(&mut self) -> Vec<(ArrowField, ArrayRef)> {
        let columns: [(&str, bool, ArrayRef); 10] = [
            ("id", false, Arc::new(self.id.finish())),
            ("kind", false, Arc::new(self.kind.finish())),
            ("time", true, Arc::new(self.time.finish())),
            ("label_known", true, Arc::new(self.label_known.finish())),
            ("label", true, Arc::new(self.label.finish())),
            ("source", true, Arc::new(self.source.finish())),
            ("trust", false, Arc::new(self.trust.finish())),
            ("family", true, Arc::new(self.family.finish())),
            ("group", true, Arc::new(self.group.finish())),
            ("layout", false, Arc::new(self.layout.finish())),
        ];
        columns
            .into_iter()
            .map(|(name, nullable, array)| {
                let field = ArrowField::new(name, array.data_type().clone(), nullable);
                (field, array)
            })
            .collect()
    }
}

impl SegmentBuilder {
    pub(crate) fn new() -> Self {
        Self {
            fixed: Fixed::new(),
            columns: Vec::new(),
            numbers: BTreeMap::new(),
            layout: Layout::default(),
            labels: LabelCounts::default(),
            times: TimeRange::default(),
            rows: 0,
            bytes: 0,
        }
    }

    /// Returns how many events were pushed.
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// Returns about how many bytes are held.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns whether the columns of `event` fit beside those that are there.
    pub(crate) fn has_room_for(&self, event: &Event) -> bool {
        if self.columns.len() + event.fields.len() <= COLUMNS_MAX || self.layout.fits(&event.fields)
        {
            return true;
        }
        let added = occurrences(&event.fields)
            .filter(|key| !self.numbers.contains_key(key))
            .count();
        self.columns.len() + added <= COLUMNS_MAX
    }

    /// Adds one event, whose columns must fit.
    pub(crate) fn push(&mut self, event: &Event, id: EventId) -> Result<(), StoreError> {
        if !self.layout.fits(&event.fields) {
            self.lay_out(&event.fields);
        }
        self.fixed.push(event, id, &self.layout.encoded)?;
        for (field, number) in event.fields.iter().zip(&self.layout.columns) {
            if let Some(column) = self.columns.get_mut(usize::from(*number)) {
                self.bytes += column.set(self.rows, &field.value);
            }
        }
        self.labels.add(event.label);
        self.times.add(event.time);
        self.rows += 1;
        self.bytes += 64;
        Ok(())
    }

    /// Finds or makes the columns of these fields.
    fn lay_out(&mut self, fields: &[Field]) {
        let mut columns = Vec::with_capacity(fields.len());
        for key in occurrences(fields) {
            let next = self.columns.len();
            let number = *self
                .numbers
                .entry(key)
                .or_insert_with_key(|(name, occurrence)| {
                    self.columns.push(ColumnBuffer::new(name, *occurrence));
                    u16::try_from(next).unwrap_or(u16::MAX)
                });
            columns.push(number);
        }
        self.layout.encoded = write_layout(&columns);
        self.layout.columns = columns;
        self.layout.names = fields.iter().map(|field| Arc::clone(&field.name)).collect();
        self.bytes += self.layout.encoded.len();
    }

    /// Writes what was collected as Parquet.
    pub(crate) fn finish(mut self) -> Result<Finished, StoreError> {
        let mut properties = properties();
        let mut columns = self.fixed.finish();
        for column in &mut self.columns {
            properties = column.finish(self.rows, &mut columns, properties);
        }
        let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let bytes = write(Schema::new(fields), arrays, properties.build())
            .map_err(|error| refused(Path::new("segment"), error))?;
        let info = SegmentInfo {
            digest: Digest::of(&bytes),
            labels: self.labels,
            times: self.times,
            bytes: as_u64(bytes.len()),
        };
        Ok(Finished { bytes, info })
    }
}

fn write(
    schema: Schema,
    arrays: Vec<ArrayRef>,
    properties: WriterProperties,
) -> Result<Vec<u8>, parquet::errors::ParquetError> {
    let schema = Arc::new(schema);
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
    writer.write(&batch)?;
    writer.into_inner()
}

/// Returns each field's name with how often it stood before within the same event.
fn occurrences(fields: &[Field]) -> impl Iterator<Item = (Arc<str>, u16)> {
    let mut seen: BTreeMap<&str, u16> = BTreeMap::new();
    fields.iter().map(move |field| {
        let count = seen.entry(&field.name).or_insert(0);
        let occurrence = *count;
        *count = count.saturating_add(1);
        (Arc::clone(&field.name), occurrence)
    })
}

/// Ids are random bytes and times ascend or scatter: neither gains from a dictionary.
fn properties() -> WriterPropertiesBuilder {
    let mut builder = WriterProperties::builder()
        .set_created_by("ringtrue".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_column_dictionary_enabled(ColumnPath::from("id"), false)
        .set_column_compression(ColumnPath::from("id"), Compression::UNCOMPRESSED);
    for name in ["time", "label_known"] {
        let path = ColumnPath::new(vec![name.to_owned()]);
        builder = builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path.clone(), Encoding::DELTA_BINARY_PACKED)
            .set_column_statistics_enabled(path, EnabledStatistics::Chunk);
    }
    builder
}

/// The values of one field, before it is known what type of column they make.
struct ColumnBuffer {
    name: Arc<str>,
    occurrence: u16,
    tags: Vec<u8>,
    numbers: Vec<f64>,
    text: String,
    ends: Vec<usize>,
}

impl ColumnBuffer {
    fn new(name: &Arc<str>, occurrence: u16) -> Self {
        Self {
            name: Arc::clone(name),
            occurrence,
            tags: Vec::new(),
            numbers: Vec::new(),
            text: String::new(),
            ends: Vec::new(),
        }
    }

    /// Sets the value at `row`, which lies past all earlier ones; returns the bytes that it takes.
    fn set(&mut self, row: usize, value: &Value) -> usize {
        let before = self.tags.len();
        self.tags.resize(row, tag::MISSING);
        let taken = match value {
            Value::Missing => {
                self.tags.push(tag::MISSING);
                0
            }
            Value::Boolean(value) => {
                self.tags.push(if *value { tag::TRUE } else { tag::FALSE });
                0
            }
            Value::Number(number) => {
                self.tags.push(tag::NUMBER);
                self.numbers.push(*number);
                8
            }
            Value::Text(text) => {
                self.tags.push(tag::TEXT);
                self.text.push_str(text);
                self.ends.push(self.text.len());
                text.len() + 8
            }
        };
        taken + self.tags.len() - before
    }

    /// Appends this field's columns to `columns`, with their properties.
    fn finish(
        &mut self,
        rows: usize,
        columns: &mut Vec<(ArrowField, ArrayRef)>,
        properties: WriterPropertiesBuilder,
    ) -> WriterPropertiesBuilder {
        self.tags.resize(rows, tag::MISSING);
        let has = |wanted: &[u8]| self.tags.iter().any(|tag| wanted.contains(tag));
        let (numbers, truths) = (has(&[tag::NUMBER]), has(&[tag::TRUE, tag::FALSE]));
        let name = column_name('f', self.occurrence, &self.name);
        let path = ColumnPath::new(vec![name.clone()]);
        let properties = properties.set_column_dictionary_enabled(path, self.repeats());
        let (array, tags): (ArrayRef, Option<ArrayRef>) = match (has(&[tag::TEXT]), numbers, truths)
        {
            (false, true, false) => (Arc::new(self.number_array()), None),
            (false, false, _) => (Arc::new(self.truth_array()), None),
            (true, false, false) => (self.text_array().0, None),
            _ => {
                let (text, tags) = self.text_array();
                (text, Some(tags))
            }
        };
        columns.push((
            ArrowField::new(name, array.data_type().clone(), true),
            array,
        ));
        if let Some(tags) = tags {
            let name = column_name('t', self.occurrence, &self.name);
            columns.push((ArrowField::new(name, tags.data_type().clone(), false), tags));
        }
        properties
    }

    /// Returns whether the first values repeat so often that a dictionary of them pays.
    fn repeats(&self) -> bool {
        let count = self.numbers.len().min(SAMPLE) + self.ends.len().min(SAMPLE);
        let numbers: HashSet<u64> = self
            .numbers
            .iter()
            .take(SAMPLE)
            .map(|number| number.to_bits())
            .collect();
        let texts: HashSet<&str> = self.texts().take(SAMPLE).collect();
        2 * (numbers.len() + texts.len()) <= count.max(2)
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| self.text.get(start..*end).unwrap_or(""))
    }

    fn number_array(&self) -> Float64Array {
        let mut numbers = self.numbers.iter().copied();
        let values = self.tags.iter().map(|tag| match *tag {
            tag::NUMBER => numbers.next(),
            _ => None,
        });
        values.collect()
    }

    fn truth_array(&self) -> BooleanArray {
        let values = self.tags.iter().map(|tag| match *tag {
            tag::TRUE => Some(true),
            tag::FALSE => Some(false),
            _ => None,
        });
        values.collect()
    }

    /// Returns all values as text, and what each was.
    fn text_array(&self) -> (ArrayRef, ArrayRef) {
        let mut numbers = self.numbers.iter().copied();
        let mut texts = self.texts();
        let mut values = StringBuilder::with_capacity(self.tags.len(), self.text.len());
        let mut tags = UInt8Builder::with_capacity(self.tags.len());
        for &tag in &self.tags {
            let mut written = tag;
            match tag {
                tag::TEXT => values.append_option(texts.next()),
                tag::TRUE => values.append_value("true"),
                tag::FALSE => values.append_value("false"),
                tag::NUMBER => {
                    let (text, form) = number_text(numbers.next().unwrap_or(f64::NAN));
                    written = form;
                    values.append_value(text);
                }
                _ => values.append_null(),
            }
            tags.append_value(written);
        }
        (Arc::new(values.finish()), Arc::new(tags.finish()))
    }
}

/// Returns a number's text and the tag that says how to read it.
fn number_text(number: f64) -> (String, u8) {
    let text = number.to_string();
    let same = text.parse().map(f64::to_bits) == Ok(number.to_bits());
    if same {
        (text, tag::NUMBER)
    } else {
        (format!("{:016x}", number.to_bits()), tag::BITS)
    }
}
