//! Rates with exact intervals, and the rule for when a rate is not printed.
//!
//! Counts come in, a [`Rate`] comes out, or the reason why the counts do not support one.

use serde::{Deserialize, Serialize};
use statrs::function::beta::checked_beta_reg;

/// The confidence of every two-sided interval of a report.
pub const CONFIDENCE: f64 = 0.95;

/// Events on which a rate rests at least, or it is not printed.
pub const TRIALS_MIN: u64 = 10;

/// The widest interval with which a rate is printed.
pub const WIDTH_MAX: f64 = 0.3;

/// A share of events with its two-sided 95 % interval; `0 <= low <= value <= high <= 1`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// The share seen.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// Why a rate is not printed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unsupported {
    /// It would rest on fewer events than [`TRIALS_MIN`].
    #[error("it rests on {trials} events, fewer than {TRIALS_MIN}")]
    FewEvents {
        /// The events there are.
        trials: u64,
    },
    /// Its interval is wider than [`WIDTH_MAX`].
    #[error("its 95 % interval is wider than {WIDTH_MAX}: {low:.3} to {high:.3}")]
    WideInterval {
        /// The interval's lower end.
        low: f64,
        /// The interval's upper end.
        high: f64,
    },
    /// One false positive is already more than the false positive rate allows.
    #[error("{benign} benign events cannot show an FPR of {fpr}: at least {needed} are needed")]
    FewBenign {
        /// The benign events there are.
        benign: u64,
        /// The false positive rate asked for.
        fpr: f64,
        /// The benign events of which one is that rate.
        needed: u64,
    },
    /// The false positive rate is one that no number of events can show.
    #[error("no number of benign events can show this FPR: {fpr}")]
    NoSuchFpr {
        /// The false positive rate asked for.
        fpr: f64,
    },
}

/// Returns the exact two-sided interval of a share, `(low, high)`.
///
/// `successes` beyond `trials` count as `trials`. Without trials the interval is (0, 1).
/// `confidence` lies in (0, 1); outside, the interval is (0, 1) too.
///
/// # Source
///
/// Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
/// binomial", Biometrika 26, 1934, in the form of quantiles of the beta distribution.
///
/// # Example
///
/// ```
/// use ringtrue_core::metrics::clopper_pearson;
/// let (low, high) = clopper_pearson(0, 20, 0.95);
/// assert!(low == 0.0 && (high - 0.168_433).abs() < 1e-6);
/// ```
#[must_use]
pub fn clopper_pearson(successes: u64, trials: u64, confidence: f64) -> (f64, f64) {
    let tail = (1.0 - confidence) / 2.0;
    (
        lower_end(successes, trials, tail),
        upper_end(successes, trials, tail),
    )
}

/// Returns the two-sided interval of a mean of values from 0 to 1 that is as sure as a share of `trials` events,
/// `(low, high)`; `trials` need not be whole.
///
/// Without trials, or with arguments out of range, the interval is (0, 1).
///
/// # Source
///
/// The quantiles of [`clopper_pearson`] with `mean * trials` in the place of the successes, as Korn and
/// Graubard, "Confidence intervals for proportions with small expected number of positive counts
/// estimated from survey data", Survey Methodology 24, 1998, do with an effective number.
#[must_use]
pub fn effective_interval(mean: f64, trials: f64, confidence: f64) -> (f64, f64) {
    let tail = (1.0 - confidence) / 2.0;
    if !(trials > 0.0 && trials.is_finite() && (0.0..=1.0).contains(&mean) && is_share(tail)) {
        return (0.0, 1.0);
    }
    let (successes, failures) = (mean * trials, (1.0 - mean) * trials);
    let low = if successes > 0.0 {
        beta_quantile(successes, failures + 1.0, tail)
    } else {
        0.0
    };
    let high = if failures > 0.0 {
        beta_quantile(successes + 1.0, failures, 1.0 - tail)
    } else {
        1.0
    };
    (low.min(mean), high.max(mean))
}

/// Returns the rate below which the true one lies with this confidence (one-sided): 0 of 3,000 at
/// 0.95 gives 1e-3.
///
/// Out of range arguments are treated as in [`clopper_pearson`].
#[must_use]
pub fn upper_bound(successes: u64, trials: u64, confidence: f64) -> f64 {
    upper_end(successes, trials, 1.0 - confidence)
}

/// Returns the rate above which the true one lies with this confidence (one-sided).
///
/// Out of range arguments are treated as in [`clopper_pearson`].
#[must_use]
pub fn lower_bound(successes: u64, trials: u64, confidence: f64) -> f64 {
    lower_end(successes, trials, 1.0 - confidence)
}

/// Returns the rate with its 95 % interval if the counts support printing it.
///
/// # Errors
///
/// [`Unsupported::FewEvents`] if there are fewer than [`TRIALS_MIN`] trials, and
/// [`Unsupported::WideInterval`] if the interval is wider than [`WIDTH_MAX`].
pub fn supported(successes: u64, trials: u64) -> Result<Rate, Unsupported> {
    if trials < TRIALS_MIN {
        return Err(Unsupported::FewEvents { trials });
    }
    let (low, high) = clopper_pearson(successes, trials, CONFIDENCE);
    if high - low > WIDTH_MAX {
        return Err(Unsupported::WideInterval { low, high });
    }
    let value = successes.min(trials) as f64 / trials as f64;
    Ok(Rate {
        value,
        low: low.min(value),
        high: high.max(value),
    })
}

