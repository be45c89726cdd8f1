//! From the bytes of one request to events, by the same sources and rules that read files.
//!
//! ```text
//!   bytes ──form──► source ──mapping, privacy──► events, rows that are none
//! ```
//!
//! What stands in a request is at most what its limits say: compressed bodies are refused, since a small one may hold anything.

use std::io::Cursor;
use std::sync::Arc;

use ringtrue_core::{Event, EventTime, Kind, Limits};
use ringtrue_intake::source::{ArrowSource, Format, Opening, Pace, Row, Source, SourceError, open};
use ringtrue_intake::{EventBuilder, Mapping};
use thiserror::Error;

use crate::loaded::Loaded;

/// How the events of a request are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object, or a list of them.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// One message, as it was received.
    Mail,
    /// One URL or command a line.
    Lines,
    /// An Arrow stream.
    Arrow,
}

/// Why a request holds no events.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Nothing stands there.
    #[error("the body is empty")]
    Empty,
    /// It is compressed.
    #[error("the body is compressed")]
    Compressed,
    /// It is no JSON.
    #[error("the body is no JSON object and no list of them")]
    Json(#[source] Option<serde_json::Error>),
    /// Its form is not one in which such events come.
    #[error("the detector reads events of the kind `{0}`, which do not come in this form")]
    Form(Kind),
    /// More events stand there than a request may hold.
    #[error("more than {0} events stand there")]
    TooMany(usize),
    /// It does not read.
    #[error("the body does not read")]
    Source(#[from] SourceError),
}

/// What one row of a request is.
#[derive(Debug)]
pub enum Item {
    /// An event.
    Event(Box<Event>),
    /// No event, for this reason.
    Aside(String),
}

/// Reads the events of a request, in order. `now` is when it came: an event far later than that is none. At most `events_max`
/// rows are read.
///
/// # Errors
///
/// [`ReadError`] if the body as a whole is not what its form says, or holds too many rows.
pub fn read(
    loaded: &Loaded,
    (form, body): (Form, &[u8]),
    now: EventTime,
    events_max: usize,
) -> Result<Vec<Item>, ReadError> {
    if form == Form::Arrow {
        let mut source = ArrowSource::open(body, &Limits::default())?;
        return taken(&mut source, (loaded, now), events_max);
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty);
    }
    if body.starts_with(&[0x1f, 0x8b]) || body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return Err(ReadError::Compressed);
    }
    let lines;
    let body = if form == Form::Json && body.iter().any(|byte| matches!(byte, b'\n' | b'[')) {
        lines = one_a_line(body, events_max)?;
        &lines
    } else {
        body
    };
    let limits = Limits::default();
    let kind = loaded.task.kind;
    let format = match (form, kind) {
        (Form::Json | Form::Ndjson, _) => Format::Json,
        (Form::Mail, Kind::Email) => Format::Mail,
        (Form::Lines, Kind::Url | Kind::Command) => Format::Lines,
        _ => return Err(ReadError::Form(kind)),
    };
    let opening = Opening {
        format: Some(format),
        expected: kind.into(),
        pace: Pace::Whole,
        limits,
    };
    let mut source = open(Box::new(Cursor::new(body)), opening)?;
    taken(&mut *source, (loaded, now), events_max)
}

/// Takes the rows of a source in.
fn taken(
    source: &mut dyn Source,
    (loaded, now): (&Loaded, EventTime),
    events_max: usize,
) -> Result<Vec<Item>, ReadError> {
    let mut rows = Rows::new(loaded, now, events_max);
    while source.next_rows(&mut |names, row| rows.take(names, row))? {
        if rows.items.len() > events_max {
            return Err(ReadError::TooMany(events_max));
        }
    }
    if rows.items.len() > events_max {
        return Err(ReadError::TooMany(events_max));
    }
    Ok(rows.items)
}

/// Rows of an input that goes on.
pub(crate) struct Portion {
    /// What they are, in order.
    pub(crate) items: Vec<Item>,
    /// The line up to which all was handed out.
    pub(crate) settled: u64,
}

