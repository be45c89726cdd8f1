//! What a tree's paths have in common for every row: where each node's signal was last split on.
//!
//! A branch is numbered `2 * node` to the left and `2 * node + 1` to the right.

use std::collections::BTreeMap;

use crate::forest::tree::{Next, Tree};

/// The number of one of a node's two branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Branch(pub(super) usize);

impl Branch {
    /// Returns a node's branch to the left or to the right.
    pub(super) const fn of(node: usize, left: bool) -> Self {
        Self(if left { 2 * node } else { 2 * node + 1 })
    }

    /// Returns the node that the branch leaves.
    pub(super) const fn node(self) -> usize {
        self.0 / 2
    }

    /// Returns whether it goes left.
    pub(super) const fn is_left(self) -> bool {
        self.0.is_multiple_of(2)
    }
}

/// A tree's paths.
pub(super) struct Paths {
    /// For each node the nearest branch above it that splits on the same signal.
    pub(super) priors: Vec<Option<Branch>>,
    /// The most signals that one path splits on.
    pub(super) signals_max: usize,
}

enum Event {
    Down(Branch),
    Restore(u32, Option<Branch>),
}

impl Paths {
    /// Follows all paths of a sound tree, without recursion: a hostile tree may be as deep as it has nodes.
    pub(super) fn new(tree: &Tree) -> Self {
        let mut paths = Self {
            priors: vec![None; tree.nodes.len()],
            signals_max: 0,
        };
        let mut latest = BTreeMap::new();
        let mut events = Vec::new();
        paths.enter(tree, tree.start(), &latest, &mut events);
        while let Some(event) = events.pop() {
            match event {
                Event::Restore(feature, None) => {
                    latest.remove(&feature);
                }
                Event::Restore(feature, Some(branch)) => {
                    latest.insert(feature, branch);
                }
                Event::Down(branch) => {
                    let Some(node) = tree.nodes.get(branch.node()) else {
                        continue;
                    };
                    latest.insert(node.feature, branch);
                    paths.signals_max = paths.signals_max.max(latest.len());
                    let next = if branch.is_left() {
                        node.left
                    } else {
                        node.right
                    };
                    paths.enter(tree, next, &latest, &mut events);
                }
            }
        }
        paths
    }

    fn enter(
        &mut self,
        tree: &Tree,
        next: Next,
        latest: &BTreeMap<u32, Branch>,
        events: &mut Vec<Event>,
    ) {
        let Some(position) = next.node() else { return };
        let (Some(node), Some(prior)) = (tree.nodes.get(position), self.priors.get_mut(position))
        else {
            return;
        };
        *prior = latest.get(&node.feature).copied();
        events.push(Event::Restore(node.feature, *prior));
        events.push(Event::Down(Branch::of(position, false)));
        events.push(Event::Down(Branch::of(position, true)));
    }
}
