//! How many labels a claim needs: a false-positive rate, and a recall that is told narrowly enough.

use ringtrue_core::Task;
use ringtrue_core::metrics::needed::{benign_for_rate, malicious_for_recall};
use ringtrue_core::split::LATER_SHARE;

/// What is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// That the false-positive rate is no higher.
    FalsePositiveRate,
    /// That recall is known to lie within an interval of this width.
    RecallWidth,
}

impl Claimed {
    /// Returns the word that scripts rely on.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FalsePositiveRate => "false_positive_rate",
            Self::RecallWidth => "recall_width",
        }
    }
}

/// A claim, and what it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Claim {
    /// Of what.
    pub claimed: Claimed,
    /// The rate, or the width.
    pub value: f64,
    /// Whether the task states it.
    pub is_stated: bool,
    /// Labels of the class that must be judged: exactly.
    pub needed: f64,
    /// The rule of thumb beside it: three over the rate; `None` for a width.
    pub rule_of_three: Option<f64>,
    /// Labels of the class that are judged so far: those of the later quarter.
    pub judged: f64,
    /// Labels of the class that are lacking, so that a quarter of all suffices; 0 if none.
    pub lacking: f64,
}

/// Returns the two claims of a task, given how many different events of each class have a label.
#[must_use]
pub fn claims(task: &Task, benign: u64, malicious: u64) -> [Claim; 2] {
    let operating = task.operating_rate();
    let width = task.recall_width();
    let claim = |claimed, (value, is_stated), needed: f64, labels: u64| Claim {
        claimed,
        value,
        is_stated,
        needed,
        rule_of_three: None,
        judged: (labels as f64 * LATER_SHARE).floor(),
        lacking: (needed / LATER_SHARE - labels as f64).ceil().max(0.0),
    };
    let of_rate = claim(
        Claimed::FalsePositiveRate,
        (operating.rate, operating.is_stated),
        benign_for_rate(operating.rate),
        benign,
    );
    let of_recall = claim(
        Claimed::RecallWidth,
        (width.width, width.is_stated),
        malicious_for_recall(width.width),
        malicious,
    );
    [
        Claim {
            rule_of_three: Some((3.0 / operating.rate).ceil()),
            ..of_rate
        },
        of_recall,
    ]
}
