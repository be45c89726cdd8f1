//! The verdict log's one writer: whoever hands it verdicts is told once they are on the disk.
//!
//! ```text
//!   groups of verdicts ─► queue ─► thread: append all that wait, sync once ─► each group is told its names
//!                                     └─ a large file is closed ─► another thread seals it
//! ```
//!
//! While the disk does not take them, groups are told so and the log is opened anew before the next; nothing is acknowledged
//! that a reader of the log would not find.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{
    Receiver, SendError, Sender, SyncSender, TrySendError, channel, sync_channel,
};
use std::thread::JoinHandle;
use std::time::Instant;

use ringtrue_core::EventTime;
use ringtrue_store::StoreError;
use ringtrue_store::filesystem::FileSystem;
use ringtrue_store::log::{Chain, LogWriter, Rotated, TornTail};

use crate::clock::instant;
use crate::metrics::Metrics;
use crate::route::Telling;
use crate::verdict::VerdictId;

/// Groups that may wait for the disk.
const WAITING_MAX: usize = 1_024;
/// Verdicts that are synced together, at most about so many.
const TOGETHER: usize = 8_192;
/// Bytes of verdicts after which the open file is closed, to be sealed.
const ROTATE_BYTES: u64 = 64 << 20;

/// Is told the names of a group's verdicts, or why the log did not take them.
pub type Told = Box<dyn FnOnce(Result<Vec<VerdictId>, Arc<str>>) + Send>;

/// A verdict to be logged.
pub struct Entry {
    /// Its record ([`crate::verdict::VerdictRecord::to_payload`]).
    pub payload: Vec<u8>,
    /// The part of its name that its event gives ([`crate::verdict::check_of`]).
    pub check: u64,
}

/// Verdicts that are acknowledged together.
pub struct Group {
    /// When they were made.
    pub time: EventTime,
    /// The records.
    pub entries: Vec<Entry>,
    /// What is waited for before they are acknowledged.
    pub telling: Telling,
    /// Who waits for them.
    pub told: Told,
}

/// What the writer is asked to do.
enum Asked {
    /// To write verdicts.
    Write(Group),
    /// To close the open file, so that it is sealed.
    CloseFile,
}

/// The writer of a verdict log.
pub struct Ledger {
    sender: Option<SyncSender<Asked>>,
    threads: Vec<JoinHandle<()>>,
    is_well: Arc<AtomicBool>,
}

impl Ledger {
    /// Opens the log in `folder`, making it if need be; returns what of an interrupted write was cut off.
    ///
    /// # Errors
    ///
    /// What opening the log says, [`StoreError::Busy`] if another program writes it.
    pub fn open(
        file_system: Arc<dyn FileSystem>,
        folder: &Path,
        metrics: Arc<Metrics>,
    ) -> Result<(Self, Option<TornTail>), StoreError> {
        let (writer, torn) = LogWriter::open_with(Arc::clone(&file_system), folder, Chain::Plain)?;
        let (sender, asked) = sync_channel(WAITING_MAX);
        let (sealing, closed) = channel();
        let writing = Writing {
            file_system,
            folder: folder.to_path_buf(),
            writer: Some(writer),
            open_bytes: 0,
            metrics,
            is_well: Arc::new(AtomicBool::new(true)),
            sealing,
        };
        let is_well = Arc::clone(&writing.is_well);
        let started = |name: &str, run: Box<dyn FnOnce() + Send>| {
            let thread = std::thread::Builder::new().name(name.to_owned());
            thread.spawn(run).map_err(|source| StoreError::Io {
                action: "start a thread for",
                path: folder.to_path_buf(),
                source,
            })
        };
        let sealer = started("sealing", Box::new(move || seal(&closed)))?;
        let thread = started("verdict log", Box::new(move || writing.run(&asked)))?;
        let ledger = Self {
            sender: Some(sender),
            threads: vec![thread, sealer],
            is_well,
        };
        Ok((ledger, torn))
    }

    /// Returns whether the disk took what came last.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.is_well.load(Ordering::Relaxed)
    }

    /// Hands over verdicts, and waits if too many wait already.
    pub fn write(&self, group: Group) {
        let sent = self.sender.as_ref();
        let sent = sent.map(|sender| sender.send(Asked::Write(group)));
        if let Some(Err(SendError(Asked::Write(unsent)))) = sent {
            (unsent.told)(Err(Arc::from("the verdict log is closed")));
        }
    }

    /// Has the open file closed and sealed, if it holds anything.
    pub fn close_file(&self) {
        let sent = self.sender.as_ref();
        let sent = sent.map(|sender| sender.send(Asked::CloseFile));
        // Nobody takes it if the thread has ended: then everything is closed.
        drop(sent);
    }

    /// Hands over verdicts that nobody waits for, unless too many wait already; says whether it did.
    #[must_use]
    pub fn try_write(&self, time: EventTime, entries: Vec<Entry>) -> bool {
        let group = Group {
            time,
            entries,
            telling: Telling::AtOnce,
            told: Box::new(|_| ()),
        };
        let sent = self.sender.as_ref();
        let sent = sent.map(|sender| sender.try_send(Asked::Write(group)));
        !matches!(
            sent,
            None | Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_)))
        )
    }
}

