//! Rules as a page, as JSON and as a list: what each covers, whom it contradicts, how often it is right, and their common vote.

use ringtrue_core::Task;
use ringtrue_label::rules::{
    Cast, Combined, Counted, FOLDS, Fired, LABELS_MIN, Rule, RuleFigures, RuleTable, Weighing,
};
use ringtrue_report::{
    Block, Cell, Column, ColumnKind, Document, Estimate, Fact, Figure, Form, Outcome as Answer,
    Reader, Section, Status, Table, Text, visible,
};
use ringtrue_vet::Sampled;
use serde_json::{Map, Value, json};

use crate::revealed::Revealed;

/// What a page on rules tells.
pub(crate) struct RulesTold<'a> {
    pub(crate) rules: &'a [Rule],
    pub(crate) table: &'a RuleTable,
    pub(crate) combined: &'a Combined,
    /// What the rules said, one for each event.
    pub(crate) fired: &'a [Fired],
    pub(crate) events: &'a [Sampled],
    pub(crate) task: &'a Task,
    /// What was assumed, in sentences.
    pub(crate) assumed: &'a [String],
    /// What is odd about the rules here, in sentences.
    pub(crate) warnings: Vec<String>,
    /// Rows that were set aside.
    pub(crate) set_aside: u64,
    pub(crate) revealed: Revealed<'a>,
}

/// Makes the document.
pub(crate) fn rules_document(told: &RulesTold<'_>) -> Document {
    let status = Status::new(Answer::Informs, summary(told));
    let mut document = Document::new(format!("Rules: {}", told.task.name), status);
    document.headline = headline(told.combined);
    let sentences = told.assumed.iter().chain(&told.warnings);
    document.caveats.assumed = sentences.map(|s| Text::plain(s.clone())).collect();
    document.sections = vec![Section {
        id: "rules".to_owned(),
        title: "What each rule covers".to_owned(),
        reader: Reader::Both,
        blocks: vec![
            Block::paragraph(Text::plain(how_weighed(told))),
            Block::Table(table(told)),
        ],
    }];
    document.facts = facts(told);
    document.data = Value::Object(rules_data(told));
    document
}

fn summary(told: &RulesTold<'_>) -> String {
    let table = told.table;
    format!(
        "{} rules hold for {} of {} events; they contradict each other on {}",
        told.rules.len(),
        table.covered,
        table.events,
        table.conflicting
    )
}

fn how_weighed(told: &RulesTold<'_>) -> String {
    let labelled = told.table.labelled;
    match told.combined.weighing {
        Weighing::Labels => format!(
            "Rules are weighed by {labelled} labels: each fifth of the campaigns (one of {FOLDS} folds) is voted on with weights of the other four. Intervals take the near-copies of a campaign for as alike as they are."
        ),
        Weighing::Alike => format!(
            "All rules weigh alike: of the {labelled} labels, fewer than {LABELS_MIN} are of one class, and weights need as many of each."
        ),
    }
}

fn estimate(counted: &Counted) -> Estimate {
    match &counted.rate {
        Ok(rate) => Estimate::within(rate.value, rate.low, rate.high),
        Err(reason) => Estimate::unknown(reason.to_string()),
    }
}

fn headline(combined: &Combined) -> Vec<Figure> {
    let held = &combined.held_out;
    [
        ("malicious votes that are right", &held.malicious),
        ("malicious events with a malicious vote", &held.recall),
        ("labelled events with a vote", &held.coverage),
    ]
    .map(|(name, counted)| Figure::new(name, estimate(counted), Form::Percent))
    .to_vec()
}

