//! Windows of streams whose changes are planted.

use ringtrue_core::random::Random;
use ringtrue_core::verdict::Thresholds;
use ringtrue_core::{EventId, Label, Row};

use super::*;
use crate::{Known, Likeness, Plan};

/// An event of a planted stream.
#[derive(Clone)]
struct Planted {
    row: Vec<f64>,
    score: f64,
    is_malicious: bool,
    source: &'static str,
    id: [u8; 16],
    text: String,
}

const SIGNALS: usize = 30;

fn plan() -> Plan {
    Plan {
        signals: (0..SIGNALS)
            .map(|at| (format!("signal {at}"), true))
            .collect(),
        thresholds: Thresholds {
            review: 0.5,
            block: 0.9,
        },
    }
}

/// Events whose signals hang together; some are flags, some are often missing.
fn stream(seed: u64, events: usize, malicious: f64) -> Vec<Planted> {
    let mut random = Random::new(seed);
    (0..events)
        .map(|_| {
            let is_malicious = random.chance(malicious);
            let campaign = random.pick(&CAMPAIGNS).copied().unwrap_or("");
            let base = random.unit() + if is_malicious { 0.8 } else { 0.0 };
            let row = (0..SIGNALS)
                .map(|at| match at % 3 {
                    0 => base + random.unit(),
                    1 => f64::from(u8::from(random.chance(0.03))),
                    _ if random.chance(0.2) => f64::NAN,
                    _ => random.exponential(1.0 + base),
                })
                .collect();
            let odds = 4.0 * (base - 0.9) + 2.0 * (random.unit() - 0.5);
            Planted {
                row,
                score: 1.0 / (1.0 + (-2.0 * odds).exp()),
                is_malicious,
                source: if random.chance(0.2) {
                    "gateway"
                } else {
                    "proxy"
                },
                id: u128::from(random.next()).to_be_bytes(),
                text: text(&mut random, if is_malicious { campaign } else { "" }),
            }
        })
        .collect()
}

/// What malicious events of the streams begin with; some begin with nothing in common.
const CAMPAIGNS: [&str; 4] = [
    "",
    "",
    "http://parcel-notice.example/track/confirm-address/",
    "http://account-review.example/wallet/unlock/session",
];

/// A text that begins so, with random letters behind.
fn text(random: &mut Random, opening: &str) -> String {
    const LEN: usize = 60;
    let letter = |_| {
        random
            .pick(b"abcdefghijklmnopqrstuvwxyz0123456789/-")
            .copied()
    };
    let letters = (opening.len()..LEN).filter_map(letter).map(char::from);
    opening.chars().chain(letters).collect()
}

/// Events like those of a stream, which are near-copies of each other and score from the first of these to the second.
fn copies(seed: u64, events: usize, (from, to): (f64, f64)) -> Vec<Planted> {
    let mut random = Random::new(seed);
    let mut copies = stream(seed, events, 0.0);
    for copy in &mut copies {
        copy.text = text(
            &mut random,
            "http://tax-refund.example/claim/form/identity/card/",
        );
        copy.score = from + (to - from) * random.unit();
        copy.is_malicious = true;
        copy.source = "gateway";
    }
    copies
}

fn known(event: &Planted) -> Known<'_> {
    Known {
        id: EventId(event.id),
        time: None,
        row: Row::from(event.row.as_slice()),
        score: event.score,
        label: Some(if event.is_malicious {
            Label::Malicious
        } else {
            Label::Benign
        }),
        source: Some(event.source),
        is_outside: event.row[0] > 50.0,
        likeness: Some(Likeness::Text(&event.text)),
    }
}

fn reference(events: &[Planted]) -> Reference {
    Reference::of(&plan(), events.len(), |at| known(&events[at])).unwrap()
}

const CAPACITY: Capacity = Capacity {
    alerts_a_day: 40.0,
    events_a_day: 1e6,
    prices: Prices {
        false_positive: 10.0,
        false_negative: 1_000.0,
        review: 5.0,
    },
};

fn watched(reference: &Reference, events: &[Planted]) -> WindowReport {
    let mut windows = Windows::new(Every::Month);
    for event in events {
        windows.add(reference, &reference.see(&known(event)));
    }
    windows.finish(reference, CAPACITY).remove(0)
}

fn monitor<'a>(report: &'a WindowReport, name: &str) -> &'a MonitorReport {
    report.monitors.iter().find(|it| it.name == name).unwrap()
}

