//! Tests of the whole profile: merging, correlations, drift, and tables of every shape.

use std::borrow::Cow;
use std::sync::Arc;

use proptest::prelude::*;
use ringtrue_core::random::Random;
use ringtrue_core::{Cell, EventTime, Kind, Label, Limits, Trust, View};

use super::*;

/// A table under test: names, and rows of a month (0 for none), a class, a source and the cells.
#[derive(Clone, Debug)]
struct Row {
    month: i8,
    label: Option<Label>,
    source: Option<&'static str>,
    cells: Vec<Cell<'static>>,
}

fn row(cells: Vec<Cell<'static>>) -> Row {
    Row {
        month: 0,
        label: Some(Label::Benign),
        source: None,
        cells,
    }
}

fn names(names: &[&str]) -> Arc<[Arc<str>]> {
    names.iter().map(|name| Arc::from(*name)).collect()
}

fn profile(names: &Arc<[Arc<str>]>, rows: &[Row]) -> Profile {
    let mut profile = Profile::new(&Limits::default());
    for row in rows {
        profile.observe(&View {
            kind: Kind::Table,
            time: (row.month > 0).then(|| EventTime::from_date(2024, row.month, 3)),
            label_known: None,
            label: row.label,
            source: row.source.map(Cow::Borrowed),
            trust: Trust::Own,
            family: None,
            group: None,
            names,
            cells: row.cells.clone(),
        });
    }
    profile
}

fn word(text: &'static str) -> Cell<'static> {
    Cell::Text(Cow::Borrowed(text))
}

fn column<'a>(summary: &'a Summary, name: &str) -> &'a ColumnSummary {
    summary
        .columns
        .iter()
        .find(|column| column.name == name)
        .unwrap()
}

fn cells() -> impl Strategy<Value = Cell<'static>> {
    let words = prop::sample::select(vec![
        "tcp",
        "udp",
        "7",
        "-1.25",
        "true",
        "2024-01-05",
        "a long word that goes on",
        "",
    ]);
    prop_oneof![
        Just(Cell::Missing),
        any::<bool>().prop_map(Cell::Boolean),
        (-1000.0..1000.0_f64).prop_map(Cell::Number),
        (0..5_u8).prop_map(|number| Cell::Number(f64::from(number))),
        words.prop_map(word),
    ]
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let labels = prop::sample::select(vec![None, Some(Label::Benign), Some(Label::Malicious)]);
    let sources = prop::sample::select(vec![None, Some("proxy"), Some("feed")]);
    let row = (
        0..4_i8,
        labels,
        sources,
        prop::collection::vec(cells(), 0..=3),
    );
    let row = row.prop_map(|(month, label, source, cells)| Row {
        month,
        label,
        source,
        cells,
    });
    prop::collection::vec(row, 0..60)
}

fn near(left: Option<f64>, right: Option<f64>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => (left - right).abs() <= 1e-9 * (1.0 + left.abs()),
        (left, right) => left == right,
    }
}

/// Checks that two summaries are the same: exactly, but for the rounding of means, deviations and correlations. The quantiles of so few events are
/// exact too.
fn check_same(left: &Summary, right: &Summary) {
    assert_eq!(
        (left.events, left.by_class, left.copies),
        (right.events, right.by_class, right.copies)
    );
    assert_eq!(
        (&left.sources, &left.periods),
        (&right.sources, &right.periods)
    );
    assert_eq!(left.columns.len(), right.columns.len());
    for one in &left.columns {
        let other = column(right, &one.name);
        assert_eq!(
            (one.kind, one.missing, one.distinct),
            (other.kind, other.missing, other.distinct),
            "{}",
            one.name
        );
        let sorted = |summary: &ColumnSummary| {
            let mut values: Vec<String> = summary
                .frequent
                .iter()
                .map(|value| format!("{value:?}"))
                .collect();
            values.sort();
            values
        };
        if one.distinct.count <= 12.0 {
            assert_eq!(sorted(one), sorted(other));
        }
        for (mine, theirs) in one.numbers.iter().zip(&other.numbers) {
            assert_eq!(
                (mine.count, mine.min.to_bits(), mine.max.to_bits()),
                (theirs.count, theirs.min.to_bits(), theirs.max.to_bits())
            );
            assert_eq!(mine.quantiles, theirs.quantiles);
            assert!(
                near(Some(mine.mean), Some(theirs.mean)) && near(mine.deviation, theirs.deviation)
            );
        }
        assert_eq!(one.numbers.is_some(), other.numbers.is_some());
        for (mine, theirs) in [
            (&one.by_class, &other.by_class),
            (&one.by_source, &other.by_source),
            (&one.by_period, &other.by_period),
        ] {
            assert_eq!(mine.len(), theirs.len());
            for (mine, theirs) in mine.iter().zip(theirs) {
                assert_eq!(
                    (&mine.name, mine.events, mine.missing, mine.quartiles),
                    (
                        &theirs.name,
                        theirs.events,
                        theirs.missing,
                        theirs.quartiles
                    )
                );
                assert!(near(mine.mean, theirs.mean) && near(mine.deviation, theirs.deviation));
            }
        }
    }
    check_same_pairs(left, right);
}

