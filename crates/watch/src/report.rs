//! What is said of a window.

use ringtrue_core::EventTime;
use ringtrue_core::metrics::{Rate, RateCounts};
use serde::Serialize;

use crate::audited::AuditedReport;
use crate::counts::Counts;
use crate::estimate::Estimate;
use crate::monitor::{MonitorReport, State};
use crate::triage::Kind;

/// A window's answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WindowReport {
    /// The month (`2027-03`), or the number of the window from 0.
    pub name: String,
    /// When its first event happened, RFC 3339; `None` if no event has a time.
    pub from: Option<String>,
    /// When its last one did.
    pub to: Option<String>,
    /// Events in it.
    pub events: u64,
    /// The worst of its monitors'; cannot tell of too few events.
    pub state: State,
    /// What kind of change it is; `None` if it is steady or nobody can tell that anything changed.
    pub kind: Option<Kind>,
    /// Alerts a day.
    pub alerts_a_day: f64,
    /// Each monitor's answer.
    pub monitors: Vec<MonitorReport>,
    /// How good the detector is likely to be, without labels.
    pub estimate: Estimate,
    /// What the labels that are known by now say; `None` if none is.
    pub labelled: Option<Labelled>,
    /// What the labels of the audit sample say; `None` if events were not drawn.
    pub audited: Option<AuditedReport>,
}

/// What labels say of a window. Which events have one is nobody's random choice, unless somebody made it so.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Labelled {
    /// Events known to be malicious.
    pub malicious: u64,
    /// Events known to be benign.
    pub benign: u64,
    /// The share of the benign that are caught; `None` if they are too few.
    pub fpr: Option<Rate>,
    /// The share of the malicious that are caught.
    pub recall: Option<Rate>,
    /// The share of the caught that are malicious.
    pub precision: Option<Rate>,
}

impl Labelled {
    /// Returns what the labels of a window say.
    pub(crate) fn of(window: &Counts) -> Option<Self> {
        let counts = window.labelled;
        let rate = |successes: u64, others: u64| {
            let trials = successes + others;
            RateCounts { successes, trials }.finish().ok()
        };
        let malicious = counts.true_positives + counts.false_negatives;
        let benign = counts.false_positives + counts.true_negatives;
        (malicious + benign > 0).then(|| Self {
            malicious,
            benign,
            fpr: rate(counts.false_positives, counts.true_negatives),
            recall: rate(counts.true_positives, counts.false_negatives),
            precision: rate(counts.true_positives, counts.false_positives),
        })
    }
}

/// Returns a time as text.
pub(crate) fn text(time: Option<EventTime>) -> Option<String> {
    time.map(|time| time.to_string())
}
