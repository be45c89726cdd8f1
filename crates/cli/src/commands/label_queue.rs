//! `ringtrue label queue`: who should look at what next?

use ringtrue_report::visible;
use serde_json::{Map, Value, json};

use crate::args::LabelQueue;
use crate::commands::{note, print, print_json};
use crate::failure::{Exit, OrFail, Outcome};
use crate::label_queue::{Card, Made, make};
use crate::label_rows::{Form, written};
use crate::out_file;
use crate::page;

/// The columns of a CSV file of items: what is told, then what is to be filled in.
const COLUMNS: [&str; 19] = [
    "id",
    "why",
    "campaign_size",
    "propensity",
    "text",
    "called",
    "probability",
    "worth",
    "currency",
    "reasons",
    "history",
    "near",
    "others",
    "task",
    "label",
    "certainty",
    "evidence",
    "note",
    "rest",
];

/// Runs the verb.
pub(crate) fn run(arguments: &LabelQueue) -> Outcome {
    let made = make(&arguments.queueing)?;
    if let Some(path) = &arguments.items {
        let rows = made.cards.iter().map(filled).collect::<Outcome<Vec<_>>>()?;
        let form = Form::of(path);
        let rows = match form {
            Form::Csv => rows.into_iter().map(flat).collect(),
            Form::Ndjson => rows,
        };
        let text = written(&rows, &COLUMNS, form);
        let inputs = &arguments.queueing.files;
        out_file::write(path, &text, "the items", inputs)?;
    }
    let looking = &arguments.queueing.looking;
    if let Some(out) = &looking.out {
        page::write(&page::queue_document(&made, data(&made)), out)?;
    }
    if looking.json {
        print_json(&data(&made))?;
    } else {
        for sentence in &made.assumed {
            note(&format!("assumed: {sentence}"));
        }
        print(&list(&made))?;
    }
    Ok(Exit::Done)
}

/// Returns the figures under the names that scripts rely on.
fn data(made: &Made) -> Value {
    let shares = made.task.deciding.queue;
    json!({
        "items": made.cards,
        "open": made.queue.open,
        "leased": made.queue.leased,
        "leased_until": made.until.map(|until| until.to_string()),
        "events": made.events,
        "judged_by": made.queue.judge.words(),
        "shares": shares,
        "assumed": made.assumed,
    })
}

/// Returns an item as a row with cells to fill in.
fn filled(card: &Card) -> Outcome<Map<String, Value>> {
    let value = serde_json::to_value(card).or_fail(|| "cannot write an item down".to_owned())?;
    let mut row = match value {
        Value::Object(row) => row,
        _ => Map::new(),
    };
    for name in ["label", "certainty", "evidence", "note", "rest"] {
        row.insert(name.to_owned(), Value::String(String::new()));
    }
    Ok(row)
}

/// Puts lists into cells; what an attacker wrote becomes visible.
fn flat(mut row: Map<String, Value>) -> Map<String, Value> {
    let near = row.get("neighbours").and_then(Value::as_array).map(|near| {
        let each = near.iter().map(|it| {
            let text = it["text"].as_str().unwrap_or_default();
            format!("{}: {text}", it["label"].as_str().unwrap_or_default())
        });
        each.collect::<Vec<_>>().join("; ")
    });
    row.insert("near".to_owned(), near.unwrap_or_default().into());
    if let Some(reasons) = row.get("reasons").and_then(Value::as_array) {
        let reasons: Vec<&str> = reasons.iter().filter_map(Value::as_str).collect();
        row.insert("reasons".to_owned(), reasons.join("; ").into());
    }
    for name in ["text", "near", "reasons"] {
        let text = row.get(name).and_then(Value::as_str).map(visible::line);
        row.insert(name.to_owned(), text.unwrap_or_default().into());
    }
    row
}

/// Letters of an event that a terminal shows.
const LETTERS_MAX: usize = 120;

/// Returns the list as a terminal shows it.
fn list(made: &Made) -> String {
    let entry = |(number, card): (usize, &Card)| {
        let (text, _) = visible::shorten(&visible::line(&card.text), LETTERS_MAX);
        let mut lines = vec![format!(
            "{number:>5}. {}{}, worth {:.2} {}, row {}",
            card.why,
            of_campaign(card),
            card.worth,
            visible::line(&card.currency),
            card.row
        )];
        lines.push(format!("       {text}"));
        let reasons = card.reasons.iter().map(|it| visible::line(it));
        lines.extend(reasons.map(|reason| format!("       - {reason}")));
        lines.push(format!("       - {}", card.history));
        lines.join("\n") + "\n"
    };
    let entries: Vec<String> = (1..).zip(&made.cards).map(entry).collect();
    format!("\n{}\n\n{}", made.summary(), entries.concat())
}

/// Says how many events an item stands for.
fn of_campaign(card: &Card) -> String {
    match card.campaign_size {
        1 => String::new(),
        size => format!(", one of {size} that are nearly the same"),
    }
}
