//! Replays whose costs are known: detectors that catch what came up before they were trained, for so many steps.

use std::num::NonZeroU32;

use proptest::prelude::*;
use ringtrue_core::cost::Prices;
use ringtrue_core::metrics::Traffic;
use ringtrue_core::{Action, EventTime};

use super::replay::Standing;
use super::*;

const STEP_DAYS: i64 = 7;
const TRAFFIC: Traffic = Traffic {
    malicious_share: 0.1,
    events_per_day: 100.0,
};

fn day(day: i64) -> EventTime {
    EventTime::from_date(2024, 1, 1).plus_days(day)
}

fn every(steps: u32) -> Cadence {
    Cadence::Every(NonZeroU32::new(steps).unwrap())
}

/// A history of so many steps, with `events` benign and malicious events on the second day of each.
struct World {
    events: Vec<Replayed>,
    starts: Vec<EventTime>,
    trained: Vec<Option<Answers>>,
}

impl World {
    /// A detector catches what comes in less than `lasts` steps after its training.
    fn new(steps: usize, lasts: usize) -> Self {
        let event = |step: usize, number: u32| Replayed {
            time: day(STEP_DAYS * i64::try_from(step).unwrap() + 1),
            known: day(STEP_DAYS * i64::try_from(step).unwrap() + 2),
            step,
            malicious: number.is_multiple_of(2),
            prices: Prices {
                false_positive: 10.0,
                false_negative: 100.0,
                review: 5.0,
            },
            stands_for: 1.0,
            campaign: 10 * u32::try_from(step).unwrap() + number,
            family: None,
        };
        let of_step = |step: usize| (0..10).map(move |number| event(step, number));
        let events: Vec<Replayed> = (0..steps).flat_map(of_step).collect();
        let answers = |training: usize| {
            let action = |event: &Replayed| {
                if event.malicious && event.step < training + lasts {
                    Action::Block
                } else {
                    Action::Allow
                }
            };
            let first = events.partition_point(|it| it.step < training);
            let actions = events[first..].iter().map(action).collect();
            Some(Answers { first, actions })
        };
        Self {
            trained: (0..steps).map(answers).collect(),
            starts: (0..steps)
                .map(|step| day(STEP_DAYS * i64::try_from(step).unwrap()))
                .collect(),
            events,
        }
    }

    fn replay(&self) -> Replay<'_> {
        Replay {
            events: &self.events,
            starts: &self.starts,
            step_days: STEP_DAYS as f64,
        }
    }

    fn weighed(&self, cadence: Cadence, training: f64) -> Weighed {
        let priced = Priced {
            traffic: TRAFFIC,
            training,
        };
        weigh(&self.replay(), &priced, (cadence, 0), &self.trained).unwrap()
    }

    fn recommended(&self, cadences: &[Cadence], training: f64) -> Option<(Cadence, Recommended)> {
        let weighed = cadences.iter().map(|it| self.weighed(*it, training));
        let weighed: Vec<Weighed> = weighed.collect();
        let found = recommend(&weighed, &self.replay(), TRAFFIC)?;
        Some((weighed[found.chosen].cadence, found))
    }
}

/// All of the malicious events of a day, missed.
const ALL_MISSED: f64 = 0.1 * 100.0 * 100.0;

#[test]
fn a_cadence_costs_what_its_old_detectors_miss_in_the_mean_over_its_beginnings() {
    let world = World::new(13, 2);
    let missed = |cadence: Cadence| world.weighed(cadence, 0.0).mistakes.value / ALL_MISSED;
    assert!(missed(every(1)).abs() < 1e-12 && missed(every(2)).abs() < 1e-12);
    // Of 13 steps the first two are seen by the first detector in time.
    assert!((missed(Cadence::Never) - 11.0 / 13.0).abs() < 1e-12);
    // Trained at 0, then at 0, 1 or 2 and every third step from there: every third step misses, once there were two in time.
    // From 0: steps 2, 5, 8, 11. From 1: 3, 6, 9, 12. From 2: 4, 7, 10.
    assert!((missed(every(3)) - 11.0 / 39.0).abs() < 1e-12);
    assert_eq!(every(3).trainings(13), 4);
}

#[test]
fn trainings_are_paid_by_the_day() {
    let world = World::new(13, 2);
    let weighed = world.weighed(every(2), 140.0);
    assert!((weighed.training - 10.0).abs() < 1e-12);
    assert!((weighed.total().value - 10.0).abs() < 1e-12);
    assert!(world.weighed(Cadence::Never, 140.0).training.abs() < 1e-12);
}

#[test]
fn where_no_detector_could_be_trained_the_one_before_stays() {
    let mut world = World::new(6, 2);
    world.trained[2] = None;
    let standing = Standing::of(every(1), 0, &world.trained);
    let stood: Vec<usize> = (0..6).map(|step| standing.at(step)).collect();
    assert_eq!(stood, [0, 1, 1, 3, 4, 5]);
    assert_eq!(standing.after(1).collect::<Vec<_>>(), [3, 4, 5]);
    world.trained[0] = None;
    let priced = Priced {
        traffic: TRAFFIC,
        training: 0.0,
    };
    assert!(weigh(&world.replay(), &priced, (every(1), 0), &world.trained).is_none());
}

