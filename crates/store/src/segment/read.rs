//! Events out of one segment, batch by batch.
//!
//! The caller hands over the file's bytes after checking their digest. A file of another shape is an
//! error that names it; nothing here panics on it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, TimestampMicrosecondType, UInt8Type};
use arrow_array::{
    Array, BinaryArray, BooleanArray, DictionaryArray, Float64Array, Int32Array, PrimitiveArray,
    RecordBatch, StringArray, UInt8Array,
};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use ringtrue_core::{Event, EventTime, Field, Kind, Label, Trust, Value};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as WordError, StrDeserializer};

use super::schema::{FIXED, LABEL, TIME, field_name, read_layout, tag, tag_name};
use super::{LabelCounts, TimeRange, refused};
use crate::error::StoreError;

/// Events of one batch.
const BATCH: usize = 8_192;

/// Reads a segment's events in order.
pub(crate) struct SegmentReader {
    batches: ParquetRecordBatchReader,
    names: Vec<FieldColumn>,
    path: PathBuf,
}

/// Where the values of one field stand.
struct FieldColumn {
    name: Arc<str>,
    values: usize,
    tags: Option<usize>,
}

impl SegmentReader {
    /// Opens a segment whose file at `path` held `bytes`.
    pub(crate) fn open(bytes: Vec<u8>, path: &Path) -> Result<Self, StoreError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes))
            .map_err(|error| refused(path, error))?;
        let schema = Arc::clone(builder.schema());
        let positions = schema.fields().iter().enumerate().skip(FIXED);
        let names = positions
            .filter_map(|(values, column)| {
                let name = Arc::from(field_name(column.name())?);
                let next = schema.fields().get(values + 1);
                let tags = next
                    .filter(|next| Some(next.name()) == tag_name(column.name()).as_ref())
                    .map(|_| values + 1);
                Some(FieldColumn { name, values, tags })
            })
            .collect();
        let batches = builder.with_batch_size(BATCH).build();
        Ok(Self {
            batches: batches.map_err(|error| refused(path, error))?,
            names,
            path: path.to_path_buf(),
        })
    }

    fn events(&self, batch: &RecordBatch) -> Result<Vec<Event>, StoreError> {
        let odd =
            |what: &str| StoreError::corrupt(&self.path, format!("unexpected column: {what}"));
        let mut fixed = Fixed::of(batch).ok_or_else(|| odd("one of the fixed ones"))?;
        let columns = self
            .names
            .iter()
            .map(|column| Column::of(batch, column).ok_or_else(|| odd(&column.name)))
            .collect::<Result<Vec<_>, _>>()?;
        (0..batch.num_rows())
            .map(|row| {
                fixed
                    .event(row, &columns)
                    .ok_or_else(|| StoreError::corrupt(&self.path, format!("unreadable row {row}")))
            })
            .collect()
    }
}

impl Iterator for SegmentReader {
    type Item = Result<Vec<Event>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.batches.next()?;
        let batch = batch.map_err(|error| refused(&self.path, error));
        Some(batch.and_then(|batch| self.events(&batch)))
    }
}

/// Counts the labels and times of the events that `admits` a time, reading only these two columns.
pub(crate) fn count(
    bytes: Vec<u8>,
    path: &Path,
    admits: impl Fn(Option<EventTime>) -> bool,
) -> Result<(LabelCounts, TimeRange), StoreError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes))
        .map_err(|error| refused(path, error))?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), [TIME, LABEL]);
    let reader = builder.with_projection(mask).with_batch_size(BATCH).build();
    let (mut labels, mut times) = (LabelCounts::default(), TimeRange::default());
    for batch in reader.map_err(|error| refused(path, error))? {
        let batch = batch.map_err(|error| refused(path, error))?;
        let columns = times_of(&batch, 0).zip(Words::of(&batch, 1));
        let (moments, mut words) =
            columns.ok_or_else(|| StoreError::corrupt(path, "unexpected column"))?;
        for row in 0..batch.num_rows() {
            let time = time_at(moments, row);
            if admits(time) {
                let label = words.optional(row).map(|word| parse::<Label>(&word));
                let unknown = || StoreError::corrupt(path, "unknown label");
                labels.add(label.map(|label| label.ok_or_else(unknown)).transpose()?);
                times.add(time);
            }
        }
    }
    Ok((labels, times))
}

fn times_of(
    batch: &RecordBatch,
    column: usize,
) -> Option<&PrimitiveArray<TimestampMicrosecondType>> {
    batch.columns().get(column)?.as_primitive_opt()
}

fn time_at(times: &PrimitiveArray<TimestampMicrosecondType>, row: usize) -> Option<EventTime> {
    times.is_valid(row).then(|| EventTime(times.value(row)))
}

/// Reads a word by the one text form of its type.
fn parse<T: for<'a> Deserialize<'a>>(word: &str) -> Option<T> {
    let word: StrDeserializer<'_, WordError> = word.into_deserializer();
    T::deserialize(word).ok()
}

/// A dictionary column of words; each word becomes one shared text per batch.
struct Words<'a> {
    keys: &'a Int32Array,
    values: &'a StringArray,
    shared: Vec<Option<Arc<str>>>,
}

