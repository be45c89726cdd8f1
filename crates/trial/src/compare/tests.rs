//! What holds of every comparison.

use proptest::prelude::*;
use ringtrue_core::cost::Prices;
use ringtrue_core::metrics::{PricedEvents, Traffic, cost_summary};
use ringtrue_core::verdict::Thresholds;
use ringtrue_core::{Action, Digest, EventId, EventTime, Label};

use super::*;

const TRAFFIC: Traffic = Traffic {
    malicious_share: 0.01,
    events_per_day: 10_000.0,
};
const THRESHOLDS: Thresholds = Thresholds {
    review: 0.4,
    block: 0.8,
};
const PRICES: Prices = Prices {
    false_positive: 10.0,
    false_negative: 1_000.0,
    review: 5.0,
};

fn answer(score: f64) -> Answer {
    let score = ringtrue_core::Score::new(score).expect("a probability");
    Answer {
        score: score.probability(),
        action: THRESHOLDS.action(score),
    }
}

type Drawn = (f64, f64, u8, u32, u32);

fn pairs(drawn: &[Drawn]) -> Pairs {
    let pair = |(number, &(old, new, label, group, family)): (u32, &Drawn)| {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        Pair {
            id: EventId(id),
            time: Some(EventTime::from_date(
                2027,
                1 + i8::try_from(number % 3).unwrap_or(0),
                5,
            )),
            label: match label {
                0 => Label::Unsure,
                1..3 => Label::Malicious,
                _ => Label::Benign,
            },
            prices: PRICES,
            group,
            family,
            source: family % 2,
            tenant: NO_NAME,
            slices: Box::new([family]),
            old: answer(old),
            new: answer(new),
            place: number,
        }
    };
    let mut pairs = Pairs {
        events: (0_u32..).zip(drawn).map(pair).collect(),
        names: ["bank", "cloud", "tax"].map(str::to_owned).into(),
        slices: ["first", "second", "third"].map(str::to_owned).into(),
    };
    pairs.settle();
    pairs
}

fn side(name: &str) -> Side {
    Side {
        detector: Digest::of(name.as_bytes()),
        name: name.to_owned(),
        dataset: Digest::of(b"dataset"),
    }
}

fn compared(pairs: &Pairs) -> (Comparison, Option<Money>) {
    let setting = Setting {
        traffic: TRAFFIC,
        resamples: 50,
        seed: 1,
    };
    compare(pairs, (side("old"), side("new")), &setting)
}

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let score = || prop::sample::select(vec![0.1, 0.5, 0.9]);
    prop::collection::vec((score(), score(), 0_u8..6, 0_u32..12, 0_u32..3), 0..80)
}

#[test]
fn each_change_between_right_and_wrong_is_named() {
    for (label, old, new, expected) in [
        (1, 0.9, 0.1, Some(FlipKind::NewlyMissed)),
        (1, 0.5, 0.1, Some(FlipKind::NewlyMissed)),
        (1, 0.9, 0.5, None),
        (1, 0.1, 0.5, Some(FlipKind::NewlyCaught)),
        (5, 0.1, 0.9, Some(FlipKind::NewlyBlockedInError)),
        (5, 0.5, 0.9, Some(FlipKind::NewlyBlockedInError)),
        (5, 0.1, 0.5, None),
        (5, 0.9, 0.5, Some(FlipKind::NewlyReleased)),
        (0, 0.1, 0.9, None),
    ] {
        let pairs = pairs(&[(old, new, label, 0, 0)]);
        assert_eq!(pairs.events[0].flip(), expected, "{label} {old} {new}");
    }
}

#[test]
fn what_changed_near_a_flip_is_told_if_most_of_its_rows_are_of_it() {
    let event = |number: u8, family: &str, source: &str| TrainingEvent {
        id: EventId([number; 16]),
        label: Label::Malicious,
        time: Some(EventTime::from_date(2027, 1, 5)),
        family: Some(family.to_owned()),
        source: Some(source.to_owned()),
    };
    let old: Vec<TrainingEvent> = (0..100)
        .map(|number| event(number, if number < 30 { "bank" } else { "cloud" }, "feed"))
        .collect();
    let new: Vec<TrainingEvent> = (0..100)
        .map(|number| event(number, if number < 3 { "bank" } else { "cloud" }, "feed"))
        .collect();
    let difference = data_difference(&old, &new);
    assert_eq!((difference.common, difference.label_changes), (100, 0));
    assert_eq!(difference.families.len(), 2);
    assert!((difference.families[0].old - 0.3).abs() < 1e-12);
    let changed = ChangedShares::of(&old, &new);
    let near = |bank: usize| -> Vec<&TrainingEvent> {
        old.iter()
            .take(bank)
            .chain(old.iter().rev().take(NEAREST - bank))
            .collect()
    };
    let expected = Attribution::Share {
        dimension: "family".to_owned(),
        name: "bank".to_owned(),
        old: 0.3,
        new: 0.03,
    };
    assert_eq!(changed.attribute(&near(15)), expected);
    // The share of the other family rose by more than a quarter, too, but by less than the first one's fell.
    assert!(matches!(
        changed.attribute(&near(5)),
        Attribution::Share { name, .. } if name == "cloud"
    ));
    assert_eq!(
        ChangedShares::of(&old, &old).attribute(&near(15)),
        Attribution::Unattributed
    );
}

#[test]
fn flips_of_one_cause_are_told_together() {
    let flip = |kind, shown: &str| Attributed {
        kind,
        attribution: Attribution::Unattributed,
        shown: shown.to_owned(),
    };
    let flips = [
        flip(FlipKind::NewlyCaught, "a"),
        flip(FlipKind::NewlyMissed, "b"),
        flip(FlipKind::NewlyMissed, "c"),
    ];
    let (found, numbers) = causes(&flips);
    assert_eq!(numbers, [1, 0, 0]);
    assert_eq!((found[0].flips, found[0].example.as_str()), (2, "b"));
}

