//! What can be asked about: campaigns of near-copies, each with the one of them that stands for it.

use std::collections::BTreeMap;

use super::opinion::Opinions;
use super::pool::{Pool, Stand};

/// A campaign, as far as it is open.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// The event that stands for it.
    pub(super) position: u32,
    /// The others of which nothing is sure either, in order.
    pub(super) others: Vec<u32>,
    /// How probably malicious it is.
    pub(super) probability: f64,
    /// Its place among what is probably malicious.
    pub(super) order: f64,
    /// How probably its label is wrong.
    pub(super) suspicion: f64,
    /// How new it is.
    pub(super) novelty: f64,
    /// What the answer is worth: what the best that can be done without it costs on average.
    pub(super) worth: f64,
    /// Whether people disagree on it.
    pub(super) is_disputed: bool,
    /// Its entity.
    pub(super) entity: u32,
}

/// What is open.
pub(super) struct Open {
    /// The campaigns that somebody may be asked about, in order of their first event.
    pub(super) units: Vec<Unit>,
    /// How many others there are, at which somebody else is looking.
    pub(super) leased: usize,
}

/// Finds the campaigns with events that nobody is sure of.
pub(super) fn open(pool: &Pool<'_>, opinions: &Opinions<'_>, novelty: &[f64]) -> Open {
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (position, stand) in (0_u32..).zip(pool.stand) {
        if is_open(*stand) {
            // What people disagree on is decided event by event.
            let own = u32::MAX - position;
            let campaign = pool.events.campaign[position as usize];
            let key = if stand.disputed { own } else { campaign };
            members.entry(key).or_default().push(position);
        }
    }
    let is_leased = |members: &Vec<u32>| members.iter().any(|at| pool.stand[*at as usize].leased);
    let (leased, free): (Vec<_>, Vec<_>) = members.into_values().partition(is_leased);
    let mut units: Vec<Unit> = free
        .into_iter()
        .filter_map(|members| unit(pool, opinions, novelty, members))
        .collect();
    units.sort_by_key(|unit| unit.position);
    Open {
        units,
        leased: leased.len(),
    }
}

const fn is_open(stand: Stand) -> bool {
    !stand.answered && (!stand.confirmed || stand.disputed)
}

fn unit(
    pool: &Pool<'_>,
    opinions: &Opinions<'_>,
    novelty: &[f64],
    members: Vec<u32>,
) -> Option<Unit> {
    let strength = |at: &u32| {
        let at = *at as usize;
        (opinions.order[at], opinions.suspicion[at])
    };
    // The first of the strongest.
    let position = members.iter().copied().reduce(|best, next| {
        if strength(&next) > strength(&best) {
            next
        } else {
            best
        }
    })?;
    let at = position as usize;
    let probability = opinions.probability[at];
    let prices = pool.prices[at];
    let loss =
        (probability * prices.false_negative).min((1.0 - probability) * prices.false_positive);
    Some(Unit {
        position,
        probability,
        order: opinions.order[at],
        suspicion: opinions.suspicion[at],
        novelty: novelty[at],
        worth: if opinions.is_calibrated() {
            loss * members.len() as f64
        } else {
            0.0
        },
        is_disputed: pool.stand[at].disputed,
        entity: pool.events.entity[at],
        others: members.into_iter().filter(|it| *it != position).collect(),
    })
}

impl Unit {
    /// Returns how many events it stands for.
    pub(super) fn size(&self) -> usize {
        self.others.len() + 1
    }
}
