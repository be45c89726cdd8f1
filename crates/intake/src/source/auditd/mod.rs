//! Audit logs of Linux: the records of an event, joined by its id, as the command that was run.
//!
//! ```text
//!   lines ──record──► window of open events, by id ──whole, or pushed out──► command, time, user, ...
//! ```
//!
//! Events come out in the order of their first lines, so that an event waits for those before it. One is
//! whole when its last record has come, when its machine's log has gone on for more than two seconds, or
//! when the window holds as many events or bytes as the limits allow. A record that comes later than that
//! begins an event anew, which lacks what the first one had, and says so.
//!
//! The command is the argument vector of the EXECVE records as a shell would be given it, and `user` who
//! logged in, whoever they became since; `uid` is whom the command ran as. The process title is not read:
//! it is cut at 128 bytes, and that of the caller if the call failed. Of a call that failed there is no
//! EXECVE record, and so no command. A record of what sudo was told to run (`USER_CMD`) is an event of its own:
//! its command is the words as sudo joined them, and `uid` who ran sudo.

mod event;
mod record;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use ringtrue_core::{Limits, plural};

use super::delimited::too_long;
use super::gather::{Step, Steps, columns_of, gather};
use super::lines::{Chunk, Ending, LineReader};
use super::{Batch, Rejected, Source, SourceError};
use event::AuditEvent;
use record::{AuditRecord, Kind};

/// Microseconds after which no record of an event is waited for, as auditd's own tools do it.
const LATE_MICROS: i64 = 2_000_000;

/// Bytes that a refused line is counted as while it waits.
const REJECTED_BYTES: usize = 256;

/// An audit log.
pub(super) struct AuditSource<'a> {
    columns: Arc<[Arc<str>]>,
    limits: Limits,
    joining: Joining<'a>,
}

impl<'a> AuditSource<'a> {
    pub(super) fn new(lines: LineReader<'a>, limits: Limits) -> Self {
        Self {
            columns: columns_of(&event::COLUMNS),
            limits,
            joining: Joining {
                lines: Some(lines),
                limits,
                window: Window::default(),
                read: 0,
                without_command: 0,
                other_records: 0,
            },
        }
    }
}

impl Source for AuditSource<'_> {
    fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        gather(&mut self.joining, &self.columns, &self.limits)
    }

    fn settled(&self) -> Option<u64> {
        let open = self.joining.window.slots.front().map(Slot::line);
        Some(open.map_or(self.joining.read, |line| line.saturating_sub(1)))
    }

    fn passed_over(&self) -> Vec<String> {
        let [events, records] = [self.joining.without_command, self.joining.other_records];
        let one = "audit record that is no part of a command, such as a login, is";
        let many = "audit records that are no part of a command, such as logins, are";
        let told = [
            (
                events,
                "audit event that runs no command is",
                "audit events that run no command are",
            ),
            (records, one, many),
        ];
        let told = told.into_iter().filter(|(count, _, _)| *count > 0);
        told.map(|(count, one, many)| format!("{} passed over", plural(count, one, many)))
            .collect()
    }
}

/// Joins lines to events.
struct Joining<'a> {
    /// `None` at the input's end.
    lines: Option<LineReader<'a>>,
    limits: Limits,
    window: Window,
    /// The last line that was read.
    read: u64,
    without_command: u64,
    other_records: u64,
}

