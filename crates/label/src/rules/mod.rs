//! Rules as labellers: experts' conditions that vote for one class, and what they are worth against people's labels.
//!
//! ```text
//!   rule files (TOML) ──parse──► RuleSet ──fire(event)──► Fired ──judge──► the table: coverage, overlaps, conflicts, precision
//!   Sigma (YAML) ──sigma──► rule file                       └─────combine──► a vote for each event, weights from labels
//! ```
//!
//! A rule has one direction and abstains where its condition does not hold. A [`Vote`] is no label: there is no way from one to
//! [`ringtrue_core::Label`], so that nothing which is fitted, calibrated or judged by labels can be fed by rules.
//!
//! It refuses rules that are written wrongly, with file and line. Conditions are bounded in their work by
//! [`ringtrue_core::expression`], which has no loops but over lists in place.

mod combine;
mod error;
mod figures;
mod file;
mod rule;
mod set;
pub mod sigma;
#[cfg(test)]
mod tests;
mod written;

pub use combine::{Cast, Combined, FOLDS, HeldOut, LABELS_MIN, Vote, Weighing, combine};
pub use error::{Place, RuleError, RuleProblem};
pub use figures::{Counted, NEARLY_ALL, RuleFigures, RuleTable, Seen, judge};
pub use file::{FILE_BYTES_MAX, NAME_LETTERS_MAX};
pub use rule::{Example, Polarity, Rule};
pub use set::{Fired, RuleSet};
pub use written::{Draft, write};
