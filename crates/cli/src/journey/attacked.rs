//! The attack on a detector that was just trained or is tried: a second pass over the events that it was judged on.
//!
//! ```text
//!   judged events ──draw──► names ──second pass: store or files──► Gathered ──robustness──► curve, certificates
//! ```

use std::path::PathBuf;

use ringtrue_core::Event;

use super::stored::Stored;
use crate::args::Attacking;
use crate::corpus::Corpus;
use crate::decisions::Decisions;
use crate::detector_folder::Loaded;
use crate::evasion::{Gathered, Robustness, draw, robustness};
use crate::failure::Outcome;
use crate::files::expand;
use crate::input::{Assumed, read_file};
use crate::labelled;

/// Why a detector is not attacked.
const LEFT_OUT: &str = "`--attack-events 0`";

/// Attacks a detector on events of a dataset, at `positions` of the corpus.
pub(crate) fn attack_stored(
    stored: Stored<'_>,
    loaded: &Loaded,
    (corpus, positions): (&Corpus<'_>, &[u32]),
    effort: &Attacking,
) -> Outcome<Robustness> {
    let Some(mut gathered) = begun(loaded, (corpus, positions), effort) else {
        return Ok(Robustness::NotMeasured(LEFT_OUT.to_owned()));
    };
    gathered = gathered.after(loaded.reader.new_history());
    for batch in stored.batches() {
        gathered.take(&batch?);
    }
    Ok(robustness(loaded, gathered.in_order_of_time(), effort))
}

/// Attacks a detector on events of files, which are read again.
pub(crate) fn attack_files(
    files: &[PathBuf],
    loaded: &Loaded,
    (corpus, positions): (&Corpus<'_>, &[u32]),
    effort: &Attacking,
    decisions: &Decisions,
) -> Outcome<Robustness> {
    let Some(mut gathered) = begun(loaded, (corpus, positions), effort) else {
        return Ok(Robustness::NotMeasured(LEFT_OUT.to_owned()));
    };
    gathered = gathered.after(loaded.history.clone());
    let files = expand(files)?;
    if let Some(once) = files.iter().find(|file| !file.is_file() && !file.is_dir()) {
        let reason = format!("`{}` can be read only once", once.display());
        return Ok(Robustness::NotMeasured(reason));
    }
    let reading = labelled::reading(loaded)?;
    for file in files {
        read_file(&file, &reading, &mut Assumed::default(), &mut |batch| {
            let mut events: Vec<Event> = batch.events.into_iter().map(|(_, event)| event).collect();
            for event in &mut events {
                decisions.settle(event);
            }
            gathered.take(&events);
            Ok(())
        })?;
    }
    Ok(robustness(loaded, gathered.in_order(), effort))
}

/// Draws the events, unless none is to be attacked.
fn begun<'a>(
    loaded: &'a Loaded,
    (corpus, positions): (&Corpus<'_>, &[u32]),
    effort: &Attacking,
) -> Option<Gathered<'a>> {
    let most = effort.events as usize;
    let drawn = (most > 0).then(|| draw(corpus, positions, most, effort.seed))?;
    Some(Gathered::new(&loaded.reader, drawn))
}
