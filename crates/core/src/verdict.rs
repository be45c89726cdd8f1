//! Scores and verdicts: what a detector says of an event.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::event::EventId;

/// A calibrated probability that an event of the deployment's traffic is malicious, in `[0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Score(f64);

impl Score {
    /// Wraps a probability; values outside `[0, 1]` and NaN are refused.
    #[must_use]
    pub fn new(probability: f64) -> Option<Self> {
        (0.0..=1.0)
            .contains(&probability)
            .then_some(Self(probability))
    }

    /// Returns the probability.
    #[must_use]
    pub const fn probability(self) -> f64 {
        self.0
    }
}

/// What is done with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It passes.
    Allow,
    /// A person looks at it.
    Review,
    /// It is stopped.
    Block,
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Allow => "allow",
            Self::Review => "review",
            Self::Block => "block",
        })
    }
}

/// The scores from which events are reviewed and blocked; `review <= block`. A threshold above 1
/// means: never.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Events of this score and above are reviewed, unless they are blocked.
    pub review: f64,
    /// Events of this score and above are blocked.
    pub block: f64,
}

impl Thresholds {
    /// A threshold that no score reaches.
    pub const NEVER: f64 = 2.0;

    /// Returns what is done with an event of this score.
    #[must_use]
    pub fn action(&self, score: Score) -> Action {
        if score.0 >= self.block {
            Action::Block
        } else if score.0 >= self.review {
            Action::Review
        } else {
            Action::Allow
        }
    }
}

/// What a detector said of one event. A verdict is never a label.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The event.
    pub event: EventId,
    /// How likely it is malicious.
    pub score: Score,
    /// What is done with it.
    pub action: Action,
    /// The detector that said so.
    pub detector: Digest,
}
