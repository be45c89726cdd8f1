//! Trees cut down to what can vary within reach of a row.

use std::ops::Range;

use super::ensemble::{Ask, Link};
use super::ground::Ground;

/// What is left of the trees, one after the other.
pub(super) struct Pruning {
    /// Splits that can go both ways: the signal, the number of its cut, and the branches.
    pub(super) splits: Vec<(u32, u32, Link, Link)>,
    pub(super) leaves: Vec<f64>,
    /// What each signal can reach on the way that is walked.
    ranges: Vec<(f64, f64)>,
    steps: Vec<Step>,
}

/// A pruned tree in the arrays of a [`Pruning`].
pub(super) struct Walked {
    pub(super) start: Link,
    pub(super) splits: Range<usize>,
    pub(super) leaves: Range<usize>,
}

/// What the walk does next.
enum Step {
    /// Visits what a link of the ensemble leads to, and writes the pruned link into a place.
    Visit(Link, Place),
    /// Sets the range of a signal.
    Range(usize, f64, f64),
}

/// Where a pruned link is written.
#[derive(Clone, Copy)]
enum Place {
    Start,
    Left(usize),
    Right(usize),
}

impl Pruning {
    /// Starts with what each signal can reach at a cost of `reach`.
    pub(super) fn new(ground: &Ground<'_>, reach: f64) -> Self {
        Self {
            splits: Vec::new(),
            leaves: Vec::new(),
            ranges: ranges(ground, reach),
            steps: Vec::new(),
        }
    }

    /// Walks a tree and keeps the splits that can go both ways.
    pub(super) fn prune(&mut self, ground: &Ground<'_>, root: Link) -> Walked {
        let (splits, leaves) = (self.splits.len(), self.leaves.len());
        let mut start = root;
        self.steps.push(Step::Visit(root, Place::Start));
        while let Some(step) = self.steps.pop() {
            let (link, place) = match step {
                Step::Visit(link, place) => (link, place),
                Step::Range(signal, low, high) => {
                    self.ranges[signal] = (low, high);
                    continue;
                }
            };
            let found = self.descend(ground, link);
            match place {
                Place::Start => start = found,
                Place::Left(split) => self.splits[split].2 = found,
                Place::Right(split) => self.splits[split].3 = found,
            }
        }
        Walked {
            start,
            splits: splits..self.splits.len(),
            leaves: leaves..self.leaves.len(),
        }
    }

    /// Goes down to the next leaf or split that can go both ways, and keeps it.
    fn descend(&mut self, ground: &Ground<'_>, mut link: Link) -> Link {
        let ensemble = ground.ensemble;
        loop {
            let number = match link.follow() {
                Ok(number) => number,
                Err(leaf) => {
                    self.leaves.push(ensemble.leaves[leaf]);
                    return Link::leaf(self.leaves.len() - 1);
                }
            };
            let node = &ensemble.nodes[number];
            let signal = node.signal as usize;
            let (low, high) = self.ranges[signal];
            if let Ask::AtMost { cut, number } = node.ask
                && low <= cut
                && high > cut
            {
                let split = self.splits.len();
                self.splits.push((node.signal, number, link, link));
                let (below, above) = ground.around(signal, cut);
                // Last in, first out: left with its range, right with its own, and back.
                self.steps.extend([
                    Step::Range(signal, low, high),
                    Step::Visit(node.right, Place::Right(split)),
                    Step::Range(signal, above.max(low), high),
                    Step::Visit(node.left, Place::Left(split)),
                    Step::Range(signal, low, below.min(high)),
                ]);
                return Link::node(split);
            }
            link = if ensemble.sends_left(node, low) {
                node.left
            } else {
                node.right
            };
        }
    }
}

fn ranges(ground: &Ground<'_>, reach: f64) -> Vec<(f64, f64)> {
    let signals = 0..ground.row.len();
    signals.map(|signal| ground.ends(signal, reach)).collect()
}

/// Returns the least signed sum that the trees, each for itself, can reach at a cost of `reach` a signal.
pub(super) fn least(ground: &Ground<'_>, sign: f64, reach: f64) -> f64 {
    let ensemble = ground.ensemble;
    let ranges = ranges(ground, reach);
    let mut open = Vec::new();
    let mut total = 0.0;
    for root in &ensemble.roots {
        let mut least = f64::INFINITY;
        open.push(*root);
        while let Some(link) = open.pop() {
            match link.follow() {
                Err(leaf) => least = least.min(sign * ensemble.leaves[leaf]),
                Ok(number) => {
                    let node = &ensemble.nodes[number];
                    let (low, high) = ranges[node.signal as usize];
                    match node.ask {
                        Ask::AtMost { cut, .. } if low <= cut && high > cut => {
                            open.extend([node.left, node.right]);
                        }
                        _ if ensemble.sends_left(node, low) => open.push(node.left),
                        _ => open.push(node.right),
                    }
                }
            }
        }
        total += least;
    }
    total
}
