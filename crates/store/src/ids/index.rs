//! One index file: how often the store holds each content hash, as counted by one ingest or by
//! several that were compacted.
//!
//! ```text
//!   entries (id 16 bytes, count 4), sorted, in buckets by the id's first bits
//!   one table line per bucket: entries up to its end (8 bytes), checksum of its bytes (8 bytes)
//!   footer: magic (8), bits (8), entries (8), checksum of these (8)
//! ```
//!
//! A bucket holds some 500 entries whatever the file's size, so one lookup costs two small reads and
//! a sorted sequence of lookups reads each bucket at most once. A bucket whose checksum does not
//! hold is an error.

use std::path::{Path, PathBuf};

use ringtrue_core::Digest;
use ringtrue_core::digest::DigestBuilder;

use crate::error::StoreError;
use crate::filesystem::Disk;
use crate::number::{as_u64, as_usize, checksum, read_u32, read_u64};

const ENTRY: usize = 20;
const LINE: usize = 16;
const FOOTER: usize = 32;
const MAGIC: &[u8; 8] = b"RTINDEX1";
const BUCKET_ENTRIES: u64 = 512;
const BITS_MAX: u32 = 24;
/// Table lines that are read at a time.
const PAGE_LINES: u64 = 1_024;
const BUFFER_BYTES: usize = 1 << 20;

/// What the catalog knows of one index file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IndexInfo {
    pub(crate) digest: Digest,
    pub(crate) entries: u64,
}

/// Returns the bucket of `id` among `2^bits`.
fn bucket_of(id: u128, bits: u32) -> u64 {
    if bits == 0 {
        0
    } else {
        u64::try_from(id >> (128 - bits)).unwrap_or(u64::MAX)
    }
}

/// Writes an index file, entry by entry in ascending order of ids.
pub(crate) struct IndexWriter {
    disk: Disk,
    path: PathBuf,
    bits: u32,
    buffer: Vec<u8>,
    bucket_start: usize,
    bucket: u64,
    table: Vec<u8>,
    entries: u64,
    digest: DigestBuilder,
}

impl IndexWriter {
    /// Starts a file for up to about `entries_max` entries.
    pub(crate) fn new(disk: Disk, path: PathBuf, entries_max: u64) -> Self {
        let buckets = (entries_max / BUCKET_ENTRIES).max(1);
        Self {
            disk,
            path,
            bits: buckets.ilog2().min(BITS_MAX),
            buffer: Vec::new(),
            bucket_start: 0,
            bucket: 0,
            table: Vec::new(),
            entries: 0,
            digest: DigestBuilder::default(),
        }
    }

    pub(crate) fn push(&mut self, id: u128, count: u32) -> Result<(), StoreError> {
        let bucket = bucket_of(id, self.bits);
        while self.bucket < bucket {
            self.close_bucket()?;
        }
        self.buffer.extend_from_slice(&id.to_be_bytes());
        self.buffer.extend_from_slice(&count.to_le_bytes());
        self.entries += 1;
        Ok(())
    }

