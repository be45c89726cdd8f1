//! Which of TESSERACT's constraints a judgement could not keep, and why: printed with its figures.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::split::time::ClassCounts;

/// How far the file's malicious share may be from the traffic's, as a factor, before
/// [`Waiver::RealisticRatio`] is waived.
pub const SHARE_FACTOR_MAX: f64 = 2.0;

/// Names of windows that a reason lists.
const NAMES_MAX: usize = 5;

/// A constraint that is waived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiver {
    /// C1: every training event is strictly earlier than every tested one.
    TrainBeforeTest,
    /// C2: benign and malicious events of a window are of the same period.
    SamePeriod,
    /// C3: classes are judged in the ratio that the traffic has.
    RealisticRatio,
}

impl Waiver {
    /// Returns the constraint's short name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TrainBeforeTest => "C1",
            Self::SamePeriod => "C2",
            Self::RealisticRatio => "C3",
        }
    }
}

impl fmt::Display for Waiver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TrainBeforeTest => {
                "C1 is waived: it is not shown that all training events are earlier than the tested \
                 ones, so the figures may know the future"
            }
            Self::SamePeriod => {
                "C2 is waived: it is not shown that benign and malicious events are of the same \
                 period, so the figures may tell periods apart instead of classes"
            }
            Self::RealisticRatio => {
                "C3 is waived: the tested events are not in the ratio of the traffic, so the figures \
                 at its ratio are re-weighted and not seen"
            }
        })
    }
}

/// A waived constraint with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waived {
    /// The constraint.
    pub waiver: Waiver,
    /// Why it could not be kept, as a sentence without full stop.
    pub reason: String,
}

impl fmt::Display for Waived {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.waiver, self.reason)
    }
}

/// A tested window and what was in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestWindow {
    /// The window's name.
    pub name: String,
    /// Its events by class.
    pub counts: ClassCounts,
}

/// What there was to split and to judge by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence<'a> {
    /// Events of the file.
    pub events: u64,
    /// Events whose time is known.
    pub events_with_time: u64,
    /// The tested windows; one for the whole test where there are no times.
    pub windows: &'a [TestWindow],
    /// The malicious share of the traffic, stated or assumed.
    pub malicious_share: f64,
}

/// Returns the constraints that the evidence does not show to be kept, C1 first, each at most once.
#[must_use]
pub fn waived(evidence: &Evidence<'_>) -> Vec<Waived> {
    let untimed = untimed_reason(evidence);
    let same_period = untimed
        .clone()
        .or_else(|| one_class_reason(evidence.windows));
    let reasons = [
        (Waiver::TrainBeforeTest, untimed),
        (Waiver::SamePeriod, same_period),
        (Waiver::RealisticRatio, ratio_reason(evidence)),
    ];
    reasons
        .into_iter()
        .filter_map(|(waiver, reason)| reason.map(|reason| Waived { waiver, reason }))
        .collect()
}

fn untimed_reason(evidence: &Evidence<'_>) -> Option<String> {
    let missing = evidence.events.saturating_sub(evidence.events_with_time);
    if evidence.events_with_time == 0 {
        Some("no event has a time".to_owned())
    } else if missing > 0 {
        Some(format!(
            "{missing} of {} events have no time",
            evidence.events
        ))
    } else {
        None
    }
}

fn one_class_reason(windows: &[TestWindow]) -> Option<String> {
    let lacking: Vec<&str> = windows
        .iter()
        .filter(|window| (window.counts.benign == 0) != (window.counts.malicious == 0))
        .map(|window| window.name.as_str())
        .collect();
    if lacking.is_empty() {
        return None;
    }
    let named = lacking.iter().take(NAMES_MAX).copied().collect::<Vec<_>>();
    let more = if lacking.len() > NAMES_MAX {
        ", ..."
    } else {
        ""
    };
    Some(format!(
        "{} of {} windows hold one class only: {}{more}",
        lacking.len(),
        windows.len(),
        named.join(", ")
    ))
}

fn ratio_reason(evidence: &Evidence<'_>) -> Option<String> {
    let mut all = ClassCounts::default();
    for window in evidence.windows {
        all.benign += window.counts.benign;
        all.malicious += window.counts.malicious;
    }
    let stated = evidence.malicious_share;
    let Some(found) = all.malicious_share() else {
        return Some("no tested event has a class".to_owned());
    };
    let kept = found <= stated * SHARE_FACTOR_MAX && found * SHARE_FACTOR_MAX >= stated;
    (!kept).then(|| {
        format!("{found:.4} of the tested events are malicious, {stated:.4} of the traffic")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(counts: &[(u64, u64)]) -> Vec<TestWindow> {
        let window = |(number, &(benign, malicious)): (usize, &(u64, u64))| TestWindow {
            name: format!("2019-{:02}", number + 1),
            counts: ClassCounts { benign, malicious },
        };
        counts.iter().enumerate().map(window).collect()
    }

    fn check(events_with_time: u64, counts: &[(u64, u64)], expected: &[(&str, &str)]) {
        let windows = windows(counts);
        let found = waived(&Evidence {
            events: 100,
            events_with_time,
            windows: &windows,
            malicious_share: 0.01,
        });
        let found: Vec<_> = found
            .iter()
            .map(|entry| (entry.waiver.code(), entry.reason.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_constraint_is_waived_for_its_own_reason() {
        check(100, &[(99, 1), (990, 10)], &[]);
        check(
            0,
            &[(99, 1)],
            &[("C1", "no event has a time"), ("C2", "no event has a time")],
        );
        check(
            98,
            &[(99, 1)],
            &[
                ("C1", "2 of 100 events have no time"),
                ("C2", "2 of 100 events have no time"),
            ],
        );
        check(
            100,
            &[(99, 1), (0, 0), (0, 1), (99, 0)],
            &[("C2", "2 of 4 windows hold one class only: 2019-03, 2019-04")],
        );
        check(
            100,
            &[(50, 50)],
            &[(
                "C3",
                "0.5000 of the tested events are malicious, 0.0100 of the traffic",
            )],
        );
        check(100, &[], &[("C3", "no tested event has a class")]);
    }

    #[test]
    fn sentences_name_the_constraint_and_the_reason() {
        let entry = Waived {
            waiver: Waiver::TrainBeforeTest,
            reason: "no event has a time".to_owned(),
        };
        let text = entry.to_string();
        assert!(text.starts_with("C1 is waived: ") && text.ends_with("(no event has a time)"));
    }
}
