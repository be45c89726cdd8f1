//! What a promotion looks at before it decides: the detector, its task, the gate's report, who may sign, and what stands.

use std::collections::BTreeSet;

use ringtrue_core::audit::{
    Alias, Aliases, Authority, Candidate, Demands, Entry, GateSeen, HeldTo, Moved, Recorded, Unmet,
};
use ringtrue_core::signing::{People, Role, Subject};
use ringtrue_core::{Digest, Kind, Task};
use ringtrue_model::Detector;
use ringtrue_store::{Audit, Store};
use ringtrue_trial::gate::{Decision, GATE_FILE, GateReport};

use crate::args::Promote;
use crate::commands::ingest::store_failure;
use crate::commands::note;
use crate::failure::{Failure, OrFail, Outcome};
use crate::files::read_at_most;
use crate::page::tells_what_blocks;
use crate::registry::{Found, Named, find, from_store};

/// Everything that is looked at before the log is locked.
pub(crate) struct Proposal {
    pub(crate) found: Found,
    pub(crate) detector: Detector,
    pub(crate) task: Task,
    pub(crate) gate: Option<(GateReport, Vec<u8>)>,
    pub(crate) alias: Alias,
    pub(crate) people: People,
    /// What its task demands otherwise than the champion's.
    pub(crate) held: HeldOtherwise,
    /// What the alias and the champion stood for when the proposal was made.
    pub(crate) seen: Stood,
}

/// What a detector's task demands otherwise than the champion's.
#[derive(Default)]
pub(crate) struct HeldOtherwise {
    /// In words; empty if nothing differs.
    pub(crate) what: Vec<String>,
    /// Who answers for what the champion is held to.
    roles: Vec<Role>,
    /// Why the champion's task cannot be read, if it cannot.
    unread: Option<String>,
}

/// Most bytes of a gate's report.
pub(crate) const REPORT_BYTES_MAX: u64 = 1 << 26;

/// What stands at some moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stood {
    pub(crate) alias: Option<Digest>,
    pub(crate) champion: Option<Digest>,
}

/// Gathers what is looked at.
pub(crate) fn propose(
    arguments: &Promote,
    (store, audit): (&Store, &Audit),
    people: People,
) -> Outcome<Proposal> {
    let found = find(Named {
        name: &arguments.detector,
        store: Some(&arguments.store),
    })?;
    let detector = Detector::from_files(&found.files.iter().cloned().collect())
        .or_fail(|| format!("cannot read the detector `{}`", found.place.title()))?;
    let task = task_of(&detector)?;
    let gate = gate(arguments, (store, audit), &found)?;
    let alias = Alias::from(arguments.to);
    let seen = stood(audit, &detector.card.name, alias);
    let held = held_otherwise(store, seen.champion, &task);
    Ok(Proposal {
        found,
        detector,
        task,
        gate,
        alias,
        people,
        held,
        seen,
    })
}

fn task_of(detector: &Detector) -> Outcome<Task> {
    if detector.task.is_empty() {
        return Ok(Task::assumed(Kind::Table));
    }
    Task::parse(&detector.task).or_fail(|| "the detector's task does not hold".to_owned())
}

/// Compares a task with that of the champion. One that cannot be read stops nobody who answers for it.
fn held_otherwise(store: &Store, champion: Option<Digest>, task: &Task) -> HeldOtherwise {
    let Some(champion) = champion else {
        return HeldOtherwise::default();
    };
    let read = || {
        let found = from_store(store, champion)?;
        let detector = Detector::from_files(&found.files.into_iter().collect())
            .or_fail(|| format!("cannot read the champion {}", champion.short()))?;
        task_of(&detector)
    };
    match read() {
        Ok(before) => HeldOtherwise {
            what: before.held_otherwise(task),
            roles: before.sign_offs.of_changes(),
            unread: None,
        },
        Err(failure) => HeldOtherwise {
            unread: Some(failure.what),
            ..HeldOtherwise::default()
        },
    }
}

