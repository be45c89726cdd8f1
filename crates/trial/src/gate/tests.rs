//! The gate on simulated verdicts: how often it refuses what is worse, and what is not.

use proptest::prelude::*;
use ringtrue_core::cost::Prices;
use ringtrue_core::metrics::Traffic;
use ringtrue_core::random::Random;
use ringtrue_core::task::{Gate, PartLimits};
use ringtrue_core::{Action, CostSheet, Digest, EventId, EventTime, Label};

use super::*;
use crate::compare::{Answer, NO_NAME, Pair, Pairs, Setting, compare};

/// A family in a simulation: its events, and by how much more of them the new detector misses.
#[derive(Clone, Copy)]
struct Simulated {
    name: &'static str,
    events: u32,
    loss: f64,
}

/// The other families, in which nothing is planted.
const OTHERS: [(&str, u32); 6] = [
    ("bank", 700),
    ("cloud", 500),
    ("parcel", 400),
    ("tax", 200),
    ("game", 100),
    ("tiny", 6),
];
const BENIGN: u32 = 20_000;
/// Share of events whose verdict changes by chance, each way.
const CHURN: f64 = 0.01;

fn pair(number: u32, (label, family): (Label, u32), [old, new]: [bool; 2]) -> Pair {
    let action = |flagged: bool| {
        if flagged {
            Action::Block
        } else {
            Action::Allow
        }
    };
    let answer = |flagged: bool| Answer {
        score: if flagged { 0.9 } else { 0.1 },
        action: action(flagged),
    };
    let mut id = [0; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    Pair {
        id: EventId(id),
        time: Some(EventTime(i64::from(number) * 3_600_000_000)),
        label,
        prices: Prices {
            false_positive: 10.0,
            false_negative: 1_000.0,
            review: 5.0,
        },
        group: number,
        family,
        source: NO_NAME,
        tenant: NO_NAME,
        slices: Box::default(),
        old: answer(old),
        new: answer(new),
        place: number,
    }
}

/// Draws both verdicts of an event: the old one is right with this share, and changes come by chance and by loss.
fn drawn(random: &mut Random, right: f64, loss: f64) -> [bool; 2] {
    let old = random.chance(right);
    let changes = if old {
        (CHURN + loss) / right
    } else {
        CHURN / (1.0 - right)
    };
    [old, old != random.chance(changes)]
}

fn simulated(seed: u64, planted: Simulated) -> Pairs {
    let mut random = Random::new(seed);
    let mut pairs = Pairs::default();
    let others = OTHERS.map(|(name, events)| Simulated {
        name,
        events,
        loss: 0.0,
    });
    let mut number = 0;
    for (family, simulated) in (0_u32..).zip(std::iter::once(planted).chain(others)) {
        pairs.names.push(simulated.name.to_owned());
        for _ in 0..simulated.events {
            let right = drawn(&mut random, 0.9, simulated.loss);
            pairs
                .events
                .push(pair(number, (Label::Malicious, family), right));
            number += 1;
        }
    }
    for _ in 0..BENIGN {
        let [old, new] = drawn(&mut random, 0.97, 0.0);
        pairs
            .events
            .push(pair(number, (Label::Benign, NO_NAME), [!old, !new]));
        number += 1;
    }
    pairs.settle();
    pairs
}

fn side() -> Side {
    Side {
        detector: Digest::of(b"detector"),
        name: "detector".to_owned(),
        dataset: Digest::of(b"dataset"),
    }
}

fn gated(pairs: &Pairs, limits: &Gate, resamples: u32) -> GateReport {
    let sheet = CostSheet::default();
    let setting = Setting {
        traffic: Traffic::from(&sheet),
        resamples,
        seed: 1,
    };
    let (comparison, money) = compare(pairs, (side(), side()), &setting);
    let evidence = Evidence {
        pairs,
        comparison: &comparison,
        money: money.as_ref(),
        must_keep: &[],
        samples: &[],
        limits,
        sheet: &sheet,
        learned_from: Some(0),
        unfit: &[],
    };
    gate(&evidence, Digest::of(b"task"), "0.0.0")
}

/// Returns how often the gate passes, cannot tell and refuses, and how often it cannot tell of the planted family.
fn counted(runs: u64, planted: Simulated) -> ([u32; 3], u32) {
    let (mut decisions, mut open) = ([0; 3], 0);
    for run in 0..runs {
        let report = gated(&simulated(1_000 + run, planted), &Gate::default(), 20);
        decisions[report.decision as usize] += 1;
        let of_family = report
            .checks
            .iter()
            .find(|check| check.code == "G021" && check.subject.as_deref() == Some(planted.name));
        let check = of_family.expect("the family is judged");
        open += u32::from(check.passed.is_none() && check.more_events.is_some());
        if planted.loss > 0.015 && check.passed == Some(false) {
            assert!(report.decision == Decision::Refuse);
        }
    }
    (decisions, open)
}

const fn planted(events: u32, loss: f64) -> Simulated {
    Simulated {
        name: "planted",
        events,
        loss,
    }
}

#[test]
fn ten_points_of_three_hundred_events_are_refused() {
    let ([_, _, refused], _) = counted(200, planted(300, 0.10));
    assert!(refused >= 190, "{refused}");
}

#[test]
fn two_points_of_three_thousand_events_are_refused() {
    let ([_, _, refused], _) = counted(200, planted(3_000, 0.02));
    assert!(refused >= 190, "{refused}");
}

#[test]
fn churn_alone_is_refused_in_no_more_than_one_case_of_twenty() {
    let (decisions, _) = counted(200, planted(300, 0.0));
    assert!(decisions[Decision::Refuse as usize] <= 10, "{decisions:?}");
}

#[test]
fn smaller_losses_are_left_open_with_the_events_that_would_tell() {
    let (decisions, open) = counted(200, planted(300, 0.025));
    assert!(open >= 140, "{open} {decisions:?}");
    assert_eq!(decisions[Decision::Pass as usize], 0, "{decisions:?}");
}

#[test]
fn the_events_that_it_asks_for_do_tell() {
    let of_family = |report: &GateReport| {
        let found = report
            .checks
            .iter()
            .find(|check| check.subject.as_deref() == Some("planted"));
        found.cloned().expect("the family is judged")
    };
    // Asked where the loss that is seen is the true one: then what is asked for has to hold.
    let off = |check: &GateCheck| (check.measured.expect("it is measured") - 0.03).abs();
    let first = (0..50)
        .map(|run| {
            of_family(&gated(
                &simulated(run, planted(300, 0.03)),
                &Gate::default(),
                20,
            ))
        })
        .filter(|check| check.passed.is_none())
        .min_by(|left, right| off(left).total_cmp(&off(right)))
        .expect("300 events seldom tell");
    assert!(off(&first) < 0.004, "{first:?}");
    let more = first.more_events.expect("a number of events");
    let events = 300 + u32::try_from(more).expect("few");
    let told = (0..50).filter(|run| {
        let report = gated(
            &simulated(100 + run, planted(events, 0.03)),
            &Gate::default(),
            20,
        );
        of_family(&report).passed.is_some()
    });
    let told = told.count();
    assert!(told >= 37, "{told} of 50 with {events}");
}

#[test]
fn a_detector_against_itself_passes() {
    let mut pairs = simulated(3, planted(300, 0.1));
    for pair in &mut pairs.events {
        pair.new = pair.old;
    }
    let report = gated(&pairs, &Gate::default(), 50);
    assert_eq!(report.decision, Decision::Pass, "{:?}", report.checks);
    let text = report.to_json().unwrap();
    assert_eq!(GateReport::from_json(text.as_bytes()).unwrap(), report);
    assert_eq!(
        report.comparison.negative_flips + report.comparison.positive_flips,
        0
    );
}

#[test]
fn stated_limits_hold_in_place_of_what_is_usual() {
    let pairs = simulated(3, planted(3_000, 0.02));
    let allows = Gate {
        recall_drop_max: Some(0.1),
        family_recall_drop_max: Some(0.1),
        cost_increase_share_max: Some(2.0),
        new_alerts_per_day_max: Some(1e6),
        ..Gate::default()
    };
    let report = gated(&pairs, &allows, 50);
    assert_ne!(report.decision, Decision::Refuse, "{:?}", report.checks);
    let strict = Gate {
        recall_min: Some(0.99),
        ..allows.clone()
    };
    let report = gated(&pairs, &strict, 50);
    assert_eq!(report.decision, Decision::Refuse);
    let text = report.to_json().unwrap();
    assert!(GateReport::from_json(text.as_bytes()).is_ok());
    let of = |code: &str| report.checks.iter().find(|check| check.code == code);
    assert_eq!(of("G040").and_then(|check| check.passed), Some(false));
}

#[test]
fn one_event_of_a_must_keep_set_is_enough_to_refuse() {
    let sheet = CostSheet::default();
    let setting = Setting {
        traffic: Traffic::from(&sheet),
        resamples: 20,
        seed: 1,
    };
    let mut pairs = simulated(3, planted(300, 0.0));
    for pair in &mut pairs.events {
        pair.new = pair.old;
    }
    let (comparison, money) = compare(&pairs, (side(), side()), &setting);
    let set = |[old, new]: [bool; 2]| MustKeep {
        name: "incidents.csv".to_owned(),
        pairs: Pairs {
            events: vec![pair(0, (Label::Malicious, NO_NAME), [old, new])],
            ..Pairs::default()
        },
        unasked: 0,
    };
    for (verdicts, unasked, expected) in [
        ([true, false], 0, Decision::Refuse),
        ([true, true], 0, Decision::Pass),
        ([false, false], 0, Decision::Pass),
        // Of a row that was not asked about nobody can tell.
        ([true, true], 1, Decision::CannotTell),
        ([true, false], 1, Decision::Refuse),
    ] {
        let must_keep = [MustKeep {
            unasked,
            ..set(verdicts)
        }];
        let evidence = Evidence {
            pairs: &pairs,
            comparison: &comparison,
            money: money.as_ref(),
            must_keep: &must_keep,
            samples: &[],
            limits: &Gate::default(),
            sheet: &sheet,
            learned_from: None,
            unfit: &[],
        };
        let report = gate(&evidence, Digest::of(b"task"), "0.0.0");
        assert_eq!(report.decision, expected, "{verdicts:?} {unasked}");
        let unfit = ["labels are wrong".to_owned()];
        let evidence = Evidence {
            unfit: &unfit,
            ..evidence
        };
        let report = gate(&evidence, Digest::of(b"task"), "0.0.0");
        assert_eq!(report.decision, Decision::Refuse);
    }
}

/// Returns what a gate says to a check of a part.
fn answered<'a>(report: &'a GateReport, code: &str, subject: Option<&str>) -> &'a GateCheck {
    let mut checks = report.checks.iter();
    let found = checks.find(|it| it.code == code && it.subject.as_deref() == subject);
    found.expect("it is asked")
}

