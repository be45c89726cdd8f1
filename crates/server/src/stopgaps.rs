//! The stopgaps in force: what is like a confirmed event is stopped, whatever the detector says of it.

use ringtrue_core::audit::Stopgap;
use ringtrue_core::{Action, Event, EventId, EventTime};
use serde::{Deserialize, Serialize};

/// What was done with an event in place of what the detector would have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// The confirmed event that it is like.
    pub like: EventId,
    /// What the detector would have done.
    pub would: Action,
}

/// Stopgaps that are asked about every event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stopgaps(Vec<Stopgap>);

impl Stopgaps {
    /// Takes these; those that end sooner than an event comes let it be.
    #[must_use]
    pub const fn new(stopgaps: Vec<Stopgap>) -> Self {
        Self(stopgaps)
    }

    /// Returns how many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns what is done with an event that came at a time, and why, if that is more than what the detector `would` do.
    #[must_use]
    pub fn stop(&self, event: &Event, time: EventTime, would: Action) -> Option<(Action, Stop)> {
        let holds = |it: &&Stopgap| it.action > would && time <= it.until;
        let mut held = self.0.iter().filter(holds).peekable();
        held.peek()?;
        let sketch = Stopgap::sketch(event)?;
        let like = held.filter(|it| it.is_like(&sketch));
        let first = like.min_by_key(|it| std::cmp::Reverse(it.action))?;
        let like = first.event;
        Some((first.action, Stop { like, would }))
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_core::{Field, Kind, Trust, Value};

    use super::*;

    fn event(url: &str) -> Event {
        Event {
            kind: Kind::Url,
            time: None,
            label_known: None,
            label: None,
            source: None,
            trust: Trust::default(),
            family: None,
            group: None,
            fields: vec![Field {
                name: "url".into(),
                value: Value::Text(url.into()),
            }],
        }
    }

    fn stopgap(url: &str, action: Action) -> Stopgap {
        let event = event(url);
        Stopgap {
            task: "links".to_owned(),
            event: event.id(),
            sketch: Stopgap::sketch(&event).unwrap(),
            alike_percent: 60,
            action,
            family: None,
            confirmed: EventTime(0),
            by: "ann".to_owned(),
            reason: "it spreads".to_owned(),
            until: EventTime(10),
        }
    }

    #[test]
    fn the_sternest_that_holds_stops_more_than_the_detector() {
        let (one, other) = (
            "http://bank.example/account/verify?session=0017283645",
            "http://bank.example/account/verify?session=0017283646",
        );
        let stopgaps = Stopgaps::new(vec![
            stopgap(one, Action::Review),
            stopgap(other, Action::Block),
        ]);
        let like = event(other).id();
        let stop = |url, time, would| stopgaps.stop(&event(url), EventTime(time), would);
        let would = Action::Allow;
        assert_eq!(
            stop(one, 10, would),
            Some((Action::Block, Stop { like, would }))
        );
        assert_eq!(stop(one, 11, would), None);
        assert_eq!(stop(one, 10, Action::Block), None);
        assert_eq!(stop("http://news.example/", 10, would), None);
        assert_eq!(
            Stopgaps::default().stop(&event(one), EventTime(0), would),
            None
        );
    }
}
