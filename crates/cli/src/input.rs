//! Input files as a stream of events: the rim where names become bytes.
//!
//! ```text
//!   names ──expand──► files ──open──► source ──mapping, build──► batches of events, set-aside rows
//! ```

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringtrue_core::{Event, EventTime, Kind, Limits, Task};
use ringtrue_intake::mapping::Role;
use ringtrue_intake::source::{
    Batch, Format, ParquetSource, Source, SourceError, open_live, open_text,
};
use ringtrue_intake::{EventBuilder, Mapping, guess_kind};

use crate::failure::{Failure, OrFail, Outcome};
use crate::progress::called;

/// A row that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Aside {
    /// The line on which it starts, or the row of a Parquet file; from 1.
    pub(crate) line: u64,
    /// Why.
    pub(crate) reason: String,
    /// What of it may be kept.
    pub(crate) content: String,
}

/// Some events of one file.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// The events, each with the number of its row: 0 for the first one after the header.
    pub(crate) events: Vec<(u64, Event)>,
    /// The rows that were set aside.
    pub(crate) aside: Vec<Aside>,
}

/// How input is read.
pub(crate) struct Reading {
    /// The task, stated or assumed.
    pub(crate) task: Task,
    /// Makes pseudonyms of private fields.
    pub(crate) key: [u8; 32],
    /// When the input is read.
    pub(crate) now: EventTime,
    /// The columns that must be there.
    pub(crate) needed: Vec<Role>,
}

/// What was assumed while reading, in sentences.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assumed(pub(crate) BTreeSet<String>);

/// Returns the files that `names` stand for, folders as the files in them, sorted; `-` stays.
pub(crate) fn expand(names: &[PathBuf]) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for name in names {
        if name.is_dir() {
            files.extend(files_in(name)?);
        } else {
            files.push(name.clone());
        }
    }
    Ok(files)
}

fn files_in(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let cannot = || format!("cannot list the folder `{}`", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).or_fail(cannot)? {
        let path = entry.or_fail(cannot)?.path();
        let is_data = path
            .file_name()
            .is_some_and(|name| Format::of_name(&name.to_string_lossy()).is_some());
        if is_data && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Failure::new(format!("the folder `{}` holds no data file", folder.display()))
            .hint("files end in .csv, .tsv, .ndjson, .jsonl or .parquet, each with or without .gz or .zst"));
    }
    Ok(files)
}

/// Returns the kind of the events in `file`, by its columns.
pub(crate) fn sniff_kind(file: &Path) -> Outcome<Kind> {
    // What is read from a pipe is gone, and nothing may be lost of it.
    if file == Path::new("-") || (file.exists() && !file.is_file()) {
        return Err(
            Failure::new(format!("cannot look ahead on {}", called(file)))
                .hint("say what it holds: `--kind url` or `--kind table`"),
        );
    }
    let mut source = open(file)?;
    let batch = source
        .next_batch()
        .map_err(|error| unreadable(file, &error))?;
    Ok(batch.map_or(Kind::Table, |batch| guess_kind(&batch.columns)))
}

fn open(file: &Path) -> Outcome<Box<dyn Source>> {
    let limits = Limits::default();
    let refuse = |error: SourceError| unreadable(file, &error);
    if file == Path::new("-") {
        return open_live(Box::new(io::stdin()), limits).map_err(refuse);
    }
    let cannot = || format!("cannot open `{}`", file.display());
    let mut handle = File::open(file).or_fail(cannot)?;
    let mut head = Vec::with_capacity(4);
    handle
        .by_ref()
        .take(4)
        .read_to_end(&mut head)
        .or_fail(cannot)?;
    if !handle.metadata().or_fail(cannot)?.is_file() {
        // A pipe cannot be rewound: what was read is put in front again.
        let whole = io::Cursor::new(head).chain(handle);
        return open_text(Box::new(BufReader::new(whole)), None, limits).map_err(refuse);
    }
    if head == b"PAR1" {
        let source = ParquetSource::open(handle, &limits).map_err(refuse)?;
        return Ok(Box::new(source));
    }
    handle.rewind().or_fail(cannot)?;
    let format = Format::of_name(&file.to_string_lossy());
    open_text(Box::new(BufReader::new(handle)), format, limits).map_err(refuse)
}

fn unreadable(file: &Path, error: &SourceError) -> Failure {
    Failure::new(format!("cannot read `{}`", file.display()))
        .because(error)
        .hint(error.hint())
}

