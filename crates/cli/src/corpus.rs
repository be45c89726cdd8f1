//! The corpus: labelled events as columns in memory, in time order.
//!
//! Two passes over the events: the first learns their order (and a table's encoding), the second
//! computes each row once and puts it in its place. At ten million URLs the rows need about three
//! gigabytes and the texts half of one; tokens are computed again when they would not fit. Events that can
//! be read only once (what a detector is tried on) are appended as they come, and put in order at the end.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;
use ringtrue_core::cost::Prices;
use ringtrue_core::expression::{Expression, Signals};
use ringtrue_core::near_duplicate::{Sketch, compared};
use ringtrue_core::{CostSheet, Event, EventId, EventTime, Label, RowBlock, Trust};
use ringtrue_intake::reader::Given;
use ringtrue_intake::{Reading, SignalReader};
use ringtrue_model::{Model, TokenSource};
use ringtrue_watch::Likeness;

use crate::expressions::Expressions;
use crate::revealed::Revealed;

/// What the first pass knows of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) time: Option<EventTime>,
    pub(crate) known: Option<EventTime>,
    pub(crate) label: Label,
    pub(crate) id: EventId,
    /// Group, or content where there is none: what a split without times keeps together.
    pub(crate) cluster: u32,
}

/// The labelled events in the order of the input, and their order in time.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) entries: Vec<Entry>,
    /// For each entry its position in time order.
    pub(crate) ranks: Vec<u32>,
}

impl Index {
    /// Settles the order: by time, then by content, so that it does not hang on the order of files.
    pub(crate) fn settle(&mut self) {
        let mut order: Vec<u32> = (0_u32..).take(self.entries.len()).collect();
        order.par_sort_by_key(|entry| {
            let Entry { time, id, .. } = self.entries[*entry as usize];
            (time, id, *entry)
        });
        self.ranks = vec![0; order.len()];
        for (position, entry) in (0_u32..).zip(order) {
            self.ranks[entry as usize] = position;
        }
    }

    /// Returns the entries in time order.
    pub(crate) fn in_order(&self) -> Vec<Entry> {
        let mut ordered = self.entries.clone();
        for (entry, rank) in self.entries.iter().zip(&self.ranks) {
            ordered[*rank as usize] = *entry;
        }
        ordered
    }
}

/// A list of names, each once, by number.
#[derive(Debug, Default)]
pub(crate) struct Names {
    numbers: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

/// Stands for "no name".
pub(crate) const NO_NAME: u32 = u32::MAX;

impl Names {
    /// Returns the number of a name, which it gets if it has none.
    pub(crate) fn number(&mut self, name: Option<&Arc<str>>) -> u32 {
        let Some(name) = name else { return NO_NAME };
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(NO_NAME);
        self.names.push(Arc::clone(name));
        self.numbers.insert(Arc::clone(name), number);
        number
    }

    /// Returns all names in the order of their numbers.
    pub(crate) fn all(&self) -> Vec<String> {
        self.names.iter().map(ToString::to_string).collect()
    }

    /// Returns the name of a number.
    pub(crate) fn name(&self, number: u32) -> Option<&Arc<str>> {
        self.names.get(number as usize)
    }
}

/// What the corpus needs beside events.
pub(crate) struct Context<'a> {
    pub(crate) reader: &'a SignalReader,
    pub(crate) sheet: &'a CostSheet,
    pub(crate) slices: &'a [(String, Expression)],
    /// What the reader of the report may see.
    pub(crate) revealed: Revealed<'a>,
}

/// Labelled events as columns, by position in time order.
pub(crate) struct Corpus<'a> {
    pub(crate) reader: &'a SignalReader,
    pub(crate) revealed: Revealed<'a>,
    pub(crate) rows: RowBlock,
    pub(crate) ids: Vec<EventId>,
    pub(crate) times: Vec<Option<EventTime>>,
    pub(crate) labels: Vec<Label>,
    pub(crate) malicious: Vec<bool>,
    pub(crate) prices: Vec<Prices>,
    pub(crate) weight: Vec<f32>,
    /// How many events of the traffic each stands for.
    pub(crate) stands_for: Vec<f64>,
    pub(crate) entity: Vec<u32>,
    pub(crate) trust: Vec<Trust>,
    pub(crate) source: Vec<u32>,
    pub(crate) family: Vec<u32>,
    pub(crate) group: Vec<u32>,
    pub(crate) names: Names,
    /// For each slice, whether each event is in it.
    pub(crate) slices: Vec<(String, Vec<bool>)>,
    /// What came of the derived columns and slices.
    pub(crate) expressions: Expressions,
    ranks: Vec<u32>,
    texts: Pieces<u8>,
    /// What near-copies are found by, where the text that is kept does not tell them; `None` of a row of a table.
    sketches: Vec<Option<Sketch>>,
    tokens: Option<Pieces<u32>>,
    filled: usize,
}

