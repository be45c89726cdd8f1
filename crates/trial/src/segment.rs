//! Segments: the same judgement by family, source, trust, slice, and own data alone.

use serde::Serialize;

use crate::judge::{Judged, Judgement, Setting, TrialError, judge};

/// Some of the judged events, under a name.
#[derive(Clone, Debug)]
pub struct Segment {
    /// What the events have in common: `family`, `source`, `trust`, `slice`.
    pub dimension: &'static str,
    /// Which of them.
    pub name: String,
    /// Positions among the judged events.
    pub members: Vec<u32>,
}

/// A judgement of one segment.
#[derive(Clone, Debug, Serialize)]
pub struct SegmentResult {
    /// What the events have in common.
    pub dimension: &'static str,
    /// Which of them.
    pub name: String,
    /// How the detector did.
    pub judgement: Judgement,
}

/// Judges each segment, in order. A segment of malicious events only (a family) is judged beside all
/// benign events in `benign`, since a rate of false positives belongs to no family.
///
/// # Errors
///
/// Those of [`judge`].
pub fn judge_segments(
    judged: &Judged,
    segments: &[Segment],
    benign: &[u32],
    setting: &Setting,
) -> Result<Vec<SegmentResult>, TrialError> {
    segments
        .iter()
        .map(|segment| {
            let mut members = segment.members.clone();
            if segment.dimension == "family" {
                members.extend(benign);
                members.sort_unstable();
                members.dedup();
            }
            Ok(SegmentResult {
                dimension: segment.dimension,
                name: segment.name.clone(),
                judgement: judge(judged, &members, setting)?,
            })
        })
        .collect()
}