#[test]
fn a_stated_limit_holds_for_a_small_part_and_cannot_be_told_of_an_absent_one() {
    let limit = |family: &str| PartLimits {
        family: Some(family.to_owned()),
        recall_drop_max: Some(0.0),
        ..PartLimits::default()
    };
    let mut pairs = simulated(7, planted(300, 0.0));
    for pair in &mut pairs.events {
        pair.new = pair.old;
    }
    let report = gated(&pairs, &Gate::default(), 20);
    let asked = |report: &GateReport, name: &str| {
        report
            .checks
            .iter()
            .any(|it| it.subject.as_deref() == Some(name))
    };
    assert!(
        !asked(&report, "tiny"),
        "six events have no claim of their own"
    );
    let limits = Gate {
        limits: vec![limit("tiny"), limit("never")],
        ..Gate::default()
    };
    let report = gated(&pairs, &limits, 20);
    assert_eq!(answered(&report, "G021", Some("tiny")).passed, Some(true));
    assert_eq!(answered(&report, "G021", Some("never")).passed, None);
    assert_eq!(report.decision, Decision::CannotTell);
}

#[test]
fn money_and_alerts_are_held_to_limits_of_their_own() {
    let pairs = simulated(5, planted(300, 0.0));
    let spent =
        |limits: &Gate, code: &str| answered(&gated(&pairs, limits, 20), code, None).clone();
    let within = |cost: f64| Gate {
        cost_per_day_max: Some(cost),
        alerts_per_day_max: Some(cost),
        ..Gate::default()
    };
    let found = spent(&within(1e9), "G012");
    let (measured, high) = (found.measured.unwrap(), found.high.unwrap());
    // A day of the traffic: what is missed costs 1,000, what is blocked in error 10.
    let rate = |label: Label| {
        let of_class = pairs.events.iter().filter(|pair| pair.label == label);
        let wrong = of_class
            .clone()
            .filter(|pair| pair.is_right(pair.new.action) == Some(false));
        wrong.count() as f64 / of_class.count() as f64
    };
    let sheet = CostSheet::default();
    let traffic = Traffic::from(&sheet);
    let malicious = traffic.events_per_day * traffic.malicious_share;
    let benign = traffic.events_per_day - malicious;
    let expected =
        malicious * rate(Label::Malicious) * 1_000.0 + benign * rate(Label::Benign) * 10.0;
    assert!(
        (measured / expected - 1.0).abs() < 1e-9,
        "{measured} {expected}"
    );
    assert_eq!(found.passed, Some(true));
    let answers =
        [high, measured * 1.001, measured * 0.5].map(|limit| spent(&within(limit), "G012"));
    assert_eq!(
        answers.each_ref().map(|it| it.passed),
        [Some(true), None, Some(false)]
    );
    assert!(answers[1].more_events.is_some());
    let alerts = spent(&within(1e9), "G013").measured.unwrap();
    assert!(
        (alerts / (benign * rate(Label::Benign)) - 1.0).abs() < 1e-9,
        "{alerts}"
    );
}

