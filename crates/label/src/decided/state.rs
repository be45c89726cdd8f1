//! From what everybody says of one event to what holds, and since when.
//!
//! ```text
//!   entries ──by time──► Standing: whose latest word counts, tallied by method ──► State after each time
//! ```
//!
//! Each time at which somebody spoke or a word expired is looked at once, in order.

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

/// The time that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// What is known later does not count.
    pub(super) known: EventTime,
    /// What expires later still counts; not after `known`.
    pub(super) now: EventTime,
}

impl Moment {
    /// Returns whether an entry's word no longer counts at `time`.
    fn has_expired(self, entry: &LabelEntry, time: EventTime) -> bool {
        entry.expires.is_some_and(|it| it <= time.min(self.now))
    }
}

/// Returns what holds at a moment by the rules of a task; `entries` are those of one event in the order of appending.
pub(super) fn state(entries: &[LabelEntry], own: Own, rules: &Deciding, at: Moment) -> State {
    let mut standing = Standing::new(entries, own, rules, at);
    let mut now = standing.state();
    let mut since = at.known;
    for (time, changes) in changes(entries, at) {
        for change in changes {
            standing.apply(change, time);
        }
        let next = standing.state();
        if !next.agrees(&now) {
            since = time;
        }
        now = next;
    }
    match now {
        State::Decided(decided) => State::Decided(Decided {
            known: since,
            certainty: standing.certainty(decided.label),
            ..decided
        }),
        State::Disputed { .. } => State::Disputed { known: since },
        other => other,
    }
}

/// Lists everybody's latest word at a moment, in order of names; words that were taken back or have expired are left out.
pub(super) fn words(entries: &[LabelEntry], at: Moment) -> Vec<&LabelEntry> {
    let mut latest: BTreeMap<&str, &LabelEntry> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.known <= at.known) {
        latest.insert(entry.who.trim(), entry);
    }
    let counts = |entry: &&LabelEntry| entry.label.is_some() && !at.has_expired(entry, at.known);
    latest.into_values().filter(counts).collect()
}

/// Something that becomes of an entry, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// It is known.
    Known(usize),
    /// It no longer counts.
    Expires(usize),
}

/// Returns what changes when, in order.
fn changes(entries: &[LabelEntry], at: Moment) -> BTreeMap<EventTime, Vec<Change>> {
    let mut changes: BTreeMap<EventTime, Vec<Change>> = BTreeMap::new();
    for (place, entry) in entries.iter().enumerate() {
        if entry.known > at.known {
            continue;
        }
        changes
            .entry(entry.known)
            .or_default()
            .push(Change::Known(place));
        let expires = entry.expires.filter(|it| *it <= at.now.min(at.known));
        if let Some(expires) = expires {
            changes
                .entry(expires)
                .or_default()
                .push(Change::Expires(place));
        }
    }
    changes
}

/// How many of each method give each label.
type Tally = [[u32; LABELS.len()]; Method::ALL.len()];

/// The labels, each in its place.
const LABELS: [Label; 3] = [Label::Benign, Label::Malicious, Label::Unsure];

/// Whose word counts, going through time.
struct Standing<'a> {
    entries: &'a [LabelEntry],
    own: Own,
    rules: &'a Deciding,
    at: Moment,
    /// The place of everybody's latest word, and what it counts as by now.
    latest: BTreeMap<&'a str, (usize, Option<Label>)>,
    /// Without the label that came with the event.
    tally: Tally,
}

/// Those whose word decides.
struct Deciders {
    methods: Vec<Method>,
    /// The label that came with the event, if it is among them.
    own: Option<Label>,
}

impl<'a> Standing<'a> {
    const fn new(entries: &'a [LabelEntry], own: Own, rules: &'a Deciding, at: Moment) -> Self {
        Self {
            entries,
            own,
            rules,
            at,
            latest: BTreeMap::new(),
            tally: [[0; LABELS.len()]; Method::ALL.len()],
        }
    }

