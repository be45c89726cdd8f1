//! Operating points: what a threshold catches at a false positive rate that people can live with.

use serde::Serialize;

use crate::metrics::interval::{Rate, Unsupported, supported, upper_bound};
use crate::metrics::ranking::Ranking;

/// The best threshold under a limit on the false positive rate, and what it did to the judged rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OperatingPoint {
    /// The limit.
    pub fpr_limit: f64,
    /// Events of this score and above are flagged; `None` if none may be.
    pub threshold: Option<f64>,
    /// Benign events flagged.
    pub false_positives: u64,
    /// Benign events.
    pub benign: u64,
    /// Malicious events flagged.
    pub true_positives: u64,
    /// Malicious events.
    pub malicious: u64,
}

impl OperatingPoint {
    /// Returns the true positive rate. Its interval is that of the malicious events at this threshold;
    /// that the threshold itself was chosen on the benign events of the same rows is not in it.
    ///
    /// # Errors
    ///
    /// [`Unsupported::FewBenign`] if one false positive would exceed the limit,
    /// [`Unsupported::NoSuchFpr`] if the limit is not in (0, 1], and what
    /// [`supported`] refuses of the malicious events.
    pub fn tpr(&self) -> Result<Rate, Unsupported> {
        self.benign_suffice()?;
        supported(self.true_positives, self.malicious)
    }

    /// Returns the false positive rate that the threshold showed on the judged rows.
    ///
    /// # Errors
    ///
    /// What [`supported`] refuses of the benign events.
    pub fn fpr(&self) -> Result<Rate, Unsupported> {
        supported(self.false_positives, self.benign)
    }

    /// Returns the rate below which the threshold's true false positive rate lies with 95 %
    /// confidence (one-sided).
    #[must_use]
    pub fn fpr_bound(&self) -> f64 {
        upper_bound(self.false_positives, self.benign, 0.95)
    }

    fn benign_suffice(&self) -> Result<(), Unsupported> {
        let fpr = self.fpr_limit;
        if !(fpr > 0.0 && fpr <= 1.0) {
            return Err(Unsupported::NoSuchFpr { fpr });
        }
        if self.benign > 0 && shows(self.benign, fpr) {
            return Ok(());
        }
        Err(Unsupported::FewBenign {
            benign: self.benign,
            fpr,
            needed: benign_needed(fpr),
        })
    }
}

/// Returns whether one of `benign` events is no more than `fpr`. The division, unlike a product, gives
/// the same float as the decimal constant: 1 / 1000 is 1e-3.
fn shows(benign: u64, fpr: f64) -> bool {
    1.0 / benign as f64 <= fpr
}

/// Returns the fewest benign events of which one is no more than `fpr`, which lies in (0, 1].
fn benign_needed(fpr: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "1 / fpr is at least 1, and the cast saturates"
    )]
    let above = (1.0 / fpr).ceil() as u64;
    // The division may have rounded up over a whole number, or down below it.
    let candidates = [
        above.saturating_sub(1).max(1),
        above,
        above.saturating_add(1),
    ];
    let fewest = candidates.into_iter().find(|&benign| shows(benign, fpr));
    fewest.unwrap_or(above)
}

/// Returns the best true positive rate whose false positive rate on the same rows does not exceed
/// `fpr`, with its interval: [`Ranking::tpr_at_fpr`] and [`OperatingPoint::tpr`] in one.
///
/// # Errors
///
/// Those of [`OperatingPoint::tpr`].
pub fn tpr_at_fpr(ranking: &Ranking, fpr: f64) -> Result<Rate, Unsupported> {
    ranking.tpr_at_fpr(fpr).tpr()
}

/// Returns the share of flagged events that is malicious in traffic of which `share` is; `None` if
/// an argument is outside `[0, 1]` or nothing would be flagged.
///
/// # Example
///
/// ```
/// use ringtrue_core::metrics::precision_at_share;
/// // At a malicious share of 0.1 %, a hundredth of false positives drowns nine tenths of recall.
/// let precision = precision_at_share(0.9, 0.01, 0.001).ok_or("nothing flagged")?;
/// assert!((precision - 0.0826).abs() < 1e-4);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn precision_at_share(tpr: f64, fpr: f64, share: f64) -> Option<f64> {
    if [tpr, fpr, share]
        .iter()
        .any(|value| !(0.0..=1.0).contains(value))
    {
        return None;
    }
    let caught = tpr * share;
    let flagged = caught + fpr * (1.0 - share);
    (flagged > 0.0).then(|| caught / flagged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(benign: u32, malicious: u32) -> Ranking {
        // Benign events score 0 .. 0.5, malicious ones 0.45 .. 1.
        let scores = (0..benign)
            .map(|row| 0.5 * f64::from(row) / f64::from(benign))
            .chain((0..malicious).map(|row| 0.45 + 0.55 * f64::from(row) / f64::from(malicious)));
        let scores: Vec<f64> = scores.collect();
        let labels: Vec<bool> = (0..benign + malicious).map(|row| row >= benign).collect();
        Ranking::new(&scores, &labels).expect("scores are numbers")
    }

    #[test]
    fn benign_events_must_suffice_for_the_rate() {
        assert!(tpr_at_fpr(&ranking(1_000, 100), 1e-3).is_ok());
        let refused = tpr_at_fpr(&ranking(999, 100), 1e-3).expect_err("999 is one too few");
        assert_eq!(
            refused.to_string(),
            "999 benign events cannot show an FPR of 0.001: at least 1000 are needed"
        );
        for fpr in [0.0, -1.0, 2.0, f64::NAN] {
            let refused = tpr_at_fpr(&ranking(100, 100), fpr);
            assert!(
                matches!(refused, Err(Unsupported::NoSuchFpr { .. })),
                "{fpr}"
            );
        }
    }

    #[test]
    fn needed_events_are_exact_at_powers_of_ten() {
        for exponent in 0..12_i32 {
            let text = format!("1e-{exponent}");
            let fpr: f64 = text.parse().expect("a number");
            let needed = 10_u64.pow(exponent.unsigned_abs());
            assert_eq!(benign_needed(fpr), needed);
            assert!(shows(needed, fpr) && (needed == 1 || !shows(needed - 1, fpr)));
        }
        assert_eq!(benign_needed(0.3), 4);
    }

    #[test]
    fn malicious_events_must_suffice_too() {
        assert_eq!(
            tpr_at_fpr(&ranking(10_000, 9), 1e-3),
            Err(Unsupported::FewEvents { trials: 9 })
        );
        let none = tpr_at_fpr(&Ranking::new(&[], &[]).expect("no rows"), 1e-3);
        assert!(matches!(
            none,
            Err(Unsupported::FewBenign { benign: 0, .. })
        ));
    }

    #[test]
    fn a_limit_below_every_threshold_flags_nothing() {
        let ranking = Ranking::new(&[0.9, 0.9], &[true, false]).expect("scores are numbers");
        let point = ranking.tpr_at_fpr(0.5);
        assert_eq!((point.threshold, point.true_positives), (None, 0));
    }

    #[test]
    fn precision_follows_the_share() {
        assert_eq!(precision_at_share(0.0, 0.0, 0.5), None);
        assert_eq!(precision_at_share(1.1, 0.0, 0.5), None);
        assert_eq!(precision_at_share(0.5, 0.0, 0.5), Some(1.0));
    }
}
