//! The nearest labelled events: cosine of binary TF-IDF over token buckets, by what the others are called.
//!
//! ```text
//!   cases ──► idf of each bucket        references of a class ──► bucket ──► (reference, share of its length)
//!   a case's buckets ──► sums over the references ──► the three largest, itself left out
//! ```

use rayon::prelude::*;

use super::suspects::Cases;

/// Events called benign and malicious that cases are compared with, at most.
const REFERENCES_MAX: [usize; 2] = [1_500, 3_000];
/// A bucket in more than this share of the events tells nothing, and is dear to look up.
const SHARE_MAX: f64 = 0.02;
/// Among few events a bucket may be in this many.
const EVENTS_MAX: f64 = 10.0;
/// What the nearest three count for.
const NEAREST: [f32; 3] = [0.5, 0.3, 0.2];
const PURPOSE: u64 = 3;

/// The references of both classes.
pub(super) struct Neighbours {
    idf: Vec<f32>,
    classes: [References; 2],
}

/// Events of one class, by bucket.
struct References {
    /// The cases, ascending.
    cases: Vec<u32>,
    /// For each bucket where its entries begin.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Default)]
struct Entry {
    reference: u32,
    share: f32,
}

/// Room to look in, for one case after another.
#[derive(Default)]
struct Room {
    scratch: Vec<u32>,
    sums: Vec<f32>,
}

impl Neighbours {
    pub(super) fn of(cases: &Cases<'_>) -> Self {
        let idf = idf(cases);
        let classes = [false, true].map(|called| References::of(cases, &idf, called));
        Self { idf, classes }
    }

    /// Returns how like each case is to the nearest events called benign and malicious: 0 to 1.
    pub(super) fn alike(&self, cases: &Cases<'_>) -> Vec<[f64; 2]> {
        let all: Vec<u32> = (0_u32..).take(cases.len()).collect();
        all.par_iter()
            .map_init(Room::default, |room, case| {
                [0, 1].map(|class| self.like(cases, *case, class, room))
            })
            .collect()
    }

    fn like(&self, cases: &Cases<'_>, case: u32, class: usize, room: &mut Room) -> f64 {
        let references = &self.classes[class];
        room.sums.clear();
        room.sums.resize(references.cases.len(), 0.0);
        let buckets = cases.buckets(case, &mut room.scratch);
        for bucket in buckets {
            let idf = self.idf[*bucket as usize];
            for entry in references.entries(*bucket) {
                room.sums[entry.reference as usize] += idf * entry.share;
            }
        }
        if let Ok(own) = references.cases.binary_search(&case) {
            room.sums[own] = 0.0;
        }
        let length = length(&self.idf, buckets);
        let nearest = largest(&room.sums);
        let mean: f32 = NEAREST.iter().zip(nearest).map(|(a, b)| a * b).sum();
        f64::from(mean / length).min(1.0)
    }
}

impl References {
    fn of(cases: &Cases<'_>, idf: &[f32], called: bool) -> Self {
        let all = (0_u32..).zip(&cases.called);
        let of_class = all.filter(|(_, it)| **it == called).map(|(case, _)| case);
        let class = usize::from(called);
        let chosen = cases.draw(of_class.collect(), REFERENCES_MAX[class], PURPOSE);
        let mut starts = vec![0_u32; idf.len() + 1];
        let mut scratch = Vec::new();
        for case in &chosen {
            for bucket in told(cases.buckets(*case, &mut scratch), idf) {
                starts[bucket + 1] += 1;
            }
        }
        for bucket in 0..idf.len() {
            starts[bucket + 1] += starts[bucket];
        }
        let mut next = starts.clone();
        let total = starts.last().copied().unwrap_or(0);
        let mut entries = vec![Entry::default(); total as usize];
        for (reference, case) in (0_u32..).zip(&chosen) {
            let buckets = cases.buckets(*case, &mut scratch);
            let length = length(idf, buckets);
            for bucket in told(buckets, idf) {
                let share = idf[bucket] / length;
                entries[next[bucket] as usize] = Entry { reference, share };
                next[bucket] += 1;
            }
        }
        Self {
            cases: chosen,
            starts,
            entries,
        }
    }

    fn entries(&self, bucket: u32) -> &[Entry] {
        let bucket = bucket as usize;
        &self.entries[self.starts[bucket] as usize..self.starts[bucket + 1] as usize]
    }
}

/// Returns the weight of each bucket: the logarithm of how rare it is, 0 for those that tell nothing.
#[expect(
    clippy::cast_possible_truncation,
    reason = "likenesses need no more than f32"
)]
fn idf(cases: &Cases<'_>) -> Vec<f32> {
    let mut found = vec![0_u32; 2_usize << cases.of.events.tokens.bits()];
    let mut scratch = Vec::new();
    for case in (0_u32..).take(cases.len()) {
        for bucket in cases.buckets(case, &mut scratch) {
            found[*bucket as usize] += 1;
        }
    }
    let events = cases.len() as f64;
    let most = (events * SHARE_MAX).max(EVENTS_MAX);
    let weight = |count: u32| {
        let tells = count >= 2 && f64::from(count) < most;
        if tells {
            (events / f64::from(count)).ln().max(0.0) as f32
        } else {
            0.0
        }
    };
    found.into_iter().map(weight).collect()
}

/// Returns those of an event's buckets that tell something.
fn told<'a>(buckets: &'a [u32], idf: &'a [f32]) -> impl Iterator<Item = usize> + 'a {
    let buckets = buckets.iter().map(|bucket| *bucket as usize);
    buckets.filter(|bucket| idf[*bucket] > 0.0)
}

/// Returns the length of an event's vector, kept from 0.
fn length(idf: &[f32], buckets: &[u32]) -> f32 {
    let squares: f32 = told(buckets, idf).map(|it| idf[it] * idf[it]).sum();
    squares.sqrt() + 1e-6
}

/// Returns the three largest numbers, 0 where there are fewer.
fn largest(sums: &[f32]) -> [f32; 3] {
    let mut found = [0.0_f32; 3];
    for sum in sums {
        if *sum > found[2] {
            found[2] = *sum;
            if found[2] > found[1] {
                found.swap(1, 2);
            }
            if found[1] > found[0] {
                found.swap(0, 1);
            }
        }
    }
    found
}
