//! Label errors as a page and as JSON: the list to look at, and how many of it are wrong.

use ringtrue_core::{Task, plural};
use ringtrue_label::errors::{Called, Direction, Item, PROBABILITY_FLOOR, Ranking};
use ringtrue_report::{
    Block, Cell, Column, ColumnKind, Document, Estimate, Fact, Figure, Form, Outcome as Answer,
    Reader, Section, Status, Table, Text, visible,
};
use ringtrue_vet::Sampled;
use serde_json::{Map, Value, json};

use crate::revealed::Revealed;

/// What a page on label errors tells.
pub(crate) struct ErrorsTold<'a> {
    pub(crate) ranking: &'a Ranking,
    pub(crate) events: &'a [Sampled],
    /// How many events the input holds: benign, malicious, others.
    pub(crate) observed: [u64; 3],
    /// Labels that are certain.
    pub(crate) certain: usize,
    pub(crate) task: &'a Task,
    pub(crate) revealed: Revealed<'a>,
    /// What was assumed, in sentences.
    pub(crate) assumed: &'a [String],
    /// Rows that were set aside.
    pub(crate) set_aside: u64,
}

/// Makes the document.
pub(crate) fn errors_document(told: &ErrorsTold<'_>) -> Document {
    let status = Status::new(Answer::Informs, summary(told.ranking));
    let mut document = Document::new(format!("Label errors: {}", told.task.name), status);
    document.headline = headline(told.ranking);
    let texts = told.assumed.iter().map(|s| Text::plain(s.clone()));
    document.caveats.assumed = texts.collect();
    document.sections = vec![Section {
        id: "label-errors".to_owned(),
        title: "Labels to look at again".to_owned(),
        reader: Reader::Both,
        blocks: vec![
            Block::paragraph(Text::plain(how_long(told.ranking))),
            Block::Table(table(told)),
        ],
    }];
    document.facts = facts(told);
    document.data = Value::Object(errors_data(told));
    document
}

/// Says what a review of the list is expected to find.
fn summary(ranking: &Ranking) -> String {
    let expected = ranking.expected;
    let listed = ranking.items.len();
    if listed == 0 {
        return "no label is suspected".to_owned();
    }
    format!(
        "review {listed}, expect {:.0} true errors ({:.0} to {:.0})",
        expected.value, expected.low, expected.high
    )
}

fn how_long(ranking: &Ranking) -> String {
    let listed = ranking.items.len();
    let rest = ranking.suspected - listed;
    let floor =
        format!("none is listed whose probability of being wrong is below {PROBABILITY_FLOOR}");
    if rest == 0 {
        return format!("The list is whole: {floor}.");
    }
    let rest = plural(rest as u64, "more label is", "more labels are");
    format!("{rest} suspected than the budget of {listed} lets be listed; {floor}.")
}

fn headline(ranking: &Ranking) -> Vec<Figure> {
    let expected = ranking.expected;
    let share = |value: f64| Estimate::exact(value);
    vec![
        Figure::new(
            "wrong labels in the list",
            Estimate::within(expected.value, expected.low, expected.high),
            Form::Number,
        ),
        Figure::new(
            "malicious events called benign",
            share(ranking.noise.missed),
            Form::Percent,
        ),
        Figure::new(
            "benign events called malicious",
            share(ranking.noise.mistaken),
            Form::Percent,
        ),
    ]
}

fn table(told: &ErrorsTold<'_>) -> Table {
    let row = |item: &Item| -> Vec<Cell> {
        let sampled = told.events.get(item.position as usize);
        let text = |sampled: &Sampled| told.revealed.text(&sampled.event);
        vec![
            sampled.map_or(Cell::Empty, |it| Cell::from(it.row as f64)),
            item.direction.called().word().into(),
            Cell::from(item.probability),
            sampled.map_or(Cell::Empty, |it| text(it).into()),
            reasons(item).join("; ").into(),
        ]
    };
    Table {
        caption: "Likeliest errors first, both directions in one list".to_owned(),
        columns: vec![
            Column::new("row", ColumnKind::Figure(Form::Count)),
            Column::new("called", ColumnKind::Text),
            Column::new("probably wrong", ColumnKind::Figure(Form::Percent)),
            Column::new("event", ColumnKind::Code),
            Column::new("why", ColumnKind::Text),
        ],
        rows: told.ranking.items.iter().map(row).collect(),
        note: "Rows count from 0 over all files.".to_owned(),
    }
}

