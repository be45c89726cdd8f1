//! The fast forms of a forest, from which margins come; equal to walking its trees, to the bit.
//!
//! ```text
//!   trees ──plan──► runs ──columns──► bins ──┬─► Walk:  one row, or trees with very many leaves
//!                                            └─► Masks: many rows
//! ```
//!
//! All forms ask the same questions of bins, in which a row's values are looked up once. What a form would outgrow its
//! file with is walked as it was read ([`Tree::value`]), which is also what tests compare with. Nothing here is written
//! down: the forms are made from the trees when a forest is read, and two forests are equal whatever theirs are.

mod batch;
mod columns;
mod plan;
mod program;
mod sets;
#[cfg(test)]
mod tests;
mod walk;

use std::fmt;
use std::ops::{Add, Range};
use std::sync::{Arc, OnceLock};

use self::batch::{Masks, Scratch, sum_of};
use self::columns::{Asked, Column};
use self::plan::{Run, Way, plan};
use self::sets::Sets;
use self::walk::{Walk, count_slots};
use super::Arithmetic;
use super::tree::Tree;

/// 64-row words of a large block, and of a small one.
const LARGE: usize = 8;
const SMALL: usize = 2;
/// Rows from which a large block is faster than small ones.
const LARGE_MIN: usize = 224;
/// Rows from which a small block is faster than one row after the other.
const SMALL_MIN: usize = 24;

/// The sum's number: its leaves, how values are read, and how it rounds.
pub(super) trait Number: Copy + Add<Output = Self> + Send + Sync {
    fn nearest(value: f64) -> Self;
    fn widen(self) -> f64;
    /// Returns a value as the library reads it.
    fn read(value: f64) -> f64;
}

impl Number for f64 {
    fn nearest(value: f64) -> Self {
        value
    }
    fn widen(self) -> f64 {
        self
    }
    #[inline]
    fn read(value: f64) -> f64 {
        value
    }
}

impl Number for f32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the library's own rounding"
    )]
    fn nearest(value: f64) -> Self {
        value as Self
    }
    fn widen(self) -> f64 {
        f64::from(self)
    }
    #[inline]
    fn read(value: f64) -> f64 {
        Self::nearest(value).widen()
    }
}

/// A forest's fast forms; made when first asked for, or by [`Engine::make`].
#[derive(Clone, Default)]
pub(super) struct Engine(OnceLock<Arc<Forms>>);

enum Forms {
    Single(Runs<f32>),
    Double(Runs<f64>),
}

/// The forms follow from the trees.
impl PartialEq for Engine {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Engine")
    }
}

impl Engine {
    fn forms(&self, trees: &[Tree], arithmetic: Arithmetic) -> &Forms {
        self.0.get_or_init(|| {
            Arc::new(match arithmetic {
                Arithmetic::Single => Forms::Single(Runs::new(trees)),
                Arithmetic::Double => Forms::Double(Runs::new(trees)),
            })
        })
    }

    /// Makes the forms, so that no row has to wait for them.
    pub(super) fn make(&self, trees: &[Tree], arithmetic: Arithmetic) {
        self.forms(trees, arithmetic);
    }

    /// Returns the sum of a row's leaves, from `start` on.
    pub(super) fn sum<V: Copy + Into<f64>>(
        &self,
        (trees, arithmetic): (&[Tree], Arithmetic),
        start: f64,
        row: &[V],
    ) -> f64 {
        match self.forms(trees, arithmetic) {
            Forms::Single(runs) => runs.sum(trees, start, row),
            Forms::Double(runs) => runs.sum(trees, start, row),
        }
    }

    /// Appends the sum of each row's leaves, from `start` on; rows have `width` values each.
    pub(super) fn sums<V: Copy + Into<f64>>(
        &self,
        (trees, arithmetic): (&[Tree], Arithmetic),
        start: f64,
        (rows, width): (&[V], usize),
        out: &mut Vec<f64>,
    ) {
        match self.forms(trees, arithmetic) {
            Forms::Single(runs) => runs.sums(trees, start, (rows, width), out),
            Forms::Double(runs) => runs.sums(trees, start, (rows, width), out),
        }
    }
}

/// The forms of all trees, in their order.
struct Runs<T>(Vec<Form<T>>);

/// The forms of a run of trees. Without any, the trees are walked as they are.
struct Form<T> {
    trees: Range<usize>,
    columns: Vec<Column>,
    walk: Option<AnyWalk<T>>,
    masks: Option<Masks<T>>,
}

/// Compact nodes, with as small a slot as will do.
enum AnyWalk<T> {
    Narrow(Walk<u8, T>),
    Wide(Walk<u16, T>),
}

impl<T: Number> AnyWalk<T> {
    fn new(trees: &[Tree], asked: &Asked, sets: &Sets) -> Option<Self> {
        if count_slots(asked) <= 256 {
            Walk::new(trees, asked, sets).map(Self::Narrow)
        } else {
            Walk::new(trees, asked, sets).map(Self::Wide)
        }
    }

    fn add(&self, columns: &[Column], value: impl Fn(usize) -> f64, sum: T) -> T {
        match self {
            Self::Narrow(walk) => walk.add(columns, value, sum),
            Self::Wide(walk) => walk.add(columns, value, sum),
        }
    }

