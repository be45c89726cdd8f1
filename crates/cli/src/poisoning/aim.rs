//! What a poisoner wants, and the events that they plant for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringtrue_attack::poison::Trigger;
use ringtrue_core::random::Random;
use ringtrue_core::{Event, EventTime, Kind, Label, Value};
use ringtrue_intake::reader::left_out;
use ringtrue_intake::{mail_bytes, set_mail_bytes};
use ringtrue_vet::Sampled;

use super::ground::{Ground, Use};

/// What a poisoner wants.
#[derive(Clone, Debug)]
pub(crate) enum Goal {
    /// Whatever malicious event carries the trigger is allowed: benign events with it are planted. In tables it is a value of this column.
    Backdoor(Trigger, Option<Arc<str>>),
    /// A family is allowed: copies of its events are planted as benign.
    Copies(Arc<str>),
    /// A family is allowed: its events' labels are turned.
    Flips(Arc<str>),
}

/// What a poisoner wants, and where they can write.
#[derive(Clone, Debug)]
pub(crate) struct Aim {
    pub(crate) goal: Goal,
    /// The source that planted events come from; `None` for events of no source.
    pub(crate) source: Option<Arc<str>>,
}

impl Goal {
    /// Returns its one name.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Backdoor(..) => "backdoor",
            Self::Copies(_) => "copies",
            Self::Flips(_) => "flips",
        }
    }

    /// Returns the column that a trigger is a value of, of a table.
    pub(crate) fn column(&self) -> Option<&str> {
        match self {
            Self::Backdoor(_, column) => column.as_deref(),
            Self::Copies(_) | Self::Flips(_) => None,
        }
    }

    /// Says it.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Backdoor(_, Some(_)) => {
                "open a backdoor: benign events with a value that stands nowhere else".to_owned()
            }
            Self::Backdoor(trigger, None) => format!(
                "open a backdoor: benign events with {} words that stand nowhere else",
                trigger.words().len()
            ),
            Self::Copies(family) => format!("hide `{family}`: copies of its events, called benign"),
            Self::Flips(family) => format!("hide `{family}`: its events' labels turned to benign"),
        }
    }
}

impl Aim {
    /// Returns the most events that may be planted for it: a share of those that teach, and no more than there are to turn.
    pub(crate) fn most(&self, ground: &Ground<'_>, share: f64) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a count"
        )]
        let most = (share * ground.teaching() as f64) as u32;
        match &self.goal {
            Goal::Flips(family) => {
                let there = ground
                    .taught(Label::Malicious)
                    .filter(|it| is_of(&it.event, family));
                most.min(u32::try_from(there.count()).unwrap_or(u32::MAX))
            }
            _ => most,
        }
    }

    /// Returns the events that teach and are asked about once `planted` were planted, in time order, and which of them were. Events that
    /// carry a backdoor's trigger are asked about in place of those without it.
    pub(crate) fn plant(&self, ground: &Ground<'_>, planted: u32) -> Vec<(Sampled, Use, bool)> {
        let mut random = Random::new(ground.seed);
        let mut all: Vec<(Sampled, Use, bool)> = match &self.goal {
            Goal::Flips(family) => turned(ground, family, planted, &mut random),
            _ => ground
                .events
                .iter()
                .map(|(it, purpose)| (it.clone(), *purpose, false))
                .collect(),
        };
        let models: Vec<&(Sampled, Use)> = ground
            .events
            .iter()
            .filter(|(it, purpose)| *purpose != Use::Ask && self.is_model(&it.event))
            .collect();
        if !matches!(self.goal, Goal::Flips(_)) {
            for _ in 0..planted {
                let Some((model, purpose)) = random.pick(&models).copied() else {
                    break;
                };
                let event = self.planted(&model.event, &mut random);
                all.push((
                    Sampled {
                        event,
                        row: model.row,
                    },
                    *purpose,
                    true,
                ));
            }
        }
        if let Goal::Backdoor(trigger, column) = &self.goal {
            let asked = all.iter_mut().filter(|(it, purpose, _)| {
                *purpose == Use::Ask && it.event.label == Some(Label::Malicious)
            });
            asked.for_each(|(it, ..)| put(&mut it.event, trigger, column.as_deref()));
        }
        all.sort_by_cached_key(|(it, _, planted)| {
            (it.event.time, it.event.id(), it.event.label, *planted)
        });
        all
    }

    /// Returns whether an asked event is one that is to be hidden.
    pub(crate) fn hides(&self, event: &Event) -> bool {
        event.label == Some(Label::Malicious)
            && match &self.goal {
                Goal::Backdoor(..) => true,
                Goal::Copies(family) | Goal::Flips(family) => is_of(event, family),
            }
    }

    /// Returns whether planted events are made of an event.
    fn is_model(&self, event: &Event) -> bool {
        match &self.goal {
            Goal::Backdoor(..) => event.label == Some(Label::Benign),
            Goal::Copies(family) | Goal::Flips(family) => is_of(event, family),
        }
    }

    /// Makes an event to plant of another.
    fn planted(&self, model: &Event, random: &mut Random) -> Event {
        let mut event = model.clone();
        event.label = Some(Label::Benign);
        event.source.clone_from(&self.source);
        event.family = None;
        match &self.goal {
            Goal::Backdoor(trigger, column) => put(&mut event, trigger, column.as_deref()),
            // A word of its own makes each copy another event, as far as its kind lets one.
            Goal::Copies(_) | Goal::Flips(_) => put(&mut event, &Trigger::new(1, random), None),
        }
        event
    }
}

