//! A measure in the terms of training.

use ringtrue_attack::harden::{Measure, cheap, constrained};
use ringtrue_core::SignalSchema;
use ringtrue_model::Rung;

/// What training is told for a measure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Applied {
    /// The schema, with the directions that signals must keep.
    pub(crate) schema: SignalSchema,
    /// Signals that are not weighed.
    pub(crate) left_out: Vec<String>,
    /// What attacks made of examples: the example's place and its own, ascending.
    pub(crate) made: Vec<(u32, u32)>,
    /// The rung that is trained.
    pub(crate) rung: Rung,
}

impl Applied {
    /// Applies a measure to the training of a rung, or of the one of all parts. `rounds` holds what each round of attacks made.
    pub(crate) fn of(
        measure: Measure,
        schema: &SignalSchema,
        (rung, whole): (Rung, Rung),
        rounds: &[Vec<(u32, u32)>],
    ) -> Self {
        let rung = match if measure.whole { whole } else { rung } {
            // Text is written by whoever sends it.
            Rung::Linear | Rung::Both if measure.cheap_left_out => Rung::Forest,
            rung => rung,
        };
        let has_forest = matches!(rung, Rung::Forest | Rung::Both);
        let rounds = rounds.iter().take(measure.rounds as usize);
        let mut made: Vec<(u32, u32)> = rounds.flatten().copied().collect();
        made.sort_unstable();
        Self {
            schema: if measure.constrained && has_forest {
                constrained(schema)
            } else {
                schema.clone()
            },
            left_out: if measure.cheap_left_out && has_forest {
                cheap(schema)
            } else {
                Vec::new()
            },
            made,
            rung,
        }
    }
}