impl Drop for Ledger {
    /// Writes and seals what still waits.
    fn drop(&mut self) {
        self.sender = None;
        for thread in self.threads.drain(..) {
            // A panic of the thread was told where it happened.
            drop(thread.join());
        }
    }
}

/// The thread's side.
struct Writing {
    file_system: Arc<dyn FileSystem>,
    folder: PathBuf,
    /// `None` while the disk does not take records.
    writer: Option<LogWriter>,
    open_bytes: u64,
    metrics: Arc<Metrics>,
    is_well: Arc<AtomicBool>,
    sealing: Sender<Rotated>,
}

impl Writing {
    fn run(mut self, asked: &Receiver<Asked>) {
        while let Ok(first) = asked.recv() {
            let (mut waiting, mut count) = (Vec::new(), 0);
            let mut next = Some(first);
            while let Some(Asked::Write(group)) = next {
                count += group.entries.len();
                waiting.push(group);
                next = (count < TOGETHER).then(|| asked.try_recv().ok()).flatten();
            }
            if !waiting.is_empty() {
                self.take(waiting);
            }
            if matches!(next, Some(Asked::CloseFile)) {
                self.close_file();
            }
        }
    }

    fn take(&mut self, groups: Vec<Group>) {
        let start = instant();
        let waiting = match self.append(&groups) {
            Ok(names) => tell_at_once(groups.into_iter().zip(names)),
            Err(error) => return self.failed(start, groups, &error),
        };
        match self.sync() {
            Ok(()) => {
                self.metrics.synced(start.elapsed(), true);
                self.is_well.store(true, Ordering::Relaxed);
                for (group, names) in waiting {
                    (group.told)(Ok(names));
                }
                self.rotate();
            }
            Err(error) => {
                let groups = waiting.into_iter().map(|(group, _)| group);
                self.failed(start, groups.collect(), &error);
            }
        }
    }

    /// Tells groups that the disk did not take them.
    fn failed(&mut self, start: Instant, groups: Vec<Group>, error: &StoreError) {
        self.metrics.synced(start.elapsed(), false);
        self.is_well.store(false, Ordering::Relaxed);
        tracing::error!(error = %error, "the verdict log takes no records");
        // What the disk holds now is not known: only opening it again tells.
        self.writer = None;
        let reason: Arc<str> = Arc::from(error.to_string());
        for group in groups {
            (group.told)(Err(Arc::clone(&reason)));
        }
    }

    fn append(&mut self, groups: &[Group]) -> Result<Vec<Vec<VerdictId>>, StoreError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let file_system = Arc::clone(&self.file_system);
                let opened = LogWriter::open_with(file_system, &self.folder, Chain::Plain)?;
                none.insert(opened.0)
            }
        };
        let mut names = Vec::with_capacity(groups.len());
        for group in groups {
            let mut of_group = Vec::with_capacity(group.entries.len());
            for Entry { payload, check } in &group.entries {
                let sequence = writer.append(group.time, payload)?;
                of_group.push(VerdictId {
                    sequence,
                    check: *check,
                });
                self.open_bytes += payload.len() as u64;
            }
            names.push(of_group);
        }
        Ok(names)
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        match &mut self.writer {
            Some(writer) => writer.sync().map(drop),
            None => Ok(()),
        }
    }

    /// Closes a file that is large, and has closed ones sealed while others are written.
    fn rotate(&mut self) {
        if self.open_bytes >= ROTATE_BYTES {
            self.close_file();
        } else {
            self.seal_closed();
        }
    }

    fn close_file(&mut self) {
        let Some(writer) = &mut self.writer else {
            return;
        };
        self.open_bytes = 0;
        if let Err(error) = writer.rotate() {
            tracing::error!(error = %error, "the verdict log could not be closed, and goes on as it is");
            self.writer = None;
            return;
        }
        self.seal_closed();
    }

    fn seal_closed(&mut self) {
        let closed = self.writer.as_mut().map(LogWriter::take_rotated);
        for closed in closed.into_iter().flatten() {
            // Nobody takes it if the thread has ended: then it is sealed after the next start.
            drop(self.sealing.send(closed));
        }
    }
}

