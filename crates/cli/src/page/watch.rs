//! What watching found, as a page and as JSON.

use ringtrue_core::plural;
use ringtrue_report::{
    Block, Cell, Column, ColumnKind, Document, Estimate, Fact, Form, Outcome as Answer, Reader,
    Section, Status, Table, Text,
};
use ringtrue_watch::{AuditedReport, Band, Kind, MonitorReport, Reference, State, WindowReport};
use serde_json::{Map, Value, json};

use crate::detector_folder::Loaded;
use crate::watching;

/// What a page on watching tells.
pub(crate) struct WatchTold<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) reference: &'a Reference,
    /// Whether the reference is the detector's own.
    pub(crate) is_own: bool,
    pub(crate) windows: &'a [WindowReport],
}

/// What no estimate without labels can see, in sentences.
const NOT_TESTED: [&str; 3] = [
    "a change within a class that another mix of the classes would explain as well: labels alone tell it",
    "a new family that scores like benign events: it looks like benign events with new habits",
    "probing by few events: near-copies that are less than a hundredth of those that score malicious, are outside the scope or lie near a threshold",
];

/// Makes the document.
pub(crate) fn watch_document(told: &WatchTold<'_>) -> Document {
    let title = format!("{}: watched", told.loaded.detector.card.name);
    let mut document = Document::new(title, status(told.windows));
    document.subtitle.clone_from(&told.loaded.task.question);
    document.caveats.not_tested = NOT_TESTED.into_iter().map(Text::plain).collect();
    document.caveats.assumed = vec![Text::plain(
        "events of a class score as they did in the reference, but for what the scores themselves contradict",
    )];
    document.sections = vec![
        section("windows", "Has anything moved?", windows(told.windows)),
        section(
            "estimates",
            "How good it is likely to be, without labels",
            estimates(told),
        ),
        section("monitors", "What moved", moved(told)),
    ];
    if told.windows.iter().any(|window| window.audited.is_some()) {
        let title = "What the labels of the audit sample say";
        document
            .sections
            .insert(2, section("audited", title, audited(told)));
    }
    document.facts = vec![
        Fact::new(
            "events of the reference",
            told.reference.events().to_string(),
        ),
        Fact::new("the reference is", whose(told).to_owned()),
    ];
    document.data = Value::Object(watch_data(told));
    document
}

/// Returns the figures under the names that scripts rely on.
pub(crate) fn watch_data(told: &WatchTold<'_>) -> Map<String, Value> {
    let capacity = watching::capacity(told.loaded);
    let data = json!({
        "detector": told.loaded.id.map(|id| id.short()),
        "reference": { "events": told.reference.events(), "of": whose(told) },
        "at": told.reference.at(),
        "capacity_alerts_a_day": capacity.alerts_a_day,
        "windows": told.windows,
    });
    match data {
        Value::Object(data) => data,
        _ => Map::new(),
    }
}

