//! The measures of hardening and their Pareto front, as a section of a run's report and as JSON.

use ringtrue_attack::harden::Standing;
use ringtrue_core::CostSheet;
use ringtrue_report::{
    Axis, Block, Cell, Column, ColumnKind, Estimate, Form, Marks, Plot, Point, Reader, Role, Scale,
    Section, Series, Table, Text,
};
use serde_json::{Value, json};

use super::robustness::estimate;
use crate::hardening::{Hardened, Tried};

/// Returns the section.
pub(super) fn section(hardened: &Hardened, sheet: &CostSheet) -> Section {
    Section {
        id: "hardening".to_owned(),
        title: "What hardening is worth".to_owned(),
        reader: Reader::DataScientist,
        blocks: vec![
            Block::paragraph(Text::plain(in_words(hardened))),
            Block::Table(table(hardened, sheet)),
            Block::Plot(plot(hardened, sheet)),
        ],
    }
}

/// Returns the figures under the names that scripts rely on; `null` if nothing was hardened.
pub(super) fn data(hardened: Option<&Hardened>) -> Value {
    let Some(hardened) = hardened else {
        return Value::Null;
    };
    let each = hardened.tried.iter().zip(&hardened.standings);
    let measures: Vec<Value> = each
        .map(|(tried, standing)| {
            let mut figures = json!(tried);
            if let Value::Object(figures) = &mut figures {
                figures.insert("standing".to_owned(), json!(standing));
            }
            figures
        })
        .collect();
    json!({
        "measures": measures,
        "recommended": recommended(hardened).map(|tried| &tried.name),
        "taken": hardened.tried.get(hardened.taken).map(|tried| &tried.name),
    })
}

fn recommended(hardened: &Hardened) -> Option<&Tried> {
    let each = hardened.tried.iter().zip(&hardened.standings);
    let mut recommended = each.filter(|(_, standing)| **standing == Standing::Recommended);
    recommended.next().map(|(tried, _)| tried)
}

fn in_words(hardened: &Hardened) -> String {
    let attacked = hardened.tried.first().map_or(0, |tried| tried.attacked);
    let recommended = recommended(hardened).map_or("none", |tried| tried.title.as_str());
    let taken = hardened
        .tried
        .get(hardened.taken)
        .filter(|tried| tried.title != recommended);
    let taken = taken.map_or_else(String::new, |tried| {
        format!(" Taken is, as was asked for: {}.", tried.title)
    });
    format!(
        "Each measure was trained and calibrated alike, and tried on events that are neither trained on nor judged: what mistakes cost where nobody evades, and what is found of {attacked} malicious ones as an attacker who sees scores pays more, at the strictest threshold that these events can tell from others. Recommended is what is hardest to get past among those that catch no less than before, by more than half a point or one standard error, and cost at most a twentieth more: {recommended}.{taken} Adversarial examples are made of training events alone, anew against the detector of the round before."
    )
}

fn table(hardened: &Hardened, sheet: &CostSheet) -> Table {
    let each = hardened.tried.iter().zip(&hardened.standings);
    let rows = each.map(|(tried, standing)| {
        vec![
            tried.title.as_str().into(),
            Cell::from(tried.point.cost),
            match tried.catches_less {
                Some(less) => Estimate {
                    value: Some(less.value),
                    low: Some(less.low),
                    high: Some(less.high),
                    reason: None,
                }
                .into(),
                None => Cell::from(0.0),
            },
            estimate(&tried.area).into(),
            estimate(&tried.median).into(),
            Cell::from(tried.point.micros),
            Cell::from(tried.made as f64),
            words(*standing).into(),
        ]
    });
    let number = || ColumnKind::Figure(Form::Number);
    Table {
        caption: "Measures".to_owned(),
        columns: vec![
            Column::new("measure", ColumnKind::Text),
            Column::new(
                format!("cost of 1,000 events, {}", sheet.currency),
                number(),
            ),
            Column::new("catches less by", ColumnKind::Figure(Form::Percent)),
            Column::new("area under attack", number()),
            Column::new("half evaded for, minutes", number()),
            Column::new("microseconds an event", number()),
            Column::new("examples made", ColumnKind::Figure(Form::Count)),
            Column::new("standing", ColumnKind::Text),
        ],
        rows: rows.collect(),
        note: "Costs are those of the deployment's share of malicious events; the time is that of the model, without reading the event.".to_owned(),
    }
}

const fn words(standing: Standing) -> &'static str {
    match standing {
        Standing::Recommended => "recommended",
        Standing::Front => "on the front",
        Standing::Dominated => "another is better in all",
    }
}

fn plot(hardened: &Hardened, sheet: &CostSheet) -> Plot {
    let series = |standing: Standing, role: Role| {
        let each = hardened.tried.iter().zip(&hardened.standings);
        let points = each.filter(|(tried, of)| **of == standing && tried.point.cost.is_finite());
        let points = points.map(|(tried, _)| Point {
            x: tried.point.cost,
            y: tried.point.robust,
            low: tried.area.low,
            high: tried.area.high,
        });
        Series::new(
            words(standing),
            role,
            Marks::Points {
                points: points.collect(),
            },
        )
    };
    let mut series = vec![
        series(Standing::Recommended, Role::Main),
        series(Standing::Front, Role::Rival),
        series(Standing::Dominated, Role::Reference),
    ];
    series.retain(|one| !matches!(&one.marks, Marks::Points { points } if points.is_empty()));
    Plot {
        title: "What robustness costs".to_owned(),
        description: "Each point is a measure: to the left is cheaper where nobody evades, up is harder to get past. On the front no other measure is as good in all.".to_owned(),
        x: Axis::new(
            format!("cost of 1,000 events, {}", sheet.currency),
            Scale::Linear,
            Form::Number,
        ),
        y: Axis::new("area under attack", Scale::Linear, Form::Number).range(0.0, 1.0),
        series,
        markers: Vec::new(),
    }
}
