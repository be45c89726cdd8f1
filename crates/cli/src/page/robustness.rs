//! What evasion costs, as a section of a trial's report, as a part of the model card, and as JSON.

use ringtrue_attack::artefact::Verified;
use ringtrue_attack::artefact::curve::{Figure as Told, Part, Point as Found};
use ringtrue_core::plural;
use ringtrue_report::{
    Axis, Block, Cell, Column, ColumnKind, Estimate, Figure, Form, Marks, Plot, Point, Reader,
    Role, Scale, Section, Series, Table, Text,
};
use serde_json::{Value, json};

use crate::evasion::{Certificate, Measured, Robustness, Summary, Unit};

/// Families and attacks of which a row is shown.
const ROWS_MAX: usize = 20;
/// The least cost that has a place of its own on the axis.
const COST_MIN: f64 = 0.05;

/// Returns the section, with examples and families; `None` if nobody attacked.
pub(super) fn section(robustness: &Robustness) -> Option<Section> {
    let Robustness::Measured(measured) = robustness else {
        return None;
    };
    let mut blocks = figures(measured);
    blocks.extend(families(&measured.summary).map(Block::Table));
    blocks.extend(attacks(&measured.summary).map(Block::Table));
    blocks.extend(examples(measured).map(Block::Table));
    blocks.extend(assumptions(measured));
    Some(of(blocks))
}

/// Returns what stands on a card, which leaves with its detector: no event, and no name of one.
pub(super) fn of_card(robustness: &Robustness) -> Option<Section> {
    let Robustness::Measured(measured) = robustness else {
        return None;
    };
    let mut blocks = figures(measured);
    blocks.extend(assumptions(measured));
    Some(of(blocks))
}

fn of(blocks: Vec<Block>) -> Section {
    Section {
        id: "robustness".to_owned(),
        title: "What it costs to get past it".to_owned(),
        reader: Reader::Both,
        blocks,
    }
}

/// Returns the figure of the first line; none if nobody attacked.
pub(super) fn headline(robustness: &Robustness) -> Option<Figure> {
    let Robustness::Measured(measured) = robustness else {
        return None;
    };
    let summary = &measured.summary;
    let unit = summary.unit;
    let mut median = estimate(&summary.median);
    if never(summary) {
        median = Estimate {
            reason: Some("half were never evaded by what was tried".to_owned()),
            ..median
        };
    }
    Some(
        Figure::new("half evaded for", median, Form::Number)
            .unit(unit.word())
            .note(format!("an event, by what was tried on {}", summary.events)),
    )
}

/// Returns the figures under the names that scripts rely on; `null` if nobody attacked.
pub(super) fn data(robustness: &Robustness) -> Value {
    match robustness {
        Robustness::Measured(measured) => json!(measured),
        Robustness::NotMeasured(_) => Value::Null,
    }
}

/// Returns the figures of a card: as [`data`], without events and families.
pub(super) fn data_of_card(robustness: &Robustness) -> Value {
    let mut data = data(robustness);
    if let Value::Object(figures) = &mut data {
        figures.remove("examples");
        figures.remove("by_family");
    }
    data
}

fn never(summary: &Summary) -> bool {
    summary.median.value.is_none() && 2 * summary.evaded < summary.events
}

/// Returns a figure as the report tells it.
pub(super) fn estimate(told: &Told) -> Estimate {
    Estimate {
        value: told.value,
        low: told.low,
        high: told.high,
        reason: told.reason.clone(),
    }
}

