//! The labelled events that are most like those of a queue.

use std::collections::BTreeMap;

use rayon::prelude::*;
use ringtrue_core::Label;

use super::pool::Pool;

/// A labelled event near another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Its position.
    pub position: u32,
    /// What it is called.
    pub label: Label,
    /// The share of what the tokens of both tell that they have in common, 0 to 1.
    pub likeness: f64,
}

/// Returns for each event of `asked` the nearest ones of either class that others labelled: at most `most` of each class, the
/// nearest first. Events are alike by the tokens that few events have (weighed Jaccard).
#[must_use]
pub fn nearest(pool: &Pool<'_>, asked: &[u32], most: usize) -> Vec<Vec<Neighbour>> {
    let mut found = vec![0_u32; 2_usize << pool.events.tokens.bits()];
    let mut scratch = Vec::new();
    for position in 0..pool.len() {
        for bucket in pool.events.tokens.get(position, &mut scratch) {
            found[*bucket as usize] += 1;
        }
    }
    let events = pool.len().max(1) as f64;
    let tells = |bucket: u32| (events / f64::from(found[bucket as usize].max(1))).ln();
    asked
        .par_iter()
        .map_init(Vec::new, |scratch, position| {
            let own: BTreeMap<u32, f64> = pool
                .events
                .tokens
                .get(*position as usize, scratch)
                .iter()
                .map(|bucket| (*bucket, tells(*bucket)))
                .collect();
            let of = |class| of_class(pool, (*position, &own), class, most, tells);
            let mut near = of(Label::Malicious);
            near.extend(of(Label::Benign));
            near.sort_by(|one, two| two.likeness.total_cmp(&one.likeness));
            near
        })
        .collect()
}

fn of_class(
    pool: &Pool<'_>,
    (position, own): (u32, &BTreeMap<u32, f64>),
    class: Label,
    most: usize,
    tells: impl Fn(u32) -> f64,
) -> Vec<Neighbour> {
    let all: f64 = own.values().sum();
    let mut near: Vec<Neighbour> = Vec::new();
    let mut scratch = Vec::new();
    let each = (0_u32..).zip(pool.stand);
    for (other, _) in each.filter(|(at, it)| it.label == Some(class) && *at != position) {
        let (mut common, mut theirs) = (0.0, 0.0);
        for bucket in pool.events.tokens.get(other as usize, &mut scratch) {
            if let Some(tells) = own.get(bucket) {
                common += tells;
                theirs += tells;
            } else {
                theirs += tells(*bucket);
            }
        }
        let union = all + theirs - common;
        let likeness = if union > 0.0 { common / union } else { 0.0 };
        if likeness <= 0.0 {
            continue;
        }
        let place = near.partition_point(|it| it.likeness >= likeness);
        if place < most {
            near.truncate(most - 1);
            let neighbour = Neighbour {
                position: other,
                label: class,
                likeness,
            };
            near.insert(place.min(near.len()), neighbour);
        }
    }
    near
}
