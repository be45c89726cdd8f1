//! What a stream of URLs promises: determinism, exact counts, time order, honest sources, parseable
//! URLs, clean streams without errors, campaigns that rise and fall, bounded state.

#![expect(clippy::expect_used, reason = "a test's helpers may panic")]

use std::collections::{BTreeMap, BTreeSet};

use ringtrue_core::digest::DigestBuilder;
use ringtrue_core::{EventTime, Label, Trust};
use ringtrue_simulate::{
    SimulateError, SimulatedEvent, UrlParameters, UrlStream, csv_header, push_csv_record,
};

fn parameters(months: u32, events: u64, seed: u64) -> UrlParameters {
    UrlParameters {
        months,
        events,
        seed,
        clean: false,
        start: EventTime::from_date(2024, 1, 1),
        malicious_share: 0.05,
        pace: 1.0,
    }
}

fn clean(months: u32, events: u64, seed: u64) -> UrlParameters {
    UrlParameters {
        clean: true,
        ..parameters(months, events, seed)
    }
}

fn stream(parameters: &UrlParameters) -> UrlStream {
    UrlStream::new(parameters).expect("valid parameters")
}

fn digest(parameters: &UrlParameters, lines: usize) -> String {
    let mut builder = DigestBuilder::default();
    for event in stream(parameters).take(lines) {
        let mut record = String::new();
        push_csv_record(&event, &mut record).expect("a string takes everything");
        builder.piece(record.as_bytes());
    }
    builder.finish().short()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let golden = [
        (parameters(9, 20_000, 1), "4985d6c27927"),
        (parameters(9, 20_000, 2), "b6f1bda26125"),
        (clean(9, 20_000, 1), "2b612ab0d54e"),
    ];
    let found = golden
        .each_ref()
        .map(|(parameters, _)| digest(parameters, 10_000));
    let expected = golden.map(|(_, digest)| digest.to_owned());
    assert_eq!(found, expected);
}

#[test]
fn the_count_is_exact_and_known_beforehand() {
    for events in [0, 1, 999, 12_345] {
        let mut made = stream(&parameters(2, events, 3));
        let expected = usize::try_from(events).expect("small");
        assert_eq!(made.size_hint(), (expected, Some(expected)));
        assert_eq!(made.by_ref().count(), expected);
        assert!(made.next().is_none());
    }
}

#[test]
fn events_come_in_time_order_and_labels_after_them() {
    let mut last = EventTime(i64::MIN);
    let end = EventTime::from_date(2024, 4, 1);
    for event in stream(&parameters(3, 30_000, 4)) {
        assert!(last <= event.first_seen && event.first_seen < end);
        assert!(event.first_seen <= event.label_known);
        assert_eq!(event.trust, Trust::Synthetic);
        last = event.first_seen;
    }
}

#[test]
fn impossible_parameters_are_refused() {
    let share = |malicious_share| UrlParameters {
        malicious_share,
        ..parameters(1, 1, 1)
    };
    let pace = |pace| UrlParameters {
        pace,
        ..parameters(1, 1, 1)
    };
    let refused = |parameters: &UrlParameters| UrlStream::new(parameters).err();
    assert_eq!(refused(&pace(-1.0)), Some(SimulateError::Pace(-1.0)));
    assert_eq!(refused(&pace(101.0)), Some(SimulateError::Pace(101.0)));
    assert_eq!(
        refused(&parameters(0, 1, 1)),
        Some(SimulateError::Months(0))
    );
    assert_eq!(
        refused(&parameters(241, 1, 1)),
        Some(SimulateError::Months(241))
    );
    assert_eq!(
        refused(&share(1.5)),
        Some(SimulateError::MaliciousShare(1.5))
    );
    assert!(refused(&share(f64::NAN)).is_some());
    assert_eq!(refused(&share(1.0)), None);
    let message = SimulateError::Months(0).to_string();
    assert_eq!(message, "`months` lies outside 1 to 240: 0");
}

/// Returns the largest difference between the classes' shares over the values of `key`, and the
/// bound that five standard errors give.
fn difference(events: &[SimulatedEvent], key: impl Fn(&SimulatedEvent) -> String) -> (f64, f64) {
    let mut counts: BTreeMap<String, [f64; 2]> = BTreeMap::new();
    let mut totals = [0.0; 2];
    for event in events {
        let class = usize::from(event.truth == Label::Malicious);
        counts.entry(key(event)).or_default()[class] += 1.0;
        totals[class] += 1.0;
    }
    let differences = counts
        .values()
        .map(|[benign, malicious]| (benign / totals[0] - malicious / totals[1]).abs());
    (
        differences.fold(0.0, f64::max),
        5.0 * (0.25 / totals[1]).sqrt(),
    )
}

#[test]
fn neither_source_nor_time_tells_the_class() {
    let events: Vec<_> = stream(&parameters(6, 100_000, 5)).collect();
    let by_source = difference(&events, |event| event.source.to_owned());
    let by_month = difference(&events, |event| event.first_seen.month_start().date());
    let by_hour = difference(&events, |event| {
        event
            .first_seen
            .to_string()
            .chars()
            .skip(11)
            .take(2)
            .collect()
    });
    for (found, bound) in [by_source, by_month, by_hour] {
        assert!(found < bound, "{found} {bound}");
    }
    let sources: BTreeSet<_> = events.iter().map(|event| event.source).collect();
    assert_eq!(sources.len(), 4);
}

