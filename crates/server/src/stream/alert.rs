//! Alerts: what of a verdict people and their tools are told, in the field names of the Elastic Common Schema (ECS 8).
//!
//! An alert shows of its event what the task shows to everybody: fields that are revealed to some readers only stay out.

use ringtrue_core::{Action, Event, EventTime, Kind};
use serde_json::{Map, Value, json};

use crate::engine::Told;
use crate::loaded::Loaded;

/// What an alert says of an event, kept while the event is scored.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    time: Option<EventTime>,
    text: String,
    /// ECS field and value.
    fields: Vec<(&'static str, String)>,
    evidence: Option<&'static str>,
    category: &'static str,
}

/// Fields of events with their names in ECS.
const FIELDS: [(&str, &str); 5] = [
    ("user", "user.name"),
    ("uid", "user.id"),
    ("host", "host.name"),
    ("exe", "process.executable"),
    ("cwd", "process.working_directory"),
];

impl Subject {
    /// Says what may be shown of an event.
    pub(super) fn of(loaded: &Loaded, event: &Event) -> Self {
        let revealed = loaded.revealed();
        let fields = FIELDS.into_iter().filter_map(|(field, name)| {
            let value = event
                .value(field)
                .text()
                .filter(|_| revealed.shows(field))?;
            Some((name, value.to_string()))
        });
        let (evidence, category) = match event.kind {
            Kind::Url => (Some("url.original"), "web"),
            Kind::Email => (Some("email.subject"), "email"),
            Kind::Command | Kind::Session => (Some("process.command_line"), "process"),
            Kind::Table => (None, "intrusion_detection"),
        };
        Self {
            time: event.time,
            text: revealed.text(event),
            fields: fields.collect(),
            evidence: evidence.filter(|_| !revealed.hides_evidence()),
            category,
        }
    }

    /// Returns the alert that a verdict makes; `now` is when it was given.
    pub(super) fn alert(&self, told: &Told, now: EventTime) -> Value {
        let answer = &told.answer;
        let mut alert = Map::new();
        let mut put = |name: &str, value: Value| alert.insert(name.to_owned(), value);
        put("@timestamp", json!(self.time.unwrap_or(now).to_string()));
        put("ecs.version", json!("8.17.0"));
        put("event.kind", json!("alert"));
        put("event.module", json!("ringtrue"));
        put("event.category", json!([self.category]));
        put("event.created", json!(now.to_string()));
        put("event.id", json!(told.verdict));
        put("event.action", json!(answer.action));
        put("event.risk_score", json!(100.0 * answer.score));
        put("message", json!(self.sentence(answer.action, answer.score)));
        if let Some(evidence) = self.evidence {
            put(evidence, json!(self.text));
        }
        for (name, value) in &self.fields {
            put(name, json!(value));
        }
        put("ringtrue.decided_by", json!(told.decided_by));
        put("ringtrue.detector", json!(answer.detector));
        put("ringtrue.event", json!(answer.id));
        put("ringtrue.reasons", json!(answer.reasons));
        Value::Object(alert)
    }

    fn sentence(&self, action: Action, score: f64) -> String {
        let action = match action {
            Action::Allow => "allowed",
            Action::Review => "to be reviewed",
            Action::Block => "to be blocked",
        };
        format!("{action} with a score of {score:.3}: {}", self.text)
    }
}
