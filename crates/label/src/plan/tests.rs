//! The plan on made-up entries and events, by hand.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use ringtrue_core::random::{Random, mix};
use ringtrue_core::task::Deciding;
use ringtrue_core::{
    Digest, EventId, EventTime, Kind, Label, LabelEntry, Method, RowBlock, SignalSchema, Task,
    TaskName,
};
use ringtrue_model::Tokens;
use ringtrue_model::train::{Run, TrainParameters};

use super::*;
use crate::decided::{Ledger, Own};
use crate::events::Events;
use crate::testing::Words;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

fn task() -> TaskName {
    TaskName {
        name: "phishing".to_owned(),
        meaning: Digest::of(b"what is malicious"),
    }
}

fn id(number: u8) -> EventId {
    EventId([number; 16])
}

fn said(number: u8, who: &str, label: Label, known: i64) -> LabelEntry {
    LabelEntry {
        event: id(number),
        label: Some(label),
        certainty: 1.0,
        who: who.to_owned(),
        role: "analyst".to_owned(),
        evidence: "looked at".to_owned(),
        note: String::new(),
        method: Method::Analyst,
        known: EventTime(known),
        expires: None,
        task: task(),
    }
}

#[test]
fn delays_are_days_and_none_is_told_of_nine() {
    let known = |days: i64| (EventTime(0), EventTime(days * DAY));
    let ten: Vec<_> = (0..11).map(known).collect();
    let told = delay(&ten);
    let days = told.days.unwrap();
    assert!((days.low - 1.0).abs() < 1e-9 && (days.middle - 5.0).abs() < 1e-9);
    assert!((days.high - 9.0).abs() < 1e-9);
    assert_eq!(told.before, 0);
    assert_eq!(delay(&ten[..9]).days, None);
    let before: Vec<_> = (0..11).map(|_| known(-2)).collect();
    assert_eq!(delay(&before).before, 11);
    assert!(delay(&before).days.unwrap().high.abs() < 1e-9);
}

#[test]
fn labour_counts_looks_and_leaves_pauses_and_programs_out() {
    let mut entries: Vec<LabelEntry> = (0..12)
        .map(|at| said(at, "ann", Label::Benign, i64::from(at) * 2 * MINUTE))
        .collect();
    // A campaign that was confirmed at once, a pause over lunch, and a feed.
    entries.push(said(20, "ann", Label::Benign, 0));
    entries.push(said(21, "ann", Label::Benign, 200 * MINUTE));
    entries.push(LabelEntry {
        method: Method::Feed,
        ..said(22, "list", Label::Benign, 0)
    });
    let told = labour(&entries);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].labels, told[0].looks), (14, 13));
    let minutes = told[0].minutes.unwrap();
    assert!((minutes.low - 2.0).abs() < 1e-9 && (minutes.high - 2.0).abs() < 1e-9);
    assert_eq!(labour(&entries[..5])[0].minutes, None);
}

#[test]
fn claims_need_what_the_rule_and_the_exact_figure_say() {
    let mut task = Task::assumed(Kind::Url);
    task.gate.false_positive_rate_max = Some(1e-3);
    let [rate, recall] = claims(&task, 4_000, 1_000);
    assert_eq!(rate.rule_of_three, Some(3_000.0));
    assert!((rate.needed - 2_995.0).abs() < 1e-9 && rate.is_stated);
    assert!((rate.judged - 1_000.0).abs() < 1e-9);
    assert!((rate.lacking - (4.0 * 2_995.0 - 4_000.0)).abs() < 1e-9);
    assert!(!recall.is_stated && recall.lacking.abs() < 1e-9 && recall.rule_of_three.is_none());
}

#[test]
fn who_says_what_the_others_decided_is_asked_first() {
    let mut entries = Vec::new();
    // Ann and ben agree on 60 events; cy takes every third malicious one for benign.
    for at in 0..60_u8 {
        let truth = if at % 2 == 0 {
            Label::Malicious
        } else {
            Label::Benign
        };
        entries.push(said(at, "ann", truth, 1));
        entries.push(said(at, "ben", truth, 2));
        let errs = at % 6 == 0;
        entries.push(said(at, "cy", if errs { Label::Benign } else { truth }, 3));
    }
    let rules = Deciding {
        quorum: 2,
        ..Deciding::default()
    };
    let ledger = Ledger::of(entries, &task(), &rules);
    let found = people(&ledger, EventTime(10), |_| {
        Some((Own::default(), Some("kit")))
    });
    let who: Vec<&str> = found.labellers.iter().map(|it| &*it.who).collect();
    assert_eq!(who, ["ann", "ben", "cy"]);
    let cy = &found.labellers[2];
    assert_eq!((cy.asked - cy.right, cy.asked), (10, 60));
    let of: BTreeMap<&str, &Assigned> = found
        .assigned
        .iter()
        .map(|it| (it.subject.words(), it))
        .collect();
    assert_eq!(of["benign"].who.len(), 3, "all are right on benign ones");
    assert_eq!(of["malicious"].who, ["ann", "ben"]);
    assert_eq!(of["kit"].who, ["ann", "ben"]);
    let wrong = found.wrong.unwrap().value;
    let found = found.two_pay_above(5.0).unwrap();
    assert!((found.0 - 5.0 / wrong).abs() < 1e-9 && found.1[0] < found.0 && found.0 < found.1[1]);
}

