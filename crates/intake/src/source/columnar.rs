//! Columns in Arrow's form, as Parquet and Arrow's streams hold them: columns of plain types become values, lists of them their JSON text,
//! others are named and left out.
//!
//! Whole numbers and decimals with more digits than an `f64` keeps exactly become text, so that identifiers
//! keep theirs. Bytes that are text are read as text, others as hexadecimal digits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema, TimeUnit};
use ringtrue_core::{Cell, EventTime, Limits};

use super::delimited::{held, text_cell};
use super::{EachRow, Rejected, Row, SourceError};

/// The columns of an input.
pub(super) struct Columns {
    pub(super) names: Arc<[Arc<str>]>,
    /// Those whose type is not read.
    pub(super) left_out: Vec<String>,
    /// Rows that are read at a time: of wide rows fewer, so that no more is held.
    pub(super) batch_rows: usize,
}

impl Columns {
    /// Returns the columns of a schema.
    ///
    /// # Errors
    ///
    /// [`SourceError::Header`] for too many, [`SourceError::DuplicateColumn`] if two have one name.
    pub(super) fn of(schema: &Schema, limits: &Limits) -> Result<Self, SourceError> {
        let fields = schema.fields();
        let names: Vec<Arc<str>> = fields
            .iter()
            .map(|field| Arc::from(field.name().as_str()))
            .collect();
        if names.len() > limits.columns_max {
            return Err(SourceError::Header(format!(
                "it has {} columns",
                names.len()
            )));
        }
        let mut sorted = names.clone();
        sorted.sort();
        if let Some([name, _]) = sorted.array_windows().find(|[left, right]| left == right) {
            return Err(SourceError::DuplicateColumn(name.to_string()));
        }
        let left_out = fields.iter().filter(|field| !is_read(field.data_type()));
        let held_rows = limits.batch_bytes_max.checked_div(held(&[], names.len()));
        Ok(Self {
            left_out: left_out.map(|field| field.name().clone()).collect(),
            names: names.into(),
            batch_rows: limits
                .batch_rows
                .min(held_rows.unwrap_or(usize::MAX))
                .max(1),
        })
    }

    /// Passes the rows of a table on; `row` is the number of the one before.
    pub(super) fn pass(
        &self,
        (table, limits): (&RecordBatch, &Limits),
        row: &mut u64,
        odd: Odd,
        each: &mut EachRow<'_>,
    ) -> Result<(), SourceError> {
        let readers = guarded(odd, || Ok::<_, String>(readers(table, limits)))?;
        for position in 0..table.num_rows() {
            *row = row.saturating_add(1);
            let cells = guarded(odd, || Ok::<_, String>(cells(&readers, position)))?;
            each(
                &self.names,
                match &cells {
                    Ok(cells) => Row::Read(*row, cells),
                    Err(reason) => Row::Rejected(Rejected::new(*row, reason.as_str())),
                },
            );
        }
        Ok(())
    }
}

/// Says that an input is damaged.
pub(super) type Odd = fn(String) -> SourceError;

/// Runs a step of a reader that panics on some damaged inputs.
pub(super) fn guarded<T, E: ToString>(
    odd: Odd,
    step: impl FnOnce() -> Result<T, E>,
) -> Result<T, SourceError> {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(result) => result.map_err(|error| odd(error.to_string())),
        Err(_) => Err(odd("its columns are damaged".to_owned())),
    }
}

fn is_read(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_plain(values),
        DataType::List(inner) | DataType::LargeList(inner) | DataType::FixedSizeList(inner, _) => {
            is_plain(inner.data_type())
        }
        other => is_plain(other),
    }
}

fn is_plain(data_type: &DataType) -> bool {
    match data_type {
        DataType::Null
        | DataType::Boolean
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_)
        | DataType::Date32
        | DataType::Date64
        | DataType::Timestamp(..) => true,
        other => {
            other.is_integer()
                || other.is_decimal()
                || matches!(other, DataType::Float32 | DataType::Float64)
        }
    }
}

/// Returns what reads the columns of a table, in order.
fn readers<'a>(table: &'a RecordBatch, limits: &'a Limits) -> Vec<ColumnReader<'a>> {
    let columns = table.columns().iter();
    columns
        .map(|column| {
            let nulls = column.logical_null_count() > 0;
            (nulls.then_some(column), reader(column, limits))
        })
        .collect()
}

/// A column, if it has nulls, and what reads it where it has none.
type ColumnReader<'a> = (Option<&'a ArrayRef>, Reader<'a>);

