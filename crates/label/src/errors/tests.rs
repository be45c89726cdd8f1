//! The ranking on made-up events with planted errors: what it finds, what it leaves alone, and that it is steady.

use std::ops::ControlFlow;

use ringtrue_core::random::Random;
use ringtrue_core::{Digest, Label, RowBlock, SignalSchema};
use ringtrue_model::Tokens;
use ringtrue_model::train::{Run, TrainParameters};

use super::expected::normal;
use super::*;
use crate::events::Events;
use crate::testing::{Words, declare};

/// Made-up events: two signals, a dozen words each, two events an entity.
struct Made {
    schema: SignalSchema,
    rows: RowBlock,
    words: Words,
    entity: Vec<u32>,
    truth: Vec<Label>,
    labels: Vec<Label>,
    certainty: Vec<Certainty>,
    campaign: Vec<u32>,
    parameters: TrainParameters,
}

const COUNT: u32 = 4_000;

/// One event in twenty is malicious; a fifth of those is called benign, and one benign event in 200 malicious.
fn made() -> Made {
    let mut random = Random::new(7);
    let schema = SignalSchema {
        code: "test".to_owned(),
        signals: vec![declare("first"), declare("second")],
    };
    let mut rows = RowBlock::new(Digest::of(b"test"), 2);
    let (mut words, mut truth, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..COUNT {
        let malicious = random.chance(0.05);
        let shift = if malicious { 2.5 } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, reason = "rows are f32")]
        let row = [
            (normal(&mut random) + shift) as f32,
            normal(&mut random) as f32,
        ];
        rows.push(&row).unwrap();
        // Malicious events take half their words from a vocabulary of their own.
        let word = |random: &mut Random| {
            let own = malicious && random.chance(0.5);
            let number = if own {
                5_000 + random.below(60)
            } else {
                random.below(3_000)
            };
            u32::try_from(ringtrue_core::random::mix(number) >> 32).unwrap()
        };
        words.push((0..12).map(|_| word(&mut random)).collect());
        let wrong = random.chance(if malicious { 0.2 } else { 0.005 });
        let label = |malicious: bool| {
            if malicious {
                Label::Malicious
            } else {
                Label::Benign
            }
        };
        truth.push(label(malicious));
        labels.push(label(malicious != wrong));
    }
    Made {
        schema,
        rows,
        words: Words(words),
        entity: (0..COUNT).map(|at| at / 2).collect(),
        truth,
        labels,
        certainty: vec![Certainty::Doubtful; COUNT as usize],
        campaign: (0..COUNT).collect(),
        parameters: TrainParameters::default(),
    }
}

impl Made {
    fn rank(&self, budget: usize, threads: u32) -> Result<Ranking, RankError> {
        let tokens = Tokens::new(&self.words, self.labels.len(), 16, usize::MAX);
        let suspects = Suspects {
            events: Events {
                schema: &self.schema,
                rows: &self.rows,
                tokens: &tokens,
                entity: &self.entity,
                campaign: &self.campaign,
                parameters: &self.parameters,
            },
            labels: &self.labels,
            certainty: &self.certainty,
        };
        let mut run = Run {
            seed: 1,
            threads,
            progress: &mut |_, _, _| ControlFlow::Continue(()),
        };
        rank(&suspects, budget, &mut run)
    }

    fn is_wrong(&self, position: u32) -> bool {
        self.truth[position as usize] != self.labels[position as usize]
    }
}

#[test]
fn planted_errors_come_first_and_are_counted() {
    let made = made();
    let errors = (0..COUNT).filter(|at| made.is_wrong(*at)).count();
    let ranking = made.rank(errors, 2).unwrap();
    let found = ranking
        .items
        .iter()
        .filter(|it| made.is_wrong(it.position))
        .count();
    assert!(found * 10 >= errors * 7, "{found} of {errors}");
    assert!(
        found * 10 >= ranking.items.len() * 7,
        "{found} of {}",
        ranking.items.len()
    );
    let Expected { low, high, .. } = ranking.expected;
    assert!(
        (low..=high).contains(&(found as f64)),
        "{found}: {:?}",
        ranking.expected
    );
    let order = ranking
        .items
        .is_sorted_by(|a, b| a.probability >= b.probability);
    assert!(order, "likeliest first, both directions in one list");
    for item in &ranking.items {
        assert_eq!(item.direction.called(), made.labels[item.position as usize]);
        assert!(item.probability >= PROBABILITY_FLOOR && !item.reasons.is_empty());
    }
    let directions: std::collections::BTreeSet<Direction> =
        ranking.items.iter().map(|it| it.direction).collect();
    assert_eq!(directions.len(), 2);
}

