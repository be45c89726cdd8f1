//! The queue on made-up events: what each share finds, what it leaves alone, and that the audit keeps rates honest.

use std::ops::ControlFlow;

use ringtrue_core::cost::Prices;
use ringtrue_core::random::{Random, mix};
use ringtrue_core::task::QueueMix;
use ringtrue_core::{Digest, Label, RowBlock, SignalSchema};
use ringtrue_model::Tokens;
use ringtrue_model::train::{Run, TrainParameters};

use super::mix::{in_turn, shared_out};
use super::*;
use crate::events::Events;
use crate::testing::{Words, declare};

const COUNT: usize = 2_000;

/// Events of words only: one in 40 is malicious and takes half of its words from a vocabulary of its own. Every 20th event is
/// one of a campaign of four.
struct Made {
    schema: SignalSchema,
    rows: RowBlock,
    words: Words,
    entity: Vec<u32>,
    campaign: Vec<u32>,
    truth: Vec<bool>,
    stand: Vec<Stand>,
    prices: Vec<Prices>,
    parameters: TrainParameters,
}

fn made() -> Made {
    let mut random = Random::new(3);
    let (mut words, mut truth, mut campaign) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..COUNT {
        let is_copy = at % 20 > 16;
        let malicious = if is_copy {
            truth[at - 1]
        } else {
            random.chance(0.025)
        };
        let word = |random: &mut Random| {
            let own = malicious && random.chance(0.5);
            let number = if own {
                5_000 + random.below(60)
            } else {
                random.below(3_000)
            };
            u32::try_from(mix(number) >> 32).unwrap()
        };
        let own: Vec<u32> = if is_copy {
            Vec::clone(&words[at - 1])
        } else {
            (0..12).map(|_| word(&mut random)).collect()
        };
        words.push(own);
        truth.push(malicious);
        let first = if is_copy {
            campaign[at - 1]
        } else {
            u32::try_from(at).unwrap()
        };
        campaign.push(first);
    }
    let all = 0..u32::try_from(COUNT).unwrap();
    let price = Prices {
        false_positive: 10.0,
        false_negative: 1_000.0,
        review: 5.0,
    };
    Made {
        schema: SignalSchema {
            code: "test".to_owned(),
            signals: Vec::new(),
        },
        rows: RowBlock::new(Digest::of(b"test"), 0),
        words: Words(words),
        entity: all.map(|at| at / 2).collect(),
        campaign,
        stand: vec![Stand::default(); COUNT],
        prices: vec![price; COUNT],
        truth,
        parameters: TrainParameters {
            bits: 16,
            ..TrainParameters::default()
        },
    }
}

impl Made {
    /// Gives the events two signals, one of which is large where they are malicious.
    fn with_signals(mut self) -> Self {
        let mut random = Random::new(5);
        self.schema.signals = vec![declare("telling"), declare("idle")];
        self.rows = RowBlock::new(Digest::of(b"test"), 2);
        for truth in &self.truth {
            #[expect(clippy::cast_possible_truncation, reason = "rows are f32")]
            let [telling, idle] = [random.unit() as f32, random.unit() as f32];
            let shift = if *truth { 0.7 } else { 0.0 };
            self.rows.push(&[telling + shift, idle]).unwrap();
        }
        self
    }

    /// Has people confirm the first of each class, so many of them.
    fn confirm(&mut self, malicious: usize, benign: usize) {
        let mut left = [benign, malicious];
        for (stand, truth) in self.stand.iter_mut().zip(&self.truth) {
            let left = &mut left[usize::from(*truth)];
            if *left > 0 {
                *left -= 1;
                stand.confirmed = true;
                stand.label = Some(if *truth {
                    Label::Malicious
                } else {
                    Label::Benign
                });
            }
        }
    }

    fn queue_of(&self, shares: &QueueMix, budget: usize, seed: u64, threads: u32) -> Queue {
        let tokens = Tokens::new(&self.words, COUNT, 16, 1 << 30);
        let mut run = Run {
            seed,
            threads,
            progress: &mut |_, _, _| ControlFlow::Continue(()),
        };
        queue(&self.pool(&tokens), shares, budget, &mut run).unwrap()
    }

