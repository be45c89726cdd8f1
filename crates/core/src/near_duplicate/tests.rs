//! Tests of the groups: against the exact shares of common shingles, and against hostile sizes.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::random::Random;

fn groups(texts: &[String]) -> Vec<u32> {
    group(texts.iter().map(String::as_str), &Parameters::default())
}

/// The exact share of common shingles.
fn similarity(first: &str, second: &str) -> f64 {
    let shingles = |text: &str| -> BTreeSet<Vec<char>> {
        let characters: Vec<char> = text.chars().collect();
        characters.windows(5).map(<[char]>::to_vec).collect()
    };
    let (first, second) = (shingles(first), shingles(second));
    let common = first.intersection(&second).count();
    common as f64 / (first.len() + second.len() - common) as f64
}

fn random_text(random: &mut Random, len: usize) -> String {
    let letter = |_| {
        random
            .pick(b"abcdefghijklmnopqrstuvwxyz0123456789-./")
            .copied()
            .unwrap_or(b'a')
    };
    (0..len).map(letter).map(char::from).collect()
}

/// Changes `count` characters one after the other, from the start.
fn changed(text: &str, count: usize) -> String {
    let change = |(place, character)| if place < count { '#' } else { character };
    text.chars().enumerate().map(change).collect()
}

#[test]
fn estimates_follow_the_exact_share() {
    let mut random = Random::new(5);
    let parameters = Parameters::default();
    let mut shingles = Shingles::default();
    for count in [0, 3, 10, 30, 60, 90] {
        let (mut found, mut expected) = (0.0, 0.0);
        for _ in 0..50 {
            let text = random_text(&mut random, 100);
            let other = changed(&text, count);
            let first = shingles.signature(&text, &parameters);
            let second = shingles.signature(&other, &parameters);
            found += agreeing(&first, &second) as f64 / SIGNATURE_LEN as f64 / 50.0;
            expected += similarity(&text, &other) / 50.0;
        }
        assert!(
            (found - expected).abs() < 0.03,
            "{count}: {found} is not {expected}"
        );
    }
}

#[test]
fn near_texts_are_joined_and_others_are_not() {
    let mut random = Random::new(8);
    let (mut texts, mut expected) = (Vec::new(), Vec::new());
    for family in 0..300 {
        let text = random_text(&mut random, 90);
        for version in 0..3 {
            // Two characters at the start: about 0.95 of shingles are common.
            texts.push(changed(&text, version));
            expected.push(family);
        }
    }
    assert_eq!(groups(&texts), expected);
    // Half of the characters changed: 0.3 of shingles are common.
    let text = random_text(&mut random, 90);
    assert_eq!(groups(&[text.clone(), changed(&text, 45)]), [0, 1]);
}

#[test]
fn groups_are_numbered_by_appearance_and_chains_are_one() {
    let mut random = Random::new(2);
    let text = random_text(&mut random, 200);
    let chain: Vec<String> = (0..12).map(|step| changed(&text, 10 * step)).collect();
    assert!(similarity(&chain[0], &chain[11]) < 0.5);
    assert_eq!(groups(&[chain[0].clone(), chain[11].clone()]), [0, 1]);
    assert!(groups(&chain).iter().all(|&group| group == 0));
    let mixed = ["b", "a", "b", "", "a", ""].map(str::to_owned);
    assert_eq!(groups(&mixed), [0, 1, 0, 2, 1, 2]);
}

#[test]
fn hostile_sizes_do_not_blow_up() {
    let same = vec!["http://evil.example/".repeat(40); 100_000];
    assert!(groups(&same).iter().all(|&group| group == 0));
    let empty = vec![String::new(); 100_000];
    assert!(groups(&empty).iter().all(|&group| group == 0));
    // Different in bytes, one group, every one of them in the same buckets.
    let long = "x".repeat(1 << 20);
    let texts: Vec<String> = (0..200).map(|tail| format!("{long}{tail}")).collect();
    assert!(groups(&texts).iter().all(|&group| group == 0));
    // Many in the same buckets without being near: half of each is common to all.
    let mut random = Random::new(4);
    let shared = random_text(&mut random, 60);
    let texts: Vec<String> = (0..30_000)
        .map(|_| format!("{shared}{}", random_text(&mut random, 60)))
        .collect();
    let found: BTreeSet<u32> = groups(&texts).into_iter().collect();
    assert!(found.len() > 29_900, "{}", found.len());
}

#[test]
fn short_and_odd_texts_have_groups() {
    let texts = [
        "a",
        "ab",
        "abcde",
        "äöüß",
        "日本語テキスト",
        "日本語テキスト",
        "\0",
    ]
    .map(str::to_owned);
    assert_eq!(groups(&texts), [0, 1, 2, 3, 4, 4, 5]);
    let none = Parameters {
        shingle_characters: 0,
        similarity_min: f64::NAN,
        text_bytes_max: 0,
    };
    assert_eq!(group(["a", "a"], &none), [0, 0]);
}

proptest! {
    #[test]
    fn the_order_of_texts_changes_numbers_only(
        texts in prop::collection::vec("[a-c]{0,12}", 0..40),
    ) {
        // Equal texts are of one group in any order; a group's first text opens its number.
        let found = group(texts.iter().map(String::as_str), &Parameters::default());
        let mut opened = 0;
        for (row, &number) in found.iter().enumerate() {
            prop_assert!(number <= opened);
            opened = opened.max(number + 1);
            for (other, &other_number) in found.iter().enumerate().take(row) {
                prop_assert!(texts[row] != texts[other] || number == other_number);
            }
        }
    }
}

#[test]
fn sketches_group_as_their_texts_do() {
    let mut random = Random::new(11);
    let parameters = Parameters::default();
    let texts: Vec<String> = (0..40)
        .flat_map(|_| {
            let text = random_text(&mut random, 200);
            [changed(&text, 3), changed(&text, 150), text]
        })
        .collect();
    let sketches: Vec<Sketch> = texts
        .iter()
        .map(|text| Sketch::of(text, &parameters))
        .collect();
    assert_eq!(
        group_sketches(&sketches, parameters.similarity_min),
        groups(&texts)
    );
    let [first, ..] = sketches.as_slice() else {
        panic!("no sketch")
    };
    assert_eq!(first.to_string().parse::<Sketch>().unwrap(), *first);
    assert!("00ff".parse::<Sketch>().is_err());
}
