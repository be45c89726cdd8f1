//! What the verdict log keeps no longer: events after the task's retention or `log.inputs_days`, whole verdicts after `log.days`.
//!
//! ```text
//!   once an hour: the open file is closed each day ─► sealed files with something due ─► rewritten without it ─► oldest ones dropped
//! ```
//!
//! A verdict stays when its event goes: it says that the event is gone, and since when. An end of the log that may have been damaged, and
//! was set aside, goes as a whole with the first that is due in it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ringtrue_core::{Event, EventTime, Task};
use ringtrue_store::StoreError;
use ringtrue_store::filesystem::FileSystem;
use ringtrue_store::log::{Record, Retained, SealedFile};

use crate::config::LogOptions;
use crate::kept;
use crate::verdict::{Input, VerdictRecord};

/// How often it is looked for what is due.
pub(crate) const EVERY: Duration = Duration::from_hours(1);
/// The log's open file is closed as often, so that it can be looked at.
const CLOSED_EVERY: Duration = Duration::from_hours(24);

/// What is kept for how long.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// What the configuration says.
    pub log: LogOptions,
    /// The task whose retention holds for events.
    pub task: &'a Task,
}

/// What was taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenOut {
    /// Events.
    pub events: u64,
    /// Files of verdicts: sealed ones, and ends that were set aside.
    pub files: usize,
}

/// Looks after one log.
#[derive(Debug)]
pub struct Keeper {
    retained: Retained,
    /// What is known of sealed files.
    seen: HashMap<PathBuf, Seen>,
    /// When ends that were set aside are due.
    aside: HashMap<PathBuf, Option<EventTime>>,
    /// The policy by which that is known: its words.
    by: String,
    /// When the open file was closed last.
    closed: Option<EventTime>,
}

/// What is known of a sealed file.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// When the first of its events is due.
    due: Option<EventTime>,
    last: Option<EventTime>,
    end: u64,
}

impl Policy<'_> {
    /// Says whether anything ever goes.
    #[must_use]
    pub fn is_for_ever(&self) -> bool {
        let retention = &self.task.privacy.retention;
        let of_events = retention.days.is_none() && retention.fields.is_empty();
        of_events && self.log.inputs_days.is_none() && self.log.days.is_none()
    }

    /// Says whether verdicts are dropped of which the last was given then.
    fn drops(&self, last: Option<EventTime>, now: EventTime) -> bool {
        let over = last.zip(self.log.days);
        over.is_some_and(|(last, days)| last.plus_days(i64::from(days)) <= now)
    }

    /// Returns when the first of these verdicts, or of their events, goes; `None`: never.
    fn due_first(&self, records: &[Record]) -> Option<EventTime> {
        let of_verdict = |record: &Record| {
            let days = self.log.days.map(i64::from);
            days.map(|days| record.time.plus_days(days))
        };
        let verdicts = records.iter().filter_map(of_verdict);
        let events = records.iter().filter_map(|record| self.due_of(record));
        verdicts.chain(events).min()
    }

    /// Returns when the event of a verdict goes; `None`: never, or it is gone.
    fn due_of(&self, record: &Record) -> Option<EventTime> {
        let Input::Kept(line) = VerdictRecord::input_of(&record.payload) else {
            return None;
        };
        let event = kept::of_line(&line).ok();
        self.due(event.as_ref(), record.time)
    }

    /// Returns its words: by others, other events are due.
    fn words(&self) -> String {
        format!("{:?} {:?}", self.log, self.task.privacy.retention)
    }

    /// Returns when an event goes that was logged at `logged`; `None`: never. One without a time counts from when it was logged.
    fn due(&self, event: Option<&Event>, logged: EventTime) -> Option<EventTime> {
        let of_log = self
            .log
            .inputs_days
            .map(|days| logged.plus_days(i64::from(days)));
        let of_task = if let Some(event) = event {
            self.task.expires_first(event, event.time.unwrap_or(logged))
        } else {
            // What does not read may hold anything.
            let retention = &self.task.privacy.retention;
            let days = retention.fields.values().copied().chain(retention.days);
            days.min().map(|days| logged.plus_days(i64::from(days)))
        };
        [of_log, of_task].into_iter().flatten().min()
    }
}

impl Keeper {
    /// Looks after the log in `folder`.
    #[must_use]
    pub fn new(file_system: Arc<dyn FileSystem>, folder: &Path) -> Self {
        Self {
            retained: Retained::new(file_system, folder),
            seen: HashMap::new(),
            aside: HashMap::new(),
            by: String::new(),
            closed: None,
        }
    }

    /// Says whether the open file is to be closed now, so that what it holds can go in time.
    pub fn closes(&mut self, policy: &Policy<'_>, now: EventTime) -> bool {
        let is_due = |closed: EventTime| {
            let since = now.0.saturating_sub(closed.0);
            since >= i64::try_from(CLOSED_EVERY.as_micros()).unwrap_or(i64::MAX)
        };
        let closes = !policy.is_for_ever() && self.closed.is_none_or(is_due);
        if closes {
            self.closed = Some(now);
        }
        closes
    }

