//! The Pareto front of measures: what each costs every day, what it makes evasion cost, what it takes to answer.

use serde::Serialize;

/// What a measure comes to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// What mistakes and reviews cost a day at the deployment's share of malicious events, nobody evading; less is better.
    pub cost: f64,
    /// Share that is found under attack, in [0, 1]; more is better.
    pub robust: f64,
    /// Microseconds an event; less is better.
    pub micros: f64,
    /// Whether it finds about as much as the first point where nobody evades, for about the same cost.
    pub keeps_up: bool,
}

/// How a measure stands among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Another one is as good in everything, and better in something.
    Dominated,
    /// It is on the front.
    Front,
    /// It is on the front, and the one to take.
    Recommended,
}

/// Latencies closer than this factor are the same: they are measured, and machines are busy.
const LATENCY_NOISE: f64 = 1.2;

/// Returns how each point stands. Recommended is the most robust that keeps up with the first, the earliest of equals; the
/// first, which is to do nothing, keeps up with itself.
#[must_use]
pub fn standings(points: &[Point]) -> Vec<Standing> {
    let dominates = |one: &Point, other: &Point| {
        let no_worse = one.cost <= other.cost
            && one.robust >= other.robust
            && one.micros <= other.micros * LATENCY_NOISE;
        let better = one.cost < other.cost
            || one.robust > other.robust
            || one.micros * LATENCY_NOISE < other.micros;
        no_worse && better
    };
    let recommended = recommended(points);
    let each = points.iter().enumerate();
    each.map(|(place, point)| {
        if Some(place) == recommended {
            Standing::Recommended
        } else if points.iter().any(|other| dominates(other, point)) {
            Standing::Dominated
        } else {
            Standing::Front
        }
    })
    .collect()
}

fn recommended(points: &[Point]) -> Option<usize> {
    let keeping = points.iter().enumerate().filter(|(_, it)| it.keeps_up);
    let best = keeping.reduce(|best, next| {
        if next.1.robust > best.1.robust {
            next
        } else {
            best
        }
    });
    best.map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(cost: f64, robust: f64, micros: f64, keeps_up: bool) -> Point {
        Point {
            cost,
            robust,
            micros,
            keeps_up,
        }
    }

    #[test]
    fn the_most_robust_that_keeps_up_is_recommended() {
        use Standing::{Dominated, Front, Recommended};
        let points = [
            point(10.0, 0.1, 5.0, true),
            point(11.0, 0.1, 5.0, true),
            point(12.0, 0.6, 5.0, true),
            point(20.0, 0.9, 5.0, false),
            point(13.0, 0.6, 5.1, true),
        ];
        assert_eq!(
            standings(&points),
            [Front, Dominated, Recommended, Front, Dominated]
        );
        // Nothing helps: nothing is done.
        let alike = [point(10.0, 0.5, 5.0, true), point(10.0, 0.5, 5.2, true)];
        assert_eq!(standings(&alike)[0], Recommended);
        assert_eq!(standings(&[]), []);
    }

    #[test]
    fn a_latency_within_the_noise_does_not_put_a_point_on_the_front() {
        let points = [point(10.0, 0.5, 5.5, true), point(11.0, 0.5, 5.0, true)];
        assert_eq!(
            standings(&points),
            [Standing::Recommended, Standing::Dominated]
        );
    }
}
