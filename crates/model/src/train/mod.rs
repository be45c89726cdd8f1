//! Training: from labelled examples in time order to models. Same examples, parameters and seed give
//! the same bytes on any number of threads.

mod forest;
mod ladder;
mod linear;
mod single;
mod weights;

pub use forest::{ForestParameters, fit_forest};
pub use ladder::{Ladder, Run, TrainError, TrainParameters, fit_ladder, fit_rung};
pub use linear::{LinearParameters, fit_linear};
pub use single::best_signal;
pub use weights::{interleave, weights};
