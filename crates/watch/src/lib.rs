//! Watching: has the stream moved away from what the detector was judged on, and how good is it likely to be now?
//!
//! ```text
//!   judged events ──Reference::of──► Reference (bins and counts, kept with the detector)
//!                                        │
//!   events with scores ──Reference::see──► Seen ──► Windows: one Counts each (add, merge) ──finish──► WindowReport
//!                                                         │ score, signals, missing, scope, sources, alerts, credibility, families, probing: one file a monitor
//!                                                         │ estimate: FPR, recall, precision, ROC AUC, cost without labels
//!                                                         │ audited: what the labels of the audit sample say
//!                                                         └ triage: which kind of change it is
//! ```
//!
//! Nothing here reads a clock, a file or a model, so that every alarm can be replayed. A window keeps counts, and a sample of sketches that
//! has its most: its size hangs on the number of signals and never on that of events.

mod audited;
mod bins;
mod cluster;
mod cost;
mod counts;
mod estimate;
mod mixture;
mod monitor;
mod near;
mod reference;
mod report;
mod sample;
mod shift;
mod triage;
mod window;

pub use audited::{Audit, Audited, AuditedReport};
pub use bins::Bins;
pub use cluster::{Around, Cluster};
pub use cost::Cost;
pub use counts::Counts;
pub use estimate::{Band, Estimate, Place, Stakes, estimate};
pub use mixture::{ClassCounts, Mixture, mixture};
pub use monitor::{LEVEL, MonitorReport, Reading, State};
pub use reference::{FORMAT, Known, Plan, Reference, ReferenceError, Seen};
pub use report::{Labelled, WindowReport};
pub use sample::{Likeness, Threshold, sketch};
pub use shift::{Shift, shift};
pub use triage::Kind;
pub use window::{Capacity, EVENTS_MIN, Every, Windows};