proptest! {
    #[test]
    fn a_detector_against_itself_has_no_flips(drawn in drawn()) {
        let same: Vec<Drawn> = drawn.iter().map(|it| (it.0, it.0, it.2, it.3, it.4)).collect();
        let (comparison, money) = compared(&pairs(&same));
        prop_assert_eq!(comparison.negative_flips + comparison.positive_flips, 0);
        if let Some(money) = money {
            prop_assert!(money.cost.value.abs() < 1e-12 && money.cost.high.abs() < 1e-12);
        }
    }

    #[test]
    fn swapping_the_detectors_mirrors_the_flips(drawn in drawn()) {
        let swapped: Vec<Drawn> = drawn.iter().map(|it| (it.1, it.0, it.2, it.3, it.4)).collect();
        let (one, money) = compared(&pairs(&drawn));
        let (other, mirrored) = compared(&pairs(&swapped));
        prop_assert_eq!(one.counts.newly_missed, other.counts.newly_caught);
        prop_assert_eq!(one.counts.newly_blocked_in_error, other.counts.newly_released);
        prop_assert_eq!(one.negative_flips, other.positive_flips);
        prop_assert_eq!(one.judged, other.judged);
        let flips = |parts: &[report::Part], negative: bool| -> Vec<(String, u64)> {
            let mut found: Vec<(String, u64)> = parts
                .iter()
                .map(|it| (it.name.clone(), if negative { it.negative_flips } else { it.positive_flips }))
                .collect();
            found.sort();
            found
        };
        prop_assert_eq!(flips(&one.by_family, true), flips(&other.by_family, false));
        prop_assert_eq!(flips(&one.by_month, true), flips(&other.by_month, false));
        if let (Some(money), Some(mirrored)) = (money, mirrored) {
            prop_assert!((money.cost.value + mirrored.cost.value).abs() < 1e-6);
            prop_assert!((money.cost.low + mirrored.cost.high).abs() < 1e-6);
        }
    }

    #[test]
    fn the_difference_in_cost_is_that_of_both_bills(drawn in drawn()) {
        let pairs = pairs(&drawn);
        let (comparison, _) = compared(&pairs);
        let labels: Vec<Label> = pairs.events.iter().map(|pair| pair.label).collect();
        let prices = vec![PRICES; labels.len()];
        let bill = |of: fn(&Pair) -> f64| {
            let scores: Vec<f64> = pairs.events.iter().map(of).collect();
            let events = PricedEvents { scores: &scores, labels: &labels, prices: &prices };
            cost_summary(&events, THRESHOLDS, TRAFFIC)
        };
        if let (Ok(old), Ok(new), Some(found)) =
            (bill(|it| it.old.score), bill(|it| it.new.score), comparison.cost_difference)
        {
            let a_day = TRAFFIC.events_per_day / 1_000.0;
            let expected = (new.cost_per_1000_events - old.cost_per_1000_events) * a_day;
            prop_assert!((found.value - expected).abs() < 1e-6, "{} {}", found.value, expected);
            let alerts = new.alerts_per_day - old.alerts_per_day;
            let found = comparison.alerts_difference.map_or(f64::NAN, |it| it.value);
            prop_assert!((found - alerts).abs() < 1e-6);
        }
    }

    #[test]
    fn parts_add_up(drawn in drawn()) {
        let (comparison, _) = compared(&pairs(&drawn));
        let missed: u64 = comparison.by_family.iter().map(|part| part.counts.newly_missed).sum();
        prop_assert_eq!(missed, comparison.counts.newly_missed);
        for parts in [&comparison.by_source, &comparison.by_slice, &comparison.by_month] {
            let negative: u64 = parts.iter().map(|part| part.negative_flips).sum();
            prop_assert_eq!(negative, comparison.negative_flips);
            let events: u64 = parts.iter().map(|part| part.events).sum();
            prop_assert_eq!(events, comparison.judged.malicious + comparison.judged.benign);
        }
        prop_assert!(comparison.by_family.iter().all(|part| part.p.is_none_or(|p| (0.0..=1.0).contains(&p))));
    }
}

#[test]
fn actions_stand_for_right_and_wrong() {
    let pairs = pairs(&[(0.5, 0.5, 5, 0, 0)]);
    assert_eq!(pairs.events[0].is_right(Action::Review), Some(true));
    assert_eq!(pairs.events[0].is_right(Action::Block), Some(false));
}

#[test]
fn a_campaign_that_churns_both_ways_makes_the_rate_as_unsure_as_one_that_is_lost() {
    // Malicious events of which the old detector catches what the new one misses, and the other way round, in one campaign of 100.
    let campaign = (0..100).map(|at| {
        let (old, new) = if at % 2 == 0 { (0.9, 0.1) } else { (0.1, 0.9) };
        (old, new, 1, 0, 0)
    });
    let others = (1..=900).map(|group| (0.9, 0.9, 1, group, 0));
    let drawn: Vec<Drawn> = campaign.chain(others).collect();
    let (comparison, _) = compared(&pairs(&drawn));
    let rate = comparison.negative_flip_rate.expect("enough events");
    assert!((rate.value - 0.05).abs() < 1e-9);
    // 1,000 events that are worth about 23.
    assert!(rate.low < 0.01 && rate.high > 0.15, "{rate:?}");
    assert!(comparison.p.is_some_and(|p| p > 0.9));
}
