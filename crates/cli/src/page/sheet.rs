//! The data sheet as a section of a report: what each column holds, by class and month, with plots of those that tell the classes apart most.
//!
//! What the task hides from the reader is left out: of a hidden column its kind, its missing values and how many differ are told, and no value.

use ringtrue_core::EventTime;
use ringtrue_report::{
    Axis, Bin, Block, Cell, Column, ColumnKind as Kind, Estimate, Form, Marks, Plot, Point, Reader,
    Role, Scale, Section, Series, Table, Text,
};
use ringtrue_vet::profile::{
    ColumnKind, ColumnSummary, Distinct, Moved, Numbers, Part, RANK_ERROR, Shown, Summary,
};

use crate::revealed::Revealed;

/// Columns that the table lists; the JSON has all.
const LISTED_MAX: usize = 300;
/// Columns that are drawn.
const DRAWN_MAX: usize = 12;
/// Pairs of columns that are listed, and the least correlation of one.
const PAIRS_MAX: usize = 20;
pub(crate) const CORRELATION_MIN: f64 = 0.5;
/// Share of events without a value from which a column's missing values are drawn by month.
const MISSING_MIN: f64 = 0.005;

/// Leaves out what the reader may not see.
pub(crate) fn revealed(mut summary: Summary, revealed: Revealed<'_>) -> Summary {
    for column in &mut summary.columns {
        if revealed.shows(&column.name) {
            continue;
        }
        column.numbers = None;
        column.frequent.clear();
        column.histogram = None;
        for group in column
            .by_class
            .iter_mut()
            .chain(&mut column.by_source)
            .chain(&mut column.by_period)
        {
            (group.mean, group.deviation, group.quartiles) = (None, None, None);
        }
    }
    if !revealed.shows_source() {
        summary.sources.clear();
        for column in &mut summary.columns {
            column.by_source.clear();
        }
    }
    summary
}

/// Leaves out the values themselves: what a report of a store repeats, nobody can remove from it.
pub(crate) fn without_values(mut summary: Summary) -> Summary {
    for column in &mut summary.columns {
        column.frequent.clear();
    }
    summary
}

/// Returns the section.
pub(crate) fn section(summary: &Summary) -> Section {
    let mut blocks = vec![Block::paragraph(Text::plain(opening(summary)))];
    blocks.push(Block::Table(columns_table(summary)));
    if summary.sources.len() > 1 {
        blocks.push(Block::Table(parts_table(
            "Events by source",
            "source",
            &summary.sources,
        )));
    }
    let strong: Vec<Vec<Cell>> = strong_pairs(summary);
    if !strong.is_empty() {
        blocks.push(Block::Table(pairs_table(strong)));
    }
    blocks.extend(plots(summary).into_iter().map(Block::Plot));
    Section {
        id: "sheet".to_owned(),
        title: "Data sheet".to_owned(),
        reader: Reader::Both,
        blocks,
    }
}

/// Returns the section on the signals of the events that checks looked at.
pub(crate) fn signals_section(summary: &Summary) -> Section {
    let said = format!(
        "What intake computes of the {} events that checks looked at.",
        summary.events
    );
    let mut table = columns_table(summary);
    "Signals".clone_into(&mut table.caption);
    let mut blocks = vec![Block::paragraph(Text::plain(said)), Block::Table(table)];
    let strong = strong_pairs(summary);
    if !strong.is_empty() {
        blocks.push(Block::Table(pairs_table(strong)));
    }
    blocks.extend(distributions(summary).map(Block::Plot));
    Section {
        id: "signals".to_owned(),
        title: "Signals".to_owned(),
        reader: Reader::DataScientist,
        blocks,
    }
}

fn opening(summary: &Summary) -> String {
    let [benign, malicious, undecided] = summary.by_class;
    let about = if summary.distinct_events.relative_error > 0.0 {
        "about "
    } else {
        ""
    };
    let times = match (summary.periods.first(), summary.periods.last()) {
        (Some(first), Some(last)) if summary.periods.len() > 1 => {
            format!(", {} to {}", first.name, last.name)
        }
        _ => String::new(),
    };
    format!(
        "{} events{times}: {benign} benign, {malicious} malicious, {undecided} undecided. {about}{} hold the same as an earlier one.",
        summary.events, summary.copies
    )
}