    fn add_rows(&self, columns: &[Column], value: impl Fn(usize, usize) -> f64, sums: &mut [T]) {
        match self {
            Self::Narrow(walk) => walk.add_rows(columns, value, sums),
            Self::Wide(walk) => walk.add_rows(columns, value, sums),
        }
    }
}

impl<T: Number> Form<T> {
    fn new(all: &[Tree], sets: &Sets, run: &Run) -> Self {
        let plain = Self {
            trees: run.trees.clone(),
            columns: Vec::new(),
            walk: None,
            masks: None,
        };
        let (Some(trees), false) = (all.get(run.trees.clone()), run.way == Way::Plain) else {
            return plain;
        };
        let Some(asked) = Asked::new(all, sets, run) else {
            return plain;
        };
        let masks = (run.way == Way::Masks).then(|| Masks::new(trees, &asked, sets));
        Self {
            walk: plan::may_walk(&asked)
                .then(|| AnyWalk::new(trees, &asked, sets))
                .flatten(),
            masks: masks.flatten(),
            columns: asked.columns,
            ..plain
        }
    }

    fn add(&self, trees: &[Tree], value: impl Fn(usize) -> f64, sum: T) -> T {
        if let Some(walk) = &self.walk {
            return walk.add(&self.columns, value, sum);
        }
        let trees = trees.get(self.trees.clone()).unwrap_or(&[]);
        let leaves = trees.iter().map(|tree| T::nearest(tree.value(&value)));
        leaves.fold(sum, |sum, leaf| sum + leaf)
    }

    /// Adds the run's leaves to the sums of a block's rows, each `width` values.
    fn add_block<V: Copy + Into<f64>, const W: usize>(
        &self,
        trees: &[Tree],
        (rows, width): (&[V], usize),
        scratch: &mut Scratch<T, W>,
    ) {
        if let Some(masks) = &self.masks {
            masks.add(&self.columns, rows, width, scratch);
            return;
        }
        let value =
            |row: usize, feature: usize| read::<T, V>(&rows[row * width..][..width], feature);
        let count = rows.len() / width;
        let mut sums: Vec<T> = (0..count)
            .map(|row| *sum_of(&mut scratch.sums, row))
            .collect();
        if let Some(walk) = &self.walk {
            walk.add_rows(&self.columns, value, &mut sums);
        } else {
            for (row, sum) in sums.iter_mut().enumerate() {
                *sum = self.add(trees, |feature| value(row, feature), *sum);
            }
        }
        for (row, sum) in sums.into_iter().enumerate() {
            *sum_of(&mut scratch.sums, row) = sum;
        }
    }
}

/// Returns a signal of a row as the library reads it; one that the row lacks is missing.
fn read<T: Number, V: Copy + Into<f64>>(row: &[V], feature: usize) -> f64 {
    T::read(row.get(feature).map_or(f64::NAN, |value| (*value).into()))
}

impl<T: Number> Runs<T> {
    fn new(trees: &[Tree]) -> Self {
        let sets = Sets::new(trees);
        let runs = plan(trees, &sets);
        Self(
            runs.iter()
                .map(|run| Form::new(trees, &sets, run))
                .collect(),
        )
    }

    fn sum<V: Copy + Into<f64>>(&self, trees: &[Tree], start: f64, row: &[V]) -> f64 {
        let value = |feature| read::<T, V>(row, feature);
        let forms = self.0.iter();
        forms
            .fold(T::nearest(start), |sum, form| form.add(trees, value, sum))
            .widen()
    }

    fn sums<V: Copy + Into<f64>>(
        &self,
        trees: &[Tree],
        start: f64,
        (rows, width): (&[V], usize),
        out: &mut Vec<f64>,
    ) {
        out.reserve(rows.len() / width.max(1));
        let mut rest = rows;
        if rest.len() >= LARGE_MIN * width {
            rest = self.sum_blocks::<V, LARGE>(trees, start, (rest, width, LARGE_MIN), out);
        }
        if rest.len() >= SMALL_MIN * width {
            rest = self.sum_blocks::<V, SMALL>(trees, start, (rest, width, SMALL_MIN), out);
        }
        out.extend(
            rest.chunks_exact(width.max(1))
                .map(|row| self.sum(trees, start, row)),
        );
    }

    /// Appends the sums of block after block while at least `least` rows are left; returns those that are.
    fn sum_blocks<'a, V: Copy + Into<f64>, const W: usize>(
        &self,
        trees: &[Tree],
        start: f64,
        (mut rows, width, least): (&'a [V], usize, usize),
        out: &mut Vec<f64>,
    ) -> &'a [V] {
        let mut scratch = Scratch::<T, W>::new();
        while width > 0 && rows.len() >= least * width {
            let count = (rows.len() / width).min(64 * W);
            let (block, rest) = rows.split_at(count * width);
            scratch.sums = [[[T::nearest(start); 8]; W]; 8];
            for form in &self.0 {
                form.add_block(trees, (block, width), &mut scratch);
            }
            out.extend((0..count).map(|row| sum_of(&mut scratch.sums, row).widen()));
            rows = rest;
        }
        rows
    }
}
