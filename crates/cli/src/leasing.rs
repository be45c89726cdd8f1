//! Who looks at what meanwhile: what others look at is left out of a queue, and what it hands out is leased to whom it is for.
//!
//! ```text
//!   leases of the store ──without those whose holder has answered──► others ──left out──► queue ──take──► handed out
//!                                  ▲                                                               │
//!                                  └────────────── somebody else took some of it meanwhile ◄───────┘
//! ```

use std::collections::BTreeSet;

use ringtrue_core::{EventId, EventTime};
use ringtrue_store::{Lease, Leases, Store};

use crate::commands::ingest::store_failure;
use crate::commands::now;
use crate::decisions::Decisions;
use crate::failure::Outcome;

/// Microseconds of an hour.
const HOUR: f64 = 3.6e9;

/// For whom a queue is made, and who else asks.
pub(crate) struct Leasing<'a> {
    /// `None`: nothing tells who else asks.
    pub(crate) store: Option<&'a Store>,
    /// The name of the task.
    pub(crate) task: &'a str,
    /// Whom the queue is for; `None`: nobody takes what it lists.
    pub(crate) person: Option<&'a str>,
    /// For how long they take it; 0: not at all.
    pub(crate) hours: f64,
    pub(crate) decisions: &'a Decisions,
}

impl Leasing<'_> {
    /// Returns the events that others look at.
    pub(crate) fn others<'e>(
        &self,
        events: impl Iterator<Item = &'e EventId>,
    ) -> Outcome<BTreeSet<EventId>> {
        let Some(store) = self.store else {
            return Ok(BTreeSet::new());
        };
        let leases = store.leases(self.task);
        let leases = leases.map_err(|error| store_failure("cannot read the leases", &error))?;
        let now = now()?;
        let taken = events.filter(|event| self.is_of_others(&leases, event, now));
        Ok(taken.copied().collect())
    }

    /// Returns whether somebody else looks at an event. An answer ends a lease.
    fn is_of_others(&self, leases: &Leases, event: &EventId, now: EventTime) -> bool {
        let mut holders = leases.holders(event, now);
        holders.any(|who| Some(who) != self.person && !self.decisions.has_word(event, who))
    }

    /// Takes what is handed out, for whom it is for.
    pub(crate) fn take(&self, events: Vec<EventId>) -> Outcome<Taken> {
        let person = self.person.filter(|_| self.hours > 0.0);
        let Some((store, person)) = self.store.zip(person) else {
            return Ok(Taken::Nobody);
        };
        let now = now()?;
        let lease = Lease {
            who: person.to_owned(),
            task: self.task.to_owned(),
            until: after(now, self.hours),
            events,
        };
        let is_free = |leases: &Leases| {
            let mut each = lease.events.iter();
            !each.any(|event| self.is_of_others(leases, event, now))
        };
        let taken = store.lease_if(&lease, now, is_free);
        let taken = taken.map_err(|error| store_failure("cannot lease the events", &error))?;
        Ok(if taken {
            Taken::Until(lease.until)
        } else {
            Taken::Raced
        })
    }
}

/// What came of taking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// There is nobody who takes it.
    Nobody,
    /// It is theirs until then.
    Until(EventTime),
    /// Somebody else took some of it since [`Leasing::others`] was asked: nothing was taken.
    Raced,
}

/// Gives back what a person took: somebody else may look at it.
pub(crate) fn give_back(
    store: &Store,
    task: &str,
    person: &str,
    events: Vec<EventId>,
) -> Outcome<()> {
    let now = now()?;
    let lease = Lease {
        who: person.to_owned(),
        task: task.to_owned(),
        until: now,
        events,
    };
    let given = store.lease_if(&lease, now, |_| true);
    given
        .map(|_| ())
        .map_err(|error| store_failure("cannot give back the events", &error))
}

/// Returns the time so many hours later.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the hours are at most those of a month"
)]
const fn after(now: EventTime, hours: f64) -> EventTime {
    EventTime(now.0.saturating_add((hours * HOUR) as i64))
}