impl Steps for Joining<'_> {
    fn step(&mut self) -> Result<Step, SourceError> {
        if let Some(slot) = self.window.pop(&self.limits, self.lines.is_none()) {
            return Ok(self.finish(slot));
        }
        let Some(lines) = &mut self.lines else {
            return Ok(Step::End);
        };
        let chunk = lines.next(Ending::Line)?;
        if let Chunk::Record(_, line) | Chunk::TooLong(line) | Chunk::OpenQuote(line) = chunk {
            self.read = line;
        }
        match chunk {
            Chunk::Record(line, _) if line.trim_ascii().is_empty() => {}
            Chunk::Record(line, number) => match AuditRecord::parse(line) {
                Some(record) if record.kind == Kind::Other => {
                    self.other_records = self.other_records.saturating_add(1);
                }
                Some(record) => self.window.add(number, record, &self.limits),
                None => {
                    let reason = "no record of an audit log";
                    self.window.reject(Rejected::new(number, reason));
                }
            },
            Chunk::TooLong(line) | Chunk::OpenQuote(line) => {
                self.window.reject(too_long(line, &self.limits));
            }
            Chunk::End => self.lines = None,
        }
        Ok(Step::More)
    }

    fn is_waiting(&self) -> bool {
        let is_over = self.lines.is_none();
        self.lines.as_ref().is_some_and(LineReader::is_waiting)
            && !self.window.has_ready(&self.limits, is_over)
    }
}

impl Joining<'_> {
    fn finish(&mut self, slot: Slot) -> Step {
        let event = match slot {
            Slot::Rejected(rejected) => return Step::Rejected(rejected),
            Slot::Event(event) => event,
        };
        let Some(values) = event.values(&self.limits) else {
            self.without_command = self.without_command.saturating_add(1);
            return Step::More;
        };
        Step::of(event.line, values)
    }
}

/// What waits for its turn.
enum Slot {
    Event(Box<AuditEvent>),
    Rejected(Rejected),
}

impl Slot {
    fn line(&self) -> u64 {
        match self {
            Self::Event(event) => event.line,
            Self::Rejected(rejected) => rejected.line,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Event(event) => event.bytes,
            Self::Rejected(_) => REJECTED_BYTES,
        }
    }
}

/// The open events, in the order of their first lines.
#[derive(Default)]
struct Window {
    slots: VecDeque<Slot>,
    /// How many slots were handed out before the first.
    gone: usize,
    /// Where the event of a key stands, counted from the input's start.
    places: BTreeMap<Arc<str>, usize>,
    bytes: usize,
    /// The machine and the time of the latest record.
    latest: Option<(Option<Box<[u8]>>, i64)>,
}

impl Window {
    fn reject(&mut self, rejected: Rejected) {
        self.push(Slot::Rejected(rejected));
    }

    fn push(&mut self, slot: Slot) {
        self.bytes = self.bytes.saturating_add(slot.bytes());
        self.slots.push_back(slot);
    }

    fn add(&mut self, line: u64, record: AuditRecord<'_>, limits: &Limits) {
        self.latest = Some((record.node.map(Into::into), record.micros));
        let node = record.node.unwrap_or_default();
        let key = format!("{} {}", record.event, node.escape_ascii());
        let place = self.places.get(key.as_str()).copied().or_else(|| {
            // Its last record alone tells nothing.
            (record.kind != Kind::Last).then(|| self.open(line, key, &record))
        });
        let slot = place.and_then(|place| self.slots.get_mut(place.checked_sub(self.gone)?));
        if let Some(Slot::Event(event)) = slot {
            let before = event.bytes;
            event.add(record, limits);
            self.bytes = self
                .bytes
                .saturating_sub(before)
                .saturating_add(event.bytes);
        }
    }

    /// Starts an event, and returns its place.
    fn open(&mut self, line: u64, key: String, record: &AuditRecord<'_>) -> usize {
        let key: Arc<str> = key.into();
        let place = self.gone.saturating_add(self.slots.len());
        let event = AuditEvent::new(line, Arc::clone(&key), record);
        self.push(Slot::Event(Box::new(event)));
        self.places.insert(key, place);
        place
    }

    /// Returns whether the first slot need not wait any longer.
    fn has_ready(&self, limits: &Limits, is_over: bool) -> bool {
        let is_full =
            self.slots.len() > limits.audit_events_max || self.bytes > limits.batch_bytes_max;
        match self.slots.front() {
            None => false,
            Some(Slot::Rejected(_)) => true,
            Some(Slot::Event(event)) => is_over || is_full || event.is_whole || self.is_late(event),
        }
    }

