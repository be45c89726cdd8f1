//! Rows: the signals of events, as a dense block of numbers.

use crate::digest::Digest;

/// A block of rows of one schema: `rows x width` numbers, row after row; NaN means missing.
#[derive(Clone, Debug, PartialEq)]
pub struct RowBlock {
    schema: Digest,
    width: usize,
    values: Vec<f32>,
}

/// A row was refused by a block.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RowError {
    /// It has another number of signals.
    #[error("a row of {found} signals does not fit a block of {expected}")]
    Width {
        /// Signals of the block's schema.
        expected: usize,
        /// Signals of the row.
        found: usize,
    },
}

impl RowBlock {
    /// Starts an empty block for rows of `width` signals under the schema digest `schema`.
    #[must_use]
    pub const fn new(schema: Digest, width: usize) -> Self {
        Self {
            schema,
            width,
            values: Vec::new(),
        }
    }

    /// Makes a block of `rows` rows in which every value is missing.
    #[must_use]
    pub fn of_missing(schema: Digest, width: usize, rows: usize) -> Self {
        Self {
            schema,
            width,
            values: vec![f32::NAN; width.saturating_mul(rows)],
        }
    }

    /// Replaces row `index`, as far as both reach.
    pub fn set(&mut self, index: usize, row: &[f32]) {
        debug_assert_eq!(row.len(), self.width, "a row of another schema");
        let start = index.saturating_mul(self.width);
        let slots = self.values.iter_mut().skip(start).take(self.width);
        slots.zip(row).for_each(|(slot, value)| *slot = *value);
    }

    /// Makes one signal missing in every row.
    pub fn blank(&mut self, signal: usize) {
        if signal < self.width {
            self.values
                .iter_mut()
                .skip(signal)
                .step_by(self.width)
                .for_each(|slot| *slot = f32::NAN);
        }
    }

    /// Adds one row.
    ///
    /// # Errors
    ///
    /// [`RowError::Width`] if `row` has another number of signals than the block.
    pub fn push(&mut self, row: &[f32]) -> Result<(), RowError> {
        if row.len() != self.width {
            return Err(RowError::Width {
                expected: self.width,
                found: row.len(),
            });
        }
        self.values.extend_from_slice(row);
        Ok(())
    }

    /// Returns the digest of the schema that the rows belong to.
    #[must_use]
    pub const fn schema(&self) -> Digest {
        self.schema
    }

    /// Returns the number of signals of a row.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Returns the number of rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.values.len().checked_div(self.width) {
            Some(rows) => rows,
            None => 0,
        }
    }

    /// Returns whether there is no row.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns row `index`, empty if there is none.
    #[must_use]
    pub fn row(&self, index: usize) -> &[f32] {
        let start = index.saturating_mul(self.width);
        self.values
            .get(start..start.saturating_add(self.width))
            .unwrap_or(&[])
    }

    /// Returns the value of one signal of one row, NaN if there is none.
    #[must_use]
    pub fn get(&self, row: usize, signal: usize) -> f32 {
        self.row(row).get(signal).copied().unwrap_or(f32::NAN)
    }

    /// Returns all values, row after row.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Returns the rows in order.
    #[must_use]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.width.max(1))
    }
}