fn table(told: &RulesTold<'_>) -> Table {
    let events = told.table.events.max(1) as f64;
    let row = |((rule, figures), weight): ((&Rule, &RuleFigures), &f64)| -> Vec<Cell> {
        let share = |count: u64| Cell::from(count as f64 / figures.events.max(1) as f64);
        vec![
            rule.name.as_str().into(),
            rule.polarity.word().into(),
            rule.attack.join(", ").into(),
            Cell::from(figures.events as f64),
            Cell::from(figures.events as f64 / events),
            Cell::from(figures.campaigns as f64),
            share(figures.overlaps),
            share(figures.conflicts),
            right(&figures.precision).into(),
            Cell::from(estimate(&figures.precision)),
            Cell::from(*weight),
        ]
    };
    let rules = told.rules.iter().zip(&told.table.rules);
    let figure = |title: &str, form| Column::new(title, ColumnKind::Figure(form));
    let text = |title: &str| Column::new(title, ColumnKind::Text);
    Table {
        caption: "Rules in order of their names".to_owned(),
        columns: vec![
            text("rule"),
            text("votes for"),
            text("ATT&CK"),
            figure("events", Form::Count),
            figure("of all", Form::Percent),
            figure("campaigns", Form::Count),
            figure("with another", Form::Percent),
            figure("contradicted", Form::Percent),
            text("right"),
            figure("precision", Form::Percent),
            figure("weight", Form::Number),
        ],
        rows: rules.zip(&told.combined.weights).map(row).collect(),
        note: "Right: of the events that people labelled. Weight: log-odds, above 0 for malicious."
            .to_owned(),
    }
}

fn right(counted: &Counted) -> String {
    format!("{} of {}", counted.right, counted.known)
}

fn facts(told: &RulesTold<'_>) -> Vec<Fact> {
    let table = told.table;
    let counted = [
        ("events", table.events),
        ("labelled events", table.labelled),
        ("events for which several rules hold", table.overlapping),
        (
            "events on which rules contradict each other",
            table.conflicting,
        ),
        ("rows set aside", told.set_aside),
    ];
    let facts = counted.into_iter();
    let mut facts: Vec<Fact> = facts
        .map(|(name, count)| Fact::new(name, count.to_string()))
        .collect();
    facts.push(Fact::new("task", told.task.digest().to_string()));
    facts
}

fn counted(counted: &Counted) -> Value {
    let (value, low, high, reason) = match &counted.rate {
        Ok(rate) => (Some(rate.value), Some(rate.low), Some(rate.high), None),
        Err(reason) => (None, None, None, Some(reason.to_string())),
    };
    json!({
        "right": counted.right,
        "known": counted.known,
        "campaigns": counted.campaigns,
        "value": value,
        "low": low,
        "high": high,
        "reason": reason,
    })
}