    /// Returns whether the log of an event's machine has gone on long enough.
    fn is_late(&self, event: &AuditEvent) -> bool {
        self.latest.as_ref().is_some_and(|(node, micros)| {
            let node = node.as_deref().unwrap_or_default();
            let (_, of_event) = event.key.split_once(' ').unwrap_or_default();
            micros.saturating_sub(event.micros) > LATE_MICROS
                && of_event == node.escape_ascii().to_string()
        })
    }

    /// Takes out the first slot, if it need not wait any longer.
    fn pop(&mut self, limits: &Limits, is_over: bool) -> Option<Slot> {
        if !self.has_ready(limits, is_over) {
            return None;
        }
        let slot = self.slots.pop_front()?;
        self.gone = self.gone.saturating_add(1);
        self.bytes = self.bytes.saturating_sub(slot.bytes());
        if let Slot::Event(event) = &slot {
            self.places.remove(&event.key);
        }
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::super::Pace;
    use super::*;

    /// A million events of one moment, none of which ends, in turn with lines that are refused.
    struct Unfinished {
        serial: u64,
        line: Cursor<String>,
    }

    const EVENTS: u64 = 1_000_000;

    impl Read for Unfinished {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.line.read(buffer)?;
            if count > 0 || self.serial == EVENTS {
                return Ok(count);
            }
            self.serial = self.serial.saturating_add(1);
            let serial = self.serial;
            self.line = Cursor::new(format!(
                "type=SYSCALL msg=audit(1600000000.000:{serial}): exe=\"/a\"\n\
                 type=EXECVE msg=audit(1600000000.000:{serial}): argc=2 a0=\"a\"\nno record\n"
            ));
            self.line.read(buffer)
        }
    }

    #[test]
    fn events_that_never_end_are_pushed_out_of_the_window() {
        let limits = Limits::default();
        let input = Unfinished {
            serial: 0,
            line: Cursor::new(String::new()),
        };
        let lines = LineReader::new(Box::new(input), limits.record_bytes_max, Pace::Whole);
        let mut source = AuditSource::new(lines, limits);
        let mut rejected = 0;
        while let Some(batch) = source.next_batch().unwrap() {
            assert!(batch.records.is_empty());
            assert!(batch.rejected.is_sorted_by_key(|rejected| rejected.line));
            rejected += batch.rejected.len() as u64;
            let window = &source.joining.window;
            assert!(window.slots.len() <= limits.audit_events_max + 1);
            assert!(window.slots.capacity() <= 4 * limits.audit_events_max);
            assert_eq!(
                window.places.len().max(window.slots.len()),
                window.slots.len()
            );
        }
        assert_eq!(rejected, 2 * EVENTS);
        assert_eq!(source.joining.window.bytes, 0);
        assert!(source.joining.window.places.is_empty());
    }

    #[test]
    fn large_events_are_pushed_out_by_their_bytes() {
        let limits = Limits {
            batch_bytes_max: 10_000,
            ..Limits::default()
        };
        let argument = "x".repeat(3_000);
        let event = |serial: u32| {
            let id = format!("1600000000.000:{serial}");
            format!("type=EXECVE msg=audit({id}): argc=1 a0=\"{argument}\"\n")
        };
        let text = (0..50).map(event).collect::<Vec<_>>().concat();
        let lines = LineReader::new(
            Box::new(text.as_bytes()),
            limits.record_bytes_max,
            Pace::Whole,
        );
        let mut source = AuditSource::new(lines, limits);
        let mut records = 0;
        while let Some(batch) = source.next_batch().unwrap() {
            records += batch.records.len();
            assert!(source.joining.window.bytes <= 2 * limits.batch_bytes_max);
        }
        assert_eq!(records, 50);
    }
}
