//! Public data against own: does what is learned from events that anybody can write hold for the organisation's own?

use ringtrue_core::Trust;

use super::PUBLIC;
use crate::data::Data;
use crate::finding::{Effect, Finding, Remedy, Severity, Subject};
use crate::lines;
use crate::scores::folded;

/// Finds that public events teach less about own ones than own ones do, beyond both intervals; nothing where either kind has too few.
pub(super) fn check(data: &Data<'_>) -> Option<Finding> {
    let of = |is_it: fn(Trust) -> bool| -> Vec<u32> {
        let decided = data.decided().into_iter();
        decided
            .filter(|at| is_it(data.trust[*at as usize]))
            .collect()
    };
    let (own, public) = (
        of(|trust| trust == Trust::Own),
        of(|trust| trust >= Trust::Public),
    );
    if own.is_empty() || public.is_empty() {
        return None;
    }
    let campaigns: Vec<u32> = own
        .iter()
        .map(|at| data.campaigns()[*at as usize])
        .collect();
    let (learned, asked) = folded(data, &own, &campaigns);
    let by_own = data.probe(&learned, &asked).ok()?;
    let by_public = data.probe(&public, &asked).ok()?;
    if by_public.interval[1] >= by_own.interval[0] {
        return None;
    }
    let title = format!(
        "whoever learns from public events alone reaches an AUC of {:.3} ({:.3} to {:.3}) on the organisation's own, who learns from own ones {:.3}",
        by_public.auc, by_public.interval[0], by_public.interval[1], by_own.auc
    );
    let meaning = "Public data misses what happens here, and attackers read it, too: a figure on it says little about own traffic.";
    let remedy = Remedy::task(
        "label more own events; keep public ones only while the trial on own data is better with them than without",
        lines::exclude(["trust == 'public'"]),
    );
    let effect = Effect::estimated("auc on own events", by_public.auc, by_public.interval);
    Some(
        Finding::new(PUBLIC, Severity::Warning, Subject::default(), title, remedy)
            .meaning(meaning)
            .effect(effect),
    )
}
