//! The flips that are listed, each with what changed in the training data near it.

use std::collections::BTreeMap;

use rayon::prelude::*;
use ringtrue_core::{Event, EventId, Label};
use ringtrue_intake::Reading as Signals;
use ringtrue_trial::compare::{
    Attributed, Attribution, ChangedShares, Comparison, FlipKind, NEAREST, Pair, TrainingEvent,
    causes, flip, listed,
};

use super::Both;
use super::pairing::Paired;
use super::training::{TrainingSet, training_event};
use crate::detector_folder::Loaded;
use crate::likeness::Likeness;

/// Lists the flips and groups them by cause.
pub(super) fn put(
    both: &Both,
    paired: &Paired,
    sets: Option<&(TrainingSet, TrainingSet)>,
    comparison: &mut Comparison,
) {
    let (pairs, more) = listed(&paired.pairs);
    let near = sets.map(|(old, new)| Nears::new(both, old, new));
    let told: Vec<(&Pair, Attributed)> = pairs
        .par_iter()
        .filter_map(|pair| {
            let (flipped, kind) = (paired.flips.get(&pair.place)?, pair.flip()?);
            let attribution = match &near {
                Some(near) => near.attribute(kind, &flipped.event),
                None => Attribution::Unknown,
            };
            let shown = flipped.shown.clone();
            let attributed = Attributed {
                kind,
                attribution,
                shown,
            };
            Some((*pair, attributed))
        })
        .collect();
    let (pairs, attributed): (Vec<&Pair>, Vec<Attributed>) = told.into_iter().unzip();
    let (found, numbers) = causes(&attributed);
    let flips = pairs.iter().zip(&attributed).zip(numbers);
    comparison.flips = flips
        .filter_map(|((pair, it), cause)| flip(&paired.pairs, pair, it.shown.clone(), Some(cause)))
        .collect();
    comparison.causes = found;
    comparison.flips_not_listed = more;
}

/// What is near a flip, by the detector that was right: it knows what the other one does not tell apart.
struct Nears<'a> {
    /// `None` if the old detector reads events in another way than they were read.
    old: Option<Near<'a>>,
    new: Near<'a>,
}

impl<'a> Nears<'a> {
    fn new(both: &'a Both, old: &TrainingSet, new: &TrainingSet) -> Self {
        let reads_alike = both.old.task.reading_digest() == both.new.task.reading_digest();
        Self {
            old: reads_alike.then(|| Near::new(&both.old, old, new)),
            new: Near::new(&both.new, old, new),
        }
    }

    fn attribute(&self, kind: FlipKind, event: &Event) -> Attribution {
        let old = self.old.as_ref().filter(|_| kind.is_negative());
        old.unwrap_or(&self.new).attribute(event)
    }
}

/// The sampled training rows of both detectors, as one of them sees them.
struct Near<'a> {
    loaded: &'a Loaded,
    rows: Vec<(TrainingEvent, Likeness)>,
    changed: ChangedShares,
}

impl<'a> Near<'a> {
    fn new(loaded: &'a Loaded, old: &TrainingSet, new: &TrainingSet) -> Self {
        let mut events: BTreeMap<EventId, &Event> = old.sample.events().collect();
        events.extend(new.sample.events());
        let events: Vec<&Event> = events.into_values().collect();
        let rows = events.into_par_iter().map(|event| {
            let label = event.label.unwrap_or(Label::Unsure);
            (training_event(event, label), likeness(loaded, event))
        });
        Self {
            loaded,
            rows: rows.collect(),
            changed: ChangedShares::of(&old.events, &new.events),
        }
    }

    fn attribute(&self, event: &Event) -> Attribution {
        let own = likeness(self.loaded, event);
        let mut by_likeness: Vec<(f64, usize)> = self
            .rows
            .iter()
            .enumerate()
            .map(|(at, (_, row))| (own.to(row), at))
            .collect();
        by_likeness
            .sort_unstable_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
        let nearest = by_likeness.iter().take(NEAREST);
        let nearest: Vec<&TrainingEvent> = nearest.map(|(_, at)| &self.rows[*at].0).collect();
        self.changed.attribute(&nearest)
    }
}

fn likeness(loaded: &Loaded, event: &Event) -> Likeness {
    let (mut event, mut signals) = (event.clone(), Signals::default());
    loaded.read_signals(&mut event, &mut signals);
    Likeness::of(&loaded.detector.model, signals.row(), &signals.tokens)
}
