//! The one-signal baseline: how far does the best single signal go?

use ringtrue_core::Row;
use serde::{Deserialize, Serialize};

/// Which way the signal points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Higher is more malicious.
    Higher,
    /// Lower is more malicious.
    Lower,
}

/// One signal used as a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SingleSignal {
    /// Its column in a row.
    pub column: usize,
    /// Which way it points.
    pub direction: Direction,
    /// Stands in for a missing value: training's median.
    pub fill: f32,
    /// Training's standard deviation, by which margins are scaled; above 0.
    pub scale: f32,
}

impl SingleSignal {
    /// Returns the signal as a margin in standard deviations from its fill value.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "trained in 32 bits")]
    pub fn margin(&self, row: Row<'_>) -> f64 {
        let value = row.get(self.column) as f32;
        let value = if value.is_nan() { self.fill } else { value };
        let away = f64::from((value - self.fill) / self.scale);
        match self.direction {
            Direction::Higher => away,
            Direction::Lower => -away,
        }
    }
}
