//! The state of turns on disk: which step comes next, and what came of those before; one writer at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use ringtrue_core::EventTime;
use ringtrue_store::atomic_write;
use serde::{Deserialize, Serialize};

use super::gather::Counts;
use crate::failure::{Exit, Failure, OrFail, Outcome};

/// The version of the state's document.
const FORMAT: u32 = 1;
const FILE: &str = "state.json";

/// A step of a turn, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// What is known by now is gathered.
    Gather,
    /// It is vetted, and a detector is trained, tried and attacked.
    Train,
    /// The detector is compared with the one in use.
    Gate,
    /// Nothing is left to do but to sign.
    Done,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// The challenger passed the gate and waits for its signatures.
    Proposed,
    /// What was trained is the detector in use.
    Unchanged,
    /// Vetting found what blocks, or nothing is recommended.
    Unfit,
    /// The gate refused it.
    Refused,
    /// The events cannot tell.
    CannotTell,
    /// A step failed again and again: another turn gathers anew.
    GivenUp,
}

impl Answer {
    /// Returns the exit status that says so.
    pub(crate) const fn exit(self) -> Exit {
        match self {
            Self::Proposed => Exit::Done,
            Self::Unfit | Self::Refused => Exit::No,
            Self::Unchanged | Self::CannotTell => Exit::CannotTell,
            Self::GivenUp => Exit::CouldNotRun,
        }
    }
}

/// Where a turn stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    format: u32,
    /// The turn's number, from 1.
    pub(crate) turn: u32,
    /// What was known at this time is what the turn learns from, whenever it is finished.
    pub(crate) as_of: EventTime,
    /// As of when the turn before it was, if there is one.
    pub(crate) after: Option<EventTime>,
    /// The step that comes next.
    pub(crate) next: Step,
    /// Attempts at steps that were begun: each writes into a folder of its own.
    pub(crate) attempts: u32,
    /// How often the step that comes next has failed.
    #[serde(default)]
    pub(crate) failures: u32,
    /// What was gathered.
    pub(crate) gathered: Option<Counts>,
    /// The challenger's folder, within the turn's.
    pub(crate) challenger: Option<PathBuf>,
    /// How the turn ended.
    pub(crate) answer: Option<Answer>,
}

/// What every version of the document holds.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl State {
    fn first(turn: u32, as_of: EventTime, after: Option<EventTime>) -> Self {
        Self {
            format: FORMAT,
            turn,
            as_of,
            after,
            next: Step::Gather,
            attempts: 0,
            failures: 0,
            gathered: None,
            challenger: None,
            answer: None,
        }
    }
}

/// The turns of a folder, held by one process at a time; the system lets go when that ends, however it does.
#[derive(Debug)]
pub(crate) struct Turns {
    folder: PathBuf,
    _held: File,
}

impl Turns {
    /// Takes hold of a folder, which is made if it is not there.
    pub(crate) fn hold(folder: &Path) -> Outcome<Self> {
        let cannot = || format!("cannot use the folder `{}`", folder.display());
        fs::create_dir_all(folder).or_fail(cannot)?;
        let mut options = OpenOptions::new();
        let options = options.create(true).truncate(false).write(true);
        let held = options.open(folder.join("lock")).or_fail(cannot)?;
        match held.try_lock() {
            Ok(()) => Ok(Self {
                folder: folder.to_path_buf(),
                _held: held,
            }),
            Err(TryLockError::WouldBlock) => Err(Failure::new(format!(
                "another retraining is under way in `{}`",
                folder.display()
            ))
            .hint("it goes on by itself; this one did nothing")),
            Err(TryLockError::Error(error)) => Err(Failure::new(cannot()).because(&error)),
        }
    }

    /// Returns the folder of a turn.
    pub(crate) fn folder(&self, turn: u32) -> PathBuf {
        self.folder.join(format!("turn-{turn:04}"))
    }

