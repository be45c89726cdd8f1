//! Finds the lowest point of a smooth function of few numbers: limited-memory BFGS with a line search.
//!
//! # Source
//!
//! Nocedal and Wright, "Numerical Optimization", 2nd edition, algorithms 7.4 (two loops) and 3.1 (backtracking).

/// A function's value and its gradient.
pub(super) type Objective<'a> = dyn Fn(&[f64]) -> (f64, Vec<f64>) + 'a;

/// Where a search ended.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) at: Vec<f64>,
    pub(super) value: f64,
}

/// Steps that the shape is remembered from.
const REMEMBERED: usize = 10;
/// Share of the slope that a step must win.
const WON_MIN: f64 = 1e-4;
/// Times that a step is halved before the search ends.
const HALVINGS_MAX: usize = 40;
/// The search ends where no slope is steeper.
const SLOPE_MIN: f64 = 1e-5;
/// The search ends where a step wins no larger share of the value.
const SHARE_MIN: f64 = 1e-12;

/// A step and how it changed the slope.
struct Step {
    moved: Vec<f64>,
    turned: Vec<f64>,
    curvature: f64,
}

/// Goes downhill from `at`, so many steps at most.
pub(super) fn minimize(objective: &Objective<'_>, at: Vec<f64>, steps_max: usize) -> Found {
    let (value, mut slope) = objective(&at);
    let mut found = Found { at, value };
    let mut steps: Vec<Step> = Vec::new();
    for _ in 0..steps_max {
        if slope.iter().all(|it| it.abs() < SLOPE_MIN) {
            break;
        }
        let mut way = direction(&slope, &steps);
        if dot(&way, &slope) >= 0.0 {
            steps.clear();
            way = direction(&slope, &steps);
        }
        let Some((next, next_slope)) = search(objective, &found, &slope, &way) else {
            break;
        };
        let moved = less(&next.at, &found.at);
        let turned = less(&next_slope, &slope);
        let curvature = dot(&moved, &turned);
        if curvature > 1e-12 * dot(&turned, &turned) {
            if steps.len() == REMEMBERED {
                steps.remove(0);
            }
            steps.push(Step {
                moved,
                turned,
                curvature,
            });
        }
        let won = found.value - next.value;
        (found, slope) = (next, next_slope);
        if won <= SHARE_MIN * found.value.abs() {
            break;
        }
    }
    found
}

/// Returns the way down, as the remembered steps bend it.
fn direction(slope: &[f64], steps: &[Step]) -> Vec<f64> {
    let mut way: Vec<f64> = slope.iter().map(|it| -it).collect();
    let mut shares = Vec::with_capacity(steps.len());
    for step in steps.iter().rev() {
        let share = dot(&step.moved, &way) / step.curvature;
        add(&mut way, -share, &step.turned);
        shares.push(share);
    }
    let scale = match steps.last() {
        Some(last) => last.curvature / dot(&last.turned, &last.turned),
        None => 1.0 / dot(slope, slope).sqrt().max(1.0),
    };
    for it in &mut way {
        *it *= scale;
    }
    for (step, share) in steps.iter().zip(shares.into_iter().rev()) {
        let back = dot(&step.turned, &way) / step.curvature;
        add(&mut way, share - back, &step.moved);
    }
    way
}

/// Halves the step until it wins enough; `None` if none does.
fn search(
    objective: &Objective<'_>,
    from: &Found,
    slope: &[f64],
    way: &[f64],
) -> Option<(Found, Vec<f64>)> {
    let steepness = dot(slope, way);
    let mut length = 1.0;
    for _ in 0..HALVINGS_MAX {
        let mut at = from.at.clone();
        add(&mut at, length, way);
        let (value, slope) = objective(&at);
        if value.is_finite() && value <= from.value + WON_MIN * length * steepness {
            return Some((Found { at, value }, slope));
        }
        length /= 2.0;
    }
    None
}

pub(super) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], times: f64, other: &[f64]) {
    for (to, other) in to.iter_mut().zip(other) {
        *to += times * other;
    }
}

fn less(left: &[f64], right: &[f64]) -> Vec<f64> {
    left.iter().zip(right).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bottom_of_the_bent_valley_is_found() {
        let rosenbrock = |at: &[f64]| {
            let (x, y) = (at[0], at[1]);
            let bend = y - x * x;
            let value = (1.0 - x).powi(2) + 100.0 * bend * bend;
            (
                value,
                vec![-2.0 * (1.0 - x) - 400.0 * x * bend, 200.0 * bend],
            )
        };
        let found = minimize(&rosenbrock, vec![-1.2, 1.0], 300);
        assert!((found.at[0] - 1.0).abs() < 1e-4, "{found:?}");
        assert!((found.at[1] - 1.0).abs() < 1e-4, "{found:?}");
    }
}