impl<'a> Words<'a> {
    fn of(batch: &'a RecordBatch, column: usize) -> Option<Self> {
        let words: &DictionaryArray<Int32Type> = batch
            .columns()
            .get(column)?
            .as_dictionary_opt::<Int32Type>()?;
        let values: &StringArray = words.values().as_string_opt::<i32>()?;
        Some(Self {
            keys: words.keys(),
            values,
            shared: vec![None; values.len()],
        })
    }

    /// Returns the word at `row`, `None` if there is none.
    fn optional(&mut self, row: usize) -> Option<Arc<str>> {
        if self.keys.is_null(row) {
            return None;
        }
        let key = usize::try_from(self.keys.value(row)).ok()?;
        let shared = self.shared.get_mut(key)?;
        let word = shared.get_or_insert_with(|| Arc::from(self.values.value(key)));
        Some(Arc::clone(word))
    }
}

/// The fixed columns of one batch.
struct Fixed<'a> {
    kind: Words<'a>,
    time: &'a PrimitiveArray<TimestampMicrosecondType>,
    label_known: &'a PrimitiveArray<TimestampMicrosecondType>,
    label: Words<'a>,
    source: Words<'a>,
    trust: Words<'a>,
    family: Words<'a>,
    group: Words<'a>,
    layout_keys: &'a Int32Array,
    layouts: Vec<Vec<usize>>,
}

impl<'a> Fixed<'a> {
    fn of(batch: &'a RecordBatch) -> Option<Self> {
        let layouts: &DictionaryArray<Int32Type> = batch
            .columns()
            .get(FIXED - 1)?
            .as_dictionary_opt::<Int32Type>()?;
        let encoded: &BinaryArray = layouts.values().as_binary_opt::<i32>()?;
        Some(Self {
            kind: Words::of(batch, 1)?,
            time: times_of(batch, TIME)?,
            label_known: times_of(batch, 3)?,
            label: Words::of(batch, LABEL)?,
            source: Words::of(batch, 5)?,
            trust: Words::of(batch, 6)?,
            family: Words::of(batch, 7)?,
            group: Words::of(batch, 8)?,
            layout_keys: layouts.keys(),
            layouts: encoded
                .iter()
                .map(|bytes| read_layout(bytes.unwrap_or_default()))
                .collect(),
        })
    }

    fn event(&mut self, row: usize, columns: &[Column<'_>]) -> Option<Event> {
        let label = match self.label.optional(row) {
            Some(word) => Some(parse::<Label>(&word)?),
            None => None,
        };
        let layout = usize::try_from(self.layout_keys.value(row)).ok()?;
        let fields = self
            .layouts
            .get(layout)?
            .iter()
            .map(|number| {
                let column = columns.get(*number)?;
                Some(Field {
                    name: Arc::clone(column.name),
                    value: column.values.at(row)?,
                })
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Event {
            kind: parse::<Kind>(&self.kind.optional(row)?)?,
            time: time_at(self.time, row),
            label_known: time_at(self.label_known, row),
            label,
            source: self.source.optional(row),
            trust: parse::<Trust>(&self.trust.optional(row)?)?,
            family: self.family.optional(row),
            group: self.group.optional(row),
            fields,
        })
    }
}

/// One field's column of one batch.
struct Column<'a> {
    name: &'a Arc<str>,
    values: Values<'a>,
}

enum Values<'a> {
    Truths(&'a BooleanArray),
    Numbers(&'a Float64Array),
    Texts(&'a StringArray),
    Mixed(&'a StringArray, &'a UInt8Array),
}

impl<'a> Column<'a> {
    fn of(batch: &'a RecordBatch, column: &'a FieldColumn) -> Option<Self> {
        let array = batch.columns().get(column.values)?;
        let values = if let Some(truths) = array.as_boolean_opt() {
            Values::Truths(truths)
        } else if let Some(numbers) = array.as_primitive_opt::<Float64Type>() {
            Values::Numbers(numbers)
        } else {
            let texts: &StringArray = array.as_string_opt::<i32>()?;
            match column.tags {
                None => Values::Texts(texts),
                Some(tags) => {
                    let tags = batch.columns().get(tags)?.as_primitive_opt::<UInt8Type>()?;
                    Values::Mixed(texts, tags)
                }
            }
        };
        let name = &column.name;
        Some(Self { name, values })
    }
}

impl Values<'_> {
    /// Returns the value at `row`, `None` if it cannot be read.
    fn at(&self, row: usize) -> Option<Value> {
        Some(match self {
            Self::Truths(truths) if truths.is_valid(row) => Value::Boolean(truths.value(row)),
            Self::Numbers(numbers) if numbers.is_valid(row) => Value::Number(numbers.value(row)),
            Self::Texts(texts) if texts.is_valid(row) => Value::Text(Arc::from(texts.value(row))),
            Self::Mixed(texts, tags) if texts.is_valid(row) => {
                let text = texts.value(row);
                match tags.value(row) {
                    tag::FALSE => Value::Boolean(false),
                    tag::TRUE => Value::Boolean(true),
                    tag::NUMBER => Value::Number(text.parse().ok()?),
                    tag::BITS => Value::Number(f64::from_bits(u64::from_str_radix(text, 16).ok()?)),
                    tag::TEXT => Value::Text(Arc::from(text)),
                    _ => return None,
                }
            }
            _ => Value::Missing,
        })
    }
}