/// Returns what an alias and the champion of a task stand for.
pub(crate) fn stood(audit: &Audit, task: &str, alias: Alias) -> Stood {
    let aliases = Aliases::of(&audit.entries);
    let of = |alias| aliases.get(task, alias).map(|held| held.detector);
    Stood {
        alias: of(alias),
        champion: of(Alias::Champion),
    }
}

/// Returns the gate's report: the one that is named, the last one that was signed for this detector, or the one in its folder.
fn gate(
    arguments: &Promote,
    (store, audit): (&Store, &Audit),
    found: &Found,
) -> Outcome<Option<(GateReport, Vec<u8>)>> {
    let read = |bytes: Vec<u8>, of: &str| {
        let report = GateReport::from_json(&bytes);
        let report = report.or_fail(|| format!("cannot use the gate's report `{of}`"))?;
        Outcome::Ok((report, bytes))
    };
    if let Some(path) = &arguments.gate {
        let title = path.display().to_string();
        let bytes = read_at_most(path, REPORT_BYTES_MAX)
            .or_fail(|| format!("cannot read the gate's report `{title}`"))
            .map_err(|failure| failure.hint("`ringtrue gate` writes it"))?;
        return read(bytes, &title).map(Some);
    }
    let signed = audit
        .entries
        .iter()
        .rev()
        .filter_map(|it| match &it.payload.entry {
            Entry::SignedOff { signed } if signed.statement.subject == Subject::Gate => {
                Some(signed.statement.digest)
            }
            _ => None,
        });
    // Several sign the same report.
    let mut seen = BTreeSet::new();
    for digest in signed.filter(|digest| seen.insert(*digest)) {
        let bytes = store
            .document(&digest)
            .map_err(|error| store_failure("cannot read a gate's report that was signed", &error));
        // One that is damaged may be of any detector: it says nothing, and stops nobody.
        match bytes.and_then(|bytes| read(bytes, &digest.short())) {
            Ok((report, bytes)) if report.new.detector == found.id => {
                return Ok(Some((report, bytes)));
            }
            Ok(_) => {}
            Err(failure) => pass_over(&digest, &failure),
        }
    }
    match read_at_most(&found.place.folder().join(GATE_FILE), REPORT_BYTES_MAX) {
        Ok(bytes) => read(bytes, GATE_FILE).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(
            Failure::new(format!("cannot read the gate's report `{GATE_FILE}`")).because(&error),
        ),
    }
}

fn pass_over(report: &Digest, failure: &Failure) {
    note(&format!(
        "warning: the gate's report {}, which somebody signed, is passed over ({}): `ringtrue audit verify` tells more",
        report.short(),
        failure.what
    ));
}

impl Proposal {
    /// Returns what is not met, on what stands in the log.
    pub(crate) fn demands(&self, audit: &Audit) -> Demands {
        let champion = stood(audit, &self.detector.card.name, self.alias).champion;
        let gate = self.gate.as_ref();
        let looked = Looked {
            detector: (self.found.id, &self.detector),
            task: &self.task,
            gate: gate.map(|(report, bytes)| (report, bytes.as_slice())),
            held: &self.held,
        };
        looked.demands(champion, &audit.entries, &self.people)
    }

    /// Keeps the gate's report in the store.
    pub(crate) fn keep_report(&self, store: &Store) -> Outcome<Option<Digest>> {
        let kept = self
            .gate
            .as_ref()
            .map(|(_, bytes)| store.put_document(bytes))
            .transpose();
        kept.map_err(|error| store_failure("cannot keep the gate's report", &error))
    }
}

/// What is looked at of a promotion, one to come or one on record.
struct Looked<'a> {
    detector: (Digest, &'a Detector),
    task: &'a Task,
    gate: Option<(&'a GateReport, &'a [u8])>,
    held: &'a HeldOtherwise,
}

