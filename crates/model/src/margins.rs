//! Margins of many examples at once.

use rayon::prelude::*;

use crate::examples::Examples;
use crate::model::Model;

/// Events whose forest margins are computed together.
const EVENTS_AT_ONCE: usize = 1 << 12;

/// Returns the margins that `model` gives the examples at `members`.
#[must_use]
pub fn margins(model: &Model, examples: &Examples<'_>, members: &[u32]) -> Vec<f64> {
    members
        .par_chunks(EVENTS_AT_ONCE)
        .map_init(Vec::new, |scratch, members| {
            let positions = members.iter().map(|member| *member as usize);
            let linear: Vec<f64> = positions
                .clone()
                .map(|position| {
                    if model.reads_text() {
                        model.linear_margin(examples.tokens.get(position, scratch))
                    } else {
                        model.linear_margin(&[])
                    }
                })
                .collect();
            model.margins(
                positions.map(|position| examples.rows.row(position)),
                &linear,
            )
        })
        .flatten_iter()
        .collect()
}