/// Returns the figures under the names that scripts rely on.
pub(crate) fn rules_data(told: &RulesTold<'_>) -> Map<String, Value> {
    let events = told.table.events.max(1) as f64;
    let rule = |((rule, figures), weight): ((&Rule, &RuleFigures), &f64)| {
        json!({
            "name": rule.name,
            "polarity": rule.polarity.word(),
            "attack": rule.attack,
            "author": rule.author,
            "place": rule.place.to_string(),
            "events": figures.events,
            "share": figures.events as f64 / events,
            "campaigns": figures.campaigns,
            "overlaps": figures.overlaps,
            "conflicts": figures.conflicts,
            "failed": figures.failed,
            "precision": counted(&figures.precision),
            "weight": weight,
        })
    };
    let rules = told.rules.iter().zip(&told.table.rules);
    let rules: Vec<Value> = rules.zip(&told.combined.weights).map(rule).collect();
    let held = &told.combined.held_out;
    let weighing = match told.combined.weighing {
        Weighing::Labels => "labels",
        Weighing::Alike => "alike",
    };
    let vote = json!({
        "weights": weighing,
        "coverage": counted(&held.coverage),
        "precision": counted(&held.malicious),
        "precision_benign": counted(&held.benign),
        "recall": counted(&held.recall),
    });
    let table = told.table;
    let fields = [
        ("rules", json!(rules)),
        ("vote", vote),
        ("events", json!(table.events)),
        ("labelled", json!(table.labelled)),
        ("covered", json!(table.covered)),
        ("overlapping", json!(table.overlapping)),
        ("conflicting", json!(table.conflicting)),
        ("warnings", json!(told.warnings)),
        ("set_aside", json!(told.set_aside)),
        ("assumed", json!(told.assumed)),
    ];
    let fields = fields.into_iter();
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Returns the votes, one a line, of the events for which a rule holds.
pub(crate) fn rules_votes(told: &RulesTold<'_>) -> String {
    let line = |((sampled, fired), cast): ((&Sampled, &Fired), &Cast)| -> Option<String> {
        if fired.rules.is_empty() {
            return None;
        }
        let rules = fired.rules.iter();
        let names: Vec<&str> = rules
            .filter_map(|place| Some(told.rules.get(*place as usize)?.name.as_str()))
            .collect();
        let line = json!({
            "row": sampled.row,
            "id": sampled.event.id().to_string(),
            "method": "rule",
            "vote": cast.vote.word(),
            "weight": cast.weight,
            "rules": names,
        });
        Some(format!("{line}\n"))
    };
    let mut each: Vec<_> = told
        .events
        .iter()
        .zip(told.fired)
        .zip(&told.combined.votes)
        .collect();
    each.sort_by_key(|((sampled, _), _)| sampled.row);
    each.into_iter().filter_map(line).collect()
}

/// Returns the table as a terminal shows it.
pub(crate) fn rules_list(told: &RulesTold<'_>) -> String {
    let width = told
        .rules
        .iter()
        .map(|it| it.name.len())
        .max()
        .unwrap_or(0)
        .max(4);
    let mut lines = vec![format!(
        "{:<width$}  {:<9} {:>8} {:>7} {:>8} {:>9}  precision (95 %)        weight",
        "rule", "votes for", "events", "of all", "overlap", "conflict"
    )];
    let events = told.table.events.max(1) as f64;
    let rules = told.rules.iter().zip(&told.table.rules);
    for ((rule, figures), weight) in rules.zip(&told.combined.weights) {
        let precision = match &figures.precision.rate {
            Ok(rate) => format!("{:.3} ({:.3} to {:.3})", rate.value, rate.low, rate.high),
            Err(_) => right(&figures.precision),
        };
        lines.push(format!(
            "{:<width$}  {:<9} {:>8} {:>6.2}% {:>8} {:>9}  {precision:<22} {weight:>7.2}",
            rule.name,
            rule.polarity.word(),
            figures.events,
            100.0 * figures.events as f64 / events,
            figures.overlaps,
            figures.conflicts,
        ));
    }
    let examples = conflicts(told);
    format!(
        "\n{}\n\n{}\n{examples}",
        how_weighed(told),
        lines.join("\n")
    )
}

/// Contradictions that are shown.
const SHOWN_MAX: usize = 5;
/// Letters of an event that a terminal shows.
const LETTERS_MAX: usize = 120;

/// Returns some events on which rules contradict each other.
fn conflicts(told: &RulesTold<'_>) -> String {
    let names = |fired: &Fired| -> Option<String> {
        let rules = fired
            .rules
            .iter()
            .filter_map(|it| told.rules.get(*it as usize));
        let rules: Vec<&Rule> = rules.collect();
        let first = rules.first()?.polarity;
        let differ = rules.iter().any(|rule| rule.polarity != first);
        let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
        differ.then(|| names.join(", "))
    };
    let each = told.events.iter().zip(told.fired);
    let found = each.filter_map(|(sampled, fired)| Some((sampled, names(fired)?)));
    let line = |(sampled, names): (&Sampled, String)| {
        let event = visible::line(&told.revealed.text(&sampled.event));
        let (event, _) = visible::shorten(&event, LETTERS_MAX);
        format!("  row {}: {event}\n    {names}\n", sampled.row)
    };
    let shown: Vec<String> = found.take(SHOWN_MAX).map(line).collect();
    if shown.is_empty() {
        return String::new();
    }
    format!(
        "\nContradictions, the first {}:\n{}",
        shown.len(),
        shown.concat()
    )
}
