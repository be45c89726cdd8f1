//! Quantiles of a stream of numbers in a few kilobytes.
//!
//! Numbers come in at the lowest level; a full level is sorted, and every second of its numbers goes up to the next, where it counts twice.
//! Once there are many levels, the lowest is given up and one number of each run of 2, 4, ... is drawn at random instead.
//!
//! # Source
//!
//! Karnin, Lang and Liberty, "Optimal quantile approximation in streams", FOCS 2016. The draws come from a fixed seed.

use ringtrue_core::random::mix;
use serde::{Deserialize, Serialize};

/// Numbers of the highest level.
const WIDTH: usize = 256;
/// Numbers of the lowest levels.
const WIDTH_MIN: usize = 8;
/// Numbers that come in before the lowest level is sorted.
const INTAKE: usize = 256;
/// Levels before the lowest is given up.
const LEVELS_MAX: usize = 9;
/// Levels that a stream can come to: more would count numbers twice 2^60 times.
const LIFTED_MAX: u32 = 50;

/// By how much the share of numbers below a quantile may differ from the stated one, in 99 of 100 sketches.
pub const RANK_ERROR: f64 = 0.014;

/// What is known of some numbers' order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Quantiles {
    levels: Vec<Vec<f64>>,
    /// A number of level `l` counts `2^(l + lifted)` times.
    lifted: u32,
    /// Draws so far.
    draws: u64,
    /// Numbers left of the current run, and how many of them come before the one that is drawn.
    #[serde(skip)]
    run: (usize, usize),
}

impl Quantiles {
    /// Takes in numbers, none of them NaN.
    pub(super) fn observe(&mut self, numbers: &[f64]) {
        let mut numbers = numbers;
        while !numbers.is_empty() {
            numbers = if self.lifted == 0 {
                let room = INTAKE.saturating_sub(self.lowest().len()).max(1);
                let (now, later) = numbers.split_at(room.min(numbers.len()));
                self.lowest().extend_from_slice(now);
                later
            } else {
                self.draw_from(numbers)
            };
            if self.lowest().len() >= INTAKE {
                self.compact();
            }
        }
    }

    fn lowest(&mut self) -> &mut Vec<f64> {
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        &mut self.levels[0]
    }

    /// Draws one number of each run, up to where the lowest level is full; returns what is left.
    fn draw_from<'n>(&mut self, numbers: &'n [f64]) -> &'n [f64] {
        let length = 1_usize << self.lifted;
        let mut at = 0;
        while at < numbers.len() && self.lowest().len() < INTAKE {
            if self.run.0 == 0 {
                let drawn = usize::try_from(self.coin()).unwrap_or(0) & (length - 1);
                self.run = (length, drawn);
            }
            let (left, before) = self.run;
            let take = left.min(numbers.len() - at);
            self.run.0 = left - take;
            if before < take {
                let number = numbers[at + before];
                self.lowest().push(number);
                self.run.1 = usize::MAX;
            } else if before < usize::MAX {
                self.run.1 = before - take;
            }
            at += take;
        }
        &numbers[at..]
    }

    fn coin(&mut self) -> u64 {
        self.draws += 1;
        mix(self.draws.wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> 32
    }

    /// Levels hold fewer numbers the lower they are, since an error there counts less.
    fn width(&self, level: usize) -> usize {
        let below = (self.levels.len() - 1).saturating_sub(level);
        let below = i32::try_from(below).unwrap_or(i32::MAX);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most WIDTH, and positive"
        )]
        let width = (WIDTH as f64 * (2.0_f64 / 3.0).powi(below)).ceil() as usize;
        width.max(WIDTH_MIN)
    }

    /// Sends numbers up from every level that is full.
    fn compact(&mut self) {
        let mut level = 0;
        while level < self.levels.len() {
            let width = if level == 0 {
                INTAKE
            } else {
                self.width(level)
            };
            if self.levels[level].len() >= width {
                self.send_up(level);
            }
            level += 1;
        }
        while self.levels.len() > LEVELS_MAX && self.lifted < LIFTED_MAX {
            self.lift();
        }
    }

    /// Sends every second number of a level up; one that has no partner stays.
    fn send_up(&mut self, level: usize) {
        if level + 1 == self.levels.len() {
            self.levels.push(Vec::new());
        }
        let first = usize::try_from(self.coin() & 1).unwrap_or(0);
        let mut numbers = std::mem::take(&mut self.levels[level]);
        let single = (numbers.len() % 2 == 1).then(|| numbers.pop()).flatten();
        numbers.sort_unstable_by(f64::total_cmp);
        self.levels[level + 1].extend(numbers.iter().skip(first).step_by(2));
        if level > 0 {
            // What came up in one go is not held for long: a few numbers keep no large room.
            numbers = Vec::new();
        }
        numbers.clear();
        numbers.extend(single);
        self.levels[level] = numbers;
    }

    /// Gives the lowest level up.
    fn lift(&mut self) {
        if self.levels.len() < 2 {
            self.levels.push(Vec::new());
        }
        self.send_up(0);
        let lowest = self.levels.remove(0);
        // Its last number counts half of one above: it goes up or not, as likely.
        if let Some(single) = lowest.first().filter(|_| self.coin() & 1 == 0) {
            self.levels[0].push(*single);
        }
        self.lifted += 1;
        self.run = (0, 0);
    }

    /// Takes in what is known of other numbers.
    pub(super) fn merge(&mut self, other: &Self) {
        if other.levels.is_empty() {
            return;
        }
        if self.levels.is_empty() {
            *self = other.clone();
            return;
        }
        let mut other = other.clone();
        while other.lifted < self.lifted {
            other.lift();
        }
        while self.lifted < other.lifted {
            self.lift();
        }
        self.draws = self.draws.wrapping_add(other.draws);
        if self.levels.len() < other.levels.len() {
            self.levels.resize(other.levels.len(), Vec::new());
        }
        for (mine, theirs) in self.levels.iter_mut().zip(&other.levels) {
            mine.extend_from_slice(theirs);
        }
        self.compact();
    }

    /// Returns the numbers in order, ready to be asked.
    pub(super) fn sorted(&self) -> Sorted {
        let mut weighed: Vec<(f64, f64)> = Vec::new();
        let mut weight = 2.0_f64.powi(i32::try_from(self.lifted).unwrap_or(0));
        for level in &self.levels {
            weighed.extend(level.iter().map(|number| (*number, weight)));
            weight *= 2.0;
        }
        weighed.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
        let mut below = 0.0;
        for (_, weight) in &mut weighed {
            below += *weight;
            *weight = below;
        }
        Sorted(weighed)
    }

    /// Returns whether it is as a sketch can be.
    pub(super) fn is_sound(&self) -> bool {
        let numbers = self.levels.iter().flatten();
        self.levels.len() <= LEVELS_MAX + 2
            && self.lifted <= LIFTED_MAX
            && self.levels.iter().all(|level| level.len() <= 4 * WIDTH)
            && numbers.into_iter().all(|number| number.is_finite())
    }
}