fn columns_table(summary: &Summary) -> Table {
    let number = || Kind::Figure(Form::Number);
    let events = summary.events.max(1) as f64;
    let rows = summary.columns.iter().take(LISTED_MAX);
    let beyond = summary.columns.len().saturating_sub(LISTED_MAX);
    let later = summary.later_from.as_deref().map_or(String::new(), |period| {
        format!(" A column has moved if it looks different from {period} on than before, beyond what chance explains.")
    });
    let left_out = if beyond > 0 {
        format!(" {beyond} more columns are in the JSON.")
    } else {
        String::new()
    };
    Table {
        caption: "Columns".to_owned(),
        columns: vec![
            Column::new("column", Kind::Text),
            Column::new("kind", Kind::Text),
            Column::new("missing", Kind::Figure(Form::Percent)),
            Column::new("different values", Kind::Text),
            Column::new("least", Kind::Text),
            Column::new("median", Kind::Text),
            Column::new("most", Kind::Text),
            Column::new("mean", number()),
            Column::new("most often", Kind::Text),
            Column::new("later", Kind::Text),
        ],
        rows: rows.map(|column| column_row(column, events)).collect(),
        note: format!(
            "A median lies within {:.1} points of the 50 %.{later}{left_out}",
            RANK_ERROR * 100.0
        ),
    }
}

fn column_row(column: &ColumnSummary, events: f64) -> Vec<Cell> {
    let is_time = column.kind == ColumnKind::Time;
    let shown = |number: Option<f64>| {
        number.map_or(Cell::Empty, |number| Cell::from(written(number, is_time)))
    };
    let numbers = column.numbers.as_ref();
    let often = column.frequent.first().map_or(Cell::Empty, |value| {
        let share = value.count as f64 / events * 100.0;
        Cell::from(format!(
            "{} ({share:.1} %)",
            value_text(&value.value, is_time)
        ))
    });
    let mean = numbers
        .filter(|_| !is_time)
        .map_or(Cell::Empty, |numbers| Cell::from(numbers.mean));
    vec![
        column.name.clone().into(),
        column.kind.word().into(),
        Estimate::exact(column.missing as f64 / events).into(),
        distinct(&column.distinct).into(),
        shown(numbers.map(|numbers| numbers.min)),
        shown(numbers.and_then(median)),
        shown(numbers.map(|numbers| numbers.max)),
        mean,
        often,
        later(column).into(),
    ]
}

fn median(numbers: &Numbers) -> Option<f64> {
    let found = numbers
        .quantiles
        .iter()
        .find(|(share, _)| share.total_cmp(&0.5).is_eq());
    found.map(|(_, number)| *number)
}

fn distinct(distinct: &Distinct) -> String {
    if distinct.relative_error > 0.0 {
        format!(
            "about {} (± {:.1} %)",
            distinct.count,
            distinct.relative_error * 100.0
        )
    } else {
        distinct.count.to_string()
    }
}

fn later(column: &ColumnSummary) -> String {
    match &column.drift {
        None => String::new(),
        Some(drift) => match drift.verdict {
            Moved::Steady => "steady".to_owned(),
            Moved::Moved => format!("moved ({:.2})", drift.beyond_chance),
            Moved::CannotTell => "cannot tell".to_owned(),
        },
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "times were whole microseconds"
)]
fn written(number: f64, is_time: bool) -> String {
    if is_time {
        EventTime(number as i64).to_string()
    } else {
        number.to_string()
    }
}

fn value_text(value: &Shown, is_time: bool) -> String {
    match value {
        Shown::Number(number) => written(*number, is_time),
        Shown::Word(text) => text.to_string(),
    }
}

