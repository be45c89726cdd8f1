//! A file system that fails on purpose, for tests of whatever stands on the store.
//!
//! It passes everything to the real one and counts the operations that change something. At the
//! chosen one it stops the machine, fills the disk or turns read-only. Stopping the machine can also
//! lose what was not synced: contents of files, creations and renames, as a power cut may. Syncs are
//! only noted and not passed on, so enumerating every operation is quick. SQLite's own file is
//! outside of this; only the moments before and after its commit are operations here.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::filesystem::{Access, Entry, FileSystem, RealFileSystem, parent};

/// What happens at the chosen operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process is killed: the operation is half done if it writes, else not done; no later one
    /// succeeds; everything done before stays.
    Kill,
    /// The power goes: as [`Fault::Kill`], and what was not synced is lost.
    PowerCut,
    /// The disk is full: this and every later operation that needs space fails, half done.
    DiskFull,
    /// The disk does not take what this operation is to sync, and the system forgets that it did not: what was written still
    /// reads, no later sync brings it to the disk unless it is written again, and [`FaultyFileSystem::lose_power`] shows it. An operation that
    /// is no sync is done, and the next sync fails in its place.
    LostSync,
    /// The disk turns read-only: this and every later operation that changes something fails.
    ReadOnly,
}

/// The real file system with at most one fault.
#[derive(Debug)]
pub struct FaultyFileSystem {
    real: RealFileSystem,
    plan: Option<(u64, Fault)>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    operations: u64,
    tripped: bool,
    /// Files with content that was not synced, and how many bytes of it were.
    unsynced: BTreeMap<PathBuf, u64>,
    /// Whether a sync failed so that what it was for is lost.
    has_lost: bool,
    /// Files of which a sync failed, and how many bytes are on the disk.
    lost: BTreeMap<PathBuf, u64>,
    /// Entries of folders that were not synced, oldest first.
    entries: Vec<Unsynced>,
}

#[derive(Debug)]
enum Unsynced {
    Created(PathBuf),
    Renamed {
        from: PathBuf,
        to: PathBuf,
        replaced: Option<Vec<u8>>,
    },
}

/// Whether an operation needs space on the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Space,
    Nothing,
}

/// What an operation may do.
enum Go {
    Wholly,
    Half(io::Error),
}

impl FaultyFileSystem {
    /// Never fails; only syncs are not passed on.
    #[must_use]
    pub fn sound() -> Self {
        Self {
            real: RealFileSystem,
            plan: None,
            state: Mutex::default(),
        }
    }

    /// Has `fault` at the operation of this number, counted from 1.
    #[must_use]
    pub fn failing_at(operation: u64, fault: Fault) -> Self {
        Self {
            plan: Some((operation, fault)),
            ..Self::sound()
        }
    }

    /// Returns whether the fault has happened.
    #[must_use]
    pub fn tripped(&self) -> bool {
        self.state().tripped
    }

    /// Returns how many operations changed something so far.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an operation and says how much of it may happen.
    fn step(&self, need: Need) -> io::Result<Go> {
        let mut state = self.state();
        let Some((at, fault)) = self.plan else {
            state.operations += 1;
            return Ok(Go::Wholly);
        };
        let was_tripped = state.tripped;
        state.operations += 1;
        state.tripped |= state.operations >= at;
        if !state.tripped {
            return Ok(Go::Wholly);
        }
        match fault {
            Fault::Kill | Fault::PowerCut if was_tripped => Err(stopped()),
            Fault::Kill | Fault::PowerCut => Ok(Go::Half(stopped())),
            Fault::DiskFull if need == Need::Space => {
                Ok(Go::Half(io::ErrorKind::StorageFull.into()))
            }
            Fault::DiskFull | Fault::LostSync => Ok(Go::Wholly),
            Fault::ReadOnly => Err(io::ErrorKind::ReadOnlyFilesystem.into()),
        }
    }

    /// Lets the machine stop now, without power: what was not synced is lost.
    pub fn lose_power(&self) {
        let mut state = self.state();
        let lost = std::mem::take(&mut state.lost);
        state.unsynced.extend(lost);
        drop(state);
        self.lose();
    }

    /// Ends an operation that happens wholly or not at all.
    fn whole(&self, need: Need) -> io::Result<()> {
        match self.step(need)? {
            Go::Wholly => Ok(()),
            Go::Half(error) => {
                self.lose_with_power();
                Err(error)
            }
        }
    }

    /// Refuses to read from a machine that has stopped.
    fn alive(&self) -> io::Result<()> {
        let stops = matches!(self.plan, Some((_, Fault::Kill | Fault::PowerCut)));
        if stops && self.state().tripped {
            return Err(stopped());
        }
        Ok(())
    }

    /// Undoes what was not synced, if the fault is a power cut.
    fn lose_with_power(&self) {
        if matches!(self.plan, Some((_, Fault::PowerCut))) {
            self.lose();
        }
    }

    fn lose(&self) {
        let mut state = self.state();
        for (path, length) in std::mem::take(&mut state.unsynced) {
            self.real.truncate(&path, length).ok();
        }
        let entries = std::mem::take(&mut state.entries);
        for entry in entries.iter().rev() {
            if let Unsynced::Created(path) = entry {
                let removed = if path.is_dir() {
                    self.real.remove_folder(path)
                } else {
                    self.real.remove_file(path)
                };
                // It may be gone already, with the folder that it was in.
                removed.ok();
            }
        }
        for entry in entries.into_iter().rev() {
            if let Unsynced::Renamed { from, to, replaced } = entry {
                self.real.rename(&to, &from).ok();
                if let Some(bytes) = replaced {
                    self.real.write(&to, &bytes, Access::Usual).ok();
                }
            }
        }
    }

