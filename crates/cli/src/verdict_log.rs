//! The verdict log as a verb reads it: what was decided of each event, and the event, if it was kept.

use std::collections::BTreeSet;
use std::path::Path;

use ringtrue_core::{Event, EventId, EventTime};
use ringtrue_server::replay::logged_event;
use ringtrue_server::verdict::{Decision, VerdictRecord};
use ringtrue_store::log::LogReader;

use crate::failure::{OrFail, Outcome};

/// A logged verdict.
pub(crate) struct Logged {
    /// When it was logged.
    pub(crate) time: EventTime,
    pub(crate) decision: Decision,
    /// `None` if nobody scored it in time, it was not kept, or is not the one that is named.
    pub(crate) event: Option<Event>,
}

/// Reads a log, verdict by verdict, in the order in which they were logged.
pub(crate) fn logged(log: &Path) -> Outcome<impl Iterator<Item = Outcome<Logged>>> {
    let cannot = move || format!("cannot read the verdict log `{}`", log.display());
    let records = LogReader::open(log).or_fail(cannot)?;
    Ok(records.map(move |record| {
        let record = record.or_fail(cannot)?;
        let verdict = VerdictRecord::of_payload(&record.payload).or_fail(cannot)?;
        Ok(Logged {
            time: record.time,
            event: logged_event(&verdict),
            decision: verdict.decision,
        })
    }))
}

/// Returns those of some events on which a log holds verdicts; none if there is no log.
pub(crate) fn decided(log: &Path, wanted: &BTreeSet<EventId>) -> Outcome<BTreeSet<EventId>> {
    let mut found = BTreeSet::new();
    if !log.is_dir() || wanted.is_empty() {
        return Ok(found);
    }
    for logged in logged(log)? {
        let named = logged?.decision.event;
        let event = named.and_then(|event| event.parse().ok());
        found.extend(event.filter(|event| wanted.contains(event)));
    }
    Ok(found)
}
