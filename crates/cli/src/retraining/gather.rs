//! Gathering: what is known by now of past events, and how many events of the traffic each of them stands for.
//!
//! ```text
//!   verdict log ──event, what the filter did, draw──┐
//!   label store ──by the event's id─────────────────┼──► labelled events with weights ──window, floor of families──► files
//!   stored events ──────────────────────────────────┘
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ringtrue_core::split::{cutoff_for_share, keep_families};
use ringtrue_core::{Event, EventId, EventTime, Label, Task};
use ringtrue_label::decided::State as Holds;
use ringtrue_server::sample::stands_for;
use ringtrue_store::{EventQuery, Store};
use serde::{Deserialize, Serialize};

use super::written;
use crate::commands::ingest::store_failure;
use crate::decisions::Decisions;
use crate::failure::{Failure, Outcome};
use crate::verdict_log::{Logged, logged};

/// Share of the events, the latest, that the challenger is judged and gated on.
const LATER_SHARE: f64 = 0.25;

/// What is gathered, from where.
pub(crate) struct Gathering<'a> {
    pub(crate) store: &'a Store,
    pub(crate) log: &'a Path,
    pub(crate) task: &'a Task,
    /// Nothing later is gathered.
    pub(crate) as_of: EventTime,
    pub(crate) window_days: i64,
    /// Malicious events of each family that stay beyond the window.
    pub(crate) floor: usize,
    /// When the last turn was; labels of earlier events that came since are late.
    pub(crate) last: Option<EventTime>,
}

/// What was gathered, and what was left out, each event counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counts {
    /// Events that are learned from or judged on.
    pub(crate) benign: u64,
    pub(crate) malicious: u64,
    pub(crate) unsure: u64,
    /// Of those, events that stand for others because they were drawn.
    pub(crate) drawn: u64,
    /// Of those, older events of a family that stayed.
    pub(crate) kept_of_families: u64,
    /// Of those, events before the last turn whose label came after it.
    pub(crate) late: u64,
    /// Of those, events of which more than one label was told.
    pub(crate) told_again: u64,
    /// Of those, events whose labels contradict each other: nobody decided on them.
    pub(crate) disputed: u64,
    /// Verdicts on an event that had one before.
    pub(crate) repeated: u64,
    /// Verdicts whose event was not kept, or is not the one that is named.
    pub(crate) gone: u64,
    /// Labelled events that were blocked and not drawn: what is known of those few says nothing of the others.
    pub(crate) blocked_undrawn: u64,
    /// Events of which nobody told anything by then.
    pub(crate) unlabelled: u64,
    /// Labelled events beyond the window that no floor kept.
    pub(crate) older: u64,
    /// Events by the detector that let them through, or stopped them: the first twelve digits of its id.
    pub(crate) by_detector: BTreeMap<String, u64>,
}

/// An event that is learned from.
pub(crate) struct Known {
    pub(crate) event: Event,
    /// How many events of the traffic it stands for.
    pub(crate) stands_for: f64,
}

/// Events under way into the gathering, by their ids.
#[derive(Default)]
struct Basket {
    known: BTreeMap<EventId, Known>,
    /// Logged events that are not learned from, so that a stored copy does not come in by the back door.
    left: BTreeSet<EventId>,
    counts: Counts,
}

/// Gathers into a turn's folder: the events, what they stand for, and the later ones by themselves. Returns what was counted.
pub(crate) fn gather(gathering: &Gathering<'_>, folder: &Path) -> Outcome<Counts> {
    let decisions = Decisions::of(gathering.store, gathering.task, Some(gathering.as_of))?;
    let Basket {
        known, mut counts, ..
    } = gathering.basket(&decisions)?;
    let kept = gathering.windowed(known, &mut counts);
    for it in &kept {
        gathering.count(&decisions, it, &mut counts);
    }
    let times: Vec<EventTime> = kept.iter().filter_map(|it| it.event.time).collect();
    let cutoff = cutoff_for_share(&times, LATER_SHARE);
    let Some(cutoff) = cutoff.filter(|_| counts.benign > 0 && counts.malicious > 0) else {
        return Err(Failure::cannot_tell(format!(
            "there is nothing to learn from: {} benign and {} malicious events are known by {}",
            counts.benign, counts.malicious, gathering.as_of
        ))
        .hint("labels come by `label import`, `label review` or the server's feedback; a longer `--window` reaches further back"));
    };
    written::write(gathering.task, &kept, cutoff, folder)?;
    Ok(counts)
}

