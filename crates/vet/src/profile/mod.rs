//! The profile: what every column of an input holds, by class, source and month, in one pass and bounded memory.
//!
//! ```text
//!   views of events ──► block of rows ──column by column──► counts, moments, sketches, co-moments ──merge──► Profile ──► Summary
//! ```
//!
//! Profiles merge: counts, extremes and copies exactly (up to the named limits), means, variances and correlations but for rounding, quantiles
//! and distinct values within the error that the summary states. What a profile sees has passed the privacy rules.

mod block;
mod column;
mod correlation;
mod distinct;
mod document;
mod drift;
mod frequent;
mod hash;
mod moments;
mod number;
mod quantiles;
mod repeats;
mod shortened;
mod slices;
mod state;
mod summarise;
mod summary;
#[cfg(test)]
mod tests;

pub use document::{DocumentError, FORMAT};
pub use drift::{Drift, Moved};
pub use frequent::Shown;
pub use quantiles::RANK_ERROR;
pub use shortened::Shortened;
pub use state::Profile;
pub use summary::{
    ColumnKind, ColumnSummary, Correlation, Distinct, FrequentValue, Group, Histogram, Numbers,
    Part, Summary,
};