fn check_same_pairs(left: &Summary, right: &Summary) {
    assert_eq!(left.correlations.len(), right.correlations.len());
    for pair in &left.correlations {
        let other = right.correlations.iter().find(|other| {
            (&other.left, &other.right) == (&pair.left, &pair.right)
                || (&other.left, &other.right) == (&pair.right, &pair.left)
        });
        let other = other.unwrap();
        assert_eq!(pair.events, other.events);
        assert!(
            (pair.pearson - other.pearson).abs() < 1e-9,
            "{pair:?} {other:?}"
        );
    }
}

proptest! {
    #[test]
    fn two_days_are_the_merge_of_each_day_s(first in rows(), second in rows()) {
        let names = names(&["a", "b", "c"]);
        // Events without times fall into parts by their place: these are few enough for one part each, which the second day's begin anew.
        let timed = |rows: Vec<Row>| -> Vec<Row> {
            rows.into_iter().map(|row| Row { month: row.month.max(1), ..row }).collect()
        };
        let (first, second) = (timed(first), timed(second));
        let both: Vec<Row> = first.iter().chain(&second).cloned().collect();
        let whole = profile(&names, &both).finish();
        check_same(&whole, &profile(&names, &first).merge(profile(&names, &second)).finish());
    }

    #[test]
    fn a_profile_that_was_written_is_read_back(rows in rows()) {
        let names = names(&["a", "b", "c"]);
        let mut written = profile(&names, &rows);
        let document = written.document().unwrap();
        let mut read = Profile::of_document(&document, &Limits::default()).unwrap();
        prop_assert_eq!(read.document().unwrap(), document);
        prop_assert_eq!(read.finish(), written.finish());
    }
}

#[test]
fn documents_that_no_profile_can_have_written_are_refused() {
    let names = names(&["a", "b"]);
    let rows: Vec<Row> = (0..20)
        .map(|step| row(vec![Cell::Number(f64::from(step)), word("x")]))
        .collect();
    let document = profile(&names, &rows).document().unwrap();
    let read = |text: &str| Profile::of_document(text, &Limits::default());
    assert!(read(&document).is_ok());
    for (from, to) in [
        ("\"format\":1", "\"format\":2"),
        ("\"name\":\"b\"", "\"name\":\"a\""),
        ("\"slot\":0", "\"slot\":9"),
        ("\"part_events\":1024", "\"part_events\":0"),
        ("\"class\":0", "\"class\":7"),
        ("{", "["),
    ] {
        assert!(document.contains(from), "{from}");
        assert!(read(&document.replacen(from, to, 1)).is_err(), "{from}");
    }
}

/// Two passes over the pairs in which both stand.
fn naive_pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let both: Vec<(f64, f64)> = pairs
        .iter()
        .copied()
        .filter(|(x, y)| !x.is_nan() && !y.is_nan())
        .collect();
    let count = both.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| both.iter().map(of).sum::<f64>() / count;
    let (x_mean, y_mean) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum = |term: &dyn Fn(f64, f64) -> f64| {
        both.iter()
            .map(|(x, y)| term(x - x_mean, y - y_mean))
            .sum::<f64>()
    };
    let (xx, yy) = (sum(&|x, _| x * x), sum(&|_, y| y * y));
    (count >= 3.0 && xx > 0.0 && yy > 0.0).then(|| sum(&|x, y| x * y) / (xx.sqrt() * yy.sqrt()))
}

fn cell(number: f64) -> Cell<'static> {
    if number.is_nan() {
        Cell::Missing
    } else {
        Cell::Number(number)
    }
}

