//! A closed stretch of a log as Parquet: `sequence`, `time`, `previous`, `payload`.
//!
//! The file's name holds the digest of its bytes, which is checked on every read.

use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, FixedSizeBinaryBuilder, TimestampMicrosecondBuilder, UInt64Builder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMicrosecondType, UInt64Type};
use arrow_array::{Array, ArrayRef, BinaryArray, RecordBatch};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use ringtrue_core::{Digest, EventTime};

use super::Record;
use super::retain::SealedName;
use crate::error::StoreError;
use crate::filesystem::{Disk, name};

const BATCH: usize = 8_192;

/// Returns the records as Parquet bytes.
pub(crate) fn write(records: &[Record], path: &Path) -> Result<Vec<u8>, StoreError> {
    let odd = |error: ParquetError| StoreError::corrupt(path, error.to_string());
    let batch = batch(records).map_err(|error| odd(error.into()))?;
    let properties = WriterProperties::builder()
        .set_created_by("ringtrue".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        // No two payloads are equal, so that a dictionary would only be in the way.
        .set_dictionary_enabled(false)
        .build();
    let mut writer =
        ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).map_err(odd)?;
    writer.write(&batch).map_err(odd)?;
    writer.into_inner().map_err(odd)
}

fn batch(records: &[Record]) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let mut sequence = UInt64Builder::new();
    let mut time = TimestampMicrosecondBuilder::new().with_timezone("UTC");
    let mut previous = FixedSizeBinaryBuilder::new(32);
    let bytes = records.iter().map(|record| record.payload.len()).sum();
    let mut payload = BinaryBuilder::with_capacity(records.len(), bytes);
    for record in records {
        sequence.append_value(record.sequence);
        time.append_value(record.time.0);
        match &record.previous {
            Some(digest) => previous.append_value(digest.bytes())?,
            None => previous.append_null(),
        }
        payload.append_value(&record.payload);
    }
    let columns: [(&str, ArrayRef, bool); 4] = [
        ("sequence", Arc::new(sequence.finish()), false),
        ("time", Arc::new(time.finish()), false),
        ("previous", Arc::new(previous.finish()), true),
        ("payload", Arc::new(payload.finish()), false),
    ];
    RecordBatch::try_from_iter_with_nullable(columns)
}

/// Reads a sealed file back.
pub(crate) fn read(disk: &Disk, path: &Path) -> Result<Vec<Record>, StoreError> {
    let bytes = disk.read(path)?;
    let digest = SealedName::of(&name(path)).map(|name| name.digest);
    if digest != Some(Digest::of(&bytes)) {
        let reason = "its content is not the one it is called by";
        return Err(StoreError::corrupt(path, reason));
    }
    let odd = |error: String| StoreError::corrupt(path, error);
    let batches = ParquetRecordBatchReader::try_new(Bytes::from(bytes), BATCH)
        .map_err(|error| odd(error.to_string()))?;
    let mut records = Vec::new();
    for batch in batches {
        let batch = batch.map_err(|error| odd(error.to_string()))?;
        let read = read_batch(&batch);
        records.extend(read.ok_or_else(|| odd("unexpected column".to_owned()))?);
    }
    Ok(records)
}

fn read_batch(batch: &RecordBatch) -> Option<Vec<Record>> {
    let sequence = batch.column_by_name("sequence")?;
    let sequence = sequence.as_primitive_opt::<UInt64Type>()?;
    let time = batch.column_by_name("time")?;
    let time = time.as_primitive_opt::<TimestampMicrosecondType>()?;
    let previous = batch.column_by_name("previous")?;
    let previous = previous.as_fixed_size_binary_opt()?;
    let payload: &BinaryArray = batch.column_by_name("payload")?.as_binary_opt::<i32>()?;
    (0..batch.num_rows())
        .map(|row| {
            let link = previous.is_valid(row).then(|| previous.value(row));
            let link = match link {
                Some(bytes) => Some(Digest::from_bytes(bytes.try_into().ok()?)),
                None => None,
            };
            Some(Record {
                sequence: sequence.value(row),
                time: EventTime(time.value(row)),
                previous: link,
                payload: payload.value(row).to_vec(),
            })
        })
        .collect()
}
