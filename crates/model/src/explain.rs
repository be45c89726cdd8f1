//! What made a margin: exact contributions of every signal and of every token.
//!
//! ```text
//!   forest ──Shapley values──► signals ─┐
//!   text models ──weights──► buckets ───┴─► Explanation: bias + all contributions = margin
//! ```

use ringtrue_core::Row;
use serde::{Deserialize, Serialize};

use crate::forest::{Forest, Shap, ShapError};
use crate::linear::View;
use crate::model::Model;

/// Which question the signals' contributions answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Shapley values; an absent signal follows the shares of the training data at each split.
    PathDependent,
    /// Shapley values; an absent signal is taken from background events.
    Interventional,
    /// The model adds its parts up, so each part is its own contribution.
    Additive,
}

/// What made one margin. `bias`, `signals` and all of `text` sum to `margin`, within the rounding of 64-bit sums.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The margin, as the model adds it up.
    pub margin: f64,
    /// The margin of no evidence.
    pub bias: f64,
    /// Which question `signals` answers.
    pub method: Method,
    /// What each signal of the row added.
    pub signals: Vec<f64>,
    /// What the text models added.
    pub text: Vec<TextContribution>,
}

/// What one text model added to a margin.
#[derive(Clone, Debug, PartialEq)]
pub struct TextContribution {
    /// The side of the evidence that it looks at.
    pub view: View,
    /// What each bucket of the event's tokens added.
    pub buckets: Vec<(u32, f64)>,
}

impl Model {
    /// Explains the margin of an event with this row and these buckets ([`Model::to_buckets`]). Without
    /// `background` rows the forest's values are path-dependent, with them interventional.
    ///
    /// # Errors
    ///
    /// [`ShapError`] if the forest cannot be explained that way: above all, path-dependent values of a model whose
    /// file does not say how its training data spread.
    pub fn explain(
        &self,
        row: Row<'_>,
        buckets: &[u32],
        background: Option<&[Vec<f64>]>,
    ) -> Result<Explanation, ShapError> {
        let mut explanation = Explanation {
            margin: self.margin(row, buckets),
            bias: 0.0,
            method: Method::Additive,
            signals: vec![0.0; row.len()],
            text: Vec::with_capacity(self.text.models().len()),
        };
        if let Some(single) = &self.single
            && let Some(signal) = explanation.signals.get_mut(single.column)
        {
            *signal += single.margin(row);
        }
        if let Some(forest) = &self.forest {
            let (method, shap) = shapley(forest, row, background)?;
            explanation.method = method;
            explanation.bias += shap.bias;
            for (sum, contribution) in explanation.signals.iter_mut().zip(shap.contributions) {
                *sum += contribution;
            }
        }
        for linear in self.text.models() {
            explanation.bias += self.linear_weight * linear.bias();
            let added = linear.contributions_of_buckets(buckets).into_iter();
            explanation.text.push(TextContribution {
                view: linear.view(),
                buckets: added
                    .map(|(bucket, margin)| (bucket, self.linear_weight * margin))
                    .collect(),
            });
        }
        Ok(explanation)
    }
}

fn shapley(
    forest: &Forest,
    row: Row<'_>,
    background: Option<&[Vec<f64>]>,
) -> Result<(Method, Shap), ShapError> {
    let values: Vec<f64> = (0..row.len()).map(|signal| row.get(signal)).collect();
    match background {
        Some(background) => {
            let shap = forest.shap_interventional(&values, background)?;
            Ok((Method::Interventional, shap))
        }
        None => Ok((Method::PathDependent, forest.shap_path_dependent(&values)?)),
    }
}
