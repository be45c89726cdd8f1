//! The catalog: which files are part of the store. A file that it does not name does not exist as
//! far as readers are concerned; its transaction is the commit point of an ingest.
//!
//! SQLite in write-ahead mode, so that readers never wait for a writer. Events, ids and artefacts
//! are not in here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ringtrue_core::digest::NotHex;
use ringtrue_core::{Digest, EventTime};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, TransactionBehavior, params};

use crate::error::StoreError;
use crate::filesystem::Disk;
use crate::forget::{KeyUse, Mark, Marked, Rewritten, RewrittenAside};
use crate::ids::index::IndexInfo;
use crate::ingest::{IngestSource, IngestSummary};
use crate::number::{as_i64, from_i64};
use crate::segment::{LabelCounts, SegmentInfo, TimeRange};

/// How long a commit waits for another process's commit, which takes milliseconds.
const BUSY: Duration = Duration::from_secs(30);

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS ingests (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, source TEXT, task TEXT, added INTEGER NOT NULL,
    repeated INTEGER NOT NULL, set_aside INTEGER NOT NULL, set_aside_file TEXT,
    malicious INTEGER NOT NULL, benign INTEGER NOT NULL, unsure INTEGER NOT NULL,
    unlabelled INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS segments (
    position INTEGER PRIMARY KEY, ingest INTEGER NOT NULL REFERENCES ingests (number),
    digest TEXT NOT NULL, bytes INTEGER NOT NULL, malicious INTEGER NOT NULL,
    benign INTEGER NOT NULL, unsure INTEGER NOT NULL, unlabelled INTEGER NOT NULL,
    time_first INTEGER, time_last INTEGER, undated INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS index_files (
    position INTEGER PRIMARY KEY, digest TEXT NOT NULL, entries INTEGER NOT NULL);
";

/// Tables that stores made by the first versions lack: made when such a store is opened.
const LATER_TABLES: &str = "
CREATE TABLE IF NOT EXISTS ingest_keys (
    ingest INTEGER NOT NULL, key TEXT NOT NULL, tokenises INTEGER NOT NULL,
    PRIMARY KEY (ingest, key, tokenises));
CREATE TABLE IF NOT EXISTS tombstones (number INTEGER PRIMARY KEY, digest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS marks (
    noun TEXT NOT NULL, digest TEXT NOT NULL, tombstone INTEGER NOT NULL REFERENCES tombstones (number),
    PRIMARY KEY (noun, digest, tombstone));
";

const SEGMENT_COLUMNS: &str = "digest, bytes, malicious, benign, unsure, unlabelled, time_first, \
                               time_last, undated";
const INGEST_COLUMNS: &str = "number, added, repeated, set_aside, set_aside_file, malicious, \
                              benign, unsure, unlabelled";

/// The open catalog.
#[derive(Debug)]
pub(crate) struct Catalog {
    connection: Mutex<Connection>,
    path: PathBuf,
}

/// What one ingest changes, all at once.
pub(crate) struct Change<'a> {
    pub(crate) source: &'a IngestSource,
    pub(crate) summary: &'a IngestSummary,
    pub(crate) segments: &'a [SegmentInfo],
    pub(crate) index_files: &'a [IndexInfo],
    pub(crate) keys: &'a [KeyUse],
}

/// What one act of forgetting changes, all at once.
pub(crate) struct Removal<'a> {
    pub(crate) segments: &'a [Rewritten],
    pub(crate) aside: &'a [RewrittenAside],
    pub(crate) tombstone: &'a str,
    pub(crate) marks: &'a [(Marked, Digest)],
}

impl Catalog {
    /// Opens the catalog at `path`, creating it if need be.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(path)?;
            connection.busy_timeout(BUSY)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "full")?;
            // What is forgotten must not stay readable in pages that are no longer used.
            connection.pragma_update(None, "secure_delete", true)?;
            connection.execute_batch(LATER_TABLES)?;
            Ok(connection)
        };
        let connection = open().map_err(|error| StoreError::catalog("open", path, error))?;
        Ok(Self {
            connection: Mutex::new(connection),
            path: path.to_path_buf(),
        })
    }

    /// Opens the catalog where nothing can be written. If all its changes stand in the file itself (`folded`), it needs no files
    /// beside it; else those of whoever writes it must be there.
    pub(crate) fn open_to_read(path: &Path, folded: bool) -> Result<Self, StoreError> {
        let read = |more: &str| -> rusqlite::Result<Connection> {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            let connection = Connection::open_with_flags(uri(path) + more, flags)?;
            connection.busy_timeout(BUSY)?;
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            Ok(connection)
        };
        let opened = match read("") {
            Err(_) if folded => read("?immutable=1"),
            opened => opened,
        };
        let connection = opened.map_err(|error| StoreError::catalog("open", path, error))?;
        Ok(Self {
            connection: Mutex::new(connection),
            path: path.to_path_buf(),
        })
    }

    /// Makes the tables of a new store.
    pub(crate) fn create_tables(&self) -> Result<(), StoreError> {
        let done = self.connection().execute_batch(TABLES);
        done.map_err(|error| self.failed("write to", error))
    }

    /// Lists the segments in the order in which their events came.
    pub(crate) fn segments(&self) -> Result<Vec<SegmentInfo>, StoreError> {
        let query = format!("SELECT {SEGMENT_COLUMNS} FROM segments ORDER BY position");
        self.list(&query, segment)
    }

    /// Lists the index files. Two ingests that add the same contents once more have equal files, so
    /// a digest may stand here several times, and each counts.
    pub(crate) fn index_files(&self) -> Result<Vec<IndexInfo>, StoreError> {
        let query = "SELECT digest, entries FROM index_files ORDER BY position";
        self.list(query, |row| {
            Ok(IndexInfo {
                digest: digest(row, 0)?,
                entries: from_i64(row.get(1)?),
            })
        })
    }

    /// Lists the ingests, oldest first.
    pub(crate) fn ingests(&self) -> Result<Vec<IngestSummary>, StoreError> {
        let query = format!("SELECT {INGEST_COLUMNS} FROM ingests ORDER BY number");
        let mut ingests = self.list(&query, ingest)?;
        let query = "SELECT ingest, digest FROM segments ORDER BY position";
        let segments = self.list(query, |row| Ok((from_i64(row.get(0)?), digest(row, 1)?)))?;
        for (number, digest) in segments {
            let index = ingests.binary_search_by_key(&number, |ingest| ingest.number);
            if let Some(ingest) = index.ok().and_then(|index| ingests.get_mut(index)) {
                ingest.segments.push(digest);
            }
        }
        Ok(ingests)
    }

    /// Lists what was taken in, oldest first, with how many events each ingest added.
    pub(crate) fn sources(&self) -> Result<Vec<(IngestSource, u64)>, StoreError> {
        let query = "SELECT name, source, task, added FROM ingests ORDER BY number";
        self.list(query, |row| {
            let source = IngestSource {
                name: row.get(0)?,
                digest: digest_if_any(row, 1)?,
                task: digest_if_any(row, 2)?,
            };
            Ok((source, from_i64(row.get(3)?)))
        })
    }

    /// Returns the number of the first ingest of this content under this task, `None` if there was
    /// none or the content's digest is not given.
    pub(crate) fn find_ingest(&self, source: &IngestSource) -> Result<Option<u64>, StoreError> {
        let Some(content) = source.digest else {
            return Ok(None);
        };
        let task = source.task.map(|task| task.to_string());
        let found = self
            .connection()
            .query_row(
                "SELECT number FROM ingests WHERE source = ?1 AND task IS ?2 ORDER BY number LIMIT 1",
                params![content.to_string(), task],
                |row| row.get(0).map(from_i64),
            )
            .optional();
        found.map_err(|error| self.failed("read", error))
    }

    /// Returns the number that the next ingest gets.
    pub(crate) fn next_ingest(&self) -> Result<u64, StoreError> {
        let query = "SELECT coalesce(max(number), 0) + 1 FROM ingests";
        let number = self
            .connection()
            .query_row(query, [], |row| row.get(0).map(from_i64));
        number.map_err(|error| self.failed("read", error))
    }

    /// Makes an ingest visible: the commit point.
    pub(crate) fn apply(&self, disk: &Disk, change: &Change<'_>) -> Result<(), StoreError> {
        self.commit(disk, |transaction| insert(transaction, change))
    }

    /// Does `work` in one transaction.
    fn commit(
        &self,
        disk: &Disk,
        work: impl FnOnce(&Connection) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let mut connection = self.connection();
        let failed = |error| self.failed("write to", error);
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        work(&transaction).map_err(failed)?;
        disk.before_commit(&self.path)?;
        transaction.commit().map_err(failed)?;
        disk.after_commit(&self.path)
    }

    /// Lists the segments with the number of the ingest that each belongs to.
    pub(crate) fn segments_of_ingests(&self) -> Result<Vec<(u64, SegmentInfo)>, StoreError> {
        let query = format!("SELECT {SEGMENT_COLUMNS}, ingest FROM segments ORDER BY position");
        self.list(&query, |row| Ok((from_i64(row.get(9)?), segment(row)?)))
    }

    /// Lists the keys of each ingest.
    pub(crate) fn ingest_keys(&self) -> Result<BTreeMap<u64, Vec<KeyUse>>, StoreError> {
        let query =
            "SELECT ingest, key, tokenises FROM ingest_keys ORDER BY ingest, key, tokenises";
        let rows = self.list(query, |row| {
            let used = KeyUse {
                key: parsed(row, 1)?,
                tokenises: row.get(2)?,
            };
            Ok((from_i64(row.get(0)?), used))
        })?;
        let mut keys: BTreeMap<u64, Vec<KeyUse>> = BTreeMap::new();
        for (ingest, used) in rows {
            keys.entry(ingest).or_default().push(used);
        }
        Ok(keys)
    }

    /// Lists what can no longer be made again.
    pub(crate) fn marks(&self) -> Result<Vec<Mark>, StoreError> {
        let query = "SELECT noun, marks.digest, tombstones.digest FROM marks
             JOIN tombstones ON tombstones.number = marks.tombstone
             ORDER BY noun, marks.digest, tombstones.number";
        self.list(query, |row| {
            Ok(Mark {
                noun: row.get(0)?,
                digest: digest(row, 1)?,
                tombstone: row.get(2)?,
            })
        })
    }

    /// Lists the tombstones, oldest first.
    pub(crate) fn tombstones(&self) -> Result<Vec<String>, StoreError> {
        self.list("SELECT digest FROM tombstones ORDER BY number", |row| {
            row.get(0)
        })
    }

    /// Makes a removal visible: the commit point.
    pub(crate) fn remove(&self, disk: &Disk, removal: &Removal<'_>) -> Result<(), StoreError> {
        self.commit(disk, |transaction| remove(transaction, removal))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere leaves no open transaction: dropping one rolls it back.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn list<T>(
        &self,
        query: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let connection = self.connection();
        let list = || -> rusqlite::Result<Vec<T>> {
            let mut statement = connection.prepare(query)?;
            statement.query_map([], read)?.collect()
        };
        list().map_err(|error| self.failed("read", error))
    }

    fn failed(&self, action: &'static str, error: rusqlite::Error) -> StoreError {
        StoreError::catalog(action, &self.path, error)
    }
}

