//! The pass that replays a dataset through one history of users and hosts, in order of time.
//!
//! ```text
//!   every event, used or not ─► Seen, on all threads ─► replay, one after the other ─► Habits of those that are used
//!                                                                └─► the history at the end, for the detector
//! ```

use rayon::prelude::*;
use ringtrue_intake::history::{History, Past, replay};
use ringtrue_intake::{Actors, SignalReader};

use super::index::Indexed;
use super::stored::Stored;
use crate::failure::Outcome;
use crate::habits::Habits;
use crate::progress::Bar;

/// Replays a dataset, if the reader's rows tell of habits. Returns the signals of the labelled events that are used, in the
/// order of the dataset, and what is remembered at the end.
pub(super) fn replayed(
    stored: Stored<'_>,
    indexed: &Indexed,
    reader: &SignalReader,
) -> Outcome<(Habits, Option<History>)> {
    let Some(mut history) = reader.new_history() else {
        return Ok((Habits::default(), None));
    };
    let bar = Bar::new("habits", stored.events());
    let mut stream: Vec<Past> = Vec::new();
    // For each event of the stream its number among the labelled ones that are used.
    let mut entries: Vec<Option<usize>> = Vec::new();
    let (mut used, mut unused) = (0, indexed.unused.iter());
    for batch in stored.batches() {
        let batch = batch?;
        let seen: Vec<_> = batch
            .par_iter()
            .map(|event| Some((event.id(), reader.seen(event)?)))
            .collect();
        for (event, seen) in batch.iter().zip(seen) {
            let is_used = event.label.is_some() && unused.next() == Some(&false);
            if let Some((id, seen)) = seen {
                stream.push(Past { id, seen });
                entries.push(is_used.then_some(used));
            }
            used += usize::from(is_used);
        }
        bar.advance(batch.len() as u64);
    }
    let mut habits = Habits::missing(reader.habits(), used);
    replay(&mut history, &stream, |place, signals| {
        if let Some(entry) = entries[place] {
            habits.put(entry, signals);
        }
    });
    Ok((habits, Some(history)))
}

/// Returns what is assumed of the users and hosts of a stream, in sentences.
pub(crate) fn assumed(reader: &SignalReader, actors: Actors) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(habits) = reader.spec().habits {
        let fields: Vec<String> = habits.fields().map(|field| format!("`{field}`")).collect();
        sentences.push(format!(
            "how unusual an event is for its {} is told by all events before it in time, labelled or not; events of one time are ordered by their content",
            fields.join(" and ")
        ));
    }
    if actors.untimed {
        sentences
            .push("events that name a user or host and have no time are not remembered".to_owned());
    }
    sentences
}