impl Looked<'_> {
    fn demands(&self, champion: Option<Digest>, entries: &[Recorded], people: &People) -> Demands {
        let (id, detector) = self.detector;
        let card = &detector.card;
        let candidate = Candidate {
            detector: id,
            task: self.task.digest(),
            threat_model: self.task.threat_model(),
            sign_offs: &self.task.sign_offs,
            unfit: (!card.fit).then(|| why_unfit(&card.gaps)),
            held: self.held.to(),
        };
        let gate = self.gate.map(|(gate, bytes)| GateSeen {
            report: Digest::of(bytes),
            passed: gate.decision == Decision::Pass,
            decision: gate.decision.word().to_owned(),
            new: gate.new.detector,
            old: gate.old.detector,
            task: gate.task,
            not_asked: gate.not_asked(&self.task.gate.must_keep).cloned().collect(),
        });
        Demands::of(&candidate, gate.as_ref(), champion, entries, people)
    }
}

/// Returns what a promotion on record, which a gate carried, did not meet on what stood in the log before it; `None` if what it
/// rests on cannot be read, which is told of each document. Without `people`, signatures are not looked at.
pub(crate) fn unmet_on_record(
    store: &Store,
    before: &[Recorded],
    moved: &Moved,
    people: Option<&People>,
) -> Option<Vec<Unmet>> {
    let Authority::Gate { report } = &moved.by else {
        return None;
    };
    let bytes = store.document(report).ok()?;
    let step = &moved.step;
    let found = from_store(store, step.to).ok()?;
    let detector = Detector::from_files(&found.files.into_iter().collect()).ok()?;
    let task = task_of(&detector).ok()?;
    let Ok(report) = GateReport::from_json(&bytes) else {
        return Some(vec![Unmet::NoGate]);
    };
    let aliases = Aliases::of(before);
    let champion = aliases.get(&step.task, Alias::Champion);
    let champion = champion.map(|held| held.detector);
    let mut held = held_otherwise(store, champion, &task);
    // A champion of then may be gone by now.
    held.unread = None;
    let looked = Looked {
        detector: (step.to, &detector),
        task: &task,
        gate: Some((&report, &bytes)),
        held: &held,
    };
    let nobody = People::parse("format = 1").ok()?;
    let demands = looked.demands(champion, before, people.unwrap_or(&nobody));
    let is_signature =
        |unmet: &Unmet| matches!(unmet, Unmet::NotSigned { .. } | Unmet::HeldOtherwise { .. });
    let mut unmet = demands.unmet;
    unmet.retain(|it| people.is_some() || !is_signature(it));
    Some(unmet)
}

impl HeldOtherwise {
    fn to(&self) -> HeldTo<'_> {
        match &self.unread {
            Some(why) => HeldTo::Unknown(why.clone()),
            None if self.what.is_empty() => HeldTo::Same,
            None => HeldTo::Otherwise {
                what: &self.what,
                roles: self.roles.clone(),
            },
        }
    }
}

/// Says why a detector is not fit, by the gaps of its card.
pub(crate) fn why_unfit(gaps: &[String]) -> String {
    let is_why = |gap: &&String| {
        let others = ["fitness: ", "calibration: "];
        tells_what_blocks(gap) || others.iter().any(|it| gap.starts_with(it))
    };
    let why = gaps.iter().find(is_why);
    why.cloned()
        .unwrap_or_else(|| "its card says so".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_accepted_is_not_why() {
        let accepted = "vetting: `V009 time` is accepted by Ann until 2027-01-01, because it blocks: nothing: it is known";
        let gaps = |gaps: &[&str]| gaps.iter().map(|&gap| gap.to_owned()).collect::<Vec<_>>();
        let unfit = "fitness: no step of the ladder is worth its cost";
        assert_eq!(
            why_unfit(&gaps(&["robustness: none", accepted, unfit])),
            unfit
        );
        let blocks = "vetting: `V001` blocks: labels disagree";
        assert_eq!(why_unfit(&gaps(&[accepted, blocks, unfit])), blocks);
        assert_eq!(why_unfit(&gaps(&[accepted])), "its card says so");
    }
}
