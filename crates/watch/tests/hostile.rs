//! Hostile bytes as stored references: reading keeps its properties on a sound one, on mutations of it and on noise.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use proptest::prelude::*;
use ringtrue_core::verdict::Thresholds;
use ringtrue_core::{EventId, Label, Row};
use ringtrue_watch::{Known, Likeness, Plan, Reference};

pub mod properties;

/// A reference of 400 events, every fifth malicious.
fn sound() -> String {
    let plan = Plan {
        signals: ["length", "age", "never"]
            .map(|name| (name.to_owned(), name != "age"))
            .into(),
        thresholds: Thresholds {
            review: 0.3,
            block: 0.8,
        },
    };
    let rows: Vec<[f64; 3]> = (0..400)
        .map(|at| [f64::from(at % 40), f64::from(at), f64::NAN])
        .collect();
    let texts: Vec<String> = (0..400).map(|at| format!("event {at} of a few")).collect();
    let known = |at: usize| Known {
        id: EventId((at as u128 % 3).to_be_bytes()),
        time: None,
        row: Row::from(rows[at].as_slice()),
        score: at as f64 / 400.0,
        label: Some(if at.is_multiple_of(5) {
            Label::Malicious
        } else {
            Label::Benign
        }),
        source: Some(if at.is_multiple_of(2) {
            "proxy"
        } else {
            "mail"
        }),
        is_outside: at.is_multiple_of(50),
        likeness: Some(Likeness::Text(&texts[at])),
    };
    let reference = Reference::of(&plan, rows.len(), known).unwrap();
    String::from_utf8(reference.to_bytes().unwrap()).unwrap()
}

/// Returns the text with its `which`-th number replaced.
fn with_number(text: &str, which: usize, number: &str) -> String {
    let is_of_number = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | '-');
    let mut pieces: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find(is_of_number) {
        let (before, from) = rest.split_at(begin);
        let end = from.find(|letter| !is_of_number(letter));
        let (found, behind) = from.split_at(end.unwrap_or(from.len()));
        pieces.extend([before, found]);
        rest = behind;
    }
    pieces.push(rest);
    let numbers = pieces.len() / 2;
    if let Some(place) = which.checked_rem(numbers).map(|number| 2 * number + 1) {
        pieces[place] = number;
    }
    pieces.concat()
}

#[test]
fn a_sound_reference_reads_and_keeps_its_properties() {
    let text = sound();
    assert!(Reference::from_bytes(text.as_bytes(), properties::SIGNALS).is_ok());
    properties::reference(text.as_bytes());
    assert_eq!(
        with_number(&text, 0, "7").replacen("\"format\":7", "\"format\":2", 1),
        text
    );
}

proptest! {
    #[test]
    fn other_numbers_are_refused_or_borne(
        edits in prop::collection::vec(
            (any::<usize>(), prop_oneof![
                Just("0".to_owned()),
                Just("-1".to_owned()),
                Just("1e308".to_owned()),
                Just("18446744073709551615".to_owned()),
                Just("9223372036854775807".to_owned()),
                (0_u32..2_000).prop_map(|number| number.to_string()),
            ]),
            1..6,
        ),
    ) {
        let edited = edits
            .iter()
            .fold(sound(), |text, (which, number)| with_number(&text, *which, number));
        properties::reference(edited.as_bytes());
    }

    #[test]
    fn cut_and_noisy_bytes_are_refused_or_borne(
        cut in any::<prop::sample::Index>(),
        noise in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
    ) {
        let mut bytes = sound().into_bytes();
        for (place, byte) in noise {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        properties::reference(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        properties::reference(&bytes);
    }
}