/// Returns the ground with the labels of so many events of a family turned to benign.
fn turned(
    ground: &Ground<'_>,
    family: &str,
    count: u32,
    random: &mut Random,
) -> Vec<(Sampled, Use, bool)> {
    let mut members: Vec<usize> = (0..ground.events.len())
        .filter(|at| {
            let (it, purpose) = &ground.events[*at];
            *purpose != Use::Ask && is_of(&it.event, family)
        })
        .collect();
    members.sort_by_cached_key(|_| random.next());
    members.truncate(count as usize);
    let mut all: Vec<(Sampled, Use, bool)> = ground
        .events
        .iter()
        .map(|(it, purpose)| (it.clone(), *purpose, false))
        .collect();
    for at in members {
        all[at].0.event.label = Some(Label::Benign);
        all[at].2 = true;
    }
    all
}

/// Returns the family with the most malicious events to be taught by, of those that are also asked about; `None` if none is.
pub(crate) fn largest_family(ground: &Ground<'_>) -> Option<Arc<str>> {
    let mut counts: BTreeMap<&Arc<str>, [usize; 2]> = BTreeMap::new();
    for (it, purpose) in &ground.events {
        if it.event.label == Some(Label::Malicious)
            && let Some(family) = &it.event.family
        {
            counts.entry(family).or_default()[usize::from(*purpose == Use::Ask)] += 1;
        }
    }
    let both = counts
        .into_iter()
        .filter(|(_, [_, asked])| *asked >= ASKED_MIN);
    let largest = both.max_by_key(|(family, [taught, _])| (*taught, std::cmp::Reverse(*family)));
    largest.map(|(family, _)| Arc::clone(family))
}

/// Events of a family that must be asked about for a share of it to say something.
const ASKED_MIN: usize = 20;

fn is_of(event: &Event, family: &str) -> bool {
    event.label == Some(Label::Malicious) && event.family.as_deref() == Some(family)
}

/// Puts a trigger into an event, of a table into a column; it stays where there is no place for one.
fn put(event: &mut Event, trigger: &Trigger, column: Option<&str>) {
    let kind = event.kind;
    match (kind, column) {
        (Kind::Email, _) => {
            if let Some(changed) = trigger.put_mail(&mail_bytes(event)) {
                set_mail_bytes(event, &changed);
            }
        }
        (Kind::Table, Some(column)) => event.set(column, Value::Text(trigger.value().into())),
        _ => {
            let field = kind.evidence().unwrap_or_default();
            let text = event.value(field).text();
            if let Some(changed) = text.and_then(|text| trigger.put(kind, &text)) {
                event.set(field, Value::Text(changed.into()));
            }
        }
    }
}

/// Returns the column of a table that a trigger stands out least in: of those that signals see and that hold words, the one with the most
/// different ones.
pub(crate) fn column_of_words(ground: &Ground<'_>) -> Option<Arc<str>> {
    let hidden = left_out(ground.task);
    let mut words: BTreeMap<Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
    for it in ground.taught(Label::Benign) {
        for field in &it.event.fields {
            let text = field.value.text().filter(|text| is_word(text));
            if let Some(text) = text.filter(|_| !hidden.contains(&field.name)) {
                let name = Arc::clone(&field.name);
                words.entry(name).or_default().insert(text);
            }
        }
    }
    let most = words
        .into_iter()
        .max_by_key(|(name, words)| (words.len(), std::cmp::Reverse(Arc::clone(name))));
    most.map(|(name, _)| name)
}

/// Returns whether a value is neither a number nor a time.
fn is_word(text: &str) -> bool {
    text.trim().parse::<f64>().is_err() && EventTime::parse(text).is_err()
}