fn cells<'a>(readers: &[ColumnReader<'a>], position: usize) -> Result<Vec<Cell<'a>>, String> {
    let mut cells = Vec::with_capacity(readers.len());
    for (nulls, read) in readers {
        let is_null = nulls.is_some_and(|column| column.is_null(position));
        cells.push(if is_null {
            Cell::Missing
        } else {
            read(position)?
        });
    }
    Ok(cells)
}

/// Reads one row of a column; the reason why not, if the value is over a limit.
type Reader<'a> = Box<dyn Fn(usize) -> Result<Cell<'a>, String> + 'a>;

/// Returns the function that reads one row of `column`.
fn reader<'a>(column: &'a ArrayRef, limits: &'a Limits) -> Reader<'a> {
    macro_rules! number {
        ($kind:ty) => {{
            let values = column.as_primitive::<$kind>();
            Box::new(move |row| Ok(number(num::<$kind>(values, row))))
        }};
    }
    macro_rules! whole {
        ($kind:ty) => {{
            let values = column.as_primitive::<$kind>();
            Box::new(move |row| Ok(whole(i128::from(values.value(row)))))
        }};
    }
    macro_rules! text {
        ($values:expr) => {{
            let values = $values;
            Box::new(move |row| text_cell(values.value(row), limits))
        }};
    }
    match column.data_type() {
        DataType::Boolean => {
            let values = column.as_boolean();
            Box::new(move |row| Ok(Cell::Boolean(values.value(row))))
        }
        DataType::Utf8 => text!(column.as_string::<i32>()),
        DataType::LargeUtf8 => text!(column.as_string::<i64>()),
        DataType::Utf8View => text!(column.as_string_view()),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => whole!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => whole!(UInt64Type),
        DataType::Float32 => number!(Float32Type),
        DataType::Float64 => number!(Float64Type),
        DataType::Dictionary(..) => dictionary(column, limits),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => times(column),
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => {
            lists(column, limits)
        }
        _ => decimals_and_bytes(column, limits),
    }
}

fn decimals_and_bytes<'a>(column: &'a ArrayRef, limits: &'a Limits) -> Reader<'a> {
    macro_rules! decimal {
        ($kind:ty) => {{
            let values = column.as_primitive::<$kind>();
            Box::new(move |row| Ok(decimal(values.value_as_string(row))))
        }};
    }
    macro_rules! bytes {
        ($values:expr) => {{
            let values = $values;
            Box::new(move |row| bytes(values.value(row), limits))
        }};
    }
    match column.data_type() {
        DataType::Decimal32(..) => decimal!(Decimal32Type),
        DataType::Decimal64(..) => decimal!(Decimal64Type),
        DataType::Decimal128(..) => decimal!(Decimal128Type),
        DataType::Decimal256(..) => decimal!(Decimal256Type),
        DataType::Binary => bytes!(column.as_binary::<i32>()),
        DataType::LargeBinary => bytes!(column.as_binary::<i64>()),
        DataType::BinaryView => bytes!(column.as_binary_view()),
        DataType::FixedSizeBinary(_) => {
            let values = column.as_fixed_size_binary();
            Box::new(move |row| text_cell(hexadecimal(values.value(row)), limits))
        }
        _ => Box::new(|_| Ok(Cell::Missing)),
    }
}

fn times(column: &ArrayRef) -> Reader<'_> {
    macro_rules! time {
        ($kind:ty, $to_micros:expr) => {{
            let values = column.as_primitive::<$kind>();
            Box::new(move |row| Ok(time($to_micros(values.value(row)))))
        }};
    }
    match column.data_type() {
        DataType::Date64 => {
            time!(Date64Type, |count: i64| count.saturating_mul(1_000))
        }
        DataType::Date32 => time!(Date32Type, |days| i64::from(days)
            .saturating_mul(86_400_000_000)),
        DataType::Timestamp(TimeUnit::Second, _) => {
            time!(TimestampSecondType, |count: i64| count
                .saturating_mul(1_000_000))
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            time!(TimestampMillisecondType, |count: i64| count
                .saturating_mul(1_000))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            time!(TimestampMicrosecondType, |count: i64| count)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            time!(TimestampNanosecondType, |count: i64| count
                .div_euclid(1_000))
        }
        _ => Box::new(|_| Ok(Cell::Missing)),
    }
}

fn dictionary<'a>(column: &'a ArrayRef, limits: &'a Limits) -> Reader<'a> {
    let dictionary = column.as_any_dictionary();
    let values = dictionary.values();
    if values.is_empty() {
        // Every row is null; there are no keys to look up.
        return Box::new(|_| Ok(Cell::Missing));
    }
    let keys = dictionary.normalized_keys();
    let value = reader(values, limits);
    Box::new(move |row| match keys.get(row) {
        Some(key) if !values.is_null(*key) => value(*key),
        _ => Ok(Cell::Missing),
    })
}

