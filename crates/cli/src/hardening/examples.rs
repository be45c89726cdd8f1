//! Adversarial examples: what attacks make of malicious events that are trained on, so that a detector allows it.

use std::collections::BTreeMap;

use ringtrue_attack::artefact::Material;
use ringtrue_attack::artefact::search::Search;
use ringtrue_attack::threat::Knowledge;
use ringtrue_core::{Event, EventId};
use ringtrue_intake::history::{History, append_signals};

use crate::corpus::{Context, Corpus};
use crate::detector_folder::Loaded;
use crate::evasion::{Attacks, Evader, Gathered, Turn, Way};
use crate::failure::Outcome;
use crate::progress::Bar;

/// Questions that an attack may ask of the detector for one event.
const QUERIES: u64 = 60;
/// What the attackers know: each finds other evasions.
const KNOWLEDGE: [Knowledge; 3] = [Knowledge::Nothing, Knowledge::Verdicts, Knowledge::Scores];
/// Changes of an attacker who knows nothing.
const CHANGES: usize = 3;

/// An event that an attack made, with the signals of its habits.
struct Made {
    of: EventId,
    event: Event,
    habits: Vec<f32>,
}

/// Attacks gathered events with margins up to `allowed` as the goal, takes what got past the detector into the corpus, and returns
/// the places.
pub(super) fn make(
    corpus: &mut Corpus<'_>,
    context: &Context<'_>,
    loaded: &Loaded,
    gathered: (&Gathered<'_>, &Material),
    (allowed, seed): (f64, u64),
) -> Outcome<Vec<(u32, u32)>> {
    let (gathered, material) = gathered;
    let kind = loaded.reader.spec().kind;
    let mut ways = Vec::with_capacity(KNOWLEDGE.len());
    for (knowledge, seed) in KNOWLEDGE.into_iter().zip(seed..) {
        ways.push(Way::Artefacts(Box::new(Evader {
            loaded,
            attacks: Attacks::of(kind, &[])?,
            material: material.clone(),
            search: Search {
                knowledge,
                queries: QUERIES,
                changes: CHANGES,
                allowed,
                seed,
            },
            labelled_only: true,
        })));
    }
    let bar = Bar::new("making adversarial examples", gathered.len() as u64);
    let found = gathered.each_in_turn(|row, event, history| {
        bar.advance(1);
        let turns = ways.iter().map(|way| way.turn(row, event, history));
        turns
            .filter_map(|turn| made(loaded, event, turn, history))
            .collect::<Vec<Made>>()
    });
    let places: BTreeMap<EventId, u32> = corpus.ids.iter().copied().zip(0_u32..).collect();
    let found = found.into_iter().flatten();
    let known = found.filter_map(|made| Some((*places.get(&made.of)?, made)));
    let mut distinct: BTreeMap<(u32, EventId), Made> = BTreeMap::new();
    for (of, made) in known {
        distinct.entry((of, made.event.id())).or_insert(made);
    }
    let of: Vec<u32> = distinct.keys().map(|(of, _)| *of).collect();
    let (mut events, habits): (Vec<Event>, Vec<Vec<f32>>) = distinct
        .into_values()
        .map(|made| (made.event, made.habits))
        .unzip();
    Ok(corpus.append_made(context, &mut events, &of, &habits))
}

fn made(loaded: &Loaded, event: &Event, turn: Turn, history: Option<&History>) -> Option<Made> {
    let Turn::Told(line) = turn else {
        return None;
    };
    let made = *line.made?;
    let mut habits = Vec::new();
    if let (Some(history), Some(seen)) = (history, loaded.reader.seen(&made)) {
        append_signals(&history.novelty_of(&seen), &mut habits);
    }
    Some(Made {
        of: event.id(),
        event: made,
        habits,
    })
}