/// What was done, the figures and the plot.
fn figures(measured: &Measured) -> Vec<Block> {
    let summary = &measured.summary;
    let mut figures = vec![
        Figure::new("flagged as they were", at_no_cost(summary), Form::Percent)
            .note("blocked or sent to a person"),
        Figure::new(
            format!(
                "area under the curve up to {} {}",
                summary.cost_max,
                summary.unit.word()
            ),
            estimate(&summary.area),
            Form::Number,
        )
        .note("1: nothing is evaded; 0: everything is, for nothing"),
        Figure::new("half evaded for", estimate(&summary.median), Form::Number)
            .unit(summary.unit.word()),
    ];
    figures.extend(measured.certified.iter().map(|certificate| {
        let label = format!("half certified below: {}", certificate.text.words());
        Figure::new(label, estimate(&certificate.median), Form::Number)
            .unit(certificate.unit.word())
            .note(format!(
                "{} of {} with a proven minimum",
                certificate.exact, certificate.events
            ))
    }));
    vec![
        Block::paragraph(Text::plain(in_words(measured))),
        Block::Figures { figures },
        Block::Plot(plot(measured)),
    ]
}

fn at_no_cost(summary: &Summary) -> Estimate {
    let Some(first) = summary.curve.first() else {
        return Estimate::unknown("nothing was attacked");
    };
    match (first.tpr, first.low, first.high) {
        (Some(tpr), Some(low), Some(high)) => Estimate::within(tpr, low, high),
        _ => Estimate::unknown("too few events"),
    }
}

fn in_words(measured: &Measured) -> String {
    let summary = &measured.summary;
    let of = plural(
        measured.malicious,
        "judged malicious event",
        "judged malicious events",
    );
    let how = match measured.way {
        "artefacts" => format!(
            "Each was changed by up to {} attempts of an attacker who sees scores, and scored again through the same intake.",
            measured.queries
        ),
        _ => "The cheapest change of each one's columns was looked for by an attacker who knows the model, and the changed event scored again.".to_owned(),
    };
    let verified = summary
        .by_verified
        .iter()
        .map(|(level, events): (&Verified, &u64)| format!("{events} {}", level.words()));
    let verified: Vec<String> = verified.collect();
    let verified = if verified.is_empty() {
        String::new()
    } else {
        format!(" Of the evasions are {}.", verified.join(", "))
    };
    let unit = match summary.unit {
        Unit::Minutes => "",
        Unit::Spreads => {
            " The task does not say what changing a column costs, so costs are spreads: the largest change of a column, over what lies between its 5 % and its 95 % quantile."
        }
    };
    format!(
        "{} of {of} were attacked. {how} {} were allowed as they were, {} more got past.{verified}{unit} The figures hold for the attacker described below, and are an imperfect proxy for real ones: who has better tricks pays less.",
        summary.events,
        summary.allowed_as_they_were,
        summary.evaded - summary.allowed_as_they_were
    )
}

fn plot(measured: &Measured) -> Plot {
    let summary = &measured.summary;
    let unit = summary.unit.word();
    let certified = measured.certified.iter().map(|certificate: &Certificate| {
        let points = points(&certificate.curve, summary.cost_max);
        let name = format!("certified: {}", certificate.text.words());
        Series::new(name, Role::Rival, Marks::Step { points })
    });
    let found = Marks::Step {
        points: points(&summary.curve, summary.cost_max),
    };
    Plot {
        title: "What is still found as the attacker pays more".to_owned(),
        description: format!(
            "Share of malicious events that are flagged, against the {unit} that an attacker spends on each; the left edge is nothing. Between what is certified and what was found lies what an attacker with better tricks might do."
        ),
        x: Axis::new(format!("{unit} an event"), Scale::Log, Form::Number)
            .range(COST_MIN, summary.cost_max),
        y: Axis::new("flagged", Scale::Linear, Form::Percent).range(0.0, 1.0),
        series: std::iter::once(Series::new("after the attacks", Role::Main, found))
            .chain(certified)
            .collect(),
        markers: Vec::new(),
    }
}

/// Returns a curve's points up to the right edge.
fn points(curve: &[Found], cost_max: f64) -> Vec<Point> {
    let shown = curve.iter().filter(|point| point.cost <= cost_max);
    let mut points: Vec<Point> = shown
        .filter_map(|point| Some(Point::new(point.cost.max(COST_MIN), point.tpr?)))
        .collect();
    points.extend(points.last().map(|last| Point::new(cost_max, last.y)));
    points
}

