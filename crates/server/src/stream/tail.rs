//! A file that others write, followed through its rotations.
//!
//! ```text
//!   audit.log.2 ─► audit.log.1 ─► audit.log ──wait──► ...      renamed by logrotate or auditd itself
//!                                    └─ cut to nothing ─► from its start      copied and cut by `copytruncate`
//! ```
//!
//! Every line that was read has a place: file and offset. A follower that starts again goes on from such a place.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::clock::instant;

/// How often it is looked whether more was written.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// How long nothing more may come to a file that was renamed before the next one is read: who writes it goes on for a moment.
const STILL_WRITTEN: Duration = Duration::from_secs(1);
/// Lines whose places are known, at most; of older ones the oldest known place stands.
const PLACES_MAX: usize = 1 << 18;

/// Where a line starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The file, by the system's number of it: names change with each rotation.
    pub(super) inode: u64,
    /// Bytes from the file's start.
    pub(super) offset: u64,
}

/// Tells followers to end.
#[derive(Debug, Default)]
pub struct Stop {
    is_over: Mutex<bool>,
    told: Condvar,
}

impl Stop {
    /// Ends whoever follows.
    pub fn end(&self) {
        *self.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.told.notify_all();
    }

    /// Waits; returns whether it is over.
    #[must_use]
    pub fn wait(&self, most: Duration) -> bool {
        let is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .told
            .wait_timeout_while(is_over, most, |is_over| !*is_over);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The places of the lines that were read, counted from 1 over all files.
#[derive(Debug, Default)]
struct Places {
    /// The number of the first line whose place is known.
    first: u64,
    lines: VecDeque<Place>,
}

/// Finds the places of lines that a [`Tail`] has handed out.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines(Arc<Mutex<Places>>);

impl Lines {
    fn push(&self, place: Place) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.lines.push_back(place);
        if places.lines.len() > PLACES_MAX {
            places.lines.pop_front();
            places.first += 1;
        }
    }

    /// Says that what is read goes on elsewhere: the line that would have begun at `from` begins there. One that has begun goes on.
    fn go_on(&self, from: Place, to: Place) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = places.lines.back_mut().filter(|last| **last == from) {
            *last = to;
        }
    }

    /// Returns the place of the line after `line`, and forgets those before it; `None` if nothing was read.
    pub(super) fn after(&self, line: u64) -> Option<Place> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Lines count from 1, so that the one after `line` stands at `line` where the first stands at 0.
        while places.first < line && places.lines.len() > 1 {
            places.lines.pop_front();
            places.first += 1;
        }
        places.lines.front().copied()
    }
}

/// Where following begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// With what is written from now on.
    End,
    /// With the first line of the file.
    Start,
    /// With the line at this place, if its file is still there; else with the first line of the file.
    At(Place),
}

/// A followed file, as endless bytes.
pub(super) struct Tail {
    path: PathBuf,
    stop: Arc<Stop>,
    file: Option<Opened>,
    /// Since when nothing came to a file that was renamed.
    renamed: Option<Instant>,
    lines: Lines,
}

struct Opened {
    file: File,
    inode: u64,
    offset: u64,
}

impl Opened {
    fn of(path: &Path, from: impl FnOnce(u64) -> u64) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let known = file.metadata()?;
        let offset = from(known.len());
        file.seek(SeekFrom::Start(offset))?;
        Ok(Self {
            file,
            inode: known.ino(),
            offset,
        })
    }

    const fn place(&self) -> Place {
        Place {
            inode: self.inode,
            offset: self.offset,
        }
    }
}