fn reasons(item: &Item) -> Vec<String> {
    item.reasons.iter().map(ToString::to_string).collect()
}

fn facts(told: &ErrorsTold<'_>) -> Vec<Fact> {
    let [benign, malicious, others] = told.observed;
    let of = |direction: Direction| {
        let items = told.ranking.items.iter();
        items.filter(|it| it.direction == direction).count()
    };
    let counted = format!("{benign} benign, {malicious} malicious, {others} undecided");
    let listed = format!(
        "{} called benign, {} called malicious",
        of(Direction::MaliciousCalledBenign),
        of(Direction::BenignCalledMalicious)
    );
    vec![
        Fact::new("events", counted),
        Fact::new("labels that were looked at", told.events.len().to_string()),
        Fact::new("certain labels", told.certain.to_string()),
        Fact::new("listed", listed),
        Fact::new("rows set aside", told.set_aside.to_string()),
        Fact::new("task", told.task.digest().to_string()),
    ]
}

/// Returns the figures under the names that scripts rely on.
pub(crate) fn errors_data(told: &ErrorsTold<'_>) -> Map<String, Value> {
    let ranking = told.ranking;
    let expected = ranking.expected;
    let item = |item: &Item| -> Option<Value> {
        let sampled = told.events.get(item.position as usize)?;
        Some(json!({
            "id": sampled.event.id().to_string(),
            "row": sampled.row,
            "direction": item.direction.word(),
            "probability": item.probability,
            "reasons": reasons(item),
        }))
    };
    let items: Vec<Value> = ranking.items.iter().filter_map(item).collect();
    let [benign, malicious, undecided] = told.observed;
    let fields = [
        (
            "expected",
            json!({ "value": expected.value, "low": expected.low, "high": expected.high }),
        ),
        ("items", json!(items)),
        ("suspected", json!(ranking.suspected)),
        ("probability_min", json!(PROBABILITY_FLOOR)),
        (
            "noise",
            json!({ "malicious_called_benign": ranking.noise.missed, "benign_called_malicious": ranking.noise.mistaken }),
        ),
        (
            "events",
            json!({ "benign": benign, "malicious": malicious, "undecided": undecided }),
        ),
        ("looked_at", json!(told.events.len())),
        ("certain", json!(told.certain)),
        ("set_aside", json!(told.set_aside)),
        ("assumed", json!(told.assumed)),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Letters of an event that a terminal shows.
const LETTERS_MAX: usize = 120;

/// Returns the list as a terminal shows it.
pub(crate) fn errors_list(told: &ErrorsTold<'_>) -> String {
    let entry = |(number, item): (usize, &Item)| -> Option<String> {
        let sampled = told.events.get(item.position as usize)?;
        let event = visible::line(&told.revealed.text(&sampled.event));
        let (event, _) = visible::shorten(&event, LETTERS_MAX);
        let head = format!(
            "{number:>5}. {:.0} % wrong, called {}, row {}",
            100.0 * item.probability,
            item.direction.called().word(),
            sampled.row
        );
        let why = reasons(item).join("\n       - ");
        Some(format!("{head}\n       {event}\n       - {why}\n"))
    };
    let entries: Vec<String> = (1..).zip(&told.ranking.items).filter_map(entry).collect();
    format!("\n{}\n\n{}", how_long(told.ranking), entries.concat())
}

/// Returns for each label, one a line, what all but the label itself say of the event.
pub(crate) fn errors_scores(told: &ErrorsTold<'_>) -> String {
    let line = |called: &Called| -> Option<String> {
        let sampled = told.events.get(called.position as usize)?;
        let line = json!({
            "row": sampled.row,
            "id": sampled.event.id().to_string(),
            "called_malicious": called.malicious,
        });
        Some(format!("{line}\n"))
    };
    told.ranking.called.iter().filter_map(line).collect()
}
