//! `ringtrue promote`: a detector becomes champion if it passed the gate and was signed, or an approver answers for it.
//!
//! ```text
//!   detector, gate's report, people ──► demands, once without the lock: a plain no writes nothing
//!        └──► detector, report, release note into the store ──► under the log's lock: demands once more, on what stands then
//!                                                                    └──► one entry: the commit point
//! ```
//!
//! The gate names the champion that it compared with. Of two promotions at once the second finds another champion than its
//! gate saw, and is refused.

use ringtrue_core::audit::{
    Alias, Aliases, Authority, Candidate, Demands, Entry, GateSeen, Move, Moved, Origin,
};
use ringtrue_core::signing::{People, Role, Subject};
use ringtrue_core::{Digest, EventTime, Task};
use ringtrue_model::Detector;
use ringtrue_report::visible;
use ringtrue_store::{Audit, Store};
use ringtrue_trial::gate::{Decision, GATE_FILE, GateReport};
use serde_json::{Value, json};

use crate::args::Promote;
use crate::commands::ingest::store_failure;
use crate::commands::{note, now, print_json};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::label_store::existing;
use crate::page;
use crate::registry::{Desk, Found, Named, Place, Signer, find, read_people, register, unreadable};

/// Everything that is looked at before the log is locked.
struct Proposal {
    found: Found,
    detector: Detector,
    task: Task,
    gate: Option<(GateReport, Vec<u8>)>,
    alias: Alias,
    people: People,
    /// What the alias and the champion stood for when the proposal was made.
    seen: Stood,
    by: Option<Exception>,
}

/// What stands at some moment.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stood {
    alias: Option<Digest>,
    champion: Option<Digest>,
}

/// Somebody answers for what is not met.
struct Exception {
    name: String,
    reason: String,
    until: EventTime,
}

/// What came of it.
struct Promoted {
    step: Move,
    demands: Demands,
}

/// Runs the verb.
pub(crate) fn run(arguments: &Promote) -> Outcome {
    let now = now()?;
    let store = existing(&arguments.store)?;
    let people = read_people(arguments.by.people.as_deref())?;
    let signer = Signer::of(&arguments.by, people.as_ref(), now)?;
    let by = exception(arguments, signer.as_ref(), now)?;
    let audit = store.audit().map_err(|error| unreadable(&store, &error))?;
    let people = people.map_or_else(|| People::parse("format = 1"), Ok);
    let people = people.or_fail(|| "nobody is known who may sign".to_owned())?;
    let proposal = propose(arguments, (&store, &audit), people, by)?;
    let demands = proposal.demands(&audit);
    if proposal.by.is_none() && !demands.unmet.is_empty() {
        return refuse(arguments, &proposal, &demands);
    }
    register(&store, &proposal.found.files, Origin::Folder)?;
    let report = proposal.keep_report(&store)?;
    let release = page::release_note(&page::ReleaseTold {
        detector: &proposal.detector,
        id: proposal.found.id,
        comparison: proposal.gate.as_ref().map(|(gate, _)| &gate.comparison),
        exception: proposal.by.as_ref().map(|by| by.until),
        now,
    });
    let kept = store.put_document(page::note_text(&release).as_bytes());
    let kept = kept.map_err(|error| store_failure("cannot keep the release note", &error))?;
    let desk = Desk {
        store: &store,
        signer: signer.as_ref(),
        now,
    };
    let promoted = desk.write(|audit| proposal.decide(audit, report, kept))?;
    if let Some(out) = &arguments.out {
        page::write_note(&release, out)?;
    }
    tell(arguments, &proposal, &promoted)?;
    Ok(Exit::Done)
}

/// Returns who answers for what is not met; only an approver can.
fn exception(
    arguments: &Promote,
    signer: Option<&Signer>,
    now: EventTime,
) -> Outcome<Option<Exception>> {
    let (Some(reason), Some(until)) = (&arguments.reason, arguments.until) else {
        return Ok(None);
    };
    let person = signer.map(Signer::person).ok_or_else(|| {
        Failure::new("nobody answers for the override").hint("give `--by NAME --key FILE`")
    })?;
    if person.role != Role::Approver {
        return Err(Failure::new(format!(
            "`{}` is {} and cannot override: only an approver can",
            person.name, person.role
        ))
        .hint("ask an approver, or meet the demands: `ringtrue promote` without `--override` lists them"));
    }
    if until < now {
        return Err(
            Failure::new(format!("the override ends before it begins: {until}"))
                .hint("give `--until` a day to come"),
        );
    }
    Ok(Some(Exception {
        name: person.name.clone(),
        reason: reason.clone(),
        until,
    }))
}

fn propose(
    arguments: &Promote,
    (store, audit): (&Store, &Audit),
    people: People,
    by: Option<Exception>,
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
    let task = task.unwrap_or_else(|| Task::assumed(ringtrue_core::Kind::Table));
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
        by,
    })
}

fn stood(audit: &Audit, task: &str, alias: Alias) -> Stood {
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
    let Place::Folder(folder) = &found.place else {
        return Ok(None);
    };
    match std::fs::read(folder.join(GATE_FILE)) {
        Ok(bytes) => read(bytes, GATE_FILE).map(Some),
        Err(_) => Ok(None),
    }
}

