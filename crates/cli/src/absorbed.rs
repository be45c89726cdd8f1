//! Events that are learned from whenever they came: the samples of stopgaps, and what is like them.

use std::collections::BTreeSet;
use std::path::Path;

use ringtrue_core::EventId;
use serde::{Deserialize, Serialize};

use crate::failure::Outcome;
use crate::files::each_line;

/// One line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    pub(crate) event: EventId,
}

/// Reads a file of them.
pub(crate) fn read(path: &Path) -> Outcome<BTreeSet<EventId>> {
    let mut events = BTreeSet::new();
    each_line(path, "events to absorb", |Line { event }| {
        events.insert(event);
        Ok(())
    })?;
    Ok(events)
}