/// A list becomes its JSON text, as it does in NDJSON.
fn lists<'a>(column: &'a ArrayRef, limits: &'a Limits) -> Reader<'a> {
    let items: Box<dyn Fn(usize) -> ArrayRef> = match column.data_type() {
        DataType::List(_) => {
            let lists = column.as_list::<i32>();
            Box::new(|row| lists.value(row))
        }
        DataType::LargeList(_) => {
            let lists = column.as_list::<i64>();
            Box::new(|row| lists.value(row))
        }
        _ => {
            let lists = column.as_fixed_size_list();
            Box::new(|row| lists.value(row))
        }
    };
    Box::new(move |row| json_list(&items(row), limits))
}

fn json_list<'a>(items: &ArrayRef, limits: &Limits) -> Result<Cell<'a>, String> {
    let value = reader(items, limits);
    let mut text = "[".to_owned();
    for position in 0..items.len() {
        if position > 0 {
            text.push(',');
        }
        let item = if items.is_null(position) {
            Cell::Missing
        } else {
            value(position)?
        };
        text.push_str(&json(&item));
        if text.len() > limits.field_bytes_max {
            break;
        }
    }
    text.push(']');
    text_cell(text, limits)
}

fn json(value: &Cell<'_>) -> String {
    match value {
        Cell::Missing => "null".to_owned(),
        Cell::Boolean(value) => value.to_string(),
        Cell::Number(value) if value.is_finite() => value.to_string(),
        Cell::Number(value) => format!("\"{value}\""),
        Cell::Text(text) => serde_json::Value::from(&**text).to_string(),
    }
}

fn num<T: arrow_array::ArrowPrimitiveType>(
    values: &arrow_array::PrimitiveArray<T>,
    row: usize,
) -> f64
where
    T::Native: num_traits_as::ToF64,
{
    num_traits_as::ToF64::to_f64(values.value(row))
}

/// The one conversion that the numeric columns need.
mod num_traits_as {
    /// A number that an `f64` holds exactly.
    pub(super) trait ToF64 {
        fn to_f64(self) -> f64;
    }
    macro_rules! to_f64 {
        ($($native:ty),* => $convert:expr) => { $(impl ToF64 for $native {
            fn to_f64(self) -> f64 { $convert(self) }
        })* };
    }
    to_f64!(i8, i16, i32, u8, u16, u32, f32, f64 => f64::from);
}

fn number<'a>(value: f64) -> Cell<'a> {
    if value.is_nan() {
        Cell::Missing
    } else {
        Cell::Number(value)
    }
}

/// A whole number; text if an `f64` would lose digits of it.
fn whole<'a>(value: i128) -> Cell<'a> {
    if value.unsigned_abs() > 1 << f64::MANTISSA_DIGITS {
        Cell::Text(value.to_string().into())
    } else {
        Cell::Number(value as f64)
    }
}

/// A decimal; text if it has more digits than an `f64` keeps. Zeros at its end, which a column's scale gives all of its values, and at its start are none.
fn decimal<'a>(text: String) -> Cell<'a> {
    let written = match text.split_once('.') {
        Some((_, behind)) if behind.bytes().all(|digit| digit == b'0') => {
            text.split('.').next().unwrap_or(&text)
        }
        Some(_) => text.trim_end_matches('0'),
        None => &text,
    };
    let written = written.trim_start_matches(['-', '0', '.']);
    let digits = written.bytes().filter(u8::is_ascii_digit).count();
    match text.parse() {
        Ok(value) if digits <= f64::DIGITS as usize => Cell::Number(value),
        _ => Cell::Text(text.into()),
    }
}

fn bytes<'a>(value: &'a [u8], limits: &Limits) -> Result<Cell<'a>, String> {
    match std::str::from_utf8(value) {
        Ok(text) if !text.chars().any(|character| character == '\0') => text_cell(text, limits),
        _ => text_cell(hexadecimal(value), limits),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles
        .filter_map(|nibble| DIGITS.get(usize::from(nibble)))
        .collect()
}

fn time<'a>(micros: i64) -> Cell<'a> {
    Cell::Text(EventTime(micros).to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_numbers_whatever_the_scale_of_their_column() {
        let is_number = |text: &str| matches!(decimal(text.to_owned()), Cell::Number(_));
        for text in [
            "1.500000000000000000",
            "123456789012.0000",
            "-0.000000000000000012",
            "0",
            "100",
        ] {
            assert!(is_number(text), "{text}");
        }
        for text in [
            "1234567890123456",
            "0.1234567890123456",
            "12345678901234.5600",
        ] {
            assert!(!is_number(text), "{text}");
        }
    }
}
