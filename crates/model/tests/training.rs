//! Training against LightGBM itself: the forest read back gives its margins to the bit, and the same
//! examples give the same models on any number of threads.
#![cfg(feature = "train")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "small numbers, and a test fails by a panic"
)]

use std::ops::ControlFlow;

use ringtrue_core::random::Random;
use ringtrue_core::signal::{AttackerView, Monotone, Privacy, SignalDeclaration, SignalType};
use ringtrue_core::{RowBlock, SignalSchema};
use ringtrue_lightgbm::Booster;
use ringtrue_model::train::{Ladder, Run, TrainError, TrainParameters, fit_ladder};
use ringtrue_model::{Examples, Forest, Rung, TokenSource, Tokens};

fn signal(name: &str, signal_type: SignalType) -> SignalDeclaration {
    SignalDeclaration {
        name: name.to_owned(),
        meaning: String::new(),
        unit: String::new(),
        theme: "test".to_owned(),
        signal_type,
        privacy: Privacy::Plain,
        attacker: AttackerView::fixed(),
        monotone: Monotone::Free,
    }
}

fn schema() -> SignalSchema {
    let signals = vec![
        signal("number", SignalType::Number),
        signal("noise", SignalType::Number),
        signal("category", SignalType::Category),
        signal("gappy", SignalType::Number),
    ];
    SignalSchema {
        code: "test/1".to_owned(),
        signals,
    }
}

struct Words(Vec<Vec<u32>>);

impl TokenSource for Words {
    fn tokens(&self, position: usize, tokens: &mut Vec<u32>) {
        tokens.clear();
        tokens.extend(&self.0[position]);
    }
}

struct Data {
    rows: RowBlock,
    words: Words,
    malicious: Vec<bool>,
    entity: Vec<u32>,
}

/// Events whose class follows from a number, a category, a gap and a word, with noise.
fn data(count: u32) -> Data {
    let mut random = Random::new(11);
    let mut data = Data {
        rows: RowBlock::new(schema().digest(), 4),
        words: Words(Vec::new()),
        malicious: Vec::new(),
        entity: Vec::new(),
    };
    for entity in 0..count {
        let number = random.unit() as f32;
        let category = random.below(12) as f32;
        let gap = random.chance(0.3);
        let word = random.below(50) as u32;
        let odds = 3.0 * f64::from(number)
            + f64::from(u8::from(category < 3.0))
            + f64::from(u8::from(gap))
            + f64::from(u8::from(word < 10))
            - 3.0;
        data.malicious
            .push(random.chance(1.0 / (1.0 + (-odds).exp())));
        let gappy = if gap { f32::NAN } else { random.unit() as f32 };
        let noise = if random.chance(0.2) {
            0.0
        } else {
            random.unit() as f32
        };
        data.rows.push(&[number, noise, category, gappy]).unwrap();
        data.words
            .0
            .push(vec![word << 24, (word % 7) << 20 | 1 << 31]);
        data.entity.push(entity);
    }
    data
}

fn fit(data: &Data, threads: u32) -> Result<Ladder, TrainError> {
    let count = data.malicious.len();
    let tokens = Tokens::new(&data.words, count, 20, usize::MAX);
    let examples = Examples {
        rows: &data.rows,
        tokens: &tokens,
        malicious: &data.malicious,
        weight: &vec![1.0; count],
        entity: &data.entity,
    };
    let members: Vec<u32> = (0..count as u32).collect();
    let mut progress = |_: &str, _: u64, _: u64| ControlFlow::Continue(());
    let mut run = Run {
        seed: 1,
        threads,
        progress: &mut progress,
    };
    fit_ladder(
        &schema(),
        &examples,
        &members,
        &TrainParameters::default(),
        &mut run,
    )
}

fn values(data: &Data) -> Vec<f32> {
    data.rows.singles().to_vec()
}

