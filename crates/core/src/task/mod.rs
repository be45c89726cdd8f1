//! The task: what is malicious here, what mistakes cost, how the input is read.
//!
//! ```text
//!   template ──► task.toml ──► parse (strict) ──► Task ──► explain, undefined, assumptions, digest
//!                               none at all ──► assumed ──┘        cost sheet, labels, trust, privacy
//! ```
//!
//! Text in, text out: which file a task stands in is the caller's business. A task that says
//! something that ringtrue does not know is refused whole, with every problem it has; a task that
//! leaves something open gets the assumption of `Task::assumed` for it, and says so.

mod assumptions;
mod attacker;
mod content;
mod deciding;
mod explain;
pub mod figures;
mod gate;
mod held;
mod mail;
mod names;
mod operating;
mod parse;
mod private;
mod problem;
mod protection;
mod reader;
mod sign_offs;
mod template;
#[cfg(test)]
mod tests;
mod undefined;
mod vetting;
mod words;

pub use attacker::{Attacker, ColumnChange};
pub use content::{
    Capacity, Columns, Costs, DnsOptions, EmailOptions, Family, Labelling, Malicious, PrivacyRules,
    Retention, Retraining, Task, Traffic, TrustRules, Unsure,
};
pub use deciding::{Deciding, QueueMix};
pub use explain::{Explanation, Section};
pub use gate::{Gate, PartLimits};
pub use names::{same_name, stands_for};
pub use operating::{OperatingRate, RecallWidth};
pub use problem::{Problem, TaskError, TaskProblem};
pub use protection::{Expiry, MailPart};
pub use undefined::Undefined;
pub use vetting::{Accepted, Copies, Vetting};
pub use words::{ColumnType, PrivacyRule, Reader, Reveal, Secrets};