#[test]
fn correlations_are_those_of_two_passes_with_holes_and_offsets() {
    let mut random = Random::new(5);
    let table: Vec<[f64; 6]> = (0..5_000)
        .map(|step| {
            let base = random.unit();
            let hole = |value: f64, random: &mut Random, share| {
                if random.chance(share) {
                    f64::NAN
                } else {
                    value
                }
            };
            [
                base,
                1e9 + base + random.unit() * 0.1,
                hole(-base * 1e-6 + random.unit() * 1e-7, &mut random, 0.3),
                hole(f64::from(step), &mut random, 0.9),
                7.25,
                random.unit(),
            ]
        })
        .collect();
    let columns = ["a", "b", "c", "d", "e", "f"];
    let rows: Vec<Row> = table
        .iter()
        .map(|values| row(values.iter().map(|value| cell(*value)).collect()))
        .collect();
    let (first, second) = rows.split_at(1_700);
    let names = names(&columns);
    for summary in [
        profile(&names, &rows).finish(),
        profile(&names, first)
            .merge(profile(&names, second))
            .finish(),
    ] {
        for left in 0..6 {
            for right in left + 1..6 {
                let pairs: Vec<(f64, f64)> = table
                    .iter()
                    .map(|values| (values[left], values[right]))
                    .collect();
                let found = summary
                    .correlations
                    .iter()
                    .find(|pair| pair.left == columns[left] && pair.right == columns[right]);
                match naive_pearson(&pairs) {
                    Some(expected) => {
                        let found = found.unwrap();
                        assert!(
                            (found.pearson - expected).abs() < 1e-9,
                            "{found:?}: {expected}"
                        );
                    }
                    None => assert_eq!(found, None),
                }
            }
        }
    }
}

#[test]
fn correlations_and_figures_are_those_of_numpy() {
    // numpy 2.4.6: x = arange(10.)**2; y = sin(arange(10.)); corrcoef(x, y)[0, 1]; x.std(ddof=1); y.mean()
    let names = names(&["x", "y"]);
    let rows: Vec<Row> = (0..10)
        .map(f64::from)
        .map(|step| row(vec![cell(step * step), cell(step.sin())]))
        .collect();
    let summary = profile(&names, &rows).finish();
    assert!((summary.correlations[0].pearson - 0.185_646_852_542_433_57).abs() < 1e-12);
    let deviation = column(&summary, "x")
        .numbers
        .as_ref()
        .unwrap()
        .deviation
        .unwrap();
    assert!(
        (deviation - 28.304_887_681_576_6).abs() < 1e-9,
        "{deviation}"
    );
    assert!(
        (column(&summary, "y").numbers.as_ref().unwrap().mean - 0.195_520_948_210_738).abs()
            < 1e-15
    );
}

#[test]
fn only_what_moves_far_beyond_chance_has_moved() {
    let names = names(&["steady", "mean", "word", "hole", "slightly"]);
    let mut random = Random::new(11);
    let rows: Vec<Row> = (0..40_000)
        .map(|step| {
            let later = step >= 20_000;
            let month = if later { 2 } else { 1 };
            let cells = vec![
                cell(random.exponential(1.0)),
                cell(random.unit() + if later { 0.4 } else { 0.0 }),
                word(if random.chance(if later { 0.4 } else { 0.1 }) {
                    "udp"
                } else {
                    "tcp"
                }),
                cell(if later && random.chance(0.2) {
                    f64::NAN
                } else {
                    random.unit()
                }),
                // Certain with so many events, and of no weight.
                cell(random.unit() + if later { 0.02 } else { 0.0 }),
            ];
            Row {
                month,
                ..row(cells)
            }
        })
        .collect();
    let summary = profile(&names, &rows).finish();
    assert_eq!(summary.later_from.as_deref(), Some("2024-02"));
    let moved: Vec<&str> = summary
        .columns
        .iter()
        .filter(|column| column.drift.as_ref().unwrap().verdict == Moved::Moved)
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(moved, ["mean", "word", "hole"]);
}

#[test]
fn nothing_moves_by_chance() {
    let columns: Vec<String> = (0..40).map(|number| format!("c{number}")).collect();
    let names: Arc<[Arc<str>]> = columns
        .iter()
        .map(|name| Arc::from(name.as_str()))
        .collect();
    let mut random = Random::new(3);
    for events in [24_u64, 200, 5_000] {
        let rows: Vec<Row> = (0..events)
            .map(|step| {
                let numbers = (0..40).map(|number| {
                    cell(if number % 2 == 0 {
                        random.exponential(1.0)
                    } else {
                        random.below(30) as f64
                    })
                });
                Row {
                    month: if step < events / 2 { 1 } else { 2 },
                    ..row(numbers.collect())
                }
            })
            .collect();
        for column in profile(&names, &rows).finish().columns {
            assert_eq!(
                column.drift.unwrap().verdict,
                Moved::Steady,
                "{} of {events}",
                column.name
            );
        }
    }
}

