//! Compares an ingest's ids with the index, and merges index files so that few remain.

use super::index::{IndexCursor, IndexInfo, IndexReader, IndexWriter};
use super::spill::Spill;
use crate::error::StoreError;
use crate::number::as_usize;

/// The events of an ingest that the store holds already, one bit per ordinal.
#[derive(Default)]
pub(crate) struct Repeats {
    bits: Vec<u64>,
    count: u64,
}

impl Repeats {
    fn insert(&mut self, ordinal: u64) {
        let word = as_usize(ordinal / 64);
        if word >= self.bits.len() {
            self.bits.resize(word + 1, 0);
        }
        if let Some(bits) = self.bits.get_mut(word) {
            *bits |= 1 << (ordinal % 64);
            self.count += 1;
        }
    }

    pub(crate) fn contains(&self, ordinal: u64) -> bool {
        let word = self.bits.get(as_usize(ordinal / 64));
        word.is_some_and(|bits| bits >> (ordinal % 64) & 1 == 1)
    }

    /// Returns how many events of the `rows` from `first` on are there already.
    pub(crate) fn count_in(&self, first: u64, rows: u64) -> u64 {
        let mut count = 0;
        for ordinal in first..first + rows {
            count += u64::from(self.contains(ordinal));
        }
        count
    }

    pub(crate) const fn count(&self) -> u64 {
        self.count
    }
}

/// Finds the events that the store holds already, and writes what the others add to `writer`.
pub(crate) fn find_repeats(
    spill: &Spill,
    index: &mut [IndexReader],
    writer: &mut IndexWriter,
    entries_max: u64,
) -> Result<Repeats, StoreError> {
    let mut repeats = Repeats::default();
    for range in spill.ranges(entries_max) {
        let entries = spill.read(&range)?;
        for occurrences in entries.chunk_by(|left, right| left.0 == right.0) {
            let Some(&(id, _)) = occurrences.first() else {
                continue;
            };
            let mut known = 0_u32;
            for file in index.iter_mut() {
                known = known.saturating_add(file.count(id)?);
            }
            let known = usize::try_from(known).unwrap_or(usize::MAX);
            let (there, added) = occurrences.split_at(known.min(occurrences.len()));
            for (_, ordinal) in there {
                repeats.insert(*ordinal);
            }
            if !added.is_empty() {
                writer.push(id, u32::try_from(added.len()).unwrap_or(u32::MAX))?;
            }
        }
    }
    Ok(repeats)
}

/// Merges index files into one, adding the counts.
pub(crate) fn compact(
    readers: Vec<IndexReader>,
    mut writer: IndexWriter,
) -> Result<Option<IndexInfo>, StoreError> {
    let mut cursors: Vec<IndexCursor> = readers.into_iter().map(IndexCursor::new).collect();
    loop {
        let mut lowest: Option<u128> = None;
        for cursor in &mut cursors {
            if let Some((id, _)) = cursor.peek()? {
                lowest = Some(lowest.map_or(id, |lowest| lowest.min(id)));
            }
        }
        let Some(id) = lowest else {
            return writer.finish();
        };
        let mut total = 0_u32;
        for cursor in &mut cursors {
            if let Some((found, count)) = cursor.peek()?
                && found == id
            {
                total = total.saturating_add(count);
                cursor.advance();
            }
        }
        writer.push(id, total)?;
    }
}

/// Splits index files into those that stay and those to merge so that at most `files_max` remain:
/// the smallest two, and each next larger one that is no more than twice what is merged so far. An
/// entry is so rewritten only when its file at least grows by half: a logarithmic number of times.
pub(crate) fn choose(
    mut files: Vec<IndexInfo>,
    files_max: usize,
) -> (Vec<IndexInfo>, Vec<IndexInfo>) {
    if files.len() <= files_max.max(1) {
        return (files, Vec::new());
    }
    files.sort_by_key(|file| (file.entries, file.digest));
    let (mut staying, mut merged) = (Vec::new(), Vec::new());
    let mut held = 0_u64;
    for file in files {
        let grows = merged.len() < 2 || file.entries <= held.saturating_mul(2);
        if staying.is_empty() && grows {
            held = held.saturating_add(file.entries);
            merged.push(file);
        } else {
            staying.push(file);
        }
    }
    (staying, merged)
}