/// Numbers in order, each with the weight of those up to it.
#[derive(Clone, Debug)]
pub(super) struct Sorted(Vec<(f64, f64)>);

impl Sorted {
    /// Returns the number below which about `share` of the numbers lie; `None` without numbers.
    pub(super) fn quantile(&self, share: f64) -> Option<f64> {
        let (_, all) = self.0.last()?;
        let wanted = share * all;
        let at = self.0.partition_point(|(_, up_to)| *up_to < wanted);
        self.0
            .get(at.min(self.0.len() - 1))
            .map(|(number, _)| *number)
    }

    /// Returns about what share of the numbers is at most `number`; 0 without numbers.
    pub(super) fn share_up_to(&self, number: f64) -> f64 {
        let at = self.0.partition_point(|(other, _)| *other <= number);
        let up_to = at.checked_sub(1).and_then(|at| self.0.get(at));
        match (up_to, self.0.last()) {
            (Some((_, up_to)), Some((_, all))) => up_to / all,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_core::random::Random;

    use super::*;

    /// Checks the rank of every twentieth against the truth.
    fn check(numbers: &[f64], sketch: &Quantiles) {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let asked = sketch.sorted();
        for share in (1..20).map(|step| f64::from(step) / 20.0) {
            let found = asked.quantile(share).unwrap();
            let low = sorted.partition_point(|number| *number < found) as f64 / sorted.len() as f64;
            let high =
                sorted.partition_point(|number| *number <= found) as f64 / sorted.len() as f64;
            assert!(
                low - RANK_ERROR <= share && share <= high + RANK_ERROR,
                "{share}: {low} to {high} of {}",
                numbers.len()
            );
            let told = asked.share_up_to(found);
            assert!((told - high).abs() <= 2.0 * RANK_ERROR, "{told} for {high}");
        }
        let bytes: usize = sketch.levels.iter().map(|level| level.capacity() * 8).sum();
        assert!(bytes < 24 << 10, "{bytes}");
        assert!(sketch.is_sound());
    }

    fn streams() -> impl Iterator<Item = Vec<f64>> {
        let sizes = [1_000_u32, 30_000, 700_000];
        sizes.into_iter().flat_map(|size| {
            let mut random = Random::new(u64::from(size));
            let drawn = (0..size).map(|_| random.exponential(1.0)).collect();
            let ascending = (0..size).map(f64::from).collect();
            let few = (0..size).map(|step| f64::from(step % 7)).collect();
            [drawn, ascending, few]
        })
    }

    #[test]
    fn ranks_are_within_the_stated_error() {
        for numbers in streams() {
            let mut sketch = Quantiles::default();
            for run in numbers.chunks(1024) {
                sketch.observe(run);
            }
            check(&numbers, &sketch);
        }
    }

    #[test]
    fn merged_sketches_are_within_the_stated_error() {
        for numbers in streams() {
            let mut sketch = Quantiles::default();
            // Parts of very different size, so that their levels differ.
            let (small, large) = numbers.split_at(numbers.len() / 50);
            for part in [small, large].into_iter().chain([&[][..]]) {
                let mut other = Quantiles::default();
                for run in part.chunks(77) {
                    other.observe(run);
                }
                sketch.merge(&other);
            }
            check(&numbers, &sketch);
        }
    }

    #[test]
    fn few_numbers_are_kept_as_they_are() {
        let mut sketch = Quantiles::default();
        assert_eq!(sketch.sorted().quantile(0.5), None);
        sketch.observe(&[3.0, 1.0, 2.0]);
        let found = [0.0, 0.5, 1.0].map(|share| sketch.sorted().quantile(share));
        assert_eq!(found, [Some(1.0), Some(2.0), Some(3.0)]);
    }
}
