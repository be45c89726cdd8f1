//! The search: boxes, the one that may hold the cheapest change first.
//!
//! ```text
//!   reach grows until some point is on the other side ──► upper bound
//!   box ──test──► refuted | a cheaper point | cut in two;   least lower bound of the open boxes = lower bound
//! ```

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::bounds::{Bounds, Cells, Round};
use super::branching::{self, Cut};
use super::ensemble::Ensemble;
use super::ground::{Attacker, Distance, Goal, Ground, Side};
use super::local::Local;
use super::problem::{Problem, aim, least};

/// A signal that a witness changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// The signal.
    pub signal: usize,
    /// Its value in the row, as the forest reads it.
    pub from: f64,
    /// The value that it takes.
    pub to: f64,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Both bounds met, or nothing reaches the goal.
    Proven,
    /// It was stopped.
    Stopped,
}

/// What a search knows of the cheapest change.
#[derive(Clone, Debug, PartialEq)]
pub struct Cheapest {
    /// No change below this reaches the goal; infinite if none does at all.
    pub lower: f64,
    /// What the witness costs; infinite if there is none.
    pub upper: f64,
    /// Whether the bounds meet.
    pub reached: Reached,
    /// The changes of a row that the forest puts on the other side; empty if there is none, or if the row is there.
    pub witness: Vec<Moved>,
    /// Boxes that were looked at.
    pub boxes: u64,
}

/// Searches the cheapest change of a row that reaches a goal. `go_on` is asked again and again, and ends the search when
/// it says no; what is known by then is returned, and holds.
#[must_use]
pub fn cheapest(
    ensemble: &Ensemble<'_>,
    attacker: &Attacker,
    row: &[f64],
    goal: &Goal,
    go_on: &mut dyn FnMut() -> bool,
) -> Cheapest {
    let mut search = Search {
        ground: Ground::new(ensemble, attacker, row),
        goal: *goal,
        go_on,
        lower: 0.0,
        upper: f64::INFINITY,
        witness: Vec::new(),
        boxes: 0,
        local: Local::default(),
    };
    if goal.is_reached(ensemble.forest.margin(&search.ground.row)) {
        search.upper = 0.0;
    } else {
        search.run();
    }
    search.end()
}

/// Bounds that are this close, relatively, are as good as equal.
const CLOSE: f64 = 1e-9;

struct Search<'a, 's> {
    ground: Ground<'a>,
    goal: Goal,
    go_on: &'s mut dyn FnMut() -> bool,
    /// No change of a lower cost reaches the goal; costs are squares under [`Distance::Euclidean`].
    lower: f64,
    upper: f64,
    witness: Vec<Moved>,
    boxes: u64,
    local: Local,
}

/// A box that may hold a cheaper change.
struct Open {
    cells: Cells,
    /// Changes within cost at least this.
    lower: f64,
    /// The price of changes at which its bound was best.
    price: f64,
    /// The cut that splits it.
    number: u64,
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Open {}
impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Open {
    /// The least lower bound is the greatest, then the newest.
    fn cmp(&self, other: &Self) -> Ordering {
        let lower = other.lower.total_cmp(&self.lower);
        lower.then(self.number.cmp(&other.number))
    }
}

/// What looking at a box came to.
enum Tested {
    /// No point in it reaches the goal.
    Refuted,
    /// One does, and the upper bound fell.
    Found,
    /// Nobody knows; this cut may tell.
    Cut(Cut),
    /// There was no time.
    Stopped,
}

/// Rounds of diffusion on one box at most.
const ROUNDS_MAX: usize = 60;
/// Diffusion goes on while a round closes at least this part of what is missing to a refutation.
const PROGRESS: f64 = 0.03;
/// Halvings of the levels that are tried on a box that is cut.
const HALVINGS: usize = 2;
/// By how much the reach grows while no point is found.
const GROWTH: f64 = 1.4;

impl Search<'_, '_> {
    fn end(self) -> Cheapest {
        let lower = self.lower.min(self.upper);
        let is_close = self.upper - lower <= CLOSE * self.upper || lower.total_cmp(&self.upper).is_eq();
        Cheapest {
            lower: self.ground.told(lower),
            upper: self.ground.told(self.upper),
            reached: if is_close {
                Reached::Proven
            } else {
                Reached::Stopped
            },
            witness: self.witness,
            boxes: self.boxes,
        }
    }