/// Tells the groups that do not wait for the disk; returns the others.
fn tell_at_once(
    groups: impl Iterator<Item = (Group, Vec<VerdictId>)>,
) -> Vec<(Group, Vec<VerdictId>)> {
    let mut waiting = Vec::new();
    for (group, names) in groups {
        match group.telling {
            Telling::Synced => waiting.push((group, names)),
            Telling::AtOnce => (group.told)(Ok(names)),
        }
    }
    waiting
}

/// Seals closed files, one after the other.
fn seal(closed: &Receiver<Rotated>) {
    for closed in closed {
        if let Err(error) = closed.seal() {
            tracing::error!(error = %error, "a part of the verdict log could not be sealed, and stays as it is");
            // A later part must not be sealed before an earlier one.
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use ringtrue_store::filesystem::RealFileSystem;
    use ringtrue_store::log::LogReader;
    use ringtrue_store::testkit::{Fault, FaultyFileSystem};

    use super::*;

    fn entry(payload: &str) -> Entry {
        Entry {
            payload: payload.as_bytes().to_vec(),
            check: payload.len() as u64,
        }
    }

    /// Hands over a group and waits until it is told.
    fn written(ledger: &Ledger, payloads: &[&str]) -> Result<Vec<VerdictId>, Arc<str>> {
        told(ledger, payloads, Telling::Synced)
    }

    fn told(
        ledger: &Ledger,
        payloads: &[&str],
        telling: Telling,
    ) -> Result<Vec<VerdictId>, Arc<str>> {
        let (sender, told) = mpsc::channel();
        ledger.write(Group {
            time: EventTime(7),
            entries: payloads.iter().map(|it| entry(it)).collect(),
            telling,
            told: Box::new(move |names| sender.send(names).unwrap()),
        });
        told.recv().unwrap()
    }

    fn opened(file_system: Arc<dyn FileSystem>, folder: &Path) -> Result<Ledger, StoreError> {
        Ledger::open(file_system, folder, Arc::default()).map(|(ledger, _)| ledger)
    }

    #[test]
    fn names_are_those_of_the_records() {
        let at = tempfile::tempdir().unwrap();
        let log = at.path().join("log");
        let ledger = opened(Arc::new(RealFileSystem), &log).unwrap();
        let names = written(&ledger, &["a", "b"]).unwrap();
        assert!(ledger.try_write(EventTime(8), vec![entry("c")]));
        // Whoever does not wait for the disk is told the same name that the record has once it is there.
        let at_once = told(&ledger, &["d"], Telling::AtOnce).unwrap();
        assert_eq!(at_once[0].sequence, 3);
        drop(ledger);
        let records: Vec<_> = LogReader::open(&log).unwrap().map(Result::unwrap).collect();
        assert_eq!(records.len(), 4);
        for (name, (record, payload)) in names.iter().zip(records.iter().zip(["a", "b"])) {
            assert_eq!((name.sequence, name.check), (record.sequence, 1));
            assert_eq!(record.payload, payload.as_bytes());
        }
    }

    #[test]
    fn what_a_fault_at_any_operation_lets_through_is_in_the_log() {
        for fault in [
            Fault::Kill,
            Fault::PowerCut,
            Fault::DiskFull,
            Fault::ReadOnly,
        ] {
            for operation in 1.. {
                let at = tempfile::tempdir().unwrap();
                let log = at.path().join("log");
                let faulty = Arc::new(FaultyFileSystem::failing_at(operation, fault));
                let mut acknowledged = Vec::new();
                if let Ok(ledger) = opened(Arc::clone(&faulty) as _, &log) {
                    for number in 0..6 {
                        let payload = format!("verdict {number}");
                        if let Ok(names) = written(&ledger, &[&payload]) {
                            acknowledged.push((names[0], payload));
                        }
                    }
                }
                if !faulty.tripped() {
                    assert_eq!(acknowledged.len(), 6);
                    break;
                }
                // The log always opens again, and holds whatever was acknowledged, under its name.
                let ledger = opened(Arc::new(FaultyFileSystem::sound()), &log).unwrap();
                written(&ledger, &["after"]).unwrap();
                drop(ledger);
                let records: Vec<_> = LogReader::open(&log).unwrap().map(Result::unwrap).collect();
                for (name, payload) in acknowledged {
                    let sequence = usize::try_from(name.sequence).unwrap();
                    let record = &records[sequence];
                    assert_eq!(
                        record.payload,
                        payload.as_bytes(),
                        "{fault:?} at {operation}"
                    );
                }
            }
        }
    }
}
