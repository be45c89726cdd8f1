//! What the Parquet source makes of columns of every type, and of files that are none.

use std::sync::Arc;

use arrow_array::builder::{LargeListBuilder, StringBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    FixedSizeBinaryArray, Float32Array, Float64Array, Int8Array, Int64Array, LargeStringArray,
    ListArray, NullArray, RecordBatch, StringArray, StringViewArray, StructArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt64Array,
};
use arrow_schema::{DataType, Field};
use ringtrue_intake::source::{ParquetSource, Source, SourceError};

use super::{all, small};

fn parquet_of(columns: &[(&str, ArrayRef)]) -> Vec<u8> {
    let columns = columns
        .iter()
        .map(|(name, column)| (*name, Arc::clone(column), true));
    let table = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut writer =
        ::parquet::arrow::ArrowWriter::try_new(Vec::new(), table.schema(), None).unwrap();
    writer.write(&table).unwrap();
    writer.into_inner().unwrap()
}

#[track_caller]
fn check_parquet(columns: &[(&str, ArrayRef)], expected: &[&str], left_out: &[&str]) {
    let file = bytes::Bytes::from(parquet_of(columns));
    let source = ParquetSource::open(file, &small()).unwrap();
    assert_eq!(source.left_out(), left_out);
    assert_eq!(all(Box::new(source)).unwrap(), expected);
}

#[test]
fn parquet_numbers_and_truth() {
    check_parquet(
        &[
            ("a", Arc::new(Int8Array::from(vec![Some(-1), None]))),
            ("b", Arc::new(UInt64Array::from(vec![u64::MAX, 0]))),
            ("c", Arc::new(Float32Array::from(vec![0.5, f32::NAN]))),
            ("d", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ],
        &[
            "a|b|c|d",
            "1: -1f|18446744073709551615|0.5f|true",
            "2: -|0f|-|-",
        ],
        &[],
    );
    check_parquet(
        &[
            ("a", Arc::new(Int64Array::from(vec![i64::MIN]))),
            ("b", Arc::new(Float64Array::from(vec![-1e300]))),
            ("c", Arc::new(NullArray::new(1))),
        ],
        &["a|b|c", &format!("1: {}|{}f|-", i64::MIN, -1e300)],
        &[],
    );
    let decimal = |values: Vec<i128>| -> ArrayRef {
        let values = Decimal128Array::from(values).with_precision_and_scale(38, 2);
        Arc::new(values.unwrap())
    };
    check_parquet(
        &[
            (
                "a",
                Arc::new(Int64Array::from(vec![1 << 53, (1 << 53) + 1])),
            ),
            (
                "b",
                decimal(vec![-1_250, 123_456_789_012_345_678_901_234_567]),
            ),
        ],
        &[
            "a|b",
            "1: 9007199254740992f|-12.5f",
            "2: 9007199254740993|1234567890123456789012345.67",
        ],
        &[],
    );
}

#[test]
fn parquet_text() {
    let dictionary = |words: Vec<Option<&str>>| -> ArrayRef {
        Arc::new(words.into_iter().collect::<DictionaryArray<Int32Type>>())
    };
    check_parquet(
        &[
            (
                "a",
                Arc::new(StringArray::from(vec![Some("x"), Some(""), None])),
            ),
            (
                "b",
                Arc::new(LargeStringArray::from(vec!["y", "z", "12345678901"])),
            ),
            (
                "c",
                Arc::new(StringViewArray::from(vec!["long but ok", "u", "v"])),
            ),
        ],
        &[
            "a|b|c",
            "1: ! a field is longer than 10 bytes",
            "2: -|z|u",
            "3: ! a field is longer than 10 bytes",
        ],
        &[],
    );
    check_parquet(
        &[
            ("a", dictionary(vec![Some("x"), None, Some("y"), Some("x")])),
            ("b", dictionary(vec![None, None, None, None])),
            (
                "c",
                Arc::new(BinaryArray::from(vec![
                    &b"text"[..],
                    b"\xff\x00\x1a",
                    b"",
                    b"a\0",
                ])),
            ),
        ],
        &[
            "a|b|c",
            "1: x|-|text",
            "2: -|-|ff001a",
            "3: y|-|-",
            "4: x|-|6100",
        ],
        &[],
    );
    let names = FixedSizeBinaryArray::try_from_iter([[0xab_u8, 0x01]].iter()).unwrap();
    check_parquet(&[("b", Arc::new(names))], &["b", "1: ab01"], &[]);
}

#[test]
fn parquet_lists() {
    let numbers = ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1), None]),
        None,
        Some(vec![]),
        Some(vec![Some(123_456_789), Some(0)]),
    ]);
    let mut texts = LargeListBuilder::new(StringBuilder::new());
    for words in [&["sh", "c"][..], &["\"\u{e9}"], &["a"], &["b"]] {
        for word in words {
            texts.values().append_value(word);
        }
        texts.append(true);
    }
    check_parquet(
        &[("a", Arc::new(numbers)), ("b", Arc::new(texts.finish()))],
        &[
            "a|b",
            "1: [1,null]|[\"sh\",\"c\"]",
            "2: -|[\"\\\"\u{e9}\"]",
            "3: []|[\"a\"]",
            "4: ! a field is longer than 10 bytes",
        ],
        &[],
    );
    let inner: ArrayRef = Arc::new(Int8Array::from(vec![1]));
    let field = Arc::new(Field::new("x", DataType::Int8, true));
    let structure = StructArray::from(vec![(field, inner)]);
    check_parquet(
        &[
            ("a", Arc::new(structure)),
            ("b", Arc::new(Int8Array::from(vec![2]))),
        ],
        &["a|b", "1: -|2f"],
        &["a"],
    );
}

#[test]
fn parquet_times() {
    check_parquet(
        &[
            ("a", Arc::new(TimestampSecondArray::from(vec![1, -1]))),
            (
                "b",
                Arc::new(TimestampMillisecondArray::from(vec![Some(1_500), None])),
            ),
            (
                "c",
                Arc::new(TimestampMicrosecondArray::from(vec![1, 2]).with_timezone("UTC")),
            ),
            (
                "d",
                Arc::new(TimestampNanosecondArray::from(vec![1_999, -1])),
            ),
        ],
        &[
            "a|b|c|d",
            "1: 1970-01-01T00:00:01Z|1970-01-01T00:00:01.5Z|1970-01-01T00:00:00.000001Z|1970-01-01T00:00:00.000001Z",
            "2: 1969-12-31T23:59:59Z|-|1970-01-01T00:00:00.000002Z|1969-12-31T23:59:59.999999Z",
        ],
        &[],
    );
    check_parquet(
        &[("a", Arc::new(Date32Array::from(vec![19_723, -1])))],
        &["a", "1: 2024-01-01T00:00:00Z", "2: 1969-12-31T00:00:00Z"],
        &[],
    );
}

#[test]
fn parquet_that_is_none_is_refused() {
    let file = parquet_of(&[("a", Arc::new(Int64Array::from(vec![1])))]);
    for damaged in [&b""[..], b"PAR1", &file[..file.len() - 1]] {
        let input = bytes::Bytes::copy_from_slice(damaged);
        let failed = ParquetSource::open(input, &small()).err();
        assert!(
            matches!(failed, Some(SourceError::Parquet(_))),
            "{failed:?}"
        );
    }
}
