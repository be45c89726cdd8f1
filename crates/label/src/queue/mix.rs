//! How a budget is shared out, and in which order the shares take turns.

/// Returns whole numbers in the proportion of `shares` that sum to `budget`: largest remainders get what is left, earlier ones
/// first. All 0 if no share is above 0.
pub(super) fn shared_out<const N: usize>(budget: usize, shares: [f64; N]) -> [usize; N] {
    let total: f64 = shares.iter().sum();
    if total <= 0.0 {
        return [0; N];
    }
    let exact = shares.map(|share| budget as f64 * share / total);
    let mut whole = exact.map(floor);
    let mut order: Vec<usize> = (0..N).filter(|at| shares[*at] > 0.0).collect();
    order.sort_by(|one, two| {
        let rest = |at: usize| exact[at] - whole[at] as f64;
        rest(*two).total_cmp(&rest(*one)).then(one.cmp(two))
    });
    let mut left = budget.saturating_sub(whole.iter().sum());
    for at in order.iter().cycle() {
        if left == 0 {
            break;
        }
        whole[*at] += 1;
        left -= 1;
    }
    whole
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a budget that fits"
)]
const fn floor(number: f64) -> usize {
    number as usize
}

/// Lets lists take turns, so that each beginning of the result holds about the same part of every list.
pub(super) fn in_turn<T>(lists: Vec<Vec<T>>) -> Vec<T> {
    let mut placed: Vec<(f64, usize, T)> = Vec::new();
    for (number, list) in lists.into_iter().enumerate() {
        let count = list.len().max(1) as f64;
        for (at, it) in list.into_iter().enumerate() {
            placed.push(((at as f64 + 0.5) / count, number, it));
        }
    }
    placed.sort_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)));
    placed.into_iter().map(|(_, _, it)| it).collect()
}