/// Opens an input that goes on, of this format.
///
/// # Errors
///
/// [`SourceError`] if it does not begin as its format does.
pub(crate) fn live<'a>(
    reader: impl std::io::Read + 'a,
    format: Format,
    kind: Kind,
) -> Result<Box<dyn Source + 'a>, SourceError> {
    let opening = Opening {
        format: Some(format),
        expected: kind.into(),
        pace: Pace::Live,
        limits: Limits::default(),
    };
    open(Box::new(reader), opening)
}

/// Waits for the next rows of an input that goes on, and reads them for a detector; `None` at its end.
///
/// # Errors
///
/// [`SourceError`] if it does not read on.
pub(crate) fn next_portion(
    source: &mut dyn Source,
    (loaded, now): (&Loaded, impl Fn() -> EventTime),
) -> Result<Option<Portion>, SourceError> {
    let mut rows: Option<Rows<'_>> = None;
    let is_more = source.next_rows(&mut |names, row| {
        // It came now, however long it was waited for.
        let rows = rows.get_or_insert_with(|| Rows::new(loaded, now(), usize::MAX));
        rows.take(names, row);
    })?;
    let (items, last) = rows.map_or((Vec::new(), 0), |rows| (rows.items, rows.last_line));
    let settled = source.settled().unwrap_or(last);
    Ok(is_more.then_some(Portion { items, settled }))
}

/// Writes an object, or the objects of a list, one a line.
fn one_a_line(body: &[u8], events_max: usize) -> Result<Vec<u8>, ReadError> {
    let not_json = |error| ReadError::Json(Some(error));
    let value: serde_json::Value = serde_json::from_slice(body).map_err(not_json)?;
    let objects = match value {
        serde_json::Value::Array(objects) => objects,
        object => vec![object],
    };
    if objects.is_empty() {
        return Err(ReadError::Empty);
    }
    if objects.len() > events_max {
        return Err(ReadError::TooMany(events_max));
    }
    let mut lines = Vec::with_capacity(body.len());
    for object in &objects {
        if !object.is_object() {
            return Err(ReadError::Json(None));
        }
        serde_json::to_writer(&mut lines, object).map_err(not_json)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// Rows under the columns that came so far.
struct Rows<'a> {
    loaded: &'a Loaded,
    now: EventTime,
    events_max: usize,
    names: Arc<[Arc<str>]>,
    mapping: Mapping,
    builder: Option<EventBuilder<'a>>,
    items: Vec<Item>,
    last_line: u64,
}

impl<'a> Rows<'a> {
    fn new(loaded: &'a Loaded, now: EventTime, events_max: usize) -> Self {
        Self {
            loaded,
            now,
            events_max,
            names: Arc::from([]),
            mapping: Mapping::default(),
            builder: None,
            items: Vec::new(),
            last_line: 0,
        }
    }

    fn take(&mut self, names: &Arc<[Arc<str>]>, row: Row<'_>) {
        // What comes beyond the limit is not kept: the request is refused as a whole.
        if self.items.len() > self.events_max {
            return;
        }
        let same = Arc::ptr_eq(names, &self.names) || **names == *self.names;
        if self.builder.is_none() || !same {
            self.names = Arc::clone(names);
            self.mapping.extend(names, &self.loaded.task);
            self.builder = Some(EventBuilder::new(
                &self.loaded.task,
                self.loaded.key.clone(),
                self.now,
                Arc::clone(names),
                self.mapping.clone(),
                &Limits::default(),
            ));
        }
        let Some(builder) = &self.builder else {
            return;
        };
        let line = match &row {
            Row::Read(line, _) => *line,
            Row::Rejected(rejected) => rejected.line,
        };
        self.last_line = self.last_line.max(line);
        let item = match row {
            Row::Read(_, cells) => match builder.view(cells) {
                Ok(view) => Item::Event(Box::new(view.event())),
                Err(refused) => Item::Aside(refused.reason),
            },
            Row::Rejected(rejected) => Item::Aside(rejected.reason),
        };
        self.items.push(item);
    }
}