    fn run(&mut self) {
        let costs = self.costs();
        let to = costs.iter().copied().fold(0.0, f64::max);
        let Some(from) = self.first_reach(&costs, to) else {
            self.lower = f64::INFINITY;
            return;
        };
        let mut reach = from;
        loop {
            let beyond = costs.iter().copied().filter(|cost| *cost > reach * (1.0 + CLOSE));
            let next = beyond.fold(f64::INFINITY, f64::min);
            reach = (reach * GROWTH).max(next).min(to);
            let problem = Problem::new(&self.ground, &self.goal, reach);
            let mut bounds = Bounds::new(&problem);
            let cells = within(&problem, reach);
            match self.test(&problem, &mut bounds, &cells, 0.0) {
                Tested::Stopped => return,
                Tested::Found => break,
                Tested::Refuted => self.raise(reach),
                Tested::Cut(_) => {}
            }
            if reach >= to {
                break;
            }
        }
        loop {
            let reach = self.upper.min(to);
            let problem = Problem::new(&self.ground, &self.goal, reach);
            if !self.branch(&problem) {
                break;
            }
        }
    }

    /// No change of which every part costs at most `reach` reaches the goal, so that every change costs more.
    fn raise(&mut self, reach: f64) {
        self.lower = self.lower.max(reach);
    }

    /// Returns what it costs to cross each cut that can be crossed.
    fn costs(&self) -> Vec<f64> {
        let ground = &self.ground;
        let signals = ground.ensemble.cuts.iter().enumerate();
        let costs = signals.flat_map(|(signal, cuts)| {
            let (low, high) = ground.ends(signal, f64::INFINITY);
            let inside = cuts.iter().filter(move |cut| low <= **cut && high > **cut);
            inside.map(move |cut| {
                let (below, above) = ground.around(signal, *cut);
                let from = ground.row[signal];
                let to = if above <= from { below } else { above };
                ground.cost(signal, to - from)
            })
        });
        costs.filter(|cost| cost.is_finite()).collect()
    }

