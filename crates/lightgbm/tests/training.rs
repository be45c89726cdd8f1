//! Trains small forests through the public interface: reproducible bytes, what the parameters
//! do, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test whose set-up fails has failed")]

use std::ops::ControlFlow;

use ringtrue_lightgbm::{Booster, Dataset, LightGbmError, Parameters};

const COLUMNS: usize = 12;

/// A table with missing values, a sparse and a categorical column, and labels that depend on it.
struct Table {
    values: Vec<f32>,
    labels: Vec<f32>,
    rows: usize,
}

/// Uniform numbers in 0..1 by the splitmix64 generator.
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let top = u16::try_from((mixed ^ (mixed >> 31)) >> 48).unwrap();
        f32::from(top) / 65_536.0
    }
}

fn table(rows: usize) -> Table {
    let mut uniform = Uniform(7);
    let mut values = Vec::with_capacity(rows * COLUMNS);
    let mut labels = Vec::with_capacity(rows);
    for _ in 0..rows {
        let mut row: Vec<f32> = (0..COLUMNS).map(|_| uniform.next()).collect();
        row[0] = (row[0] * 9.0).floor();
        for sparse in &mut row[8..] {
            *sparse = if *sparse < 0.03 { 1.0 } else { 0.0 };
        }
        let odds = row[1] + 2.0 * row[2] * row[3] + 0.1 * row[0] + row[9];
        labels.push(f32::from(odds + uniform.next() > 2.3));
        if uniform.next() < 0.1 {
            row[4] = f32::NAN;
        }
        values.extend(row);
    }
    Table {
        values,
        labels,
        rows,
    }
}

fn dataset(table: &Table, parameters: &Parameters) -> Dataset {
    let mut dataset =
        Dataset::from_rows(&table.values, table.rows, COLUMNS, parameters, &[0]).unwrap();
    dataset.set_label(&table.labels).unwrap();
    dataset
}

