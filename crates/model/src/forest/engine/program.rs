//! Trees as straight-line programs over bit masks.
//!
//! ```text
//!   mask of a split (bit: the row goes right) ──select, children first──► up to 8 planes: the bits of each row's leaf
//! ```
//!
//! A subtree has a plane for each bit of its leaves' numbers; a split selects each plane
//! from its two children. Where both children's planes are constant, nothing has to be computed.

use std::collections::BTreeMap;

use super::Number;
use super::columns::{Asked, Question};
use super::plan::MASKS_LEAVES_MAX;
use crate::forest::tree::{Next, Tree};

/// The plane without a bit.
pub(super) const ZEROS: u16 = 0;
/// The plane of all bits.
pub(super) const ONES: u16 = 1;
const SPARE_FIRST: u16 = 2;
/// Planes that a tree's evaluation may hold at once: eight for each halving of 256 leaves, and some.
const SPARE: u16 = 96;
/// The first split's plane.
const MASK_FIRST: u16 = SPARE_FIRST + SPARE;
/// Bits of a leaf's number.
pub(super) const BITS: usize = 8;
/// Trees whose leaves are added together.
pub(super) const TOGETHER: usize = 4;

/// `out = mask ? right : left`, bit by bit, each a plane's number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Select {
    pub(super) mask: u16,
    pub(super) left: u16,
    pub(super) right: u16,
    pub(super) out: u16,
}

/// How one tree's leaves are found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finding {
    /// Where its selections end.
    pub(super) end: usize,
    /// The planes of the leaf's number, lowest bit first.
    pub(super) planes: [u16; BITS],
}

/// Some trees whose leaves are added together.
#[derive(Clone, Debug)]
pub(super) struct Bundle {
    pub(super) trees: [Finding; TOGETHER],
    /// Where each tree's leaves begin.
    pub(super) leaves: [usize; TOGETHER],
    /// Places for the leaves of one tree: 64 or 256.
    pub(super) places: usize,
}

/// The program of a run of trees.
#[derive(Clone, Debug)]
pub(super) struct Program<T> {
    pub(super) selects: Vec<Select>,
    pub(super) bundles: Vec<Bundle>,
    pub(super) leaves: Vec<T>,
    /// The plane of each question.
    pub(super) masks: BTreeMap<Question, u16>,
    /// Number of planes.
    pub(super) planes: usize,
}

impl<T: Number> Program<T> {
    /// Returns nothing if the plan's bounds were not kept.
    pub(super) fn new(trees: &[Tree], asked: &Asked) -> Option<Self> {
        let mut masks = BTreeMap::new();
        for question in asked.questions.iter().flatten() {
            let plane = u16::try_from(usize::from(MASK_FIRST) + masks.len()).ok()?;
            masks.entry(*question).or_insert(plane);
        }
        let mut program = Self {
            selects: Vec::new(),
            bundles: Vec::new(),
            leaves: Vec::new(),
            planes: usize::from(MASK_FIRST) + masks.len(),
            masks,
        };
        let pairs: Vec<_> = trees.iter().zip(&asked.questions).collect();
        for pairs in pairs.chunks(TOGETHER) {
            program.add_bundle(pairs)?;
        }
        Some(program)
    }

    fn add_bundle(&mut self, pairs: &[(&Tree, &Vec<Question>)]) -> Option<()> {
        let most = pairs.iter().map(|(tree, _)| tree.leaves.len()).max()?;
        let places = if most <= 64 { 64 } else { MASKS_LEAVES_MAX };
        let nothing = Finding {
            end: 0,
            planes: [ZEROS; BITS],
        };
        let mut bundle = Bundle {
            trees: [nothing; TOGETHER],
            leaves: [self.leaves.len(); TOGETHER],
            places,
        };
        for place in 0..TOGETHER {
            let begin = self.leaves.len();
            bundle.leaves[place] = begin;
            // Adding -0 changes nothing, not even the sign of a 0.
            self.leaves.resize(begin + places, T::nearest(-0.0));
            if let Some((tree, questions)) = pairs.get(place) {
                let numbering = Numbering::new(tree)?;
                for (leaf, code) in tree.leaves.iter().zip(&numbering.codes) {
                    *self.leaves.get_mut(begin + code)? = T::nearest(*leaf);
                }
                bundle.trees[place].planes = self.add_tree(questions, &numbering)?;
            }
            bundle.trees[place].end = self.selects.len();
        }
        self.bundles.push(bundle);
        Some(())
    }

