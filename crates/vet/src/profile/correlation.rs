//! Pearson's correlation of every two columns of numbers, in one pass.
//!
//! Each pair is computed over the events in which both numbers stand (pairwise complete). Within a block, sums are of differences from the block's first
//! number, so that numbers which are large and alike keep their digits; blocks and profiles are put together by means and spreads.
//!
//! # Source
//!
//! Chan and others, "Algorithms for computing the sample variance", The American Statistician 37(3), 1983, for both.

use serde::{Deserialize, Serialize};

/// Figures of one column beside another: `of[i][j]` is over the events in which both `i` and `j` stand.
type Table = Vec<Vec<f64>>;

/// What is known so far; columns are numbered in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct CoMoments {
    /// For each column its first number, from which means are measured: so that those of large numbers that are alike keep their digits.
    origin: Vec<f64>,
    /// Events in which both stand.
    count: Table,
    /// Means of the first column, less its origin.
    mean: Table,
    /// Sums of the first column's squared differences from that mean.
    squares: Table,
    /// Sums of the products of both columns' differences from their means.
    product: Table,
}

/// The numbers of a column in a block of events, NaN where none stands; some stand.
pub(super) struct Strip<'a> {
    /// The column's number here.
    pub(super) slot: usize,
    /// One number for each event.
    pub(super) numbers: &'a [f64],
}

/// A column's part of a block: differences from its first number, 0 where none stands.
struct Shifted {
    slot: usize,
    shift: f64,
    differences: Vec<f64>,
    missing: Vec<usize>,
    sums: Sums,
}

/// Sums of a column's differences.
#[derive(Clone, Copy)]
struct Sums {
    count: f64,
    sum: f64,
    square: f64,
}

/// What is known of two columns over the events in which both stand: means and squares of the left and of the right one.
struct Pair {
    slots: [usize; 2],
    count: f64,
    means: [f64; 2],
    squares: [f64; 2],
    product: f64,
}

/// Events whose numbers fit the nearest cache together.
const ROWS: usize = 128;

/// What is left of squares after subtracting the mean's, relative to them, that may be rounding.
const ROUNDING: f64 = 1e-12;

/// The spread of a column, relative to its largest number, that may be rounding.
const SPREAD_MIN: f64 = 4e-15;

impl CoMoments {
    /// Returns the number of columns.
    pub(super) const fn len(&self) -> usize {
        self.count.len()
    }

    /// Takes in a new column, and returns its number.
    pub(super) fn add(&mut self) -> usize {
        let slot = self.len();
        self.origin.push(0.0);
        for table in [
            &mut self.count,
            &mut self.mean,
            &mut self.squares,
            &mut self.product,
        ] {
            for row in &mut *table {
                row.push(0.0);
            }
            table.push(vec![0.0; slot + 1]);
        }
        slot
    }

