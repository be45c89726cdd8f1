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

use ringtrue_core::audit::{Authority, Demands, Entry, Move, Moved, Origin};
use ringtrue_core::signing::{People, Role};
use ringtrue_core::{Digest, EventTime};
use ringtrue_report::{Document, visible};
use ringtrue_store::{Audit, Store};
use serde_json::{Value, json};

use crate::args::Promote;
use crate::commands::ingest::store_failure;
use crate::commands::{note, now, print_json};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::label_store::existing;
use crate::page;
use crate::registry::{
    Desk, Proposal, Signer, Stood, propose, read_people, register, stood, unreadable,
};

/// Somebody answers for what is not met.
struct Exception {
    name: String,
    reason: String,
    until: EventTime,
}

/// A promotion before it is decided.
struct Attempt {
    proposal: Proposal,
    by: Option<Exception>,
    /// The gate's report, in the store.
    report: Option<Digest>,
    /// What customers are told, in the store.
    note: Digest,
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
    let proposal = propose(arguments, (&store, &audit), people)?;
    already(&proposal, proposal.seen)?;
    let demands = proposal.demands(&audit);
    if by.is_none() && !demands.unmet.is_empty() {
        return refuse(arguments, &proposal, &demands);
    }
    let release = release_note(&proposal, by.as_ref(), now);
    let attempt = prepare(&store, proposal, by, &release)?;
    let desk = Desk {
        store: &store,
        signer: signer.as_ref(),
    };
    let promoted = desk.write(|audit, _| attempt.decide(audit))?;
    if let Some(out) = &arguments.out {
        page::write_note(&release, out)?;
    }
    tell(arguments, &attempt.proposal, &promoted)?;
    Ok(Exit::Done)
}

fn release_note(proposal: &Proposal, by: Option<&Exception>, now: EventTime) -> Document {
    page::release_note(&page::ReleaseTold {
        detector: &proposal.detector,
        id: proposal.found.id,
        comparison: proposal.gate.as_ref().map(|(gate, _)| &gate.comparison),
        exception: by.map(|by| by.until),
        now,
    })
}

/// Puts everything into the store that the entry will name.
fn prepare(
    store: &Store,
    proposal: Proposal,
    by: Option<Exception>,
    release: &Document,
) -> Outcome<Attempt> {
    register(store, &proposal.found.files, Origin::Folder)?;
    let report = proposal.keep_report(store)?;
    let note = store
        .put_document(page::note_text(release).as_bytes())
        .map_err(|error| store_failure("cannot keep the release note", &error))?;
    Ok(Attempt {
        proposal,
        by,
        report,
        note,
    })
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

impl Attempt {
    /// Decides with the log in hand: nobody else writes before the entry stands.
    fn decide(&self, audit: &Audit) -> Outcome<(Vec<Entry>, Promoted)> {
        let proposal = &self.proposal;
        let task = proposal.detector.card.name.clone();
        let stands = stood(audit, &task, proposal.alias);
        already(proposal, stands)?;
        if stands != proposal.seen {
            return Err(overtaken(proposal, stands));
        }
        let demands = proposal.demands(audit);
        let step = Move {
            task,
            alias: proposal.alias,
            from: stands.alias,
            to: proposal.found.id,
        };
        let moved = Moved {
            step: step.clone(),
            by: self.authority(&demands)?,
            objections: demands.objections.clone(),
            note: Some(self.note),
        };
        Ok((vec![Entry::Moved(moved)], Promoted { step, demands }))
    }

    /// Returns by what right it is promoted, if by any.
    fn authority(&self, demands: &Demands) -> Outcome<Authority> {
        match (&self.by, self.report) {
            (Some(by), report) => Ok(Authority::Override {
                by: by.name.clone(),
                reason: by.reason.clone(),
                until: by.until,
                unmet: demands.unmet.iter().map(ToString::to_string).collect(),
                report,
            }),
            (None, Some(report)) if demands.unmet.is_empty() => Ok(Authority::Gate { report }),
            (None, _) => Err(no(&self.proposal, demands)),
        }
    }
}

/// Says that the answer is no.
fn refusal(what: String) -> Failure {
    Failure {
        exit: Exit::No,
        ..Failure::new(what)
    }
}

/// Refuses a promotion that would change nothing.
fn already(proposal: &Proposal, stands: Stood) -> Outcome<()> {
    if stands.alias != Some(proposal.found.id) {
        return Ok(());
    }
    Err(refusal(format!(
        "detector {} is the {} of `{}` already",
        proposal.found.id.short(),
        proposal.alias,
        proposal.detector.card.name
    )))
}

/// Says that another promotion came first.
fn overtaken(proposal: &Proposal, stands: Stood) -> Failure {
    let word =
        |digest: Option<Digest>| digest.map_or_else(|| "nothing".to_owned(), |it| it.short());
    refusal(format!(
        "another promotion came first: the {} of `{}` was {} and is {} now",
        proposal.alias,
        proposal.detector.card.name,
        word(proposal.seen.alias),
        word(stands.alias)
    ))
    .hint("compare it with the champion that stands now: `ringtrue gate`")
}

/// Says no to a detector that does not meet the demands.
fn no(proposal: &Proposal, demands: &Demands) -> Failure {
    let mut failure = refusal(format!(
        "detector {} may not become {} of `{}`",
        proposal.found.id.short(),
        proposal.alias,
        proposal.detector.card.name
    ));
    let unmet = demands.unmet.iter();
    failure.causes = unmet.map(|it| format!("{}: {it}", it.code())).collect();
    failure.causes.extend(demands.discounted.iter().cloned());
    failure.hint(
        "`ringtrue gate` makes the report, `ringtrue sign` signs it; an approver can answer for it with `--override REASON --by NAME --key FILE --until DATE`",
    )
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
    data.insert("held_otherwise".to_owned(), json!(proposal.held.what));
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
    if !proposal.held.what.is_empty() {
        note(&format!(
            "its task changes what the champion was held to: {}",
            proposal.held.what.join(", ")
        ));
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
