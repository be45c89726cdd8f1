//! The queue as the command line makes and shows it: from files or a store, with or without a detector.
//!
//! ```text
//!   files or store ──► events ──decisions──► what is said of each ──label::queue──► items ──► Card, for people and programs
//! ```

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use ringtrue_core::cost::Prices;
use ringtrue_core::expression::Signals;
use ringtrue_core::random::mix;
use ringtrue_core::task::Reader;
use ringtrue_core::{EventId, EventTime, Label, Task, plural};
use ringtrue_intake::SignalReader;
use ringtrue_label::Events;
use ringtrue_label::decided::{Decided, State};
use ringtrue_label::queue::{
    Item, Neighbour, Odd, Pool, Queue, QueueError, Stand, nearest, oddest, queue,
};
use ringtrue_model::train::Run;
use ringtrue_store::Store;
use ringtrue_vet::Sampled;
use serde::{Deserialize, Serialize};

use crate::args::Queueing;
use crate::commands::label_errors::campaigns;
use crate::decisions::Decisions;
use crate::detector_folder::{self, Loaded};
use crate::failure::{Failure, Outcome};
use crate::journey::{all_threads, parameters, slices};
use crate::label_input::{LabelInput, LabelSource};
use crate::leasing::{Leasing, Taken};
use crate::prepared::{self, Prepared};
use crate::progress::Bar;
use crate::registry::Named;
use crate::revealed::Revealed;

/// A labelled event near an item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Near {
    pub(crate) id: EventId,
    pub(crate) label: Label,
    pub(crate) likeness: f64,
    pub(crate) text: String,
}

/// One item, with all that helps to answer it. Scripts rely on `id`, `why`, `campaign_size` and `propensity`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) id: EventId,
    pub(crate) row: u64,
    pub(crate) why: String,
    pub(crate) campaign_size: usize,
    pub(crate) propensity: f64,
    /// What the event is called so far.
    pub(crate) called: Option<Label>,
    pub(crate) probability: Option<f64>,
    /// How probably the label that it has is wrong.
    pub(crate) suspicion: f64,
    pub(crate) novelty: f64,
    pub(crate) worth: f64,
    pub(crate) currency: String,
    pub(crate) text: String,
    pub(crate) reasons: Vec<String>,
    pub(crate) history: String,
    pub(crate) neighbours: Vec<Near>,
    /// What others said of it.
    pub(crate) said: Vec<String>,
    /// The others of its campaign.
    pub(crate) others: Vec<EventId>,
    /// Their places in the input.
    pub(crate) other_rows: Vec<u64>,
    /// The task that answers are for.
    pub(crate) task: String,
}

/// A queue that was made.
pub(crate) struct Made {
    pub(crate) queue: Queue,
    pub(crate) cards: Vec<Card>,
    pub(crate) task: Task,
    /// What was assumed, in sentences.
    pub(crate) assumed: Vec<String>,
    /// Events that were looked at.
    pub(crate) events: usize,
    /// Until when the items are theirs whom the queue is for.
    pub(crate) until: Option<EventTime>,
}

/// Makes the queue.
pub(crate) fn make(arguments: &Queueing) -> Outcome<Made> {
    let looking = &arguments.looking;
    let store = arguments.store.as_deref();
    let named = arguments.detector.as_deref();
    let named = named.map(|name| Named { name, store });
    let loaded = named.map(|it| detector_folder::read(it, looking.key.as_deref()));
    let loaded = loaded.transpose()?.map(|it| it.read_by(looking.reader));
    let source = LabelSource {
        looking,
        store: arguments.store.as_deref(),
        files: &arguments.files,
        sample: arguments.sample,
        needed: &[],
        as_of: None,
    };
    let LabelInput {
        mut events,
        task,
        store,
        decisions,
        assumed,
        ..
    } = source.read(loaded.as_ref())?;
    let own = loaded
        .is_none()
        .then(|| prepared::reader(&mut events, &task))
        .transpose()?;
    if let Some(loaded) = &loaded {
        for sampled in &mut events {
            loaded.reader.derive(&mut sampled.event);
        }
    }
    let reader = loaded.as_ref().map(|it| &it.reader).or(own.as_ref());
    let reader = reader.ok_or_else(|| Failure::new("no signals can be read"))?;
    let prepared = Prepared::of(&events, reader);
    let asked = Asked {
        arguments,
        task: &task,
        events: &events,
        prepared: &prepared,
        reader,
        loaded: loaded.as_ref(),
        decisions: &decisions,
    };
    let (found, until) = asked.handed_out(store.as_ref())?;
    let Found { queue, beside } = found;
    let cards = queue.items.iter().zip(beside);
    let cards = cards.map(|(item, it)| asked.card(item, &it)).collect();
    let count = events.len();
    Ok(Made {
        queue,
        cards,
        task,
        assumed,
        events: count,
        until,
    })
}

/// What is asked, and by whom.
struct Asked<'a> {
    arguments: &'a Queueing,
    task: &'a Task,
    events: &'a [Sampled],
    prepared: &'a Prepared,
    reader: &'a SignalReader,
    loaded: Option<&'a Loaded>,
    decisions: &'a Decisions,
}