#[test]
fn random_halves_of_the_reference_raise_no_alarm() {
    let events = stream(1, 4_000, 0.1);
    let mut random = Random::new(2);
    let mut alarms = 0;
    for _ in 0..100 {
        let mut order: Vec<(u64, usize)> =
            (0..events.len()).map(|at| (random.next(), at)).collect();
        order.sort_unstable();
        let half = |range: std::ops::Range<usize>| -> Vec<Planted> {
            order[range]
                .iter()
                .map(|(_, at)| events[*at].clone())
                .collect()
        };
        let report = watched(&reference(&half(0..2_000)), &half(2_000..4_000));
        alarms += u32::from(report.state != State::Steady);
    }
    assert!(alarms <= 3, "{alarms}");
}

#[test]
fn size_alone_is_no_alarm() {
    let before = stream(3, 20_000, 0.1);
    let mut now = stream(4, 200_000, 0.1);
    // So small a change is certain among so many events, and matters to nobody.
    for event in &mut now {
        event.row[0] += 0.02;
    }
    let report = watched(&reference(&before), &now);
    let moved = crate::shift::shift(&[1_000; 2], &[1_020, 980]);
    assert!(moved.is_some_and(|it| it.low < 0.02));
    assert_eq!(
        (report.state, report.kind),
        (State::Steady, None),
        "{report:#?}"
    );
}

#[test]
fn a_window_of_few_events_says_nothing() {
    let before = stream(5, 2_000, 0.1);
    let report = watched(&reference(&before), &stream(6, 49, 0.9));
    assert_eq!((report.state, report.kind), (State::CannotTell, None));
    let report = watched(&reference(&before), &stream(6, 60, 0.9));
    assert_eq!(report.state, State::Drift);
}

#[test]
fn few_events_between_the_classes_move_credibility_and_not_the_score() {
    let apart = |seed: u64| {
        let mut events = stream(seed, 8_000, 0.1);
        for event in &mut events {
            event.score = event.score / 20.0 + if event.is_malicious { 0.95 } else { 0.0 };
        }
        events
    };
    let before = reference(&apart(21));
    let mut now = apart(22);
    let report = watched(&before, &now);
    assert_eq!(monitor(&report, "credibility").state, State::Steady);
    for event in now.iter_mut().filter(|it| !it.is_malicious).take(240) {
        event.score = 0.3;
    }
    let report = watched(&before, &now);
    assert_eq!(monitor(&report, "score").state, State::Steady);
    let found = monitor(&report, "credibility");
    assert_eq!(found.state, State::Warning, "{found:#?}");
}

#[test]
fn near_copies_of_which_the_reference_held_none_are_told() {
    let plain = stream(23, 8_000, 0.1);
    let before = reference(&plain);
    let now = [stream(24, 4_000, 0.1), copies(25, 150, (0.97, 0.99))].concat();
    let report = watched(&before, &now);
    let found = monitor(&report, "families");
    assert!(found.state > State::Steady, "{found:#?}");
    assert_eq!(report.kind, Some(Kind::NewFamily));
    let [reading] = found.readings.as_slice() else {
        panic!("{found:#?}")
    };
    let cluster = reading.cluster.as_ref().unwrap();
    assert_eq!(
        (cluster.events, cluster.source.as_deref()),
        (150, Some("gateway"))
    );
    assert!(cluster.caught >= 1.0 && cluster.passed <= 0.0);
    let example = reading.about.as_deref().unwrap();
    let is_shown = |it: &Planted| EventId(it.id).to_string() == example;
    assert!(now[4_000..].iter().any(is_shown));
    // What the reference knows is no news, however much there is of it.
    let before = reference(&[plain, copies(26, 100, (0.97, 0.99))].concat());
    let report = watched(&before, &now);
    assert_eq!(monitor(&report, "families").state, State::Steady);
}

