//! Where a box is cut in two: where both parts are raised most.

use super::bounds::Bounds;
use super::ensemble::small;
use super::problem::Problem;

/// A cut of a box: cells of an axis up to one, and those behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) axis: usize,
    /// The last cell of the lower part.
    pub(super) after: u32,
}

/// Returns the cut of the box that `bounds` looks at whose parts' sums rise most towards `limit`; `None` if every axis
/// has one cell.
pub(super) fn best(problem: &Problem, bounds: &mut Bounds, limit: f64) -> Option<Cut> {
    let bound = bounds.bound(problem);
    let room = (limit - bound).max(f64::MIN_POSITIVE);
    // A part that rises beyond the limit is gone; how far does not matter. A part that does not rise still shrinks.
    let gain = |sum: f64| ((sum - bound) / room).clamp(0.0, 1.0) + 1e-4;
    let mut best: Option<(f64, Cut)> = None;
    for axis in 0..problem.axes.len() {
        let [first, last] = bounds.cells[axis];
        if first >= last {
            continue;
        }
        let (below, above) = bounds.cuts(problem, axis);
        let middle = below.len() / 2;
        for (place, (below, above)) in below.iter().zip(above.iter().skip(1)).enumerate() {
            // Among cuts that raise nothing the middle one is the best.
            let evenness = 1e-9 / (1.0 + place.abs_diff(middle) as f64);
            let score = gain(*below) * gain(*above) + evenness;
            if best.is_none_or(|(other, _)| score > other) {
                let after = first + small(place);
                best = Some((score, Cut { axis, after }));
            }
        }
    }
    best.map(|(_, cut)| cut)
}
