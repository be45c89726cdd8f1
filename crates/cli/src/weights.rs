//! How many events of the traffic drawn ones stand for, read from a file and given to a corpus.

use std::collections::BTreeMap;
use std::path::Path;

use ringtrue_core::{EventId, plural};
use serde::Deserialize;

use crate::corpus::Corpus;
use crate::failure::{Failure, Outcome};
use crate::files::each_line;

/// An event stands for this many at most: beyond it, one label would decide.
const STANDS_FOR_MAX: f64 = 1e6;

/// One line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    event: EventId,
    stands_for: f64,
}

/// What events stand for.
#[derive(Debug)]
pub(crate) struct Weights(BTreeMap<EventId, f64>);

/// Reads a file of weights.
pub(crate) fn read(path: &Path) -> Outcome<Weights> {
    let mut weights = BTreeMap::new();
    each_line(path, "weights", |Line { event, stands_for }| {
        if !(1.0..=STANDS_FOR_MAX).contains(&stands_for) {
            return Err(format!(
                "an event stands for 1 to {STANDS_FOR_MAX} events, and not for {stands_for}"
            ));
        }
        weights.insert(event, stands_for);
        Ok(())
    })?;
    Ok(Weights(weights))
}

impl Weights {
    /// Gives the events of a corpus what they stand for, and says so in a sentence. Refuses weights if none of their events is there.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "weights need no more than f32"
    )]
    pub(crate) fn give(&self, corpus: &mut Corpus<'_>, path: &Path) -> Outcome<String> {
        let mut given = 0;
        for (at, id) in corpus.ids.iter().enumerate() {
            if let Some(times) = self.0.get(id) {
                corpus.stands_for[at] = *times;
                corpus.weight[at] *= *times as f32;
                given += 1;
            }
        }
        let missing = self.0.len().saturating_sub(given);
        if given == 0 && missing > 0 {
            return Err(Failure::new(format!(
                "no event that `{}` weighs is among the labelled events that are used",
                path.display()
            ))
            .hint(
                "an event's id follows from what it holds: give the very events that were weighed",
            ));
        }
        let unused = match missing as u64 {
            0 => String::new(),
            missing => format!(
                " ({} of events that are not used: excluded, copies, expired, or not there)",
                plural(missing, "weight is", "weights are")
            ),
        };
        Ok(format!(
            "{} for more than one, as `--weights` says, where detectors are trained, calibrated and given thresholds; figures on judged events count each event once{unused}",
            plural(given as u64, "event stands", "events stand")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_weights_are_refused_with_their_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        let line = |times: &str| {
            format!(
                "{{\"event\":\"{}\",\"stands_for\":{times}}}\n",
                EventId([7; 16])
            )
        };
        std::fs::write(&path, line("5") + "\n").unwrap();
        assert_eq!(read(&path).unwrap().0.len(), 1);
        for odd in ["0.5", "0", "1e9", "\"5\""] {
            std::fs::write(&path, line("5") + &line(odd)).unwrap();
            let refused = read(&path).unwrap_err();
            assert!(refused.what.contains("line 2"), "{odd}: {}", refused.what);
        }
    }
}