    /// Returns the last turn that was begun, if there is any.
    pub(crate) fn last(&self) -> Outcome<Option<State>> {
        let Some(turn) = self.newest()? else {
            return Ok(None);
        };
        let path = self.folder(turn).join(FILE);
        let cannot = || format!("the state of a turn does not read: `{}`", path.display());
        let bytes = fs::read(&path).or_fail(cannot)?;
        let Format { format } = serde_json::from_slice(&bytes).or_fail(cannot)?;
        if format != FORMAT {
            return Err(Failure::new(format!(
                "the state `{}` has a format that this program does not know: {format}",
                path.display(),
            ))
            .hint("use the version that wrote it, or another `--out`"));
        }
        let state: State = serde_json::from_slice(&bytes).or_fail(cannot)?;
        Ok(Some(state))
    }

    /// Returns the largest number of a turn: those before it may have been removed.
    fn newest(&self) -> Outcome<Option<u32>> {
        let cannot = || format!("cannot read the folder `{}`", self.folder.display());
        let mut newest = None;
        for entry in fs::read_dir(&self.folder).or_fail(cannot)? {
            let name = entry.or_fail(cannot)?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("turn-"));
            let number = number.and_then(|number| number.parse().ok());
            let begun = number.filter(|turn| self.folder(*turn).join(FILE).is_file());
            newest = newest.max(begun);
        }
        Ok(newest)
    }

    /// Begins the turn after `last`.
    pub(crate) fn begin(&self, last: Option<&State>, as_of: EventTime) -> Outcome<State> {
        let turn = last.map_or(1, |last| last.turn + 1);
        let state = State::first(turn, as_of, last.map(|last| last.as_of));
        let folder = self.folder(state.turn);
        fs::create_dir_all(&folder)
            .or_fail(|| format!("cannot make the folder `{}`", folder.display()))?;
        self.keep(&state)?;
        Ok(state)
    }

    /// Lets a turn that has gathered nothing yet be as of a later time.
    pub(crate) fn anew(&self, state: State, as_of: EventTime) -> Outcome<State> {
        let state = State { as_of, ..state };
        self.keep(&state)?;
        Ok(state)
    }

    /// Returns a folder's name for one more attempt at a step, which is on record before anything stands in it.
    pub(crate) fn attempt(&self, state: &mut State, step: &str) -> Outcome<PathBuf> {
        state.attempts += 1;
        self.keep(state)?;
        Ok(PathBuf::from(format!("{step}-{}", state.attempts)))
    }

    /// Puts a state on disk, whole or not at all.
    pub(crate) fn keep(&self, state: &State) -> Outcome<()> {
        let path = self.folder(state.turn).join(FILE);
        let cannot = || format!("cannot write the state `{}`", path.display());
        let text = serde_json::to_vec_pretty(state).or_fail(cannot)?;
        atomic_write(&path, &text).map_err(|error| Failure::new(cannot()).because(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_at_once_are_one_and_the_state_is_what_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        let turns = Turns::hold(folder.path()).unwrap();
        let refused = Turns::hold(folder.path()).unwrap_err();
        assert!(refused.what.contains("under way"), "{}", refused.what);
        assert_eq!(turns.last().unwrap(), None);
        let now = EventTime::from_date(2024, 1, 1);
        let mut state = turns.begin(None, now).unwrap();
        let first = turns.attempt(&mut state, "train").unwrap();
        let second = turns.attempt(&mut state, "train").unwrap();
        assert_ne!(first, second);
        state.next = Step::Gate;
        turns.keep(&state).unwrap();
        // Those before it may have been removed.
        std::fs::rename(turns.folder(1), turns.folder(7)).unwrap();
        state.turn = 7;
        turns.keep(&state).unwrap();
        assert_eq!(turns.last().unwrap().unwrap().turn, 7);
        drop(turns);
        let turns = Turns::hold(folder.path()).unwrap();
        assert_eq!(turns.last().unwrap().as_ref(), Some(&state));
        let next = turns.begin(Some(&state), now).unwrap();
        assert_eq!((next.turn, next.after), (8, Some(now)));
        assert_eq!(turns.last().unwrap(), Some(next));
    }

    #[test]
    fn a_damaged_or_later_state_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let turns = Turns::hold(folder.path()).unwrap();
        let mut state = turns.begin(None, EventTime(0)).unwrap();
        state.format = 2;
        turns.keep(&state).unwrap();
        assert!(turns.last().unwrap_err().what.contains("format"));
        fs::write(turns.folder(1).join(FILE), b"{\"format\":1").unwrap();
        assert!(turns.last().unwrap_err().what.contains("does not read"));
    }
}
