//! Stopgaps: what is like one confirmed event is stopped at once, until a detector that was trained with it does so by itself.

use serde::{Deserialize, Serialize};

use super::entry::{Entry, Recorded};
use crate::event::{Event, EventId};
use crate::near_duplicate::{Parameters, Sketch, compared};
use crate::time::EventTime;
use crate::verdict::Action;

/// How many stopgaps of a task are in force at once, at most: each is compared with every event. More of them are work for training.
pub const STOPGAPS_MAX: usize = 256;

/// Somebody stops what is like an event that was confirmed to be malicious.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stopgap {
    /// The name of the task whose champion it stands beside.
    pub task: String,
    /// The event.
    pub event: EventId,
    /// What events that are like it are found by.
    pub sketch: Sketch,
    /// An event is like it if so many of a hundred shingles of both are common, at least.
    pub alike_percent: u8,
    /// What is done with them, unless the detector does more.
    pub action: Action,
    /// The threat that it is a sample of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// When it was known to be malicious.
    pub confirmed: EventTime,
    /// Who answers for it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The last moment at which it holds.
    pub until: EventTime,
}

/// Somebody takes a stopgap back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lift {
    /// The name of the task.
    pub task: String,
    /// The event whose near-duplicates were stopped.
    pub event: EventId,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl Stopgap {
    /// Returns what an event is compared by; `None` for one without a text, such as a row of a table.
    #[must_use]
    pub fn sketch(event: &Event) -> Option<Sketch> {
        let text = event.value(event.kind.evidence()?).text()?;
        let text = compared(event.kind, &text);
        (!text.is_empty()).then(|| Sketch::of(text, &Parameters::default()))
    }

    /// Returns whether an event of this sketch is like the confirmed one.
    #[must_use]
    pub fn is_like(&self, sketch: &Sketch) -> bool {
        self.sketch
            .is_near(sketch, f64::from(self.alike_percent) / 100.0)
    }
}

/// A stopgap, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stood {
    /// What was stopped.
    pub stopgap: Stopgap,
    /// Since when.
    pub since: EventTime,
    /// When somebody took it back.
    pub lifted: Option<EventTime>,
}

impl Stood {
    /// Returns whether it holds at a time.
    #[must_use]
    pub fn holds(&self, now: EventTime) -> bool {
        self.lifted.is_none() && now <= self.stopgap.until
    }
}

/// Returns all stopgaps of a task, in the order in which they came. One on an event that has one takes its place.
#[must_use]
pub fn stopgaps(entries: &[Recorded], task: &str) -> Vec<Stood> {
    let mut all: Vec<Stood> = Vec::new();
    for recorded in entries {
        let (of, event) = match &recorded.payload.entry {
            Entry::Stopped(it) => (&it.task, it.event),
            Entry::Lifted(it) => (&it.task, it.event),
            _ => continue,
        };
        if of != task {
            continue;
        }
        let stands = |it: &&mut Stood| it.stopgap.event == event && it.lifted.is_none();
        if let Some(before) = all.iter_mut().find(stands) {
            before.lifted = Some(recorded.time);
        }
        if let Entry::Stopped(stopgap) = &recorded.payload.entry {
            all.push(Stood {
                stopgap: stopgap.clone(),
                since: recorded.time,
                lifted: None,
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Payload;
    use crate::digest::Digest;
    use crate::{Field, Kind, Trust, Value};

    fn event(kind: Kind, text: &str) -> Event {
        let field = kind.evidence().unwrap_or("text");
        Event {
            kind,
            time: None,
            label_known: None,
            label: None,
            source: None,
            trust: Trust::default(),
            family: None,
            group: None,
            fields: vec![Field {
                name: field.into(),
                value: Value::Text(text.into()),
            }],
        }
    }

    fn stopgap(text: &str, until: i64) -> Stopgap {
        let event = event(Kind::Url, text);
        Stopgap {
            task: "links".to_owned(),
            event: event.id(),
            sketch: Stopgap::sketch(&event).unwrap(),
            alike_percent: 60,
            action: Action::Block,
            family: None,
            confirmed: EventTime(1),
            by: "ann".to_owned(),
            reason: "it spreads".to_owned(),
            until: EventTime(until),
        }
    }

    fn recorded(sequence: u64, entry: Entry) -> Recorded {
        Recorded {
            sequence,
            time: EventTime(i64::try_from(sequence).unwrap() + 10),
            previous: Digest::of(b""),
            digest: Digest::of(b""),
            payload: Payload::unsigned(entry),
        }
    }

    const LINK: &str = "http://bank.example/account/verify?session=0017283645";

    #[test]
    fn near_duplicates_alone_are_alike() {
        let stopgap = stopgap(LINK, 100);
        let is_like = |text: &str| {
            let sketch = Stopgap::sketch(&event(Kind::Url, text)).unwrap();
            stopgap.is_like(&sketch)
        };
        assert!(is_like(LINK));
        assert!(is_like(
            "http://bank.example/account/verify?session=0017283646"
        ));
        assert!(!is_like("http://bank.example/weather"));
        // Sixty of a hundred are not all.
        let strict = Stopgap {
            alike_percent: 100,
            ..stopgap.clone()
        };
        assert!(strict.is_like(&strict.sketch));
        let other =
            Stopgap::sketch(&event(Kind::Url, &LINK.replace("0017283645", "0017283646"))).unwrap();
        assert!(!strict.is_like(&other));
        assert_eq!(Stopgap::sketch(&event(Kind::Table, LINK)), None);
        assert_eq!(Stopgap::sketch(&event(Kind::Url, "")), None);
    }

    #[test]
    fn it_holds_until_its_end_or_until_it_is_taken_back() {
        let [first, second] = [stopgap(LINK, 100), stopgap("http://other.example/", 100)];
        let lift = Entry::Lifted(Lift {
            task: "links".to_owned(),
            event: first.event,
            by: "ann".to_owned(),
            reason: "the detector knows it".to_owned(),
        });
        let longer = Stopgap {
            until: EventTime(200),
            ..second.clone()
        };
        let entries = [
            recorded(0, Entry::Stopped(first)),
            recorded(1, Entry::Stopped(second)),
            recorded(2, lift),
            recorded(3, Entry::Stopped(longer)),
        ];
        assert!(stopgaps(&entries, "mails").is_empty());
        let held = |entries: &[Recorded], now: i64| {
            let all = stopgaps(entries, "links");
            let held = all.iter().map(|it| it.holds(EventTime(now)));
            held.collect::<Vec<bool>>()
        };
        assert_eq!(held(&entries[..2], 100), [true, true]);
        assert_eq!(held(&entries[..2], 101), [false, false]);
        assert_eq!(held(&entries[..3], 100), [false, true]);
        assert_eq!(held(&entries, 150), [false, false, true]);
        let written = entries[0].payload.to_bytes().unwrap();
        assert_eq!(Payload::parse(&written).unwrap(), entries[0].payload);
    }
}