/// Reads one file batch by batch; `each` gets the events of a batch in order.
pub(crate) fn read_file(
    file: &Path,
    reading: &Reading,
    assumed: &mut Assumed,
    each: &mut dyn FnMut(Events) -> Outcome<()>,
) -> Outcome<()> {
    read_source(file, &mut *open(file)?, reading, assumed, each)
}

/// Reads events that were typed: URLs, or rows as JSON objects.
pub(crate) fn read_text(
    text: &str,
    reading: &Reading,
    assumed: &mut Assumed,
    each: &mut dyn FnMut(Events) -> Outcome<()>,
) -> Outcome<()> {
    let name = Path::new("the event");
    let bytes = io::Cursor::new(text.as_bytes());
    let mut source = open_text(Box::new(bytes), None, Limits::default())
        .map_err(|error| unreadable(name, &error))?;
    read_source(name, &mut *source, reading, assumed, each)
}

fn read_source(
    file: &Path,
    source: &mut dyn Source,
    reading: &Reading,
    assumed: &mut Assumed,
    each: &mut dyn FnMut(Events) -> Outcome<()>,
) -> Outcome<()> {
    let mut columns: Arc<[Arc<str>]> = Arc::from([]);
    let mut builder: Option<EventBuilder<'_>> = None;
    let mut zones = [0_u64; 2];
    let mut rows = 0;
    while let Some(batch) = source
        .next_batch()
        .map_err(|error| unreadable(file, &error))?
    {
        if builder.is_none() || batch.columns != columns {
            columns = Arc::clone(&batch.columns);
            add_zones(&mut zones, builder.as_ref());
            builder = Some(start(file, reading, &columns, assumed)?);
        }
        if let Some(builder) = &mut builder {
            each(build(builder, batch, &mut rows))?;
        }
    }
    add_zones(&mut zones, builder.as_ref());
    if zones[1] > 0 {
        assumed.0.insert(if zones[0] > 0 {
            format!(
                "times without a zone are UTC (in `{}`, {} state a zone and {} do not)",
                file.display(),
                zones[0],
                zones[1]
            )
        } else {
            "times without a zone are UTC".to_owned()
        });
    }
    Ok(())
}

fn add_zones(zones: &mut [u64; 2], builder: Option<&EventBuilder<'_>>) {
    if let Some(builder) = builder {
        for (sum, more) in zones.iter_mut().zip(builder.zones) {
            *sum += more;
        }
    }
}

fn start<'a>(
    file: &Path,
    reading: &'a Reading,
    columns: &Arc<[Arc<str>]>,
    assumed: &mut Assumed,
) -> Outcome<EventBuilder<'a>> {
    let mut needed = reading.needed.clone();
    if reading.task.kind == Kind::Url {
        needed.push(Role::Url);
    }
    let mapping = Mapping::resolve(columns, &reading.task, &needed).map_err(|error| {
        Failure::new(format!("cannot tell the columns of `{}`", file.display()))
            .because(&error)
            .hint(error.hint())
    })?;
    for (role, column) in &mapping.recognised {
        if *role != Role::Url || **column != *"url" {
            assumed
                .0
                .insert(format!("the column `{column}` is the {role}"));
        }
    }
    Ok(EventBuilder::new(
        &reading.task,
        reading.key,
        reading.now,
        Arc::clone(columns),
        mapping,
    ))
}

/// Builds the events of a batch; `rows` counts those that were read before, and is moved on.
fn build(builder: &mut EventBuilder<'_>, batch: Batch, rows: &mut u64) -> Events {
    let mut events = Events::default();
    let lines: Vec<u64> = batch
        .rejected
        .iter()
        .map(|rejected| rejected.line)
        .collect();
    let mut rejected = lines.into_iter().peekable();
    events
        .aside
        .extend(batch.rejected.into_iter().map(|rejected| Aside {
            line: rejected.line,
            reason: rejected.reason,
            content: String::new(),
        }));
    for record in &batch.records {
        while rejected.next_if(|line| *line < record.line).is_some() {
            *rows += 1;
        }
        let row = *rows;
        *rows += 1;
        match builder.build(record) {
            Ok(event) => events.events.push((row, event)),
            Err(refused) => events.aside.push(Aside {
                line: record.line,
                reason: refused.reason,
                content: refused.content,
            }),
        }
    }
    *rows += rejected.count() as u64;
    events.aside.sort_by_key(|aside| aside.line);
    events
}