    fn close_bucket(&mut self) -> Result<(), StoreError> {
        let bytes = self.buffer.get(self.bucket_start..).unwrap_or(&[]);
        self.table.extend_from_slice(&self.entries.to_le_bytes());
        self.table.extend_from_slice(&checksum(bytes).to_le_bytes());
        self.bucket += 1;
        if self.buffer.len() >= BUFFER_BYTES {
            self.flush()?;
        }
        self.bucket_start = self.buffer.len();
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.digest.stream(&self.buffer);
        self.disk.append(&self.path, &self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Writes what is left and syncs the file; `None` (and no file) if there were no entries.
    pub(crate) fn finish(mut self) -> Result<Option<IndexInfo>, StoreError> {
        if self.entries == 0 {
            return Ok(None);
        }
        while self.bucket < 1 << self.bits {
            self.close_bucket()?;
        }
        let table = std::mem::take(&mut self.table);
        self.buffer.extend_from_slice(&table);
        let mut footer = MAGIC.to_vec();
        footer.extend_from_slice(&u64::from(self.bits).to_le_bytes());
        footer.extend_from_slice(&self.entries.to_le_bytes());
        footer.extend_from_slice(&checksum(&footer).to_le_bytes());
        self.buffer.extend_from_slice(&footer);
        self.flush()?;
        self.disk.sync(&self.path)?;
        Ok(Some(IndexInfo {
            digest: self.digest.finish(),
            entries: self.entries,
        }))
    }
}

/// Reads an index file.
pub(crate) struct IndexReader {
    disk: Disk,
    path: PathBuf,
    bits: u32,
    entries: u64,
    page: Option<(u64, Vec<u8>)>,
    bucket: Option<(u64, Vec<u8>)>,
}

impl IndexReader {
    pub(crate) fn open(disk: Disk, path: &Path) -> Result<Self, StoreError> {
        let damaged = |reason: &str| StoreError::corrupt(path, reason);
        let length = disk.length(path)?;
        let length = length.ok_or_else(|| damaged("it is not there"))?;
        let start = length.checked_sub(as_u64(FOOTER));
        let start = start.ok_or_else(|| damaged("shorter than its footer"))?;
        let footer = disk.read_range(path, start, FOOTER)?;
        let (facts, sum) = footer.split_at(footer.len().min(FOOTER - 8));
        if !facts.starts_with(MAGIC) || read_u64(sum, 0) != Some(checksum(facts)) {
            return Err(damaged("its footer does not hold"));
        }
        let bits = read_u64(facts, 8).and_then(|bits| u32::try_from(bits).ok());
        let (bits, entries) = bits
            .filter(|bits| *bits <= BITS_MAX)
            .zip(read_u64(facts, 16))
            .ok_or_else(|| damaged("its footer is out of range"))?;
        let expected = entries
            .checked_mul(as_u64(ENTRY))
            .and_then(|bytes| bytes.checked_add((1 << bits) * as_u64(LINE)));
        if expected != Some(start) {
            return Err(damaged("its length does not fit its footer"));
        }
        Ok(Self {
            disk,
            path: path.to_path_buf(),
            bits,
            entries,
            page: None,
            bucket: None,
        })
    }

    /// Returns how often the store held this content, by this file's count.
    pub(crate) fn count(&mut self, id: u128) -> Result<u32, StoreError> {
        let bucket = self.bucket(bucket_of(id, self.bits))?;
        let wanted = id.to_be_bytes();
        let (mut low, mut high) = (0, bucket.len() / ENTRY);
        while low < high {
            let middle = usize::midpoint(low, high);
            let found = bucket.get(middle * ENTRY..middle * ENTRY + 16);
            match found.map(|found| found.cmp(&wanted[..])) {
                Some(std::cmp::Ordering::Less) => low = middle + 1,
                Some(std::cmp::Ordering::Equal) => {
                    return Ok(read_u32(bucket, middle * ENTRY + 16).unwrap_or(0));
                }
                _ => high = middle,
            }
        }
        Ok(0)
    }

    /// Returns the bytes of one bucket, checked.
    fn bucket(&mut self, number: u64) -> Result<&[u8], StoreError> {
        if self.bucket.as_ref().map(|held| held.0) != Some(number) {
            let (start, end, sum) = self.line(number)?;
            let length = end.checked_sub(start).filter(|_| end <= self.entries);
            let length = length
                .ok_or_else(|| StoreError::corrupt(&self.path, "its table is out of order"))?;
            let offset = start * as_u64(ENTRY);
            let bytes = self
                .disk
                .read_range(&self.path, offset, as_usize(length) * ENTRY)?;
            if checksum(&bytes) != sum {
                let reason = format!("the checksum of its bucket {number} does not hold");
                return Err(StoreError::corrupt(&self.path, reason));
            }
            self.bucket = Some((number, bytes));
        }
        Ok(self.bucket.as_ref().map_or(&[], |held| &held.1))
    }

    /// Returns where a bucket's entries start and end, and its checksum.
    fn line(&mut self, number: u64) -> Result<(u64, u64, u64), StoreError> {
        let page = number / PAGE_LINES;
        if self.page.as_ref().map(|held| held.0) != Some(page) {
            // One line before the page says where its first bucket starts.
            let first = (page * PAGE_LINES).saturating_sub(1);
            let offset = self.entries * as_u64(ENTRY) + first * as_u64(LINE);
            let lines = (PAGE_LINES + 1).min((1 << self.bits) - first);
            let length = as_usize(lines) * LINE;
            let bytes = self.disk.read_range(&self.path, offset, length)?;
            self.page = Some((page, bytes));
        }
        let bytes = self.page.as_ref().map_or(&[][..], |held| &held.1);
        let lead = u64::from(page > 0);
        let at = as_usize(number - page * PAGE_LINES + lead) * LINE;
        let start = match at.checked_sub(LINE) {
            Some(before) => read_u64(bytes, before),
            None => Some(0),
        };
        let line = start.zip(read_u64(bytes, at)).zip(read_u64(bytes, at + 8));
        line.map(|((start, end), sum)| (start, end, sum))
            .ok_or_else(|| StoreError::corrupt(&self.path, "its table is too short"))
    }
}

/// Walks an index file's entries in order.
pub(crate) struct IndexCursor {
    reader: IndexReader,
    bucket: u64,
    position: usize,
}

impl IndexCursor {
    pub(crate) const fn new(reader: IndexReader) -> Self {
        Self {
            reader,
            bucket: 0,
            position: 0,
        }
    }

    /// Returns the entry that the cursor stands on, `None` at the end.
    pub(crate) fn peek(&mut self) -> Result<Option<(u128, u32)>, StoreError> {
        while self.bucket < 1 << self.reader.bits {
            let bytes = self.reader.bucket(self.bucket)?;
            let id = bytes.get(self.position..self.position + 16);
            if let Some(id) = id.and_then(|id| id.try_into().ok()) {
                let count = read_u32(bytes, self.position + 16).unwrap_or(0);
                return Ok(Some((u128::from_be_bytes(id), count)));
            }
            self.bucket += 1;
            self.position = 0;
        }
        Ok(None)
    }

    /// Steps to the next entry.
    pub(crate) const fn advance(&mut self) {
        self.position += ENTRY;
    }
}