#[test]
fn threads_and_budget_change_nothing_but_the_length() {
    let made = made();
    let long = made.rank(60, 1).unwrap();
    assert_eq!(long, made.rank(60, 3).unwrap());
    let short = made.rank(20, 2).unwrap();
    assert_eq!(short.items[..], long.items[..20]);
    assert_eq!(short.suspected, long.suspected);
    assert!(made.rank(0, 2).unwrap().items.is_empty());
}

#[test]
fn certain_and_undecided_labels_are_never_listed() {
    let mut made = made();
    let first = made.rank(10, 2).unwrap().items;
    made.certainty[first[0].position as usize] = Certainty::Certain;
    made.labels[first[1].position as usize] = Label::Unsure;
    let listed = made.rank(COUNT as usize, 2).unwrap();
    assert!(
        listed
            .items
            .iter()
            .all(|it| it.position != first[0].position)
    );
    assert!(
        listed
            .items
            .iter()
            .all(|it| it.position != first[1].position)
    );
    assert_eq!(listed.items.len(), listed.suspected);
}

#[test]
fn copies_with_the_other_label_are_a_reason() {
    let mut made = made();
    let found = made.rank(1, 2).unwrap().items[0].position;
    let others = (0..COUNT).filter(|at| made.truth[*at as usize] == made.truth[found as usize]);
    let others: Vec<u32> = others.filter(|at| !made.is_wrong(*at)).take(3).collect();
    for at in others {
        made.campaign[at as usize] = found;
    }
    let item = made.rank(1, 2).unwrap().items.remove(0);
    assert_eq!(item.position, found);
    assert!(
        matches!(item.reasons[0], Reason::Campaign { .. }),
        "{:?}",
        item.reasons
    );
}

#[test]
fn what_cannot_be_ranked_is_refused() {
    let mut made = made();
    made.labels.fill(Label::Benign);
    assert!(matches!(
        made.rank(5, 1),
        Err(RankError::Few { malicious: 0, .. })
    ));
    made.labels.fill(Label::Unsure);
    assert!(matches!(made.rank(5, 1), Err(RankError::Few { .. })));
    made.entity.pop();
    assert!(matches!(made.rank(5, 1), Err(RankError::Length)));
}

#[test]
fn one_entity_no_text_and_no_signal_still_give_a_list() {
    let mut made = made();
    made.entity.fill(3);
    made.words.0.iter_mut().for_each(Vec::clear);
    made.rows = RowBlock::new(Digest::of(b"test"), 0);
    for _ in 0..COUNT {
        made.rows.push(&[]).unwrap();
    }
    made.schema.signals.clear();
    let ranking = made.rank(5, 2).unwrap();
    assert!(ranking.expected.value.is_finite());
}

#[test]
fn what_people_confirmed_of_a_sender_is_told_on_to_its_other_events() {
    let mut made = made();
    // A sender whose forty events read malicious, are called so, and are not.
    let sender: Vec<u32> = (0..COUNT)
        .filter(|at| {
            let at = *at as usize;
            made.truth[at] == Label::Malicious && made.labels[at] == Label::Malicious
        })
        .take(40)
        .collect();
    for at in &sender {
        let own = &mut made.words.0[*at as usize];
        own.truncate(4);
        own.extend(
            (0..8)
                .map(|word| u32::try_from(ringtrue_core::random::mix(9_000 + word) >> 32).unwrap()),
        );
        made.entity[*at as usize] = COUNT;
    }
    let listed = |made: &Made| {
        let ranking = made.rank(500, 2).unwrap();
        let of_sender = |it: &&Item| sender.contains(&it.position);
        let found: Vec<Item> = ranking.items.iter().filter(of_sender).cloned().collect();
        (found, ranking.expected)
    };
    assert!(
        listed(&made).0.len() <= 4,
        "nothing speaks against them yet"
    );
    for at in &sender[..10] {
        made.labels[*at as usize] = Label::Benign;
        made.certainty[*at as usize] = Certainty::Certain;
    }
    let (found, expected) = listed(&made);
    assert_eq!(found.len(), 30);
    for item in &found {
        assert_eq!(item.direction, Direction::BenignCalledMalicious);
        assert!(item.probability > 0.5, "{item:?}");
        let first = Reason::Confirmed {
            malicious: 0,
            benign: 10,
        };
        assert_eq!(item.reasons[0], first);
    }
    // One sender is all right or all wrong: the interval knows it.
    assert!(expected.high - expected.low >= 30.0, "{expected:?}");
}