    /// Takes in what becomes of an entry at `time`.
    fn apply(&mut self, change: Change, time: EventTime) {
        let (Change::Known(place) | Change::Expires(place)) = change;
        let entry = &self.entries[place];
        let who = entry.who.trim();
        let before = self.latest.get(who).copied();
        let counts = match (change, before) {
            (Change::Known(_), Some((later, _))) if later > place => return,
            (Change::Known(_), _) => self.counts(entry, time),
            (Change::Expires(_), Some((latest, _))) if latest == place => None,
            (Change::Expires(_), _) => return,
        };
        if let Some((earlier, Some(label))) = before {
            let method = self.entries[earlier].method;
            self.tally[method as usize][label as usize] -= 1;
        }
        if let Some(label) = counts {
            self.tally[entry.method as usize][label as usize] += 1;
        }
        self.latest.insert(who, (place, counts));
    }

    /// Returns as what an entry's word counts at `time`.
    fn counts(&self, entry: &LabelEntry, time: EventTime) -> Option<Label> {
        let label = entry.label.filter(|_| !self.at.has_expired(entry, time))?;
        let is_sure = entry.certainty >= self.rules.certainty_min;
        Some(if is_sure { label } else { Label::Unsure })
    }

    /// Returns the label that came with the event, unless its input said something else since.
    fn own(&self) -> Option<Label> {
        let latest = self.latest.get(INPUT);
        let is_replaced = latest.is_some_and(|(place, _)| self.entries[*place].label.is_some());
        self.own.label.filter(|_| !is_replaced)
    }

    fn deciders(&self) -> Option<Deciders> {
        let own = self.own();
        let speaks = |method: &Method| {
            self.tally[*method as usize].iter().any(|count| *count > 0)
                || (*method == Method::Input && own.is_some())
        };
        let trust = |method: &Method| self.rules.trust_in(*method);
        let speaking = Method::ALL.iter().filter(|it| speaks(it)).map(trust);
        let most = speaking.filter(|it| *it > 0.0).max_by(f64::total_cmp)?;
        let each = Method::ALL.into_iter();
        let methods: Vec<Method> = each.filter(|it| trust(it) >= most).collect();
        Some(Deciders {
            own: own.filter(|_| methods.contains(&Method::Input)),
            methods,
        })
    }

    /// Returns what holds by now; since when is for others to say.
    fn state(&self) -> State {
        let Some(deciders) = self.deciders() else {
            return State::Silent;
        };
        let said = |label: Label| -> u32 {
            let each = deciders.methods.iter();
            each.map(|it| self.tally[*it as usize][label as usize])
                .sum()
        };
        let voices = |label: Label| said(label) + u32::from(deciders.own == Some(label));
        let known = self.at.known;
        let label = match (voices(Label::Malicious) > 0, voices(Label::Benign) > 0) {
            (true, true) => return State::Disputed { known },
            (true, false) => Label::Malicious,
            (false, true) => Label::Benign,
            (false, false) => Label::Unsure,
        };
        if LABELS.into_iter().all(|label| said(label) == 0) {
            return State::Input;
        }
        let people = || {
            let each = deciders.methods.iter().filter(|it| it.is_person());
            each.map(|it| self.tally[*it as usize][label as usize])
                .sum()
        };
        self.enough(label, voices(label), people)
    }

    /// Returns the label as decided if enough say so.
    fn enough(&self, label: Label, voices: u32, people: impl FnOnce() -> u32) -> State {
        let (mut found, mut needed) = (voices, self.rules.quorum);
        if self.rules.needs_two(self.own.impact) && label != Label::Unsure {
            let people = people();
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
            known: self.at.known,
            certainty: 0.0,
            voices: found,
        })
    }

    /// Returns how sure the surest of those who decide on `label` is.
    fn certainty(&self, label: Label) -> f64 {
        let Some(deciders) = self.deciders() else {
            return 0.0;
        };
        let each = self.latest.values();
        let saying = each.filter(|(_, counts)| *counts == Some(label));
        let entries = saying.map(|(place, _)| &self.entries[*place]);
        let deciding = entries.filter(|it| deciders.methods.contains(&it.method));
        let own = f64::from(u8::from(deciders.own == Some(label)));
        deciding.map(|it| it.certainty).fold(own, f64::max)
    }
}
