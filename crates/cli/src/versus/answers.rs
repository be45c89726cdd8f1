//! What a detector answers to each row of some files, by file and row: what two detectors that read in different ways have
//! in common.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ringtrue_core::Event;
use ringtrue_trial::compare::Answer;

use crate::batch::{Asked, Met, Scorer};
use crate::detector_folder::{Loaded, reading};
use crate::failure::Outcome;
use crate::labelled::{Read, Taking, pass_labelled};

/// Events on which time is taken, at most.
pub(super) const TIMED_MAX: usize = 500;

/// The place of an event: its file and its row.
pub(super) type Place = (usize, u64);

/// The answers of one detector.
pub(super) struct Answers {
    by_file: Vec<Vec<Option<Answer>>>,
    /// The first events, for taking time.
    pub(super) first: BTreeMap<Place, Event>,
}

impl Answers {
    /// Returns the answer to a row, if it was read.
    pub(super) fn of(&self, (file, row): Place) -> Option<Answer> {
        let rows = self.by_file.get(file)?;
        rows.get(usize::try_from(row).ok()?).copied().flatten()
    }
}

/// Asks a detector about every event of files.
pub(super) fn answers(loaded: &Loaded, files: &[PathBuf]) -> Outcome<(Answers, Read)> {
    let mut asking = Asking {
        scorer: Scorer::new(loaded, Asked::MARGIN),
        loaded,
        answers: Answers {
            by_file: vec![Vec::new()],
            first: BTreeMap::new(),
        },
    };
    let mut read = pass_labelled(files, loaded, &reading(loaded)?, &mut asking)?;
    read.of_habits = asking.scorer.sentences();
    Ok((asking.answers, read))
}

struct Asking<'a> {
    scorer: Scorer<'a>,
    loaded: &'a Loaded,
    answers: Answers,
}

impl Taking for Asking<'_> {
    fn take(&mut self, events: Vec<(u64, Event)>, _: &mut Read) {
        let Answers { by_file, first } = &mut self.answers;
        let file = by_file.len().saturating_sub(1);
        let room = TIMED_MAX.saturating_sub(first.len());
        let kept = events.iter().take(room);
        first.extend(kept.map(|(row, event)| ((file, *row), event.clone())));
        let loaded = self.loaded;
        let answers = self
            .scorer
            .score(events, |met| (met.row, answer(loaded, met)));
        let Some(rows) = by_file.last_mut() else {
            return;
        };
        for ((row, answer), _) in answers {
            let Ok(row) = usize::try_from(row) else {
                continue;
            };
            if rows.len() <= row {
                rows.resize(row + 1, None);
            }
            rows[row] = Some(answer);
        }
    }

    fn end_file(&mut self) {
        self.answers.by_file.push(Vec::new());
    }
}

/// Returns the answer to an event that was met.
pub(super) fn answer(loaded: &Loaded, met: &Met<'_>) -> Answer {
    let scored = loaded.detector.answer(met.margin);
    Answer {
        score: scored.score.probability(),
        action: scored.action,
    }
}
