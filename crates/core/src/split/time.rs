//! The split by time: learn from what was known before a moment, judge on what came after.
//!
//! ```text
//!   ─────── train ───────┬── calibrate ──┬─────── test ───────► time
//!                  calibrate_from      cutoff
//! ```

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
    /// Share of the usable events before the cutoff, the latest ones, that calibrate.
    pub calibration_share: f64,
    /// Benign events that calibrate at least: the share grows until they are there.
    pub calibration_benign_min: u64,
    /// Malicious events that calibrate at least, in the same way.
    pub calibration_malicious_min: u64,
    /// Share of the usable events that train at least: the calibration never grows beyond the rest.
    pub train_share_min: f64,
}

impl Default for SplitParameters {
    /// A fifth calibrates; 3,000 benign events can show an FPR of 1e-3, 30 malicious ones a curve.
    fn default() -> Self {
        Self {
            calibration_share: 0.2,
            calibration_benign_min: 3_000,
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
    /// Events of a class, before `calibrate_from`.
    pub train: Vec<usize>,
    /// Events of a class, from `calibrate_from` on and before the cutoff.
    pub calibrate: Vec<usize>,
    /// All events from the cutoff on, the unsure among them.
    pub test: Vec<usize>,
    /// Events before the cutoff whose label was not known by then: whoever trained at the cutoff did not
    /// have them.
    pub late: Vec<usize>,
    /// Events before the cutoff that were known to be undecided.
    pub unsure: Vec<usize>,
    /// The time of the first event that calibrates.
    pub calibrate_from: EventTime,
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
    let usable_events: Vec<TimedLabel> = usable.iter().map(|(_, event)| **event).collect();
    let nothing = SplitError::NothingToTrain {
        usable: usable.len(),
    };
    let (train_len, calibrate_from) =
        calibration_start(&usable_events, parameters).ok_or(nothing)?;
    let (train, calibrate) = usable.split_at(train_len);
    Ok(TimeSplit {
        train: rows(train),
        calibrate: rows(calibrate),
        test: rows(future),
        late: rows(&late),
        unsure: rows(&unsure),
        calibrate_from,
        test_from: cutoff,
        train_counts: counts(train.iter().map(|(_, event)| event.label)),
        calibrate_counts: counts(calibrate.iter().map(|(_, event)| event.label)),
    })
}

/// Returns how many of the usable events, in order of time, train, and the time of the first that does not.
///
/// Of all places where the time changes, it is the latest whose calibrating part is as large as the
/// parameters ask in share and in both classes; failing that, the earliest that leaves the training part its
/// share; failing that, the latest that leaves it more.
fn calibration_start(
    events: &[TimedLabel],
    parameters: &SplitParameters,
) -> Option<(usize, EventTime)> {
    let total = events.len() as f64;
    let mut calibrating = ClassCounts::default();
    let mut chosen = None;
    for place in (1..events.len()).rev() {
        let (event, previous) = (events.get(place)?, events.get(place - 1)?);
        calibrating.add(event.label);
        if event.time == previous.time {
            continue;
        }
        if chosen.is_some() && (place as f64) < parameters.train_share_min * total {
            break;
        }
        chosen = Some((place, event.time));
        let share = (events.len() - place) as f64 / total;
        if share >= parameters.calibration_share
            && calibrating.benign >= parameters.calibration_benign_min
            && calibrating.malicious >= parameters.calibration_malicious_min
        {
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
        assert_eq!(split.train, [2, 3]);
        assert_eq!(split.calibrate, [6]);
        assert_eq!(split.test, [0, 7]);
        assert_eq!(split.late, [1, 5]);
        assert_eq!(split.unsure, [4]);
        assert_eq!(split.calibrate_from, EventTime(4));
        assert_eq!(
            (split.train_counts.benign, split.train_counts.malicious),
            (1, 1)
        );
    }

    #[test]
    fn calibration_grows_until_both_classes_are_there() {
        // Malicious events only early on: every tenth of the first hundred; 200 in all.
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
        let cutoff = EventTime(200);
        let sizes = |parameters: &SplitParameters| {
            let split = time_split(&events, cutoff, parameters).expect("two parts");
            (split.train.len(), split.calibrate_counts)
        };
        assert_eq!(sizes(&ANY_SIZE).0, 160);
        let three = SplitParameters {
            calibration_malicious_min: 3,
            ..ANY_SIZE
        };
        assert_eq!(
            sizes(&three),
            (
                120,
                ClassCounts {
                    benign: 77,
                    malicious: 3
                }
            )
        );
        // More than there are beyond half: the half is all that is given.
        let many = SplitParameters {
            calibration_malicious_min: 99,
            ..ANY_SIZE
        };
        assert_eq!(
            sizes(&many),
            (
                100,
                ClassCounts {
                    benign: 95,
                    malicious: 5
                }
            )
        );
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
            prop_assert!(split.train.iter().all(|&row| events[row].time < split.calibrate_from));
            let calibrating = split.calibrate_from..cutoff;
            prop_assert!(split.calibrate.iter().all(|&row| calibrating.contains(&events[row].time)));
            prop_assert!(split.test.iter().all(|&row| events[row].time >= cutoff));
            prop_assert!(split.train.iter().chain(&split.calibrate).all(known));
            prop_assert!(!split.train.is_empty() && !split.calibrate.is_empty());
        }
    }
}
