//! What became of past events, and what may be known of them.

use std::sync::Arc;

use ringtrue_core::{Action, Event, EventTime, Field, Kind, Label, Trust, Value};
use ringtrue_server::sample::Draw;
use ringtrue_simulate::PursuitEvent;

/// What a filter decided of an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    /// What the detector would have done.
    pub(super) would: Action,
    /// How the event stood to the audit sample; `None` if it could not have been drawn.
    pub(super) draw: Option<Draw>,
}

impl Verdict {
    /// Returns what was done: what is drawn is reviewed.
    pub(super) fn done(&self) -> Action {
        match self.draw {
            Some(draw) if draw.drawn => Action::Review,
            _ => self.would,
        }
    }
}

/// An event of the past.
#[derive(Clone, Debug)]
pub(super) struct PastEvent {
    pub(super) event: Event,
    /// The cycle that it came in.
    pub(super) cycle: u32,
    /// What is said of it from `label_known` on, once somebody asks.
    pub(super) label: Label,
    pub(super) label_known: EventTime,
    /// What was decided of it; `None` where there was no filter yet.
    pub(super) verdict: Option<Verdict>,
}

impl PastEvent {
    /// Takes an event over from a pursuit; its label stands beside it, so that nothing reads it too early.
    pub(super) fn of(pursued: &PursuitEvent, cycle: u32, verdict: Option<Verdict>) -> Self {
        let told = &pursued.event;
        Self {
            event: event(pursued),
            cycle,
            label: told.label,
            label_known: told.label_known,
            verdict,
        }
    }

    /// Returns its family, where its label says that it is malicious.
    pub(super) fn family(&self) -> Option<Arc<str>> {
        self.event.family.clone()
    }
}

/// Returns what a filter reads of an event.
pub(super) fn event(pursued: &PursuitEvent) -> Event {
    let told = &pursued.event;
    let field = |name: &str| Field {
        name: name.into(),
        value: Value::Text(told.url.as_str().into()),
    };
    Event {
        kind: Kind::Url,
        time: Some(told.first_seen),
        label_known: None,
        label: None,
        source: Some(told.source.into()),
        trust: Trust::Synthetic,
        family: told.family.clone(),
        group: None,
        fields: Kind::Url.evidence().map(field).into_iter().collect(),
    }
}

#[cfg(test)]
impl Default for PastEvent {
    fn default() -> Self {
        Self {
            event: Event {
                kind: Kind::Url,
                time: None,
                label_known: None,
                label: None,
                source: None,
                trust: Trust::Synthetic,
                family: None,
                group: None,
                fields: Vec::new(),
            },
            cycle: 0,
            label: Label::Benign,
            label_known: EventTime(0),
            verdict: None,
        }
    }
}