fn parts_table(caption: &str, called: &str, parts: &[Part]) -> Table {
    let number = || Kind::Figure(Form::Count);
    let row = |part: &Part| -> Vec<Cell> {
        let counts = part.by_class.iter().map(|count| Cell::from(*count as f64));
        std::iter::once(Cell::from(part.name.clone()))
            .chain(counts)
            .collect()
    };
    Table {
        caption: caption.to_owned(),
        columns: vec![
            Column::new(called, Kind::Text),
            Column::new("benign", number()),
            Column::new("malicious", number()),
            Column::new("undecided", number()),
        ],
        rows: parts.iter().map(row).collect(),
        note: String::new(),
    }
}

fn strong_pairs(summary: &Summary) -> Vec<Vec<Cell>> {
    let strong = summary
        .correlations
        .iter()
        .take_while(|pair| pair.pearson.abs() >= CORRELATION_MIN);
    strong
        .take(PAIRS_MAX)
        .map(|pair| {
            vec![
                pair.left.clone().into(),
                pair.right.clone().into(),
                pair.pearson.into(),
                Estimate::exact(pair.events as f64).into(),
            ]
        })
        .collect()
}

fn pairs_table(rows: Vec<Vec<Cell>>) -> Table {
    Table {
        caption: "Columns whose numbers go together".to_owned(),
        columns: vec![
            Column::new("column", Kind::Text),
            Column::new("with", Kind::Text),
            Column::new("Pearson's correlation", Kind::Figure(Form::Number)),
            Column::new("events", Kind::Figure(Form::Count)),
        ],
        rows,
        note: "Over the events in which both numbers stand.".to_owned(),
    }
}

fn plots(summary: &Summary) -> Vec<Plot> {
    let mut plots: Vec<Plot> = by_period(summary).into_iter().collect();
    plots.extend(missing(summary));
    plots.extend(distributions(summary));
    plots
}

/// Returns the distributions by class of what tells the classes apart most.
fn distributions(summary: &Summary) -> impl Iterator<Item = Plot> {
    let mut ranked: Vec<(f64, Plot)> = summary
        .columns
        .iter()
        .filter_map(|column| histogram(column).or_else(|| values(column)))
        .collect();
    ranked.sort_by(|left, right| right.0.total_cmp(&left.0));
    ranked.into_iter().take(DRAWN_MAX).map(|(_, plot)| plot)
}

const CLASSES: [(&str, Role); 3] = [
    ("benign", Role::Benign),
    ("malicious", Role::Malicious),
    ("undecided", Role::Reference),
];

fn names_of(parts: &[Part]) -> Scale {
    Scale::Category {
        names: parts.iter().map(|part| part.name.clone()).collect(),
    }
}

fn by_period(summary: &Summary) -> Option<Plot> {
    let periods = &summary.periods;
    let series = CLASSES
        .iter()
        .enumerate()
        .filter(|(class, _)| summary.by_class[*class] > 0);
    let series = series.map(|(class, (name, role))| {
        let points = periods.iter().enumerate();
        let points = points.map(|(at, part)| Point::new(at as f64, part.by_class[class] as f64));
        Series::new(
            *name,
            *role,
            Marks::Line {
                points: points.collect(),
            },
        )
    });
    (periods.len() > 1).then(|| Plot {
        title: "Events over time".to_owned(),
        description: "How many events of each class each period holds.".to_owned(),
        x: Axis::new("period", names_of(periods), Form::Number),
        y: Axis::new("events", Scale::Linear, Form::Count),
        series: series.collect(),
        markers: Vec::new(),
    })
}

