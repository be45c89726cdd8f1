//! Vetting at the rim: events are gathered, their rows, tokens and traits computed, and the checks run on them.
//!
//! ```text
//!   events ──used──► Gathered (sample) ──reader──► rows, tokens, traits ──vet──► findings, each with its events as the reader may see them
//! ```

use std::collections::BTreeSet;

use rayon::prelude::*;
use ringtrue_core::{Event, EventTime, Limits, RowBlock, Task};
use ringtrue_intake::{Reading, SignalReader, traits};
use ringtrue_model::{TokenSource, Tokens};
use ringtrue_vet::{
    Check, Data, Derived, Given, Sample, SampleSize, Sampled, Traits, Vetting, vet,
};

use crate::failure::Outcome;
use crate::journey::{Fit, all_threads, compared, parameters};
use crate::progress::Bar;
use crate::revealed::Revealed;
use crate::used::Used;

/// The events that vetting looks at, as they come.
pub(crate) struct Gathered {
    used: Used,
    sample: Sample,
    excluded: Vec<u64>,
}

impl Gathered {
    /// Starts for a task; at most `events_max` events of a class are looked at.
    pub(crate) fn new(task: &Task, events_max: usize) -> Outcome<Self> {
        let used = Used::new(task)?;
        let size = SampleSize {
            events_max,
            copies: task.vetting.copies,
            ..SampleSize::default()
        };
        Ok(Self {
            excluded: vec![0; used.conditions()],
            used,
            sample: Sample::new(size),
        })
    }

    /// Takes the next event in; `row` is its place in the input, or among the events of a store.
    pub(crate) fn observe(&mut self, event: &Event, row: u64) {
        match self.used.excludes(event) {
            Some(condition) => self.excluded[condition] += 1,
            None => self.sample.observe(event, row, self.used.content(event)),
        }
    }

    /// Returns how many events have a label.
    pub(crate) fn labelled(&self) -> u64 {
        let [benign, malicious, _] = self.sample.observed();
        benign + malicious
    }

    /// Returns sentences on what was not used.
    pub(crate) fn sentences(&self) -> Vec<String> {
        self.used.sentences(&self.excluded)
    }
}

/// How the checks are run.
pub(crate) struct Setting<'a> {
    pub(crate) task: &'a Task,
    pub(crate) now: EventTime,
    pub(crate) seed: u64,
    pub(crate) threads: Option<u32>,
    /// What the reader of the findings may see.
    pub(crate) revealed: Revealed<'a>,
    /// What an event's place says.
    pub(crate) place: Place,
}

/// What the place of an event says to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Its row in the input.
    OfInput,
    /// Nothing: a store has an order of its own.
    OfStore,
}

/// What vetting came to, for people and scripts.
pub(crate) struct Vetted {
    pub(crate) vetting: Vetting,
    /// How many events were looked at, and how many the input holds: benign, malicious, others.
    pub(crate) looked_at: [u64; 3],
    pub(crate) observed: [u64; 3],
    /// Derived columns that gain on later events.
    pub(crate) derived: Vec<Derived>,
    /// For each finding its events.
    pub(crate) evidence: Vec<Vec<Shown>>,
}

/// An event that a finding rests on.
pub(crate) struct Shown {
    /// Its place in the input, from 0, if it came from one.
    pub(crate) row: Option<u64>,
    pub(crate) id: String,
    pub(crate) label: &'static str,
    pub(crate) text: String,
}

