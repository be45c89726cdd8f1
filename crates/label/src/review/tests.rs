//! Reviews as sequences of keys.

use proptest::prelude::*;
use ringtrue_core::Label;

use super::*;

/// Presses keys; `<` takes a letter back, `\n` enters, `!` leaves a note, `^` interrupts. Everything is stored at once.
fn pressed(others: &[usize], keys: &str) -> (Session, Vec<Answer>) {
    let mut session = Session::new(others.to_vec());
    let mut stored = Vec::new();
    for key in keys.chars() {
        let key = match key {
            '<' => Key::Back,
            '\n' => Key::Enter,
            '!' => Key::Escape,
            '^' => Key::Interrupt,
            letter => Key::Letter(letter),
        };
        if let Effect::Keep(answers) = session.press(key) {
            stored.extend(answers);
            session.kept();
        }
    }
    (session, stored)
}

fn told(stored: &[Answer]) -> String {
    let word = |answer: &Answer| {
        let label = answer.label.map_or("back", Label::word);
        let others = if answer.others { "+" } else { "" };
        let note = if answer.note.is_empty() {
            String::new()
        } else {
            format!("({})", answer.note)
        };
        format!("{}{others}:{label}{note}", answer.item)
    };
    stored.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn keys_answer_one_item_after_the_other() {
    for (others, keys, expected, mode, at) in [
        (
            &[0, 0, 0][..],
            "mbu",
            "0:malicious 1:benign 2:unsure",
            Mode::Done,
            3,
        ),
        (&[0, 0], "sxm", "1:malicious", Mode::Done, 2),
        (
            &[0, 0],
            "mzb",
            "0:malicious 0:back 0:benign",
            Mode::Deciding,
            1,
        ),
        (&[0], "mzz", "0:malicious 0:back", Mode::Deciding, 0),
        (&[0], "szm", "0:malicious", Mode::Done, 1),
        (&[0, 0], "nhi<o\nm", "0:malicious(ho)", Mode::Deciding, 1),
        (&[0, 0], "nhi!m", "0:malicious", Mode::Deciding, 1),
        (&[0, 0], "nqmb\nm", "0:malicious(qmb)", Mode::Deciding, 1),
        (&[3, 0], "my", "0:malicious 0+:malicious", Mode::Deciding, 1),
        (&[3, 0], "mn", "0:malicious", Mode::Deciding, 1),
        (&[3, 0], "mxz", "0:malicious 0:back", Mode::Deciding, 0),
        (
            &[3, 0],
            "myz",
            "0:malicious 0+:malicious 0:back 0+:back",
            Mode::Deciding,
            0,
        ),
        (&[3, 0], "u", "0:unsure", Mode::Deciding, 1),
        (&[3], "b", "0:benign", Mode::Proposing(Label::Benign), 0),
        (&[0, 0], "mqb", "0:malicious", Mode::Left, 1),
        (&[0, 0], "nab^", "", Mode::Left, 0),
        (&[0], "mq", "0:malicious", Mode::Left, 1),
        (&[], "mzq", "", Mode::Left, 0),
    ] {
        let (session, stored) = pressed(others, keys);
        let seen = (told(&stored), session.mode().clone(), session.at());
        assert_eq!(seen, (expected.to_owned(), mode, at), "{keys:?}");
    }
}

#[test]
fn what_cannot_be_stored_is_asked_again() {
    let mut session = Session::new(vec![2, 0]);
    assert!(matches!(session.press(Key::Letter('m')), Effect::Keep(_)));
    // Nothing is taken while an answer is being stored.
    assert_eq!(session.press(Key::Letter('b')), Effect::Draw);
    session.failed("the disk is full");
    assert_eq!((session.at(), session.mode()), (0, &Mode::Deciding));
    assert_eq!(
        session.message(),
        "this answer is not kept: the disk is full"
    );
    assert_eq!(session.counts(), Counts::default());
    session.press(Key::Letter('m'));
    session.kept();
    session.press(Key::Letter('y'));
    session.failed("the disk is full");
    assert_eq!(session.mode(), &Mode::Proposing(Label::Malicious));
}

proptest! {
    /// Whatever is pressed: what is stored and not taken back is what the counts say, and nothing breaks.
    #[test]
    fn counts_are_what_is_stored(
        others in prop::collection::vec(0_usize..3, 0..6),
        keys in "[mbusznyqx<\n!]{0,40}",
    ) {
        let (session, stored) = pressed(&others, &keys);
        let mut holds = std::collections::BTreeMap::new();
        for answer in stored.iter().filter(|answer| !answer.others) {
            holds.insert(answer.item, answer.label);
        }
        let of = |label| holds.values().filter(|it| **it == Some(label)).count();
        let counts = session.counts();
        prop_assert_eq!(counts.malicious, of(Label::Malicious));
        prop_assert_eq!(counts.benign, of(Label::Benign));
        prop_assert_eq!(counts.unsure, of(Label::Unsure));
        prop_assert!(session.at() <= others.len());
    }
}
