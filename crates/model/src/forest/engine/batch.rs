//! Many rows at a time: 64 of them in each word of a bit mask.
//!
//! ```text
//!   rows ──search──► bins ──one bit a row──► bit table ──or, downwards──► a mask for each split
//!   masks ──Program──► planes of the leaves' numbers ──transpose──► numbers ──► leaves, added in the trees' order
//! ```
//!
//! Everything here is plain arithmetic on arrays; it is compiled once for any processor and once for AVX2, and which one
//! runs is found out when it runs.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined below the dispatch is compiled for the processor found"
)]

use pulp::{Arch, Simd, WithSimd};

use super::Number;
use super::columns::{Asked, Column, Missing, Question};
use super::program::{BITS, Bundle, ONES, Program, TOGETHER, ZEROS};
use super::sets::Sets;
use crate::forest::tree::Tree;

/// Rows of a word.
const WORD: usize = 64;
/// Cuts up to which comparing with each one is faster than searching.
const LINEAR_MAX: u16 = 24;
/// Bins that the sets of a run may cover, counted for each set: bounds the time of a block.
const COVERED_MAX: usize = 1 << 18;

/// One bit for each row of a block: row `64 w + i` is bit `i` of word `w`.
type Plane<const W: usize> = [u64; W];
/// One item for each row of a block: row `64 w + 8 b + q` is item `[q][w][b]`, as transposing the planes leaves them.
type Block<T, const W: usize> = [[[T; 8]; W]; 8];

/// The splits of a column.
#[derive(Clone, Debug, Default)]
struct Splits {
    /// First bin that goes right, missing values, the split's plane; highest bin first.
    from: Vec<(u16, Missing, u16)>,
    members: Vec<Member>,
}

/// A split on a set, as ranges of bins.
#[derive(Clone, Debug)]
struct Member {
    plane: u16,
    ranges: Vec<[u16; 2]>,
    inside_left: bool,
    nan_left: bool,
}

/// A run of trees for many rows.
#[derive(Clone, Debug)]
pub(super) struct Masks<T> {
    program: Program<T>,
    splits: Vec<Splits>,
    /// Most bins of a column.
    bins: usize,
}

/// What scoring a block writes to; kept from block to block.
pub(super) struct Scratch<T, const W: usize> {
    /// What the code must run on: the processor that was found, unless a test says otherwise.
    pub(super) arch: Arch,
    bins: Vec<[[u16; WORD]; W]>,
    table: Vec<Plane<W>>,
    planes: Vec<Plane<W>>,
    found: [Block<u8, W>; TOGETHER],
    pub(super) sums: Block<T, W>,
}

impl<T: Number, const W: usize> Scratch<T, W> {
    pub(super) fn new() -> Self {
        Self {
            arch: Arch::new(),
            bins: Vec::new(),
            table: Vec::new(),
            planes: Vec::new(),
            found: [[[[0; 8]; W]; 8]; TOGETHER],
            sums: [[[T::nearest(0.0); 8]; W]; 8],
        }
    }

    /// Makes room for a run of trees.
    fn fit(&mut self, masks: &Masks<T>) {
        let grow = |planes: &mut Vec<Plane<W>>, count: usize| {
            if planes.len() < count {
                planes.resize(count, [0; W]);
            }
        };
        grow(&mut self.table, masks.bins);
        grow(&mut self.planes, masks.program.planes);
        if self.bins.len() < masks.splits.len() {
            self.bins.resize(masks.splits.len(), [[0; WORD]; W]);
        }
        self.planes[usize::from(ZEROS)] = [0; W];
        self.planes[usize::from(ONES)] = [u64::MAX; W];
    }
}

/// Returns the sum of a row of a block.
pub(super) fn sum_of<T, const W: usize>(sums: &mut Block<T, W>, row: usize) -> &mut T {
    &mut sums[row % 8][row / WORD][row % WORD / 8]
}

impl<T: Number> Masks<T> {
    /// Returns nothing if the plan's bounds were not kept, or a block would take too long.
    pub(super) fn new(trees: &[Tree], asked: &Asked, sets: &Sets) -> Option<Self> {
        let program = Program::new(trees, asked)?;
        let mut splits = vec![Splits::default(); asked.columns.len()];
        let mut covered = 0;
        for (question, plane) in &program.masks {
            match *question {
                Question::From {
                    column,
                    missing,
                    bin,
                } => {
                    splits.get_mut(column)?.from.push((bin, missing, *plane));
                }
                Question::Member {
                    column,
                    set,
                    nan_left,
                } => {
                    let spans = sets.spans(set)?;
                    let ranges = asked.columns.get(column)?.ranges(spans)?;
                    covered += ranges
                        .iter()
                        .map(|[first, last]| usize::from(last - first) + 1)
                        .sum::<usize>();
                    splits.get_mut(column)?.members.push(Member {
                        plane: *plane,
                        ranges,
                        inside_left: spans.inside,
                        nan_left,
                    });
                }
            }
        }
        for splits in &mut splits {
            splits.from.sort_by_key(|(bin, ..)| std::cmp::Reverse(*bin));
        }
        let bins = asked
            .columns
            .iter()
            .map(|column| usize::from(column.nan()) + 1)
            .max();
        (covered <= COVERED_MAX).then_some(Self {
            program,
            splits,
            bins: bins.unwrap_or(0),
        })
    }

