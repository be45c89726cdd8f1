//! One explained event with what only a verb has: its place in a file, and the labelled events near it.
//!
//! ```text
//!   event, signals ──server::explained──► Explained ──► Page ──► text for an analyst, JSON for a data scientist
//!   labelled events ──nearest──► Neighbours ────────────┘
//! ```

mod nearest;
mod page;

use ringtrue_server::explained::Explained;

pub(crate) use nearest::{Neighbours, nearest};

/// What is told of one event.
pub(crate) struct Page {
    pub(crate) explained: Explained,
    pub(crate) row: u64,
    pub(crate) neighbours: Option<Neighbours>,
}
