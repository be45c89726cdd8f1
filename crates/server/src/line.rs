//! One line of an answer: what is told of one event, over HTTP and on standard output.

use ringtrue_core::Action;
use serde::Serialize;

use crate::answer::Answer;
use crate::verdict::{DecidedBy, VerdictId};

/// What is told of one event.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Line {
    Verdict {
        verdict: VerdictId,
        decided_by: DecidedBy,
        #[serde(flatten)]
        answer: Box<Answer>,
    },
    /// The deadline passed before it was scored or logged.
    Late {
        verdict: Option<VerdictId>,
        decided_by: DecidedBy,
        row: u64,
        score: Option<f64>,
        action: Action,
    },
    /// The row is no event.
    Aside { row: u64, set_aside: String },
}
