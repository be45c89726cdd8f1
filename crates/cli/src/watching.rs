//! The reference that a stream is compared with: made where a detector is judged, kept with it, read where it watches.

use std::path::PathBuf;

use ringtrue_core::{EventTime, Label};
use ringtrue_model::Detector;
use ringtrue_watch::{Capacity, Known, Plan, Reference};

use crate::commands::try_::score;
use crate::corpus::Corpus;
use crate::detector_folder::Loaded;
use crate::failure::{Failure, OrFail, Outcome};
use crate::labelled::with_labelled;

/// Freezes what scores and signals are like among the events at `positions`, whose scores these are, into the stored form.
pub(crate) fn frozen(
    detector: &Detector,
    corpus: &Corpus<'_>,
    judged: (&[u32], &[f64]),
) -> Outcome<Vec<u8>> {
    let cannot = || "cannot freeze what the detector was judged on".to_owned();
    reference(detector, corpus, judged)?
        .to_bytes()
        .or_fail(cannot)
}

/// Returns the reference to compare with: that of labelled files, if any are named, else the detector's own.
pub(crate) fn of(loaded: &Loaded, files: &[PathBuf]) -> Outcome<Reference> {
    if !files.is_empty() {
        return with_labelled(loaded, files, |corpus, _| {
            let scores = score(loaded, corpus).scores;
            let positions: Vec<u32> = (0_u32..).take(corpus.len()).collect();
            reference(&loaded.detector, corpus, (&positions, &scores))
        });
    }
    let Some(bytes) = &loaded.detector.reference else {
        return Err(Failure::cannot_tell("the detector keeps no reference to compare with")
            .hint("name labelled files with `--reference`, such as those that it was judged on; `run`, and `import --calibrate`, keep one"));
    };
    let read = Reference::from_bytes(bytes, loaded.detector.schema.signals.len());
    read.or_fail(|| "the detector's reference cannot be used".to_owned())
}

/// Returns what people can handle, by the task.
pub(crate) fn capacity(loaded: &Loaded) -> Capacity {
    let sheet = loaded.task.cost_sheet();
    Capacity {
        alerts_a_day: sheet.alerts_per_day,
        events_a_day: sheet.events_per_day,
        prices: sheet.prices(),
    }
}

fn reference(
    detector: &Detector,
    corpus: &Corpus<'_>,
    (positions, scores): (&[u32], &[f64]),
) -> Outcome<Reference> {
    let cannot = || "nothing is there to compare with".to_owned();
    let pairs: Vec<(usize, f64)> = positions
        .iter()
        .zip(scores)
        .map(|(position, score)| (*position as usize, *score))
        .collect();
    let known = |at: usize| known(detector, corpus, pairs[at]);
    Reference::of(&plan(detector), pairs.len(), known).or_fail(cannot)
}

fn known<'a>(detector: &Detector, corpus: &'a Corpus<'_>, (at, score): (usize, f64)) -> Known<'a> {
    let row = corpus.rows.row(at);
    let time: Option<EventTime> = corpus.times[at];
    let label: Option<Label> = Some(corpus.labels[at]);
    Known {
        id: corpus.ids[at],
        time,
        row,
        score,
        label,
        source: corpus.names.name(corpus.source[at]).map(|name| &**name),
        is_outside: detector.gap(row).is_some(),
        likeness: corpus.likeness(at),
    }
}

/// Returns what is watched of a detector. Signals that tell of a past which grows move by themselves: only whether they are there is watched.
fn plan(detector: &Detector) -> Plan {
    let ranges = detector.scope.as_ref().map(|scope| &scope.ranges);
    let is_open = |at: usize| {
        ranges
            .and_then(|ranges| ranges.get(at))
            .is_some_and(|range| range.open)
    };
    let names = detector.schema.signals.iter().enumerate();
    Plan {
        signals: names
            .map(|(at, signal)| (signal.name.clone(), !is_open(at)))
            .collect(),
        thresholds: detector.thresholds(),
    }
}
