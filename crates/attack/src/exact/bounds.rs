//! What every point of a box sums to at least: min-sum diffusion between the trees.
//!
//! ```text
//!   each tree's least leaf within the box, summed                            a bound, but trees contradict each other
//!   costs moved between trees, per signal and cell, zero in sum ──diffuse──► a bound as tight as the linear relaxation
//! ```
//!
//! A tree holds, for each signal that it asks of, an extra cost of each cell; over the trees these sum to what the
//! problem itself charges for the cell (nothing, but for single-signal trees and a price of changes). The bound is valid
//! whatever they are, in every box; diffusion makes the trees agree on each cell, which can only raise it. All trees
//! get the same cost of a cell, less what the cell's segment costs within the tree, so that a shared array per axis
//! and one number per segment hold everything.
//!
//! # Source
//!
//! Min-sum diffusion: Werner, "A linear programming approach to max-sum problem: a review", 2007. The factors are trees
//! here, and what is shared is held per axis.

use super::problem::{Pair, Problem};

/// Cells of each axis, first and last.
pub(super) type Cells = Vec<[u32; 2]>;

/// The costs that were moved, and the sums in the box that is looked at.
pub(super) struct Bounds {
    /// For each axis and cell the cost that each of its trees is charged.
    shared: Vec<Vec<f64>>,
    /// For each segment what is taken off again.
    taken: Vec<f64>,
    /// For each pair and leaf the least extra cost of the leaf's cells in the box; laid out as the spans.
    extra: Vec<f64>,
    /// For each leaf its value with all extra costs; infinite outside of the box.
    weights: Vec<f64>,
    /// For each tree its least weight.
    least: Vec<f64>,
    /// What the problem charges for each cell, as it is contained in `shared`.
    charged: Vec<Vec<f64>>,
    /// The box that is looked at.
    pub(super) cells: Cells,
    /// Room for one pair's segments, and one axis' cells.
    segments: Vec<f64>,
    change: Vec<f64>,
    fresh: Vec<f64>,
}

/// What a round of diffusion came to.
pub(super) enum Round {
    /// The box holds no cell of some axis.
    Empty,
    /// The sum is at least this.
    AtLeast(f64),
}

impl Bounds {
    pub(super) fn new(problem: &Problem) -> Self {
        let zeros = |axis: &super::problem::Axis| vec![0.0; axis.costs.len()];
        let mut bounds = Self {
            shared: problem.axes.iter().map(zeros).collect(),
            taken: vec![0.0; problem.segment_ends.len()],
            extra: vec![0.0; problem.spans.len()],
            weights: problem.leaves.clone(),
            least: vec![0.0; problem.trees.len()],
            charged: problem.axes.iter().map(zeros).collect(),
            cells: problem.axes.iter().map(|axis| [0, axis.cells() - 1]).collect(),
            segments: Vec::new(),
            change: Vec::new(),
            fresh: Vec::new(),
        };
        bounds.charge(problem, |_, _| 0.0);
        bounds
    }

    /// Sets what cells cost beside the trees: `price` of an axis and a cell, and what single-signal trees add.
    pub(super) fn charge(&mut self, problem: &Problem, price: impl Fn(usize, usize) -> f64) {
        for (number, axis) in problem.axes.iter().enumerate() {
            let trees = axis.pairs.len().max(1) as f64;
            let charged = self.charged[number].iter_mut().zip(&mut self.shared[number]);
            for (cell, ((charged, shared), own)) in charged.zip(&axis.own).enumerate() {
                let wanted = own + price(number, cell);
                *shared += (wanted - *charged) / trees;
                *charged = wanted;
            }
        }
    }

    /// Looks at another box.
    pub(super) fn enter(&mut self, problem: &Problem, cells: &Cells) {
        self.cells.clone_from(cells);
        for number in 0..problem.pairs.len() {
            self.spread(problem, number);
        }
        for (tree, least) in problem.trees.iter().zip(&mut self.least) {
            let first = tree.leaves.start;
            for leaf in tree.leaves.clone() {
                let extras = problem.pairs[tree.pairs.clone()].iter();
                let extras = extras.map(|pair| self.extra[pair.spans + leaf - first]);
                self.weights[leaf] = problem.leaves[leaf] + extras.sum::<f64>();
            }
            *least = smallest(&self.weights[tree.leaves.clone()]);
        }
    }

    /// Returns the sum that no point of the box is below; infinite if the box is empty.
    pub(super) fn bound(&self, problem: &Problem) -> f64 {
        let axes = problem.axes.iter().enumerate();
        let lone = axes.filter(|(_, axis)| axis.pairs.is_empty());
        let lone = lone.map(|(number, _)| self.alone(number));
        problem.constant + lone.sum::<f64>() + self.least.iter().sum::<f64>()
    }

    /// Returns the least that an axis which no tree of several asks of is charged in the box.
    fn alone(&self, number: usize) -> f64 {
        let [first, last] = self.cells[number].map(|cell| cell as usize);
        smallest(self.shared[number].get(first..=last).unwrap_or(&[]))
    }

