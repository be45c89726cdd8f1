//! The sections of a trial's report.

use ringtrue_core::{CostSheet, plural};
use ringtrue_model::{Detector, Rung};
use ringtrue_report::{
    Block, Cell, Column, ColumnKind, Estimate, Figure, Finding, Form, Reader, Remedy, Section,
    Severity, Table, Text,
};
use ringtrue_trial::{Cause, Choice, Judgement, MistakeGroup, Mistakes};

use super::figures::{alerts, block_fpr, estimate, plain, precision};
use super::plots::plots;
use crate::journey::{Aut, Trial};

fn section(id: &str, title: &str, reader: Reader, blocks: Vec<Block>) -> Section {
    Section {
        id: id.to_owned(),
        title: title.to_owned(),
        reader,
        blocks,
    }
}

pub(super) fn rate() -> ColumnKind {
    ColumnKind::Figure(Form::Rate)
}

pub(super) fn money(sheet: &CostSheet) -> ColumnKind {
    ColumnKind::Figure(Form::Money(sheet.currency.clone()))
}

/// Returns the figures of the first line: what it costs and how many alerts a day.
pub(crate) fn headline(trial: &Trial, sheet: &CostSheet) -> Vec<Figure> {
    let mut figures = Vec::new();
    match &trial.overall.cost {
        Ok(cost) => {
            let money = Form::Money(sheet.currency.clone());
            let a_day = sheet.events_per_day / 1_000.0;
            figures.push(
                Figure::new("cost", Estimate::exact(cost.cost_per_1000_events), money)
                    .unit("per 1,000 events")
                    .note(format!(
                        "{:.0} {} a day; {:.0} if everything passed",
                        cost.cost_per_1000_events * a_day,
                        sheet.currency,
                        cost.allow_all_cost_per_1000_events * a_day
                    )),
            );
            figures.push(
                Figure::new("alerts", alerts(&trial.overall), Form::Number)
                    .unit("a day")
                    .note(format!("people can handle {}", sheet.alerts_per_day)),
            );
        }
        Err(reason) => {
            figures.push(Figure::new(
                "cost",
                Estimate::unknown(reason.clone()),
                Form::Number,
            ));
            figures.push(Figure::new(
                "alerts",
                Estimate::unknown(reason.clone()),
                Form::Number,
            ));
        }
    }
    figures.push(Figure::new(
        "caught by blocking",
        estimate(&trial.overall.tpr),
        Form::Percent,
    ));
    figures.push(
        Figure::new("blocked in error", block_fpr(&trial.overall), Form::Rate)
            .note("of benign events"),
    );
    figures
}

/// Returns how good the detector is, with plots.
pub(crate) fn quality(trial: &Trial, detector: &Detector, sheet: &CostSheet) -> Section {
    let overall = &trial.overall;
    let mut figures = vec![Figure::new(
        "ROC AUC",
        estimate(&overall.roc_auc),
        Form::Number,
    )];
    for entry in &overall.tpr_at_fpr {
        figures.push(Figure::new(
            format!("TPR at FPR {:e}", entry.fpr),
            estimate(&entry.tpr),
            Form::Percent,
        ));
    }
    figures.push(Figure::new(
        "average precision at the traffic's share",
        plain(&overall.average_precision_deployed),
        Form::Number,
    ));
    figures.push(Figure::new(
        "Brier score",
        plain(&overall.brier_deployed),
        Form::Number,
    ));
    figures.push(Figure::new(
        "calibration error in the tail",
        plain(&overall.tail_calibration_error),
        Form::Number,
    ));
    figures.push(Figure::new(
        "of blocked events, malicious",
        precision(overall),
        Form::Percent,
    ));
    if !trial.windows.is_empty() {
        figures.push(area_under_time(&trial.aut));
    }
    let mut blocks = vec![
        Block::paragraph(Text::plain(format!(
            "Judged on {} malicious and {} benign events; {} more are unsure, judged as neither and priced as reviews. The traffic is taken to be {} malicious, so figures \"at the traffic's share\" are re-weighted.",
            overall.malicious,
            overall.benign,
            overall.unsure,
            share_in_words(sheet.malicious_share)
        ))),
        Block::Figures { figures },
        nominal(overall),
    ];
    blocks.extend(
        plots(&trial.judged, &trial.windows, sheet, detector.thresholds())
            .into_iter()
            .map(Block::Plot),
    );
    section("quality", "How good it is", Reader::Both, blocks)
}

