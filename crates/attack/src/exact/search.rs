//! The search: boxes, the one that may hold the cheapest change first.
//!
//! ```text
//!   reach grows until some point is on the other side ──► upper bound
//!   box ──test──► refuted | a cheaper point | cut in two;   least lower bound of the open boxes = lower bound
//! ```

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::bounds::{Bounds, Round};
use super::branching::{self, Cut};
use super::cells::{CLOSE, Cells, Prices, both, clipped, cost, levels, nearest, reachable, within};
use super::ensemble::Ensemble;
use super::ground::{Attacker, Distance, Goal, Ground, Side};
use super::local::Local;
use super::problem::{Problem, aim};
use super::prune::least;

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
    /// How many boxes were made before it.
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
    /// Nobody knows after a glance.
    Open,
    /// There was no time.
    Stopped,
}

/// How a box is looked at.
#[derive(Clone, Copy)]
enum Care {
    /// Quickly: to refute it or to find a point, and not to cut it.
    Glance,
    /// As long as it gets better.
    Look,
    /// The same, where changes have a price.
    Priced(f64),
}

/// Rounds of diffusion on one box at most, and for a glance.
const ROUNDS_MAX: usize = 60;
const ROUNDS_GLANCE: usize = 3;
/// Diffusion goes on while a round closes at least this part of what is missing to a refutation.
const PROGRESS: f64 = 0.03;
/// Halvings of the levels that are tried on a box that is cut.
const HALVINGS: usize = 2;
/// A smaller problem is made where the reach falls below this part of itself.
const WORTH: f64 = 0.75;
/// By how much the reach grows while no point is found.
const GROWTH: f64 = 1.4;

impl Search<'_, '_> {
    fn end(self) -> Cheapest {
        let lower = self.lower.min(self.upper);
        let is_close =
            self.upper - lower <= CLOSE * self.upper || lower.total_cmp(&self.upper).is_eq();
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
        let mut problem = loop {
            let dearer = |cost: &f64| *cost > reach * (1.0 + CLOSE);
            let beyond = costs.iter().copied().filter(dearer);
            let next = beyond.fold(f64::INFINITY, f64::min);
            reach = (reach * GROWTH).max(next).min(to);
            let problem = Problem::new(&self.ground, &self.goal, reach);
            let mut bounds = Bounds::new(&problem);
            let cells = within(&problem, reach);
            match self.test(&problem, &mut bounds, &cells, Care::Glance) {
                Tested::Stopped => return,
                Tested::Found => break problem,
                Tested::Refuted => self.raise(reach),
                Tested::Cut(_) | Tested::Open => {}
            }
            if reach >= to {
                break problem;
            }
        };
        // Where changes add up, a single one may cost as much as the whole witness, which is out of this reach.
        let is_wide = reach >= self.upper.min(to);
        if !is_wide || self.upper < reach * WORTH {
            problem = Problem::new(&self.ground, &self.goal, self.upper.min(to));
        }
        while self.branch(&problem) {
            problem = Problem::new(&self.ground, &self.goal, self.upper.min(to));
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
        let cells: Cells = problem
            .axes
            .iter()
            .map(|axis| [0, axis.cells() - 1])
            .collect();
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
                Tested::Stopped | Tested::Open => {
                    let other = open.peek().map_or(f64::INFINITY, |open| open.lower);
                    self.lower = self.lower.max(top.lower.min(other));
                    return false;
                }
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
            if number == 0 && self.upper < start * WORTH {
                let lower = open.peek().map_or(self.upper, |open| open.lower);
                self.lower = self.lower.max(lower);
                return true;
            }
        }
        self.lower = self.upper;
        false
    }

    /// Raises the lower bound of a box under [`Distance::Largest`], by asking at levels below the upper bound.
    fn narrow(
        &mut self,
        problem: &Problem,
        bounds: &mut Bounds,
        levels: &[f64],
        top: &mut Open,
    ) -> Tested {
        let below = |cost: f64| levels.partition_point(|level| *level < cost * (1.0 - CLOSE));
        let mut first = below(top.lower);
        let mut last = below(self.upper);
        let mut cut = None;
        let rounds = if top.number == 0 {
            usize::MAX
        } else {
            HALVINGS
        };
        for round in 0..=rounds {
            if first >= last {
                break;
            }
            let level = if round == 0 {
                last - 1
            } else {
                usize::midpoint(first, last - 1)
            };
            if round > 0 && level == last - 1 {
                break;
            }
            let reach = levels[level];
            let cells = both(&within(problem, reach), &top.cells);
            match self.test(problem, bounds, &cells, Care::Look) {
                Tested::Refuted => first = level + 1,
                Tested::Found => return Tested::Found,
                Tested::Stopped | Tested::Open => return Tested::Stopped,
                Tested::Cut(found) => {
                    cut = Some(found);
                    last = level + 1;
                }
            }
            top.lower = top
                .lower
                .max(levels.get(first).copied().unwrap_or(self.upper));
        }
        cut.map_or(Tested::Refuted, Tested::Cut)
    }

    /// Looks at a box: refutes it, finds a point in it, or says where to cut it.
    fn test(
        &mut self,
        problem: &Problem,
        bounds: &mut Bounds,
        cells: &[[u32; 2]],
        care: Care,
    ) -> Tested {
        self.boxes += 1;
        if cells.iter().any(|[first, last]| first > last) {
            return Tested::Refuted;
        }
        let (rounds, price) = match care {
            Care::Glance => (ROUNDS_GLANCE, 0.0),
            Care::Look => (ROUNDS_MAX, 0.0),
            Care::Priced(price) => (ROUNDS_MAX, price * self.upper),
        };
        let limit = problem.target + problem.slack + price;
        bounds.enter(problem, cells);
        let mut bound = bounds.bound(problem);
        for round in 0..rounds {
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
        if matches!(care, Care::Glance) {
            return Tested::Open;
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
            for reach in [
                f64::midpoint(low, high),
                low + 0.9 * (high - low),
                just_below,
            ] {
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
        if !self
            .goal
            .is_reached(self.ground.ensemble.forest.margin(&row))
        {
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
            return self.test(problem, bounds, &cells, Care::Look);
        }
        if top.price <= 0.0 {
            let home: Vec<u32> = problem.axes.iter().map(|axis| axis.home).collect();
            top.price = (Local::sum(problem, &home) - problem.target).max(1e-9) / self.upper;
        }
        let prices = Prices::new(problem, self.ground.distance);
        let mut tried = top.price;
        let (attempts, mut step) = if top.number == 0 {
            (10, 2.0)
        } else {
            (2, 1.25_f64)
        };
        let mut tested = Tested::Refuted;
        for _ in 0..attempts {
            bounds.charge(problem, |axis, cell| tried * prices.of(axis, cell));
            tested = self.test(problem, bounds, &cells, Care::Priced(tried));
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
            tried = if favourite > problem.target {
                tried / step
            } else {
                tried * step
            };
            step = step.sqrt().max(1.05);
        }
        tested
    }

    /// Returns the cells in which a change of the box could still be cheaper than the witness.
    fn affordable(&self, problem: &Problem, cells: &[[u32; 2]]) -> Cells {
        if self.upper.is_infinite() {
            return cells.to_vec();
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
