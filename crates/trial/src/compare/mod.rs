//! Two detectors on the same events: which verdicts changed, for whom, why, and what that is worth.
//!
//! ```text
//!   Pairs (both answers on each event) ──compare──► Comparison ──► page, JSON, the gate
//!         └── listed ──► nearest training rows (found by the caller) ──► causes ──┘
//! ```
//!
//! A *negative flip* is an event on which the old verdict was right and the new one is wrong. Near-duplicates mostly flip
//! together, so every interval and test counts groups of them as far as they differ. Unsure events have no right verdict
//! and are counted alone. Nothing here reads a file or measures time: what that takes is handed in.

mod a_day;
mod calibration;
pub mod causes;
mod cost;
mod data;
mod flips;
mod pairs;
mod rates;
pub mod report;
mod tally;
#[cfg(test)]
mod tests;

pub use a_day::{ADay, Part, a_day, a_day_of};
pub use causes::{Attributed, ChangedShares, NEAREST, causes};
pub use cost::{Money, Setting, paid};
pub use data::{TrainingEvent, data_difference};
pub use flips::{LISTED_MAX, flip, listed};
pub use pairs::{Answer, Dimension, NO_NAME, Pair, Pairs, month};
pub use report::{Attribution, Comparison, FlipKind};
pub use tally::{Asked, changes, flip_counts};

use crate::gate::Side;

/// Compares what two detectors said of the same events, which are in order ([`Pairs::settle`]). Flips, causes, speed,
/// robustness and training data are left to the caller. Returns the money as well, which a gate needs with its errors.
#[must_use]
pub fn compare(
    pairs: &Pairs,
    (old, new): (Side, Side),
    setting: &Setting,
) -> (Comparison, Option<Money>) {
    let counts = flip_counts(&pairs.events);
    let parts = rates::parts(pairs);
    let money = paid(pairs, setting);
    let comparison = Comparison {
        negative_flips: counts.negative(),
        positive_flips: counts.positive(),
        counts,
        negative_flip_rate: rates::negative_flip_rate(pairs.decided()),
        p: rates::p(pairs.decided()),
        by_family: parts.family,
        by_source: parts.source,
        by_tenant: parts.tenant,
        by_slice: parts.slice,
        by_month: parts.month,
        cost_difference: money.map(|money| money.cost),
        alerts_difference: money.map(|money| money.alerts),
        calibration: calibration::calibration(pairs, setting.traffic.malicious_share),
        ..Comparison::nothing(old, new, pairs.judged())
    };
    (comparison, money)
}