#[test]
fn a_lone_labeller_is_not_measured_by_themselves() {
    let entries: Vec<LabelEntry> = (0..60)
        .map(|at| said(at, "ann", Label::Malicious, 1))
        .collect();
    let ledger = Ledger::of(entries, &task(), &Deciding::default());
    let found = people(&ledger, EventTime(10), |_| Some((Own::default(), None)));
    assert_eq!(
        (found.labellers[0].labels, found.labellers[0].asked),
        (60, 0)
    );
    assert!(found.wrong.is_err() && found.two_pay_above(5.0).is_none());
    assert!(found.assigned.iter().all(|it| it.who.is_empty()));
}

#[test]
fn the_balance_says_what_the_whole_interval_says() {
    let weighed = |low: f64, high: f64| balance((0.01, [low, high]), 10_000.0, 50.0).verdict;
    assert_eq!(weighed(0.006, 0.02), Verdict::GoOn);
    assert_eq!(weighed(0.0, 0.004), Verdict::Stop);
    assert_eq!(weighed(0.0, 0.02), Verdict::CannotTell);
}

/// Events of words only: one in ten is malicious and takes a share of its words from a vocabulary of its own.
struct Made {
    schema: SignalSchema,
    rows: RowBlock,
    words: Words,
    numbers: Vec<u32>,
    labels: Vec<Label>,
    times: Vec<Option<EventTime>>,
    parameters: TrainParameters,
}

fn made(count: u32, vocabulary: u64) -> Made {
    let mut random = Random::new(5);
    let (mut words, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let malicious = random.chance(0.1);
        let word = |random: &mut Random| {
            let number = if malicious && random.chance(0.3) {
                5_000 + random.below(vocabulary)
            } else {
                random.below(3_000)
            };
            u32::try_from(mix(number) >> 32).unwrap()
        };
        words.push((0..10).map(|_| word(&mut random)).collect());
        labels.push(if malicious {
            Label::Malicious
        } else {
            Label::Benign
        });
    }
    Made {
        schema: SignalSchema {
            code: "test".to_owned(),
            signals: Vec::new(),
        },
        rows: RowBlock::new(Digest::of(b"test"), 0),
        words: Words(words),
        numbers: (0..count).collect(),
        labels,
        times: (0..i64::from(count))
            .map(|at| Some(EventTime(at)))
            .collect(),
        parameters: TrainParameters {
            bits: 16,
            ..TrainParameters::default()
        },
    }
}

impl Made {
    fn growth(&self, more: f64) -> Result<Growth, NoGrowth> {
        let tokens = Tokens::new(&self.words, self.labels.len(), 16, 1 << 30);
        let data = Labelled {
            events: Events {
                schema: &self.schema,
                rows: &self.rows,
                tokens: &tokens,
                entity: &self.numbers,
                campaign: &self.numbers,
                parameters: &self.parameters,
            },
            labels: &self.labels,
            times: &self.times,
            rate: 1e-2,
        };
        let mut run = Run {
            seed: 1,
            threads: 2,
            progress: &mut |_, _, _| ControlFlow::Continue(()),
        };
        growth(&data, more, &mut run)
    }
}

#[test]
fn recall_grows_with_labels_and_more_labels_add_more() {
    let made = made(4_000, 400);
    let few = made.growth(100.0).unwrap();
    assert_eq!(few.steps.len(), 4);
    let first = few.steps[0].recall;
    let last = few.steps[3].recall;
    assert!(last > first + 0.1, "{first} {last}");
    assert!((few.rate - 1e-2).abs() < 2e-3, "{}", few.rate);
    let (gained, [low, high]) = few.gained;
    assert!(gained > 0.0 && low <= gained && gained <= high);
    let many = made.growth(2_000.0).unwrap();
    assert!(many.gained.0 > gained);
    assert_eq!(few.judged.iter().sum::<u64>(), 1_000);
}

#[test]
fn too_few_labels_draw_no_curve() {
    assert!(matches!(
        made(100, 400).growth(100.0),
        Err(NoGrowth::Few { .. })
    ));
    assert!(matches!(
        made(250, 400).growth(100.0),
        Err(NoGrowth::Few { .. } | NoGrowth::Points(_))
    ));
}
