//! How unlike everything that has a label an event is.

use ringtrue_core::Label;

use super::pool::Pool;

/// Returns for each event the share of what its tokens tell (by their rareness) that stands in no labelled event: 0 to 1.
///
/// A token that only one event has tells of nothing that comes again, and is left out.
pub(super) fn novelty(pool: &Pool<'_>) -> Vec<f64> {
    let buckets = 2_usize << pool.events.tokens.bits();
    let (mut found, mut is_known) = (vec![0_u32; buckets], vec![false; buckets]);
    let mut scratch = Vec::new();
    for position in 0..pool.len() {
        let is_labelled = matches!(
            pool.stand[position].label,
            Some(Label::Benign | Label::Malicious)
        );
        for bucket in pool.events.tokens.get(position, &mut scratch) {
            found[*bucket as usize] += 1;
            is_known[*bucket as usize] |= is_labelled;
        }
    }
    let events = pool.len() as f64;
    let tells = |bucket: u32| match found[bucket as usize] {
        0 | 1 => 0.0,
        count => (events / f64::from(count)).ln().max(0.0),
    };
    (0..pool.len())
        .map(|position| {
            let (mut all, mut new) = (0.0, 0.0);
            for bucket in pool.events.tokens.get(position, &mut scratch) {
                let tells = tells(*bucket);
                all += tells;
                if !is_known[*bucket as usize] {
                    new += tells;
                }
            }
            if all > 0.0 { new / all } else { 0.0 }
        })
        .collect()
}
