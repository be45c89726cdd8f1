//! Points on the other side, found by changing one signal at a time.

use super::ensemble::Link;
use super::problem::Problem;

/// Sweeps over all axes before a descent gives up on getting lower.
const SWEEPS_MAX: usize = 12;

/// Room for the descent.
#[derive(Default)]
pub(super) struct Local {
    change: Vec<f64>,
    open: Vec<(Link, u32, u32)>,
}

impl Local {
    /// Returns the sum at a point: a cell for each axis.
    pub(super) fn sum(problem: &Problem, point: &[u32]) -> f64 {
        let own = problem.axes.iter().zip(point);
        let own = own
            .map(|(axis, cell)| axis.own[*cell as usize])
            .sum::<f64>();
        let trees = problem
            .trees
            .iter()
            .map(|tree| leaf(problem, tree.root, point));
        problem.constant + own + trees.sum::<f64>()
    }

    /// Finds the sums that a point has with each cell of one axis, less what does not hang on it.
    fn profile(&mut self, problem: &Problem, number: usize, point: &[u32]) {
        let axis = &problem.axes[number];
        self.change.clear();
        self.change.resize(axis.costs.len() + 1, 0.0);
        for pair in &axis.pairs {
            let tree = &problem.trees[problem.pairs[*pair as usize].tree as usize];
            self.open.push((tree.root, 0, axis.cells()));
            while let Some((mut link, from, mut to)) = self.open.pop() {
                let leaf = loop {
                    match link.follow() {
                        Err(leaf) => break leaf,
                        Ok(split) => {
                            let split = problem.splits[split];
                            let after = split.rank + 1;
                            link = if split.axis as usize != number {
                                if point[split.axis as usize] <= split.rank {
                                    split.left
                                } else {
                                    split.right
                                }
                            } else if after >= to {
                                split.left
                            } else if after <= from {
                                split.right
                            } else {
                                self.open.push((split.right, after, to));
                                to = after;
                                split.left
                            };
                        }
                    }
                };
                self.change[from as usize] += problem.leaves[leaf];
                self.change[to as usize] -= problem.leaves[leaf];
            }
        }
        let mut sum = 0.0;
        for (change, own) in self.change.iter_mut().zip(&axis.own) {
            sum += *change;
            *change = sum + own;
        }
    }

    /// Moves a point within a box, axis by axis, until its sum is at most `aim` or no axis gets it lower. Returns whether
    /// the aim was reached.
    pub(super) fn descend(
        &mut self,
        problem: &Problem,
        cells: &[[u32; 2]],
        point: &mut [u32],
        aim: f64,
    ) -> bool {
        let mut sum = Self::sum(problem, point);
        for _ in 0..SWEEPS_MAX {
            if sum <= aim {
                return true;
            }
            let before = sum;
            for (number, [first, last]) in cells.iter().copied().enumerate() {
                if first >= last {
                    continue;
                }
                self.profile(problem, number, point);
                let here = self.change[point[number] as usize];
                let costs = &problem.axes[number].costs;
                let order = |one: &u32, other: &u32| {
                    let [one, other] = [*one as usize, *other as usize];
                    let sums = self.change[one].total_cmp(&self.change[other]);
                    sums.then(costs[one].total_cmp(&costs[other]))
                };
                let best = (first..=last).min_by(order).unwrap_or(point[number]);
                let gain = here - self.change[best as usize];
                if gain > 0.0 {
                    point[number] = best;
                    sum -= gain;
                    if sum <= aim {
                        break;
                    }
                }
            }
            // What was summed up step by step has rounded; the next sweep starts from the sum itself.
            sum = Self::sum(problem, point);
            if sum >= before - f64::EPSILON * before.abs() {
                break;
            }
        }
        sum <= aim
    }

    /// Moves each signal of a point that is low enough as near to its own value as it can be without rising over `aim`,
    /// the dearest first.
    pub(super) fn pull_back(&mut self, problem: &Problem, point: &mut [u32], aim: f64) {
        let mut order: Vec<usize> = (0..point.len()).collect();
        let cost = |axis: usize, cell: u32| problem.axes[axis].costs[cell as usize];
        order.sort_by(|one, other| {
            cost(*other, point[*other])
                .total_cmp(&cost(*one, point[*one]))
                .then(one.cmp(other))
        });
        let mut sum = Self::sum(problem, point);
        for number in order {
            if point[number] == problem.axes[number].home {
                continue;
            }
            self.profile(problem, number, point);
            let here = self.change[point[number] as usize];
            let mut best = point[number];
            for cell in 0..problem.axes[number].cells() {
                let is_low = sum - here + self.change[cell as usize] <= aim;
                if is_low && cost(number, cell) < cost(number, best) {
                    best = cell;
                }
            }
            sum += self.change[best as usize] - here;
            point[number] = best;
        }
    }
}

fn leaf(problem: &Problem, root: Link, point: &[u32]) -> f64 {
    let mut link = root;
    loop {
        match link.follow() {
            Err(leaf) => return problem.leaves[leaf],
            Ok(split) => {
                let split = &problem.splits[split];
                link = if point[split.axis as usize] <= split.rank {
                    split.left
                } else {
                    split.right
                };
            }
        }
    }
}
