//! Spreading looks over origins: what was looked at in vain waits for others.
//!
//! ```text
//!   a share, strongest first ──place times (1 + looks at the origin)²──► the order in which it is asked about
//! ```
//!
//! One known event makes all of an origin look like it: the pages of one site share most of their words, and without this a
//! day's looks go to them. Each benign answer, and each look that the list holds before, sends the rest of the origin further
//! back, and strength still decides between origins. Where people found a malicious event, the rest of its origin waits for nothing.

use std::collections::BTreeMap;

use ringtrue_core::Label;

use super::pool::Pool;
use super::units::Unit;

/// The power of the looks at an origin by which its others stand further back: 0 spreads nothing, and 2 came out ahead of that on seeds 100 to
/// 103 of `bench/peers/label_queue.py`.
const WAITING: f64 = 2.0;

/// What people found at each origin.
pub(super) struct Spread {
    /// Benign answers; `None` where there is a malicious one.
    looks: BTreeMap<u32, Option<u32>>,
}

impl Spread {
    pub(super) fn of(pool: &Pool<'_>) -> Self {
        let mut looks: BTreeMap<u32, Option<u32>> = BTreeMap::new();
        let each = pool.events.entity.iter().zip(pool.stand);
        for (entity, stand) in each.filter(|(_, stand)| stand.confirmed) {
            let looks = looks.entry(*entity).or_insert(Some(0));
            match stand.label {
                Some(Label::Malicious) => *looks = None,
                Some(Label::Benign) => *looks = looks.map(|looks| looks + 1),
                Some(Label::Unsure) | None => {}
            }
        }
        Self { looks }
    }

    /// Returns units that are given strongest first in the order in which they are asked about, if those of `listed` are asked about
    /// too.
    pub(super) fn order(
        &self,
        units: &[Unit],
        strongest: &[usize],
        listed: impl Iterator<Item = usize>,
    ) -> Vec<usize> {
        let mut before: BTreeMap<u32, u32> = BTreeMap::new();
        for at in listed {
            *before.entry(units[at].entity).or_default() += 1;
        }
        let mut placed: Vec<(f64, usize)> = Vec::with_capacity(strongest.len());
        for (place, at) in (1_u32..).zip(strongest) {
            let entity = units[*at].entity;
            let before = before.entry(entity).or_default();
            let looks = self.looks.get(&entity).copied().unwrap_or(Some(0));
            let waits = looks.map_or(0, |looks| looks + *before);
            *before += 1;
            let back = f64::from(place).ln() + WAITING * f64::from(1 + waits).ln();
            placed.push((back, *at));
        }
        placed.sort_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)));
        placed.into_iter().map(|(_, at)| at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(entity: u32) -> Unit {
        Unit {
            position: 0,
            others: Vec::new(),
            probability: 0.5,
            order: 0.5,
            suspicion: 0.0,
            novelty: 0.0,
            worth: 0.0,
            is_disputed: false,
            entity,
        }
    }

    fn order(looks: &[(u32, Option<u32>)], entities: &[u32], listed: &[usize]) -> Vec<usize> {
        let units: Vec<Unit> = entities.iter().map(|entity| unit(*entity)).collect();
        let spread = Spread {
            looks: looks.iter().copied().collect(),
        };
        let strongest: Vec<usize> = (0..units.len()).collect();
        spread.order(&units, &strongest, listed.iter().copied())
    }

    #[test]
    fn the_rest_of_an_origin_waits_for_others() {
        let entities = [7, 7, 7, 7, 1, 2];
        assert_eq!(order(&[], &entities, &[]), [0, 4, 5, 1, 2, 3]);
        // Three benign answers: its strongest counts like place 16, behind 5 and 6.
        let looked = order(&[(7, Some(3))], &entities, &[]);
        assert_eq!(looked, [4, 5, 0, 1, 2, 3]);
        assert_eq!(order(&[], &[7, 1, 7], &[0, 2]), [1, 0, 2]);
    }

    #[test]
    fn nothing_waits_where_a_malicious_event_is_known_or_every_origin_is_another() {
        let as_it_came = [0, 1, 2, 3];
        assert_eq!(order(&[(7, None)], &[7, 7, 7, 7], &[]), as_it_came);
        assert_eq!(order(&[], &[1, 2, 3, 4], &[]), as_it_came);
        assert_eq!(order(&[], &[7, 7, 7, 7], &[]), as_it_came);
    }
}
