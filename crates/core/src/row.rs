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

    /// Makes room for `rows` more rows, in which every value is missing.
    pub fn extend_missing(&mut self, rows: usize) {
        let values = self.values.len() + self.width.saturating_mul(rows);
        self.values.resize(values, f32::NAN);
    }

    /// Puts the rows into another order, in their place: row `order[n]` becomes row `n`. Nothing is done unless
    /// `order` names each row once.
    pub fn reorder(&mut self, order: &[u32]) {
        let mut waits = vec![true; self.len()];
        let names_each = order.len() == waits.len()
            && order.iter().all(|row| {
                let slot = waits.get_mut(*row as usize);
                slot.is_some_and(std::mem::take)
            });
        if !names_each {
            return;
        }
        let from = |row: usize| order.get(row).map_or(row, |from| *from as usize);
        let mut kept = vec![0.0; self.width];
        // Each cycle of moves is gone round once; `waits` is all false now, and true is what is done.
        for start in 0..waits.len() {
            if waits.get(start).copied().unwrap_or(true) || from(start) == start {
                continue;
            }
            kept.copy_from_slice(self.row(start));
            let mut row = start;
            loop {
                if let Some(is_done) = waits.get_mut(row) {
                    *is_done = true;
                }
                let next = from(row);
                if next == start {
                    break;
                }
                let values = next * self.width;
                self.values
                    .copy_within(values..values + self.width, row * self.width);
                row = next;
            }
            self.set(row, &kept);
        }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_come_in_the_order_asked_for(keys in prop::collection::vec(any::<u32>(), 0..60)) {
            let mut block = RowBlock::new(Digest::of(b"test"), 3);
            for row in (0_u16..).take(keys.len()) {
                let value = f32::from(row);
                block.push(&[value, value + 0.25, value + 0.5]).expect("three signals");
            }
            let mut order: Vec<u32> = (0_u32..).take(keys.len()).collect();
            order.sort_by_key(|row| keys[*row as usize]);
            let before = block.clone();
            block.reorder(&order);
            for (row, from) in order.iter().enumerate() {
                prop_assert_eq!(block.row(row), before.row(*from as usize));
            }
        }
    }

    #[test]
    fn what_is_no_order_changes_nothing() {
        let mut block = RowBlock::new(Digest::of(b"test"), 1);
        block.push(&[1.0]).expect("one signal");
        block.push(&[2.0]).expect("one signal");
        let before = block.clone();
        for order in [&[0, 0][..], &[1], &[1, 2], &[]] {
            block.reorder(order);
            assert_eq!(block, before);
        }
        block.extend_missing(2);
        assert_eq!(block.len(), 4);
        assert!(block.get(3, 0).is_nan());
    }
}
