//! The split by time: learn from what was known before a moment, judge on what came after.
//!
//! ```text
//!   benign     ── train ─────────┬── calibrate ──┬── test ──► time
//!   malicious         ── train ──┴┬─ calibrate ──┤
//!                     calibrate_from           cutoff
//! ```
//!
//! Each class has its own `calibrate_from`: in files whose classes were collected at different times, one
//! moment for both would leave most of one class out of training.

use serde::{Deserialize, Serialize};

use crate::label::Label;
use crate::time::EventTime;

/// When an event happened, what it was, and when that became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedLabel {
    /// When it happened.
    pub time: EventTime,
    /// When its label became known; the event's own time if nobody says.
    pub label_known: EventTime,
    /// What it was.
    pub label: Label,
}

/// How the events before the cutoff are divided.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitParameters {
    /// Share of each class's usable events before the cutoff, the latest ones, that calibrate.
    pub calibration_share: f64,
    /// Benign events that calibrate at least: the share grows until they are there.
    pub calibration_benign_min: u64,
    /// Malicious events that calibrate at least, in the same way.
    pub calibration_malicious_min: u64,
    /// Share of each class's usable events that train at least: the calibration never grows beyond the
    /// rest.
    pub train_share_min: f64,
}

impl Default for SplitParameters {
    /// A tenth calibrates; 1,000 benign events can show an FPR of 1e-2, 30 malicious ones a curve.
    fn default() -> Self {
        Self {
            calibration_share: 0.1,
            calibration_benign_min: 1_000,
            calibration_malicious_min: 30,
            train_share_min: 0.5,
        }
    }
}

/// Events by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCounts {
    /// Benign events.
    pub benign: u64,
    /// Malicious events.
    pub malicious: u64,
}

impl ClassCounts {
    /// Counts one event; an unsure one is in neither class.
    pub const fn add(&mut self, label: Label) {
        match label {
            Label::Benign => self.benign += 1,
            Label::Malicious => self.malicious += 1,
            Label::Unsure => {}
        }
    }

    /// Returns the share of malicious events, `None` without events.
    #[must_use]
    pub fn malicious_share(&self) -> Option<f64> {
        let events = self.benign + self.malicious;
        (events > 0).then(|| self.malicious as f64 / events as f64)
    }
}

/// Row numbers by what the rows are for. The five lists partition the rows; each is in order of time, and
/// of row number where times are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSplit {
    /// Events of a class, before its `calibrate_from`.
    pub train: Vec<usize>,
    /// Events of a class, from its `calibrate_from` on and before the cutoff.
    pub calibrate: Vec<usize>,
    /// All events from the cutoff on, the unsure among them.
    pub test: Vec<usize>,
    /// Events before the cutoff whose label was not known by then: whoever trained at the cutoff did not
    /// have them.
    pub late: Vec<usize>,
    /// Events before the cutoff that were known to be undecided.
    pub unsure: Vec<usize>,
    /// When the calibration begins, for benign events and for malicious ones; the cutoff for a class
    /// without events.
    pub calibrate_from: [EventTime; 2],
    /// The cutoff.
    pub test_from: EventTime,
    /// The training events by class.
    pub train_counts: ClassCounts,
    /// The calibrating events by class: below the parameters' minimum where there were no more.
    pub calibrate_counts: ClassCounts,
}

/// Events that cannot be split at a cutoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// Fewer than two distinct times, with a class and known, lie before the cutoff.
    #[error("too few labelled events before the cutoff to train and calibrate on: {usable}")]
    NothingToTrain {
        /// The usable events there are.
        usable: usize,
    },
    /// No event lies at the cutoff or after it.
    #[error("no event at or after the cutoff: `{cutoff}`")]
    NothingToTest {
        /// The cutoff.
        cutoff: EventTime,
    },
}

