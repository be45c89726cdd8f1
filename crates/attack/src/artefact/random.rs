//! Draws that several attacks make.

use ringtrue_core::random::Random;

/// Returns one of `choices`, each as likely as any other, without holding them.
pub(super) fn one_of<T>(choices: impl IntoIterator<Item = T>, random: &mut Random) -> Option<T> {
    let mut kept = None;
    for (count, choice) in (1_u64..).zip(choices) {
        if random.below(count) == 0 {
            kept = Some(choice);
        }
    }
    kept
}

/// Returns a number from `low` to `high`, both possible.
pub(super) fn between(low: usize, high: usize, random: &mut Random) -> usize {
    let width = high.saturating_sub(low).saturating_add(1) as u64;
    low + usize::try_from(random.below(width)).unwrap_or(0)
}

/// Puts `items` into any order.
pub(super) fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for last in (1..items.len()).rev() {
        items.swap(last, between(0, last, random));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_reach_every_choice_and_no_other() {
        let mut random = Random::new(3);
        let mut seen = [0_u32; 4];
        for _ in 0..4_000 {
            seen[one_of(0..4_usize, &mut random).unwrap()] += 1;
        }
        assert!(seen.iter().all(|times| (800..1_200).contains(times)));
        assert_eq!(one_of(0..0, &mut random), None);
        assert!((0..100).all(|_| (2..=4).contains(&between(2, 4, &mut random))));
        let mut items: Vec<u32> = (0..20).collect();
        shuffle(&mut items, &mut random);
        assert!(!items.is_sorted());
        items.sort_unstable();
        assert!(items.into_iter().eq(0..20));
    }
}