/// Runs the checks on what was gathered.
pub(crate) fn run(gathered: Gathered, setting: &Setting<'_>) -> Outcome<Vetted> {
    let observed = gathered.sample.observed();
    let mut events = gathered.sample.finish();
    let reader = reader(&mut events, setting.task)?;
    let prepared = Prepared::of(&events, &reader);
    let parameters = parameters(setting.task.kind);
    let tokens = Tokens::new(&prepared, events.len(), parameters.bits, TOKEN_BYTES_MAX);
    let read: BTreeSet<String> = reader.columns_of_input().map(str::to_owned).collect();
    let data = Data::new(Given {
        task: setting.task,
        now: setting.now,
        seed: setting.seed,
        threads: setting.threads.unwrap_or_else(all_threads),
        parameters: &parameters,
        events: &events,
        observed,
        schema: reader.schema(),
        rows: &prepared.rows,
        tokens: &tokens,
        entity: &prepared.entity,
        texts: &prepared.texts,
        traits: &prepared.traits,
        read: &read,
    });
    let bar = Bar::new("vetting", Check::ALL.len() as u64);
    let vetting = vet(&data, setting.task, &mut |check| bar.step(check.word()));
    let looked_at = [0, 1, 2].map(|class: usize| {
        let of_class = events
            .iter()
            .filter(|it| ringtrue_vet::class_of(it.event.label) == class);
        of_class.count() as u64
    });
    let evidence = vetting.findings.iter().map(|finding| {
        let events = finding
            .evidence
            .iter()
            .filter_map(|at| events.get(*at as usize));
        events.map(|sampled| shown(sampled, setting)).collect()
    });
    Ok(Vetted {
        evidence: evidence.collect(),
        derived: data.derived().to_vec(),
        vetting,
        looked_at,
        observed,
    })
}

/// Token memory up to which tokens are remembered rather than read again.
const TOKEN_BYTES_MAX: usize = 1 << 30;

/// Makes the reader of the events, and appends their derived columns to them.
fn reader(events: &mut [Sampled], task: &Task) -> Outcome<SignalReader> {
    let mut fit = Fit::new(task)?;
    for sampled in events {
        fit.observe(&mut sampled.event);
    }
    // A sample is no stream.
    fit.finish(None)
}

/// What intake makes of the events.
struct Prepared {
    rows: RowBlock,
    tokens: Vec<Vec<u32>>,
    entity: Vec<u32>,
    texts: Vec<String>,
    traits: Traits,
}

impl Prepared {
    fn of(events: &[Sampled], reader: &SignalReader) -> Self {
        let limits = Limits::default();
        let of_each = events.par_iter().map(|sampled| {
            let (mut reading, mut named) = (Reading::default(), Vec::new());
            traits::of(&sampled.event, &limits, &mut named);
            reader.read(&sampled.event, &mut reading);
            (reading, named, text(&sampled.event, reader))
        });
        let read: Vec<(Reading, Vec<String>, String)> = of_each.collect();
        let width = reader.schema().signals.len();
        let mut rows = RowBlock::of_missing(reader.digest(), width, read.len(), reader.precision());
        let (mut tokens, mut entity, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        let mut named = Vec::with_capacity(read.len());
        for (position, (reading, traits, text)) in read.into_iter().enumerate() {
            rows.set(position, reading.row());
            entity.push(reading.entity);
            tokens.push(reading.tokens);
            texts.push(text);
            named.push(traits);
        }
        Self {
            rows,
            tokens,
            entity,
            texts,
            traits: Traits::new(named),
        }
    }
}

impl TokenSource for Prepared {
    fn tokens(&self, position: usize, tokens: &mut Vec<u32>) {
        tokens.clear();
        tokens.extend(self.tokens.get(position).into_iter().flatten());
    }
}

/// Returns what tells near-duplicates of an event: its evidence, or a table's columns that signals read.
fn text(event: &Event, reader: &SignalReader) -> String {
    if let Some(field) = event.kind.evidence() {
        let text = event.value(field).text();
        return compared(event.kind, text.as_deref().unwrap_or("")).to_owned();
    }
    let read = reader.columns_of_input();
    let values = read.filter_map(|column| Some((column, event.value(column).text()?)));
    let lines: Vec<String> = values
        .map(|(column, value)| {
            format!(
                "{column}={value}
"
            )
        })
        .collect();
    lines.concat()
}

fn shown(sampled: &Sampled, setting: &Setting<'_>) -> Shown {
    let Sampled { event, row } = sampled;
    Shown {
        row: (setting.place == Place::OfInput).then_some(*row),
        id: event.id().to_string(),
        label: event.label.map_or("none", ringtrue_core::Label::word),
        text: setting.revealed.text(event),
    }
}
