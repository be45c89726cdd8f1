//! The parts of the events, as somebody asked for.

use crate::absorbed;
use crate::args::Run;
use crate::failure::{Failure, Outcome};
use crate::journey::{Indexed, LeaveOut, Parts, split};

/// Splits the events as somebody asked for.
pub(super) fn parts(arguments: &Run, indexed: &Indexed, share: f64) -> Outcome<Parts> {
    let absorbed = arguments.absorb.as_deref().map(absorbed::read);
    let absorbed = absorbed.transpose()?.unwrap_or_default();
    let mut parts = split(indexed, (arguments.train_before, &absorbed), share)?;
    parts.assumed.extend(indexed.assumed.iter().cloned());
    Ok(parts)
}

/// Refuses to leave out what is not there.
pub(super) fn check_left_out(leave_out: Option<&LeaveOut>, indexed: &Indexed) -> Outcome<()> {
    match leave_out {
        Some(LeaveOut { column, value }) if !indexed.left_out.contains(&true) => Err(Failure::new(
            format!("nothing can be left out: no labelled event has the {column} `{value}`"),
        )
        .hint("the value must stand as in the input, letter for letter")),
        _ => Ok(()),
    }
}

/// Returns the positions of all that is judged, in order.
pub(super) fn judged_positions(parts: &Parts) -> Vec<u32> {
    let mut positions: Vec<u32> = parts
        .plan
        .test
        .iter()
        .chain(&parts.unsure)
        .copied()
        .collect();
    positions.sort_unstable();
    positions
}
