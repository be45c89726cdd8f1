//! What the signals alone say: how like each event is to the few that are known to be malicious.

use ringtrue_model::train::{ForestParameters, Run, TrainError, fit_forest};
use ringtrue_model::{Model, margins};

use super::few::Few;

/// Returns how far a small forest takes each event for malicious, as a sum of margins. `None` without signals.
pub(super) fn of_few(few: &Few<'_>, run: &mut Run<'_>) -> Result<Option<Vec<f64>>, TrainError> {
    let events = few.pool.events;
    if events.rows.width() == 0 {
        return Ok(None);
    }
    // Small leaves that hardly anything pulls to 0: few events are known.
    let parameters = ForestParameters {
        themes: events.parameters.forest.themes.clone(),
        trees: 40,
        leaves: 8,
        rate: 0.15,
        leaf_examples_min: 5,
        decay: 0.003,
        benign_balance: 1.0,
        ..ForestParameters::default()
    };
    let examples = few.examples();
    let mut sums = vec![0.0; few.pool.len()];
    for half in &few.halves {
        let forest = fit_forest(events.schema, &examples, &half.learned, &parameters, run)?;
        let model = Model {
            forest: Some(forest),
            ..Model::default()
        };
        for (asked, margin) in half
            .asked
            .iter()
            .zip(margins(&model, &examples, &half.asked))
        {
            sums[*asked as usize] += margin;
        }
    }
    Ok(Some(sums))
}
