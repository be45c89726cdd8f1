//! Gauss-Legendre quadrature on 0 to 1, exact for the polynomials that Shapley values integrate.
//!
//! The Shapley weight of a coalition of `s` of the other `d - 1` players is the integral of
//! `t^s (1 - t)^(d - 1 - s)`. So a value is the integral of one polynomial of degree `d - 1`, a product over the path's
//! signals, and `ceil(d / 2)` points give it exactly. All terms of the product are positive: nothing cancels at any
//! depth, which is what the usual extending and unwinding of polynomials cannot say.

use std::collections::BTreeMap;

/// Signals on one path: far above what trained trees have; a hostile one would take time with the square of it.
pub(super) const SIGNALS_MAX: usize = 1024;

/// Newton steps: from the usual start they converge in under six.
const STEPS_MAX: usize = 20;

/// Some points of a rule, handled at once; unused lanes have the weight 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lanes<const L: usize> {
    /// The points.
    pub(super) points: [f64; L],
    /// 1 less each point.
    pub(super) rests: [f64; L],
    /// Their weights.
    pub(super) weights: [f64; L],
}

/// A rule's points in as few passes as it takes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rule {
    /// Up to four points.
    Narrow(Lanes<4>),
    /// More.
    Wide(Vec<Lanes<8>>),
}

/// The rules that a forest's trees need, made once each.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules(BTreeMap<usize, Rule>);

impl Rules {
    /// Makes the rule for paths of so many signals, and returns its number of points.
    pub(super) fn prepare(&mut self, signals: usize) -> usize {
        // More points are as exact, and a lane costs the same unused.
        let needed = signals.div_ceil(2);
        let points = if needed <= 4 {
            4
        } else {
            needed.next_multiple_of(8)
        };
        self.0.entry(points).or_insert_with(|| Rule::new(points));
        points
    }

    /// Returns the rule with so many points.
    pub(super) fn get(&self, points: usize) -> Option<&Rule> {
        self.0.get(&points)
    }
}

impl Rule {
    fn new(count: usize) -> Self {
        let points = gauss_legendre(count);
        if count <= 4 {
            return Self::Narrow(Lanes::new(&points));
        }
        Self::Wide(points.chunks(8).map(Lanes::new).collect())
    }
}

impl<const L: usize> Lanes<L> {
    fn new(points: &[Point]) -> Self {
        let lane = |of: fn(&Point) -> f64, unused| {
            std::array::from_fn(|lane| points.get(lane).map_or(unused, of))
        };
        Self {
            points: lane(|point| point.at, 0.5),
            rests: lane(|point| point.rest, 0.5),
            weights: lane(|point| point.weight, 0.0),
        }
    }
}

/// A point between 0 and 1, 1 less it, and its weight.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    at: f64,
    rest: f64,
    weight: f64,
}

/// Returns the points and weights that integrate polynomials of a degree up to `2 * count - 1` from 0 to 1.
///
/// # Source
///
/// Press et al., "Numerical Recipes", third edition, section 4.6: Newton's method on the Legendre polynomial. Ours
/// keeps both a point and 1 less it, so that neither loses digits near its end.
fn gauss_legendre(count: usize) -> Vec<Point> {
    let half = |index: usize| {
        let start = (index as f64 + 0.75) / (count as f64 + 0.5);
        let mut at = (std::f64::consts::PI * start).cos();
        for _ in 0..STEPS_MAX {
            let (value, slope) = legendre(count, at);
            let step = value / slope;
            at -= step;
            if step.abs() <= f64::EPSILON {
                break;
            }
        }
        let slope = legendre(count, at).1;
        Point {
            at: f64::midpoint(1.0, at),
            rest: (1.0 - at) / 2.0,
            weight: 1.0 / ((1.0 - at * at) * slope * slope),
        }
    };
    let upper: Vec<Point> = (0..count.div_ceil(2)).map(half).collect();
    let lower = upper.iter().take(count / 2).map(|point| Point {
        at: point.rest,
        rest: point.at,
        weight: point.weight,
    });
    lower.chain(upper.iter().rev().copied()).collect()
}

/// Returns the Legendre polynomial of a degree of at least 1 between -1 and 1, and its slope.
fn legendre(degree: usize, at: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, at);
    for order in 2..=degree {
        let order = order as f64;
        let next = ((2.0 * order - 1.0) * at * value - (order - 1.0) * before) / order;
        (before, value) = (value, next);
    }
    let slope = degree as f64 * (at * value - before) / (at * at - 1.0);
    (value, slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_integrated_exactly_up_to_the_promised_degree() {
        for count in [1, 2, 3, 4, 8, 16, 32, 64, 512] {
            let points = gauss_legendre(count);
            assert_eq!(points.len(), count);
            for power in [0, 1, count, 2 * count - 1] {
                let power = i32::try_from(power).unwrap();
                let found: f64 = points.iter().map(|p| p.weight * p.at.powi(power)).sum();
                let exact = 1.0 / (f64::from(power) + 1.0);
                assert!(
                    (found - exact).abs() <= 2e-13 * exact,
                    "{count} {power}: {found}"
                );
            }
        }
    }

    #[test]
    fn one_point_fewer_would_not_be_exact() {
        let found: f64 = gauss_legendre(4)
            .iter()
            .map(|p| p.weight * p.at.powi(8))
            .sum();
        assert!((found - 1.0 / 9.0).abs() > 1e-5, "{found}");
    }
}