fn area_under_time(aut: &Result<Aut, String>) -> Figure {
    match aut {
        Ok(aut) => {
            let label = format!("AUT of the TPR at FPR {:e}", aut.fpr);
            let figure = Figure::new(label, Estimate::exact(aut.area), Form::Number);
            if aut.left_out.is_empty() {
                return figure;
            }
            let months = aut.left_out.join(", ");
            figure.note(format!("without {months}, too few events"))
        }
        Err(reason) => {
            let label = "AUT of the TPR";
            Figure::new(label, Estimate::unknown(reason.clone()), Form::Number)
        }
    }
}

fn share_in_words(share: f64) -> String {
    format!("1 in {:.0}", 1.0 / share)
}

fn nominal(overall: &Judgement) -> Block {
    let rows = overall
        .nominal
        .iter()
        .map(|entry| {
            let threshold = entry.threshold.map_or_else(
                || Estimate::unknown("too few benign events to choose it"),
                Estimate::exact,
            );
            vec![
                Cell::from(entry.nominal),
                threshold.into(),
                estimate(&entry.fpr).into(),
                estimate(&entry.tpr).into(),
            ]
        })
        .collect();
    Block::Table(Table {
        caption: "Does a promised false-positive rate hold later?".to_owned(),
        columns: vec![
            Column::new("promised", rate()),
            Column::new("threshold", rate()),
            Column::new("found", rate()),
            Column::new("caught", ColumnKind::Figure(Form::Percent)),
        ],
        rows,
        note: "Thresholds were chosen on benign events that are later than training and earlier than these.".to_owned(),
    })
}

/// Returns the rungs of the ladder side by side.
pub(crate) fn ladder(choice: &Choice, rungs: &[(Rung, Judgement)], sheet: &CostSheet) -> Section {
    let rows = rungs
        .iter()
        .map(|(rung, judgement)| {
            let held_out = choice.compared.iter().find(|entry| entry.rung == *rung);
            let held = held_out.map_or(Cell::Empty, |entry| Cell::from(entry.caught));
            let less = held_out
                .and_then(|entry| entry.best_catches_more)
                .map_or(Cell::Empty, |more| {
                    Estimate::within(-more.value, -more.high, -more.low).into()
                });
            let at = |place: usize| {
                judgement
                    .tpr_at_fpr
                    .get(place)
                    .map_or(Cell::Empty, |entry| estimate(&entry.tpr).into())
            };
            let cost = judgement
                .cost
                .as_ref()
                .map(|cost| cost.cost_per_1000_events);
            let name = if choice.rung == Some(*rung) {
                format!("{} (recommended)", rung.title())
            } else {
                rung.title().to_owned()
            };
            vec![
                name.into(),
                held,
                less,
                plain(&cost.map_err(Clone::clone)).into(),
                estimate(&judgement.roc_auc).into(),
                at(0),
                at(1),
            ]
        })
        .collect();
    let table = Table {
        caption: "The ladder of baselines, all judged on the same later events".to_owned(),
        columns: vec![
            Column::new("rung", ColumnKind::Text),
            Column::new("caught, held out", ColumnKind::Figure(Form::Percent)),
            Column::new("beside the best", ColumnKind::Figure(Form::Percent)),
            Column::new("cost per 1,000 events", money(sheet)),
            Column::new("ROC AUC", ColumnKind::Figure(Form::Number)),
            Column::new("TPR at FPR 1e-2", ColumnKind::Figure(Form::Percent)),
            Column::new("TPR at FPR 1e-3", ColumnKind::Figure(Form::Percent)),
        ],
        rows,
        note: "The choice was made on events held out before these, by what each rung catches on average over the false-positive rates that they can tell; the interval is over entities.".to_owned(),
    };
    let blocks = vec![
        Block::paragraph(Text::plain("In words: ").strong(choice.why.clone())),
        Block::Table(table),
    ];
    section(
        "ladder",
        "Does the complicated model pay?",
        Reader::Both,
        blocks,
    )
}

