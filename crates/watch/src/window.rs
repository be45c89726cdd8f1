//! Windows of a stream: a month each, or so many events each.

use std::collections::BTreeMap;

use ringtrue_core::EventTime;
use ringtrue_core::cost::Prices;
use serde::{Deserialize, Serialize};

use crate::audited::{Audit, Audited};
use crate::cluster::Clusters;
use crate::cost::{Basis, cost};
use crate::counts::Counts;
use crate::estimate::{Estimate, Stakes, estimate};
use crate::monitor::alerts::AlertCounts;
use crate::monitor::{MonitorReport, Readings, State, families, missing, probing, settle};
use crate::reference::{Reference, Seen};
use crate::report::{Labelled, WindowReport, text};
use crate::sample::room;
use crate::triage::{Kind, triage};

/// Events of which a window can say anything, at least.
pub const EVENTS_MIN: u64 = 50;

/// How long a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// A calendar month, UTC; events without a time share a window of their own.
    Month,
    /// So many events, in the order in which they come.
    Events(u64),
}

/// What people can handle, what mistakes cost, and how much traffic there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    /// Alerts a day that people can handle.
    pub alerts_a_day: f64,
    /// Events a day, for windows that span less than one.
    pub events_a_day: f64,
    /// What mistakes and reviews cost.
    pub prices: Prices,
}

/// The key of a window: in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Key {
    /// The first moment of a month.
    Month(EventTime),
    /// The number of a window by count.
    Number(u64),
    /// Events without a time.
    Untimed,
}

/// The windows of a stream, each with its counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    every: Every,
    events: u64,
    held: BTreeMap<Key, Counts>,
    /// Of windows whose events may have been drawn for people to look at.
    audited: BTreeMap<Key, Audited>,
}

impl Windows {
    /// Starts with no window.
    #[must_use]
    pub const fn new(every: Every) -> Self {
        Self {
            every,
            events: 0,
            held: BTreeMap::new(),
            audited: BTreeMap::new(),
        }
    }

    /// Counts one event.
    pub fn add(&mut self, reference: &Reference, seen: &Seen) {
        let key = self.key(seen);
        self.events += 1;
        let before = self.room();
        let window = self.held.entry(key).or_insert_with(|| reference.window());
        window.add(seen);
        window.sample.keep(before);
        if self.room() < before {
            self.fit();
        }
    }

    /// Returns how many events the sample of each window has room for.
    fn room(&self) -> usize {
        room(self.held.len())
    }

    /// Leaves out of all samples what they have no room for any more.
    fn fit(&mut self) {
        let room = self.room();
        let windows = self.held.values_mut();
        windows.for_each(|window| window.sample.keep(room));
    }

    /// Counts one event of a stream of which some are drawn for people to look at.
    pub fn add_audited(&mut self, reference: &Reference, seen: &Seen, audit: &Audit) {
        self.audited.entry(self.key(seen)).or_default().add(audit);
        self.add(reference, seen);
    }

    fn key(&self, seen: &Seen) -> Key {
        match (self.every, seen.time) {
            (Every::Events(most), _) => Key::Number(self.events / most.max(1)),
            (Every::Month, Some(time)) => Key::Month(time.month_start()),
            (Every::Month, None) => Key::Untimed,
        }
    }

    /// Counts the windows of another state as well: months add up whatever the order of events; windows by count add up by their number.
    pub fn merge(&mut self, reference: &Reference, other: &Self) {
        for (key, counts) in &other.held {
            let window = self.held.entry(*key).or_insert_with(|| reference.window());
            window.merge(counts);
        }
        for (key, audited) in &other.audited {
            self.audited.entry(*key).or_default().merge(audited);
        }
        self.events += other.events;
        self.fit();
    }

    /// Compares each window with the reference.
    #[must_use]
    pub fn finish(&self, reference: &Reference, capacity: Capacity) -> Vec<WindowReport> {
        let each = self.held.iter();
        each.map(|(key, window)| {
            let mut report = of_window(*key, window, reference, capacity);
            let stakes = stakes(window, reference, capacity);
            let audited = self.audited.get(key);
            report.audited = audited.map(|audited| audited.finish(&stakes));
            report
        })
        .collect()
    }
}

fn of_window(key: Key, window: &Counts, reference: &Reference, capacity: Capacity) -> WindowReport {
    let mut monitors = monitors(window, reference, capacity);
    let state = if window.events < EVENTS_MIN {
        State::CannotTell
    } else {
        monitors
            .iter()
            .map(|it| it.state)
            .max()
            .unwrap_or(State::CannotTell)
    };
    let stakes = stakes(window, reference, capacity);
    let mut estimate = estimate(
        &reference.classes,
        &window.score.0,
        &reference.place(stakes),
    );
    let kind = triage(
        (state, &monitors),
        (reference, window),
        estimate.malicious_share,
    );
    if kind == Some(Kind::NewFamily) {
        estimate.without_precision();
    }
    let estimate = if kind == Some(Kind::Pipeline) {
        let reason =
            "signals or sources went missing: scores mean something else than in the reference";
        Estimate::unknown(reference.at(), reason)
    } else if window.scope.share() > OUTSIDE_MAX {
        let reason =
            "too many events are unlike all that training saw: nothing is known of how these score";
        Estimate::unknown(reference.at(), reason)
    } else {
        estimate
    };
    let basis = Basis {
        stakes,
        estimate: &estimate,
    };
    for monitor in &mut monitors {
        (monitor.cost_a_day, monitor.cost_is) = cost(monitor, &basis);
    }
    WindowReport {
        name: name(key),
        from: text(window.first),
        to: text(window.last),
        events: window.events,
        state,
        kind,
        alerts_a_day: AlertCounts::a_day(window, capacity),
        monitors,
        estimate,
        labelled: Labelled::of(window),
        audited: None,
    }
}

/// Returns what verdicts are worth in a window: its own events a day, or those that the task states where it spans less than one.
fn stakes(window: &Counts, reference: &Reference, capacity: Capacity) -> Stakes {
    let own = window.days().map(|days| window.events as f64 / days);
    Stakes {
        caught: reference.caught(),
        prices: capacity.prices,
        events_a_day: own.unwrap_or(capacity.events_a_day),
    }
}

/// The share of events outside the scope beyond which nothing is estimated.
const OUTSIDE_MAX: f64 = 0.2;

fn monitors(window: &Counts, reference: &Reference, capacity: Capacity) -> Vec<MonitorReport> {
    let before = &reference.counts;
    let clusters = Clusters::of(window, before);
    let mut monitors = vec![
        window.score.finish(&before.score),
        window.signals.finish(&before.signals, reference.names()),
        missing::finish(&before.signals, &window.signals, reference.names()),
        window.scope.finish(&before.scope),
        window.sources.finish(&before.sources),
        AlertCounts::finish(window, before, capacity),
        window.credibility.finish(&before.credibility),
        families::finish(&clusters),
        probing::finish(&clusters),
    ];
    settle(&mut monitors);
    monitors.into_iter().map(Readings::report).collect()
}

fn name(key: Key) -> String {
    match key {
        Key::Month(start) => start.date().chars().take("2027-03".len()).collect(),
        Key::Number(number) => number.to_string(),
        Key::Untimed => "no time".to_owned(),
    }
}

#[cfg(test)]
mod tests;
