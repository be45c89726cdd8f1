//! Finds the best single signal: the one whose order of events is most like the labels'.

use rayon::prelude::*;
use ringtrue_core::SignalSchema;
use ringtrue_core::signal::SignalType;

use crate::examples::Examples;
use crate::single::{Direction, SingleSignal};

/// Examples from which the choice is made; more would not change it.
const SAMPLE: usize = 200_000;

/// Returns the number or flag with the largest area under the ROC curve over `members`, either way
/// round; `None` if no signal separates anything.
#[must_use]
pub fn best_signal(
    schema: &SignalSchema,
    examples: &Examples<'_>,
    members: &[u32],
) -> Option<SingleSignal> {
    let step = members.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<u32> = members.iter().copied().step_by(step).collect();
    let malicious: Vec<bool> = sample
        .iter()
        .map(|member| examples.malicious[*member as usize])
        .collect();
    let candidates: Vec<(f64, SingleSignal)> = schema
        .signals
        .par_iter()
        .enumerate()
        .filter(|(_, signal)| signal.signal_type != SignalType::Category)
        .filter_map(|(column, _)| judge(examples, &sample, &malicious, column))
        .collect();
    // The first of equals, so that the choice does not hang on the order of threads.
    candidates
        .into_iter()
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, signal)| signal)
}

fn judge(
    examples: &Examples<'_>,
    sample: &[u32],
    malicious: &[bool],
    column: usize,
) -> Option<(f64, SingleSignal)> {
    let width = examples.rows.width();
    let values: Vec<f32> = sample
        .iter()
        .map(|member| examples.rows.singles()[*member as usize * width + column])
        .collect();
    let (fill, scale) = center(&values)?;
    let rising = SingleSignal {
        column,
        direction: Direction::Higher,
        fill,
        scale,
    };
    let margins: Vec<f64> = values
        .iter()
        .map(|value| f64::from(if value.is_nan() { fill } else { *value }))
        .collect();
    let area = ringtrue_core::metrics::roc_auc(&margins, malicious)?;
    Some(if area >= 0.5 {
        (area, rising)
    } else {
        (
            1.0 - area,
            SingleSignal {
                direction: Direction::Lower,
                ..rising
            },
        )
    })
}

/// Returns the median and the standard deviation of the present values; `None` for constants.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a spread needs no more than f32"
)]
fn center(values: &[f32]) -> Option<(f32, f32)> {
    let mut present: Vec<f32> = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    present.sort_by(f32::total_cmp);
    let median = *present.get(present.len() / 2)?;
    let mean = present.iter().map(|value| f64::from(*value)).sum::<f64>() / present.len() as f64;
    let squares = present
        .iter()
        .map(|value| (f64::from(*value) - mean).powi(2))
        .sum::<f64>();
    let spread = (squares / present.len() as f64).sqrt() as f32;
    (spread > 0.0).then_some((median, spread))
}