fn go(_done: u32, _of: u32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn train(table: &Table, parameters: &Parameters) -> Booster {
    Booster::train(&dataset(table, parameters), parameters, &mut go).unwrap()
}

// Sums of 32-bit gradients in 64-bit floats are exact while their magnitudes are close, and then
// their order does not show. The weights' spread over eight powers of ten makes it show: with
// histograms by row, or with bundled columns, this test fails.
#[test]
fn the_same_rows_give_the_same_bytes_on_one_and_on_several_threads() {
    let table = table(20_000);
    let mut uniform = Uniform(11);
    let weights: Vec<f32> = (0..table.rows)
        .map(|_| 10_f32.powf(8.0 * uniform.next() - 4.0))
        .collect();
    let text = |threads| {
        let parameters = Parameters {
            iterations: 30,
            feature_fraction: 0.7,
            bagging_fraction: 0.8,
            bagging_freq: 1,
            threads,
            ..Parameters::default()
        };
        let mut dataset = dataset(&table, &parameters);
        dataset.set_weight(&weights).unwrap();
        Booster::train(&dataset, &parameters, &mut go)
            .unwrap()
            .model_text()
    };
    let one = text(1);
    assert!(one.contains("Tree=29"));
    assert!(one == text(2), "two threads gave other bytes than one");
    assert!(one == text(3), "three threads gave other bytes than one");
    assert!(
        one == text(1),
        "a second run gave other bytes than the first"
    );
}

#[test]
fn a_forest_read_from_its_text_scores_as_before() {
    let table = table(2_000);
    let booster = train(
        &table,
        &Parameters {
            iterations: 10,
            ..Parameters::default()
        },
    );
    let copy = Booster::from_text(&booster.model_text()).unwrap();
    let scores = booster
        .predict_raw(&table.values, table.rows, COLUMNS)
        .unwrap();
    assert_eq!(
        scores,
        copy.predict_raw(&table.values, table.rows, COLUMNS)
            .unwrap()
    );
    assert_eq!(booster.model_text(), copy.model_text());
    let mean = |label: f32| {
        let of_class = scores
            .iter()
            .zip(&table.labels)
            .filter(|(_, is)| **is >= label);
        of_class.clone().map(|(score, _)| score).sum::<f64>() / of_class.count() as f64
    };
    assert!(mean(1.0) > mean(0.0) + 0.5);
}

#[test]
fn gains_go_to_the_columns_that_decide() {
    let gains = train(&table(5_000), &Parameters::default())
        .gains()
        .unwrap();
    assert_eq!(gains.len(), COLUMNS);
    assert!(gains[2] > 2.0 * gains[5], "{gains:?}");
}

#[test]
fn a_falling_constraint_makes_scores_fall() {
    let table = table(5_000);
    let mut constraints = vec![0; COLUMNS];
    constraints[1] = -1;
    constraints[2] = 1;
    let parameters = Parameters {
        monotone_constraints: constraints,
        ..Parameters::default()
    };
    let booster = train(&table, &parameters);
    let mut ladder = Vec::new();
    for step in 0..100_u8 {
        let mut row = table.values[..COLUMNS].to_vec();
        row[1] = f32::from(step) / 100.0;
        ladder.extend(row);
    }
    let scores = booster.predict_raw(&ladder, 100, COLUMNS).unwrap();
    assert!(
        scores.windows(2).all(|pair| pair[1] <= pair[0]),
        "{scores:?}"
    );
    let free = train(&table, &Parameters::default())
        .predict_raw(&ladder, 100, COLUMNS)
        .unwrap();
    assert!(
        free.windows(2).any(|pair| pair[1] > pair[0]),
        "the free forest falls as well"
    );
}

#[test]
fn weights_and_initial_scores_reach_the_forest() {
    let table = table(2_000);
    let parameters = Parameters {
        iterations: 5,
        ..Parameters::default()
    };
    let plain = train(&table, &parameters);
    let mut weighted = dataset(&table, &parameters);
    let weights: Vec<f32> = table.labels.iter().map(|label| 1.0 + 9.0 * label).collect();
    weighted.set_weight(&weights).unwrap();
    let weighted = Booster::train(&weighted, &parameters, &mut go).unwrap();
    let first = |booster: &Booster| {
        booster
            .predict_raw(&table.values, table.rows, COLUMNS)
            .unwrap()
            .iter()
            .sum::<f64>()
    };
    assert!(first(&weighted) > first(&plain) + 500.0);

    let mut started = dataset(&table, &parameters);
    started.set_init_score(&vec![5.0; table.rows]).unwrap();
    let started = Booster::train(&started, &parameters, &mut go).unwrap();
    assert!(
        first(&started) < -500.0,
        "trees must correct the score they start from"
    );
}

#[test]
fn progress_counts_up_and_can_stop() {
    let table = table(500);
    let parameters = Parameters {
        iterations: 4,
        ..Parameters::default()
    };
    let dataset = dataset(&table, &parameters);
    let mut seen = Vec::new();
    Booster::train(&dataset, &parameters, &mut |done, of| {
        seen.push((done, of));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(seen, [(1, 4), (2, 4), (3, 4), (4, 4)]);
    let stopped = Booster::train(&dataset, &parameters, &mut |done, _| match done {
        2 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    assert_eq!(stopped.err(), Some(LightGbmError::Stopped { after: 2 }));
}

#[test]
fn a_progress_callback_cannot_call_back() {
    let table = table(500);
    let parameters = Parameters {
        iterations: 1,
        ..Parameters::default()
    };
    let dataset = dataset(&table, &parameters);
    let mut inner = None;
    Booster::train(&dataset, &parameters, &mut |_, _| {
        inner = Booster::train(&dataset, &parameters, &mut go).err();
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(inner, Some(LightGbmError::Nested));
}

#[test]
fn one_class_gives_a_forest_without_splits() {
    let mut table = table(500);
    table.labels.fill(0.0);
    let booster = train(&table, &Parameters::default());
    let scores = booster
        .predict_raw(&table.values, table.rows, COLUMNS)
        .unwrap();
    assert!(scores.iter().all(|score| score.is_finite() && *score < 0.0));
}

#[test]
fn shapes_that_disagree_are_refused() {
    let parameters = Parameters::default();
    let refused = |values: &[f32], rows, columns, categorical: &[usize]| {
        Dataset::from_rows(values, rows, columns, &parameters, categorical).err()
    };
    let length = Some(LightGbmError::Length {
        what: "values",
        expected: 6,
        found: 5,
    });
    assert_eq!(refused(&[0.0; 5], 3, 2, &[]), length);
    assert_eq!(
        refused(&[], 0, 2, &[]),
        Some(LightGbmError::Count {
            what: "rows",
            found: 0
        })
    );
    let column = LightGbmError::Column {
        columns: 2,
        found: 2,
    };
    assert_eq!(refused(&[0.0; 6], 3, 2, &[2]), Some(column));

    let booster = train(
        &table(500),
        &Parameters {
            iterations: 1,
            ..Parameters::default()
        },
    );
    assert!(booster.predict_raw(&[0.0; COLUMNS], 1, COLUMNS).is_ok());
    assert!(booster.predict_raw(&[0.0; 3], 1, 3).is_err());
}

#[test]
fn labels_weights_and_scores_are_checked_before_lightgbm_sees_them() {
    let parameters = Parameters::default();
    let mut dataset = Dataset::from_rows(&[0.0, 1.0, 2.0], 3, 1, &parameters, &[]).unwrap();
    let unlabelled = Booster::train(&dataset, &parameters, &mut go);
    assert_eq!(unlabelled.err(), Some(LightGbmError::NoLabels));
    assert!(matches!(
        dataset.set_label(&[0.0, 0.5, 1.0]),
        Err(LightGbmError::Element { index: 1, .. })
    ));
    assert!(matches!(
        dataset.set_label(&[0.0]),
        Err(LightGbmError::Length { found: 1, .. })
    ));
    assert!(dataset.set_label(&[0.0, 1.0, 1.0]).is_ok());
    assert!(matches!(
        dataset.set_weight(&[1.0, 1.0, -1.0]),
        Err(LightGbmError::Element { index: 2, .. })
    ));
    assert!(dataset.set_weight(&[1.0, 0.0, 1.0]).is_ok());
    assert!(matches!(
        dataset.set_init_score(&[f64::NAN, 0.0, 0.0]),
        Err(LightGbmError::Element { index: 0, .. })
    ));
    assert!(dataset.set_init_score(&[0.0, -1.0, 1.0]).is_ok());
}

#[test]
fn text_that_is_no_model_is_refused() {
    assert!(matches!(
        Booster::from_text("hello"),
        Err(LightGbmError::Library { .. })
    ));
    assert_eq!(
        Booster::from_text("a\0b").err(),
        Some(LightGbmError::Nul { at: 1 })
    );
}