fn families(summary: &Summary) -> Option<Table> {
    let row = |part: &Part| {
        vec![
            part.name.as_str().into(),
            Cell::from(part.events as f64),
            Cell::from(part.allowed_as_they_were as f64),
            Cell::from((part.evaded - part.allowed_as_they_were) as f64),
            estimate(&part.area).into(),
            estimate(&part.median).into(),
        ]
    };
    let mut largest: Vec<&Part> = summary.by_family.iter().collect();
    largest.sort_by_key(|part| std::cmp::Reverse(part.events));
    let rows: Vec<Vec<Cell>> = largest.into_iter().take(ROWS_MAX).map(row).collect();
    let count = || ColumnKind::Figure(Form::Count);
    let number = || ColumnKind::Figure(Form::Number);
    (!rows.is_empty()).then(|| Table {
        caption: "By family".to_owned(),
        columns: vec![
            Column::new("family", ColumnKind::Text),
            Column::new("attacked", count()),
            Column::new("allowed as they were", count()),
            Column::new("evaded", count()),
            Column::new("area", number()),
            Column::new(
                format!("half evaded for, {}", summary.unit.word()),
                number(),
            ),
        ],
        rows,
        note: String::new(),
    })
}

fn attacks(summary: &Summary) -> Option<Table> {
    let mut most = summary.by_attack.clone();
    most.sort_by_key(|used| std::cmp::Reverse(used.events));
    let rows = most.iter().take(ROWS_MAX).map(|used| {
        vec![
            used.attack.into(),
            Cell::from(used.events as f64),
            Cell::from(used.alone as f64),
        ]
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    let count = || ColumnKind::Figure(Form::Count);
    (!rows.is_empty()).then(|| Table {
        caption: "By attack".to_owned(),
        columns: vec![
            Column::new("attack", ColumnKind::Code),
            Column::new("part of the cheapest evasion of", count()),
            Column::new("alone enough for", count()),
        ],
        rows,
        note: String::new(),
    })
}

fn examples(measured: &Measured) -> Option<Table> {
    let rows = measured.examples.iter().map(|example| {
        let line = &example.line;
        let changed = line.changed.as_ref().map(|changed| {
            let text = changed.as_str().map(str::to_owned);
            text.unwrap_or_else(|| changed.to_string())
        });
        vec![
            line.attack.join(", ").into(),
            line.cost.map_or(Cell::Empty, Cell::from),
            line.verified.map_or(Cell::Empty, |it| it.words().into()),
            example.was.as_str().into(),
            changed.map_or(Cell::Empty, Cell::from),
        ]
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    (!rows.is_empty()).then(|| Table {
        caption: "The cheapest evasions, one by each chain of attacks".to_owned(),
        columns: vec![
            Column::new("attacks", ColumnKind::Code),
            Column::new(
                measured.summary.unit.word(),
                ColumnKind::Figure(Form::Number),
            ),
            Column::new("still does its work", ColumnKind::Text),
            Column::new("before", ColumnKind::Code),
            Column::new("after", ColumnKind::Code),
        ],
        rows,
        note: String::new(),
    })
}

/// Who attacks, what is certified of whom, and what stood outside.
fn assumptions(measured: &Measured) -> Vec<Block> {
    let listed = |lines: Vec<String>| Block::List {
        items: lines.into_iter().map(Text::plain).collect(),
    };
    let threat = measured.threat.iter();
    let threat = threat.map(|line| format!("The attacker {} [{}].", line.text, line.name));
    let mut outside: Vec<String> = measured
        .summary
        .not_attacked
        .iter()
        .map(|it| format!("Not attacked: {it}."))
        .collect();
    outside.extend(
        measured
            .not_certified
            .iter()
            .map(|reason| format!("Nothing is certified: {reason}.")),
    );
    if !measured.certified.is_empty() {
        outside.push("A certificate is of the detector's signals: what an event costs to change that moves them so is at least as much.".to_owned());
    }
    vec![listed(threat.collect()), listed(outside)]
}
