//! Two detectors on the same events: which verdicts changed, and what that is worth.

pub mod report;

pub use report::Comparison;
