//! Labelled events with both answers: the second pass over the files, with the new detector.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use ringtrue_core::expression::{Expression, Signals};
use ringtrue_core::near_duplicate::{Parameters, group};
use ringtrue_core::{CostSheet, Event, EventId, EventTime, Label, plural};
use ringtrue_intake::mapping::Stated;
use ringtrue_trial::compare::{Answer, LISTED_MAX, NO_NAME, Pair, Pairs};

use super::answers::{Answers, Place, TIMED_MAX, answer, answers};
use super::is_later;
use super::sample::Sample;
use crate::batch::{Asked, Met, Scorer};
use crate::commands::ingest::LABELLED;
use crate::commands::note;
use crate::corpus::Names;
use crate::detector_folder::{Loaded, reading};
use crate::failure::Outcome;
use crate::input::Reading;
use crate::journey::{compared, slices};
use crate::labelled::{Read, Repeats, Taking, pass_labelled};
use crate::prepared;

/// Events by which it is told how far the columns of a table spread.
const SPREAD_EVENTS: usize = 1_000;

/// The events that both detectors were asked about.
pub(crate) struct Paired {
    pub(crate) pairs: Pairs,
    /// The flips that come first, with what they look like to the reader, by their place among the texts.
    pub(super) flips: BTreeMap<u32, Flipped>,
    /// The first events as each detector reads them: the old one, then the new one.
    pub(super) first: [BTreeMap<Place, Event>; 2],
    /// Malicious events that both detectors flag, for attacks: which ones hangs on their ids alone.
    pub(super) flagged: Sample,
    /// Events of either class, by which it is told how far columns spread: which ones hangs on their ids alone.
    pub(super) spread: Sample,
    /// Rows that were not asked about: without a label, with contradicting ones, not readable, or not read by the old detector.
    pub(crate) unasked: u64,
    pub(super) assumed: Vec<String>,
    /// What its reader may not see, and what was left out, in sentences.
    pub(super) hidden: Vec<String>,
}

/// An event of which the verdict flipped.
pub(super) struct Flipped {
    pub(super) event: Event,
    pub(super) shown: String,
}

/// Asks both detectors about the labelled events of files; so many of the malicious ones are kept for attacks.
pub(super) fn paired(
    (old, new): (&Loaded, &Loaded),
    files: &[PathBuf],
    attacked: usize,
) -> Outcome<Paired> {
    let (before, told) = answers(old, files)?;
    told.tell();
    let slices = slices(&new.task)?;
    let mut pairing = Pairing::new(new, &before, &slices, attacked);
    let reading = Reading {
        needed: LABELLED.to_vec(),
        stated: Stated::Needed,
        ..reading(new)?
    };
    let mut read = pass_labelled(files, new, &reading, &mut pairing)?;
    read.of_habits = pairing.scorer.sentences();
    read.tell();
    if pairing.unanswered > 0 {
        note(&format!(
            "warning: {} events are not compared, since the old detector could not read them",
            pairing.unanswered
        ));
    }
    let assumed = told.assumed.sentences.union(&read.assumed.sentences);
    let assumed = assumed.cloned().collect();
    let unasked = read.unlabelled + read.set_aside + pairing.unanswered;
    let mut paired = pairing.finish(assumed);
    paired.first[0] = before.first;
    paired.unasked += unasked;
    Ok(paired)
}

/// What stays of the events as they pass by.
struct Pairing<'a> {
    scorer: Scorer<'a>,
    loaded: &'a Loaded,
    before: &'a Answers,
    sheet: CostSheet,
    slices: &'a [(String, Expression)],
    pairs: Pairs,
    names: Names,
    texts: Texts,
    flips: Flips,
    first: BTreeMap<Place, Event>,
    flagged: Sample,
    spread: Sample,
    file: usize,
    repeats: Repeats,
    /// The labels of events that came again in another file.
    labels_again: Vec<(EventId, Label)>,
    unanswered: u64,
}

/// What is computed of one event, away from the others.
struct Computed {
    id: EventId,
    row: u64,
    new: Answer,
    slices: Box<[u32]>,
    prices: ringtrue_core::cost::Prices,
    text: String,
}

