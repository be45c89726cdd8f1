//! Trees as compact nodes over bins, for one row at a time and for trees with many leaves.
//!
//! ```text
//!   row ──bins──► slots     node: left child, + 1 if slots[slot] > bound;  a leaf asks what the next tree's root asks
//! ```
//!
//! Siblings stand side by side, so that a step is one comparison and one addition. One row walks several trees at
//! once (the lanes), because each step waits for the one before; leaves are added up afterwards, in the trees' order.

use std::collections::{BTreeMap, BTreeSet};

use super::Number;
use super::columns::{Asked, Column, Missing, Question};
use super::sets::Sets;
use crate::forest::tree::{Next, Tree};

/// Trees that one row walks at once.
const LANES: usize = 8;
/// Places for the leaves that one lane finds; the last is the sentinel's.
const PLACES: usize = 64;
/// Rows that walk one tree at once.
const ROWS: usize = 8;

/// The bit of [`Compact::place`] that tells a leaf.
const LEAF: u8 = 1 << 7;

/// A node; or a leaf, which is the next tree's root as well, so that a tree takes no step more than it is deep.
#[derive(Clone, Copy, Debug)]
struct Compact<S> {
    /// The left child, beside which the right one stands.
    left: u32,
    /// Right if the slot is above it.
    bound: u16,
    slot: S,
    /// The tree's place in its lane, and whether this is a leaf.
    place: u8,
}

/// A slot's number, and what holds that many slots.
pub(super) trait Slot: Copy + TryFrom<u16> + Into<usize> + Default {
    type Table: AsMut<[u16]> + Clone;
    fn table(slots: usize) -> Self::Table;
    fn read(self, table: &Self::Table) -> u16;
}

/// All numbers of a byte are in the table, so that no access has to be checked.
impl Slot for u8 {
    type Table = [u16; 256];
    fn table(_: usize) -> Self::Table {
        [0; 256]
    }
    fn read(self, table: &Self::Table) -> u16 {
        table[usize::from(self)]
    }
}

impl Slot for u16 {
    type Table = Vec<u16>;
    fn table(slots: usize) -> Self::Table {
        vec![0; slots]
    }
    fn read(self, table: &Self::Table) -> u16 {
        table[usize::from(self)]
    }
}

/// What fills the slots of one column.
#[derive(Clone, Debug, Default)]
struct Fill {
    slots: Vec<(Missing, u16)>,
    members: Vec<Member>,
}

/// A set, as ranges of bins; its slot is 1 for right.
#[derive(Clone, Debug)]
struct Member {
    slot: u16,
    ranges: Vec<[u16; 2]>,
    inside_left: bool,
    nan_left: bool,
}

impl Member {
    fn goes_right(&self, bin: u16, nan: u16) -> bool {
        if bin == nan {
            return !self.nan_left;
        }
        let before = self.ranges.partition_point(|[first, _]| *first <= bin);
        let range = before.checked_sub(1).and_then(|at| self.ranges.get(at));
        let inside = range.is_some_and(|[_, last]| bin <= *last);
        inside != self.inside_left
    }
}

/// Where the lanes start, and how many trees each walks.
#[derive(Clone, Debug, Default)]
struct Round {
    roots: [u32; LANES],
    counts: [u8; LANES],
}

/// The compact form of a run of trees.
#[derive(Clone, Debug)]
pub(super) struct Walk<S, T> {
    nodes: Vec<Compact<S>>,
    fills: Vec<Fill>,
    slots: usize,
    rounds: Vec<Round>,
    roots: Vec<u32>,
    /// What each node's leaf adds; nothing for an inner node.
    leaves: Vec<T>,
}

/// Numbers the slots; the first is always 0.
struct Slots {
    numbers: BTreeMap<Question, u16>,
    fills: Vec<Fill>,
}

impl Slots {
    fn new(asked: &Asked, sets: &Sets) -> Option<Self> {
        let mut slots = Self {
            numbers: BTreeMap::new(),
            fills: vec![Fill::default(); asked.columns.len()],
        };
        for question in asked.questions.iter().flatten() {
            let key = key(*question);
            if slots.numbers.contains_key(&key) {
                continue;
            }
            let slot = u16::try_from(slots.numbers.len() + 1).ok()?;
            slots.numbers.insert(key, slot);
            match key {
                Question::From {
                    column, missing, ..
                } => slots.fills.get_mut(column)?.slots.push((missing, slot)),
                Question::Member {
                    column,
                    set,
                    nan_left,
                } => {
                    let spans = sets.spans(set)?;
                    slots.fills.get_mut(column)?.members.push(Member {
                        slot,
                        ranges: asked.columns.get(column)?.ranges(spans)?,
                        inside_left: spans.inside,
                        nan_left,
                    });
                }
            }
        }
        Some(slots)
    }
}

