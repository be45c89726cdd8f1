//! What each signal is worth on later events: how much worse a model gets if it cannot see it.

use rayon::prelude::*;
use ringtrue_core::metrics::{MetricError, Ranking};
use ringtrue_core::random::{Random, mix};
use ringtrue_core::{Label, Row, RowBlock};
use ringtrue_model::Model;

/// What one signal is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    /// What the area under the ROC curve loses, in [0, 1]; below 0 if the signal misleads.
    pub area: f64,
}

/// Events on which gains are measured.
const EVENTS_MAX: usize = 20_000;
const SEED: u64 = 1;

/// Returns the gain of each signal: the area under the ROC curve less that with the signal shuffled among
/// the events. `linear` is each event's linear margin, which stays as it is. Events that nobody decided on
/// have no class and are left out.
///
/// # Errors
///
/// [`MetricError`] if a class is absent or a margin is NaN.
///
/// # Source
///
/// Breiman, "Random forests", Machine Learning 2001 (permutation importance).
pub fn gains(
    model: &Model,
    rows: &RowBlock,
    linear: &[f64],
    labels: &[Label],
) -> Result<Vec<Gain>, MetricError> {
    let decided: Vec<(usize, bool)> = (0..rows.len())
        .zip(labels)
        .filter_map(|(at, label)| Some((at, label.class()?)))
        .collect();
    let step = decided.len().div_ceil(EVENTS_MAX).max(1);
    let (sample, malicious): (Vec<usize>, Vec<bool>) = decided.into_iter().step_by(step).unzip();
    let area = |margins: &[f64]| -> Result<f64, MetricError> {
        Ok(Ranking::new(margins, &malicious)?.roc_auc().unwrap_or(0.5))
    };
    let none = vec![model.linear_margin(&[]); sample.len()];
    let add_linear = |margins: Vec<f64>| -> Vec<f64> {
        let added = sample.iter().zip(margins);
        added.map(|(at, margin)| linear[*at] + margin).collect()
    };
    let whole = model.margins(sample.iter().map(|at| rows.row(*at)), &none);
    let whole = area(&add_linear(whole))?;
    (0..rows.width())
        .into_par_iter()
        .map(|column| {
            let order = shuffled(sample.len(), column);
            let mut mixed = Vec::with_capacity(sample.len() * rows.width());
            for (at, other) in sample.iter().zip(&order) {
                let start = mixed.len();
                mixed.extend((0..rows.width()).map(|signal| rows.get(*at, signal)));
                mixed[start + column] = rows.get(sample[*other], column);
            }
            let margins = model.margins(mixed.chunks_exact(rows.width()).map(Row::Double), &none);
            Ok(Gain {
                area: whole - area(&add_linear(margins))?,
            })
        })
        .collect()
}

/// Returns a random order of `count` positions (Fisher and Yates), the same for the same column.
fn shuffled(count: usize, column: usize) -> Vec<usize> {
    let mut random = Random::new(mix(SEED ^ column as u64));
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        let other = usize::try_from(random.below(last as u64 + 1)).unwrap_or(0);
        order.swap(last, other);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringtrue_core::Digest;
    use ringtrue_model::{Direction, SingleSignal};

    #[test]
    fn only_the_signal_that_the_model_reads_has_a_gain() {
        let mut rows = RowBlock::new(Digest::of(b"test"), 2);
        // Unsure events look as malicious as can be: as benign ones they would halve the gain.
        let label = |n: u16| match n % 10 {
            0 | 5 => Label::Malicious,
            1..=3 => Label::Unsure,
            _ => Label::Benign,
        };
        let labels: Vec<Label> = (0..500).map(label).collect();
        for (n, label) in labels.iter().enumerate() {
            let row = [f32::from(u8::from(*label != Label::Benign)), n as f32];
            rows.push(&row).unwrap();
        }
        let single = SingleSignal {
            column: 0,
            direction: Direction::Higher,
            fill: 0.0,
            scale: 1.0,
        };
        let model = Model {
            single: Some(single),
            ..Model::default()
        };
        let found = gains(&model, &rows, &vec![0.0; 500], &labels).unwrap();
        assert!(found[0].area > 0.4, "{found:?}");
        assert!(found[1].area.abs() < 1e-12, "{found:?}");
    }
}