impl Gathering<'_> {
    /// Returns all that is known by then, however old.
    pub(crate) fn all(&self) -> Outcome<Vec<Known>> {
        let decisions = Decisions::of(self.store, self.task, Some(self.as_of))?;
        Ok(self.basket(&decisions)?.known.into_values().collect())
    }

    fn basket(&self, decisions: &Decisions) -> Outcome<Basket> {
        let mut basket = Basket::default();
        self.of_log(decisions, &mut basket)?;
        self.of_store(decisions, &mut basket)?;
        Ok(basket)
    }

    /// Takes the events of the verdict log in.
    fn of_log(&self, decisions: &Decisions, basket: &mut Basket) -> Outcome<()> {
        if !self.log.is_dir() {
            return Ok(());
        }
        for logged in logged(self.log)? {
            let Logged {
                time,
                decision,
                event,
            } = logged?;
            // A clock that went back leaves later times before earlier ones.
            if time > self.as_of {
                continue;
            }
            let Some(event) = event else {
                basket.counts.gone += 1;
                continue;
            };
            let id = event.id();
            if basket.known.contains_key(&id) || basket.left.contains(&id) {
                basket.counts.repeated += 1;
                continue;
            }
            let times = stands_for(decision.of_detector(), decision.sample.as_ref());
            let event = self.settled(decisions, event);
            match (event, times) {
                (None, _) => {
                    basket.counts.unlabelled += 1;
                    basket.left.insert(id);
                }
                (Some(_), None) => {
                    basket.counts.blocked_undrawn += 1;
                    basket.left.insert(id);
                }
                (Some(event), Some(stands_for)) => {
                    if let Some(detector) = decision.detector {
                        *basket
                            .counts
                            .by_detector
                            .entry(detector.short())
                            .or_default() += 1;
                    }
                    basket.known.insert(id, Known { event, stands_for });
                }
            }
        }
        Ok(())
    }

    /// Takes labelled events of the store in, which no filter hid.
    fn of_store(&self, decisions: &Decisions, basket: &mut Basket) -> Outcome<()> {
        let cannot = |error| store_failure("cannot read the events", &error);
        for batch in self
            .store
            .read_events(&EventQuery::default())
            .map_err(cannot)?
        {
            for event in batch.map_err(cannot)? {
                let id = event.id();
                if let Some(logged) = basket.known.get_mut(&id) {
                    // A log knows no families.
                    logged.event.family = logged.event.family.take().or(event.family);
                    continue;
                }
                if basket.left.contains(&id) || event.time.is_some_and(|time| time > self.as_of) {
                    continue;
                }
                match self.settled(decisions, event) {
                    Some(event) => {
                        let known = Known {
                            event,
                            stands_for: 1.0,
                        };
                        basket.known.insert(id, known);
                    }
                    None => basket.counts.unlabelled += 1,
                }
            }
        }
        Ok(())
    }

    /// Returns the event with the label that is known of it by then; `None` if there is none.
    fn settled(&self, decisions: &Decisions, mut event: Event) -> Option<Event> {
        decisions.settle(&mut event);
        let is_known = event.usable_from().is_none_or(|from| from <= self.as_of);
        (event.label.is_some() && is_known).then_some(event)
    }

    /// Returns the events of the window and the older ones that stay, in order of time.
    fn windowed(&self, known: BTreeMap<EventId, Known>, counts: &mut Counts) -> Vec<Known> {
        let mut all: Vec<Known> = known.into_values().collect();
        all.sort_by_key(|it| it.event.time);
        let from = self.as_of.plus_days(-self.window_days);
        let is_older = |at: &u32| {
            let time = all.get(*at as usize).and_then(|it| it.event.time);
            time.is_some_and(|time| time < from)
        };
        let (older, recent): (Vec<u32>, Vec<u32>) = (0_u32..).take(all.len()).partition(is_older);
        let family = |at: u32| {
            let event = &all[at as usize].event;
            event
                .family
                .clone()
                .filter(|_| event.label == Some(Label::Malicious))
        };
        let stays = keep_families(family, &recent, &older, self.floor);
        counts.kept_of_families = stays.len() as u64;
        counts.older = (older.len() - stays.len()) as u64;
        let chosen: BTreeSet<u32> = stays.into_iter().chain(recent).collect();
        let numbered = (0_u32..).zip(all);
        let chosen = numbered.filter(|(at, _)| chosen.contains(at));
        chosen.map(|(_, it)| it).collect()
    }

    fn count(&self, decisions: &Decisions, known: &Known, counts: &mut Counts) {
        let event = &known.event;
        match event.label {
            Some(Label::Benign) => counts.benign += 1,
            Some(Label::Malicious) => counts.malicious += 1,
            Some(Label::Unsure) | None => counts.unsure += 1,
        }
        counts.drawn += u64::from(known.stands_for > 1.0);
        let is_late = self.last.is_some_and(|last| {
            event.time.is_some_and(|time| time <= last)
                && event.label_known.is_some_and(|known| known > last)
        });
        counts.late += u64::from(is_late);
        let id = event.id();
        counts.told_again += u64::from(decisions.ledger.said(&id).len() > 1);
        let state = decisions.state(event);
        counts.disputed += u64::from(matches!(state, Holds::Disputed { .. }));
    }
}