impl<'a> Pairing<'a> {
    fn new(
        loaded: &'a Loaded,
        before: &'a Answers,
        slices: &'a [(String, Expression)],
        attacked: usize,
    ) -> Self {
        let pairs = Pairs {
            slices: slices.iter().map(|(name, _)| name.clone()).collect(),
            ..Pairs::default()
        };
        // Slices may look at signals.
        let asked = if slices.is_empty() {
            Asked::MARGIN
        } else {
            Asked::ROW
        };
        Self {
            scorer: Scorer::new(loaded, asked),
            loaded,
            before,
            sheet: loaded.task.cost_sheet(),
            slices,
            pairs,
            names: Names::default(),
            texts: Texts::default(),
            flips: Flips::default(),
            first: BTreeMap::new(),
            flagged: Sample::of(attacked),
            spread: Sample::of(if attacked > 0 { SPREAD_EVENTS } else { 0 }),
            file: 0,
            repeats: Repeats::default(),
            labels_again: Vec::new(),
            unanswered: 0,
        }
    }

    fn add(&mut self, event: &Event, label: Label, computed: Computed) {
        let Some(old) = self.before.of((self.file, computed.row)) else {
            self.unanswered += 1;
            return;
        };
        let revealed = self.loaded.revealed();
        let family = self.loaded.task.columns.family.as_deref();
        let mut name = |name, is_shown: bool| {
            if is_shown {
                self.names.number(name)
            } else {
                NO_NAME
            }
        };
        let family = name(
            event.family.as_ref(),
            revealed.shows(family.unwrap_or("family")),
        );
        let source = name(event.source.as_ref(), revealed.shows_source());
        let tenant = name(event.group.as_ref(), revealed.shows_group());
        let place = self.texts.push(&computed.text);
        let pair = Pair {
            id: computed.id,
            time: event.time,
            label,
            prices: computed.prices,
            group: place,
            family,
            source,
            tenant,
            slices: computed.slices,
            old,
            new: computed.new,
            place,
        };
        self.flips.keep(&pair, event, || revealed.text(event));
        if label == Label::Malicious && pair.is_caught_by_both() {
            self.flagged.offer(event);
        }
        self.spread.offer(event);
        self.pairs.events.push(pair);
    }

    fn finish(self, assumed: Vec<String>) -> Paired {
        let mut pairs = self.pairs;
        pairs.names = self.names.all();
        let contradicting = without_contradictions(&mut pairs, &self.labels_again);
        let mut hidden = hidden(self.loaded);
        if contradicting > 0 {
            let rows = plural(contradicting, "row", "rows");
            let why = "left out, since the files call the same event malicious and benign";
            hidden.push(format!("{rows}: {why}"));
        }
        pairs.settle();
        // Which texts are compared hangs on their order, which is settled now.
        let texts = pairs.events.iter().map(|pair| self.texts.get(pair.place));
        let groups = group(texts, &Parameters::default());
        for (pair, group) in pairs.events.iter_mut().zip(groups) {
            pair.group = group;
        }
        Paired {
            pairs,
            flips: self.flips.by_place(),
            first: [BTreeMap::new(), self.first],
            flagged: self.flagged,
            spread: self.spread,
            unasked: contradicting,
            assumed,
            hidden,
        }
    }
}

impl Taking for Pairing<'_> {
    fn take(&mut self, events: Vec<(u64, Event)>, read: &mut Read) {
        let room = TIMED_MAX.saturating_sub(self.first.len());
        let kept = events.iter().take(room);
        self.first
            .extend(kept.map(|(row, event)| ((self.file, *row), event.clone())));
        let context = Context {
            loaded: self.loaded,
            sheet: &self.sheet,
            slices: self.slices,
        };
        let computed = self
            .scorer
            .score(events.clone(), |met| context.computed(met));
        for ((_, event), (computed, _)) in events.iter().zip(computed) {
            let Some(label) = event.label else {
                read.unlabelled += 1;
                continue;
            };
            if self.repeats.is_repeat(computed.id) {
                read.repeated += 1;
                self.labels_again.push((computed.id, label));
                continue;
            }
            self.add(event, label, computed);
        }
    }

    fn end_file(&mut self) {
        self.file += 1;
        self.repeats.end_file();
    }
}

/// What is needed to look at an event alone.
struct Context<'a> {
    loaded: &'a Loaded,
    sheet: &'a CostSheet,
    slices: &'a [(String, Expression)],
}

