//! The false-positive rate at which a task operates, and the interval of recall that its gate asks for.

use super::Task;
use crate::metrics::interval::WIDTH_MAX;
use crate::metrics::needed::RECALL_WIDTH;

/// The false-positive rate at which a task operates, and whether it says so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OperatingRate {
    /// The rate, in (0, 0.5].
    pub rate: f64,
    /// Whether the task states what it rests on.
    pub is_stated: bool,
}

/// How narrow the interval of recall is to be, and whether the task says so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecallWidth {
    /// The width, in (0, [`WIDTH_MAX`]].
    pub width: f64,
    /// Whether the task states what it rests on.
    pub is_stated: bool,
}

impl Task {
    /// Returns the false-positive rate that the gate allows; without one, alerts a day over benign events a day.
    #[must_use]
    pub fn operating_rate(&self) -> OperatingRate {
        let stated = |key: &str| !self.left_open.contains(key);
        let sheet = self.cost_sheet();
        let benign = sheet.events_per_day * (1.0 - sheet.malicious_share);
        let of_capacity = sheet.alerts_per_day / benign;
        let (rate, is_stated) = match self.gate.false_positive_rate_max {
            Some(rate) => (rate, true),
            None => (
                of_capacity,
                stated("capacity.alerts_per_day") && stated("traffic.events_per_day"),
            ),
        };
        OperatingRate {
            rate: if rate.is_finite() {
                rate.clamp(1e-9, 0.5)
            } else {
                0.5
            },
            is_stated,
        }
    }

    /// Returns twice the drop of recall that the gate allows; without one, a usual width.
    #[must_use]
    pub fn recall_width(&self) -> RecallWidth {
        let drop = self.gate.recall_drop_max.filter(|drop| *drop > 0.0);
        RecallWidth {
            width: drop.map_or(RECALL_WIDTH, |drop| (2.0 * drop).min(WIDTH_MAX)),
            is_stated: drop.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn the_gate_comes_before_the_capacity() {
        let mut task = Task::assumed(Kind::Url);
        let assumed = task.operating_rate();
        // 40 alerts a day of 999,000 benign events.
        assert!((assumed.rate - 40.0 / 999_000.0).abs() < 1e-12 && !assumed.is_stated);
        task.gate.false_positive_rate_max = Some(1e-3);
        let stated = task.operating_rate();
        assert!((stated.rate - 1e-3).abs() < 1e-15 && stated.is_stated);
        task.gate.false_positive_rate_max = Some(0.0);
        assert!(task.operating_rate().rate > 0.0);
        task.gate.recall_drop_max = Some(0.02);
        assert!((task.recall_width().width - 0.04).abs() < 1e-15);
    }
}