/// Returns what questions with the same slot have in common.
const fn key(question: Question) -> Question {
    match question {
        Question::From {
            column, missing, ..
        } => Question::From {
            column,
            missing,
            bin: 0,
        },
        member @ Question::Member { .. } => member,
    }
}

/// Returns the number of slots that a run's questions need.
pub(super) fn count_slots(asked: &Asked) -> usize {
    let questions = asked.questions.iter().flatten();
    let keys: BTreeSet<_> = questions.map(|question| key(*question)).collect();
    keys.len() + 1
}

impl<S: Slot, T: Number> Walk<S, T> {
    /// Returns nothing if the plan's bounds were not kept.
    pub(super) fn new(trees: &[Tree], asked: &Asked, sets: &Sets) -> Option<Self> {
        let slots = Slots::new(asked, sets)?;
        let sentinel = Compact {
            left: 0,
            bound: 0,
            slot: S::default(),
            place: u8::try_from(PLACES - 1).ok()?,
        };
        let mut walk = Self {
            nodes: vec![sentinel],
            fills: Vec::new(),
            slots: slots.numbers.len() + 1,
            rounds: Vec::new(),
            roots: Vec::new(),
            leaves: vec![T::nearest(0.0)],
        };
        let pairs: Vec<_> = trees.iter().zip(&asked.questions).collect();
        for round in pairs.chunks(LANES * (PLACES - 1)) {
            walk.rounds.push(Round::default());
            let lane_trees = round.len().div_ceil(LANES);
            for (lane, lane_pairs) in round.chunks(lane_trees).enumerate() {
                walk.add_lane(lane, lane_pairs, &slots)?;
            }
        }
        walk.fills = slots.fills;
        Some(walk)
    }

    fn add_lane(
        &mut self,
        lane: usize,
        pairs: &[(&Tree, &Vec<Question>)],
        slots: &Slots,
    ) -> Option<()> {
        let first = u32::try_from(self.nodes.len()).ok()?;
        let round = self.rounds.last_mut()?;
        round.roots[lane] = first;
        round.counts[lane] = u8::try_from(pairs.len()).ok()?;
        let mut before = Vec::new();
        for (place, (tree, questions)) in (0..).zip(pairs) {
            let root = self.nodes.len();
            let ends = self.add_tree(tree, questions, slots, place)?;
            self.join(&before, root)?;
            before = ends;
        }
        Some(())
    }

    /// Lets the leaves at `ends` lead on to the tree of a root.
    fn join(&mut self, ends: &[usize], root: usize) -> Option<()> {
        let next = *self.nodes.get(root)?;
        for end in ends {
            let node = self.nodes.get_mut(*end)?;
            if next.place & LEAF == 0 {
                let place = node.place;
                *node = Compact { place, ..next };
            } else {
                node.left = u32::try_from(root).ok()?;
            }
        }
        Some(())
    }

    /// Appends a tree's nodes; returns where its leaves stand.
    fn add_tree(
        &mut self,
        tree: &Tree,
        questions: &[Question],
        slots: &Slots,
        place: u8,
    ) -> Option<Vec<usize>> {
        let blank = Compact {
            left: 0,
            bound: 0,
            slot: S::default(),
            place,
        };
        let nothing = T::nearest(0.0);
        let root = self.nodes.len();
        self.roots.push(u32::try_from(root).ok()?);
        self.nodes.push(blank);
        self.leaves.push(nothing);
        let mut open: Vec<(Next, usize)> = vec![(tree.start(), root)];
        let mut ends = Vec::with_capacity(tree.leaves.len());
        while let Some((next, at)) = open.pop() {
            let Some(number) = next.node() else {
                self.nodes.get_mut(at)?.place |= LEAF;
                *self.leaves.get_mut(at)? = T::nearest(*tree.leaves.get(next.leaf()?)?);
                ends.push(at);
                continue;
            };
            let question = *questions.get(number)?;
            let left = self.nodes.len();
            self.nodes.extend([blank, blank]);
            self.leaves.extend([nothing, nothing]);
            let node = self.nodes.get_mut(at)?;
            node.left = u32::try_from(left).ok()?;
            node.slot = S::try_from(*slots.numbers.get(&key(question))?).ok()?;
            node.bound = match question {
                Question::From { bin, .. } => bin,
                Question::Member { .. } => 0,
            };
            let node = tree.nodes.get(number)?;
            open.extend([(node.right, left + 1), (node.left, left)]);
        }
        Some(ends)
    }