#[test]
fn a_part_is_held_to_money_of_its_own() {
    let pairs = simulated(5, planted(300, 0.2));
    let limits = |family: &str, rise: f64| Gate {
        limits: vec![PartLimits {
            family: Some(family.to_owned()),
            cost_increase_per_day_max: Some(rise),
            cost_per_day_max: Some(1e9),
            ..PartLimits::default()
        }],
        ..Gate::default()
    };
    let rise = |family: &str, rise: f64| {
        let report = gated(&pairs, &limits(family, rise), 20);
        let text = report.to_json().unwrap();
        assert_eq!(GateReport::from_json(text.as_bytes()).unwrap(), report);
        assert_eq!(
            answered(&report, "G012", Some(family)).passed.is_some(),
            family != "never"
        );
        answered(&report, "G014", Some(family)).clone()
    };
    let planted = rise("planted", 0.0);
    assert_eq!(planted.passed, Some(false), "{planted:?}");
    let measured = planted.measured.unwrap();
    assert_eq!(rise("planted", measured * 2.0).passed, Some(true));
    assert!(rise("bank", 0.0).measured.unwrap().abs() < measured / 3.0);
    assert_eq!(rise("never", 0.0).passed, None);
}

#[test]
fn what_was_learned_from_cannot_tell_of_the_future() {
    let mut pairs = simulated(3, planted(300, 0.0));
    for pair in &mut pairs.events {
        pair.new = pair.old;
    }
    let sheet = CostSheet::default();
    let setting = Setting {
        traffic: Traffic::from(&sheet),
        resamples: 20,
        seed: 1,
    };
    let (comparison, money) = compare(&pairs, (side(), side()), &setting);
    let decided = |learned_from: Option<u64>, limits: &Gate| {
        let evidence = Evidence {
            pairs: &pairs,
            comparison: &comparison,
            money: money.as_ref(),
            must_keep: &[],
            samples: &[],
            limits,
            sheet: &sheet,
            learned_from,
            unfit: &[],
        };
        gate(&evidence, Digest::of(b"task"), "0.0.0").decision
    };
    let usual = Gate::default();
    assert_eq!(decided(None, &usual), Decision::Pass);
    assert_eq!(decided(Some(0), &usual), Decision::Pass);
    assert_eq!(decided(Some(1), &usual), Decision::CannotTell);
    let tenth = Gate {
        learned_from_share_max: Some(0.1),
        ..Gate::default()
    };
    assert_eq!(decided(Some(1), &tenth), Decision::Pass);
    // A stated limit of robustness demands that somebody attacks.
    let attacked = Gate {
        robustness_drop_max: Some(0.1),
        ..Gate::default()
    };
    assert_eq!(decided(None, &attacked), Decision::CannotTell);
}