    /// Makes the trees agree on each axis in turn, and cuts off cells at the ends of the box in which every sum is above
    /// `limit`. Nothing is cut off beyond any bound that was returned as [`Round::AtLeast`].
    pub(super) fn round(&mut self, problem: &Problem, limit: f64) -> Round {
        for axis in 0..problem.axes.len() {
            if !self.diffuse(problem, axis, limit) {
                return Round::Empty;
            }
        }
        Round::AtLeast(self.bound(problem))
    }

    /// Makes the trees agree on one axis. Returns whether any cell is left.
    fn diffuse(&mut self, problem: &Problem, number: usize, limit: f64) -> bool {
        let axis = &problem.axes[number];
        let [first, last] = self.cells[number].map(|cell| cell as usize);
        if first > last {
            return false;
        }
        let rest = self.bound_without(problem, number);
        let trees = axis.pairs.len().max(1) as f64;
        self.change.clear();
        self.change.resize(axis.costs.len() + 1, 0.0);
        self.fresh.clear();
        for pair in &axis.pairs {
            self.gather(problem, *pair as usize);
        }
        let mut sum = 0.0;
        for (shared, change) in self.shared[number].iter_mut().zip(&self.change) {
            sum += change;
            *shared += sum / trees;
        }
        // All trees now ask the same of a cell, so that the sum with it is at least this.
        let is_out = |shared: &f64| rest + trees * shared > limit;
        let shared = &self.shared[number][first..=last];
        let skipped = shared.iter().take_while(|cost| is_out(cost)).count();
        let [from, to] = &mut self.cells[number];
        *from += super::ensemble::small(skipped);
        if skipped == shared.len() {
            return false;
        }
        let behind = shared.iter().rev().take_while(|cost| is_out(cost)).count();
        *to -= super::ensemble::small(behind);
        let mut fresh = std::mem::take(&mut self.fresh);
        let mut segments = fresh.as_slice();
        for pair in &axis.pairs {
            let range = problem.pairs[*pair as usize].segments.clone();
            let (own, others) = segments.split_at(range.len());
            self.taken[range].copy_from_slice(own);
            segments = others;
            self.spread_and_weigh(problem, *pair as usize);
        }
        fresh.clear();
        self.fresh = fresh;
        true
    }

    /// Returns the bound without the trees of an axis, or without the axis if no tree asks of it.
    fn bound_without(&self, problem: &Problem, number: usize) -> f64 {
        if problem.axes[number].pairs.is_empty() {
            return self.bound(problem) - self.alone(number);
        }
        let trees = problem.axes[number].pairs.iter();
        let trees = trees.map(|pair| self.least[problem.pairs[*pair as usize].tree as usize]);
        self.bound(problem) - trees.sum::<f64>()
    }

    /// Appends to `fresh` what each segment of a pair costs within its tree, and adds the differences to `change`.
    fn gather(&mut self, problem: &Problem, number: usize) {
        let pair = &problem.pairs[number];
        self.within(problem, pair);
        let [first, last] = self.cells[pair.axis as usize];
        let mut start = 0;
        for (place, segment) in pair.segments.clone().enumerate() {
            let end = problem.segment_ends[segment];
            // Of a segment outside of the box nothing is known.
            let found = self.segments[place];
            let is_known = start <= last && end > first && found.is_finite();
            let cost = if is_known { found } else { self.taken[segment] };
            let difference = cost - self.taken[segment];
            self.change[start as usize] += difference;
            self.change[end as usize] -= difference;
            self.fresh.push(cost);
            start = end;
        }
    }

    /// Finds, for each segment of a pair, the least weight of the tree's leaves there, without the pair's own costs.
    fn within(&mut self, problem: &Problem, pair: &Pair) {
        let leaves = problem.trees[pair.tree as usize].leaves.clone();
        let count = leaves.len();
        self.segments.clear();
        self.segments.resize(pair.segments.len(), f64::INFINITY);
        let spans = &problem.spans[pair.spans..pair.spans + count];
        let extra = &self.extra[pair.spans..pair.spans + count];
        for ((weight, extra), [from, to]) in self.weights[leaves].iter().zip(extra).zip(spans) {
            // Infinite less infinite is no number, and no minimum takes it.
            let rest = weight - extra;
            let covered = self.segments.get_mut(usize::from(*from)..=usize::from(*to));
            for cost in covered.unwrap_or_default() {
                *cost = cost.min(rest);
            }
        }
    }

    /// Renews the extra costs of a pair's leaves.
    fn spread(&mut self, problem: &Problem, number: usize) {
        let pair = &problem.pairs[number];
        self.segment_costs(problem, pair);
        let count = problem.trees[pair.tree as usize].leaves.len();
        let spans = &problem.spans[pair.spans..pair.spans + count];
        let extra = &mut self.extra[pair.spans..pair.spans + count];
        for (extra, [from, to]) in extra.iter_mut().zip(spans) {
            *extra = covered(&self.segments, *from, *to);
        }
    }

