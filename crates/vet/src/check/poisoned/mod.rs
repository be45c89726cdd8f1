//! Poisoned, and from whom? Triggers that somebody planted, sources that contradict all others, and how far one source could move verdicts.
//!
//! ```text
//!   tokens ──► sets of events with many rare tokens and one label ──learn without them──► which contradict the rest ──► V101
//!   sources ──learn without each──► V102 contradicts the others, V103 moves verdicts elsewhere
//!   public events ──learn alone──► own ones ──► V104 do they hold there?
//!   signals of a class ──spectral signatures──► V105 events far out that look like the other class
//! ```

mod public;
mod spectral;
mod suspected;
mod trigger;

use std::collections::BTreeSet;

use super::Check;
use crate::code::Code;
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};
use crate::left_out::Source;
use crate::lines;
use crate::probe::Score;

/// Events share tokens that stand nowhere else, have one label, and look like the other class.
const TRIGGER: Code = Check::Poisoned.code("V101", "a planted trigger", Owner::Analyst);

/// What a source calls malicious looks benign to whoever learns from the others, or the other way round.
const CONTRADICTS: Code =
    Check::Poisoned.code("V102", "a source contradicts all others", Owner::Analyst);

/// What anybody could write into moves verdicts on events of other sources.
const INFLUENCE: Code = Check::Poisoned.code(
    "V103",
    "a source that others can write moves verdicts elsewhere",
    Owner::Analyst,
);

/// What public events teach does not hold for own ones.
const PUBLIC: Code = Check::Poisoned.code(
    "V104",
    "public events are unlike own ones",
    Owner::DataScientist,
);

/// Events of one label lie together far out in their class, and look like the other.
const SPECTRAL: Code = Check::Poisoned.code(
    "V105",
    "events that stand apart and look like the other class",
    Owner::Analyst,
);

pub(super) const CODES: &[Code] = &[TRIGGER, CONTRADICTS, INFLUENCE, PUBLIC, SPECTRAL];

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = trigger::find(data)
        .iter()
        .map(|found| found.finding(data))
        .collect();
    findings.extend(contradicting(data));
    findings.extend(influential(data));
    findings.extend(public::check(data));
    findings.extend(spectral::check(data));
    findings
}

/// Returns the events that look planted, ascending, whether they are told as findings or not.
pub(crate) fn planted(data: &Data<'_>) -> BTreeSet<u32> {
    let triggers = trigger::find(data);
    let joined = triggers.iter().flat_map(|set| set.events.iter().copied());
    let apart = spectral::find(data);
    let apart = apart.iter().flat_map(|set| set.events.iter().copied());
    joined
        .chain(apart)
        .chain(trigger::templates(data))
        .collect()
}

/// Area under the curve of a source below which, at its interval's upper end, its labels contradict the others': half is chance.
const CONTRADICTION_AUC: f64 = 0.45;
/// Area that the others must reach among themselves for a contradiction to say something.
const AGREEMENT_AUC: f64 = 0.75;

/// Finds sources whose labels are the opposite of what the others teach.
fn contradicting(data: &Data<'_>) -> Vec<Finding> {
    let contradicts = |score: &Score| score.interval[1] < CONTRADICTION_AUC;
    let sources = data.scores().without_source.iter();
    let found = sources.filter_map(|(source, score)| {
        let score = score.as_ref().ok().filter(|score| contradicts(score))?;
        let members = data.sources.members().into_iter().zip(&data.sources.names);
        let (events, _) = members.into_iter().find(|(_, name)| &***name == source)?;
        agree_without(data, &events).then_some(())?;
        Some(
            Finding::new(
                CONTRADICTS,
                Severity::Blocking,
                Subject::sources([source.as_str()]),
                format!(
                    "whoever learns from all other sources ranks the events of `{source}` the wrong way round: AUC {:.2} ({:.2} to {:.2}) where half is chance",
                    score.auc, score.interval[0], score.interval[1]
                ),
                Remedy::task(
                    "find out who labels there and how, and leave the source out until then",
                    lines::exclude([format!("source == {}", lines::literal(source))]),
                ),
            )
            .meaning("Its labels are inverted, mean something else than the task asks, or were planted.")
            .effect(Effect::estimated("AUC on the source, learned without it", score.auc, score.interval))
            .evidence(events),
        )
    });
    found.collect()
}