/// Returns a path as SQLite's `file:` address.
fn uri(path: &Path) -> String {
    let mut text = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                text.push(char::from(*byte));
            }
            // Writing to a text does not fail.
            other => drop(write!(text, "%{other:02x}")),
        }
    }
    text
}

fn insert(connection: &Connection, change: &Change<'_>) -> rusqlite::Result<()> {
    let (source, summary) = (change.source, change.summary);
    connection.execute(
        "INSERT INTO ingests (number, name, source, task, added, repeated, set_aside,
             set_aside_file, malicious, benign, unsure, unlabelled)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            as_i64(summary.number),
            source.name,
            source.digest.map(|digest| digest.to_string()),
            source.task.map(|task| task.to_string()),
            as_i64(summary.added),
            as_i64(summary.repeated),
            as_i64(summary.set_aside),
            summary.set_aside_file,
            as_i64(summary.labels.malicious),
            as_i64(summary.labels.benign),
            as_i64(summary.labels.unsure),
            as_i64(summary.labels.unlabelled),
        ],
    )?;
    let query = format!(
        "INSERT INTO segments (ingest, {SEGMENT_COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    );
    let mut statement = connection.prepare(&query)?;
    for segment in change.segments {
        statement.execute(params![
            as_i64(summary.number),
            segment.digest.to_string(),
            as_i64(segment.bytes),
            as_i64(segment.labels.malicious),
            as_i64(segment.labels.benign),
            as_i64(segment.labels.unsure),
            as_i64(segment.labels.unlabelled),
            segment.times.first.map(|time| time.0),
            segment.times.last.map(|time| time.0),
            as_i64(segment.times.undated),
        ])?;
    }
    for used in change.keys {
        connection.execute(
            "INSERT OR IGNORE INTO ingest_keys (ingest, key, tokenises) VALUES (?1, ?2, ?3)",
            params![as_i64(summary.number), used.key.to_string(), used.tokenises],
        )?;
    }
    connection.execute("DELETE FROM index_files", [])?;
    for file in change.index_files {
        connection.execute(
            "INSERT INTO index_files (digest, entries) VALUES (?1, ?2)",
            params![file.digest.to_string(), as_i64(file.entries)],
        )?;
    }
    Ok(())
}

