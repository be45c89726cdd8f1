//! What a detector was trained on, from the store that it stands in, or that `run` leaves beside it.

use ringtrue_core::{Event, EventTime, Label};
use ringtrue_trial::compare::TrainingEvent;

use super::sample::Sample;
use crate::commands::ingest::{open, store_failure};
use crate::detector_folder::Loaded;
use crate::failure::Outcome;
use crate::registry::Place;

/// Events of a training set near which flips are looked for; which ones hangs on their ids alone.
const SAMPLE_MAX: usize = 5_000;

/// A training set.
pub(super) struct TrainingSet {
    pub(super) events: Vec<TrainingEvent>,
    /// A sample of the events themselves.
    pub(super) sample: Sample,
}

impl TrainingSet {
    /// Says of how many of them flips are looked for near, where that is not all.
    pub(super) fn left_out(&self) -> Option<String> {
        let events = self.events.len();
        (events > SAMPLE_MAX).then(|| {
            format!("flips with all training rows: the nearest are looked for among {SAMPLE_MAX} of {events}")
        })
    }
}

/// Reads what a detector was trained on; the inner error says why it is not there.
pub(super) fn training_set(place: &Place, loaded: &Loaded) -> Outcome<Result<TrainingSet, String>> {
    let absent = |why: &str| {
        let name = place.title();
        Ok(Err(format!("the training data of `{name}`: {why}")))
    };
    let Some(store) = place.store().filter(|path| path.join("FORMAT").is_file()) else {
        return absent("no store is beside it");
    };
    let store = open(&store)?;
    let Ok(dataset) = store.dataset(&loaded.detector.card.dataset) else {
        return absent("the store beside it does not hold it");
    };
    let before = loaded.detector.card.trained_before.as_deref();
    let before = before.and_then(|text| EventTime::parse(text).ok());
    let is_trained = |event: &Event| match (before, event.time) {
        (Some((before, _)), Some(time)) => time < before,
        _ => true,
    };
    let mut events = Vec::new();
    let mut sample = Sample::of(SAMPLE_MAX);
    for batch in store.read_dataset(&dataset) {
        let batch =
            batch.map_err(|error| store_failure("cannot read the training data", &error))?;
        for event in batch.into_iter().filter(is_trained) {
            let Some(label) = event.label.filter(|label| *label != Label::Unsure) else {
                continue;
            };
            sample.offer(&event);
            events.push(training_event(&event, label));
        }
    }
    Ok(Ok(TrainingSet { events, sample }))
}

pub(super) fn training_event(event: &Event, label: Label) -> TrainingEvent {
    TrainingEvent {
        id: event.id(),
        label,
        time: event.time,
        family: event.family.as_deref().map(str::to_owned),
        source: event.source.as_deref().map(str::to_owned),
    }
}