#[test]
fn copies_of_one_page_are_one_observation_of_recall() {
    let limits = Gate {
        recall_min: Some(0.9),
        ..Gate::default()
    };
    let judged = |copies: bool| {
        let mut pairs = simulated(9, planted(0, 0.0));
        pairs.events.retain(|pair| pair.label == Label::Benign);
        for number in 0..200 {
            let mut caught = pair(100_000 + number, (Label::Malicious, 0), [true, true]);
            if copies {
                caught.group = 100_000;
            }
            pairs.events.push(caught);
        }
        pairs.settle();
        answered(&gated(&pairs, &limits, 20), "G040", None).passed
    };
    assert_eq!((judged(false), judged(true)), (Some(true), None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn neither_order_nor_threads_matter(seed in 0_u64..1_000, shuffle in 0_u64..1_000) {
        let pairs = simulated(seed, planted(50, 0.05));
        let mut shuffled = pairs.clone();
        let mut random = Random::new(shuffle);
        for at in (1..shuffled.events.len()).rev() {
            let other = usize::try_from(random.below(at as u64 + 1)).unwrap_or(0);
            shuffled.events.swap(at, other);
        }
        shuffled.settle();
        let on = |threads: usize, pairs: &Pairs| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| gated(pairs, &Gate::default(), 20).to_json().expect("numbers"))
        };
        prop_assert_eq!(on(1, &pairs), on(3, &shuffled));
    }
}