    /// Appends a tree's selections; returns the planes of its leaves' numbers.
    fn add_tree(
        &mut self,
        questions: &[Question],
        numbering: &Numbering<'_>,
    ) -> Option<[u16; BITS]> {
        let tree = numbering.tree;
        let mut spare = Spare::new();
        let mut steps = vec![Step::Enter(tree.start())];
        let mut done: Vec<[u16; BITS]> = Vec::new();
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(next) => {
                    let Some(node) = next.node() else {
                        done.push(constant(*numbering.codes.get(next.leaf()?)?));
                        continue;
                    };
                    let children = tree.nodes.get(node)?;
                    // The larger child first needs the fewest planes at once.
                    let left_first =
                        numbering.size(children.left) >= numbering.size(children.right);
                    steps.push(Step::Leave { node, left_first });
                    if left_first {
                        steps.extend([children.right, children.left].map(Step::Enter));
                    } else {
                        steps.extend([children.left, children.right].map(Step::Enter));
                    }
                }
                Step::Leave { node, left_first } => {
                    let (second, first) = (done.pop()?, done.pop()?);
                    let [left, right] = if left_first {
                        [first, second]
                    } else {
                        [second, first]
                    };
                    let mask = *self.masks.get(questions.get(node)?)?;
                    done.push(self.select(mask, left, right, &mut spare)?);
                }
            }
        }
        done.pop()
    }

    /// Appends the selection of each plane that needs one.
    fn select(
        &mut self,
        mask: u16,
        left: [u16; BITS],
        right: [u16; BITS],
        spare: &mut Spare,
    ) -> Option<[u16; BITS]> {
        let mut planes = [ZEROS; BITS];
        for (plane, (left, right)) in planes.iter_mut().zip(left.into_iter().zip(right)) {
            *plane = match (left, right) {
                (left, right) if left == right => left,
                (ZEROS, ONES) => mask,
                (left, right) => {
                    let out = spare.reuse(left, right)?;
                    self.selects.push(Select {
                        mask,
                        left,
                        right,
                        out,
                    });
                    out
                }
            };
        }
        Some(planes)
    }
}

enum Step {
    Enter(Next),
    Leave { node: usize, left_first: bool },
}

/// The planes that no subtree holds.
struct Spare(Vec<u16>);

impl Spare {
    fn new() -> Self {
        Self((SPARE_FIRST..MASK_FIRST).rev().collect())
    }

    /// Returns a plane for what is selected from two, which are then free.
    fn reuse(&mut self, left: u16, right: u16) -> Option<u16> {
        let is_spare = |plane: &u16| (SPARE_FIRST..MASK_FIRST).contains(plane);
        self.0
            .extend([left, right].iter().filter(|plane| is_spare(plane)));
        self.0.pop()
    }
}

/// Returns the planes of one number.
fn constant(code: usize) -> [u16; BITS] {
    std::array::from_fn(|bit| if code >> bit & 1 == 1 { ONES } else { ZEROS })
}

/// A run of leaf numbers whose length is a power of two, of which its start is a multiple.
#[derive(Clone, Copy)]
struct Numbers {
    start: usize,
    length: usize,
}

/// Numbers a tree's leaves so that as few bits as can be change within a subtree: each gets a run of numbers of
/// its own, as long as there is one. A third fewer selections are left than with leaves numbered in their order.
struct Numbering<'a> {
    tree: &'a Tree,
    sizes: Vec<usize>,
    /// The number of each leaf.
    codes: Vec<usize>,
}

impl<'a> Numbering<'a> {
    fn new(tree: &'a Tree) -> Option<Self> {
        let mut numbering = Self {
            tree,
            sizes: sizes(tree)?,
            codes: vec![0; tree.leaves.len()],
        };
        let all = Numbers {
            start: 0,
            length: tree.leaves.len().next_power_of_two(),
        };
        numbering.place(tree.start(), vec![all])?;
        Some(numbering)
    }

    fn size(&self, next: Next) -> usize {
        let node = next.node();
        node.and_then(|node| self.sizes.get(node))
            .copied()
            .unwrap_or(1)
    }

    /// Numbers the leaves below a branch from free numbers; returns those that are left. A tree by masks has few
    /// leaves, so that it is not too deep to recur.
    fn place(&mut self, next: Next, mut free: Vec<Numbers>) -> Option<Vec<Numbers>> {
        let need = self.size(next).next_power_of_two();
        let fitting = free
            .iter()
            .enumerate()
            .filter(|(_, run)| run.length >= need);
        let Some((position, _)) = fitting.min_by_key(|(_, run)| (run.length, run.start)) else {
            return self.place_below(next, free);
        };
        let mut own = free.swap_remove(position);
        while own.length > need {
            own.length /= 2;
            free.push(Numbers {
                start: own.start + own.length,
                length: own.length,
            });
        }
        free.extend(self.place_below(next, vec![own])?);
        Some(free)
    }

    fn place_below(&mut self, next: Next, mut free: Vec<Numbers>) -> Option<Vec<Numbers>> {
        if let Some(leaf) = next.leaf() {
            *self.codes.get_mut(leaf)? = free.pop()?.start;
            return Some(free);
        }
        let node = *self.tree.nodes.get(next.node()?)?;
        let free = self.place(node.left, free)?;
        self.place(node.right, free)
    }
}

/// Returns the number of leaves below each node.
fn sizes(tree: &Tree) -> Option<Vec<usize>> {
    let mut sizes = vec![0; tree.nodes.len()];
    // Children stand behind their parents.
    for (position, node) in tree.nodes.iter().enumerate().rev() {
        let mut size = 0;
        for next in [node.left, node.right] {
            size += match next.node() {
                Some(child) => *sizes.get(child)?,
                None => 1,
            };
        }
        *sizes.get_mut(position)? = size;
    }
    Some(sizes)
}