/// A queue, and what is told beside each of its items.
struct Found {
    queue: Queue,
    beside: Vec<Beside>,
}

/// What is told beside an item.
struct Beside {
    near: Vec<Neighbour>,
    odd: Vec<Odd>,
}

/// Labelled events of either class that are shown beside an item.
const NEIGHBOURS: usize = 2;
/// Signals that are told of an item.
const SIGNALS: usize = 4;

impl Asked<'_> {
    /// Returns a queue that nobody else has any item of, and until when it is theirs whom it is for.
    fn handed_out(&self, store: Option<&Store>) -> Outcome<(Found, Option<EventTime>)> {
        let leasing = Leasing {
            store,
            task: &self.task.name,
            person: self.arguments.person.as_deref(),
            hours: self.arguments.lease_hours,
            decisions: self.decisions,
        };
        let ids: Vec<EventId> = self.events.iter().map(|it| it.event.id()).collect();
        loop {
            let leased = leasing.others(ids.iter())?;
            let found = self.queue(&leased)?;
            let items = found.queue.items.iter();
            let positions = items.flat_map(|it| std::iter::once(&it.position).chain(&it.others));
            let events = positions.map(|at| ids[*at as usize]).collect();
            match leasing.take(events)? {
                Taken::Nobody => return Ok((found, None)),
                Taken::Until(until) => return Ok((found, Some(until))),
                // Whoever came first has less to look at now, so that this ends.
                Taken::Raced => {}
            }
        }
    }

    fn queue(&self, leased: &BTreeSet<EventId>) -> Outcome<Found> {
        let parameters = parameters(self.task.kind);
        let tokens = self.prepared.tokens(parameters.bits);
        let stand = |it: &Sampled| Stand {
            leased: leased.contains(&it.event.id()),
            ..self.stand(it)
        };
        let stand: Vec<Stand> = self.events.iter().map(stand).collect();
        let prices = self.prices()?;
        let scores = self.loaded.map(|loaded| self.scores(loaded));
        let pool = Pool {
            events: Events {
                schema: self.reader.schema(),
                rows: &self.prepared.rows,
                tokens: &tokens,
                entity: &self.prepared.entity,
                campaign: &campaigns(self.task.kind, &self.prepared.texts),
                parameters: &parameters,
            },
            stand: &stand,
            prices: &prices,
            detector: scores.as_deref(),
        };
        let looking = &self.arguments.looking;
        let bar = Bar::counter("comparing");
        let mut run = Run {
            seed: looking.seed ^ self.salt(),
            threads: looking.threads.unwrap_or_else(all_threads),
            progress: &mut |_, _, _| {
                bar.advance(1);
                ControlFlow::Continue(())
            },
        };
        let budget = self.arguments.budget as usize;
        let found = queue(&pool, &self.task.deciding.queue, budget, &mut run);
        let found = found.map_err(|error: QueueError| {
            Failure::new("no queue can be made of the events").because(&error)
        })?;
        let asked: Vec<u32> = found.items.iter().map(|item| item.position).collect();
        let odd = if found.judge.goes_by_oddness() {
            oddest(&pool, &asked, SIGNALS)
        } else {
            vec![Vec::new(); asked.len()]
        };
        let near = nearest(&pool, &asked, NEIGHBOURS).into_iter();
        Ok(Found {
            queue: found,
            beside: near
                .zip(odd)
                .map(|(near, odd)| Beside { near, odd })
                .collect(),
        })
    }

    /// Returns what mistakes about each event cost, in its slices too.
    fn prices(&self) -> Outcome<Vec<Prices>> {
        let slices = slices(self.task)?;
        let of = |(at, sampled): (usize, &Sampled)| {
            let signals = Signals {
                schema: self.reader.schema(),
                values: self.prepared.rows.row(at),
            };
            self.decisions.prices_in(&sampled.event, |name| {
                let slice = slices.iter().find(|(slice, _)| slice == name);
                let decided = slice.map(|(_, slice)| slice.decide(&sampled.event, Some(signals)));
                matches!(decided, Some(Ok(Some(true))))
            })
        };
        Ok(self.events.iter().enumerate().map(of).collect())
    }

    /// Gives each person draws of their own.
    fn salt(&self) -> u64 {
        let name = self.arguments.person.as_deref().unwrap_or_default();
        name.bytes()
            .fold(0, |salt, byte| mix(salt ^ u64::from(byte)))
    }

    fn stand(&self, sampled: &Sampled) -> Stand {
        let event = &sampled.event;
        let state = self.decisions.state(event);
        let person = self.arguments.person.as_deref();
        let label = match state {
            State::Decided(Decided { label, .. }) => Some(label),
            State::Disputed { .. } => Some(Label::Unsure),
            State::Silent | State::Input | State::Open { .. } => event.label,
        };
        Stand {
            label,
            confirmed: self.decisions.is_confirmed(event),
            disputed: matches!(state, State::Disputed { .. }),
            answered: person.is_some_and(|it| self.decisions.has_word(&event.id(), it)),
            leased: false,
        }
    }

    fn scores(&self, loaded: &Loaded) -> Vec<f64> {
        let detector = &loaded.detector;
        let mut buckets = Vec::new();
        let each = 0..self.events.len();
        each.map(|at| {
            ringtrue_model::TokenSource::tokens(self.prepared, at, &mut buckets);
            detector.model.to_buckets(&mut buckets);
            let scored = detector.score(self.prepared.rows.row(at), &buckets);
            scored.score.probability()
        })
        .collect()
    }

    fn card(&self, item: &Item, beside: &Beside) -> Card {
        let looking = &self.arguments.looking;
        let revealed = Revealed::new(self.task, looking.reader.map(Reader::from));
        let at = item.position as usize;
        let sampled = &self.events[at];
        let text = |position: u32| revealed.text(&self.events[position as usize].event);
        let id = |position: &u32| self.events[*position as usize].event.id();
        let near = beside.near.iter().map(|it| Near {
            id: id(&it.position),
            label: it.label,
            likeness: it.likeness,
            text: text(it.position),
        });
        Card {
            id: sampled.event.id(),
            row: sampled.row,
            why: item.why.word().to_owned(),
            campaign_size: item.campaign_size(),
            propensity: item.propensity,
            called: self.stand(sampled).label,
            probability: item.probability,
            suspicion: item.suspicion,
            novelty: item.novelty,
            worth: item.worth,
            currency: self.task.costs.currency.clone(),
            text: text(item.position),
            reasons: self.reasons(item, &beside.odd, revealed),
            history: item.history.to_string(),
            neighbours: near.collect(),
            said: self.said(sampled),
            others: item.others.iter().map(id).collect(),
            other_rows: item
                .others
                .iter()
                .map(|at| self.events[*at as usize].row)
                .collect(),
            task: self.task.name.clone(),
        }
    }

    /// Returns why somebody is to look, in words: the share it is of, what the labels say, what is odd, what a detector weighs.
    fn reasons(&self, item: &Item, odd: &[Odd], revealed: Revealed<'_>) -> Vec<String> {
        let mut reasons = vec![item.why.words().to_owned()];
        reasons.extend(item.reasons.iter().map(ToString::to_string));
        let signals = &self.reader.schema().signals;
        reasons.extend(odd.iter().map(|odd| {
            let Odd { signal, as_far, of } = *odd;
            let meaning = &signals[signal].meaning;
            let are = if as_far == 1 { "is" } else { "are" };
            format!(
                "out of the ordinary because {meaning}: {as_far} of {of} events {are} as far out"
            )
        }));
        if let Some(loaded) = self.loaded {
            let at = item.position as usize;
            let mut buckets = Vec::new();
            ringtrue_model::TokenSource::tokens(self.prepared, at, &mut buckets);
            loaded.detector.model.to_buckets(&mut buckets);
            let row = self.prepared.rows.row(at);
            let found = loaded.detector.reasons(row, &buckets, SIGNALS);
            reasons.extend(found.into_iter().map(|reason| {
                let side = if reason.margin > 0.0 {
                    "malicious"
                } else {
                    "benign"
                };
                let value = reason.value.filter(|_| revealed.shows(&reason.signal));
                let value = value.map_or_else(String::new, |value| format!(" ({value})"));
                format!("{}{value} speaks for {side}", reason.meaning)
            }));
        }
        reasons
    }

    fn said(&self, sampled: &Sampled) -> Vec<String> {
        let said = self.decisions.ledger.said(&sampled.event.id());
        let line = |it: &ringtrue_core::LabelEntry| {
            let label = it.label.map_or("withdrawn", Label::word);
            format!("{} ({}): {label}, {}", it.who, it.method, it.known)
        };
        said.iter().map(line).collect()
    }
}

impl Made {
    /// Says what the queue is made of.
    pub(crate) fn summary(&self) -> String {
        let shares = ringtrue_core::task::QueueMix::NAMES
            .iter()
            .zip(self.queue.counts);
        let shares: Vec<String> = shares
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        let leased = match self.queue.leased {
            0 => String::new(),
            leased => format!("; others look at {leased} more"),
        };
        let until = self
            .until
            .map_or_else(String::new, |until| format!("; yours until {until}"));
        format!(
            "{} of {} that are open, among {}: {}; judged by {}{leased}{until}",
            plural(self.cards.len() as u64, "item", "items"),
            self.queue.open,
            plural(self.events as u64, "event", "events"),
            shares.join(", "),
            self.queue.judge.words()
        )
    }
}

/// Reads the items that an earlier queue wrote as NDJSON.
pub(crate) fn read(path: &Path) -> Outcome<Vec<Card>> {
    let cannot = || format!("cannot read the items of `{}`", path.display());
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::new(cannot()).because(&error))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let read = lines.map(|line| {
        serde_json::from_str(line).map_err(|error| {
            Failure::new(cannot())
                .because(&error)
                .hint("write them with `ringtrue label queue --items FILE.ndjson`")
        })
    });
    read.collect()
}
