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
    /// Applies a measure to the training of a rung. `rounds` holds what each round of attacks made.
    pub(crate) fn of(
        measure: Measure,
        schema: &SignalSchema,
        rung: Rung,
        rounds: &[Vec<(u32, u32)>],
    ) -> Self {
        let rounds = rounds.iter().take(measure.rounds as usize);
        let mut made: Vec<(u32, u32)> = rounds.flatten().copied().collect();
        made.sort_unstable();
        Self {
            schema: if measure.constrained {
                constrained(schema)
            } else {
                schema.clone()
            },
            left_out: if measure.cheap_left_out {
                cheap(schema)
            } else {
                Vec::new()
            },
            made,
            // Text is written by whoever sends it.
            rung: match rung {
                Rung::Linear | Rung::Both if measure.cheap_left_out => Rung::Forest,
                rung => rung,
            },
        }
    }
}
