//! Hostile bytes as stored models: readers keep their properties on the corpora, on mutations and on noise.

#![expect(
    clippy::missing_panics_doc,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use ringtrue_core::Digest;
use ringtrue_core::signal::{
    AttackerView, Monotone, Movable, Privacy, SignalDeclaration, SignalSchema, SignalType,
};
use ringtrue_core::verdict::Thresholds;
use ringtrue_model::{
    Calibration, Card, Detector, Forest, LinearModel, Model, Operating, TextModels, View,
};

pub mod properties;

/// The models of the corpora, in order of their names.
fn forests() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpora/forest");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension != "md"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// The models of the corpora that are text.
fn texts() -> Vec<String> {
    let texts = forests().into_iter().map(String::from_utf8);
    texts.filter_map(Result::ok).collect()
}

fn forest(name: &str) -> Result<Forest, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpora/forest");
    let bytes = std::fs::read(path.join(name)).unwrap();
    Forest::from_bytes(&bytes).map_err(|error| error.to_string())
}

fn linear() -> Vec<u8> {
    let kept = vec![0b1011];
    let mut weights = vec![0.0; 64];
    weights[..4].copy_from_slice(&[0.5, -1.0, 0.0, 2.0]);
    LinearModel::new(View::Whole, 6, -0.25, kept, &weights, 127).to_bytes()
}

fn schema() -> SignalSchema {
    let signals = ["a", "b", "c"].map(|name| SignalDeclaration {
        name: name.to_owned(),
        meaning: "a number".to_owned(),
        unit: String::new(),
        theme: name.to_owned(),
        signal_type: SignalType::Number,
        privacy: Privacy::Plain,
        attacker: AttackerView::steps(Movable::Both, 0.0),
        monotone: Monotone::Free,
    });
    SignalSchema {
        code: "sample/1".to_owned(),
        signals: signals.into(),
    }
}

/// The files of a detector that has every part.
fn detector() -> BTreeMap<String, Vec<u8>> {
    let detector = Detector {
        model: Model {
            single: None,
            text: TextModels::new(vec![LinearModel::from_bytes(&linear()).unwrap()]).unwrap(),
            forest: Some(forest("three_trees.txt").unwrap()),
            linear_weight: 0.5,
        },
        calibration: Calibration {
            a: 1.0,
            b: 1.0,
            c: -2.0,
        },
        operating: Operating {
            thresholds: Thresholds {
                review: 0.1,
                block: 0.9,
            },
            alerts_per_day: 1.0,
            alert_worth: 0.0,
        },
        nominal: Vec::new(),
        schema: schema(),
        reader: serde_json::Value::Null,
        task: String::new(),
        key: None,
        history: Some(b"habits".to_vec()),
        reference: Some(b"reference".to_vec()),
        scope: None,
        card: Card {
            calibrated: true,
            name: "sample".to_owned(),
            task: Digest::of(b"task"),
            dataset: Digest::of(b"dataset"),
            version: "0".to_owned(),
            seed: 1,
            trained_on: [1, 2],
            calibrated_on: [3, 4],
            trained_before: None,
            fit: true,
            assumed: Vec::new(),
            waived: Vec::new(),
            gaps: Vec::new(),
        },
    };
    detector.to_files().unwrap().into_iter().collect()
}

#[test]
fn the_corpora_keep_the_properties() {
    let forests = forests();
    assert!(forests.len() >= 10);
    for bytes in &forests {
        properties::forest(bytes);
    }
    properties::linear(&linear());
    assert!(LinearModel::from_bytes(&linear()).is_ok());
    properties::detector(&detector());
    assert!(Detector::from_files(&detector()).is_ok());
}

#[test]
fn what_is_no_forest_is_refused() {
    let sound = forest("three_trees.txt").unwrap();
    assert_eq!((sound.width(), sound.len()), (3, 3));
    // The first tree goes left twice; 40 is in the category's bits (32 + 8); the last tree is a leaf.
    let margin = sound.margin(&[0.0, 0.0, 40.0]);
    assert!((margin - (-0.25 + 1.0 + 0.01)).abs() < 1e-12, "{margin}");
    assert!(forest("not_numbers.txt").is_ok());
    for name in ["stumps.json", "stumps.ubj", "stumps.onnx"] {
        let sound = forest(name).unwrap();
        assert_eq!((sound.width(), sound.len()), (3, 2), "{name}");
        // 0.25 (below 1, or missing) or -0.5, then 0.125 for the category or number 2, else 1.
        for (row, expected) in [
            ([0.0, 0.0, 2.0], 0.375),
            ([f32::NAN, 0.0, 2.0], 0.375),
            ([1.0, 0.0, 3.0], 0.5),
            ([0.999_999_94, 0.0, f32::NAN], 1.25),
        ] {
            let margin = sound.margin(&row);
            assert!(
                (margin - expected).abs() < 1e-6,
                "{name}: {row:?}: {margin}"
            );
        }
    }
    for name in [
        "loop.txt",
        "far_leaf.txt",
        "categories_backwards.txt",
        "wide.txt",
        "loop.json",
        "far_category.json",
        "loop.onnx",
    ] {
        assert!(forest(name).is_err(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn forests_with_another_number(
        text in prop::sample::select(texts()),
        place in any::<prop::sample::Index>(),
        number in prop::sample::select(vec!["-1", "0", "1", "7", "nan", "-inf", "1e308", "", "-9223372036854775808", "4294967296"]),
    ) {
        let starts: Vec<usize> = text.match_indices(['=', ' ', ',', '[', '"']).map(|(at, _)| at + 1).collect();
        let start = starts[place.index(starts.len())];
        let length = text[start..].find([' ', '\n', ',', ']', '"']).unwrap_or(0);
        let changed = format!("{}{number}{}", &text[..start], &text[start + length..]);
        properties::forest(changed.as_bytes());
    }

    #[test]
    fn forests_cut_short(bytes in prop::sample::select(forests()), place in any::<prop::sample::Index>()) {
        properties::forest(&bytes[..place.index(bytes.len())]);
    }

    #[test]
    fn forests_with_other_bytes(
        bytes in prop::sample::select(forests()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = bytes;
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        properties::forest(&bytes);
    }

    #[test]
    fn linear_models(place in any::<prop::sample::Index>(), byte in any::<u8>(), length in any::<prop::sample::Index>()) {
        let mut bytes = linear();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        properties::linear(&bytes);
        properties::linear(&bytes[..length.index(bytes.len())]);
    }

    #[test]
    fn detectors(file in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), byte in "[-0-9ae\\[\\]{}\",. ]") {
        let mut files = detector();
        let name = files.keys().nth(file.index(files.len())).cloned().unwrap();
        let bytes = files.get_mut(&name).unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte.as_bytes()[0];
        properties::detector(&files);
        files.remove(&name);
        assert!(Detector::from_files(&files).is_err());
    }
}