fn missing(summary: &Summary) -> Option<Plot> {
    let events = summary.events.max(1) as f64;
    let mut with_holes: Vec<&ColumnSummary> = summary
        .columns
        .iter()
        .filter(|column| {
            column.missing as f64 / events >= MISSING_MIN && column.by_period.len() > 1
        })
        .collect();
    with_holes.sort_by_key(|column| std::cmp::Reverse(column.missing));
    let series = with_holes.iter().take(DRAWN_MAX).map(|column| {
        let points = column.by_period.iter().enumerate();
        let points = points.map(|(at, group)| {
            Point::new(at as f64, group.missing as f64 / group.events.max(1) as f64)
        });
        Series::new(
            column.name.clone(),
            Role::Rival,
            Marks::Line {
                points: points.collect(),
            },
        )
    });
    (!with_holes.is_empty()).then(|| Plot {
        title: "Missing values over time".to_owned(),
        description:
            "Which share of the events of each period has no value, for the columns that lack most."
                .to_owned(),
        x: Axis::new("period", names_of(&summary.periods), Form::Number),
        y: Axis::new("share missing", Scale::Linear, Form::Percent),
        series: series.collect(),
        markers: Vec::new(),
    })
}

/// Returns by how much the shares of two classes differ: 0 if they are the same, 1 if nothing is common.
fn apart(benign: &[f64], malicious: &[f64]) -> f64 {
    let all = |counts: &[f64]| counts.iter().sum::<f64>().max(1.0);
    let (of_benign, of_malicious) = (all(benign), all(malicious));
    let pairs = benign.iter().zip(malicious);
    pairs
        .map(|(benign, malicious)| (benign / of_benign - malicious / of_malicious).abs() / 2.0)
        .sum()
}

fn histogram(column: &ColumnSummary) -> Option<(f64, Plot)> {
    let histogram = column
        .histogram
        .as_ref()
        .filter(|_| column.distinct.count > 12.0)?;
    let [benign, malicious, _] = &histogram.by_class;
    let is_time = column.kind == ColumnKind::Time;
    let series = CLASSES
        .iter()
        .zip(&histogram.by_class)
        .filter(|(_, counts)| counts.iter().sum::<f64>() > 0.0);
    let series = series.map(|((name, role), counts)| {
        let bins = histogram.edges.windows(2).zip(counts);
        let bins = bins.map(|(edges, count)| Bin {
            from: edges[0],
            to: edges[1],
            count: *count,
        });
        Series::new(
            *name,
            *role,
            Marks::Histogram {
                bins: bins.collect(),
            },
        )
    });
    let plot = Plot {
        title: column.name.clone(),
        description: format!(
            "About how many events of each class have which number in the column {}; the outermost bars hold what lies beyond too.",
            column.name
        ),
        x: Axis::new(
            column.name.clone(),
            if is_time { Scale::Time } else { Scale::Linear },
            Form::Number,
        ),
        y: Axis::new("events", Scale::Linear, Form::Count),
        series: series.collect(),
        markers: Vec::new(),
    };
    Some((apart(benign, malicious), plot))
}

fn values(column: &ColumnSummary) -> Option<(f64, Plot)> {
    let is_time = column.kind == ColumnKind::Time;
    let names = column
        .frequent
        .iter()
        .map(|value| value_text(&value.value, is_time))
        .collect();
    let counts = |class: usize| -> Vec<f64> {
        column
            .frequent
            .iter()
            .map(|value| value.by_class[class] as f64)
            .collect()
    };
    let series = CLASSES
        .iter()
        .enumerate()
        .map(|(class, (name, role))| (counts(class), name, role));
    let series = series
        .filter(|(counts, ..)| counts.iter().sum::<f64>() > 0.0)
        .map(|(counts, name, role)| {
            let points = counts
                .iter()
                .enumerate()
                .map(|(at, count)| Point::new(at as f64, *count));
            Series::new(
                *name,
                *role,
                Marks::Bars {
                    points: points.collect(),
                },
            )
        });
    (column.frequent.len() > 1).then(|| {
        let plot = Plot {
            title: column.name.clone(),
            description: format!("How many events of each class have which value in the column {}: the values that come most often.", column.name),
            x: Axis::new(column.name.clone(), Scale::Category { names }, Form::Number),
            y: Axis::new("events", Scale::Linear, Form::Count),
            series: series.collect(),
            markers: Vec::new(),
        };
        (apart(&counts(0), &counts(1)), plot)
    })
}