#[test]
fn every_url_is_an_absolute_web_address() {
    for parameters in [parameters(10, 40_000, 6), clean(10, 20_000, 6)] {
        for event in stream(&parameters) {
            let url = url::Url::parse(&event.url).expect(&event.url);
            assert!(matches!(url.scheme(), "http" | "https"), "{url}");
            assert!(
                url.host_str().is_some_and(|host| host.contains('.')),
                "{url}"
            );
            assert!(event.url.is_ascii() && !event.url.contains(' '), "{url}");
        }
    }
}

fn share(events: &[SimulatedEvent], chosen: impl Fn(&SimulatedEvent) -> bool) -> f64 {
    events.iter().filter(|event| chosen(event)).count() as f64 / events.len() as f64
}

#[test]
fn labels_err_and_doubt_as_stated() {
    let events: Vec<_> = stream(&parameters(6, 200_000, 7)).collect();
    let (malicious, benign): (Vec<_>, Vec<_>) = events
        .iter()
        .cloned()
        .partition(|event| event.truth == Label::Malicious);
    let within = |found: f64, low: f64, high: f64| {
        assert!(
            (low..high).contains(&found),
            "{found} outside {low}..{high}"
        );
    };
    within(malicious.len() as f64 / events.len() as f64, 0.048, 0.052);
    within(
        share(&events, |event| event.label == Label::Unsure),
        0.004,
        0.006,
    );
    within(
        share(&malicious, |event| event.label == Label::Benign),
        0.010,
        0.020,
    );
    within(
        share(&benign, |event| event.label == Label::Malicious),
        0.0006,
        0.0014,
    );
    // A family is known where the report says malicious and is right.
    for event in &events {
        let known = event.truth == Label::Malicious && event.label == Label::Malicious;
        assert_eq!(event.family.is_some(), known);
        assert_eq!(event.campaign.is_some(), known);
    }
}

#[test]
fn a_clean_stream_has_no_errors_and_no_two_events_of_one_campaign() {
    let mut campaigns = BTreeSet::new();
    let mut malicious = 0;
    for event in stream(&clean(6, 60_000, 8)) {
        assert_eq!(event.label, event.truth);
        if event.truth == Label::Malicious {
            malicious += 1;
            assert!(
                campaigns.insert(event.campaign),
                "{:?} came twice",
                event.campaign
            );
        }
    }
    assert!(malicious > 2_500);
}

#[test]
fn campaigns_rise_and_fall_and_families_keep_coming() {
    let attacks = UrlParameters {
        malicious_share: 0.5,
        ..parameters(9, 100_000, 9)
    };
    let events: Vec<_> = stream(&attacks).collect();
    let mut days: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    let mut families: BTreeMap<String, EventTime> = BTreeMap::new();
    for event in &events {
        let day = event
            .first_seen
            .days_since(EventTime::from_date(2024, 1, 1));
        if let (Some(campaign), Some(family)) = (event.campaign, &event.family) {
            days.entry(campaign).or_default().push(day);
            families
                .entry(family.to_string())
                .or_insert(event.first_seen);
        }
    }
    let big = days
        .values()
        .filter(|days| days.len() >= 20 && days[0] > 5.0);
    let (mut count, mut humped, mut longest) = (0, 0, 0.0_f64);
    for days in big {
        count += 1;
        let life = days[days.len() - 1] - days[0];
        longest = longest.max(life);
        // A hump with a long tail: the first half of the life holds most of the events.
        let early = days
            .iter()
            .filter(|day| **day < days[0] + life / 2.0)
            .count();
        humped += usize::from(early * 10 > days.len() * 6);
    }
    assert!(count > 50 && humped * 10 > count * 7, "{humped} of {count}");
    assert!(longest < 60.0, "{longest}");
    let late = EventTime::from_date(2024, 4, 1);
    let new = families.values().filter(|first| **first >= late).count();
    assert!(
        new >= 10 && families.len() - new >= 10,
        "{new} of {}",
        families.len()
    );
}

#[test]
fn the_header_names_the_columns_of_a_record() {
    let event = stream(&parameters(1, 1, 1)).next().expect("one event");
    let mut record = String::new();
    push_csv_record(&event, &mut record).expect("a string takes everything");
    assert_eq!(csv_header().split(',').count(), record.split(',').count());
    assert!(csv_header().ends_with(",truth") && record.ends_with("benign\n"));
}

#[test]
fn families_come_and_go_at_the_pace() {
    // Of the malicious events of the sixth month, the share whose family was about in the first.
    let known = |pace| {
        let attacks = UrlParameters {
            malicious_share: 0.5,
            pace,
            ..parameters(6, 60_000, 9)
        };
        let mut first: BTreeSet<String> = BTreeSet::new();
        let (mut of_first, mut last) = (0.0, 0.0_f64);
        for event in stream(&attacks) {
            let Some(family) = event.family else { continue };
            match event.first_seen.month() {
                (_, 1) => _ = first.insert(family.to_string()),
                (_, 6) => {
                    last += 1.0;
                    of_first += f64::from(u8::from(first.contains(&*family)));
                }
                _ => {}
            }
        }
        assert!(last > 2_000.0);
        of_first / last
    };
    assert!((known(0.0) - 1.0).abs() < 1e-12);
    let [slow, usual, fast] = [0.5, 1.0, 4.0].map(known);
    assert!(
        slow > usual + 0.1 && usual > fast + 0.3,
        "{slow} {usual} {fast}"
    );
    assert!(fast < 0.05, "{fast}");
}
