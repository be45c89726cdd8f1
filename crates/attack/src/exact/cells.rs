//! Points and boxes of cells: what they cost, and which are within reach.

use std::collections::BTreeMap;

use super::ground::Distance;
use super::problem::Problem;

/// Cells of each axis, first and last: a box.
pub(super) type Cells = Vec<[u32; 2]>;

/// Costs that are this close, relatively, are as good as equal.
pub(super) const CLOSE: f64 = 1e-9;

/// What cells are charged where changes add up: a group costs as much as its dearest part, which is at least the mean.
pub(super) struct Prices {
    costs: Vec<Vec<f64>>,
}

impl Prices {
    pub(super) fn new(problem: &Problem, distance: Distance) -> Self {
        let parts = |group: Option<u32>| match group {
            Some(group) if distance == Distance::Sum => problem
                .axes
                .iter()
                .filter(|axis| axis.group == Some(group))
                .count(),
            _ => 1,
        };
        let costs = problem.axes.iter().map(|axis| {
            let parts = parts(axis.group).max(1) as f64;
            axis.costs.iter().map(|cost| cost / parts).collect()
        });
        Self {
            costs: costs.collect(),
        }
    }

    pub(super) fn of(&self, axis: usize, cell: usize) -> f64 {
        self.costs[axis][cell]
    }
}

/// Returns what a point costs; a square under [`Distance::Euclidean`].
pub(super) fn cost(problem: &Problem, distance: Distance, point: &[u32]) -> f64 {
    let costs = problem.axes.iter().zip(point);
    let costs = costs.map(|(axis, cell)| {
        (
            axis.group,
            axis.costs
                .get(*cell as usize)
                .copied()
                .unwrap_or(f64::INFINITY),
        )
    });
    match distance {
        Distance::Largest => costs.map(|(_, cost)| cost).fold(0.0, f64::max),
        Distance::Euclidean => costs.map(|(_, cost)| cost).sum(),
        Distance::Sum => {
            let mut groups: BTreeMap<u32, f64> = BTreeMap::new();
            let mut sum = 0.0;
            for (group, cost) in costs {
                match group {
                    Some(group) => {
                        let most = groups.entry(group).or_insert(0.0);
                        *most = most.max(cost);
                    }
                    None => sum += cost,
                }
            }
            sum + groups.values().sum::<f64>()
        }
    }
}

/// Returns the costs that changes of single signals can have, ascending.
pub(super) fn levels(problem: &Problem) -> Vec<f64> {
    let costs = problem
        .axes
        .iter()
        .flat_map(|axis| axis.costs.iter().copied());
    let mut levels: Vec<f64> = costs.collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup_by(|one, other| *one - *other <= CLOSE * *one);
    levels
}

/// Returns the cells that a change of single signals up to a cost of `reach` can be in.
pub(super) fn within(problem: &Problem, reach: f64) -> Cells {
    let reach = reach * (1.0 + CLOSE);
    (0..problem.axes.len())
        .map(|axis| reachable(problem, axis, reach))
        .collect()
}

/// Returns the cells of an axis that cost at most `reach`.
pub(super) fn reachable(problem: &Problem, axis: usize, reach: f64) -> [u32; 2] {
    let axis = &problem.axes[axis];
    let in_reach = |cell: &u32| axis.costs[*cell as usize] <= reach;
    let first = (0..axis.home).find(in_reach).unwrap_or(axis.home);
    let last = (axis.home..axis.cells()).rev().find(in_reach);
    [first, last.unwrap_or(axis.home)]
}

/// Returns what two boxes have in common.
pub(super) fn both(one: &[[u32; 2]], other: &[[u32; 2]]) -> Cells {
    let axes = one.iter().zip(other);
    axes.map(|(one, other)| [one[0].max(other[0]), one[1].min(other[1])])
        .collect()
}

/// Returns the point of a box that is nearest to the row.
pub(super) fn nearest(problem: &Problem, cells: &[[u32; 2]]) -> Vec<u32> {
    let home: Vec<u32> = problem.axes.iter().map(|axis| axis.home).collect();
    clipped(&home, cells)
}

/// Returns the point of a box that is nearest to a point.
pub(super) fn clipped(point: &[u32], cells: &[[u32; 2]]) -> Vec<u32> {
    let axes = point.iter().zip(cells);
    axes.map(|(cell, [first, last])| (*cell).max(*first).min(*last.max(first)))
        .collect()
}