/// Returns whether the other events agree among themselves on what is malicious.
fn agree_without(data: &Data<'_>, members: &[u32]) -> bool {
    let (asked, learned) = quartered(data, members);
    let score = data.probe(&learned, &asked);
    score.is_ok_and(|score| score.interval[0] >= AGREEMENT_AUC)
}

/// Returns the other events that somebody decided on: a quarter to ask about, and those to learn from.
fn quartered(data: &Data<'_>, members: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let is_member = |at: &u32| members.binary_search(at).is_ok();
    let others = data.decided().into_iter().filter(|at| !is_member(at));
    others.partition(|at| at % 4 == 0)
}

/// Share of other sources' verdicts that a source moves from which somebody should know.
const MOVED_MIN: f64 = 0.02;

/// Measures how many verdicts on events of other sources change when a source that others can write into is left out of learning.
fn influential(data: &Data<'_>) -> Vec<Finding> {
    let sources = data.left_out().open.iter();
    let measured = sources.filter_map(|source| {
        let moved = moved(data, source).filter(|moved| *moved >= MOVED_MIN)?;
        let source = data.sources.names.get(source.number)?;
        Some(
            Finding::new(
                INFLUENCE,
                Severity::Note,
                Subject::sources([&**source]),
                format!("learning from `{source}` or not changes {:.1} % of the verdicts on events of other sources", 100.0 * moved),
                Remedy::task(
                    "decide whether whoever writes there is trusted so far, and say whose data it is: less trusted sources weigh less",
                    lines::trust(source, "synthetic"),
                ),
            )
            .meaning("Whoever can write into it can move the detector about that far.")
            .effect(Effect::exact("share of verdicts that change", moved)),
        )
    });
    measured.collect()
}

/// Returns the share of verdicts on the events of other sources that change when a source is learned too; `None` where nothing could be learned
/// or asked.
fn moved(data: &Data<'_>, source: &Source) -> Option<f64> {
    let (after, asked) = data.left_out().all.as_ref().ok()?;
    let before = source.elsewhere.as_ref().ok()?;
    let number = u32::try_from(source.number).ok();
    let is_other = |at: &u32| data.sources.of.get(*at as usize).copied() != number;
    let others: Vec<u32> = asked.iter().copied().filter(is_other).collect();
    let verdicts = [before, after].map(|margins| {
        let each = asked.iter().zip(margins);
        let of_others = each.filter(|(at, _)| is_other(at));
        let margins: Vec<f64> = of_others.map(|(_, margin)| *margin).collect();
        verdicts(data, &margins, &others)
    });
    let [before, after] = &verdicts;
    let changed = before
        .iter()
        .zip(after)
        .filter(|(before, after)| before != after);
    Some(changed.count() as f64 / others.len().max(1) as f64)
}

/// False-positive rate at which verdicts are compared.
const VERDICT_FPR: f64 = 0.01;

/// Returns which events a threshold at a false-positive rate of [`VERDICT_FPR`] blocks.
fn verdicts(data: &Data<'_>, margins: &[f64], asked: &[u32]) -> Vec<bool> {
    let benign = asked
        .iter()
        .zip(margins)
        .filter(|(at, _)| !data.malicious[**at as usize]);
    let threshold = upper(benign.map(|(_, margin)| *margin).collect(), VERDICT_FPR);
    margins.iter().map(|margin| *margin > threshold).collect()
}

/// Returns the value that a share of `values` is above; infinite without values.
fn upper(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_unstable_by(|left, right| right.total_cmp(left));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a length"
    )]
    let place = (share * values.len() as f64) as usize;
    values.get(place).copied().unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests;
