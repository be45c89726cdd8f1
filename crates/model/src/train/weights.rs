//! How much each example counts, and in which order an online model sees them.

use std::collections::BTreeMap;

use crate::examples::Examples;

/// Returns a weight per member of `members`: its own weight, times its entity's number of examples
/// to the power of `-entity_damping`, scaled so that the malicious members weigh 1 on average and the
/// benign ones weigh `benign_balance` times as much in total.
///
/// A campaign of a thousand near-copies then counts like a few dozen separate events, and the mix of
/// classes in a file, which says how it was collected and not how the traffic is, drops out.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "weights need no more than f32"
)]
pub fn weights(
    examples: &Examples<'_>,
    members: &[u32],
    entity_damping: f64,
    benign_balance: f64,
) -> Vec<f32> {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for member in members {
        *counts.entry(examples.entity[*member as usize]).or_default() += 1;
    }
    let raw: Vec<f64> = members
        .iter()
        .map(|member| {
            let count = counts
                .get(&examples.entity[*member as usize])
                .copied()
                .unwrap_or(1);
            f64::from(examples.weight[*member as usize]) * f64::from(count).powf(-entity_damping)
        })
        .collect();
    let mut sums = [0.0_f64; 2];
    let mut numbers = [0.0_f64; 2];
    for (member, weight) in members.iter().zip(&raw) {
        let class = usize::from(examples.malicious[*member as usize]);
        sums[class] += weight;
        numbers[class] += 1.0;
    }
    let scales = [benign_balance * numbers[1] / sums[0], numbers[1] / sums[1]];
    members
        .iter()
        .zip(raw)
        .map(|(member, weight)| {
            (weight * scales[usize::from(examples.malicious[*member as usize])]) as f32
        })
        .collect()
}

/// Returns the positions of `members` in the order in which an online model sees them: each class in
/// its own time order, merged so that both run out together. A file whose classes were collected at
/// different times would otherwise end on thousands of one class.
#[must_use]
pub fn interleave(examples: &Examples<'_>, members: &[u32]) -> Vec<u32> {
    let mut totals = [0_u64; 2];
    let class = |member: &u32| usize::from(examples.malicious[*member as usize]);
    for member in members {
        totals[class(member)] += 1;
    }
    let mut seen = [0_u64; 2];
    let mut keyed: Vec<(u64, u32)> = (0_u32..)
        .zip(members)
        .map(|(position, member)| {
            let class = class(member);
            seen[class] += 1;
            // The quantile within its class, (k - 1/2) / n, as a 64-bit fraction.
            let twice = u128::from(2 * seen[class] - 1);
            let quantile = (twice << 62) / u128::from(totals[class].max(1));
            (u64::try_from(quantile).unwrap_or(u64::MAX), position)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, position)| position).collect()
}