#[test]
fn the_rarest_of_equals_is_recommended_and_a_dearer_one_is_not() {
    let world = World::new(25, 2);
    let all = [every(1), every(2), every(4), every(8), Cadence::Never];
    // Training every step misses as little as every second one.
    let (cadence, found) = world.recommended(&all, 0.0).unwrap();
    assert_eq!(cadence, every(2));
    let more = |place: usize| found.compared[place].more.unwrap();
    assert!(more(0).value.abs() < 1e-12 && more(1).value.abs() < 1e-12);
    assert!(more(2).value > more(2).error && more(4).value > more(2).value);
    // A training costs as much as missing everything for ten weeks: the rarest that came round twice is the best.
    let (cadence, found) = world.recommended(&all, 70.0 * ALL_MISSED).unwrap();
    assert_eq!((cadence, found.cheapest), (every(8), 3));
    assert!(found.compared[4].more.unwrap().value < 0.0);
}

#[test]
fn a_history_that_is_too_short_tells_nothing_of_a_cadence() {
    let world = World::new(9, 9);
    let all = [every(1), every(4), every(8), Cadence::Never];
    let (cadence, found) = world.recommended(&all, 0.0).unwrap();
    // Nothing decays here; what comes of never training again, no history tells.
    assert_eq!(cadence, every(4));
    let told: Vec<bool> = found.compared.iter().map(|it| it.is_told).collect();
    assert_eq!(told, [true, true, false, false]);
    assert_eq!(world.recommended(&[every(8), Cadence::Never], 0.0), None);
    // Within one month nothing is known of other months.
    assert_eq!(World::new(3, 1).recommended(&[every(1)], 0.0), None);
}

/// Gives the malicious events of some steps to a family whose labels are known `late` days after the event.
fn with_family(world: &mut World, steps: std::ops::Range<usize>, late: i64) {
    let of = world.events.iter_mut();
    for event in of.filter(|it| it.malicious && steps.contains(&it.step)) {
        event.family = Some(7);
        event.known = event.time.plus_days(late);
    }
}

/// What detectors do with the family: those that were trained at `from` or later catch it.
fn catch_from(world: &mut World, from: usize) {
    let events = &world.events;
    for (training, answers) in world.trained.iter_mut().enumerate() {
        let answers = answers.as_mut().unwrap();
        for (action, event) in answers.actions.iter_mut().zip(&events[answers.first..]) {
            if event.family.is_some() {
                *action = if training >= from {
                    Action::Review
                } else {
                    Action::Allow
                };
            }
        }
    }
}

#[test]
fn protection_counts_from_the_first_confirmed_sample_to_the_detector_that_catches() {
    let mut world = World::new(12, 2);
    // The first comes on day 22 (step 3) and is known on day 32 (step 4).
    with_family(&mut world, 3..12, 10);
    catch_from(&mut world, 6);
    let of = |cadence: Cadence| world.weighed(cadence, 0.0).protection;
    let weekly = of(every(1));
    let family = &weekly.by_family[0];
    assert_eq!((family.family, family.confirmed), (7, day(32)));
    // Step 6 begins on day 42; the events of steps 3 to 5 passed, five a step at 100 each.
    assert_eq!(family.days, Some(10.0));
    assert!((family.passed - 15.0).abs() < 1e-12 && (family.cost - 1_500.0).abs() < 1e-12);
    assert_eq!((weekly.median_days, weekly.never), (Some(10.0), 0));
    assert_eq!(weekly.passed, Some(family.passed));
    // Every fourth step: from 0 at 8, from 1 at 9, from 2 at 6, from 3 at 7; the smaller middle is 7.
    assert_eq!(of(every(4)).by_family[0].days, Some(17.0));
    let never = of(Cadence::Never);
    assert_eq!((never.median_days, never.never), (None, 1));
    // A detector that was there before it was confirmed catches it: nobody waits.
    catch_from(&mut world, 4);
    let found = world.weighed(every(1), 0.0).protection;
    assert_eq!(found.by_family[0].days, Some(0.0));
    assert!((found.by_family[0].passed - 5.0).abs() < 1e-12);
}

#[test]
fn a_family_that_is_over_before_it_is_confirmed_is_not_told_of() {
    let mut world = World::new(12, 2);
    with_family(&mut world, 3..4, 10);
    let found = world.weighed(every(1), 0.0).protection;
    assert_eq!(found, Protection::default());
}

proptest! {
    #[test]
    fn never_is_the_first_detector_and_weights_that_all_share_change_nothing(
        steps in 5_usize..20,
        lasts in 1_usize..6,
        cadence in 1_u32..6,
        weight in 0.5_f64..20.0,
    ) {
        let mut world = World::new(steps, lasts);
        let never = world.weighed(Cadence::Never, 1.0).mistakes.value / ALL_MISSED;
        prop_assert!((never - (1.0 - lasts.min(steps) as f64 / steps as f64)).abs() < 1e-9);
        let before = world.weighed(every(cadence), 1.0).mistakes;
        prop_assert!(before.value <= never * ALL_MISSED + 1e-9);
        for event in &mut world.events {
            event.stands_for = weight;
        }
        let after = world.weighed(every(cadence), 1.0).mistakes;
        prop_assert!((after.value - before.value).abs() < 1e-6);
        prop_assert!(after.error.is_infinite() && before.error.is_infinite() || (after.error - before.error).abs() < 1e-6);
    }
}