    /// Notes that `path` is about to be written from its synced length on.
    fn note_write(&self, path: &Path, keeps: bool) {
        let length = self.real.length(path).ok().flatten();
        let mut state = self.state();
        if length.is_none() {
            state.entries.push(Unsynced::Created(path.to_path_buf()));
        }
        let synced = if keeps { length.unwrap_or(0) } else { 0 };
        let known = state.unsynced.entry(path.to_path_buf()).or_insert(synced);
        *known = synced.min(*known);
    }
}

/// Returns where `path` is after `from` was renamed to `to`.
fn moved(path: PathBuf, from: &Path, to: &Path) -> PathBuf {
    match path.strip_prefix(from) {
        Ok(rest) if rest.as_os_str().is_empty() => to.to_path_buf(),
        Ok(rest) => to.join(rest),
        Err(_) => path,
    }
}

fn stopped() -> io::Error {
    io::Error::other("the machine has stopped")
}

impl FileSystem for FaultyFileSystem {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return self.alive();
        }
        self.whole(Need::Space)?;
        let mut created = Vec::new();
        let mut folder = path;
        while !folder.exists() {
            created.push(Unsynced::Created(folder.to_path_buf()));
            folder = parent(folder);
        }
        created.reverse();
        self.state().entries.append(&mut created);
        self.real.create_folder(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        self.alive()?;
        self.real.list(path)
    }

    fn length(&self, path: &Path) -> io::Result<Option<u64>> {
        self.alive()?;
        self.real.length(path)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.alive()?;
        self.real.read(path)
    }

    fn read_range(&self, path: &Path, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        self.alive()?;
        self.real.read_range(path, offset, length)
    }

    fn write(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
        let go = self.step(Need::Space)?;
        self.note_write(path, false);
        match go {
            Go::Wholly => self.real.write(path, bytes, access),
            Go::Half(error) => {
                let half = bytes.get(..bytes.len() / 2).unwrap_or(&[]);
                self.real.write(path, half, access)?;
                self.lose_with_power();
                Err(error)
            }
        }
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let go = self.step(Need::Space)?;
        self.note_write(path, true);
        match go {
            Go::Wholly => self.real.append(path, bytes),
            Go::Half(error) => {
                let half = bytes.get(..bytes.len() / 2).unwrap_or(&[]);
                self.real.append(path, half)?;
                self.lose_with_power();
                Err(error)
            }
        }
    }

    fn write_again(&self, path: &Path, offset: u64) -> io::Result<()> {
        self.whole(Need::Nothing)?;
        let mut state = self.state();
        let lost = state.lost.get(path).copied();
        if let Some(lost) = lost.filter(|lost| offset <= *lost) {
            state.lost.remove(path);
            let known = state.unsynced.entry(path.to_path_buf()).or_insert(lost);
            *known = lost.min(*known);
        }
        drop(state);
        self.real.write_again(path, offset)
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        self.whole(Need::Nothing)?;
        let is_left = |file: &PathBuf, from: &mut u64| file != path || *from < length;
        self.state().lost.retain(is_left);
        self.real.truncate(path, length)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        self.whole(Need::Space)?;
        let mut state = self.state();
        let Some(synced) = state.unsynced.remove(path) else {
            return Ok(());
        };
        let is_lost = matches!(self.plan, Some((_, Fault::LostSync)));
        if is_lost && state.tripped && !state.has_lost {
            state.has_lost = true;
            state.lost.insert(path.to_path_buf(), synced);
            return Err(io::Error::other("the disk did not take it"));
        }
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.whole(Need::Nothing)?;
        self.state().entries.retain(|entry| {
            let (Unsynced::Created(changed) | Unsynced::Renamed { to: changed, .. }) = entry;
            parent(changed) != path
        });
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.whole(Need::Nothing)?;
        let replaced = self.real.read(to).ok();
        self.real.rename(from, to)?;
        let mut state = self.state();
        // What is still unsynced below the old name is so below the new one; that the entry itself
        // was created is part of its renaming.
        let unsynced = std::mem::take(&mut state.unsynced);
        state.unsynced = unsynced
            .into_iter()
            .map(|(path, length)| (moved(path, from, to), length))
            .collect();
        state
            .entries
            .retain(|entry| !matches!(entry, Unsynced::Created(path) if path == from));
        for entry in &mut state.entries {
            if let Unsynced::Created(path) = entry {
                *path = moved(std::mem::take(path), from, to);
            }
        }
        state.entries.push(Unsynced::Renamed {
            from: from.to_path_buf(),
            to: to.to_path_buf(),
            replaced,
        });
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.whole(Need::Nothing)?;
        self.state().unsynced.remove(path);
        self.real.remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        if !path.exists() {
            self.alive()?;
            return Err(io::ErrorKind::NotFound.into());
        }
        self.whole(Need::Nothing)?;
        let mut state = self.state();
        state.unsynced.retain(|file, _| !file.starts_with(path));
        drop(state);
        self.real.remove_folder(path)
    }

    fn open_lock(&self, path: &Path) -> io::Result<File> {
        self.whole(Need::Nothing)?;
        self.real.open_lock(path)
    }

    fn random(&self) -> io::Result<[u8; 32]> {
        self.alive()?;
        self.real.random()
    }

    fn before_commit(&self) -> io::Result<()> {
        self.whole(Need::Space)
    }

    fn after_commit(&self) -> io::Result<()> {
        self.whole(Need::Nothing)
    }
}
