//! What changed between two detectors, as a page.

use std::path::PathBuf;

use ringtrue_core::metrics::{Difference, Rate};
use ringtrue_report::{
    Block, Cell, Column, ColumnKind, Document, Estimate, Fact, Figure, Form, Outcome as Answer,
    Reader, Section, Status, Table, Text, format,
};
use ringtrue_trial::compare::report::{Comparison, FlipCause, Part, ShareChange};
use ringtrue_trial::compare::{Attribution, report::Flip};

use crate::progress::called;
use crate::versus::Compared;

/// Rows of a table of flips.
const FLIPS_SHOWN: usize = 100;

/// Makes the document of a comparison.
pub(crate) fn compare_document(found: &Compared, files: &[PathBuf]) -> Document {
    let comparison = &found.comparison;
    let says = format!(
        "{} verdicts that were right are wrong now, {} that were wrong are right",
        comparison.negative_flips, comparison.positive_flips
    );
    let title = format!("{} beside {}", comparison.new.name, comparison.old.name);
    let mut document = Document::new(title, Status::new(Answer::Informs, says));
    fill(&mut document, found, files);
    document.data = serde_json::to_value(comparison).unwrap_or_default();
    document
}

/// Adds what every document on a comparison tells.
pub(super) fn fill(document: &mut Document, found: &Compared, files: &[PathBuf]) {
    let comparison = &found.comparison;
    let texts = |sentences: &[String]| sentences.iter().map(|it| Text::plain(it.clone())).collect();
    document.headline = headline(comparison);
    document.caveats.assumed = texts(&found.assumed);
    document.caveats.not_tested = texts(&comparison.not_compared);
    document.sections.extend(sections(comparison));
    let files: Vec<String> = files.iter().map(|file| called(file)).collect();
    document.facts = vec![
        Fact::new("old detector", comparison.old.detector.to_string()),
        Fact::new("new detector", comparison.new.detector.to_string()),
        Fact::new("old training set", comparison.old.dataset.to_string()),
        Fact::new("new training set", comparison.new.dataset.to_string()),
        Fact::new("judged events", comparison.judged.digest.to_string()),
        Fact::new("files", files.join(", ")),
    ];
}

fn headline(comparison: &Comparison) -> Vec<Figure> {
    let money = Form::Money(comparison.currency.clone());
    let rate = comparison.negative_flip_rate;
    let rate = rate.map_or_else(|| Estimate::unknown("too few events"), estimate);
    vec![
        Figure::new(
            "newly missed",
            exact(comparison.counts.newly_missed),
            Form::Count,
        ),
        Figure::new(
            "newly caught",
            exact(comparison.counts.newly_caught),
            Form::Count,
        ),
        Figure::new(
            "newly blocked in error",
            exact(comparison.counts.newly_blocked_in_error),
            Form::Count,
        ),
        Figure::new(
            "newly released",
            exact(comparison.counts.newly_released),
            Form::Count,
        ),
        Figure::new("negative flips", rate, Form::Percent),
        Figure::new(
            "cost, more than before",
            difference(comparison.cost_difference),
            money,
        )
        .unit("a day"),
        Figure::new(
            "alerts, more than before",
            difference(comparison.alerts_difference),
            Form::Number,
        )
        .unit("a day"),
        Figure::new(
            "time of one verdict, times the old one",
            ratio(comparison),
            Form::Number,
        ),
    ]
}

fn exact(count: u64) -> Estimate {
    Estimate::exact(count as f64)
}

const fn estimate(rate: Rate) -> Estimate {
    Estimate::within(rate.value, rate.low, rate.high)
}

fn difference(difference: Option<Difference>) -> Estimate {
    difference.map_or_else(
        || Estimate::unknown("events of both classes are needed"),
        |it| Estimate::within(it.value, it.low, it.high),
    )
}

fn ratio(comparison: &Comparison) -> Estimate {
    let ratio = comparison.latency_ratio;
    ratio.map_or_else(
        || Estimate::unknown("nobody took the time"),
        Estimate::exact,
    )
}

fn sections(comparison: &Comparison) -> Vec<Section> {
    let parts = [
        ("family", &comparison.by_family),
        ("source", &comparison.by_source),
        ("tenant", &comparison.by_tenant),
        ("slice", &comparison.by_slice),
        ("month", &comparison.by_month),
    ];
    let tables = parts.into_iter().filter(|(_, parts)| !parts.is_empty());
    let tables = tables.map(|(what, parts)| Block::Table(parts_table(what, parts)));
    let mut sections = vec![
        section("parts", "For whom verdicts changed", tables.collect()),
        section(
            "causes",
            "Why they changed",
            vec![Block::Table(causes(comparison))],
        ),
        section(
            "flips",
            "Which they are",
            vec![Block::Table(flips(comparison))],
        ),
    ];
    if let Some(data) = &comparison.data {
        let list = [
            ("family", &data.families),
            ("source", &data.sources),
            ("month", &data.months),
        ];
        let tables = list.into_iter().filter(|(_, changes)| !changes.is_empty());
        let tables = tables.map(|(what, changes)| Block::Table(shares(what, changes)));
        let first = Block::paragraph(Text::plain(format!(
            "{} events of the old training set, {} of the new one, {} of both; the label of {} differs.",
            data.old_events, data.new_events, data.common, data.label_changes
        )));
        let blocks = std::iter::once(first).chain(tables).collect();
        sections.push(section("data", "What they learned from", blocks));
    }
    sections.extend(robustness(comparison));
    sections
}