#[test]
fn near_copies_around_a_threshold_are_probing_and_those_on_one_side_are_not() {
    let before = reference(&stream(27, 8_000, 0.1));
    let report = |scores: (f64, f64)| {
        let now = [stream(28, 4_000, 0.1), copies(29, 150, scores)].concat();
        watched(&before, &now)
    };
    let around = report((0.888, 0.912));
    let found = monitor(&around, "probing");
    assert!(found.state > State::Steady, "{found:#?}");
    assert_eq!(around.kind, Some(Kind::Probing));
    let cluster = found.readings[0].cluster.as_ref().unwrap();
    let told = cluster.around.unwrap();
    assert_eq!(told.threshold, crate::Threshold::Block);
    assert_eq!(told.below + told.above, 150);
    assert!(told.below.min(told.above) > 50);
    for scores in [(0.901, 0.912), (0.2, 1.0)] {
        let report = report(scores);
        assert_eq!(monitor(&report, "probing").state, State::Steady);
        assert_ne!(report.kind, Some(Kind::Probing));
    }
}

#[test]
fn probing_is_seen_where_few_events_of_the_reference_are_near() {
    let before = reference(&stream(32, 500, 0.1));
    let now = [stream(33, 4_000, 0.1), copies(34, 300, (0.888, 0.912))].concat();
    assert_eq!(watched(&before, &now).kind, Some(Kind::Probing));
}

#[test]
fn the_kind_of_a_change_is_told() {
    let before = reference(&stream(7, 8_000, 0.1));
    let kind = |change: fn(&mut Planted), malicious: f64| {
        let mut now = stream(8, 4_000, malicious);
        now.iter_mut().for_each(change);
        let report = watched(&before, &now);
        (report.state, report.kind)
    };
    assert_eq!(kind(|_| {}, 0.1), (State::Steady, None));
    assert_eq!(kind(|_| {}, 0.4), (State::Drift, Some(Kind::ClassMix)));
    let broken = kind(|event| event.row[3] = f64::NAN, 0.1);
    assert_eq!(broken, (State::Drift, Some(Kind::Pipeline)));
    let quiet = kind(|event| event.source = "proxy", 0.1);
    assert_eq!(quiet, (State::Drift, Some(Kind::Pipeline)));
    let benign = kind(
        |event| {
            if !event.is_malicious && event.score < 0.5 {
                event.row[2] += 6.0;
                event.row[5] += 6.0;
            }
        },
        0.1,
    );
    assert_eq!(benign, (State::Drift, Some(Kind::BenignPopulation)));
    let without = kind(
        |event| {
            if !event.is_malicious && event.score < 0.5 {
                event.row[2] += 6.0;
                event.row[5] = f64::NAN;
            }
        },
        0.1,
    );
    assert_eq!(without, (State::Drift, Some(Kind::BenignPopulation)));
    // They score high, yet as those benign events do that were judged to: there are more of them below than above the block threshold.
    let taken = kind(
        |event| {
            if !event.is_malicious && event.row[2] < 0.5 {
                event.row[5] = 9.0;
                event.score = 0.7 + event.score / 10.0;
            }
        },
        0.1,
    );
    assert_eq!(taken, (State::Drift, Some(Kind::BenignPopulation)));
    let family = kind(
        |event| {
            if event.is_malicious {
                event.row[1] = 1.0;
                event.row[4] = 1.0;
                event.score = event.score.max(0.97);
            }
        },
        0.3,
    );
    assert_eq!(family, (State::Drift, Some(Kind::NewFamily)));
}

#[test]
fn what_one_class_never_has_is_not_lost_where_there_is_more_of_the_class() {
    let without = |seed: u64, malicious: f64| {
        let mut events = stream(seed, 6_000, malicious);
        for event in events.iter_mut().filter(|it| it.is_malicious) {
            event.row[0] = f64::NAN;
        }
        events
    };
    let before = reference(&without(30, 0.1));
    let report = watched(&before, &without(31, 0.5));
    assert_eq!(monitor(&report, "missing").state, State::Drift);
    assert_eq!(report.kind, Some(Kind::ClassMix));
    let mut lost = without(31, 0.5);
    for event in lost.iter_mut().filter(|it| it.source == "proxy") {
        event.row[3] = f64::NAN;
    }
    assert_eq!(watched(&before, &lost).kind, Some(Kind::Pipeline));
}

#[test]
fn a_broken_pipeline_is_never_estimated() {
    let before = reference(&stream(9, 8_000, 0.1));
    let mut now = stream(10, 4_000, 0.1);
    assert!(watched(&before, &now).estimate.fpr.is_some());
    for event in &mut now {
        event.row[0] = f64::NAN;
    }
    let report = watched(&before, &now);
    assert!(report.estimate.fpr.is_none() && report.estimate.why["fpr"].contains("missing"));
    let mut outside = stream(10, 4_000, 0.1);
    outside
        .iter_mut()
        .take(1_000)
        .for_each(|event| event.row[0] = 99.0);
    let report = watched(&before, &outside);
    assert_eq!(monitor(&report, "scope").state, State::Drift);
    assert!(report.estimate.recall.is_none());
}