impl Tail {
    /// Begins to follow. A file that is not there yet is waited for.
    ///
    /// # Errors
    ///
    /// What the system says of the file, but that it is not there.
    pub(super) fn open(path: &Path, begin: Begin, stop: Arc<Stop>) -> io::Result<Self> {
        let opened = match begin {
            Begin::End => Opened::of(path, |length| length),
            Begin::Start => Opened::of(path, |_| 0),
            Begin::At(place) => match named(path, place.inode)? {
                // A shorter one was cut meanwhile, and holds other lines.
                Some(name) => Opened::of(&name, |length| {
                    Some(place.offset).filter(|it| *it <= length).unwrap_or(0)
                }),
                None => Opened::of(path, |_| 0),
            },
        };
        let file = match opened {
            Ok(opened) => Some(opened),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let lines = Lines::default();
        if let Some(opened) = &file {
            lines.push(opened.place());
        }
        Ok(Self {
            path: path.to_path_buf(),
            stop,
            file,
            renamed: None,
            lines,
        })
    }

    /// Returns what finds the places of its lines.
    pub(super) fn lines(&self) -> Lines {
        self.lines.clone()
    }

    /// Goes on to the file that was begun after this one, if there is one, or to the start of one that was cut; returns whether there
    /// is more to read.
    fn go_on(&mut self) -> io::Result<bool> {
        let Some(opened) = &mut self.file else {
            return self.begin(&self.path.clone());
        };
        let known = opened.file.metadata()?;
        if known.len() < opened.offset {
            let from = opened.place();
            opened.file.seek(SeekFrom::Start(0))?;
            opened.offset = 0;
            self.lines.go_on(from, opened.place());
            return Ok(true);
        }
        let next = match named(&self.path, opened.inode)? {
            // It is the one that is written.
            Some(name) if name == self.path => return Ok(false),
            Some(name) => younger(&self.path, &name),
            None => self.path.clone(),
        };
        if next == self.path && self.is_still_written() {
            return Ok(false);
        }
        self.begin(&next)
    }

    /// Returns whether more may come to the file that was renamed last.
    fn is_still_written(&mut self) -> bool {
        self.renamed.get_or_insert_with(instant).elapsed() < STILL_WRITTEN
    }

    fn begin(&mut self, path: &Path) -> io::Result<bool> {
        match Opened::of(path, |_| 0) {
            Ok(opened) => {
                match &self.file {
                    Some(left) => self.lines.go_on(left.place(), opened.place()),
                    None => self.lines.push(opened.place()),
                }
                self.renamed = None;
                self.file = Some(opened);
                Ok(true)
            }
            // Between two names: it comes.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Returns the name under which a file stands: the followed one, or one with a number behind it.
fn named(path: &Path, inode: u64) -> io::Result<Option<PathBuf>> {
    let is_it = |name: &Path| fs::metadata(name).is_ok_and(|known| known.ino() == inode);
    if is_it(path) {
        return Ok(Some(path.to_path_buf()));
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let names = entries.flatten().map(|entry| entry.path());
    let mut rotated = names.filter(|name| number(path, name).is_some());
    Ok(rotated.find(|name| is_it(name)))
}

/// Returns the number behind a rotated file's name.
fn number(path: &Path, rotated: &Path) -> Option<u64> {
    let name = rotated.file_name()?.to_str()?;
    let rest = name.strip_prefix(path.file_name()?.to_str()?)?;
    rest.strip_prefix('.')?.parse().ok()
}

/// Returns the name of the file that was begun after a rotated one.
fn younger(path: &Path, rotated: &Path) -> PathBuf {
    match number(path, rotated) {
        Some(number @ 2..) => {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".{}", number - 1));
            PathBuf::from(name)
        }
        _ => path.to_path_buf(),
    }
}

impl Read for Tail {
    /// Waits for more at the end of what was written; the end comes once it is stopped.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(opened) = &mut self.file {
                let read = opened.file.read(buffer)?;
                if read > 0 {
                    self.renamed = None;
                    let start = opened.offset;
                    opened.offset += read as u64;
                    let bytes = buffer.get(..read).unwrap_or_default();
                    for end in memchr::memchr_iter(b'\n', bytes) {
                        self.lines.push(Place {
                            inode: opened.inode,
                            offset: start + end as u64 + 1,
                        });
                    }
                    return Ok(read);
                }
            }
            if self.stop.wait(Duration::ZERO) {
                return Ok(0);
            }
            if !self.go_on()? && self.stop.wait(LOOK_AGAIN) {
                return Ok(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// Reads all lines that are there, by a tail that is stopped as soon as it would wait.
    fn read(path: &Path, begin: Begin) -> (Vec<String>, Lines) {
        let stop = Arc::new(Stop::default());
        stop.end();
        let mut tail = Tail::open(path, begin, stop).unwrap();
        let lines = tail.lines();
        let mut text = String::new();
        tail.read_to_string(&mut text).unwrap();
        (text.lines().map(str::to_owned).collect(), lines)
    }

    fn append(path: &Path, text: &str) {
        let mut options = fs::OpenOptions::new();
        let mut file = options.append(true).create(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Follows a file while `change` writes it; returns the lines that came until the last one is `last`.
    fn followed(path: &Path, last: &str, change: impl FnOnce()) -> Vec<String> {
        let stop = Arc::new(Stop::default());
        let tail = Tail::open(path, Begin::Start, Arc::clone(&stop)).unwrap();
        std::thread::scope(|scope| {
            let reading = scope.spawn(move || {
                let mut lines = Vec::new();
                for line in io::BufRead::lines(io::BufReader::with_capacity(7, tail)) {
                    lines.push(line.unwrap());
                    if lines.last().unwrap() == last {
                        break;
                    }
                }
                lines
            });
            change();
            reading.join().unwrap()
        })
    }

    #[test]
    fn lines_come_through_renames_and_cuts() {
        let at = tempfile::tempdir().unwrap();
        let log = at.path().join("audit.log");
        let [one, two] = ["audit.log.1", "audit.log.2"].map(|name| at.path().join(name));
        append(&log, "a\nb\n");
        let lines = followed(&log, "f", || {
            append(&log, "c\n");
            fs::rename(&log, &one).unwrap();
            append(&log, "d\n");
            // Twice before anybody looks.
            fs::rename(&one, &two).unwrap();
            fs::rename(&log, &one).unwrap();
            append(&log, "e\n");
            append(&log, "f\n");
        });
        assert_eq!(lines, ["a", "b", "c", "d", "e", "f"]);
    }

    #[test]
    fn lines_that_come_to_a_renamed_file_come_too() {
        let at = tempfile::tempdir().unwrap();
        let log = at.path().join("audit.log");
        let one = at.path().join("audit.log.1");
        append(&log, "a\n");
        let lines = followed(&log, "c", || {
            fs::rename(&log, &one).unwrap();
            append(&log, "");
            // Who writes it was not told yet.
            append(&one, "b\n");
            append(&log, "c\n");
        });
        assert_eq!(lines, ["a", "b", "c"]);
    }

    #[test]
    fn a_file_that_was_cut_meanwhile_is_read_from_its_start() {
        let at = tempfile::tempdir().unwrap();
        let log = at.path().join("audit.log");
        append(&log, "one\ntwo\nthree\n");
        let place = read(&log, Begin::Start).1.after(2).unwrap();
        File::create(&log).unwrap();
        append(&log, "new\n");
        assert_eq!(read(&log, Begin::At(place)).0, ["new"]);
    }

    #[test]
    fn a_file_that_is_cut_is_read_from_its_start() {
        let at = tempfile::tempdir().unwrap();
        let log = at.path().join("audit.log");
        append(&log, "first\nsecond\n");
        let stop = Arc::new(Stop::default());
        let mut tail = Tail::open(&log, Begin::Start, Arc::clone(&stop)).unwrap();
        let mut buffer = [0; 64];
        assert_eq!(tail.read(&mut buffer).unwrap(), 13);
        File::create(&log).unwrap();
        append(&log, "third\n");
        let read = tail.read(&mut buffer).unwrap();
        assert_eq!(&buffer[..read], b"third\n");
        stop.end();
        assert_eq!(tail.read(&mut buffer).unwrap(), 0);
    }

    #[test]
    fn a_file_that_is_not_there_yet_is_waited_for() {
        let at = tempfile::tempdir().unwrap();
        let log = at.path().join("audit.log");
        assert_eq!(followed(&log, "a", || append(&log, "a\n")), ["a"]);
    }

    #[test]
    fn following_goes_on_from_the_place_of_a_line() {
        let at = tempfile::tempdir().unwrap();
        let log = at.path().join("audit.log");
        append(&log, "one\ntwo\nthree\n");
        let (lines, places) = read(&log, Begin::Start);
        assert_eq!(lines, ["one", "two", "three"]);
        // Whoever has dealt with the second line goes on with the third, also after a rotation.
        let place = places.after(2).unwrap();
        assert_eq!(place.offset, 8);
        assert_eq!(read(&log, Begin::At(place)).0, ["three"]);
        fs::rename(&log, at.path().join("audit.log.1")).unwrap();
        append(&log, "four\n");
        let mut tail = Tail::open(&log, Begin::At(place), Arc::default()).unwrap();
        let mut buffer = [0; 64];
        assert_eq!(tail.read(&mut buffer).unwrap(), 6);
        assert_eq!(tail.read(&mut buffer).unwrap(), 5);
        // The line after the third one is the new file's first.
        let inode = fs::metadata(&log).unwrap().ino();
        let places = [1, 2].map(|line| tail.lines().after(line).unwrap());
        assert_eq!(places, [0, 5].map(|offset| Place { inode, offset }));
        // The place is gone: nothing that is there is left out.
        let gone = Place { inode: 0, ..place };
        assert_eq!(read(&log, Begin::At(gone)).0, ["four"]);
        assert!(read(&log, Begin::End).0.is_empty());
    }
}