const fn whose(told: &WatchTold<'_>) -> &'static str {
    if told.is_own { "detector" } else { "files" }
}

fn status(windows: &[WindowReport]) -> Status {
    let count = |state: State| windows.iter().filter(|it| it.state == state).count();
    let all = plural(windows.len(), "window", "windows");
    match windows.iter().map(|it| it.state).max() {
        Some(State::Drift) => {
            let first = windows.iter().find(|it| it.state == State::Drift);
            let name = first.map_or("", |it| it.name.as_str());
            let text = format!(
                "{} of {all} drifted, the first is {name}",
                count(State::Drift)
            );
            Status::new(Answer::Unfit, text)
        }
        Some(State::Warning) => Status::new(
            Answer::Informs,
            format!("{} of {all} moved, none of them far", count(State::Warning)),
        ),
        Some(State::Steady) => Status::new(Answer::Fit, format!("nothing moved in {all}")),
        Some(State::CannotTell) | None => Status::new(
            Answer::CannotTell,
            format!("{all}, none with enough events to say anything"),
        ),
    }
}

fn section(id: &str, title: &str, table: Table) -> Section {
    Section {
        id: id.to_owned(),
        title: title.to_owned(),
        reader: Reader::Both,
        blocks: vec![Block::Table(table)],
    }
}

fn windows(windows: &[WindowReport]) -> Table {
    let row = |window: &WindowReport| -> Vec<Cell> {
        vec![
            window.name.as_str().into(),
            Cell::from(window.events as f64),
            state(window.state).into(),
            window.kind.map_or("", kind).into(),
            Cell::from(window.alerts_a_day),
        ]
    };
    let count = || ColumnKind::Figure(Form::Count);
    Table {
        caption: "Each window against the reference".to_owned(),
        columns: vec![
            Column::new("window", ColumnKind::Text),
            Column::new("events", count()),
            Column::new("state", ColumnKind::Text),
            Column::new("kind", ColumnKind::Text),
            Column::new("alerts a day", count()),
        ],
        rows: windows.iter().map(row).collect(),
        note: "An alarm takes a difference that chance does not make, and one that is large enough to matter.".to_owned(),
    }
}

fn estimates(told: &WatchTold<'_>) -> Table {
    let row = |window: &WindowReport| -> Vec<Cell> {
        let estimate = &window.estimate;
        let cell = |name: &str, band: Option<Band>| cell(band, || estimate.why.get(name).cloned());
        vec![
            window.name.as_str().into(),
            cell("malicious_share", estimate.malicious_share),
            cell("fpr", estimate.fpr),
            cell("recall", estimate.recall),
            cell("precision", estimate.precision),
            cell("roc_auc", estimate.roc_auc),
            cell("cost_per_day", estimate.cost_per_day),
        ]
    };
    let percent = || ColumnKind::Figure(Form::Percent);
    Table {
        caption: format!("Estimates at a score of {}", told.reference.at()),
        columns: vec![
            Column::new("window", ColumnKind::Text),
            Column::new("malicious", percent()),
            Column::new("FPR", percent()),
            Column::new("recall", percent()),
            Column::new("precision", percent()),
            Column::new("ROC AUC", ColumnKind::Figure(Form::Number)),
            Column::new(cost_title(told), ColumnKind::Figure(Form::Count)),
        ],
        rows: told.windows.iter().map(row).collect(),
        note: "No number stands where the scores do not tell it.".to_owned(),
    }
}

/// Says what a change costs a day.
fn costs(monitor: &MonitorReport) -> String {
    match monitor.cost_a_day {
        Some(cost) => format!("{:.0} to {:.0}: {}", cost.low, cost.high, monitor.cost_is),
        None => monitor.cost_is.clone(),
    }
}

fn cell(band: Option<Band>, why: impl Fn() -> Option<String>) -> Cell {
    let of = |band: Band| Estimate::within(band.value, band.low, band.high);
    Cell::from(band.map_or_else(|| Estimate::unknown(why().unwrap_or_default()), of))
}

fn cost_title(told: &WatchTold<'_>) -> String {
    let sheet = told.loaded.task.cost_sheet();
    format!("cost a day, {}", sheet.currency)
}

fn audited(told: &WatchTold<'_>) -> Table {
    let row = |(name, audited): (&str, &AuditedReport)| -> Vec<Cell> {
        let why = |name: &str| {
            let why = audited.why.get(name)?;
            Some(match audited.labels_needed.get(name) {
                Some(needed) => format!("{why}; about {needed} more labels would tell"),
                None => why.clone(),
            })
        };
        vec![
            name.into(),
            Cell::from(audited.events as f64),
            Cell::from(audited.labelled as f64),
            Cell::from(audited.pending as f64),
            cell(audited.malicious_share, || why("malicious_share")),
            cell(audited.fpr, || why("fpr")),
            cell(audited.recall, || why("recall")),
            cell(audited.precision, || why("precision")),
            cell(audited.cost_per_day, || why("cost_per_day")),
        ]
    };
    let (percent, count) = (
        || ColumnKind::Figure(Form::Percent),
        || ColumnKind::Figure(Form::Count),
    );
    let windows = told.windows.iter();
    let audited = windows.filter_map(|it| Some((it.name.as_str(), it.audited.as_ref()?)));
    Table {
        caption: "Bounds that hold at every step, in 95 % of all streams".to_owned(),
        columns: vec![
            Column::new("window", ColumnKind::Text),
            Column::new("events", count()),
            Column::new("labelled", count()),
            Column::new("not yet", count()),
            Column::new("malicious", percent()),
            Column::new("FPR", percent()),
            Column::new("recall", percent()),
            Column::new("precision", percent()),
            Column::new(cost_title(told), count()),
        ],
        rows: audited.map(row).collect(),
        note: "People were asked about all of these events whose label counts here with a known probability; what they have not said, or are unsure of, counts as either class.".to_owned(),
    }
}

fn moved(told: &WatchTold<'_>) -> Table {
    let (windows, currency) = (told.windows, told.loaded.task.cost_sheet().currency);
    let rows = windows.iter().flat_map(|window| {
        let moved = window.monitors.iter().filter(|it| it.state > State::Steady);
        moved.map(|monitor| -> Vec<Cell> {
            vec![
                window.name.as_str().into(),
                monitor.name.into(),
                state(monitor.state).into(),
                monitor.says.as_str().into(),
                costs(monitor).into(),
            ]
        })
    });
    Table {
        caption: "Monitors that are not steady".to_owned(),
        columns: [
            "window",
            "monitor",
            "state",
            "what it found",
            "what it costs a day",
        ]
        .map(|title| Column::new(title, ColumnKind::Text))
        .into(),
        rows: rows.collect(),
        note: format!("Prices are in {currency}."),
    }
}

const fn state(state: State) -> &'static str {
    match state {
        State::CannotTell => "cannot tell",
        State::Steady => "steady",
        State::Warning => "warning",
        State::Drift => "drift",
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::BenignPopulation => "benign population",
        Kind::NewFamily => "new family",
        Kind::ClassMix => "class mix",
        Kind::Pipeline => "pipeline",
        Kind::Probing => "probing",
        Kind::CannotTell => "cannot tell",
    }
}