    /// Returns a reach from which on the trees, each for itself, can reach the goal; `None` if they never can.
    fn first_reach(&mut self, costs: &[f64], most: f64) -> Option<f64> {
        let ensemble = self.ground.ensemble;
        let (target, slack) = aim(ensemble, &self.goal, ensemble.rounding);
        let sign = match self.goal.side {
            Side::AtMost(_) => 1.0,
            Side::Above(_) => -1.0,
        };
        let can = |reach: f64| least(&self.ground, sign, reach) <= target + slack;
        let nearest = costs.iter().copied().fold(f64::INFINITY, f64::min);
        if costs.is_empty() || !can(most) {
            return None;
        }
        let (mut low, mut high) = (nearest.max(f64::MIN_POSITIVE), most);
        if can(low) {
            return Some(low * (1.0 - 2.0 * CLOSE));
        }
        while high > low * 1.2 {
            let middle = f64::midpoint(low.ln(), high.ln()).exp();
            if can(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        self.raise(low);
        Some(low)
    }

    /// Looks at boxes of a problem until the bounds meet. Returns whether the reach fell so far that a smaller problem
    /// is worth making.
    fn branch(&mut self, problem: &Problem) -> bool {
        let mut bounds = Bounds::new(problem);
        let start = self.upper;
        let cells: Cells = problem.axes.iter().map(|axis| [0, axis.cells() - 1]).collect();
        let levels = levels(problem);
        let mut open = BinaryHeap::from([Open {
            cells,
            lower: self.lower,
            price: 0.0,
            number: 0,
        }]);
        let mut number = 0;
        while let Some(mut top) = open.pop() {
            self.lower = self.lower.max(top.lower.min(self.upper));
            if top.lower >= self.upper * (1.0 - CLOSE) {
                self.lower = self.upper;
                return false;
            }
            let tested = match self.ground.distance {
                Distance::Largest => self.narrow(problem, &mut bounds, &levels, &mut top),
                Distance::Sum | Distance::Euclidean => self.price(problem, &mut bounds, &mut top),
            };
            match tested {
                Tested::Stopped => return false,
                Tested::Refuted => {}
                Tested::Found => open.push(top),
                Tested::Cut(cut) => {
                    for side in [0, 1] {
                        number += 1;
                        let mut cells = top.cells.clone();
                        if side == 0 {
                            cells[cut.axis][1] = cut.after;
                        } else {
                            cells[cut.axis][0] = cut.after + 1;
                        }
                        open.push(Open {
                            cells,
                            lower: top.lower,
                            price: top.price,
                            number,
                        });
                    }
                }
            }
            if number == 0 && self.upper < start * 0.8 {
                return true;
            }
        }
        self.lower = self.upper;
        false
    }

    /// Raises the lower bound of a box under [`Distance::Largest`], by asking at levels below the upper bound.
    fn narrow(&mut self, problem: &Problem, bounds: &mut Bounds, levels: &[f64], top: &mut Open) -> Tested {
        let below = |cost: f64| levels.partition_point(|level| *level < cost * (1.0 - CLOSE));
        let mut first = below(top.lower);
        let mut last = below(self.upper);
        let mut cut = None;
        let rounds = if top.number == 0 { usize::MAX } else { HALVINGS };
        for round in 0..=rounds {
            if first >= last {
                break;
            }
            let level = if round == 0 { last - 1 } else { usize::midpoint(first, last - 1) };
            if round > 0 && level == last - 1 {
                break;
            }
            let reach = levels[level];
            let cells = both(&within(problem, reach), &top.cells);
            match self.test(problem, bounds, &cells, 0.0) {
                Tested::Refuted => first = level + 1,
                Tested::Found => return Tested::Found,
                Tested::Stopped => return Tested::Stopped,
                Tested::Cut(found) => {
                    cut = Some(found);
                    last = level + 1;
                }
            }
            top.lower = top.lower.max(levels.get(first).copied().unwrap_or(self.upper));
        }
        cut.map_or(Tested::Refuted, Tested::Cut)
    }

    /// Looks at a box: refutes it, finds a point in it, or says where to cut it.
    fn test(&mut self, problem: &Problem, bounds: &mut Bounds, cells: &Cells, price: f64) -> Tested {
        self.boxes += 1;
        if cells.iter().any(|[first, last]| first > last) {
            return Tested::Refuted;
        }
        let limit = problem.target + problem.slack + if price > 0.0 { price * self.upper } else { 0.0 };
        bounds.enter(problem, cells);
        let mut bound = bounds.bound(problem);
        for round in 0..ROUNDS_MAX {
            if bound > limit {
                return Tested::Refuted;
            }
            if !(self.go_on)() {
                return Tested::Stopped;
            }
            let Round::AtLeast(next) = bounds.round(problem, limit) else {
                return Tested::Refuted;
            };
            if next > limit {
                return Tested::Refuted;
            }
            if round == 0 && self.try_point(problem, bounds) {
                return Tested::Found;
            }
            let gain = next - bound;
            bound = next;
            if round > 0 && gain < PROGRESS * (limit - bound) {
                break;
            }
        }
        if self.try_point(problem, bounds) {
            return Tested::Found;
        }
        if bounds.is_settled(problem) {
            // One sum for the whole box: the forest itself decides.
            let nearest = nearest(problem, &bounds.cells);
            return if self.take(problem, nearest) {
                Tested::Found
            } else {
                Tested::Refuted
            };
        }
        match branching::best(problem, bounds, limit) {
            Some(cut) => Tested::Cut(cut),
            None => Tested::Refuted,
        }
    }

    /// Tries the point on which the trees agree most, improved.
    fn try_point(&mut self, problem: &Problem, bounds: &Bounds) -> bool {
        let mut point = bounds.favourite(problem);
        let aim = problem.target - problem.slack;
        if !self.local.descend(problem, &bounds.cells, &mut point, aim) {
            return false;
        }
        self.settle(problem, point)
    }

    /// Makes a point that reaches the goal cheaper, as far as that is easy, and takes it.
    fn settle(&mut self, problem: &Problem, mut point: Vec<u32>) -> bool {
        let aim = problem.target - problem.slack;
        self.local.pull_back(problem, &mut point, aim);
        if self.ground.distance != Distance::Largest {
            return self.take(problem, point);
        }
        loop {
            let most = cost(problem, Distance::Largest, &point);
            let (low, high) = (self.lower.min(most), most);
            let mut is_better = false;
            let just_below = high * (1.0 - 4.0 * CLOSE);
            for reach in [f64::midpoint(low, high), low + 0.9 * (high - low), just_below] {
                let cells = within(problem, reach);
                let mut nearer = clipped(&point, &cells);
                if self.local.descend(problem, &cells, &mut nearer, aim)
                    && cost(problem, Distance::Largest, &nearer) < most
                {
                    self.local.pull_back(problem, &mut nearer, aim);
                    point = nearer;
                    is_better = true;
                    break;
                }
            }
            if !is_better {
                return self.take(problem, point);
            }
        }
    }

    /// Takes a point for the witness, if the forest says that it reaches the goal and it is cheaper than the last one.
    fn take(&mut self, problem: &Problem, point: Vec<u32>) -> bool {
        let cost = cost(problem, self.ground.distance, &point);
        if cost >= self.upper {
            return false;
        }
        let mut row = self.ground.row.clone();
        let mut witness = Vec::new();
        for (axis, cell) in problem.axes.iter().zip(point) {
            if cell != axis.home {
                let to = axis.values[cell as usize];
                witness.push(Moved {
                    signal: axis.signal,
                    from: row[axis.signal],
                    to,
                });
                row[axis.signal] = to;
            }
        }
        if !self.goal.is_reached(self.ground.ensemble.forest.margin(&row)) {
            return false;
        }
        self.upper = cost;
        self.witness = witness;
        true
    }

    /// Raises the lower bound of a box whose changes add up, by the price of changes at which the bound is best.
    fn price(&mut self, problem: &Problem, bounds: &mut Bounds, top: &mut Open) -> Tested {
        let cells = both(&self.affordable(problem, &top.cells), &top.cells);
        let dearest = cost(problem, self.ground.distance, &nearest(problem, &cells));
        top.lower = top.lower.max(dearest);
        if top.lower >= self.upper || cells.iter().any(|[first, last]| first > last) {
            return Tested::Refuted;
        }
        if self.upper.is_infinite() {
            return self.test(problem, bounds, &cells, 0.0);
        }
        if top.price <= 0.0 {
            let home: Vec<u32> = problem.axes.iter().map(|axis| axis.home).collect();
            top.price = (Local::sum(problem, &home) - problem.target).max(1e-9) / self.upper;
        }
        let prices = Prices::new(problem, self.ground.distance);
        let mut tried = top.price;
        let mut step = if top.number == 0 { 2.0 } else { 1.25 };
        let mut tested = Tested::Refuted;
        for _ in 0..if top.number == 0 { 10 } else { 2 } {
            bounds.charge(problem, |axis, cell| tried * prices.of(axis, cell));
            tested = self.test(problem, bounds, &cells, tried);
            if !matches!(tested, Tested::Cut(_)) {
                break;
            }
            let lower = (bounds.bound(problem) - problem.target - problem.slack) / tried;
            if lower > top.lower {
                top.lower = lower;
                top.price = tried;
            }
            let favourite = Local::sum(problem, &bounds.favourite(problem));
            // Where the cheapest point stays short of the goal, changes were too dear.
            tried = if favourite > problem.target { tried / step } else { tried * step };
            step = f64::sqrt(step).max(1.05);
        }
        tested
    }

    /// Returns the cells in which a change of the box could still be cheaper than the witness.
    fn affordable(&self, problem: &Problem, cells: &Cells) -> Cells {
        if self.upper.is_infinite() {
            return cells.clone();
        }
        let nearest = nearest(problem, cells);
        let all = cost(problem, self.ground.distance, &nearest);
        let axes = problem.axes.iter().zip(&nearest).enumerate();
        let reach = axes.map(|(number, (axis, cell))| {
            // A part of a group that is not its dearest adds nothing until it is.
            let room = if axis.group.is_some() && self.ground.distance == Distance::Sum {
                self.upper
            } else {
                self.upper - all + axis.costs.get(*cell as usize).copied().unwrap_or(0.0)
            };
            reachable(problem, number, room)
        });
        reach.collect()
    }
}

/// What cells are charged where changes add up: a group costs as much as its dearest part, which is at least the mean.
struct Prices {
    costs: Vec<Vec<f64>>,
}

impl Prices {
    fn new(problem: &Problem, distance: Distance) -> Self {
        let parts = |group: Option<u32>| match group {
            Some(group) if distance == Distance::Sum => problem.axes.iter().filter(|axis| axis.group == Some(group)).count(),
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

    fn of(&self, axis: usize, cell: usize) -> f64 {
        self.costs[axis][cell]
    }
}

/// Returns what a point costs; a square under [`Distance::Euclidean`].
fn cost(problem: &Problem, distance: Distance, point: &[u32]) -> f64 {
    let costs = problem.axes.iter().zip(point);
    let costs = costs.map(|(axis, cell)| (axis.group, axis.costs.get(*cell as usize).copied().unwrap_or(f64::INFINITY)));
    match distance {
        Distance::Largest => costs.map(|(_, cost)| cost).fold(0.0, f64::max),
        Distance::Euclidean => costs.map(|(_, cost)| cost).sum(),
        Distance::Sum => {
            let mut groups: std::collections::BTreeMap<u32, f64> = std::collections::BTreeMap::new();
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
fn levels(problem: &Problem) -> Vec<f64> {
    let costs = problem.axes.iter().flat_map(|axis| axis.costs.iter().copied());
    let mut levels: Vec<f64> = costs.collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup_by(|one, other| *one - *other <= CLOSE * *one);
    levels
}

/// Returns the cells that a change of single signals up to a cost of `reach` can be in.
fn within(problem: &Problem, reach: f64) -> Cells {
    let reach = reach * (1.0 + CLOSE);
    (0..problem.axes.len())
        .map(|axis| reachable(problem, axis, reach))
        .collect()
}

fn reachable(problem: &Problem, axis: usize, reach: f64) -> [u32; 2] {
    let axis = &problem.axes[axis];
    let in_reach = |cell: &u32| axis.costs[*cell as usize] <= reach;
    let first = (0..axis.home).find(in_reach).unwrap_or(axis.home);
    let last = (axis.home..axis.cells()).rev().find(in_reach);
    [first, last.unwrap_or(axis.home)]
}

/// Returns what two boxes have in common.
fn both(one: &Cells, other: &Cells) -> Cells {
    let axes = one.iter().zip(other);
    axes.map(|(one, other)| [one[0].max(other[0]), one[1].min(other[1])])
        .collect()
}

/// Returns the point of a box that is nearest to the row.
fn nearest(problem: &Problem, cells: &Cells) -> Vec<u32> {
    let home: Vec<u32> = problem.axes.iter().map(|axis| axis.home).collect();
    clipped(&home, cells)
}

/// Returns the point of a box that is nearest to a point.
fn clipped(point: &[u32], cells: &Cells) -> Vec<u32> {
    let axes = point.iter().zip(cells);
    axes.map(|(cell, [first, last])| (*cell).max(*first).min(*last.max(first)))
        .collect()
}