    /// Takes out what is due at `now`.
    ///
    /// # Errors
    ///
    /// The first thing that the disk says; what was taken out stays out, and one file that does not read keeps no other from being looked at.
    pub fn apply(&mut self, policy: &Policy<'_>, now: EventTime) -> Result<TakenOut, StoreError> {
        let mut out = TakenOut::default();
        if policy.is_for_ever() {
            return Ok(out);
        }
        let words = policy.words();
        if self.by != words {
            self.seen.clear();
            self.aside.clear();
            self.by = words;
        }
        let mut seen = HashMap::new();
        let mut dropped_to = None;
        let (mut is_before, mut failed) = (true, None);
        for file in self.retained.sealed()? {
            let (path, known) = match self.look(policy, file, now, &mut out) {
                Ok(looked) => looked,
                Err(error) => {
                    is_before = false;
                    failed = failed.or(Some(error));
                    continue;
                }
            };
            is_before &= policy.drops(known.last, now);
            if is_before {
                dropped_to = Some(known.end);
            }
            seen.insert(path, known);
        }
        self.seen = seen;
        if let Some(sequence) = dropped_to {
            out.files = self.retained.drop_before(sequence)?;
        }
        out.files += self.drop_aside(policy, now)?;
        failed.map_or(Ok(out), Err)
    }

    /// Removes the ends that were set aside of which anything is due; returns how many.
    fn drop_aside(&mut self, policy: &Policy<'_>, now: EventTime) -> Result<usize, StoreError> {
        let mut gone = 0;
        for path in self.retained.aside()? {
            let known = self.aside.get(&path).copied();
            let due = match known {
                Some(due) => due,
                None => policy.due_first(&self.retained.read_aside(&path)?),
            };
            if due.is_some_and(|due| due <= now) {
                self.retained.remove_aside(&path)?;
                self.aside.remove(&path);
                gone += 1;
            } else {
                self.aside.insert(path, due);
            }
        }
        Ok(gone)
    }

    /// Takes out of a sealed file what is due; returns where it stands then, and what is known of it.
    fn look(
        &self,
        policy: &Policy<'_>,
        file: SealedFile,
        now: EventTime,
        out: &mut TakenOut,
    ) -> Result<(PathBuf, Seen), StoreError> {
        let known = self.seen.get(&file.path).copied();
        if let Some(known) = known.filter(|known| known.due.is_none_or(|due| due > now)) {
            return Ok((file.path, known));
        }
        let mut due = None;
        let looked = self.retained.rewrite(&file, |record| {
            without_what_is_due(policy, record, now, &mut due)
        })?;
        out.events += looked.changed;
        let known = Seen {
            due,
            last: looked.last,
            end: looked.end,
        };
        Ok((looked.file.path, known))
    }
}

/// Returns a record without its event if that is due; else notes when it will be.
fn without_what_is_due(
    policy: &Policy<'_>,
    record: &Record,
    now: EventTime,
    first_due: &mut Option<EventTime>,
) -> Option<Vec<u8>> {
    let due = policy.due_of(record)?;
    if due <= now {
        return Some(VerdictRecord::without_input(&record.payload, now));
    }
    *first_due = Some(first_due.map_or(due, |first| first.min(due)));
    None
}

#[cfg(test)]
mod tests {
    use ringtrue_core::{Kind, Trust};
    use ringtrue_store::filesystem::RealFileSystem;
    use ringtrue_store::log::{Chain, LogReader, LogWriter};

    use super::*;

    const DAY: i64 = 86_400_000_000;

    fn task(more: &str) -> Task {
        Task::parse(&format!("format = 1\nname = \"a\"\nkind = \"url\"\n{more}")).unwrap()
    }

    /// Writes one sealed file a day, each with an event of that day and one without a time.
    fn log(folder: &Path, days: i64) {
        for day in 0..days {
            let (mut writer, _) = LogWriter::open(folder, Chain::Plain).unwrap();
            let mut event = Event {
                kind: Kind::Url,
                time: None,
                label_known: None,
                label: None,
                source: None,
                trust: Trust::Own,
                family: None,
                group: None,
                fields: Vec::new(),
            };
            for time in [Some(EventTime(day * DAY)), None] {
                event.time = time;
                let line = kept::to_line(&event).unwrap();
                let payload = [b"{\"decision\":1}\n", &line[..]].concat();
                writer.append(EventTime(day * DAY), &payload).unwrap();
            }
            writer.seal().unwrap();
        }
    }

    /// Returns of each record that is left whether it has its event.
    fn kept_of(folder: &Path) -> Vec<bool> {
        let records = LogReader::open(folder).unwrap();
        let input = |record: Record| VerdictRecord::input_of(&record.payload);
        let inputs = records.map(|record| input(record.unwrap()));
        inputs
            .map(|input| matches!(input, Input::Kept(_)))
            .collect()
    }

