//! Flattery: how far copies raise the score.

use super::FLATTERY_MAX;
use crate::finding::Effect;
use crate::probe::{Score, Unscored};

/// How well the classes are told apart, with and without copies.
pub(super) struct Flattery {
    pub(super) with: Score,
    pub(super) without: Score,
}

impl Flattery {
    pub(super) fn effect(&self) -> Effect {
        Effect::estimated("inflation of auc", self.value(), self.interval())
    }

    pub(super) fn value(&self) -> f64 {
        self.with.auc - self.without.auc
    }

    /// Returns the interval of the difference as if the two were measured apart, which is wider than it need be.
    pub(super) fn interval(&self) -> [f64; 2] {
        let reach = |end: usize| {
            let (one, other) = (end, 1 - end);
            let with = self.with.interval[one] - self.with.auc;
            let without = self.without.interval[other] - self.without.auc;
            with.hypot(without)
        };
        [self.value() - reach(0), self.value() + reach(1)]
    }

    pub(super) fn is_sure(&self) -> bool {
        self.interval()[0] > FLATTERY_MAX
    }

    pub(super) fn words(&self) -> String {
        format!(
            "The area under the curve is {:.4} with them and {:.4} without",
            self.with.auc, self.without.auc
        )
    }
}

pub(super) fn flattery(
    with: Option<&Result<Score, Unscored>>,
    without: Option<&Result<Score, Unscored>>,
) -> Option<Flattery> {
    let score = |score: Option<&Result<Score, Unscored>>| {
        score.and_then(|score| score.as_ref().ok().copied())
    };
    Some(Flattery {
        with: score(with)?,
        without: score(without)?,
    })
}
