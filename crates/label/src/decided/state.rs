//! From what everybody says of one event to what holds.

use std::collections::BTreeMap;

use ringtrue_core::label_entry::INPUT;
use ringtrue_core::task::Deciding;
use ringtrue_core::{EventTime, Label, LabelEntry, Method};

/// A label that holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decided {
    /// The label.
    pub label: Label,
    /// Since when it is known and has not changed.
    pub known: EventTime,
    /// How sure the surest of those who decided is.
    pub certainty: f64,
    /// How many say so.
    pub voices: u32,
}

/// What holds of an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum State {
    /// Nobody whose word counts has spoken.
    Silent,
    /// The label that came with the event holds.
    Input,
    /// Too few have spoken; until then the label that came with the event holds.
    Open {
        /// What they say so far.
        label: Label,
        /// How many have spoken.
        voices: u32,
        /// How many are needed.
        needed: u32,
    },
    /// Those whose word counts most disagree.
    Disputed {
        /// Since when.
        known: EventTime,
    },
    /// It is decided.
    Decided(Decided),
}

impl State {
    /// Returns whether it says the same, be it known since whenever.
    fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Decided(one), Self::Decided(two)) => one.label == two.label,
            (Self::Disputed { .. }, Self::Disputed { .. }) => true,
            _ => self == other,
        }
    }
}

/// What came with the event.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Own {
    /// Its label; `None`: none.
    pub label: Option<Label>,
    /// What a mistake about it costs.
    pub impact: f64,
}

/// One voice among those that count.
struct Voice {
    label: Label,
    known: EventTime,
    certainty: f64,
    is_person: bool,
    is_input: bool,
}

/// Returns what holds at `at` by the rules of a task; `entries` are those of one event in the order of appending.
pub(super) fn state(entries: &[LabelEntry], own: Own, rules: &Deciding, at: EventTime) -> State {
    let now = state_at(entries, own, rules, at);
    let mut times: Vec<EventTime> = entries.iter().map(|entry| entry.known).collect();
    times.retain(|known| *known <= at);
    times.sort_unstable();
    times.dedup();
    // Back from now to the first moment from which on nothing has changed.
    let mut since = at;
    for time in times.into_iter().rev() {
        if !state_at(entries, own, rules, time).agrees(&now) {
            break;
        }
        since = time;
    }
    match now {
        State::Decided(decided) => State::Decided(Decided {
            known: since,
            ..decided
        }),
        State::Disputed { .. } => State::Disputed { known: since },
        other => other,
    }
}

fn state_at(entries: &[LabelEntry], own: Own, rules: &Deciding, at: EventTime) -> State {
    let voices = voices(entries, own, rules, at);
    let Some(trust) = voices
        .iter()
        .map(|(trust, _)| *trust)
        .max_by(f64::total_cmp)
    else {
        return State::Silent;
    };
    let deciding: Vec<&Voice> = voices
        .iter()
        .filter(|(other, _)| *other >= trust)
        .map(|(_, voice)| voice)
        .collect();
    let says = |label: Label| deciding.iter().any(|voice| voice.label == label);
    let label = match (says(Label::Malicious), says(Label::Benign)) {
        (true, true) => return State::Disputed { known: at },
        (true, false) => Label::Malicious,
        (false, true) => Label::Benign,
        (false, false) => Label::Unsure,
    };
    if deciding.iter().all(|voice| voice.is_input) {
        return State::Input;
    }
    let saying = || deciding.iter().filter(|voice| voice.label == label);
    let (mut found, mut needed) = (count(saying()), rules.quorum);
    if rules.needs_two(own.impact) && label != Label::Unsure {
        let people = count(saying().filter(|voice| voice.is_person));
        if people < 2 {
            (found, needed) = (people, needed.max(2));
        }
    }
    if found < needed && label != Label::Unsure {
        return State::Open {
            label,
            voices: found,
            needed,
        };
    }
    State::Decided(Decided {
        label,
        known: saying().map(|voice| voice.known).max().unwrap_or(at),
        certainty: saying().map(|voice| voice.certainty).fold(0.0, f64::max),
        voices: found,
    })
}

/// Returns who counts at `at`, each once with their latest word, and how far they are trusted.
fn voices(entries: &[LabelEntry], own: Own, rules: &Deciding, at: EventTime) -> Vec<(f64, Voice)> {
    let mut latest: BTreeMap<&str, &LabelEntry> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.known <= at) {
        latest.insert(entry.who.trim(), entry);
    }
    let mut voices = Vec::new();
    let is_replaced = latest.get(INPUT).is_some_and(|it| it.label.is_some());
    if let Some(label) = own.label.filter(|_| !is_replaced) {
        let voice = Voice {
            label,
            known: EventTime(i64::MIN),
            certainty: 1.0,
            is_person: false,
            is_input: true,
        };
        voices.push((rules.trust_in(Method::Input), voice));
    }
    for entry in latest.into_values() {
        let is_expired = entry.expires.is_some_and(|expires| expires <= at);
        let Some(said) = entry.label.filter(|_| !is_expired) else {
            continue;
        };
        let is_sure = entry.certainty >= rules.certainty_min;
        let voice = Voice {
            label: if is_sure { said } else { Label::Unsure },
            known: entry.known,
            certainty: entry.certainty,
            is_person: entry.method.is_person(),
            is_input: false,
        };
        voices.push((rules.trust_in(entry.method), voice));
    }
    voices.retain(|(trust, _)| *trust > 0.0);
    voices
}

fn count<'a>(voices: impl Iterator<Item = &'a &'a Voice>) -> u32 {
    u32::try_from(voices.count()).unwrap_or(u32::MAX)
}