/// Returns the figures month by month.
pub(crate) fn windows(trial: &Trial, sheet: &CostSheet) -> Option<Section> {
    let rows: Vec<Vec<Cell>> = trial
        .windows
        .iter()
        .map(|window| row(&window.name, &window.judgement))
        .collect();
    (!rows.is_empty()).then(|| {
        let table = breakdown("Month by month", "month", rows, sheet);
        section(
            "time",
            "How it holds over time",
            Reader::Both,
            vec![Block::Table(table)],
        )
    })
}

/// Returns the figures by family, source, trust and slice.
pub(crate) fn segments(trial: &Trial, sheet: &CostSheet) -> Option<Section> {
    let mut blocks = Vec::new();
    for dimension in ["family", "source", "trust", "coverage", "slice"] {
        let rows: Vec<Vec<Cell>> = trial
            .segments
            .iter()
            .filter(|segment| segment.dimension == dimension)
            .map(|segment| row(&segment.name, &segment.judgement))
            .collect();
        if !rows.is_empty() {
            let mut of_all = breakdown(&format!("By {dimension}"), dimension, rows, sheet);
            let more = trial.more_segments.iter().find(|more| more.0 == dimension);
            if let Some((_, count)) = more {
                let shown = of_all.rows.len();
                of_all.caption = format!("By {dimension}: the {shown} with most events");
                let note = format!(" {count} smaller ones are not shown.");
                of_all.note.push_str(&note);
            }
            blocks.push(Block::Table(of_all));
        }
    }
    (!blocks.is_empty()).then(|| {
        section(
            "segments",
            "Where it is good, and where not",
            Reader::Both,
            blocks,
        )
    })
}

fn row(name: &str, judgement: &Judgement) -> Vec<Cell> {
    let at = |place: usize| {
        judgement
            .tpr_at_fpr
            .get(place)
            .map_or(Cell::Empty, |entry| estimate(&entry.tpr).into())
    };
    let cost = judgement
        .cost
        .as_ref()
        .map(|cost| cost.cost_per_1000_events)
        .map_err(Clone::clone);
    vec![
        name.into(),
        Cell::from(judgement.malicious as f64),
        Cell::from(judgement.benign as f64),
        estimate(&judgement.roc_auc).into(),
        at(0),
        at(1),
        estimate(&judgement.tpr).into(),
        block_fpr(judgement).into(),
        plain(&cost).into(),
        alerts(judgement).into(),
    ]
}

fn breakdown(caption: &str, first: &str, rows: Vec<Vec<Cell>>, sheet: &CostSheet) -> Table {
    let percent = || ColumnKind::Figure(Form::Percent);
    let count = || ColumnKind::Figure(Form::Count);
    Table {
        caption: caption.to_owned(),
        columns: vec![
            Column::new(first, ColumnKind::Text),
            Column::new("malicious", count()),
            Column::new("benign", count()),
            Column::new("ROC AUC", ColumnKind::Figure(Form::Number)),
            Column::new("TPR at FPR 1e-2", percent()),
            Column::new("TPR at FPR 1e-3", percent()),
            Column::new("caught", percent()),
            Column::new("blocked in error", rate()),
            Column::new("cost per 1,000", money(sheet)),
            Column::new("alerts a day", ColumnKind::Figure(Form::Number)),
        ],
        rows,
        note: "A figure that the events cannot support is not printed. Families are judged beside all benign events.".to_owned(),
    }
}

/// Returns the mistakes in groups.
pub(crate) fn mistakes(trial: &Trial, sheet: &CostSheet) -> Section {
    let blocks = vec![
        Block::paragraph(in_words("blocked in error", &trial.false_positives)),
        Block::Findings {
            findings: findings("F", &trial.false_positives, sheet),
        },
        Block::paragraph(in_words("malicious and let through", &trial.misses)),
        Block::Findings {
            findings: findings("M", &trial.misses, sheet),
        },
    ];
    section(
        "mistakes",
        "What it gets wrong, and what would mend it",
        Reader::Analyst,
        blocks,
    )
}

