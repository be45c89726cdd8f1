//! The words all of ringtrue agrees on.
//!
//! Everything here is a value or a pure function of values: nothing in this crate opens a file,
//! reads a clock, draws from a global random source or prints.
//!
//! ```text
//!   task ──► how an input file's columns become an [`Event`], what mistakes cost, what is private
//!   event ──► signals (declared here, computed in intake) ──► row ──► score ──► verdict
//! ```

pub mod audit;
pub mod cost;
pub mod digest;
pub mod event;
pub mod expression;
pub mod label;
pub mod label_entry;
pub mod limits;
pub mod metrics;
pub mod near_duplicate;
mod plural;
pub mod pseudonym;
pub mod random;
pub mod row;
pub mod signal;
pub mod signing;
pub mod split;
pub mod task;
pub mod time;
pub mod verdict;
pub mod view;

pub use cost::CostSheet;
pub use digest::Digest;
pub use event::{Event, EventId, Field, FieldsByName, Kind, Trust, Value};
pub use label::Label;
pub use label_entry::{LabelEntry, Method, TaskName};
pub use limits::Limits;
pub use plural::{noun, plural};
pub use pseudonym::{KeyId, PseudonymKey};
pub use row::{Precision, Row, RowBlock};
pub use signal::{SignalDeclaration, SignalSchema};
pub use task::Task;
pub use time::EventTime;
pub use verdict::{Action, Score, Verdict};
pub use view::{Cell, View};