fn remove(connection: &Connection, removal: &Removal<'_>) -> rusqlite::Result<()> {
    for Rewritten { old, new, .. } in removal.segments {
        let old = old.to_string();
        let Some(new) = new else {
            connection.execute("DELETE FROM segments WHERE digest = ?1", [old])?;
            continue;
        };
        connection.execute(
            "UPDATE segments SET digest = ?2, bytes = ?3, malicious = ?4, benign = ?5, unsure = ?6,
                 unlabelled = ?7, time_first = ?8, time_last = ?9, undated = ?10 WHERE digest = ?1",
            params![
                old,
                new.digest.to_string(),
                as_i64(new.bytes),
                as_i64(new.labels.malicious),
                as_i64(new.labels.benign),
                as_i64(new.labels.unsure),
                as_i64(new.labels.unlabelled),
                new.times.first.map(|time| time.0),
                new.times.last.map(|time| time.0),
                as_i64(new.times.undated),
            ],
        )?;
    }
    for aside in removal.aside {
        connection.execute(
            "UPDATE ingests SET set_aside_file = ?2, set_aside = ?3 WHERE number = ?1",
            params![as_i64(aside.ingest), aside.file, as_i64(aside.rows)],
        )?;
    }
    connection.execute(
        "INSERT INTO tombstones (digest) VALUES (?1)",
        [removal.tombstone],
    )?;
    let number = connection.last_insert_rowid();
    for (noun, digest) in removal.marks {
        connection.execute(
            "INSERT OR IGNORE INTO marks (noun, digest, tombstone) VALUES (?1, ?2, ?3)",
            params![noun.word(), digest.to_string(), number],
        )?;
    }
    Ok(())
}