#[test]
fn alerts_are_an_alarm_beyond_what_people_can_handle() {
    let before = reference(&stream(11, 8_000, 0.02));
    let now = stream(12, 8_000, 0.3);
    let mut windows = Windows::new(Every::Month);
    for event in &now {
        windows.add(&before, &before.see(&known(event)));
    }
    let state = |alerts_a_day: f64| {
        let capacity = Capacity {
            alerts_a_day,
            ..CAPACITY
        };
        monitor(&windows.finish(&before, capacity)[0], "alerts").state
    };
    assert_eq!(state(40.0), State::Drift);
    assert_eq!(state(1e6), State::Steady);
}

#[test]
fn months_add_up_in_any_order() {
    let events = stream(13, 600, 0.2);
    let before = reference(&events);
    let time = |at: usize| EventTime::from_date(2027, 1 + i8::try_from(at % 3).unwrap(), 5);
    let windows = |order: &mut dyn Iterator<Item = usize>| {
        let mut windows = Windows::new(Every::Month);
        for at in order {
            let known = Known {
                time: Some(time(at)),
                ..known(&events[at])
            };
            windows.add(&before, &before.see(&known));
        }
        windows
    };
    let whole = windows(&mut (0..600));
    let mut merged = windows(&mut (300..600).rev());
    merged.merge(&before, &windows(&mut (0..300)));
    assert_eq!(merged, whole);
    let reports = whole.finish(&before, CAPACITY);
    let names: Vec<&str> = reports.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["2027-01", "2027-02", "2027-03"]);
    assert_eq!(reports[0].from.as_deref(), Some("2027-01-05T00:00:00Z"));
    let labelled = reports[0].labelled.unwrap();
    assert_eq!(labelled.malicious + labelled.benign, 200);
    let mut counted = Windows::new(Every::Events(250));
    for event in &events {
        counted.add(&before, &before.see(&known(event)));
    }
    let sizes: Vec<u64> = counted
        .finish(&before, CAPACITY)
        .iter()
        .map(|it| it.events)
        .collect();
    assert_eq!(sizes, [250, 250, 100]);
}

#[test]
fn samples_of_many_windows_are_smaller_in_whatever_order_they_came() {
    let events = copies(15, 2_000, (0.97, 0.99));
    let before = reference(&stream(16, 2_000, 0.1));
    let month = |number: usize| {
        let years = i16::try_from(number / 12).unwrap();
        EventTime::from_date(2020 + years, 1 + i8::try_from(number % 12).unwrap(), 1)
    };
    let windows = |months: &mut dyn Iterator<Item = usize>| {
        let mut windows = Windows::new(Every::Month);
        for number in months {
            let held = if number == 0 {
                &events[..]
            } else {
                &events[..1]
            };
            for event in held {
                let time = Some(month(number));
                let known = Known {
                    time,
                    ..known(event)
                };
                windows.add(&before, &before.see(&known));
            }
        }
        windows
    };
    let sampled = |windows: &Windows| windows.held[&Key::Month(month(0))].sample.sampled();
    let few = windows(&mut (0..32));
    let all = sampled(&few);
    assert_eq!(all, 2_000);
    let many = windows(&mut (0..33));
    assert_eq!(sampled(&many), 1_024);
    assert_eq!(windows(&mut (0..33).rev()), many);
    let mut merged = windows(&mut (32..33));
    merged.merge(&before, &few);
    assert_eq!(merged, many);
}

#[test]
fn a_million_events_take_the_room_of_a_thousand() {
    let few = stream(14, 1_000, 0.1);
    let before = reference(&few);
    let mut windows = Windows::new(Every::Month);
    let size = |windows: &Windows| {
        serde_json::to_vec(&windows.held[&Key::Untimed])
            .unwrap()
            .len()
    };
    for event in &few {
        windows.add(&before, &before.see(&known(event)));
    }
    let small = size(&windows);
    for _ in 1..1_000 {
        for event in &few {
            windows.add(&before, &before.see(&known(event)));
        }
    }
    assert!(size(&windows) < 2 * small);
    assert_eq!(windows.finish(&before, CAPACITY)[0].events, 1_000_000);
}