    /// Renews the extra costs of a pair's leaves, and with them the weights.
    fn spread_and_weigh(&mut self, problem: &Problem, number: usize) {
        let pair = &problem.pairs[number];
        self.segment_costs(problem, pair);
        let leaves = problem.trees[pair.tree as usize].leaves.clone();
        let spans = &problem.spans[pair.spans..pair.spans + leaves.len()];
        let extra = &mut self.extra[pair.spans..pair.spans + leaves.len()];
        let weights = &mut self.weights[leaves];
        let mut least = f64::INFINITY;
        for ((extra, weight), [from, to]) in extra.iter_mut().zip(weights).zip(spans) {
            let cost = covered(&self.segments, *from, *to);
            if weight.is_finite() {
                *weight += cost - *extra;
            }
            *extra = cost;
            least = least.min(*weight);
        }
        self.least[pair.tree as usize] = least;
    }

    /// Finds, for each segment of a pair, the least extra cost of its cells in the box; infinite outside.
    fn segment_costs(&mut self, problem: &Problem, pair: &Pair) {
        let [first, last] = self.cells[pair.axis as usize];
        let shared = &self.shared[pair.axis as usize];
        self.segments.clear();
        let mut start = 0;
        for segment in pair.segments.clone() {
            let end = problem.segment_ends[segment];
            let (from, to) = (start.max(first) as usize, end.min(last + 1) as usize);
            let least = smallest(shared.get(from..to).unwrap_or(&[]));
            self.segments.push(least - self.taken[segment]);
            start = end;
        }
    }

    /// Adds up what a cell of an axis costs all trees as they stand, within the cells of the box: the sums that a box cut
    /// off below (at each place, all cells up to it) and above (all from it on) has at least. Valid until the next round.
    pub(super) fn cuts(&mut self, problem: &Problem, number: usize) -> (Vec<f64>, Vec<f64>) {
        let [first, last] = self.cells[number].map(|cell| cell as usize);
        let width = last + 1 - first;
        let rest = self.bound_without(problem, number);
        let (mut below, mut above) = (vec![rest; width], vec![rest; width]);
        for pair in &problem.axes[number].pairs {
            let pair = &problem.pairs[*pair as usize];
            self.within(problem, pair);
            let mut segment = 0;
            self.change.clear();
            for cell in first..=last {
                while problem.segment_ends[pair.segments.start + segment] as usize <= cell {
                    segment += 1;
                }
                let taken = self.taken[pair.segments.start + segment];
                let cost = self.shared[number][cell] - taken + self.segments[segment];
                self.change.push(cost);
            }
            add_least(below.iter_mut().zip(&self.change));
            add_least(above.iter_mut().zip(&self.change).rev());
        }
        if problem.axes[number].pairs.is_empty() {
            let costs = &self.shared[number][first..=last];
            add_least(below.iter_mut().zip(costs));
            add_least(above.iter_mut().zip(costs).rev());
        }
        (below, above)
    }

    /// Returns, for each axis, the cell of the box on which the trees agree as the cheapest; the nearest to the row's own
    /// of several.
    pub(super) fn favourite(&self, problem: &Problem) -> Vec<u32> {
        let axes = problem.axes.iter().zip(&self.cells).zip(&self.shared);
        axes.map(|((axis, [first, last]), shared)| {
            let cost = |cell: &u32| (shared[*cell as usize], axis.costs[*cell as usize]);
            let order = |one: &u32, other: &u32| {
                let ((one, near), (other, far)) = (cost(one), cost(other));
                one.total_cmp(&other).then(near.total_cmp(&far))
            };
            (*first..=*last).min_by(order).unwrap_or(axis.home)
        })
        .collect()
    }

    /// Returns whether all points of the box have the same sum: every tree can reach one leaf only.
    pub(super) fn is_settled(&self, problem: &Problem) -> bool {
        let axes = problem.axes.iter().zip(&self.cells);
        let mut own = axes.map(|(axis, [first, last])| &axis.own[*first as usize..=*last as usize]);
        let is_same = |own: &[f64]| own.windows(2).all(|pair| pair[0].total_cmp(&pair[1]).is_eq());
        own.all(is_same) && problem.trees.iter().all(|tree| {
            let weights = self.weights[tree.leaves.clone()].iter();
            weights.filter(|weight| weight.is_finite()).count() <= 1
        })
    }
}

/// Adds to each sum the least of the costs so far.
fn add_least<'a>(sums: impl Iterator<Item = (&'a mut f64, &'a f64)>) {
    let mut least = f64::INFINITY;
    for (sum, cost) in sums {
        least = least.min(*cost);
        *sum += least;
    }
}

/// Returns the least cost of the segments that a leaf covers.
#[inline]
fn covered(segments: &[f64], from: u16, to: u16) -> f64 {
    smallest(
        segments
            .get(usize::from(from)..=usize::from(to))
            .unwrap_or(&[]),
    )
}

fn smallest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}