/// Runs of values, one per event in the order of the input, found by position.
struct Pieces<T> {
    values: Vec<T>,
    ends: Vec<usize>,
    entries: Vec<u32>,
}

impl<T: Copy> Pieces<T> {
    fn new(ranks: &[u32]) -> Self {
        let mut entries = vec![0; ranks.len()];
        for (entry, rank) in (0_u32..).zip(ranks) {
            entries[*rank as usize] = entry;
        }
        Self {
            values: Vec::new(),
            ends: Vec::with_capacity(ranks.len()),
            entries,
        }
    }

    fn push(&mut self, piece: &[T]) {
        self.values.extend_from_slice(piece);
        self.ends.push(self.values.len());
    }

    fn get(&self, position: usize) -> &[T] {
        let entry = self.entries[position] as usize;
        let start = if entry == 0 { 0 } else { self.ends[entry - 1] };
        &self.values[start..self.ends[entry]]
    }
}

/// What is computed of one event, away from the others.
struct Computed {
    reading: Reading,
    prices: Prices,
    text: String,
    sketch: Option<Sketch>,
    slices: Vec<bool>,
    given: Vec<Given>,
}

impl<'a> Corpus<'a> {
    /// Makes room for the events of `index`.
    pub(crate) fn new(context: &Context<'a>, index: &Index) -> Self {
        let count = index.entries.len();
        let reader = context.reader;
        let keeps_tokens = !reader.tokens_follow_from_text();
        Self {
            reader,
            rows: RowBlock::of_missing(
                reader.digest(),
                reader.schema().signals.len(),
                count,
                reader.precision(),
            ),
            ids: vec![EventId([0; 16]); count],
            times: vec![None; count],
            labels: vec![Label::Unsure; count],
            malicious: vec![false; count],
            revealed: context.revealed,
            prices: vec![context.sheet.prices(); count],
            weight: vec![1.0; count],
            stands_for: vec![1.0; count],
            entity: vec![0; count],
            trust: vec![Trust::default(); count],
            source: vec![NO_NAME; count],
            family: vec![NO_NAME; count],
            group: vec![NO_NAME; count],
            names: Names::default(),
            slices: context
                .slices
                .iter()
                .map(|(name, _)| (name.clone(), vec![false; count]))
                .collect(),
            expressions: Expressions::new(reader, context.slices),
            ranks: index.ranks.clone(),
            texts: Pieces::new(&index.ranks),
            sketches: if keeps_tokens {
                vec![None; count]
            } else {
                Vec::new()
            },
            tokens: keeps_tokens.then(|| Pieces::new(&index.ranks)),
            filled: 0,
        }
    }