    /// Takes in a block of events.
    pub(super) fn observe(&mut self, strips: &[Strip<'_>]) {
        let shifted: Vec<Shifted> = strips.iter().map(Shifted::of).collect();
        for column in &shifted {
            self.begin(column.slot, column.shift);
        }
        for (place, left) in shifted.iter().enumerate() {
            let products = products(left, &shifted[place..]);
            for (right, product) in shifted[place..].iter().zip(products) {
                let origins = [self.origin[left.slot], self.origin[right.slot]];
                self.take(&Pair::of(left, right, product, origins));
            }
        }
    }

    /// Measures the means of a column without numbers so far from `number` on.
    fn begin(&mut self, slot: usize, number: f64) {
        if self.count[slot][slot] <= 0.0 {
            self.origin[slot] = number;
        }
    }

    fn take(&mut self, pair: &Pair) {
        if pair.count <= 0.0 {
            return;
        }
        let [left, right] = pair.slots;
        let before = self.count[left][right];
        let share = pair.count / (before + pair.count);
        let apart = [
            pair.means[0] - self.mean[left][right],
            pair.means[1] - self.mean[right][left],
        ];
        let weight = before * share;
        let product = pair.product + apart[0] * apart[1] * weight;
        let sides = [
            (left, right, apart[0], pair.squares[0]),
            (right, left, apart[1], pair.squares[1]),
        ];
        let count = if left == right { 1 } else { 2 };
        for (of, beside, apart, squares) in sides.into_iter().take(count) {
            self.count[of][beside] += pair.count;
            self.mean[of][beside] += apart * share;
            self.squares[of][beside] += squares + apart * apart * weight;
            self.product[of][beside] += product;
        }
    }

    /// Returns the correlation of two columns, and the events that it rests on: `None` of fewer than 3, or if one is constant as far as rounding
    /// can tell. `sizes` are the columns' largest numbers, whatever their sign.
    pub(super) fn pearson(&self, slots: [usize; 2], sizes: [f64; 2]) -> Option<(f64, u64)> {
        let [left, right] = slots;
        let count = *self.count.get(left)?.get(right)?;
        if count < 3.0 {
            return None;
        }
        let deviation = |of: usize, beside: usize, size: f64| {
            let squares = self.squares[of][beside];
            let rounding = size * SPREAD_MIN;
            (squares > count * rounding * rounding).then(|| squares.sqrt())
        };
        let of_left = deviation(left, right, sizes[0])?;
        let of_right = deviation(right, left, sizes[1])?;
        let correlation = self.product[left][right] / of_left / of_right;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number that was counted"
        )]
        let events = count as u64;
        correlation
            .is_finite()
            .then(|| (correlation.clamp(-1.0, 1.0), events))
    }

    /// Takes in what is known of other events; `slots` says which of these columns each of theirs is, `None` if it is left out.
    pub(super) fn merge(&mut self, other: &Self, slots: &[Option<usize>]) {
        let pairs = slots.iter().enumerate();
        let pairs = pairs.filter_map(|(theirs, mine)| Some((theirs, (*mine)?)));
        let pairs: Vec<(usize, usize)> = pairs.collect();
        for (theirs, mine) in &pairs {
            self.begin(*mine, other.origin[*theirs]);
        }
        for (place, (left, to_left)) in pairs.iter().enumerate() {
            for (right, to_right) in &pairs[place..] {
                let apart = |theirs: usize, mine: usize| other.origin[theirs] - self.origin[mine];
                let apart = [apart(*left, *to_left), apart(*right, *to_right)];
                self.take(&Pair {
                    slots: [*to_left, *to_right],
                    count: other.count[*left][*right],
                    means: [
                        other.mean[*left][*right] + apart[0],
                        other.mean[*right][*left] + apart[1],
                    ],
                    squares: [other.squares[*left][*right], other.squares[*right][*left]],
                    product: other.product[*left][*right],
                });
            }
        }
    }

    /// Returns whether it is as it can be.
    pub(super) fn is_sound(&self) -> bool {
        let size = self.len();
        let is_square = |table: &Table| {
            let finite = table.iter().flatten().all(|figure| figure.is_finite());
            finite && table.len() == size && table.iter().all(|row| row.len() == size)
        };
        let tables = [&self.count, &self.mean, &self.squares, &self.product];
        let origins = self.origin.iter().all(|number| number.is_finite());
        origins && self.origin.len() == size && tables.into_iter().all(is_square)
    }
}

impl Shifted {
    fn of(strip: &Strip<'_>) -> Self {
        let first = strip.numbers.iter().find(|number| !number.is_nan());
        let shift = first.copied().unwrap_or(0.0);
        let mut missing = Vec::new();
        let mut differences = Vec::with_capacity(strip.numbers.len());
        for number in strip.numbers {
            let is_missing = number.is_nan();
            if is_missing {
                missing.push(differences.len());
            }
            differences.push(if is_missing { 0.0 } else { number - shift });
        }
        Self {
            slot: strip.slot,
            shift,
            sums: Sums {
                count: (differences.len() - missing.len()) as f64,
                sum: differences.iter().sum(),
                square: differences.iter().map(|it| it * it).sum(),
            },
            differences,
            missing,
        }
    }

