//! The floor of families: a window of recent events forgets what attackers may go back to, so some older events of each family stay.

use std::collections::BTreeMap;

/// Returns the older members that join the recent ones, so that each family has `least` of them where there are as many: a family's latest older
/// members first. Both lists are in order of time; so is the result. Members without a family never join.
///
/// # Example
///
/// ```
/// use ringtrue_core::split::keep_families;
///
/// // Two old events of family 7, one of family 8, which is still about.
/// let family = |member: u32| [Some(7), Some(7), Some(8), None, Some(8)][member as usize];
/// assert_eq!(keep_families(family, &[3, 4], &[0, 1, 2], 1), [1]);
/// ```
#[must_use]
pub fn keep_families<F: Ord>(
    family: impl Fn(u32) -> Option<F>,
    recent: &[u32],
    older: &[u32],
    least: usize,
) -> Vec<u32> {
    let mut counts: BTreeMap<F, usize> = BTreeMap::new();
    for name in recent.iter().filter_map(|member| family(*member)) {
        *counts.entry(name).or_default() += 1;
    }
    let mut kept: Vec<u32> = Vec::new();
    for member in older.iter().rev() {
        let Some(name) = family(*member) else {
            continue;
        };
        let count = counts.entry(name).or_default();
        if *count < least {
            *count += 1;
            kept.push(*member);
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_family_has_as_many_as_there_are_up_to_the_floor(
            families in prop::collection::vec(prop::option::of(0_u8..5), 0..60),
            cut in 0.0_f64..=1.0,
            least in 0_usize..6,
        ) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short list")]
            let cut = (cut * families.len() as f64) as usize;
            let members: Vec<u32> = (0..).take(families.len()).collect();
            let (older, recent) = members.split_at(cut);
            let family = |member: u32| families[member as usize];
            let kept = keep_families(family, recent, older, least);
            prop_assert!(kept.is_sorted());
            for name in 0..5 {
                let of = |members: &[u32]| members.iter().filter(|it| family(**it) == Some(name)).count();
                let missing = least.saturating_sub(of(recent));
                prop_assert_eq!(of(&kept), missing.min(of(older)));
                // What stays is the latest.
                let first = kept.iter().find(|it| family(**it) == Some(name));
                let later = first.map_or(0, |first| of(&older[*first as usize..]));
                prop_assert_eq!(of(&kept), later);
            }
        }
    }
}