    /// Takes in events that no index has met, with their habits, behind the others; [`Corpus::arrange`] puts them in order.
    pub(crate) fn append<'h>(
        &mut self,
        context: &Context<'_>,
        events: &mut [Event],
        habits: impl Fn(usize) -> &'h [f32] + Sync,
    ) {
        let count = events.len();
        let before = self.len();
        let next = (0_u32..).skip(before).take(count);
        self.rows.extend_missing(count);
        self.ids.resize(before + count, EventId([0; 16]));
        self.times.resize(before + count, None);
        self.labels.resize(before + count, Label::Unsure);
        self.malicious.resize(before + count, false);
        self.prices.resize(before + count, context.sheet.prices());
        if !self.reader.tokens_follow_from_text() {
            self.sketches.resize(before + count, None);
        }
        self.weight.resize(before + count, 1.0);
        self.stands_for.resize(before + count, 1.0);
        self.entity.resize(before + count, 0);
        self.trust.resize(before + count, Trust::default());
        for names in [&mut self.source, &mut self.family, &mut self.group] {
            names.resize(before + count, NO_NAME);
        }
        for (_, members) in &mut self.slices {
            members.resize(before + count, false);
        }
        self.texts.entries.extend(next.clone());
        if let Some(tokens) = &mut self.tokens {
            tokens.entries.extend(next.clone());
        }
        self.ranks.extend(next);
        self.push(context, events, habits);
    }

    /// Takes in what attacks made of the events at `of`, behind all others, for training alone: whoever stands behind an event stands
    /// behind what was made of it. Returns each place with that of the event.
    pub(crate) fn append_made(
        &mut self,
        context: &Context<'_>,
        events: &mut [Event],
        of: &[u32],
        habits: &[Vec<f32>],
    ) -> Vec<(u32, u32)> {
        let before = self.len();
        self.append(context, events, |at| {
            habits.get(at).map_or(&[], Vec::as_slice)
        });
        let made = of.iter().copied().zip((0_u32..).skip(before));
        let made: Vec<(u32, u32)> = made.collect();
        for (of, made) in &made {
            self.entity[*made as usize] = self.entity[*of as usize];
        }
        made
    }

    /// Puts events that were appended into the order of `index`, which met them in the same order.
    pub(crate) fn arrange(&mut self, index: &Index) {
        let Pieces { entries, .. } = Pieces::<u8>::new(&index.ranks);
        if entries.len() != self.len() {
            return;
        }
        self.rows.reorder(&entries);
        arranged(&mut self.ids, &entries);
        arranged(&mut self.times, &entries);
        arranged(&mut self.labels, &entries);
        arranged(&mut self.malicious, &entries);
        arranged(&mut self.prices, &entries);
        if !self.sketches.is_empty() {
            arranged(&mut self.sketches, &entries);
        }
        arranged(&mut self.weight, &entries);
        arranged(&mut self.stands_for, &entries);
        arranged(&mut self.entity, &entries);
        arranged(&mut self.trust, &entries);
        for names in [&mut self.source, &mut self.family, &mut self.group] {
            arranged(names, &entries);
        }
        for (_, members) in &mut self.slices {
            arranged(members, &entries);
        }
        if let Some(tokens) = &mut self.tokens {
            tokens.entries.clone_from(&entries);
        }
        self.texts.entries = entries;
        self.ranks.clone_from(&index.ranks);
    }

    /// Takes in the next events, in the order in which the index met them; `habits` has the signals of each by its place.
    pub(crate) fn push<'h>(
        &mut self,
        context: &Context<'_>,
        events: &mut [Event],
        habits: impl Fn(usize) -> &'h [f32] + Sync,
    ) {
        let computed: Vec<Computed> = events
            .par_iter_mut()
            .enumerate()
            .map(|(at, event)| compute(context, event, habits(at)))
            .collect();
        for (event, mut computed) in events.iter().zip(computed) {
            self.expressions.add([std::mem::take(&mut computed.given)]);
            let Some(rank) = self.ranks.get(self.filled) else {
                return;
            };
            let position = *rank as usize;
            self.filled += 1;
            self.place(position, event, &computed, context.sheet);
        }
    }

    fn place(&mut self, position: usize, event: &Event, computed: &Computed, sheet: &CostSheet) {
        self.rows.set(position, computed.reading.row());
        self.ids[position] = event.id();
        self.times[position] = event.time;
        self.labels[position] = event.label.unwrap_or(Label::Unsure);
        self.malicious[position] = event.label == Some(Label::Malicious);
        self.prices[position] = computed.prices;
        self.weight[position] = weight(event, &computed.prices, sheet);
        self.entity[position] = computed.reading.entity;
        self.trust[position] = event.trust;
        self.source[position] = self.names.number(event.source.as_ref());
        self.family[position] = self.names.number(event.family.as_ref());
        self.group[position] = self.names.number(event.group.as_ref());
        for ((_, members), is_in) in self.slices.iter_mut().zip(&computed.slices) {
            members[position] = *is_in;
        }
        self.texts.push(computed.text.as_bytes());
        if let Some(sketch) = self.sketches.get_mut(position) {
            *sketch = computed.sketch;
        }
        if let Some(tokens) = &mut self.tokens {
            tokens.push(&computed.reading.tokens);
        }
    }

    /// Returns what an event looks like: its URL, or the first columns of its row.
    pub(crate) fn text(&self, position: usize) -> &str {
        std::str::from_utf8(self.texts.get(position)).unwrap_or("")
    }

    /// Returns what near-copies of an event are found by; of a row of a table nothing.
    pub(crate) fn likeness(&self, position: usize) -> Option<Likeness<'_>> {
        match self.sketches.get(position) {
            Some(sketch) => sketch.as_ref().map(Likeness::Sketch),
            None => Some(Likeness::Text(self.text(position))),
        }
    }

    /// Returns what an event looks like to the reader: its text, or its id where that may not be shown.
    pub(crate) fn shown(&self, position: usize) -> String {
        if self.revealed.hides_evidence() {
            format!("event {}", self.ids[position])
        } else {
            self.text(position).to_owned()
        }
    }

    /// Replaces `buckets` by those that a model's text parts read of an event.
    pub(crate) fn buckets(&self, model: &Model, position: usize, buckets: &mut Vec<u32>) {
        buckets.clear();
        if model.reads_text() {
            self.tokens(position, buckets);
            model.to_buckets(buckets);
        }
    }

    /// Returns the number of events.
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }
}

