//! What a promotion looks at before it decides: the detector, its task, the gate's report, who may sign, and what stands.

use ringtrue_core::audit::{Alias, Aliases, Candidate, Demands, Entry, GateSeen};
use ringtrue_core::signing::{People, Subject};
use ringtrue_core::{Digest, Kind, Task};
use ringtrue_model::Detector;
use ringtrue_store::{Audit, Store};
use ringtrue_trial::gate::{Decision, GATE_FILE, GateReport};

use crate::args::Promote;
use crate::commands::ingest::store_failure;
use crate::failure::{OrFail, Outcome};
use crate::registry::{Found, Named, find};

/// Everything that is looked at before the log is locked.
pub(crate) struct Proposal {
    pub(crate) found: Found,
    pub(crate) detector: Detector,
    pub(crate) task: Task,
    pub(crate) gate: Option<(GateReport, Vec<u8>)>,
    pub(crate) alias: Alias,
    pub(crate) people: People,
    /// What the alias and the champion stood for when the proposal was made.
    pub(crate) seen: Stood,
}

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
    let task = if detector.task.is_empty() {
        None
    } else {
        Some(
            Task::parse(&detector.task)
                .or_fail(|| "the detector's task does not hold".to_owned())?,
        )
    };
    let task = task.unwrap_or_else(|| Task::assumed(Kind::Table));
    let gate = gate(arguments, (store, audit), &found)?;
    let alias = Alias::from(arguments.to);
    let seen = stood(audit, &detector.card.name, alias);
    Ok(Proposal {
        found,
        detector,
        task,
        gate,
        alias,
        people,
        seen,
    })
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
        let bytes = std::fs::read(path)
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
    for digest in signed {
        let bytes = store.document(&digest).map_err(|error| {
            store_failure("cannot read a gate's report that was signed", &error)
        })?;
        let (report, bytes) = read(bytes, &digest.short())?;
        if report.new.detector == found.id {
            return Ok(Some((report, bytes)));
        }
    }
    match std::fs::read(found.place.folder().join(GATE_FILE)) {
        Ok(bytes) => read(bytes, GATE_FILE).map(Some),
        Err(_) => Ok(None),
    }
}

impl Proposal {
    /// Returns what is not met, on what stands in the log.
    pub(crate) fn demands(&self, audit: &Audit) -> Demands {
        let card = &self.detector.card;
        let candidate = Candidate {
            detector: self.found.id,
            task: card.task,
            threat_model: self.task.threat_model(),
            sign_offs: &self.task.sign_offs,
            unfit: (!card.fit).then(|| why_unfit(&card.gaps)),
        };
        let gate = self.gate.as_ref().map(|(gate, bytes)| GateSeen {
            report: Digest::of(bytes),
            passed: gate.decision == Decision::Pass,
            decision: gate.decision.word().to_owned(),
            new: gate.new.detector,
            old: gate.old.detector,
            task: gate.task,
        });
        let champion = stood(audit, &card.name, self.alias).champion;
        Demands::of(
            &candidate,
            gate.as_ref(),
            champion,
            &audit.entries,
            &self.people,
        )
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

/// Says why a detector is not fit, by the gaps of its card.
pub(crate) fn why_unfit(gaps: &[String]) -> String {
    let told = ["vetting: ", "fitness: ", "calibration: "];
    let why = gaps
        .iter()
        .find(|gap| told.iter().any(|it| gap.starts_with(it)));
    why.cloned()
        .unwrap_or_else(|| "its card says so".to_owned())
}