    fn pool<'a>(&'a self, tokens: &'a Tokens<'a>) -> Pool<'a> {
        Pool {
            events: Events {
                schema: &self.schema,
                rows: &self.rows,
                tokens,
                entity: &self.entity,
                campaign: &self.campaign,
                parameters: &self.parameters,
            },
            stand: &self.stand,
            prices: &self.prices,
            detector: None,
        }
    }

    fn queue(&self, budget: usize) -> Queue {
        self.queue_of(&QueueMix::default(), budget, 1, 1)
    }
}

fn only(why: Why) -> QueueMix {
    let share = |other: Why| f64::from(u8::from(other == why));
    QueueMix {
        likely: share(Why::Likely),
        uncertain: share(Why::Uncertain),
        novel: share(Why::Novel),
        suspected: share(Why::Suspected),
        disputed: share(Why::Disputed),
        audit: share(Why::Audit),
    }
}

fn malicious(made: &Made, queue: &Queue) -> usize {
    let items = queue.items.iter();
    items
        .filter(|item| made.truth[item.position as usize])
        .count()
}

#[test]
fn malicious_events_that_nobody_labelled_are_found_from_few_or_many() {
    for (known, judge) in [(3, Judge::FewLabels), (15, Judge::Labels)] {
        let mut made = made();
        made.confirm(known, 60);
        let found = made.queue_of(&only(Why::Likely), 20, 1, 1);
        assert_eq!(found.judge, judge);
        assert_eq!(found.items.len(), 20);
        let right = malicious(&made, &found);
        assert!(right >= 12, "{right} of 20 with {known} known");
    }
}

#[test]
fn odd_signals_are_asked_about_before_any_malicious_event_is_known() {
    let made = made().with_signals();
    let found = made.queue_of(&only(Why::Likely), 20, 1, 1);
    assert_eq!(found.judge, Judge::Oddness);
    let right = malicious(&made, &found);
    assert!(right >= 5, "{right} of 20, where one in 40 is malicious");
    assert!(found.items.iter().all(|item| item.probability.is_none()));
}

#[test]
fn events_without_text_are_found_by_the_signals_of_few() {
    let mut made = made().with_signals();
    made.parameters.views.clear();
    made.confirm(4, 60);
    let found = made.queue_of(&only(Why::Likely), 20, 1, 1);
    assert_eq!(found.judge, Judge::FewLabels);
    let right = malicious(&made, &found);
    assert!(right >= 10, "{right} of 20");
}

#[test]
fn events_of_one_origin_are_compared_with_each_other() {
    let mut made = made().with_signals();
    made.entity.fill(7);
    made.confirm(4, 0);
    let found = made.queue_of(&only(Why::Likely), 20, 1, 1);
    assert_eq!(found.judge, Judge::FewLabels);
    let right = malicious(&made, &found);
    assert!(right >= 8, "{right} of 20");
}

#[test]
fn without_a_malicious_event_the_new_and_the_drawn_are_asked_about() {
    let made = made();
    let found = made.queue(30);
    assert_eq!(found.judge, Judge::Nobody);
    assert_eq!(found.items.len(), 30);
    let kinds: Vec<Why> = found.items.iter().map(|item| item.why).collect();
    assert!(
        kinds
            .iter()
            .all(|why| matches!(why, Why::Novel | Why::Audit)),
        "{kinds:?}"
    );
    assert!(found.items.iter().all(|item| item.probability.is_none()));
}

#[test]
fn one_item_stands_for_its_campaign_and_none_comes_twice() {
    let mut made = made();
    made.confirm(15, 60);
    let found = made.queue(200);
    let mut seen = std::collections::BTreeSet::new();
    for item in &found.items {
        let campaign = made.campaign[item.position as usize];
        assert!(seen.insert(campaign), "campaign {campaign} comes twice");
        for other in &item.others {
            assert_eq!(made.campaign[*other as usize], campaign);
            assert!(!made.stand[*other as usize].confirmed);
        }
        assert!(!made.stand[item.position as usize].confirmed);
        assert!(item.propensity > 0.0 && item.propensity <= 1.0);
    }
    assert!(found.items.iter().any(|item| item.campaign_size() == 4));
}