    fn applied(keeper: &mut Keeper, log: LogOptions, task: &Task, day: i64) -> TakenOut {
        let policy = Policy { log, task };
        keeper.apply(&policy, EventTime(day * DAY)).unwrap()
    }

    #[test]
    fn events_go_when_they_are_due_and_verdicts_stay() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("log");
        log(&at, 4);
        let mut keeper = Keeper::new(Arc::new(RealFileSystem), &at);
        let (usual, task) = (
            LogOptions::default(),
            task("[privacy]\nretention_days = 10\n"),
        );
        assert_eq!(applied(&mut keeper, usual, &task, 9), TakenOut::default());
        assert_eq!(kept_of(&at), [true; 8]);
        let gone = TakenOut {
            events: 4,
            files: 0,
        };
        assert_eq!(applied(&mut keeper, usual, &task, 11), gone);
        assert_eq!(
            kept_of(&at),
            [false, false, false, false, true, true, true, true]
        );
        // By its own word a log keeps events for less long than the task allows.
        let short = LogOptions {
            inputs_days: Some(9),
            ..usual
        };
        let gone = TakenOut {
            events: 2,
            files: 0,
        };
        assert_eq!(applied(&mut keeper, short, &task, 11), gone);
        assert_eq!(applied(&mut keeper, short, &task, 11), TakenOut::default());
    }

    #[test]
    fn an_end_that_was_set_aside_goes_with_the_first_that_is_due_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("log");
        log(&at, 1);
        let (mut writer, _) = LogWriter::open(&at, Chain::Plain).unwrap();
        let payload = b"{\"decision\":1}\n{}";
        for day in [5, 6] {
            writer.append(EventTime(day * DAY), payload).unwrap();
        }
        writer.sync().unwrap();
        drop(writer);
        // The first of the two is damaged, and the mark behind them is lost.
        let file = at.join("00000000000000000002.log");
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[20] ^= 1;
        bytes.truncate(bytes.len() - 24);
        std::fs::write(&file, bytes).unwrap();
        drop(LogWriter::open(&at, Chain::Plain).unwrap());
        let aside = || {
            Retained::new(Arc::new(RealFileSystem), &at)
                .aside()
                .unwrap()
        };
        assert_eq!(aside().len(), 1);
        let mut keeper = Keeper::new(Arc::new(RealFileSystem), &at);
        let (usual, task) = (
            LogOptions::default(),
            task("[privacy]\nretention_days = 10\n"),
        );
        assert_eq!(applied(&mut keeper, usual, &task, 15).files, 0);
        assert_eq!(aside().len(), 1);
        assert_eq!(applied(&mut keeper, usual, &task, 16).files, 1);
        assert!(aside().is_empty());
    }

    #[test]
    fn verdicts_go_by_whole_files_and_the_last_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("log");
        log(&at, 4);
        let mut keeper = Keeper::new(Arc::new(RealFileSystem), &at);
        let days = LogOptions {
            days: Some(5),
            ..LogOptions::default()
        };
        let task = task("");
        assert_eq!(applied(&mut keeper, days, &task, 6).files, 2);
        let mut left = LogReader::open(&at).unwrap();
        assert_eq!(
            (left.begins(), left.next().unwrap().unwrap().sequence),
            (4, 4)
        );
        assert_eq!(applied(&mut keeper, days, &task, 60).files, 1);
        assert_eq!(kept_of(&at), [true; 2]);
    }

    #[test]
    fn fields_that_are_due_take_their_event_with_them() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("log");
        log(&at, 1);
        let mut keeper = Keeper::new(Arc::new(RealFileSystem), &at);
        let usual = LogOptions::default();
        let other = task("[privacy.retention]\nip = 3\n");
        assert_eq!(
            applied(&mut keeper, usual, &other, 4).events,
            0,
            "no event has it"
        );
        let source = task("[privacy.retention]\nurl = 3\n");
        assert_eq!(applied(&mut keeper, usual, &source, 4).events, 0);
        let whole = task("[privacy]\nretention_days = 30\n[privacy.retention]\nip = 3\n");
        assert_eq!(applied(&mut keeper, usual, &whole, 29).events, 0);
        assert_eq!(applied(&mut keeper, usual, &whole, 30).events, 2);
    }

    #[test]
    fn without_a_policy_nothing_is_closed() {
        let mut keeper = Keeper::new(Arc::new(RealFileSystem), Path::new("nowhere"));
        let (usual, silent) = (LogOptions::default(), task(""));
        let policy = Policy {
            log: usual,
            task: &silent,
        };
        assert!(!keeper.closes(&policy, EventTime(DAY)));
        assert_eq!(
            keeper.apply(&policy, EventTime(DAY)).unwrap(),
            TakenOut::default()
        );
        let log = LogOptions {
            days: Some(1),
            ..usual
        };
        let policy = Policy { log, task: &silent };
        let asked = [0, 1, DAY - 1, DAY, DAY + 1].map(|at| keeper.closes(&policy, EventTime(at)));
        assert_eq!(asked, [true, false, false, true, false]);
    }
}
