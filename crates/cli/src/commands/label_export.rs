//! `ringtrue label export`: every label that was ever given, or what holds by now.

use ringtrue_core::{EventId, Label};
use ringtrue_label::decided::{Decided, State};
use ringtrue_store::{StoredLabels, atomic_write};
use serde_json::{Map, Value, json};

use crate::args::LabelExport;
use crate::commands::ingest::store_failure;
use crate::commands::{note, print};
use crate::decisions::{self, Decisions};
use crate::failure::{Exit, Outcome};
use crate::label_rows::{self, Form, written};
use crate::label_store;

/// The columns of what holds.
const HOLDS: [&str; 7] = [
    "id",
    "state",
    "label",
    "known",
    "certainty",
    "voices",
    "needed",
];

/// Runs the verb.
pub(crate) fn run(arguments: &LabelExport) -> Outcome {
    let store = label_store::existing(&arguments.store)?;
    let (rows, columns, sentences) = if arguments.holds {
        let task = label_store::task(&store, &arguments.reading)?;
        let decisions = Decisions::of(&store, &task, arguments.as_of)?;
        let rows = decisions.states(&store)?.iter().map(holding).collect();
        (rows, &HOLDS[..], decisions.sentences().to_vec())
    } else {
        let stored = decisions::read(&store)?;
        (
            all(&stored),
            &label_rows::COLUMNS[..],
            decisions::told(&stored),
        )
    };
    for sentence in sentences {
        note(&format!("warning: {sentence}"));
    }
    let form = arguments.out.as_deref().map_or(Form::Ndjson, Form::of);
    let text = written(&rows, columns, form);
    match &arguments.out {
        Some(path) => {
            let cannot = format!("cannot write the labels to `{}`", path.display());
            atomic_write(path, text.as_bytes()).map_err(|error| store_failure(&cannot, &error))?;
        }
        None => print(&text)?,
    }
    Ok(Exit::Done)
}

fn all(stored: &StoredLabels) -> Vec<Map<String, Value>> {
    stored.entries.iter().map(label_rows::row).collect()
}

/// Returns what holds of an event of which anything was said.
fn holding((event, (state, own)): (&EventId, &(State, Option<Label>))) -> Map<String, Value> {
    let cells = match state {
        State::Decided(Decided {
            label,
            known,
            certainty,
            voices,
        }) => json!({ "id": event, "state": "decided", "label": label.word(),
            "known": known.to_string(), "certainty": certainty, "voices": voices }),
        State::Disputed { known } => json!({ "id": event, "state": "disputed",
            "label": Label::Unsure.word(), "known": known.to_string() }),
        State::Open {
            label,
            voices,
            needed,
        } => json!({ "id": event, "state": "open", "label": label.word(), "voices": voices,
            "needed": needed }),
        State::Input => json!({ "id": event, "state": "input", "label": own.map(Label::word) }),
        State::Silent => json!({ "id": event, "state": "silent" }),
    };
    match cells {
        Value::Object(cells) => cells,
        _ => Map::new(),
    }
}