impl Proposal {
    /// Returns what is not met, on what stands in the log.
    fn demands(&self, audit: &Audit) -> Demands {
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

    fn keep_report(&self, store: &Store) -> Outcome<Option<Digest>> {
        let kept = self
            .gate
            .as_ref()
            .map(|(_, bytes)| store.put_document(bytes))
            .transpose();
        kept.map_err(|error| store_failure("cannot keep the gate's report", &error))
    }

    /// Decides with the log in hand: nobody else writes before the entry stands.
    fn decide(
        &self,
        audit: &Audit,
        report: Option<Digest>,
        kept: Digest,
    ) -> Outcome<(Vec<Entry>, Promoted)> {
        let task = self.detector.card.name.clone();
        let stands = stood(audit, &task, self.alias);
        if stands.alias == Some(self.found.id) {
            return Err(Failure {
                exit: Exit::No,
                ..Failure::new(format!(
                    "detector {} is the {} of `{task}` already",
                    self.found.id.short(),
                    self.alias
                ))
            });
        }
        if stands != self.seen {
            return Err(self.overtaken(stands));
        }
        let demands = self.demands(audit);
        let by = match (&self.by, report) {
            (Some(by), report) => Authority::Override {
                by: by.name.clone(),
                reason: by.reason.clone(),
                until: by.until,
                unmet: demands.unmet.iter().map(ToString::to_string).collect(),
                report,
            },
            (None, Some(report)) if demands.unmet.is_empty() => Authority::Gate { report },
            (None, _) => return Err(no(self, &demands)),
        };
        let step = Move {
            task,
            alias: self.alias,
            from: stands.alias,
            to: self.found.id,
        };
        let moved = Moved {
            step: step.clone(),
            by,
            objections: demands.objections.clone(),
            note: Some(kept),
        };
        Ok((vec![Entry::Moved(moved)], Promoted { step, demands }))
    }

    /// Says that another promotion came first.
    fn overtaken(&self, stands: Stood) -> Failure {
        let word =
            |digest: Option<Digest>| digest.map_or_else(|| "nothing".to_owned(), |it| it.short());
        let failure = Failure::new(format!(
            "another promotion came first: the {} of `{}` was {} and is {} now",
            self.alias,
            self.detector.card.name,
            word(self.seen.alias),
            word(stands.alias)
        ));
        let failure = failure.hint("compare it with the champion that stands now: `ringtrue gate`");
        Failure {
            exit: Exit::No,
            ..failure
        }
    }
}

fn why_unfit(gaps: &[String]) -> String {
    let told = ["vetting: ", "fitness: ", "calibration: "];
    let why = gaps
        .iter()
        .find(|gap| told.iter().any(|it| gap.starts_with(it)));
    why.cloned()
        .unwrap_or_else(|| "its card says so".to_owned())
}

/// Says no to a detector that does not meet the demands.
fn no(proposal: &Proposal, demands: &Demands) -> Failure {
    let mut failure = Failure::new(format!(
        "detector {} may not become {} of `{}`",
        proposal.found.id.short(),
        proposal.alias,
        proposal.detector.card.name
    ));
    let unmet = demands.unmet.iter();
    failure.causes = unmet.map(|it| format!("{}: {it}", it.code())).collect();
    failure.causes.extend(demands.discounted.iter().cloned());
    let failure = failure.hint(
        "`ringtrue gate` makes the report, `ringtrue sign` signs it; an approver can answer for it with `--override REASON --by NAME --key FILE --until DATE`",
    );
    Failure {
        exit: Exit::No,
        ..failure
    }
}

fn refuse(arguments: &Promote, proposal: &Proposal, demands: &Demands) -> Outcome {
    if arguments.json {
        let mut data = data(proposal, demands);
        data.insert("promoted".to_owned(), json!(false));
        print_json(&data)?;
    }
    Err(no(proposal, demands))
}

fn data(proposal: &Proposal, demands: &Demands) -> serde_json::Map<String, Value> {
    let unmet = demands.unmet.iter();
    let unmet: Vec<Value> = unmet
        .map(|it| json!({ "code": it.code(), "says": it.to_string() }))
        .collect();
    let mut data = serde_json::Map::new();
    data.insert("format".to_owned(), json!(1));
    data.insert("promoted".to_owned(), json!(true));
    data.insert("task".to_owned(), json!(proposal.detector.card.name));
    data.insert("alias".to_owned(), json!(proposal.alias));
    data.insert("detector".to_owned(), json!(proposal.found.id));
    data.insert("from".to_owned(), json!(proposal.seen.alias));
    data.insert("unmet".to_owned(), json!(unmet));
    data.insert("objections".to_owned(), json!(demands.objections));
    data
}

fn tell(arguments: &Promote, proposal: &Proposal, promoted: &Promoted) -> Outcome<()> {
    let Promoted { step, demands } = promoted;
    for objection in &demands.objections {
        note(&visible::line(&format!(
            "on record: {} ({}) disagrees with the {}: {}",
            objection.name, objection.role, objection.subject, objection.reason
        )));
    }
    for unmet in &demands.unmet {
        note(&format!("overridden: {}: {unmet}", unmet.code()));
    }
    if proposal.task.sign_offs.is_silent() {
        note("assumed: the task demands no signature (`[gate.sign_offs]`)");
    }
    note(&format!(
        "detector {} is the {} of `{}` now",
        step.to.short(),
        step.alias,
        step.task
    ));
    if arguments.json {
        print_json(&data(proposal, demands))?;
    }
    Ok(())
}
