//! A block of events, gathered before columns are looked at one by one: which events are of which slice and source.

use std::ops::Range;

/// Events of a block.
pub(super) const ROWS: usize = 1024;

/// What is known of the events of a block, beside their fields.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    /// The class of each.
    pub(super) classes: Vec<usize>,
    /// The slice of each, by class and period.
    pub(super) fine: Vec<usize>,
    /// The slice of each, by class alone.
    pub(super) coarse: Vec<usize>,
    /// The source of each, if it has one.
    pub(super) sources: Vec<Option<usize>>,
    /// A hash of what each holds.
    pub(super) contents: Vec<u64>,
}

/// The events of a block, sorted into groups.
#[derive(Clone, Debug)]
pub(super) struct Grouped<T> {
    /// The events, group by group.
    order: Vec<usize>,
    /// The groups, with their places in `order`.
    pub(super) groups: Vec<(T, Range<usize>)>,
}

impl<T: Copy + Ord> Grouped<T> {
    fn of(keys: &[T]) -> Self {
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by_key(|row| keys[*row]);
        let mut groups: Vec<(T, Range<usize>)> = Vec::new();
        for (place, row) in order.iter().enumerate() {
            match groups.last_mut() {
                Some((key, range)) if *key == keys[*row] => range.end = place + 1,
                _ => groups.push((keys[*row], place..place + 1)),
            }
        }
        Self { order, groups }
    }

    /// Returns the events of a group, in order.
    pub(super) fn rows(&self, range: &Range<usize>) -> &[usize] {
        self.order.get(range.clone()).unwrap_or_default()
    }
}

/// How the events of a block are grouped.
pub(super) struct Grouping {
    pub(super) fine: Grouped<usize>,
    pub(super) coarse: Grouped<usize>,
    pub(super) sources: Grouped<Option<usize>>,
}

impl Block {
    /// Returns the number of events.
    pub(super) const fn len(&self) -> usize {
        self.classes.len()
    }

    /// Sorts the events into groups.
    pub(super) fn grouping(&self) -> Grouping {
        Grouping {
            fine: Grouped::of(&self.fine),
            coarse: Grouped::of(&self.coarse),
            sources: Grouped::of(&self.sources),
        }
    }

    /// Forgets the events.
    pub(super) fn clear(&mut self) {
        self.classes.clear();
        self.fine.clear();
        self.coarse.clear();
        self.sources.clear();
        self.contents.clear();
    }
}
