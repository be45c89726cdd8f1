//! What the others of a group are called: counts by label, the event itself left out.

use std::collections::BTreeMap;

/// Returns for each case how many others of its group are called benign, and malicious.
pub(super) fn others(groups: &[u32], called: &[bool]) -> Vec<[u32; 2]> {
    let mut totals: BTreeMap<u32, [u32; 2]> = BTreeMap::new();
    for (group, called) in groups.iter().zip(called) {
        totals.entry(*group).or_default()[usize::from(*called)] += 1;
    }
    let each = groups.iter().zip(called);
    each.map(|(group, called)| {
        let mut others = totals.get(group).copied().unwrap_or_default();
        let own = &mut others[usize::from(*called)];
        *own = own.saturating_sub(1);
        others
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_itself_is_left_out() {
        let found = others(&[7, 7, 7, 9], &[true, false, false, true]);
        assert_eq!(found, [[2, 0], [1, 1], [1, 1], [0, 0]]);
    }
}