fn digest_if_any(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Digest>> {
    match row.get_ref(column)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => digest(row, column).map(Some),
    }
}

fn digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    parsed(row, column)
}

/// Reads a value by its text form.
fn parsed<T: FromStr<Err = NotHex>>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    })
}

fn labels(row: &Row<'_>, column: usize) -> rusqlite::Result<LabelCounts> {
    Ok(LabelCounts {
        malicious: from_i64(row.get(column)?),
        benign: from_i64(row.get(column + 1)?),
        unsure: from_i64(row.get(column + 2)?),
        unlabelled: from_i64(row.get(column + 3)?),
    })
}

fn segment(row: &Row<'_>) -> rusqlite::Result<SegmentInfo> {
    Ok(SegmentInfo {
        digest: digest(row, 0)?,
        bytes: from_i64(row.get(1)?),
        labels: labels(row, 2)?,
        times: TimeRange {
            first: row.get::<_, Option<i64>>(6)?.map(EventTime),
            last: row.get::<_, Option<i64>>(7)?.map(EventTime),
            undated: from_i64(row.get(8)?),
        },
    })
}

fn ingest(row: &Row<'_>) -> rusqlite::Result<IngestSummary> {
    Ok(IngestSummary {
        number: from_i64(row.get(0)?),
        added: from_i64(row.get(1)?),
        repeated: from_i64(row.get(2)?),
        set_aside: from_i64(row.get(3)?),
        set_aside_file: row.get(4)?,
        labels: labels(row, 5)?,
        segments: Vec::new(),
    })
}