pub(super) fn section(id: &str, title: &str, blocks: Vec<Block>) -> Section {
    Section {
        id: id.to_owned(),
        title: title.to_owned(),
        reader: Reader::Both,
        blocks,
    }
}

fn text(title: &str) -> Column {
    Column::new(title, ColumnKind::Text)
}

fn figures(title: &str, form: Form) -> Column {
    Column::new(title, ColumnKind::Figure(form))
}

fn parts_table(what: &str, parts: &[Part]) -> Table {
    let row = |part: &Part| -> Vec<Cell> {
        let rate = part.negative_flip_rate;
        vec![
            part.name.clone().into(),
            Cell::from(part.events as f64),
            Cell::from(part.counts.newly_missed as f64),
            Cell::from(part.counts.newly_caught as f64),
            Cell::from(part.counts.newly_blocked_in_error as f64),
            Cell::from(part.counts.newly_released as f64),
            rate.map_or(Cell::Empty, |rate| Cell::from(rate.value)),
            part.p_holm.map_or(Cell::Empty, Cell::from),
        ]
    };
    Table {
        caption: format!("By {what}"),
        columns: vec![
            text(what),
            figures("events", Form::Count),
            figures("newly missed", Form::Count),
            figures("newly caught", Form::Count),
            figures("newly blocked in error", Form::Count),
            figures("newly released", Form::Count),
            figures("negative flips", Form::Percent),
            figures("p (McNemar, Holm)", Form::Rate),
        ],
        rows: parts.iter().map(row).collect(),
        note: "p: how probable so uneven a change is by chance, for all parts together.".to_owned(),
    }
}

/// Says what a cause is.
fn cause(attribution: &Attribution) -> String {
    match attribution {
        Attribution::Share {
            dimension,
            name,
            old,
            new,
        } => format!(
            "the share of {dimension} `{name}` in the training set went from {:.1} % to {:.1} %",
            100.0 * old,
            100.0 * new
        ),
        Attribution::Unattributed => "nothing near them changed in the training set".to_owned(),
        Attribution::Unknown => "the training sets are not at hand".to_owned(),
    }
}

fn causes(comparison: &Comparison) -> Table {
    let row = |found: &FlipCause| -> Vec<Cell> {
        vec![
            found.kind.words().into(),
            cause(&found.attribution).into(),
            Cell::from(found.flips as f64),
            found.example.clone().into(),
        ]
    };
    Table {
        caption: "Flips by what changed in the training data near them".to_owned(),
        columns: vec![
            text("what became of them"),
            text("what changed"),
            figures("flips", Form::Count),
            Column::new("for example", ColumnKind::Code),
        ],
        rows: comparison.causes.iter().map(row).collect(),
        note: "Most of the 20 nearest training rows are of it: a lead, not a proof.".to_owned(),
    }
}

fn flips(comparison: &Comparison) -> Table {
    let row = |flip: &Flip| -> Vec<Cell> {
        vec![
            flip.kind.words().into(),
            flip.shown.clone().into(),
            flip.family.clone().unwrap_or_default().into(),
            flip.old_action.to_string().into(),
            flip.new_action.to_string().into(),
            Cell::from(flip.old_score),
            Cell::from(flip.new_score),
        ]
    };
    let more = comparison.flips.len().saturating_sub(FLIPS_SHOWN) as u64;
    let more = more + comparison.flips_not_listed;
    Table {
        caption: "Flips, those for the worse first".to_owned(),
        columns: vec![
            text("what became of it"),
            Column::new("event", ColumnKind::Code),
            text("family"),
            text("was"),
            text("is"),
            figures("score", Form::Number),
            figures("new score", Form::Number),
        ],
        rows: comparison.flips.iter().take(FLIPS_SHOWN).map(row).collect(),
        note: if more > 0 {
            format!("{more} more are not shown.")
        } else {
            String::new()
        },
    }
}

fn shares(what: &str, changes: &[ShareChange]) -> Table {
    let row = |change: &ShareChange| -> Vec<Cell> {
        vec![
            change.name.clone().into(),
            Cell::from(change.old_events as f64),
            Cell::from(change.new_events as f64),
            Cell::from(change.old),
            Cell::from(change.new),
        ]
    };
    Table {
        caption: format!("Training events by {what}"),
        columns: vec![
            text(what),
            figures("old events", Form::Count),
            figures("new events", Form::Count),
            figures("old share", Form::Percent),
            figures("new share", Form::Percent),
        ],
        rows: changes.iter().map(row).collect(),
        note: String::new(),
    }
}

fn robustness(comparison: &Comparison) -> Option<Section> {
    let tried = comparison.robustness.as_ref()?;
    let cost = |cost: Option<f64>| {
        cost.map_or_else(
            || "more than was tried".to_owned(),
            |it| format!("{} {}", format::significant(it, 2), tried.unit),
        )
    };
    let says = format!(
        "Of {} malicious events that both flag, {} get past the new detector for less work and {} for more. The median is {}, and was {}.",
        tried.events,
        tried.cheaper,
        tried.dearer,
        cost(tried.new_median),
        cost(tried.old_median)
    );
    let blocks = vec![Block::paragraph(Text::plain(says))];
    Some(section(
        "robustness",
        "What it costs to get past them",
        blocks,
    ))
}