#[test]
fn events_without_times_are_compared_by_place() {
    let names = names(&["a"]);
    let rows: Vec<Row> = (0..200_000)
        .map(|step| row(vec![cell(if step < 100_000 { 0.0 } else { 1.0 })]))
        .collect();
    let summary = profile(&names, &rows).finish();
    assert!(
        summary.periods.len() > 8 && summary.periods.len() <= 32,
        "{}",
        summary.periods.len()
    );
    assert_eq!(
        column(&summary, "a").drift.as_ref().unwrap().verdict,
        Moved::Moved
    );
    let halves = rows.split_at(90_000);
    let merged = profile(&names, halves.0)
        .merge(profile(&names, halves.1))
        .finish();
    assert_eq!((merged.events, merged.copies), (200_000, 199_998));
    assert_eq!(
        column(&merged, "a").drift.as_ref().unwrap().verdict,
        Moved::Moved
    );
}

#[test]
fn tables_of_every_shape_give_clear_answers() {
    assert_eq!(Profile::new(&Limits::default()).finish().events, 0);
    let one = profile(&names(&["a", "b"]), &[row(vec![cell(1.0), Cell::Missing])]).finish();
    assert_eq!(
        (one.copies, one.columns[0].kind, one.columns.len()),
        (0, ColumnKind::Number, 2)
    );
    assert_eq!(
        (one.columns[1].kind, one.columns[1].missing),
        (ColumnKind::Empty, 1)
    );
    assert_eq!(
        (
            one.columns[0].drift.clone(),
            one.correlations.len(),
            one.columns[0].histogram.clone()
        ),
        (None, 0, None)
    );
    let missing = profile(&names(&["a"]), &vec![row(vec![Cell::Missing]); 3_000]).finish();
    assert_eq!((missing.copies, missing.columns[0].missing), (2_999, 3_000));
    let constant = profile(
        &names(&["a", "b"]),
        &vec![row(vec![cell(0.1), word("x")]); 3_000],
    )
    .finish();
    assert_eq!(
        (
            constant.copies,
            constant.columns[0].distinct.count.to_bits()
        ),
        (2_999, 1.0_f64.to_bits())
    );
    assert_eq!(
        constant.columns[0].numbers.as_ref().unwrap().deviation,
        Some(0.0)
    );
    let wide: Vec<String> = (0..20_000).map(|number| format!("c{number}")).collect();
    let wide: Arc<[Arc<str>]> = wide.iter().map(|name| Arc::from(name.as_str())).collect();
    let limits = Limits::default();
    let summary = profile(&wide, &vec![row(vec![cell(2.0); 20_000]); 3]).finish();
    assert_eq!(summary.columns.len(), limits.columns_max);
    assert_eq!(
        summary.uncorrelated.len(),
        limits.columns_max - limits.profile_correlated_columns_max
    );
}

#[test]
fn copies_sources_and_classes_are_counted() {
    let names = names(&["a", "b"]);
    let mut rows = Vec::new();
    for step in 0..100_u32 {
        let label = if step % 4 == 0 {
            Label::Malicious
        } else {
            Label::Benign
        };
        let source = if step % 2 == 0 { "proxy" } else { "feed" };
        let cells = vec![
            cell(f64::from(step % 50)),
            if step < 10 {
                Cell::Missing
            } else {
                word("tcp")
            },
        ];
        rows.push(Row {
            label: Some(label),
            source: Some(source),
            ..row(cells)
        });
    }
    let summary = profile(&names, &rows).finish();
    assert_eq!((summary.by_class, summary.copies), ([75, 25, 0], 40));
    assert_eq!(summary.sources[0].name, "feed");
    assert_eq!(summary.sources[1].by_class, [25, 25, 0]);
    let words = column(&summary, "b");
    assert_eq!(
        (words.kind, words.missing, words.by_source[0].missing),
        (ColumnKind::Word, 10, 5)
    );
    assert_eq!(words.frequent[0].by_class, [68, 22, 0]);
    assert_eq!(
        words
            .by_class
            .iter()
            .map(|group| group.missing)
            .collect::<Vec<u64>>(),
        [7, 3]
    );
}
