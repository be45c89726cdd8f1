//! Lays a tree out from nodes that a file numbers in its own way.
//!
//! ```text
//!   root ──part(number)──► branch or leaf ──► Tree: nodes before their children, leaves in the order of the walk
//! ```
//!
//! Only what the root reaches is kept, so that pruned nodes fall away. A file whose nodes lead back to earlier
//! ones, or share children, is refused once the walk has seen more parts than the file has nodes.

use super::tree::{Next, Node, Rule, Set, Tree};

/// A node of the file.
pub(super) enum Part {
    /// Rows end here.
    Leaf {
        /// What is added to the sum.
        value: f64,
        /// How much training data came here; `None` if the file does not say.
        cover: Option<f64>,
    },
    /// Rows part here.
    Branch(Branch),
}

/// A split, with its children's numbers in the file.
pub(super) struct Branch {
    pub(super) feature: u32,
    pub(super) test: Test,
    pub(super) missing_left: bool,
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) cover: Option<f64>,
}

/// What sends a value left.
pub(super) enum Test {
    /// It is at most this.
    AtMost(f64),
    /// It is in this set.
    In(Set),
}

impl Test {
    /// The test `value < threshold` of a library that reads 32 bits.
    pub(super) fn below_single(threshold: f32) -> Self {
        if threshold == f32::NEG_INFINITY {
            return Self::nothing();
        }
        Self::AtMost(f64::from(threshold.next_down()))
    }

    /// The test `value < threshold` of a library that reads 64 bits.
    pub(super) fn below_double(threshold: f64) -> Self {
        if threshold == f64::NEG_INFINITY {
            return Self::nothing();
        }
        Self::AtMost(threshold.next_down())
    }

    /// The test that no value passes.
    const fn nothing() -> Self {
        Self::In(Set::Codes(Vec::new()))
    }
}

/// A branch's child that is still to be laid out.
struct Open {
    number: usize,
    parent: Option<(usize, Side)>,
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// Lays out the tree below `root`, of a file with `count` nodes; `None` if a node is missing or met twice.
pub(super) fn grow<E>(
    root: usize,
    count: usize,
    mut part: impl FnMut(usize) -> Result<Part, E>,
) -> Result<Option<Tree>, E> {
    let mut grown = Grown::default();
    let mut open = vec![Open {
        number: root,
        parent: None,
    }];
    for _ in 0..count {
        let Some(next) = open.pop() else {
            break;
        };
        if next.number >= count {
            return Ok(None);
        }
        match part(next.number)? {
            Part::Leaf { value, cover } => grown.add_leaf(value, cover, next.parent),
            Part::Branch(branch) => {
                let children = [(branch.right, Side::Right), (branch.left, Side::Left)];
                let place = grown.add_branch(branch, next.parent);
                open.extend(children.map(|(number, side)| Open {
                    number,
                    parent: Some((place, side)),
                }));
            }
        }
    }
    Ok(open.is_empty().then(|| grown.finish()))
}

#[derive(Default)]
struct Grown {
    nodes: Vec<Node>,
    leaves: Vec<f64>,
    sets: Vec<Set>,
    node_covers: Vec<Option<f64>>,
    leaf_covers: Vec<Option<f64>>,
}

impl Grown {
    fn add_leaf(&mut self, value: f64, cover: Option<f64>, parent: Option<(usize, Side)>) {
        let leaf = number(self.leaves.len());
        self.attach(Next(!leaf), parent);
        self.leaves.push(value);
        self.leaf_covers.push(cover);
    }

    fn add_branch(&mut self, branch: Branch, parent: Option<(usize, Side)>) -> usize {
        let place = self.nodes.len();
        self.attach(Next(number(place)), parent);
        let (threshold, rule) = match branch.test {
            Test::AtMost(threshold) => (threshold, Rule::NanLeft),
            Test::In(set) => {
                self.sets.push(set);
                ((self.sets.len() - 1) as f64, Rule::SetNanLeft)
            }
        };
        self.nodes.push(Node {
            threshold,
            feature: branch.feature,
            left: Next(0),
            right: Next(0),
            rule: rule.with_missing(branch.missing_left),
        });
        self.node_covers.push(branch.cover);
        place
    }

    fn attach(&mut self, child: Next, parent: Option<(usize, Side)>) {
        let Some((parent, side)) = parent else {
            return;
        };
        if let Some(node) = self.nodes.get_mut(parent) {
            match side {
                Side::Left => node.left = child,
                Side::Right => node.right = child,
            }
        }
    }

    fn finish(self) -> Tree {
        let single = self.nodes.is_empty();
        let covers = self.node_covers.into_iter().chain(self.leaf_covers);
        let covers: Option<Vec<f64>> = covers.collect();
        Tree {
            nodes: self.nodes,
            leaves: self.leaves,
            covers: covers.filter(|_| !single).unwrap_or_default(),
            sets: self.sets,
        }
    }
}

/// A number of a node or leaf. A file of 2^31 nodes would take more than 100 GB; its tree is unsound.
fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