/// Returns the rate at which `successes` or more have probability `tail`.
fn lower_end(successes: u64, trials: u64, tail: f64) -> f64 {
    let successes = successes.min(trials);
    if successes == 0 || !is_share(tail) {
        return 0.0;
    }
    if successes == trials {
        return tail.powf(1.0 / trials as f64);
    }
    beta_quantile(successes as f64, (trials - successes + 1) as f64, tail)
}

/// Returns the rate at which `successes` or fewer have probability `tail`.
fn upper_end(successes: u64, trials: u64, tail: f64) -> f64 {
    if successes >= trials || !is_share(tail) {
        return 1.0;
    }
    if successes == 0 {
        // 1 - tail^(1 / trials), without losing the digits of a small result.
        return -(tail.ln() / trials as f64).exp_m1();
    }
    let failures = (trials - successes) as f64;
    beta_quantile((successes + 1) as f64, failures, 1.0 - tail)
}

fn is_share(tail: f64) -> bool {
    tail > 0.0 && tail < 1.0
}

/// Returns the quantile of the beta distribution, by halving: about 60 steps, and unlike Newton's
/// method it ends for every input.
fn beta_quantile(first: f64, second: f64, probability: f64) -> f64 {
    const STEPS_MAX: u32 = 1_100;
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..STEPS_MAX {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        match checked_beta_reg(first, second, middle) {
            Ok(below) if below < probability => low = middle,
            _ => high = middle,
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_in_three_thousand_bounds_a_thousandth() {
        let bound = upper_bound(0, 3_000, 0.95);
        assert!((9.9e-4..1.0e-3).contains(&bound), "{bound}");
        assert!((upper_bound(5, 5, 0.95) - 1.0).abs() < 1e-15);
        assert!(lower_bound(0, 5, 0.95).abs() < 1e-15);
        assert!((lower_bound(5, 5, 0.95) - 0.05_f64.powf(0.2)).abs() < 1e-15);
    }

    #[test]
    fn few_events_and_wide_intervals_are_refused() {
        assert_eq!(supported(0, 9), Err(Unsupported::FewEvents { trials: 9 }));
        let wide = supported(10, 20).expect_err("20 events cannot tell a half");
        assert_eq!(
            wide.to_string(),
            "its 95 % interval is wider than 0.3: 0.272 to 0.728"
        );
        let narrow = supported(500, 1_000).expect("1,000 events can");
        assert!((narrow.value - 0.5).abs() < 1e-15 && narrow.high - narrow.low < 0.07);
    }

    #[test]
    fn an_effective_number_that_is_whole_gives_the_exact_interval() {
        for (successes, trials) in [(0_u64, 20_u64), (7, 20), (20, 20), (499, 500)] {
            let exact = clopper_pearson(successes, trials, 0.95);
            let mean = successes as f64 / trials as f64;
            let found = effective_interval(mean, trials as f64, 0.95);
            assert!((found.0 - exact.0).abs() < 1e-9, "{found:?} {exact:?}");
            assert!((found.1 - exact.1).abs() < 1e-9, "{found:?} {exact:?}");
        }
        assert_eq!(effective_interval(0.5, 0.0, 0.95), (0.0, 1.0));
        assert_eq!(effective_interval(f64::NAN, 9.0, 0.95), (0.0, 1.0));
        assert_eq!(effective_interval(0.5, f64::INFINITY, 0.95), (0.0, 1.0));
    }

    #[test]
    fn nonsense_says_nothing() {
        assert_eq!(clopper_pearson(0, 0, 0.95), (0.0, 1.0));
        assert_eq!(clopper_pearson(1, 2, f64::NAN), (0.0, 1.0));
        assert_eq!(clopper_pearson(1, 2, 1.0), (0.0, 1.0));
        assert_eq!(clopper_pearson(9, 2, 0.95), clopper_pearson(2, 2, 0.95));
    }

    proptest! {
        #[test]
        fn intervals_hold_the_value_and_shrink_with_confidence(
            trials in 1_u64..2_000_000,
            part in 0.0_f64..=1.0,
        ) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let successes = ((trials as f64) * part) as u64;
            let value = successes as f64 / trials as f64;
            let (low, high) = clopper_pearson(successes, trials, 0.95);
            let (narrow_low, narrow_high) = clopper_pearson(successes, trials, 0.5);
            prop_assert!(low <= value && value <= high);
            prop_assert!(low <= narrow_low && narrow_high <= high);
            let (mirror_low, mirror_high) = clopper_pearson(trials - successes, trials, 0.95);
            prop_assert!((mirror_low - (1.0 - high)).abs() < 1e-9);
            prop_assert!((mirror_high - (1.0 - low)).abs() < 1e-9);
        }
    }
}
