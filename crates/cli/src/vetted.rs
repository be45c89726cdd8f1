//! Vetting at the rim: the rows, tokens and traits of gathered events are computed, and the checks run on them.
//!
//! ```text
//!   Gathered (sample) ──reader──► rows, tokens, traits ──vet──► findings, each with its events as the reader may see them
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;
use ringtrue_core::{Event, EventTime, Limits, Task, View};
use ringtrue_intake::traits;
use ringtrue_vet::profile::Summary;
use ringtrue_vet::{Check, Data, Derived, Finding, Given, Profile, Sampled, Traits, Vetting, vet};

use crate::failure::Outcome;
use crate::gathered::Gathered;
use crate::journey::parameters;
use crate::page::{revealed_sheet, without_values};
use crate::prepared::{self, Prepared};
use crate::progress::Bar;
use crate::revealed::Revealed;
use crate::signal_sheet;

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

/// Threads that a probe's forest is trained on unless somebody says otherwise: of so few events they wait for each other, at every leaf, for longer
/// than what they share takes.
const FOREST_THREADS: u32 = 1;

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
    /// The data sheet of the columns of all events, as its reader may see it.
    pub(crate) columns: Summary,
    /// The data sheet of signals, where they are not the columns themselves.
    pub(crate) signals: Option<Summary>,
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

/// Profiles events that were kept.
pub(crate) struct Kept {
    profile: Profile,
    /// The names of the last event's fields, which those of most others are.
    names: Arc<[Arc<str>]>,
}

impl Kept {
    pub(crate) fn new() -> Self {
        Self {
            profile: Profile::new(&Limits::default()),
            names: Arc::default(),
        }
    }

    pub(crate) fn observe(&mut self, event: &Event) {
        let names = || event.fields.iter().map(|field| &field.name);
        if !names().eq(self.names.iter()) {
            self.names = names().cloned().collect();
        }
        self.profile.observe(&View::of(event, &self.names));
    }

    pub(crate) fn profile(self) -> Profile {
        self.profile
    }
}

/// How events are looked at.
pub(crate) struct Eye<'a> {
    pub(crate) task: &'a Task,
    pub(crate) now: EventTime,
    pub(crate) seed: u64,
    pub(crate) threads: u32,
    /// How many events the input holds: benign, malicious, others.
    pub(crate) observed: [u64; 3],
}

/// Shows events, which are in time order, as checks see them.
pub(crate) fn look<T>(
    mut events: Vec<Sampled>,
    eye: &Eye<'_>,
    each: impl FnOnce(&Data<'_>) -> T,
) -> Outcome<T> {
    let reader = prepared::reader(&mut events, eye.task)?;
    let prepared = Prepared::of(&events, &reader);
    let parameters = parameters(eye.task.kind);
    let (tokens, traits) = (prepared.tokens(parameters.bits), traits_of(&events));
    let read: BTreeSet<String> = reader.columns_of_input().map(str::to_owned).collect();
    Ok(each(&Data::new(Given {
        task: eye.task,
        now: eye.now,
        seed: eye.seed,
        threads: eye.threads,
        parameters: &parameters,
        events: &events,
        observed: eye.observed,
        schema: reader.schema(),
        rows: &prepared.rows,
        tokens: &tokens,
        entity: &prepared.entity,
        texts: &prepared.texts,
        traits: &traits,
        read: &read,
    })))
}

/// Runs the checks on what was gathered; `profile` is of all events.
pub(crate) fn run(gathered: Gathered, profile: Profile, setting: &Setting<'_>) -> Outcome<Vetted> {
    let eye = Eye {
        task: setting.task,
        now: setting.now,
        seed: setting.seed,
        threads: setting.threads.unwrap_or(FOREST_THREADS),
        observed: gathered.observed(),
    };
    look(gathered.finish(), &eye, |data| {
        checked(data, profile, setting)
    })
}

fn checked(data: &Data<'_>, profile: Profile, setting: &Setting<'_>) -> Vetted {
    let bar = Bar::new("vetting", Check::ALL.len() as u64);
    let mut number = 0;
    let vetting = vet(data, setting.task, &mut |check| {
        bar.step(number, check.word());
        number += 1;
    });
    let vetting = as_revealed(vetting, setting);
    let sheet = revealed_sheet(profile.finish(), setting.revealed);
    let looked_at = [0, 1, 2].map(|class: usize| {
        let of_class = data
            .events
            .iter()
            .filter(|it| ringtrue_vet::class_of(it.event.label) == class);
        of_class.count() as u64
    });
    let evidence = vetting.findings.iter().map(|finding| {
        let events = finding
            .evidence
            .iter()
            .filter_map(|at| data.events.get(*at as usize));
        events.map(|sampled| shown(sampled, setting)).collect()
    });
    Vetted {
        evidence: evidence.collect(),
        derived: data.derived().to_vec(),
        columns: match setting.place {
            Place::OfInput => sheet,
            Place::OfStore => without_values(sheet),
        },
        signals: signal_sheet::of(data.events, data.schema, data.rows, setting.revealed),
        vetting,
        looked_at,
        observed: data.observed,
    }
}

/// Leaves out what repeats values that the reader may not see.
fn as_revealed(mut vetting: Vetting, setting: &Setting<'_>) -> Vetting {
    let (task, revealed) = (setting.task, setting.revealed);
    let shows_family = revealed.shows(task.columns.family.as_deref().unwrap_or("family"));
    let hides = |finding: &Finding| {
        finding.quoted.iter().any(|field| !revealed.shows(field))
            || !finding.subject.sources.is_empty() && !revealed.shows_source()
            || !finding.subject.families.is_empty() && !shows_family
    };
    let shown = |finding: Finding| {
        if hides(&finding) {
            finding.withheld()
        } else {
            finding
        }
    };
    vetting.findings = vetting.findings.into_iter().map(shown).collect();
    if !revealed.shows_source() {
        vetting.scores.without_source.clear();
    }
    vetting
}

fn traits_of(events: &[Sampled]) -> Traits {
    let limits = Limits::default();
    let of_each = events.par_iter().map(|sampled| {
        let mut named: Vec<String> = Vec::new();
        traits::of(&sampled.event, &limits, &mut named);
        named
    });
    Traits::new(of_each.collect::<Vec<_>>())
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