/// Splits events at `cutoff`. Events of the same time are never parted.
///
/// # Errors
///
/// [`SplitError::NothingToTest`] if nothing lies at or after the cutoff, and
/// [`SplitError::NothingToTrain`] if what lies before it gives no two parts.
pub fn time_split(
    events: &[TimedLabel],
    cutoff: EventTime,
    parameters: &SplitParameters,
) -> Result<TimeSplit, SplitError> {
    let mut ordered: Vec<(usize, &TimedLabel)> = events.iter().enumerate().collect();
    ordered.sort_by_key(|(_, event)| event.time);
    let before = ordered.partition_point(|(_, event)| event.time < cutoff);
    let (past, future) = ordered.split_at(before);
    if future.is_empty() {
        return Err(SplitError::NothingToTest { cutoff });
    }
    let rows = |part: &[(usize, &TimedLabel)]| part.iter().map(|(row, _)| *row).collect();
    let (known, late): (Vec<_>, Vec<_>) = past
        .iter()
        .partition(|(_, event)| event.label_known < cutoff);
    let (usable, unsure): (Vec<_>, Vec<_>) = known
        .into_iter()
        .partition(|(_, event)| event.label.class().is_some());
    let nothing = SplitError::NothingToTrain {
        usable: usable.len(),
    };
    let calibrate_from = [Label::Benign, Label::Malicious].map(|label| {
        let times: Vec<EventTime> = usable
            .iter()
            .filter(|(_, event)| event.label == label)
            .map(|(_, event)| event.time)
            .collect();
        calibration_start(&times, label, parameters).unwrap_or(cutoff)
    });
    let trains = |event: &TimedLabel| {
        event.time < calibrate_from[usize::from(event.label == Label::Malicious)]
    };
    let (train, calibrate): (Vec<(usize, &TimedLabel)>, Vec<_>) =
        usable.into_iter().partition(|(_, event)| trains(event));
    if train.is_empty() || calibrate.is_empty() {
        return Err(nothing);
    }
    Ok(TimeSplit {
        train: rows(&train),
        calibrate: rows(&calibrate),
        test: rows(future),
        late: rows(&late),
        unsure: rows(&unsure),
        calibrate_from,
        test_from: cutoff,
        train_counts: counts(train.iter().map(|(_, event)| event.label)),
        calibrate_counts: counts(calibrate.iter().map(|(_, event)| event.label)),
    })
}

/// Returns when a class's calibration begins, given its times in order: events of one time are never
/// parted. `None` if they cannot be parted at all.
fn calibration_start(
    times: &[EventTime],
    label: Label,
    parameters: &SplitParameters,
) -> Option<EventTime> {
    let least = match label {
        Label::Benign => parameters.calibration_benign_min,
        _ => parameters.calibration_malicious_min,
    };
    let total = times.len() as f64;
    let wanted = (parameters.calibration_share * total).max(least as f64);
    let wanted = wanted.min((1.0 - parameters.train_share_min) * total);
    let mut chosen = None;
    for place in (1..times.len()).rev() {
        if times.get(place) == times.get(place - 1) {
            continue;
        }
        let calibrating = (times.len() - place) as f64;
        if chosen.is_some() && calibrating > (1.0 - parameters.train_share_min) * total {
            break;
        }
        chosen = times.get(place).copied();
        if calibrating >= wanted {
            break;
        }
    }
    chosen
}

fn counts(labels: impl Iterator<Item = Label>) -> ClassCounts {
    let mut counts = ClassCounts::default();
    labels.for_each(|label| counts.add(label));
    counts
}