    /// Returns the sums over the events in which `other` stands too: those of all but for the events without `other`.
    fn beside(&self, other: &Self) -> Sums {
        let mut sums = self.sums;
        if other.missing.is_empty() {
            return sums;
        }
        for row in &other.missing {
            let difference = self.differences[*row];
            sums.sum -= difference;
            sums.square -= difference * difference;
        }
        sums.count -= other.missing.len() as f64 - common(&self.missing, &other.missing);
        sums
    }
}

impl Sums {
    /// Returns the sum of the squared differences from the mean, 0 if that may be rounding.
    fn spread(self) -> f64 {
        let spread = self.square - self.sum * self.sum / self.count;
        if spread > self.square * ROUNDING {
            spread
        } else {
            0.0
        }
    }
}

impl Pair {
    fn of(left: &Shifted, right: &Shifted, product: f64, origins: [f64; 2]) -> Self {
        let (of_left, of_right) = (left.beside(right), right.beside(left));
        let count = of_left.count;
        let squares = [of_left.spread(), of_right.spread()];
        let varies = squares.iter().all(|square| *square > 0.0);
        let product = product - of_left.sum * of_right.sum / count;
        Self {
            slots: [left.slot, right.slot],
            count,
            means: [
                left.shift - origins[0] + of_left.sum / count,
                right.shift - origins[1] + of_right.sum / count,
            ],
            squares,
            product: if varies { product } else { 0.0 },
        }
    }
}

/// Returns how many of two ascending lists' members are in both.
fn common(left: &[usize], right: &[usize]) -> f64 {
    let (mut right, mut both) = (right.iter().peekable(), 0.0);
    for row in left {
        while right.next_if(|other| *other < row).is_some() {}
        both += f64::from(u8::from(right.peek() == Some(&row)));
    }
    both
}

/// Returns the sums of the products of `left` with each of `right`.
fn products(left: &Shifted, right: &[Shifted]) -> Vec<f64> {
    let mut products = vec![0.0; right.len()];
    for from in (0..left.differences.len()).step_by(ROWS) {
        let rows = from..(from + ROWS).min(left.differences.len());
        let factors = &left.differences[rows.clone()];
        let (fours, rest) = right.as_chunks::<4>();
        let (to_fours, to_rest) = products.as_chunks_mut::<4>();
        for (four, to) in fours.iter().zip(to_fours) {
            let strips = [0, 1, 2, 3].map(|place: usize| &four[place].differences[rows.clone()]);
            for (to, product) in to.iter_mut().zip(dot_of_four(factors, strips)) {
                *to += product;
            }
        }
        for (one, to) in rest.iter().zip(to_rest) {
            let strip = &one.differences[rows.clone()];
            let [product, ..] = dot_of_four(factors, [strip; 4]);
            *to += product;
        }
    }
    products
}

/// Returns the sums of products of one run of numbers with four others: each number is read once for four sums.
fn dot_of_four(factors: &[f64], strips: [&[f64]; 4]) -> [f64; 4] {
    const LANES: usize = 4;
    let mut sums = [[0.0; LANES]; 4];
    let (chunks, rest) = factors.as_chunks::<LANES>();
    let others = strips.map(|strip| strip.as_chunks::<LANES>().0);
    let [first, second, third, fourth] = others;
    let zipped = chunks.iter().zip(first).zip(second).zip(third).zip(fourth);
    for ((((factor, first), second), third), fourth) in zipped {
        for (sums, other) in sums.iter_mut().zip([first, second, third, fourth]) {
            for ((sum, factor), other) in sums.iter_mut().zip(factor).zip(other) {
                *sum += factor * other;
            }
        }
    }
    let done = factors.len() - rest.len();
    let mut totals = sums.map(|lanes| lanes.iter().sum::<f64>());
    for (total, strip) in totals.iter_mut().zip(strips) {
        *total += rest
            .iter()
            .zip(&strip[done..])
            .map(|(left, right)| left * right)
            .sum::<f64>();
    }
    totals
}