fn in_words(what: &str, mistakes: &Mistakes) -> Text {
    let mut text = Text::plain(String::new())
        .strong(format!(
            "{} {what}",
            plural(mistakes.events, "event was", "events were")
        ))
        .then(format!(
            "; the {} with a cause in common, ",
            plural(
                mistakes.groups.len(),
                "dearest group follows",
                "dearest groups follow"
            )
        ));
    if mistakes.more_groups > 0 {
        text = text.then(format!(
            "{} {}, ",
            plural(
                mistakes.more_groups,
                "cheaper one holds",
                "cheaper ones hold"
            ),
            plural(mistakes.in_more_groups, "event", "events")
        ));
    }
    if mistakes.not_grouped > 0 {
        let events = plural(mistakes.not_grouped, "cheapest was", "cheapest were");
        text = text.then(format!("the {events} not looked at, "));
    }
    let alone = plural(mistakes.alone, "event is", "events are");
    text.then(format!("{alone} in none."))
}

fn findings(prefix: &str, mistakes: &Mistakes, sheet: &CostSheet) -> Vec<Finding> {
    (1..)
        .zip(&mistakes.groups)
        .map(|(number, group)| {
            let code = format!("{prefix}{number:02}");
            let mut finding = Finding::new(code, Severity::Note, title(group));
            let money = Form::Money(sheet.currency.clone());
            finding.figures = vec![
                Figure::new("events", Estimate::exact(group.events as f64), Form::Count),
                Figure::new(
                    "cost per 1,000 events",
                    Estimate::exact(group.cost_per_1000_events),
                    money,
                ),
            ];
            finding.evidence = Some(Table {
                caption: "Examples".to_owned(),
                columns: vec![Column::new("event", ColumnKind::Code)],
                rows: group
                    .examples
                    .iter()
                    .map(|text| vec![text.as_str().into()])
                    .collect(),
                note: String::new(),
            });
            finding.remedy = Some(Remedy {
                advice: Text::plain(group.remedy.clone()),
                snippet: None,
                misses: Text::plain(group.would_miss.clone()),
            });
            finding
        })
        .collect()
}

fn title(group: &MistakeGroup) -> String {
    let shown = |name: &str| -> String { name.chars().take(80).collect() };
    let events = plural(group.events, "event", "events");
    match &group.cause {
        Cause::Entity(name) => format!("{events} of {}", shown(name)),
        Cause::Campaign(text) => {
            let copies = plural(group.events, "near-copy", "near-copies");
            format!("{copies} of {}", shown(text))
        }
        Cause::Signal(name) => format!("{events} for which {} spoke loudest", shown(name)),
        Cause::Source(name) => format!("{events} of the source {}", shown(name)),
    }
}

/// Returns how thresholds were chosen.
pub(crate) fn thresholds(detector: &Detector, sheet: &CostSheet) -> Section {
    let operating = &detector.operating;
    let chosen = format!(
        "From a score of {:.4} an event is blocked, from {:.4} it is reviewed. A false positive costs {} {c}, a miss {} {c}, a review {} {c}. Alerts are reviews and benign events that were blocked; {:.1} a day were expected.",
        operating.thresholds.block,
        operating.thresholds.review,
        sheet.false_positive,
        sheet.false_negative,
        sheet.review,
        operating.alerts_per_day,
        c = sheet.currency,
    );
    let capacity = if operating.alert_worth > 0.0 {
        format!(
            "Capacity of {} alerts a day decides, not cost alone: one more alert a day would be worth {:.0} {}.",
            sheet.alerts_per_day, operating.alert_worth, sheet.currency
        )
    } else {
        "Cost alone decides: people can handle the alerts.".to_owned()
    };
    section(
        "thresholds",
        "Why these thresholds",
        Reader::Both,
        vec![
            Block::paragraph(Text::plain(chosen)),
            Block::paragraph(Text::plain(capacity)),
        ],
    )
}