/// Returns the latest time from which on at least `test_share` of the events lie, for files whose user
/// names no cutoff; `None` if all times are equal or the share is outside (0, 1).
#[must_use]
pub fn cutoff_for_share(times: &[EventTime], test_share: f64) -> Option<EventTime> {
    if !(test_share > 0.0 && test_share < 1.0) {
        return None;
    }
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let changes = (1..sorted.len()).filter(|&place| sorted.get(place) != sorted.get(place - 1));
    let wanted = test_share * sorted.len() as f64;
    let mut found = None;
    for place in changes {
        if found.is_some() && ((sorted.len() - place) as f64) < wanted {
            break;
        }
        found = sorted.get(place).copied();
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(time: i64, label_known: i64, label: Label) -> TimedLabel {
        TimedLabel {
            time: EventTime(time),
            label_known: EventTime(label_known),
            label,
        }
    }

    const ANY_SIZE: SplitParameters = SplitParameters {
        calibration_share: 0.2,
        calibration_benign_min: 0,
        calibration_malicious_min: 0,
        train_share_min: 0.5,
    };

    #[test]
    fn late_and_unsure_labels_are_not_learnt_from() {
        use Label::{Benign, Malicious, Unsure};
        let events = [
            event(10, 10, Benign),
            event(3, 99, Malicious),
            event(1, 1, Malicious),
            event(2, 2, Benign),
            event(2, 2, Unsure),
            event(5, 10, Benign),
            event(4, 9, Benign),
            event(11, 11, Unsure),
        ];
        let split = time_split(&events, EventTime(10), &ANY_SIZE).expect("two parts");
        // The one usable malicious event cannot be parted from itself: it trains.
        assert_eq!(split.train, [2, 3]);
        assert_eq!(split.calibrate, [6]);
        assert_eq!(split.test, [0, 7]);
        assert_eq!(split.late, [1, 5]);
        assert_eq!(split.unsure, [4]);
        assert_eq!(split.calibrate_from, [EventTime(4), EventTime(10)]);
        assert_eq!(
            (split.train_counts.benign, split.train_counts.malicious),
            (1, 1)
        );
    }

    #[test]
    fn each_class_calibrates_with_its_own_latest_events() {
        // Malicious events only early on: every tenth of the first 150; 200 in all before the cutoff.
        let label = |time: i64| {
            if time < 150 && time % 10 == 0 {
                Label::Malicious
            } else {
                Label::Benign
            }
        };
        let events: Vec<TimedLabel> = (0..210)
            .map(|time| event(time, time, label(time)))
            .collect();
        let counts = |calibration_malicious_min: u64| {
            let parameters = SplitParameters {
                calibration_malicious_min,
                ..ANY_SIZE
            };
            let split = time_split(&events, EventTime(200), &parameters).expect("two parts");
            let trained = split.train_counts;
            let counts = split.calibrate_counts;
            assert_eq!(trained.benign + counts.benign, 185);
            (counts.benign, counts.malicious)
        };
        assert_eq!(counts(0), (37, 3));
        assert_eq!(counts(5), (37, 5));
        // More than there are beyond half: the half is all that is given.
        assert_eq!(counts(99), (37, 7));
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        let same = vec![event(1, 1, Label::Benign); 5];
        assert_eq!(
            time_split(&same, EventTime(1), &ANY_SIZE),
            Err(SplitError::NothingToTrain { usable: 0 })
        );
        assert_eq!(
            time_split(&same, EventTime(2), &ANY_SIZE),
            Err(SplitError::NothingToTest {
                cutoff: EventTime(2)
            })
        );
        assert!(time_split(&[], EventTime(2), &ANY_SIZE).is_err());
    }

    #[test]
    fn cutoffs_leave_at_least_the_share() {
        let times: Vec<EventTime> = (0..100).map(|row| EventTime(row / 7)).collect();
        let cutoff = cutoff_for_share(&times, 0.3).expect("many times");
        let after = times.iter().filter(|time| **time >= cutoff).count();
        assert!((30..37).contains(&after), "{after}");
        assert_eq!(cutoff_for_share(&[EventTime(1); 9], 0.3), None);
        assert_eq!(cutoff_for_share(&times, 0.0), None);
        // The last time alone holds most events: it is all there is to test on.
        let late = [EventTime(1), EventTime(2), EventTime(2)];
        assert_eq!(cutoff_for_share(&late, 0.1), Some(EventTime(2)));
    }

    fn events() -> impl Strategy<Value = Vec<TimedLabel>> {
        let label = prop::sample::select(vec![Label::Benign, Label::Malicious, Label::Unsure]);
        let one = (0_i64..30, 0_i64..10, label)
            .prop_map(|(time, delay, label)| event(time, time + delay, label));
        prop::collection::vec(one, 0..120)
    }

    proptest! {
        #[test]
        fn splits_partition_the_rows_and_keep_time(
            events in events(),
            cutoff in 0_i64..30,
            calibration_benign_min in 0_u64..40,
        ) {
            let parameters = SplitParameters { calibration_benign_min, ..ANY_SIZE };
            let cutoff = EventTime(cutoff);
            let Ok(split) = time_split(&events, cutoff, &parameters) else { return Ok(()) };
            let parts = [&split.train, &split.calibrate, &split.test, &split.late, &split.unsure];
            let mut rows: Vec<usize> = parts.iter().copied().flatten().copied().collect();
            rows.sort_unstable();
            prop_assert_eq!(rows, (0..events.len()).collect::<Vec<_>>());
            for part in parts {
                prop_assert!(part.is_sorted_by_key(|&row| (events[row].time, row)));
            }
            let known = |row: &usize| events[*row].label_known < cutoff;
            let from = |row: usize| {
                split.calibrate_from[usize::from(events[row].label == Label::Malicious)]
            };
            prop_assert!(split.train.iter().all(|&row| events[row].time < from(row)));
            let is_calibrating = |&row: &usize| (from(row)..cutoff).contains(&events[row].time);
            prop_assert!(split.calibrate.iter().all(is_calibrating));
            prop_assert!(split.test.iter().all(|&row| events[row].time >= cutoff));
            prop_assert!(split.train.iter().chain(&split.calibrate).all(known));
            prop_assert!(!split.train.is_empty() && !split.calibrate.is_empty());
        }
    }
}
