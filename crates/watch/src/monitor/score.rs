//! The score monitor: do scores lie where they lay when the detector was judged?

use serde::{Deserialize, Serialize};

use super::{Bounds, NOTHING, Reading, Readings, per_cent};
use crate::counts::{count, sum};
use crate::reference::Seen;

/// A twentieth of the events in other bins is worth a look; a tenth changes alerts and cost.
const BOUNDS: Bounds = Bounds {
    warning: 0.05,
    drift: 0.1,
};

/// Events by the bin of their score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ScoreCounts(pub(crate) Vec<u64>);

impl ScoreCounts {
    pub(crate) fn new(bins: usize) -> Self {
        Self(vec![0; bins])
    }

    pub(crate) fn add(&mut self, seen: &Seen) {
        count(&mut self.0, seen.score);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        sum(&mut self.0, &other.0);
    }

    /// Compares a window with the reference.
    pub(crate) fn finish(&self, reference: &Self) -> Readings {
        Readings {
            name: "score",
            all: Reading::distance(None, [&reference.0, &self.0], BOUNDS)
                .into_iter()
                .collect(),
            silent: NOTHING,
            says: |moved| {
                let far = moved.first().map_or(0.0, |it| it.value);
                format!(
                    "scores lie elsewhere: up to {} of the events changed their bin",
                    per_cent(far)
                )
            },
        }
    }
}
