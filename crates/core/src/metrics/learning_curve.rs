//! Learning curves: how the error falls as more is learned, and where it would go from there.

use crate::random::Random;

/// Standard errors in half an interval of 95 %.
pub const HALF_WIDTH: f64 = 1.96;

/// One point of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Events that were learned; above 0.
    pub learned: f64,
    /// The error, such as 1 less the area under the curve.
    pub error: f64,
    /// Its standard error; above 0.
    pub deviation: f64,
}

/// `error(n) = floor + scale * n^-power`, neither below 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerLaw {
    /// What no number of events takes away.
    pub floor: f64,
    /// What one event would leave above the floor.
    pub scale: f64,
    /// How fast the rest falls.
    pub power: f64,
}

/// The powers that are tried: slower than 0.1 is flat over any number of events that somebody could gather, faster than 1.5 is not seen.
const POWERS: [f64; 8] = [0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.2, 1.5];
/// Redrawn curves on which an interval rests.
const REDRAWN: usize = 200;

impl PowerLaw {
    /// Fits the law to points by least squares, each weighted by how sure it is; `None` for fewer than 3 points, on which any curve fits.
    ///
    /// # Source
    ///
    /// The inverse power law of Figueroa, Zeng-Treitler, Kandula and Ngo, "Predicting sample size required for classification performance",
    /// BMC Medical Informatics and Decision Making 12, 2012; floor and scale are kept from falling below 0, and the power is one of eight.
    #[must_use]
    pub fn fit(points: &[Point]) -> Option<Self> {
        if points.len() < 3 {
            return None;
        }
        let laws = POWERS.iter().map(|power| {
            let law = Self::with_power(points, *power);
            (law.misfit(points), law)
        });
        laws.min_by(|left, right| left.0.total_cmp(&right.0))
            .map(|(_, law)| law)
    }

    /// Returns the best law of one power: a weighted line through `n^-power`, or one of its two edges.
    fn with_power(points: &[Point], power: f64) -> Self {
        let mut sums = [0.0_f64; 5];
        for point in points {
            let weight = point.deviation.powi(-2);
            let at = point.learned.powf(-power);
            let terms = [1.0, at, at * at, point.error, at * point.error];
            sums.iter_mut()
                .zip(terms)
                .for_each(|(sum, term)| *sum += weight * term);
        }
        let [weights, at, square, error, product] = sums;
        let spread = weights * square - at * at;
        let inner = (spread > 0.0).then(|| Self {
            floor: (square * error - at * product) / spread,
            scale: (weights * product - at * error) / spread,
            power,
        });
        let flat = Self {
            floor: error / weights,
            scale: 0.0,
            power,
        };
        let falling = Self {
            floor: 0.0,
            scale: (product / square).max(0.0),
            power,
        };
        match inner {
            Some(law) if law.floor >= 0.0 && law.scale >= 0.0 => law,
            _ if flat.misfit(points) <= falling.misfit(points) => flat,
            _ => falling,
        }
    }

    fn misfit(&self, points: &[Point]) -> f64 {
        let of =
            |point: &Point| ((self.error(point.learned) - point.error) / point.deviation).powi(2);
        points.iter().map(of).sum()
    }

    /// Returns the error that learning so many events would leave.
    #[must_use]
    pub fn error(&self, learned: f64) -> f64 {
        self.floor + self.scale * learned.powf(-self.power)
    }
}

/// Returns by how much the error would fall from the last point to one of `factor` times as many events, with its 95 % interval: [`gain_between`].
#[must_use]
pub fn gain(points: &[Point], factor: f64, seed: u64) -> Option<(f64, [f64; 2])> {
    let last = points.last()?.learned;
    gain_between(points, [last, last * factor], seed)
}

/// Returns by how much the error would fall from one number of events to another, with its 95 % interval: the points are redrawn within
/// their deviations, as if each were measured on events of its own, and the law is fitted again. `None` for fewer than 3 points.
#[must_use]
pub fn gain_between(points: &[Point], [from, to]: [f64; 2], seed: u64) -> Option<(f64, [f64; 2])> {
    let of = |points: &[Point]| {
        let law = PowerLaw::fit(points)?;
        Some(law.error(from) - law.error(to))
    };
    let value = of(points)?;
    let mut random = Random::new(seed);
    let mut redrawn: Vec<f64> = (0..REDRAWN)
        .filter_map(|_| of(&redraw(points, &mut random)))
        .collect();
    redrawn.sort_unstable_by(f64::total_cmp);
    let at = |share: usize| redrawn.get(redrawn.len() * share / 1_000).copied();
    Some((value, [at(25)?.min(value), at(975)?.max(value)]))
}

fn redraw(points: &[Point], random: &mut Random) -> Vec<Point> {
    let drawn = points.iter().map(|point| {
        // Twelve uniform numbers less 6 are near enough to a normal one.
        let normal: f64 = (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
        Point {
            error: (point.error + normal * point.deviation).max(0.0),
            ..*point
        }
    });
    drawn.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points(error: impl Fn(f64) -> f64, deviation: f64) -> Vec<Point> {
        let learned = [125.0, 250.0, 500.0, 1_000.0];
        let point = |learned| Point {
            learned,
            error: error(learned),
            deviation,
        };
        learned.map(point).to_vec()
    }

    #[test]
    fn the_law_that_made_the_points_is_found_and_followed() {
        let law = PowerLaw {
            floor: 0.01,
            scale: 0.8,
            power: 0.5,
        };
        let points = points(|learned| law.error(learned), 0.001);
        let found = PowerLaw::fit(&points).unwrap();
        assert!((found.floor - 0.01).abs() < 1e-9 && (found.scale - 0.8).abs() < 1e-9);
        let (value, [low, high]) = gain(&points, 2.0, 1).unwrap();
        let expected = law.error(1_000.0) - law.error(2_000.0);
        assert!((value - expected).abs() < 1e-9);
        assert!(
            low <= expected && expected <= high && high - low < 0.02,
            "{low} {high}"
        );
    }

    #[test]
    fn a_flat_curve_gains_nothing_and_two_points_tell_nothing() {
        let flat = points(|_| 0.05, 0.001);
        let (value, [low, high]) = gain(&flat, 2.0, 1).unwrap();
        assert!(
            value.abs() < 1e-9 && low.abs() < 1e-9 && high < 0.005,
            "{value} {low} {high}"
        );
        assert_eq!(gain(&flat[..2], 2.0, 1), None);
    }

    proptest! {
        #[test]
        fn no_fit_is_negative_or_grows(errors in prop::array::uniform4(0.0_f64..=1.0)) {
            let learned = [10.0, 100.0, 1_000.0, 10_000.0];
            let points: Vec<Point> = learned.into_iter().zip(errors)
                .map(|(learned, error)| Point { learned, error, deviation: 0.01 }).collect();
            let law = PowerLaw::fit(&points).unwrap();
            prop_assert!(law.floor >= 0.0 && law.scale >= 0.0);
            prop_assert!(law.error(100_000.0) <= law.error(10_000.0));
        }
    }
}
