//! Scoring many events with one detector: the one way from events to margins, in files and in requests.
//!
//! ```text
//!   events ─► chunks, each read by one thread ─► memory, one event after the other ─► each chunk scored by one thread
//! ```

use rayon::prelude::*;
use ringtrue_core::{Event, EventId};
use ringtrue_intake::Reading as Signals;
use ringtrue_intake::reader::{Extent, Given};

use crate::habits::Memory;
use crate::loaded::Loaded;

/// Events whose forest margins are computed together.
const EVENTS_AT_ONCE: usize = 512;
/// Events that are read together, and then looked up together in the weights of texts: each step has tables of its own, which
/// leave the fastest caches when the other begins. The tokens of so few fit there.
const READ_AT_ONCE: usize = 32;

/// What somebody asks of an event beside its margin. What nobody asks for is not computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Its row, also where the model reads none.
    pub row: bool,
    /// Its tokens: they stay with it, else their room is used again.
    pub tokens: bool,
}

impl Asked {
    /// For its margin alone.
    pub const MARGIN: Self = Self {
        row: false,
        tokens: false,
    };
    /// For its row.
    pub const ROW: Self = Self {
        row: true,
        tokens: false,
    };
}

/// A scored event.
pub struct Met<'a> {
    /// What it is called by.
    pub id: EventId,
    /// Its row in the input.
    pub row: u64,
    /// What was scored.
    pub event: &'a Event,
    /// What the model read of it.
    pub signals: &'a Signals,
    /// The model's raw score.
    pub margin: f64,
}

/// Scores events chunk by chunk; as many chunks at once as there are threads.
pub struct Scorer<'a> {
    loaded: &'a Loaded,
    asked: Asked,
    memory: Memory<'a>,
    chunks: Vec<Chunk>,
}

/// What was read of some events; room that is used again.
#[derive(Default)]
struct Chunk {
    signals: Vec<Signals>,
    linear: Vec<f64>,
    read: Vec<(EventId, Vec<Given>)>,
    /// Room for the tokens of events of which nobody asks for them again.
    tokens: Vec<Vec<u32>>,
}

impl<'a> Scorer<'a> {
    /// Starts with what the detector remembers.
    #[must_use]
    pub fn new(loaded: &'a Loaded, asked: Asked) -> Self {
        Self {
            loaded,
            asked,
            memory: Memory::of(loaded),
            chunks: Vec::new(),
        }
    }

    /// From now on, this is asked of each event.
    pub fn ask(&mut self, asked: Asked) {
        self.asked = asked;
    }

    /// Returns what must be known of the events that were met, in sentences.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        self.memory.sentences()
    }

    /// Scores the next events, in order; `each` says what is kept of one, beside what came of its derived columns.
    pub fn score<T: Send>(
        &mut self,
        mut events: Vec<(u64, Event)>,
        each: impl Fn(&Met<'_>) -> T + Sync,
    ) -> Vec<(T, Vec<Given>)> {
        let (loaded, asked) = (self.loaded, self.asked);
        self.chunks
            .resize_with(rayon::current_num_threads(), Chunk::default);
        let mut kept = Vec::with_capacity(events.len());
        for events in events.chunks_mut(EVENTS_AT_ONCE * self.chunks.len()) {
            let pairs = events.par_chunks_mut(EVENTS_AT_ONCE);
            pairs
                .zip(self.chunks.par_iter_mut())
                .for_each(|(events, chunk)| chunk.read((loaded, asked), events));
            let counts = events.chunks(EVENTS_AT_ONCE).map(<[_]>::len);
            for (chunk, count) in self.chunks.iter_mut().zip(counts) {
                chunk.follow(&mut self.memory, count);
            }
            let pairs = events.par_chunks(EVENTS_AT_ONCE);
            let scored = pairs
                .zip(self.chunks.par_iter_mut())
                .flat_map_iter(|(events, chunk)| chunk.score(loaded, events, &each));
            kept.par_extend(scored);
        }
        kept
    }
}

impl Chunk {
    /// Reads events; what a memory knows of them is missing until [`Chunk::follow`].
    fn read(&mut self, (loaded, asked): (&Loaded, Asked), events: &mut [(u64, Event)]) {
        let room = events.len().max(self.signals.len());
        self.signals.resize_with(room, Signals::default);
        self.linear.clear();
        self.read.clear();
        let is_lent = !asked.tokens;
        let extent = if asked.row {
            Extent::Whole
        } else {
            loaded.extent_of_margin()
        };
        self.tokens.resize(READ_AT_ONCE, Vec::new());
        for (few, events) in events.chunks_mut(READ_AT_ONCE).enumerate() {
            let begin = few * READ_AT_ONCE;
            let signals = &mut self.signals[begin..begin + events.len()];
            if is_lent {
                lend(&mut self.tokens, signals);
            }
            let pairs = events.iter_mut().zip(signals.iter_mut());
            let read = pairs.map(|((_, event), signals)| {
                let id = event.id();
                (id, loaded.read_event(event, extent, signals))
            });
            self.read.extend(read);
            let model = &loaded.detector.model;
            for signals in signals.iter_mut() {
                model.to_buckets(&mut signals.tokens);
            }
            let margins = signals.iter().map(|it| model.linear_margin(&it.tokens));
            self.linear.extend(margins);
            if is_lent {
                lend(&mut self.tokens, signals);
            }
        }
    }

    /// Scores the events that were read.
    fn score<T>(
        &mut self,
        loaded: &Loaded,
        events: &[(u64, Event)],
        each: &(impl Fn(&Met<'_>) -> T + Sync),
    ) -> Vec<(T, Vec<Given>)> {
        let rows = self.signals.iter().take(events.len()).map(Signals::row);
        let margins = loaded.detector.model.margins(rows, &self.linear);
        let told = self.read.drain(..).zip(events).zip(&self.signals);
        told.zip(margins)
            .map(|((((id, given), (row, event)), signals), margin)| {
                let met = Met {
                    id,
                    row: *row,
                    event,
                    signals,
                    margin,
                };
                (each(&met), given)
            })
            .collect()
    }

    /// Has the `count` events that were read measured and taken in by a memory, one after the other.
    fn follow(&mut self, memory: &mut Memory<'_>, count: usize) {
        for signals in self.signals.iter_mut().take(count) {
            let seen = signals.take_seen();
            memory.follow_one(seen.as_ref(), |habits| signals.set_habits(habits));
        }
    }
}

/// Lends room for tokens to events, or takes it back.
fn lend(tokens: &mut [Vec<u32>], signals: &mut [Signals]) {
    for (tokens, signals) in tokens.iter_mut().zip(signals) {
        std::mem::swap(tokens, &mut signals.tokens);
    }
}