#[test]
fn the_forest_read_back_gives_lightgbm_s_margins_to_the_bit() {
    let mut data = data(5_000);
    let forest = fit(&data, 2).unwrap().forest.unwrap();
    // Values that training did not see: an unknown category, infinities, a negative code.
    for row in [
        [f32::INFINITY, 0.0, 40.0, f32::NEG_INFINITY],
        [f32::NAN, f32::NAN, f32::NAN, f32::NAN],
        [-0.0, 1e-36, -1.0, 0.0],
        [0.5, -3.0, 2.7, 1e30],
    ] {
        data.rows.push(&row).unwrap();
    }
    let booster = Booster::from_text(std::str::from_utf8(forest.to_bytes()).unwrap()).unwrap();
    let expected = booster
        .predict_raw(&values(&data), data.rows.len(), 4)
        .unwrap();
    let rows = data.rows.singles().chunks_exact(data.rows.width());
    for (position, (row, expected)) in rows.zip(expected).enumerate() {
        let found = forest.margin(row);
        assert_eq!(
            found.to_bits(),
            expected.to_bits(),
            "row {position}: {found} {expected}"
        );
    }
}

#[test]
fn contributions_sum_to_the_margin_less_a_constant() {
    let data = data(3_000);
    let forest = fit(&data, 1).unwrap().forest.unwrap();
    let constant = |row: &[f32]| forest.margin(row) - forest.contributions(row).iter().sum::<f64>();
    let mut rows = data.rows.singles().chunks_exact(data.rows.width());
    let first = constant(rows.next().unwrap());
    for row in rows {
        assert!((constant(row) - first).abs() < 1e-9);
    }
}

#[test]
fn an_explanation_sums_to_the_margin_on_every_rung() {
    let data = data(3_000);
    let ladder = fit(&data, 1).unwrap();
    for rung in Rung::ALL {
        let model = ladder.model(rung);
        for position in (0..data.rows.len()).step_by(301) {
            let mut buckets = data.words.0[position].clone();
            model.to_buckets(&mut buckets);
            let row = data.rows.row(position);
            let found = model.explain(row, &buckets, None).unwrap();
            let text = found.text.iter().flat_map(|text| &text.buckets);
            let sum = found.bias
                + found.signals.iter().sum::<f64>()
                + text.map(|(_, margin)| margin).sum::<f64>();
            assert!((sum - found.margin).abs() < 1e-9, "{rung:?}");
            assert!((found.margin - model.margin(row, &buckets)).abs() < 1e-12);
        }
    }
}

#[test]
fn threads_do_not_matter() {
    let data = data(4_000);
    assert_eq!(fit(&data, 1).unwrap(), fit(&data, 2).unwrap());
}

#[test]
fn every_rung_beats_chance_and_the_top_beats_its_parts() {
    let data = data(6_000);
    let ladder = fit(&data, 2).unwrap();
    let area = |rung: Rung| {
        let model = ladder.model(rung);
        let scores: Vec<f64> = (0..data.rows.len())
            .map(|position| {
                let mut tokens = data.words.0[position].clone();
                model.to_buckets(&mut tokens);
                model.margin(data.rows.row(position), &tokens)
            })
            .collect();
        ringtrue_core::metrics::roc_auc(&scores, &data.malicious).unwrap()
    };
    assert!((area(Rung::AlwaysBenign) - 0.5).abs() < 1e-12);
    assert!(area(Rung::BestSignal) > 0.6);
    assert!(area(Rung::Linear) > 0.55);
    assert!(area(Rung::Both) > area(Rung::Linear));
}

#[test]
fn one_class_and_a_stop_are_told() {
    let mut data = data(200);
    data.malicious.fill(true);
    assert!(matches!(
        fit(&data, 1),
        Err(TrainError::OneClass {
            malicious: 200,
            benign: 0
        })
    ));
}

#[test]
fn damaged_text_is_refused() {
    let forest = fit(&data(1_000), 1).unwrap().forest.unwrap();
    let text = String::from_utf8(forest.to_bytes().to_vec()).unwrap();
    assert!(Forest::from_lightgbm(&text).is_ok());
    for (from, to) in [
        ("binary sigmoid:1", "multiclass"),
        ("split_feature=", "split_future="),
        ("max_feature_idx=3", "max_feature_idx=0"),
        ("left_child=1", "left_child=999"),
        ("num_leaves=", "num_leaves=9"),
    ] {
        assert!(text.contains(from), "{from}");
        assert!(
            Forest::from_lightgbm(&text.replacen(from, to, 1)).is_err(),
            "{from}"
        );
    }
}
