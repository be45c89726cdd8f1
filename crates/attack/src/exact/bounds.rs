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

use super::cells::Cells;
use super::ensemble::small;
use super::problem::{Axis, Pair, Problem};

/// The costs that were moved, and the sums in the box that is looked at.
pub(super) struct Bounds {
    /// For each axis and cell the cost that each of its trees is charged.
    shared: Vec<Vec<f64>>,
    /// For each segment what is taken off again.
    taken: Vec<f64>,
    /// For each pair and leaf the least extra cost of the leaf's cells in the box; laid out as the codes.
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
    /// Room for the runs of one pair's segments, by their first and last.
    table: Vec<f64>,
    change: Vec<f64>,
    fresh: Vec<f64>,
    /// Rounds that each axis sits out, since its trees agreed.
    rests: Vec<u8>,
}

/// Rounds that an axis sits out once its trees agree.
const REST: u8 = 3;
/// Trees agree if making them agree closes less than this part of what is missing to the limit.
const AGREEMENT: f64 = 1e-4;

/// What a round of diffusion came to.
pub(super) enum Round {
    /// The box holds no cell of some axis.
    Empty,
    /// The sum is at least this.
    AtLeast(f64),
}

impl Bounds {
    pub(super) fn new(problem: &Problem) -> Self {
        let widths = problem.pairs.iter().map(|pair| pair.segments.len());
        let widest = widths.max().unwrap_or(0);
        let zeros = |axis: &Axis| vec![0.0; axis.costs.len()];
        let mut bounds = Self {
            shared: problem.axes.iter().map(zeros).collect(),
            taken: vec![0.0; problem.segment_ends.len()],
            extra: vec![0.0; problem.codes.len()],
            weights: problem.leaves.clone(),
            least: vec![0.0; problem.trees.len()],
            charged: problem.axes.iter().map(zeros).collect(),
            cells: problem
                .axes
                .iter()
                .map(|axis| [0, axis.cells() - 1])
                .collect(),
            segments: Vec::new(),
            table: vec![0.0; widest * widest],
            change: Vec::new(),
            fresh: Vec::new(),
            rests: vec![0; problem.axes.len()],
        };
        bounds.charge(problem, |_, _| 0.0);
        bounds
    }

    /// Sets what cells cost beside the trees: `price` of an axis and a cell, and what single-signal trees add.
    pub(super) fn charge(&mut self, problem: &Problem, price: impl Fn(usize, usize) -> f64) {
        for (number, axis) in problem.axes.iter().enumerate() {
            let trees = axis.pairs.len().max(1) as f64;
            let charged = self.charged[number]
                .iter_mut()
                .zip(&mut self.shared[number]);
            for (cell, ((charged, shared), own)) in charged.zip(&axis.own).enumerate() {
                let wanted = own + price(number, cell);
                *shared += (wanted - *charged) / trees;
                *charged = wanted;
            }
        }
    }

