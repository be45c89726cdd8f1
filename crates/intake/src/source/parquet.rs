//! Parquet: read by row groups, in the way of [`super::columnar`].

use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::reader::ChunkReader;
use ringtrue_core::Limits;

use super::columnar::{Columns, guarded};
use super::{Batch, EachRow, Source, SourceError};

/// A Parquet input.
pub struct ParquetSource {
    reader: ParquetRecordBatchReader,
    columns: Columns,
    limits: Limits,
    row: u64,
}

impl ParquetSource {
    /// Opens a Parquet input; no more than one batch of rows and the current pages are held.
    ///
    /// # Errors
    ///
    /// [`SourceError::Parquet`] if it is not Parquet or damaged, [`SourceError::DuplicateColumn`]
    /// if two columns have one name.
    pub fn open<R: ChunkReader + 'static>(input: R, limits: &Limits) -> Result<Self, SourceError> {
        let odd = SourceError::Parquet;
        let builder = guarded(odd, || ParquetRecordBatchReaderBuilder::try_new(input))?;
        let columns = Columns::of(builder.schema(), limits)?;
        let reader = guarded(odd, || builder.with_batch_size(columns.batch_rows).build())?;
        Ok(Self {
            reader,
            columns,
            limits: *limits,
            row: 0,
        })
    }
}

impl Source for ParquetSource {
    fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        let names = self.columns.names.clone();
        Batch::gather(&names, |each| self.next_rows(each))
    }

    fn next_rows(&mut self, each: &mut EachRow<'_>) -> Result<bool, SourceError> {
        let odd = SourceError::Parquet;
        let Some(table) = guarded(odd, || self.reader.next().transpose())? else {
            return Ok(false);
        };
        let pass = (&table, &self.limits);
        self.columns.pass(pass, &mut self.row, odd, each)?;
        Ok(true)
    }

    /// Structs, maps, lists of them or of lists, and what else no column can hold.
    fn left_out(&self) -> &[String] {
        &self.columns.left_out
    }
}
