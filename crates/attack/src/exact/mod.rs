//! The cheapest change that turns a forest's decision over, by branch and bound.
//!
//! ```text
//!   Ensemble (trees, flat) ─┐
//!   row + Attacker ─ Ground ┴──► Problem: the trees as far as they vary within reach, over a few cells a signal
//!                                   │  bounds: min-sum diffusion between the trees (what every point costs at least)
//!                                   │  local:  points on the other side, by coordinate descent
//!                                   └─ search: best first, both bounds sound at any time ──► Cheapest
//! ```
//!
//! The forest only compares, so a signal's axis falls into finitely many cells, and each cell's nearest value that the
//! attacker can reach is known. A point of cells is a row; the search is over points, and what it returns was scored
//! by the [`Forest`](ringtrue_model::Forest) itself.

mod bounds;
mod branching;
mod cells;
mod declared;
mod ensemble;
mod ground;
mod local;
mod problem;
mod prune;
mod search;
#[cfg(test)]
mod tests;

pub use declared::Measure;
pub(crate) use declared::{groups, is_held};
pub use ensemble::{CUTS_MAX, Ensemble, EnsembleError};
pub use ground::{Attacker, Distance, Goal, Move, Side};
pub use search::{Cheapest, Moved, Reached, cheapest};
