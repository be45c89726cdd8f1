//! How many of some events are malicious, if people looked at a random few of them: an interval that holds at every step.
//!
//! ```text
//!   each event ──drawn with a known probability──► looked at: malicious, benign, open ──evidence against a number──► its interval
//! ```
//!
//! Chance is in the draws alone. The events themselves may be anything: drifting, in bursts, or chosen by somebody who sees earlier draws.

use statrs::function::beta::ln_beta;
use statrs::function::gamma::digamma;

/// Events that could have been drawn, and what was seen of those that were.
///
/// A drawn event weighs `floor / propensity`: 1 if all have the same propensity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sample {
    /// The smallest propensity, in (0, 1).
    pub(super) floor: f64,
    /// Events that could have been drawn.
    pub(super) events: f64,
    /// The weight of drawn events that are malicious.
    pub(super) malicious: f64,
    /// The weight of drawn events that are benign.
    pub(super) benign: f64,
    /// The weight of drawn events of which nobody said anything, or not which of the two: they count as either.
    pub(super) open: f64,
}

/// How much the evidence is spread around what a propensity makes us expect: the shape of the prior on how many times as often as expected
/// events are drawn, of mean 1. Small enough that few draws suffice, and many draws cost its logarithm alone.
const SHAPE: f64 = 1.0;
/// Halvings after which an end is exact to less than a millionth of an event in a million.
const HALVINGS: usize = 40;
/// Halvings for what open events may be: around its minimum the evidence is flat.
const HALVINGS_OPEN: usize = 20;

impl Sample {
    /// Returns an interval of the number of malicious events; at no step, from the first on, does it miss the true one, but in a share `alpha`
    /// of all streams.
    ///
    /// # Source
    ///
    /// Ville's inequality for the evidence of [`Sample::evidence`].
    pub(super) fn interval(&self, alpha: f64) -> [f64; 2] {
        let [least, most] = self.possible();
        let holds = |number: f64| self.evidence(number) < -alpha.ln();
        // What is drawn stands for the others: nearly always inside.
        let share = (self.malicious + self.open / 2.0)
            / (self.malicious + self.benign + self.open).max(f64::MIN_POSITIVE);
        let usual = (share * self.events).clamp(least, most);
        let inside = if holds(usual) {
            usual
        } else {
            self.likeliest(least, most)
        };
        [border(inside, least, holds), border(inside, most, holds)]
    }

    /// Returns whether the interval holds any number between these.
    pub(super) fn meets(&self, [least, most]: [f64; 2], alpha: f64) -> bool {
        let [low, high] = self.possible();
        let (least, most) = (least.max(low), most.min(high));
        least <= most && self.evidence(self.likeliest(least, most)) < -alpha.ln()
    }

    /// Returns the least and the most malicious events by what was seen of the drawn ones alone.
    fn possible(&self) -> [f64; 2] {
        let most = self.events - self.benign;
        [self.malicious, most.max(self.malicious)]
    }

    /// Returns the logarithm of the evidence against so many malicious events: a wager against it, in which money grows if it is wrong, and
    /// in expectation never does if it is right.
    ///
    /// If `m` events are malicious, of propensity `p`, then `w` of them are drawn as in `m` throws of a coin. A prior on `q`, what the coin is instead, has
    /// won `M(w, m) = E[(q / p)^w ((1 - q) / (1 - p))^(m - w)]`, and likewise with the benign ones, `n - m` throws. Where malicious events are
    /// rare, the first tells all there is, else both together tell more: the mean of `M(malicious)` and `M(malicious) M(benign)` is the evidence. Open events count as what
    /// gives the least of it.
    ///
    /// Where propensities differ, `p` is the smallest and a drawn event weighs `p / p_i`: since `(exp(x u) - 1) / u` grows with `u`, no factor is
    /// above 1 in expectation then either.
    ///
    /// # Source
    ///
    /// Robbins, "Statistical methods related to the law of the iterated logarithm", Annals of Mathematical Statistics 1970 (mixtures); Howard, Ramdas, `McAuliffe` and
    /// Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics 2021; Waudby-Smith and Ramdas, "Estimating means of
    /// bounded random variables by betting", Journal of the Royal Statistical Society B 2024; with weights, Waudby-Smith, Wu, Ramdas, Karampatziakis and Mineiro, "Anytime-valid off-policy inference for
    /// contextual bandits", 2022. That the numbers of both classes are wagered on, each as throws of a coin, rather than a mean, is ours.
    pub(super) fn evidence(&self, malicious: f64) -> f64 {
        let benign = self.events - malicious;
        let first = self.least(self.malicious, malicious);
        let second = self.least(self.benign, benign);
        first + second.max(0.0) + (-second.abs()).exp().ln_1p() - std::f64::consts::LN_2
    }

    /// Returns the least evidence of one class, over what open events may be.
    fn least(&self, seen: f64, number: f64) -> f64 {
        let most = (seen + self.open).min(number).max(seen);
        // The logarithm of a mixture of exponentials is convex in what is seen.
        let (mut low, mut high) = (seen, most);
        if self.open > 0.0 {
            for _ in 0..HALVINGS_OPEN {
                let middle = f64::midpoint(low, high);
                if slope(middle, number, self.floor) < 0.0 {
                    low = middle;
                } else {
                    high = middle;
                }
            }
        }
        wager(low, number, self.floor)
    }

    /// Returns a number against which there is little evidence, between these.
    fn likeliest(&self, least: f64, most: f64) -> f64 {
        const THIRD: f64 = 1.0 / 3.0;
        // The evidence is convex in the number.
        let (mut low, mut high) = (least, most);
        if low >= high {
            return low;
        }
        for _ in 0..HALVINGS {
            let step = THIRD * (high - low);
            if self.evidence(low + step) < self.evidence(high - step) {
                high -= step;
            } else {
                low += step;
            }
        }
        f64::midpoint(low, high)
    }
}

/// Returns the logarithm of what a wager has won when `seen` of `number` events were drawn, against a propensity.
fn wager(seen: f64, number: f64, propensity: f64) -> f64 {
    let other = other_shape(propensity);
    let unseen = (number - seen).max(0.0);
    ln_beta(seen + SHAPE, unseen + other)
        - ln_beta(SHAPE, other)
        - seen * propensity.ln()
        - unseen * (-propensity).ln_1p()
}

/// Returns how the wager grows with what is seen.
fn slope(seen: f64, number: f64, propensity: f64) -> f64 {
    let unseen = (number - seen).max(0.0);
    digamma(seen + SHAPE) - digamma(unseen + other_shape(propensity)) - propensity.ln()
        + (-propensity).ln_1p()
}

/// Returns the second parameter of the prior on the coin, a beta distribution whose mean is the propensity.
fn other_shape(propensity: f64) -> f64 {
    SHAPE * (1.0 - propensity) / propensity
}

/// Returns the place between `inside` and `end` up to which it `holds`.
fn border(inside: f64, end: f64, holds: impl Fn(f64) -> bool) -> f64 {
    if holds(end) {
        return end;
    }
    let (mut within, mut beyond) = (inside, end);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(within, beyond);
        if holds(middle) {
            within = middle;
        } else {
            beyond = middle;
        }
    }
    beyond
}