    /// Adds the run's leaves to the sums of a block of up to `64 W` rows, each `width` values.
    pub(super) fn add<V: Copy + Into<f64>, const W: usize>(
        &self,
        columns: &[Column],
        rows: &[V],
        width: usize,
        scratch: &mut Scratch<T, W>,
    ) {
        scratch.fit(self);
        scratch.arch.dispatch(Add {
            masks: self,
            columns,
            rows,
            width,
            scratch,
        });
    }
}

/// The arguments of [`Masks::add`], for the dispatch.
struct Add<'a, V, T, const W: usize> {
    masks: &'a Masks<T>,
    columns: &'a [Column],
    rows: &'a [V],
    width: usize,
    scratch: &'a mut Scratch<T, W>,
}

impl<V: Copy + Into<f64>, T: Number, const W: usize> WithSimd for Add<'_, V, T, W> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Scratch {
            bins,
            table,
            planes,
            found,
            sums,
            ..
        } = self.scratch;
        for (word, rows) in self.rows.chunks(WORD * self.width).enumerate().take(W) {
            for (column, bins) in self.columns.iter().zip(bins.iter_mut()) {
                let mut values = [f64::NAN; WORD];
                for (value, row) in values.iter_mut().zip(rows.chunks_exact(self.width)) {
                    *value = T::read(row[column.feature].into());
                }
                search(column, &values, &mut bins[word]);
            }
        }
        for ((column, splits), bins) in self.columns.iter().zip(&self.masks.splits).zip(bins.iter())
        {
            fill_table(bins, table);
            fill_masks(column, splits, table, planes);
        }
        let program = &self.masks.program;
        let planes = planes.as_mut_slice();
        let mut begin = 0;
        for bundle in &program.bundles {
            for (finding, found) in bundle.trees.iter().zip(found.iter_mut()) {
                for select in &program.selects[begin..finding.end] {
                    let [mask, left, right] = [select.mask, select.left, select.right]
                        .map(|plane| planes[usize::from(plane)]);
                    planes[usize::from(select.out)] =
                        std::array::from_fn(|w| left[w] ^ (mask[w] & (left[w] ^ right[w])));
                }
                begin = finding.end;
                transpose(
                    finding.planes.map(|plane| &planes[usize::from(plane)]),
                    found,
                );
            }
            if bundle.places == 64 {
                add_leaves::<T, W, 64>(bundle, &program.leaves, found, sums);
            } else {
                add_leaves::<T, W, 256>(bundle, &program.leaves, found, sums);
            }
        }
    }
}

/// Finds the bins of 64 values.
#[inline(always)]
fn search(column: &Column, values: &[f64; WORD], bins: &mut [u16; WORD]) {
    let cuts = column.cuts.as_slice();
    if column.count <= LINEAR_MAX {
        count_below(&cuts[..usize::from(column.count)], values, bins);
    } else if let Some(cuts) = cuts.as_array::<32>() {
        halve(cuts, values, bins);
    } else if let Some(cuts) = cuts.as_array::<64>() {
        halve(cuts, values, bins);
    } else if let Some(cuts) = cuts.as_array::<128>() {
        halve(cuts, values, bins);
    } else if let Some(cuts) = cuts.as_array::<256>() {
        halve(cuts, values, bins);
    } else if let Some(cuts) = cuts.as_array::<512>() {
        halve(cuts, values, bins);
    } else {
        for (value, bin) in values.iter().zip(bins.iter_mut()) {
            *bin = column.bin(*value);
        }
    }
    for (value, bin) in values.iter().zip(bins) {
        *bin = if value.is_nan() { column.nan() } else { *bin };
    }
}

/// Counts the cuts below each value by comparing with each of them.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "there are few cuts")]
fn count_below(cuts: &[f64], values: &[f64; WORD], bins: &mut [u16; WORD]) {
    for (values, bins) in values
        .as_chunks::<16>()
        .0
        .iter()
        .zip(bins.as_chunks_mut::<16>().0)
    {
        let mut counts = [0_u64; 16];
        for cut in cuts {
            for (count, value) in counts.iter_mut().zip(values) {
                *count += u64::from(cut < value);
            }
        }
        *bins = counts.map(|count| count as u16);
    }
}

