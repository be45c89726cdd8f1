//! A stream in Arrow's IPC format, which lies in memory as a whole, read in the way of [`super::columnar`].
//!
//! What a message says of its length is never taken as room to be made: only what is there is read.

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use ringtrue_core::Limits;

use super::columnar::{Columns, guarded};
use super::{Batch, EachRow, Source, SourceError};

/// An Arrow stream.
pub struct ArrowSource {
    decoder: StreamDecoder,
    rest: Buffer,
    /// What of the last batch was not passed on.
    table: Option<RecordBatch>,
    columns: Columns,
    limits: Limits,
    row: u64,
}

impl ArrowSource {
    /// Opens a stream.
    ///
    /// # Errors
    ///
    /// [`SourceError::Arrow`] if it is none, is damaged, or holds nothing, [`SourceError::DuplicateColumn`] if two columns have one name.
    pub fn open(bytes: &[u8], limits: &Limits) -> Result<Self, SourceError> {
        let mut source = Self {
            decoder: StreamDecoder::new(),
            rest: Buffer::from(bytes),
            table: None,
            columns: Columns::of(&arrow_schema::Schema::empty(), limits)?,
            limits: *limits,
            row: 0,
        };
        source.table = source.decode()?;
        let schema = source.decoder.schema();
        let schema = schema.ok_or_else(|| SourceError::Arrow("it has no schema".to_owned()))?;
        source.columns = Columns::of(&schema, limits)?;
        Ok(source)
    }

    /// Returns the next table; `None` at the end.
    fn decode(&mut self) -> Result<Option<RecordBatch>, SourceError> {
        let (decoder, rest) = (&mut self.decoder, &mut self.rest);
        guarded(SourceError::Arrow, || {
            let table = decoder.decode(rest)?;
            if table.is_none() {
                decoder.finish()?;
            }
            Ok::<_, arrow_schema::ArrowError>(table)
        })
    }
}

impl Source for ArrowSource {
    fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        let names = self.columns.names.clone();
        Batch::gather(&names, |each| self.next_rows(each))
    }

    /// A table may say that it has more rows than anybody could hold, so that some are passed on at a time.
    fn next_rows(&mut self, each: &mut EachRow<'_>) -> Result<bool, SourceError> {
        let table = match self.table.take() {
            Some(table) => Some(table),
            None => self.decode()?,
        };
        let Some(table) = table else {
            return Ok(false);
        };
        let rows = table.num_rows().min(self.columns.batch_rows);
        let now = table.slice(0, rows);
        if rows < table.num_rows() {
            self.table = Some(table.slice(rows, table.num_rows().saturating_sub(rows)));
        }
        let pass = (&now, &self.limits);
        self.columns
            .pass(pass, &mut self.row, SourceError::Arrow, each)?;
        Ok(true)
    }

    fn left_out(&self) -> &[String] {
        &self.columns.left_out
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::builder::{Int64Builder, StringDictionaryBuilder};
    use arrow_array::types::Int8Type;
    use arrow_array::{ArrayRef, NullArray};
    use arrow_ipc::writer::StreamWriter;
    use ringtrue_core::Value;

    use super::*;

    fn table(rows: usize) -> RecordBatch {
        let (mut number, mut word) = (
            Int64Builder::new(),
            StringDictionaryBuilder::<Int8Type>::new(),
        );
        for row in 0..rows {
            number.append_option((row % 3 != 0).then_some(i64::try_from(row).unwrap()));
            word.append_value(if row % 2 == 0 { "a" } else { "b" });
        }
        let columns: [(&str, ArrayRef); 3] = [
            ("number", Arc::new(number.finish())),
            ("word", Arc::new(word.finish())),
            ("nothing", Arc::new(NullArray::new(rows))),
        ];
        let columns = columns.map(|(name, column)| (name, column, true));
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    }

    fn stream(tables: &[RecordBatch]) -> Vec<u8> {
        let mut writer = StreamWriter::try_new(Vec::new(), &table(0).schema()).unwrap();
        for table in tables {
            writer.write(table).unwrap();
        }
        writer.into_inner().unwrap()
    }

    /// Reads everything, at most so many rows.
    fn read(bytes: &[u8], most: usize) -> Result<Vec<Vec<Value>>, SourceError> {
        let mut source = ArrowSource::open(bytes, &Limits::default())?;
        let mut rows = Vec::new();
        while rows.len() < most
            && let Some(batch) = source.next_batch()?
        {
            rows.extend(batch.records.into_iter().map(|record| record.values));
        }
        Ok(rows)
    }

    #[test]
    fn rows_are_those_that_were_written() {
        let rows = read(&stream(&[table(5), table(0), table(40_000)]), usize::MAX).unwrap();
        assert_eq!(rows.len(), 40_005);
        let third = [Value::Missing, Value::Text("b".into()), Value::Missing];
        let fourth = [Value::Number(4.0), Value::Text("a".into()), Value::Missing];
        let expected: [&[Value]; 2] = [&third, &fourth];
        assert!(rows.iter().skip(3).take(2).eq(expected.iter()));
        assert_eq!(read(&stream(&[]), usize::MAX).unwrap().len(), 0);
    }

    #[test]
    fn a_cut_stream_gives_whole_tables_or_none() {
        let whole = stream(&[table(5), table(7)]);
        let mut found = std::collections::BTreeSet::new();
        for cut in 0..whole.len() {
            let rows = read(whole.get(..cut).unwrap(), 100);
            found.insert(rows.map(|rows| rows.len()).ok());
        }
        assert_eq!(found, [None, Some(0), Some(5), Some(12)].into());
        assert!(matches!(
            read(b"not a stream", 9),
            Err(SourceError::Arrow(_))
        ));
    }
}
