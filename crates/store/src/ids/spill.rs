//! The ids of a running ingest, in sorted runs on the disk.
//!
//! A run is written whenever a segment is full. Its entries are 24 bytes: the id, then the event's
//! ordinal within the ingest, little-endian. A table in memory says where each first byte starts.
//! Spilled runs need no sync: without their ingest's commit they are nothing.

use std::ops::Range;
use std::path::PathBuf;

use crate::error::StoreError;
use crate::filesystem::Disk;
use crate::number::{as_u64, as_usize, read_u64};

const ENTRY: usize = 24;
const FIRST_BYTES: usize = 256;

/// The spilled ids of one ingest.
pub(crate) struct Spill {
    disk: Disk,
    path: PathBuf,
    length: u64,
    runs: Vec<Run>,
}

struct Run {
    base: u64,
    /// How many entries have a first byte below the position; 257 of them.
    starts: Vec<u32>,
}

impl Run {
    fn entries(&self, range: &Range<usize>) -> Range<u64> {
        let at = |position: usize| self.starts.get(position).copied().map_or(0, u64::from);
        at(range.start)..at(range.end)
    }
}

impl Spill {
    pub(crate) fn new(disk: Disk, path: PathBuf) -> Self {
        Self {
            disk,
            path,
            length: 0,
            runs: Vec::new(),
        }
    }

    /// Sorts `entries`, writes them as one run and empties them.
    pub(crate) fn add_run(&mut self, entries: &mut Vec<(u128, u64)>) -> Result<(), StoreError> {
        entries.sort_unstable();
        let mut bytes = Vec::with_capacity(entries.len() * ENTRY);
        let mut starts = vec![0_u32; FIRST_BYTES + 1];
        for (id, ordinal) in entries.drain(..) {
            let id = id.to_be_bytes();
            bytes.extend_from_slice(&id);
            bytes.extend_from_slice(&ordinal.to_le_bytes());
            if let Some(count) = starts.get_mut(usize::from(id[0]) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        self.disk.append(&self.path, &bytes)?;
        self.runs.push(Run {
            base: self.length,
            starts,
        });
        self.length += as_u64(bytes.len());
        Ok(())
    }

    /// Returns how many ids were spilled.
    pub(crate) const fn entries(&self) -> u64 {
        self.length / ENTRY as u64
    }

    /// Cuts the first bytes into ranges of up to about `entries_max` ids each.
    pub(crate) fn ranges(&self, entries_max: u64) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let (mut start, mut held) = (0, 0);
        for first in 0..FIRST_BYTES {
            let range = first..first + 1;
            let count: u64 = self
                .runs
                .iter()
                .map(|run| run.entries(&range))
                .map(|entries| entries.end - entries.start)
                .sum();
            if held > 0 && held + count > entries_max {
                ranges.push(start..first);
                (start, held) = (first, 0);
            }
            held += count;
        }
        ranges.push(start..FIRST_BYTES);
        ranges
    }

    /// Returns the entries whose first byte lies in `range`, sorted.
    pub(crate) fn read(&self, range: &Range<usize>) -> Result<Vec<(u128, u64)>, StoreError> {
        let mut entries = Vec::new();
        for run in &self.runs {
            let part = run.entries(range);
            let length = as_usize(part.end - part.start) * ENTRY;
            if length == 0 {
                continue;
            }
            let offset = run.base + part.start * as_u64(ENTRY);
            let bytes = self.disk.read_range(&self.path, offset, length)?;
            if bytes.len() != length {
                return Err(StoreError::corrupt(&self.path, "shorter than written"));
            }
            entries.extend(bytes.chunks_exact(ENTRY).filter_map(read_entry));
        }
        entries.sort_unstable();
        Ok(entries)
    }
}

fn read_entry(bytes: &[u8]) -> Option<(u128, u64)> {
    let id = bytes.get(..16)?.try_into().ok()?;
    Some((u128::from_be_bytes(id), read_u64(bytes, 16)?))
}