/// Counts the cuts below each value by halving, several values side by side.
#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than 2^16 cuts"
)]
fn halve<const N: usize>(cuts: &[f64; N], values: &[f64; WORD], bins: &mut [u16; WORD]) {
    for (values, bins) in values
        .as_chunks::<8>()
        .0
        .iter()
        .zip(bins.as_chunks_mut::<8>().0)
    {
        let mut found = [0_usize; 8];
        let mut half = N / 2;
        while half > 0 {
            for (found, value) in found.iter_mut().zip(values) {
                *found += usize::from(cuts[(*found + half - 1) % N] < *value) * half;
            }
            half /= 2;
        }
        *bins = found.map(|found| found as u16);
    }
}

/// Sets each row's bit in the plane of its bin.
#[inline(always)]
fn fill_table<const W: usize>(bins: &[[u16; WORD]; W], table: &mut [Plane<W>]) {
    for row in 0..WORD {
        let bit = 1 << row;
        for (word, bins) in bins.iter().enumerate() {
            table[usize::from(bins[row])][word] |= bit;
        }
    }
}

/// Computes the masks of a column's splits and clears its table.
#[inline(always)]
fn fill_masks<const W: usize>(
    column: &Column,
    splits: &Splits,
    table: &mut [Plane<W>],
    planes: &mut [Plane<W>],
) {
    let nan = table[usize::from(column.nan())];
    for member in &splits.members {
        let mut inside = [0; W];
        for [first, last] in &member.ranges {
            for plane in &table[usize::from(*first)..=usize::from(*last)] {
                inside = or(inside, *plane);
            }
        }
        let (flip, missing) = (word_of(member.inside_left), word_of(!member.nan_left));
        planes[usize::from(member.plane)] =
            std::array::from_fn(|w| ((inside[w] ^ flip) & !nan[w]) | (missing & nan[w]));
    }
    let is_none =
        |bin: usize| bin >= usize::from(column.none.start) && bin < usize::from(column.none.end);
    let mut none = [0; W];
    for plane in &table[usize::from(column.none.start)..usize::from(column.none.end)] {
        none = or(none, *plane);
    }
    // Rows in ordinary bins from `bin` on, and those that a split may read as none.
    let (mut above, mut none_above) = ([0; W], [0; W]);
    let mut bin = usize::from(column.nan());
    table[bin] = [0; W];
    for (first, missing, plane) in &splits.from {
        while bin > usize::from(*first) {
            bin -= 1;
            let rows = std::mem::replace(&mut table[bin], [0; W]);
            if is_none(bin) {
                none_above = or(none_above, rows);
            } else {
                above = or(above, rows);
            }
        }
        planes[usize::from(*plane)] = match missing {
            Missing::NanLeft => or(above, none_above),
            Missing::NanRight => or(or(above, none_above), nan),
            Missing::NoneLeft => above,
            Missing::NoneRight => or(or(above, none), nan),
        };
    }
    table[..bin].fill([0; W]);
}

#[inline(always)]
fn or<const W: usize>(left: Plane<W>, right: Plane<W>) -> Plane<W> {
    std::array::from_fn(|w| left[w] | right[w])
}

const fn word_of(bit: bool) -> u64 {
    if bit { u64::MAX } else { 0 }
}

/// Turns eight planes into one byte for each row: within each 64 bits and 8 planes, bytes of bits change places.
#[inline(always)]
fn transpose<const W: usize>(planes: [&Plane<W>; BITS], found: &mut Block<u8, W>) {
    const STEPS: [(usize, u64); 3] = [
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ];
    for w in 0..W {
        let mut words: [u64; BITS] = std::array::from_fn(|plane| planes[plane][w]);
        for (distance, mask) in STEPS {
            for low in (0..BITS).filter(|low| low & distance == 0) {
                let high = low + distance;
                let change = ((words[low] >> distance) ^ words[high]) & mask;
                words[high] ^= change;
                words[low] ^= change << distance;
            }
        }
        for (found, word) in found.iter_mut().zip(words) {
            found[w] = word.to_le_bytes();
        }
    }
}

/// Adds a bundle's leaves, in the trees' order. Each tree has `N` places for leaves.
#[inline(always)]
fn add_leaves<T: Number, const W: usize, const N: usize>(
    bundle: &Bundle,
    leaves: &[T],
    found: &[Block<u8, W>; TOGETHER],
    sums: &mut Block<T, W>,
) {
    let [Some(first), Some(second), Some(third), Some(fourth)] = bundle
        .leaves
        .map(|begin| leaves[begin..].first_chunk::<N>())
    else {
        unreachable!("each tree of a bundle has all its places");
    };
    let [ids_first, ids_second, ids_third, ids_fourth] = found;
    for q in 0..8 {
        for w in 0..W {
            for b in 0..8 {
                let leaf =
                    |leaves: &[T; N], ids: &Block<u8, W>| leaves[usize::from(ids[q][w][b]) % N];
                let sum = sums[q][w][b] + leaf(first, ids_first) + leaf(second, ids_second);
                sums[q][w][b] = sum + leaf(third, ids_third) + leaf(fourth, ids_fourth);
            }
        }
    }
}
