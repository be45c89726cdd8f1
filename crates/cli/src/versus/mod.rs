//! Two detectors asked about the same labelled files, for `compare` and `gate`.
//!
//! ```text
//!   files ──old detector──► answers by row ──┐
//!   files ──new detector──► events ──────────┴─► Pairs ──trial::compare──► Comparison
//!                             └── first ones ──► timing      │
//!   stores beside the detectors ──► training sets ──near the flips──► causes, data difference
//! ```
//!
//! Each detector reads the files in its own way (its task, its key), so that a model trained elsewhere can be compared with
//! any other: what they have in common is the row. Labels, prices, families and slices are those of the new one's task.

mod answers;
mod causes;
mod learned;
mod pairing;
mod resistance;
mod sample;
mod timing;
mod training;

use std::path::{Path, PathBuf};

use ringtrue_core::metrics::Traffic;
use ringtrue_trial::compare::{
    Comparison, FlipKind, Money, Pairs, Setting, compare, data_difference,
};
use ringtrue_trial::gate::Side;

use crate::args;
use crate::detector_folder::{self, Loaded};
use crate::failure::{Failure, Outcome};
use crate::files::expand;
use crate::registry::{Named, Place, find};
use learned::learned;
use pairing::{Paired, paired};

/// Resamples that intervals of money rest on.
const RESAMPLES: u32 = 1_000;

/// Both detectors, read.
pub(crate) struct Both {
    pub(crate) old: Loaded,
    pub(crate) new: Loaded,
    sides: (Side, Side),
    pub(crate) places: [Place; 2],
}

impl Both {
    /// Reads both, by what somebody typed.
    pub(crate) fn read(old: &Path, new: &Path, versus: &args::Versus) -> Outcome<Self> {
        let read = |name: &Path| {
            let store = versus.store.as_deref();
            let found = find(Named { name, store })?;
            let place = found.place.clone();
            let loaded = detector_folder::load(found, versus.key.as_deref())?;
            Outcome::Ok((loaded.read_by(versus.reader), place))
        };
        let ((old, old_place), (new, new_place)) = (read(old)?, read(new)?);
        Ok(Self {
            sides: (side(&old)?, side(&new)?),
            old,
            new,
            places: [old_place, new_place],
        })
    }

    /// Asks both about the events of files; so many of them are kept for attacks.
    pub(crate) fn ask(&self, files: &[PathBuf], attacked: usize) -> Outcome<Paired> {
        let files = expand(files)?;
        let is_pipe = |file: &&PathBuf| {
            file.as_path() == Path::new("-") || (file.exists() && !file.is_file() && !file.is_dir())
        };
        if let Some(pipe) = files.iter().find(is_pipe) {
            return Err(Failure::new(format!(
                "cannot read `{}` for both detectors",
                pipe.display()
            ))
            .hint("each detector reads the files on its own: name files, not a pipe"));
        }
        paired((&self.old, &self.new), &files, attacked)
    }
}

fn side(loaded: &Loaded) -> Outcome<Side> {
    let name = loaded.detector.card.name.clone();
    let stored = loaded.id;
    Ok(Side {
        detector: stored.ok_or_else(|| Failure::new(format!("`{name}` is not stored yet")))?,
        name,
        dataset: loaded.detector.card.dataset,
    })
}

/// What came of comparing.
pub(crate) struct Compared {
    pub(crate) pairs: Pairs,
    pub(crate) comparison: Comparison,
    pub(crate) money: Option<Money>,
    /// Events with a class that either detector may have learned from; `None` if nothing tells.
    pub(crate) learned_from: Option<u64>,
    /// What was assumed while reading, in sentences.
    pub(crate) assumed: Vec<String>,
}

/// Compares two detectors in every way.
pub(crate) fn compared(both: &Both, versus: &args::Versus) -> Outcome<Compared> {
    let mut paired = both.ask(&versus.on, versus.attack as usize)?;
    if paired.pairs.events.is_empty() {
        return Err(Failure::cannot_tell(
            "no event has a label, and an answer of both detectors",
        ));
    }
    let sheet = both.new.task.cost_sheet();
    let setting = Setting {
        traffic: Traffic::from(&sheet),
        resamples: RESAMPLES,
        seed: versus.seed,
    };
    let (mut comparison, money) = compare(&paired.pairs, both.sides.clone(), &setting);
    comparison.currency = sheet.currency;
    comparison.performance = timing::performance(both, &mut paired);
    comparison.latency_ratio = comparison
        .performance
        .map(|found| found.new_microseconds / found.old_microseconds.max(1e-9));
    let mut not_compared = std::mem::take(&mut paired.hidden);
    not_compared.extend(resistance::put(both, versus, &paired, &mut comparison)?);
    let [old, new] = [(&both.places[0], &both.old), (&both.places[1], &both.new)]
        .map(|(place, loaded)| training::training_set(place, loaded));
    let (old, new) = (old?, new?);
    let learned = learned(
        both,
        &paired.pairs,
        [&old, &new].map(|set| set.as_ref().ok()),
    );
    not_compared.extend(learned.told);
    let sets = match (old, new) {
        (Ok(old), Ok(new)) => {
            comparison.data = Some(data_difference(&old.events, &new.events));
            not_compared.extend(old.left_out().or_else(|| new.left_out()));
            Some((old, new))
        }
        (old, new) => {
            not_compared.extend([old.err(), new.err()].into_iter().flatten());
            None
        }
    };
    causes::put(both, &paired, sets.as_ref(), &mut comparison);
    comparison.not_compared = not_compared;
    Ok(Compared {
        pairs: paired.pairs,
        comparison,
        money,
        learned_from: learned.events,
        assumed: paired.assumed,
    })
}

/// Order in which flips are kept: those for the worse first.
const fn is_later(kind: FlipKind) -> bool {
    !kind.is_negative()
}
