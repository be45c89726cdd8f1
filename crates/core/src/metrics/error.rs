//! Why a metric was not computed.

use crate::label::Label;
use crate::metrics::interval::Unsupported;

/// Inputs from which a metric cannot be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// Two lists that run in parallel differ in length.
    #[error("{found} {what} do not fit {expected} scores")]
    Lengths {
        /// What the other list holds.
        what: &'static str,
        /// Scores.
        expected: usize,
        /// Members of the other list.
        found: usize,
    },
    /// A score is NaN.
    #[error("the score of row {row} is not a number")]
    NotANumber {
        /// The row, from 0.
        row: usize,
    },
    /// A score is outside `[0, 1]` where a probability is needed.
    #[error("a score is not a probability: {score}")]
    NotAProbability {
        /// The score.
        score: f64,
    },
    /// No event of a class is there.
    #[error("no event is {class}")]
    ClassAbsent {
        /// The class.
        class: Label,
    },
    /// The malicious share to which classes are re-weighted is outside (0, 1).
    #[error("the malicious share is not between 0 and 1: {share}")]
    Share {
        /// The share.
        share: f64,
    },
    /// A price is negative or not finite.
    #[error("the price of row {row} is not a finite amount of at least 0: {price}")]
    Price {
        /// The row, from 0.
        row: usize,
        /// The price.
        price: f64,
    },
    /// Too many resamples gave no value, mostly because they missed a class.
    #[error("only {used} of {resamples} resamples have the figure")]
    Resamples {
        /// Resamples that gave a value.
        used: u32,
        /// Resamples drawn.
        resamples: u32,
    },
    /// There are too few events for the figure.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
}

/// Refuses a list whose length is not that of the scores.
pub(crate) const fn same_length(
    what: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), MetricError> {
    if found == expected {
        Ok(())
    } else {
        Err(MetricError::Lengths {
            what,
            expected,
            found,
        })
    }
}

/// Refuses scores that are not probabilities.
pub(crate) fn all_probabilities(scores: &[f64]) -> Result<(), MetricError> {
    for (row, &score) in scores.iter().enumerate() {
        if score.is_nan() {
            return Err(MetricError::NotANumber { row });
        }
        if !(0.0..=1.0).contains(&score) {
            return Err(MetricError::NotAProbability { score });
        }
    }
    Ok(())
}

/// Refuses a malicious share outside (0, 1), and classes of which there is no event.
pub(crate) fn both_classes(benign: u64, malicious: u64) -> Result<(), MetricError> {
    let class = if benign == 0 {
        Label::Benign
    } else if malicious == 0 {
        Label::Malicious
    } else {
        return Ok(());
    };
    Err(MetricError::ClassAbsent { class })
}

/// What each event of a class weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ClassWeights {
    pub(crate) benign: f64,
    pub(crate) malicious: f64,
}

impl ClassWeights {
    /// Returns the weights under which `share` of all weight is malicious and all weights sum to 1;
    /// 1 each without a share.
    pub(crate) fn new(
        benign: u64,
        malicious: u64,
        share: Option<f64>,
    ) -> Result<Self, MetricError> {
        both_classes(benign, malicious)?;
        let Some(share) = share else {
            return Ok(Self {
                benign: 1.0,
                malicious: 1.0,
            });
        };
        if !(share > 0.0 && share < 1.0) {
            return Err(MetricError::Share { share });
        }
        Ok(Self {
            benign: (1.0 - share) / benign as f64,
            malicious: share / malicious as f64,
        })
    }
}
