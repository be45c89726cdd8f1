//! Picking: each share takes its strongest, spread over origins, then the audit is drawn from what is left.

use std::collections::{BTreeMap, BTreeSet};

use ringtrue_core::Label;
use ringtrue_core::random::mix;
use ringtrue_core::task::QueueMix;
use ringtrue_model::train::Run;

use super::item::{History, Item, Queue, Why};
use super::mix::{in_turn, shared_out};
use super::novelty::novelty;
use super::opinion::Opinions;
use super::pool::{Pool, QueueError};
use super::spread::Spread;
use super::units::{Open, Unit, open};

/// Below this an event is not called probably malicious, whatever room the share has.
const LIKELY_MIN: f64 = 1e-6;
/// Who takes over what a share cannot use, first to last.
const HEIRS: [Why; 4] = [Why::Disputed, Why::Likely, Why::Uncertain, Why::Novel];

/// Returns what to look at next: at most `budget` items, shared out by `mix`.
///
/// Items of all shares take turns, so that who stops early has looked at the same mix. The same pool, seed and mix give the
/// same queue on any number of threads.
///
/// # Errors
///
/// [`QueueError::Length`] if lists differ in length, and those of training.
pub fn queue(
    pool: &Pool<'_>,
    mix: &QueueMix,
    budget: usize,
    run: &mut Run<'_>,
) -> Result<Queue, QueueError> {
    pool.check()?;
    let (called, certainty) = (pool.called(), pool.certainty());
    let opinions = Opinions::of(pool, &pool.suspects(&called, &certainty), run)?;
    let Open { units, leased } = open(pool, &opinions, &novelty(pool));
    let budget = budget.min(units.len());
    let lists = picked(&units, &Spread::of(pool), mix, budget, run.seed);
    let counts = [0, 1, 2, 3, 4, 5].map(|at: usize| lists[at].len());
    let left = units.len() - counts[..5].iter().sum::<usize>();
    let histories = Histories::of(pool);
    let item = |(why, at): (Why, usize)| {
        let unit = &units[at];
        let is_drawn = why == Why::Audit;
        Item {
            position: unit.position,
            why,
            others: unit.others.clone(),
            probability: opinions.is_calibrated().then_some(unit.probability),
            suspicion: unit.suspicion,
            novelty: unit.novelty,
            worth: unit.worth,
            propensity: if is_drawn {
                counts[5] as f64 / left.max(1) as f64
            } else {
                1.0
            },
            reasons: opinions.reasons(unit.position),
            history: histories.of_event(pool, unit.position),
        }
    };
    let lists = Why::ALL.into_iter().zip(lists);
    let lists = lists.map(|(why, list)| list.into_iter().map(|at| (why, at)).collect());
    Ok(Queue {
        items: in_turn(lists.collect()).into_iter().map(item).collect(),
        judge: opinions.judge,
        open: units.len(),
        leased,
        counts,
    })
}

/// Returns for each share the numbers of its units.
fn picked(
    units: &[Unit],
    spread: &Spread,
    mix: &QueueMix,
    budget: usize,
    seed: u64,
) -> Vec<Vec<usize>> {
    let room = shared_out(budget, mix.shares());
    let mut picking = Picking {
        units,
        spread,
        taken: BTreeSet::new(),
        lists: vec![Vec::new(); Why::ALL.len()],
    };
    // What is scarcest first.
    for why in [
        Why::Disputed,
        Why::Suspected,
        Why::Likely,
        Why::Uncertain,
        Why::Novel,
    ] {
        picking.take(why, room[why as usize]);
    }
    let audit = room[Why::Audit as usize];
    for heir in HEIRS {
        if mix.shares()[heir as usize] > 0.0 {
            let left = budget.saturating_sub(audit + picking.taken.len());
            picking.take(heir, left);
        }
    }
    let Picking {
        taken, mut lists, ..
    } = picking;
    let audit = budget.saturating_sub(taken.len());
    if mix.audit > 0.0 {
        lists[Why::Audit as usize] = drawn(units, audit, &taken, seed);
    }
    lists
}

/// What is picked so far.
struct Picking<'a> {
    units: &'a [Unit],
    spread: &'a Spread,
    taken: BTreeSet<usize>,
    /// The numbers of the units of each share.
    lists: Vec<Vec<usize>>,
}

impl Picking<'_> {
    /// Adds the strongest units of a share that are not taken, spread over origins where it is about events and not about labels;
    /// at most `room` more.
    fn take(&mut self, why: Why, room: usize) {
        let each = self.units.iter().enumerate();
        let mut strong: Vec<(f64, usize)> = each
            .filter(|(at, _)| !self.taken.contains(at))
            .filter_map(|(at, unit)| Some((strength(unit, why)?, at)))
            .collect();
        strong.sort_by(|one, two| two.0.total_cmp(&one.0).then(one.1.cmp(&two.1)));
        let mut order: Vec<usize> = strong.into_iter().map(|(_, at)| at).collect();
        if matches!(why, Why::Likely | Why::Uncertain | Why::Novel) {
            let listed = self.taken.iter().copied();
            order = self.spread.order(self.units, &order, listed);
        }
        order.truncate(room);
        self.taken.extend(&order);
        self.lists[why as usize].extend(order);
    }
}

/// Returns how strongly a unit belongs into a share; `None` if it does not. A dispute is told as one.
fn strength(unit: &Unit, why: Why) -> Option<f64> {
    if unit.is_disputed && why != Why::Disputed {
        return None;
    }
    let found = match why {
        Why::Likely => unit.order,
        Why::Uncertain => unit.worth,
        // Something new that comes often is worth more than something odd that came once.
        Why::Novel => unit.novelty * (1.0 + unit.size() as f64).ln(),
        Why::Suspected => unit.suspicion,
        Why::Disputed => f64::from(u8::from(unit.is_disputed)),
        Why::Audit => return None,
    };
    let least = if why == Why::Likely { LIKELY_MIN } else { 0.0 };
    (found > least).then_some(found)
}

/// Draws `count` of the units that are not taken, each with the same probability.
fn drawn(units: &[Unit], count: usize, taken: &BTreeSet<usize>, seed: u64) -> Vec<usize> {
    let mut left: Vec<usize> = (0..units.len()).filter(|at| !taken.contains(at)).collect();
    left.sort_by_cached_key(|at| (mix(mix(seed) ^ u64::from(units[*at].position)), *at));
    left.truncate(count);
    left
}

/// What is said of the events of each entity.
struct Histories(BTreeMap<u32, History>);

impl Histories {
    fn of(pool: &Pool<'_>) -> Self {
        let mut histories: BTreeMap<u32, History> = BTreeMap::new();
        for (entity, stand) in pool.events.entity.iter().zip(pool.stand) {
            *count(histories.entry(*entity).or_default(), stand.label) += 1;
        }
        Self(histories)
    }

    /// Returns what is said of the other events of an event's entity.
    fn of_event(&self, pool: &Pool<'_>, position: u32) -> History {
        let at = position as usize;
        let mut history = self
            .0
            .get(&pool.events.entity[at])
            .copied()
            .unwrap_or_default();
        let own = count(&mut history, pool.stand[at].label);
        *own = own.saturating_sub(1);
        history
    }
}

const fn count(history: &mut History, label: Option<Label>) -> &mut u32 {
    match label {
        Some(Label::Malicious) => &mut history.malicious,
        Some(Label::Benign) => &mut history.benign,
        Some(Label::Unsure) | None => &mut history.open,
    }
}
