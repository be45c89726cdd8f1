//! What is kept: events, datasets, detectors, logs and rows set aside, in a folder of files with a
//! catalog.
//!
//! ```text
//!   events ──► Ingest ──► staging/ ──sync, rename──► segments/ index/ set-aside/
//!                                                         │ one transaction: now it exists
//!                                                         ▼
//!   EventQuery ──► catalog.sqlite ──► segments, digest checked ──► events, batch by batch
//!   Store::snapshot ──► datasets/<digest>.json        Store::put_detector ──► detectors/<digest>/
//!   Store::begin_forget ──► segments and set-aside rows written anew, one transaction, marks
//!   Store::append_labels ──► logs/labels, synced before it returns ──► Store::labels, in the order of appending
//!   Store::lease_if ──► logs/leases, the same way ──► Store::leases: who looks at what
//!   Store::append_audit ──► logs/audit, chained, synced before it returns ──► Store::audit: decisions, and what aliases stand for
//!   log::LogWriter ──► framed records, synced in groups ──seal──► Parquet
//! ```
//!
//! Invariants, each held by a test that fails every single disk operation in turn
//! (`tests/faults.rs`):
//!
//! - What was acknowledged is there after any crash; of what was not, nothing is visible in part. Labels and leases are
//!   the exception: each stands for itself, and of those that were being added a first part may stay.
//! - Only the holder of `lock` writes events; readers take no lock.
//! - A file is read only if its digest is the one it is called by.
//! - Nothing here reads a clock or prints.

pub mod artefact;
mod audit;
mod catalog;
pub mod dataset;
pub mod error;
pub mod filesystem;
pub mod forget;
mod ids;
mod ingest;
mod labels;
mod leases;
mod lock;
pub mod log;
mod number;
mod query;
pub mod segment;
mod store;
pub mod testkit;

pub use audit::{Audit, AuditUntil, Decided};
pub use dataset::Dataset;
pub use error::StoreError;
pub use filesystem::{FileSystem, RealFileSystem, atomic_write};
pub use forget::{Affected, AffectedDataset, Fate, Forgetting, Judge, KeyUse, Subject};
pub use ingest::{Ingest, IngestSource, IngestSummary, SetAside};
pub use labels::{Appended, StoredLabel, StoredLabels};
pub use leases::{Lease, Leases};
pub use query::{EventBatches, EventQuery};
pub use segment::{LabelCounts, SegmentInfo, TimeRange};
pub use store::{Sizes, Store};