impl TokenSource for Corpus<'_> {
    fn tokens(&self, position: usize, tokens: &mut Vec<u32>) {
        match &self.tokens {
            Some(kept) => {
                tokens.clear();
                tokens.extend_from_slice(kept.get(position));
            }
            None => self.reader.tokens_of_text(self.text(position), tokens),
        }
    }
}

/// Puts at each place the value of the entry that `entries` names there.
fn arranged<T: Copy>(values: &mut Vec<T>, entries: &[u32]) {
    let value = |entry: &u32| values[*entry as usize];
    *values = entries.iter().map(value).collect();
}

fn compute(context: &Context<'_>, event: &mut Event, habits: &[f32]) -> Computed {
    let mut given = context.reader.derive(event);
    let mut reading = Reading::default();
    context.reader.read(event, &mut reading);
    reading.set_habits(habits);
    let signals = Signals {
        schema: context.reader.schema(),
        values: reading.row(),
    };
    let mut slices = Vec::with_capacity(context.slices.len());
    for (_, slice) in context.slices {
        let decided = slice.decide(event, Some(signals));
        slices.push(decided == Ok(Some(true)));
        given.push(decided.map(|decided| decided.is_some()));
    }
    let prices = context.sheet.prices_for(event, |name, _| {
        let position = context.slices.iter().position(|(slice, _)| slice == name);
        position.and_then(|at| slices.get(at).copied()) == Some(true)
    });
    Computed {
        reading,
        prices,
        text: kept(event, context),
        sketch: sketch(event, context),
        slices,
        given,
    }
}

/// Returns the text that is kept of an event: its evidence, where tokens are made of that when they are asked for, else
/// what the reader may see.
fn kept(event: &Event, context: &Context<'_>) -> String {
    match event.kind.evidence() {
        Some(field) if context.reader.tokens_follow_from_text() => {
            let text = event.value(field).text();
            text.map_or_else(String::new, |text| text.to_string())
        }
        _ => context.revealed.text(event),
    }
}

/// Returns what near-copies of an event are found by, if its text is not kept.
fn sketch(event: &Event, context: &Context<'_>) -> Option<Sketch> {
    if context.reader.tokens_follow_from_text() {
        return None;
    }
    let text = event.value(event.kind.evidence()?).text()?;
    Some(ringtrue_watch::sketch(compared(event.kind, &text)))
}

/// Returns what an event is worth in its class: its price beside the usual one, times its trust.
#[expect(
    clippy::cast_possible_truncation,
    reason = "weights need no more than f32"
)]
fn weight(event: &Event, prices: &Prices, sheet: &CostSheet) -> f32 {
    let usual = sheet.prices();
    let (price, usual) = match event.label {
        Some(Label::Malicious) => (prices.false_negative, usual.false_negative),
        _ => (prices.false_positive, usual.false_positive),
    };
    let price = if usual > 0.0 {
        (price / usual).clamp(0.01, 100.0)
    } else {
        1.0
    };
    (price * trust_weight(event.trust)) as f32
}

/// Returns the default training weight of data by whose it is: an organisation's own events are what a
/// detector will meet, and a generator's are the furthest from it.
const fn trust_weight(trust: Trust) -> f64 {
    match trust {
        Trust::Own => 2.0,
        Trust::Partner => 1.5,
        Trust::Public => 1.0,
        Trust::Synthetic => 0.5,
    }
}