#[test]
fn what_others_look_at_waits_with_its_campaign() {
    let mut made = made();
    made.confirm(15, 60);
    // The last four are copies of each other.
    let copies = COUNT - 4..COUNT;
    assert_eq!(made.campaign[COUNT - 4], made.campaign[COUNT - 1]);
    let before = made.queue(COUNT);
    made.stand[COUNT - 2].leased = true;
    let found = made.queue(COUNT);
    assert_eq!((before.leased, found.leased), (0, 1));
    assert_eq!(found.open, before.open - 1);
    let asked = found.items.iter();
    let mut asked = asked.flat_map(|item| std::iter::once(&item.position).chain(&item.others));
    assert!(!asked.any(|at| copies.contains(&(*at as usize))));
}

#[test]
fn wrong_and_disputed_labels_are_asked_about_as_such() {
    let mut made = made();
    made.confirm(25, 0);
    for stand in made.stand.iter_mut().filter(|stand| stand.label.is_none()) {
        stand.label = Some(Label::Benign);
    }
    made.stand[77].disputed = true;
    made.stand[77].confirmed = true;
    made.stand[78].disputed = true;
    made.stand[78].answered = true;
    let found = made.queue(60);
    let of = |why: Why| found.items.iter().filter(move |item| item.why == why);
    let disputed: Vec<u32> = of(Why::Disputed).map(|item| item.position).collect();
    assert_eq!(disputed, [77], "who has spoken is not asked again");
    assert!(of(Why::Suspected).count() > 0);
    assert!(of(Why::Suspected).all(|item| item.suspicion >= 0.05));
}

#[test]
fn the_audit_estimates_how_many_are_malicious_in_all() {
    let mut made = made();
    made.confirm(15, 60);
    let open: f64 = made
        .truth
        .iter()
        .zip(&made.stand)
        .filter(|(truth, stand)| **truth && !stand.confirmed)
        .count() as f64;
    let mix = QueueMix {
        likely: 0.2,
        audit: 0.8,
        ..only(Why::Likely)
    };
    let estimate = |seed: u64| {
        let found = made.queue_of(&mix, 250, seed, 1);
        let weighed = found.items.iter().map(|item| {
            let events = std::iter::once(&item.position).chain(&item.others);
            let malicious = events.filter(|at| made.truth[**at as usize]).count();
            malicious as f64 / item.propensity
        });
        weighed.sum::<f64>()
    };
    let seeds = 60;
    let estimates: Vec<f64> = (0..seeds).map(estimate).collect();
    let mean = estimates.iter().sum::<f64>() / f64::from(u32::try_from(seeds).unwrap());
    let spread = estimates.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / 59.0;
    let error = (spread / 60.0).sqrt();
    // What is picked hangs on the seed a little, so that nothing is exact but the mean.
    assert!(
        (mean - open).abs() < 4.0 * error + 0.5,
        "{mean} +- {error} for {open}"
    );
}

#[test]
fn threads_change_nothing() {
    let mut made = made();
    made.confirm(15, 60);
    let mix = QueueMix::default();
    assert_eq!(made.queue_of(&mix, 50, 7, 1), made.queue_of(&mix, 50, 7, 3));
}

#[test]
fn nearest_labelled_events_are_the_copies_first() {
    let mut made = made();
    made.confirm(0, 1_000);
    let tokens = Tokens::new(&made.words, COUNT, 16, 1 << 30);
    let first = (0..COUNT)
        .find(|at| at % 20 == 17 && !made.truth[*at])
        .unwrap();
    let asked = u32::try_from(first).unwrap();
    let near = nearest(&made.pool(&tokens), &[asked], 2);
    assert_eq!(near[0].len(), 2);
    assert!(near[0][0].likeness > 0.999, "{near:?}");
    assert_eq!(near[0][0].label, Label::Benign);
    assert!(near[0].iter().all(|it| it.position != asked));
}

#[test]
fn budgets_are_shared_out_and_take_turns() {
    assert_eq!(
        shared_out(10, [0.6, 0.1, 0.05, 0.1, 0.05, 0.1]),
        [6, 1, 1, 1, 0, 1]
    );
    assert_eq!(shared_out(3, [0.0, 1.0, 1.0]), [0, 2, 1]);
    assert_eq!(shared_out(5, [0.0, 0.0]), [0, 0]);
    for budget in 0..50 {
        let sum: usize = shared_out(budget, [0.5, 0.3, 0.01]).iter().sum();
        assert_eq!(sum, budget);
    }
    assert_eq!(
        in_turn(vec![vec!['a'; 4], vec!['b'; 2]]),
        ['a', 'b', 'a', 'a', 'b', 'a']
    );
}