#[test]
fn a_sample_that_is_not_stopped_refuses_and_one_that_is_gone_leaves_it_open() {
    let sheet = CostSheet::default();
    let setting = Setting {
        traffic: Traffic::from(&sheet),
        resamples: 20,
        seed: 1,
    };
    let mut pairs = simulated(3, planted(300, 0.0));
    for pair in &mut pairs.events {
        pair.new = pair.old;
    }
    let (comparison, money) = compare(&pairs, (side(), side()), &setting);
    let sample = |does: Option<Action>| Sample {
        event: EventId([3; 16]),
        wanted: Action::Review,
        does,
    };
    let (allows, reviews, blocks) = (
        sample(Some(Action::Allow)),
        sample(Some(Action::Review)),
        sample(Some(Action::Block)),
    );
    let gone = sample(None);
    for (samples, expected) in [
        (vec![], Decision::Pass),
        (vec![reviews, blocks.clone()], Decision::Pass),
        (vec![blocks.clone(), gone.clone()], Decision::CannotTell),
        (vec![blocks, gone, allows], Decision::Refuse),
    ] {
        let evidence = Evidence {
            pairs: &pairs,
            comparison: &comparison,
            money: money.as_ref(),
            must_keep: &[],
            samples: &samples,
            limits: &Gate::default(),
            sheet: &sheet,
            learned_from: None,
            unfit: &[],
        };
        let report = gate(&evidence, Digest::of(b"task"), "0.0.0");
        assert_eq!(report.decision, expected, "{samples:?}");
        let asked = report.checks.iter().any(|check| check.code == "G051");
        assert_eq!(asked, !samples.is_empty());
        assert!(GateReport::from_json(report.to_json().unwrap().as_bytes()).is_ok());
    }
}