impl Context<'_> {
    fn computed(&self, met: &Met<'_>) -> Computed {
        let signals = Signals {
            schema: self.loaded.reader.schema(),
            values: met.signals.row(),
        };
        let holds = |slice: &Expression| slice.decide(met.event, Some(signals)) == Ok(Some(true));
        let slices: Box<[u32]> = (0_u32..)
            .zip(self.slices)
            .filter(|(_, (_, slice))| holds(slice))
            .map(|(number, _)| number)
            .collect();
        let prices = self.sheet.prices_for(met.event, |name, _| {
            let number = self.slices.iter().position(|(slice, _)| slice == name);
            number.is_some_and(|number| slices.iter().any(|it| *it as usize == number))
        });
        Computed {
            id: met.id,
            row: met.row,
            new: answer(self.loaded, met),
            slices,
            prices,
            text: self.text(met.event),
        }
    }

    /// Returns what tells near-duplicates.
    fn text(&self, event: &Event) -> String {
        match event.kind.evidence() {
            Some(field) => {
                let text = event.value(field).text();
                compared(event.kind, text.as_deref().unwrap_or("")).to_owned()
            }
            None => prepared::text(event, &self.loaded.reader),
        }
    }
}

/// The texts of events, one after the other.
#[derive(Default)]
struct Texts {
    letters: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) -> u32 {
        let place = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.letters.push_str(text);
        self.ends.push(self.letters.len());
        place
    }

    fn get(&self, place: u32) -> &str {
        let place = place as usize;
        let start = place.checked_sub(1).and_then(|it| self.ends.get(it));
        let end = self.ends.get(place).copied().unwrap_or(0);
        self.letters
            .get(start.copied().unwrap_or(0)..end)
            .unwrap_or("")
    }
}

/// What flips are ordered by: those for the worse first, then time, then what they are.
type FlipOrder = (bool, Option<EventTime>, EventId, u32);

/// The flips that come first, whatever the order in which they are met.
#[derive(Default)]
struct Flips(BTreeMap<FlipOrder, Flipped>);

impl Flips {
    fn keep(&mut self, pair: &Pair, event: &Event, shown: impl FnOnce() -> String) {
        let Some(kind) = pair.flip() else { return };
        let order = (is_later(kind), pair.time, pair.id, pair.place);
        let last = self.0.last_key_value().map(|(order, _)| *order);
        if self.0.len() >= LISTED_MAX && last < Some(order) {
            return;
        }
        let flipped = Flipped {
            event: event.clone(),
            shown: shown(),
        };
        self.0.insert(order, flipped);
        if self.0.len() > LISTED_MAX {
            self.0.pop_last();
        }
    }

    fn by_place(self) -> BTreeMap<u32, Flipped> {
        let flips = self.0.into_iter();
        flips
            .map(|((.., place), flipped)| (place, flipped))
            .collect()
    }
}

/// Takes out the events that the files call malicious and benign, on which neither detector is right for sure; returns how many.
fn without_contradictions(pairs: &mut Pairs, again: &[(EventId, Label)]) -> u64 {
    let here = pairs.events.iter().map(|pair| (pair.id, pair.label));
    let mut seen: HashMap<EventId, [bool; 2]> = HashMap::new();
    for (id, label) in here.chain(again.iter().copied()) {
        if let Some(malicious) = label.class() {
            seen.entry(id).or_default()[usize::from(malicious)] = true;
        }
    }
    let contradict = |id: &EventId| seen.get(id) == Some(&[true, true]);
    let before = pairs.events.len();
    pairs.events.retain(|pair| !contradict(&pair.id));
    (before - pairs.events.len()) as u64
}

/// Says what is not told apart, since the reader may not see it.
fn hidden(loaded: &Loaded) -> Vec<String> {
    let revealed = loaded.revealed();
    let family = loaded.task.columns.family.as_deref().unwrap_or("family");
    let hidden = [
        ("families", revealed.shows(family)),
        ("sources", revealed.shows_source()),
        ("tenants", revealed.shows_group()),
    ];
    hidden
        .into_iter()
        .filter(|(_, is_shown)| !is_shown)
        .map(|(what, _)| {
            format!(
                "{what}: the task shows them to some readers only, who are named with `--reader`"
            )
        })
        .collect()
}
