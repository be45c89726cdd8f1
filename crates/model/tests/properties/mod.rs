//! What reading a stored model owes, whatever the bytes are: properties that tests replay over the corpora
//! and mutations, and that the fuzz targets explore. A property panics with what it found.

use std::collections::BTreeMap;

use ringtrue_model::{Detector, Forest, LinearModel};

/// Rows at the edges: missing, huge, negative, categorical, too short.
const ROWS: [&[f32]; 6] = [
    &[],
    &[f32::NAN, f32::NAN, f32::NAN],
    &[f32::INFINITY, f32::NEG_INFINITY, f32::MAX],
    &[0.0, -0.0, 1e-36],
    &[0.5, 1.0, 40.0],
    &[-1.0, 2.0, 4.0e9],
];

/// Reads a forest from a model's file, of whatever form; what is read answers every row, and reads again from its own
/// bytes.
pub fn forest(bytes: &[u8]) {
    let Ok(forest) = Forest::from_bytes(bytes) else {
        return;
    };
    assert_eq!(forest.to_bytes(), bytes);
    // Forests are not compared, since files may hold NaN.
    let again = Forest::from_bytes(forest.to_bytes()).unwrap();
    assert_eq!((again.width(), again.len()), (forest.width(), forest.len()));
    assert!(forest.names().is_empty() || forest.names().len() == forest.width());
    for row in ROWS {
        assert_eq!(
            forest.margin(row).to_bits(),
            again.margin(row).to_bits(),
            "{row:?}"
        );
        assert_eq!(forest.contributions(row).len(), forest.width());
    }
}

/// Reads a linear model; what is read is written as the same bytes, and answers any bucket.
pub fn linear(bytes: &[u8]) {
    let Ok(model) = LinearModel::from_bytes(bytes) else {
        return;
    };
    assert_eq!(model.to_bytes(), bytes);
    let buckets = [0, 1, 63, 64, 1 << model.bits(), u32::MAX];
    let margin = model.margin_of_buckets(&buckets);
    assert_eq!(
        margin.to_bits(),
        model.margin_of_buckets(&buckets).to_bits()
    );
    assert!((6..=26).contains(&model.bits()));
}

/// Reads a detector; what is read answers any row with a probability, explains it, and is written so that it
/// reads as the same.
pub fn detector(files: &BTreeMap<String, Vec<u8>>) {
    let Ok(detector) = Detector::from_files(files) else {
        return;
    };
    for row in ROWS {
        let margin = detector.model.margin(row.into(), &[1, u32::MAX]);
        let scored = detector.answer(margin);
        assert!((0.0..=1.0).contains(&scored.score.probability()), "{row:?}");
        assert!(detector.reasons(row.into(), &[1], 3).len() <= 3);
    }
    if let Ok(written) = detector.to_files() {
        let again = Detector::from_files(&written.iter().cloned().collect()).unwrap();
        assert_eq!(again.to_files().unwrap(), written);
    }
}