    /// Looks at another box.
    pub(super) fn enter(&mut self, problem: &Problem, cells: &[[u32; 2]]) {
        self.cells.clear();
        self.cells.extend_from_slice(cells);
        self.rests.fill(0);
        for number in 0..problem.pairs.len() {
            self.spread(problem, number);
        }
        for (tree, least) in problem.trees.iter().zip(&mut self.least) {
            let first = tree.leaves.start;
            for leaf in tree.leaves.clone() {
                let extras = problem.pairs[tree.pairs.clone()].iter();
                let extras = extras.map(|pair| self.extra[pair.codes + leaf - first]);
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
        let mut bound = self.bound(problem);
        for axis in 0..problem.axes.len() {
            if self.rests[axis] > 0 {
                self.rests[axis] -= 1;
                continue;
            }
            let rest = bound - self.of_axis(problem, axis);
            if !self.diffuse(problem, axis, limit - rest) {
                return Round::Empty;
            }
            let next = rest + self.of_axis(problem, axis);
            if next - bound < AGREEMENT * (limit - bound) {
                self.rests[axis] = REST;
            }
            bound = next;
        }
        // Summed anew, so that small errors do not add up.
        Round::AtLeast(self.bound(problem))
    }

    /// Makes the trees agree on one axis, and cuts off cells at its ends in which they sum to more than `limit`. Returns
    /// whether any cell is left.
    fn diffuse(&mut self, problem: &Problem, number: usize, limit: f64) -> bool {
        let axis = &problem.axes[number];
        let [first, last] = self.cells[number].map(|cell| cell as usize);
        if first > last {
            return false;
        }
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
        let mut fresh = std::mem::take(&mut self.fresh);
        let mut segments = fresh.as_slice();
        for pair in &axis.pairs {
            let range = problem.pairs[*pair as usize].segments.clone();
            let (own, others) = segments.split_at(range.len());
            self.taken[range].copy_from_slice(own);
            segments = others;
        }
        fresh.clear();
        self.fresh = fresh;
        if !self.cut_off(number, trees, limit) {
            return false;
        }
        for pair in &axis.pairs {
            self.spread_and_weigh(problem, *pair as usize);
        }
        true
    }

    /// Cuts off the cells at the ends of an axis that `trees` trees, which all ask the same of a cell, charge more than
    /// `limit`. Returns whether any cell is left.
    fn cut_off(&mut self, number: usize, trees: f64, limit: f64) -> bool {
        let [first, last] = &mut self.cells[number];
        let is_out = |cost: &f64| trees * cost > limit;
        let shared = &self.shared[number][*first as usize..=*last as usize];
        let before = shared.iter().take_while(|cost| is_out(cost)).count();
        if before == shared.len() {
            return false;
        }
        let behind = shared.iter().rev().take_while(|cost| is_out(cost)).count();
        *first += small(before);
        *last -= small(behind);
        true
    }

    /// Returns what the trees of an axis, or the axis alone if no tree asks of it, contribute to the bound.
    fn of_axis(&self, problem: &Problem, number: usize) -> f64 {
        if problem.axes[number].pairs.is_empty() {
            return self.alone(number);
        }
        let trees = problem.axes[number].pairs.iter();
        let trees = trees.map(|pair| self.least[problem.pairs[*pair as usize].tree as usize]);
        trees.sum()
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
        let (count, width) = (leaves.len(), pair.segments.len());
        let codes = &problem.codes[pair.codes..pair.codes + count];
        let extra = &self.extra[pair.codes..pair.codes + count];
        let table = &mut self.table[..width * width];
        table.fill(f64::INFINITY);
        for ((weight, extra), code) in self.weights[leaves].iter().zip(extra).zip(codes) {
            // Infinite less infinite is no number, and no minimum takes it.
            let cost = &mut table[*code as usize];
            *cost = lesser(*cost, weight - extra);
        }
        self.segments.clear();
        self.segments.resize(width, f64::INFINITY);
        for from in 0..width {
            // What covers more segments counts for each of them.
            let mut least = f64::INFINITY;
            for to in (from..width).rev() {
                least = lesser(least, table[from * width + to]);
                self.segments[to] = lesser(self.segments[to], least);
            }
        }
    }

    /// Renews the extra costs of a pair's leaves.
    fn spread(&mut self, problem: &Problem, number: usize) {
        let pair = &problem.pairs[number];
        self.segment_costs(problem, pair);
        let count = problem.trees[pair.tree as usize].leaves.len();
        let codes = &problem.codes[pair.codes..pair.codes + count];
        let extra = &mut self.extra[pair.codes..pair.codes + count];
        for (extra, code) in extra.iter_mut().zip(codes) {
            *extra = self.table[*code as usize];
        }
    }

    /// Renews the extra costs of a pair's leaves, and with them the weights.
    fn spread_and_weigh(&mut self, problem: &Problem, number: usize) {
        let pair = &problem.pairs[number];
        self.segment_costs(problem, pair);
        let leaves = problem.trees[pair.tree as usize].leaves.clone();
        let codes = &problem.codes[pair.codes..pair.codes + leaves.len()];
        let extra = &mut self.extra[pair.codes..pair.codes + leaves.len()];
        let weights = &mut self.weights[leaves];
        let mut least = f64::INFINITY;
        for ((extra, weight), code) in extra.iter_mut().zip(weights).zip(codes) {
            let cost = self.table[*code as usize];
            let next = *weight + (cost - *extra);
            // What is out of the box stays out: infinite less infinite is no number.
            *weight = if next.is_nan() { f64::INFINITY } else { next };
            *extra = cost;
            least = lesser(least, *weight);
        }
        self.least[pair.tree as usize] = least;
    }

    /// Finds the least extra cost of the cells in the box of each run of a pair's segments; infinite outside.
    fn segment_costs(&mut self, problem: &Problem, pair: &Pair) {
        let [first, last] = self.cells[pair.axis as usize];
        let shared = &self.shared[pair.axis as usize];
        let width = pair.segments.len();
        let mut start = 0;
        for (place, segment) in pair.segments.clone().enumerate() {
            let end = problem.segment_ends[segment];
            let (from, to) = (start.max(first) as usize, end.min(last + 1) as usize);
            let cheapest = smallest(shared.get(from..to).unwrap_or(&[]));
            self.table[place * width + place] = cheapest - self.taken[segment];
            start = end;
        }
        for from in 0..width {
            let mut cheapest = self.table[from * width + from];
            for to in from + 1..width {
                cheapest = lesser(cheapest, self.table[to * width + to]);
                self.table[from * width + to] = cheapest;
            }
        }
    }

    /// Adds up what a cell of an axis costs all trees as they stand, within the cells of the box: the sums that a box cut
    /// off below (at each place, all cells up to it) and above (all from it on) has at least. Valid until the next round.
    pub(super) fn cuts(&mut self, problem: &Problem, number: usize) -> (Vec<f64>, Vec<f64>) {
        let [first, last] = self.cells[number].map(|cell| cell as usize);
        let width = last + 1 - first;
        let rest = self.bound(problem) - self.of_axis(problem, number);
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
        let is_same = |own: &[f64]| {
            own.windows(2)
                .all(|pair| pair[0].total_cmp(&pair[1]).is_eq())
        };
        own.all(is_same)
            && problem.trees.iter().all(|tree| {
                let weights = self.weights[tree.leaves.clone()].iter();
                weights.filter(|weight| weight.is_finite()).count() <= 1
            })
    }
}

/// Adds to each sum the least of the costs so far.
fn add_least<'a>(sums: impl Iterator<Item = (&'a mut f64, &'a f64)>) {
    let mut least = f64::INFINITY;
    for (sum, cost) in sums {
        least = lesser(least, *cost);
        *sum += least;
    }
}

#[inline]
fn smallest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, lesser)
}

/// Returns the lesser of two numbers; the first if the second is none. One instruction, unlike [`f64::min`].
#[inline]
fn lesser(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}
