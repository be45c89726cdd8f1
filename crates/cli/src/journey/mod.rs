//! From a store of events to a judged detector, step by step.
//!
//! ```text
//!   dataset ──index──► order in time ──split──► Plan ──habits, load──► Corpus ──learn──► rungs
//!                                                                         ├──judge──► Trial
//!                                                                         ├──roll───► Rolling
//!                                        dataset ──attacked──► Robustness ◄──┘
//! ```

mod attacked;
mod habits;
mod index;
mod learn;
mod load;
mod rolling;
mod split;
mod stored;
mod trial;

pub(crate) use attacked::{attack_files, attack_stored};
pub(crate) use habits::assumed as assumed_of_habits;
pub(crate) use index::{Indexed, LeaveOut, read_index};
pub(crate) use learn::{Trainer, all_threads, examples, parameters};
pub(crate) use load::{Fit, blanked, fit_reader, for_used, load, slices};
pub(crate) use rolling::{Areas, Period, Roll, Rolling, roll};
pub(crate) use split::{Parts, split, test_windows};
pub(crate) use stored::Stored;
pub(crate) use trial::{Aut, Trial, judge_all, judged, judged_as, saw_no_own, setting};
