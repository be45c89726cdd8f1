//! Rows: the signals of events, as a dense block of numbers.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// How exactly the signals of a row are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// In 32 bits: what our own training and scoring both see.
    #[default]
    Single,
    /// In 64 bits, for a model that was trained elsewhere on doubles.
    Double,
}

/// The signals of one event; NaN means missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Row<'a> {
    /// See [`Precision::Single`].
    Single(&'a [f32]),
    /// See [`Precision::Double`].
    Double(&'a [f64]),
}

impl<'a> From<&'a [f32]> for Row<'a> {
    fn from(values: &'a [f32]) -> Self {
        Self::Single(values)
    }
}

impl<'a> From<&'a [f64]> for Row<'a> {
    fn from(values: &'a [f64]) -> Self {
        Self::Double(values)
    }
}

impl Row<'_> {
    /// Returns the value of one signal, NaN if there is none.
    #[must_use]
    pub fn get(&self, signal: usize) -> f64 {
        let value = match self {
            Self::Single(values) => values.get(signal).copied().map(f64::from),
            Self::Double(values) => values.get(signal).copied(),
        };
        value.unwrap_or(f64::NAN)
    }

    /// Returns the number of signals.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Single(values) => values.len(),
            Self::Double(values) => values.len(),
        }
    }

    /// Returns whether there is no signal.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A block of rows of one schema: `rows x width` numbers, row after row; NaN means missing.
#[derive(Clone, Debug, PartialEq)]
pub struct RowBlock {
    schema: Digest,
    width: usize,
    values: Values,
}

#[derive(Clone, Debug, PartialEq)]
enum Values {
    Single(Vec<f32>),
    Double(Vec<f64>),
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
    /// The block holds 64 bits.
    #[error("a row in 32 bits does not fit a block in 64")]
    Precision,
}

impl RowBlock {
    /// Starts an empty block for rows of `width` signals, in 32 bits, under the schema digest `schema`.
    #[must_use]
    pub const fn new(schema: Digest, width: usize) -> Self {
        Self {
            schema,
            width,
            values: Values::Single(Vec::new()),
        }
    }

    /// Makes a block of `rows` rows in which every value is missing.
    #[must_use]
    pub fn of_missing(schema: Digest, width: usize, rows: usize, precision: Precision) -> Self {
        let count = width.saturating_mul(rows);
        Self {
            schema,
            width,
            values: match precision {
                Precision::Single => Values::Single(vec![f32::NAN; count]),
                Precision::Double => Values::Double(vec![f64::NAN; count]),
            },
        }
    }

    /// Replaces row `index`, as far as both reach.
    pub fn set(&mut self, index: usize, row: Row<'_>) {
        debug_assert_eq!(row.len(), self.width, "a row of another schema");
        let start = index.saturating_mul(self.width);
        match (&mut self.values, row) {
            (Values::Single(values), Row::Single(row)) => replace(values, start, row),
            (Values::Double(values), Row::Double(row)) => replace(values, start, row),
            _ => debug_assert!(false, "a row of another precision"),
        }
    }

    /// Makes room for `rows` more rows, in which every value is missing.
    pub fn extend_missing(&mut self, rows: usize) {
        let count = self.len().saturating_add(rows).saturating_mul(self.width);
        match &mut self.values {
            Values::Single(values) => values.resize(count, f32::NAN),
            Values::Double(values) => values.resize(count, f64::NAN),
        }
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
        match &mut self.values {
            Values::Single(values) => reorder(values, self.width, order, waits),
            Values::Double(values) => reorder(values, self.width, order, waits),
        }
    }

    /// Makes one signal missing in every row.
    pub fn blank(&mut self, signal: usize) {
        if signal < self.width {
            match &mut self.values {
                Values::Single(values) => blank(values, signal, self.width, f32::NAN),
                Values::Double(values) => blank(values, signal, self.width, f64::NAN),
            }
        }
    }

    /// Adds one row to a block in 32 bits.
    ///
    /// # Errors
    ///
    /// [`RowError`] if `row` has another number of signals than the block, or the block is in 64 bits.
    pub fn push(&mut self, row: &[f32]) -> Result<(), RowError> {
        if row.len() != self.width {
            return Err(RowError::Width {
                expected: self.width,
                found: row.len(),
            });
        }
        match &mut self.values {
            Values::Single(values) => {
                values.extend_from_slice(row);
                Ok(())
            }
            Values::Double(_) => Err(RowError::Precision),
        }
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
        let values = match &self.values {
            Values::Single(values) => values.len(),
            Values::Double(values) => values.len(),
        };
        match values.checked_div(self.width) {
            Some(rows) => rows,
            None => 0,
        }
    }

    /// Returns whether there is no row.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns row `index`, empty if there is none.
    #[must_use]
    pub fn row(&self, index: usize) -> Row<'_> {
        let start = index.saturating_mul(self.width);
        let range = start..start.saturating_add(self.width);
        match &self.values {
            Values::Single(values) => Row::Single(values.get(range).unwrap_or(&[])),
            Values::Double(values) => Row::Double(values.get(range).unwrap_or(&[])),
        }
    }

    /// Returns the value of one signal of one row, NaN if there is none.
    #[must_use]
    pub fn get(&self, row: usize, signal: usize) -> f64 {
        self.row(row).get(signal)
    }

    /// Returns all values of a block in 32 bits, row after row; nothing of one in 64 bits.
    #[must_use]
    pub fn singles(&self) -> &[f32] {
        match &self.values {
            Values::Single(values) => values,
            Values::Double(_) => &[],
        }
    }
}

/// Brings rows into an order, which names each once; `done` is false for each.
fn reorder<T: Copy>(values: &mut [T], width: usize, order: &[u32], mut done: Vec<bool>) {
    let from = |row: usize| order.get(row).map_or(row, |from| *from as usize);
    // Each cycle of moves is gone round once.
    for start in 0..done.len() {
        if done.get(start).copied().unwrap_or(true) || from(start) == start {
            continue;
        }
        let kept: Vec<T> = values
            .iter()
            .skip(start * width)
            .take(width)
            .copied()
            .collect();
        let mut row = start;
        loop {
            if let Some(is_done) = done.get_mut(row) {
                *is_done = true;
            }
            let next = from(row);
            if next == start {
                break;
            }
            values.copy_within(next * width..(next + 1) * width, row * width);
            row = next;
        }
        replace(values, row * width, &kept);
    }
}

fn replace<T: Copy>(values: &mut [T], start: usize, row: &[T]) {
    let slots = values.iter_mut().skip(start);
    slots.zip(row).for_each(|(slot, value)| *slot = *value);
}

fn blank<T: Copy>(values: &mut [T], signal: usize, width: usize, missing: T) {
    let slots = values.iter_mut().skip(signal).step_by(width);
    slots.for_each(|slot| *slot = missing);
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