    /// Writes the slots of a row, whose values `value` gives.
    fn fill(&self, columns: &[Column], value: impl Fn(usize) -> f64, slots: &mut [u16]) {
        for (column, fill) in columns.iter().zip(&self.fills) {
            let bin = column.bin(value(column.feature));
            let is_nan = bin == column.nan();
            let is_none = is_nan || column.none.contains(&bin);
            // Bin 0 is slot 1: below it stands what is missing and goes left.
            for (missing, slot) in &fill.slots {
                slots[usize::from(*slot)] = match missing {
                    Missing::NanLeft if is_nan => 0,
                    Missing::NoneLeft if is_none => 0,
                    Missing::NoneRight if is_none => column.nan() + 1,
                    _ => bin + 1,
                };
            }
            for member in &fill.members {
                let right = member.goes_right(bin, column.nan());
                slots[usize::from(member.slot)] = u16::from(right);
            }
        }
    }

    fn step(&self, at: u32, table: &S::Table) -> (Compact<S>, u32) {
        let node = self.nodes[at as usize];
        (
            node,
            node.left + u32::from(node.slot.read(table) > node.bound),
        )
    }

    /// Adds the run's leaves of one row to its sum, in the trees' order.
    pub(super) fn add(&self, columns: &[Column], value: impl Fn(usize) -> f64, mut sum: T) -> T {
        let mut table = S::table(self.slots);
        self.fill(columns, value, table.as_mut());
        let mut found = [[0; PLACES]; LANES];
        for round in &self.rounds {
            self.find(round, &table, &mut found);
            for (found, count) in found.iter().zip(round.counts) {
                for at in found.iter().take(usize::from(count)) {
                    sum = sum + self.leaves[*at as usize];
                }
            }
        }
        sum
    }

    /// Finds the leaf of each tree of a round.
    fn find(&self, round: &Round, table: &S::Table, found: &mut [[u32; PLACES]; LANES]) {
        let mut at = round.roots;
        // The sentinel, 0, leads to itself. Of what a tree's nodes write to its place, the leaf's stays.
        while at.iter().fold(0, |all, at| all | at) != 0 {
            for (at, found) in at.iter_mut().zip(found.iter_mut()) {
                let (node, next) = self.step(*at, table);
                found[usize::from(node.place) % PLACES] = *at;
                *at = next;
            }
        }
    }

    /// Adds the run's leaves to the sums of several rows; `value` gives a row's values. Each tree is walked by all rows
    /// before the next one is, so that it stays in the caches.
    pub(super) fn add_rows(
        &self,
        columns: &[Column],
        value: impl Fn(usize, usize) -> f64,
        sums: &mut [T],
    ) {
        let mut tables = vec![S::table(self.slots); sums.len()];
        for (row, table) in tables.iter_mut().enumerate() {
            self.fill(columns, |feature| value(row, feature), table.as_mut());
        }
        for root in &self.roots {
            for (tables, sums) in tables.chunks(ROWS).zip(sums.chunks_mut(ROWS)) {
                let found = self.find_rows(*root, tables);
                for (sum, at) in sums.iter_mut().zip(found) {
                    *sum = *sum + self.leaves[at as usize];
                }
            }
        }
    }

    /// Returns the leaf of one tree for each of up to [`ROWS`] rows.
    fn find_rows(&self, root: u32, tables: &[S::Table]) -> [u32; ROWS] {
        let mut at = [root; ROWS];
        let mut walking = true;
        while walking {
            walking = false;
            for (at, table) in at.iter_mut().zip(tables) {
                let (node, next) = self.step(*at, table);
                let is_leaf = node.place & LEAF != 0;
                *at = if is_leaf { *at } else { next };
                walking |= !is_leaf;
            }
        }
        at
    }
}
