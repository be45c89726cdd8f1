//! The rolling trial as a section and as JSON.

use ringtrue_core::CostSheet;
use ringtrue_report::{
    Block, Cell, Column, ColumnKind, Estimate, Form, Reader, Section, Table, Text,
};
use ringtrue_trial::Judgement;
use serde_json::{Value, json};

use super::figures::{block_fpr, estimate, judgement_json, plain};
use super::sections;
use crate::journey::{Areas, Period, Rolling};

/// Returns the section that sets frozen and retrained side by side.
pub(super) fn section(rolling: &Rolling, sheet: &CostSheet) -> Section {
    let mut rows = Vec::new();
    for (number, period) in rolling.periods.iter().enumerate() {
        rows.push(row(period, "as it is", Ok(&period.frozen)));
        // When the first period begins, nothing new is known.
        if number > 0 {
            rows.push(row(period, "trained again", period.retrained.as_ref()));
        }
    }
    let percent = || ColumnKind::Figure(Form::Percent);
    let table = Table {
        caption: "The detector as it is, beside one that is trained again when each period begins"
            .to_owned(),
        columns: vec![
            Column::new("period", ColumnKind::Text),
            Column::new("detector", ColumnKind::Text),
            Column::new("ROC AUC", ColumnKind::Figure(Form::Number)),
            Column::new("TPR at FPR 1e-2", percent()),
            Column::new("TPR at FPR 1e-3", percent()),
            Column::new("caught", percent()),
            Column::new("blocked in error", sections::rate()),
            Column::new("cost per 1,000", sections::money(sheet)),
        ],
        rows,
        note: "Training again uses every label that was known when the period began, and chooses its own thresholds.".to_owned(),
    };
    Section {
        id: "rolling".to_owned(),
        title: "What training again would catch".to_owned(),
        reader: Reader::Both,
        blocks: vec![
            Block::paragraph(Text::plain(in_words(rolling.areas))),
            Block::Table(table),
        ],
    }
}

fn in_words(areas: Option<Areas>) -> String {
    let Some(Areas {
        fpr,
        areas: [frozen, retrained],
    }) = areas
    else {
        return "The periods hold too few events for an area under time.".to_owned();
    };
    format!(
        "Averaged over the periods (AUT), a false-positive rate of {fpr:e} catches {:.1} % with the detector as it is and {:.1} % with training again.",
        100.0 * frozen,
        100.0 * retrained
    )
}

fn row(period: &Period, detector: &str, judgement: Result<&Judgement, &String>) -> Vec<Cell> {
    let mut cells = vec![period.name.as_str().into(), detector.into()];
    match judgement {
        Ok(judgement) => cells.extend(figures(judgement)),
        Err(reason) => cells.extend([
            Estimate::unknown(reason.clone()).into(),
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
            Cell::Empty,
        ]),
    }
    cells
}

fn figures(judgement: &Judgement) -> [Cell; 6] {
    let at = |place: usize| {
        let entry = judgement.tpr_at_fpr.get(place);
        entry.map_or(Cell::Empty, |entry| estimate(&entry.tpr).into())
    };
    let cost = judgement.cost.as_ref();
    [
        estimate(&judgement.roc_auc).into(),
        at(0),
        at(1),
        estimate(&judgement.tpr).into(),
        block_fpr(judgement).into(),
        plain(
            &cost
                .map(|cost| cost.cost_per_1000_events)
                .map_err(Clone::clone),
        )
        .into(),
    ]
}

/// Returns the rolling trial's figures.
pub(super) fn data(rolling: &Rolling) -> Value {
    let period = |period: &Period| {
        let retrained = period.retrained.as_ref();
        json!({
            "period": period.name,
            "frozen": judgement_json(&period.frozen, None),
            "retrained": retrained.ok().map(|judgement| judgement_json(judgement, None)),
            "not_retrained_because": retrained.err(),
        })
    };
    json!({
        "periods": rolling.periods.iter().map(period).collect::<Vec<_>>(),
        "aut_tpr": rolling.areas.map(|areas| json!({
            "fpr": areas.fpr,
            "frozen": areas.areas[0],
            "retrained": areas.areas[1],
        })),
    })
}
