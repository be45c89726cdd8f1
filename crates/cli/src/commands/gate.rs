//! `ringtrue gate`: may a detector replace the one in use?

use std::path::{Path, PathBuf};

use ringtrue_core::audit::Stopgap;
use ringtrue_model::Card;
use ringtrue_store::atomic_write;
use ringtrue_trial::gate::{Decision, Evidence, GATE_FILE, GateReport, MustKeep, Sample, gate};

use crate::args::Gate;
use crate::commands::{note, now, print};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::page;
use crate::progress::called;
use crate::registry::stopgaps_in_force;
use crate::stopgap::{Records, alone};
use crate::versus::{Both, Compared, compared};

/// Runs the verb.
pub(crate) fn run(arguments: &Gate) -> Outcome {
    let versus = &arguments.versus;
    let both = Both::read(&arguments.against, &arguments.new, versus)?;
    if let Some(id) = both.new.id.filter(|id| both.old.id == Some(*id)) {
        return Err(Failure::new(format!(
            "both are the detector {}, and against itself it shows nothing",
            id.short()
        ))
        .hint("name with `--against` what decides today; `ringtrue compare` takes a detector against itself"));
    }
    let must_keep = must_keep(arguments, &both)?;
    let found = compared(&both, versus)?;
    let samples = samples(arguments, &both)?;
    let report = decided(&both, &found, (&must_keep, &samples));
    let text = report
        .to_json()
        .or_fail(|| "cannot write the gate's answer".to_owned())?;
    keep(&both.places[1].folder(), &text);
    let document = page::gate_document(&report, &found, &versus.on);
    if let Some(out) = &versus.out {
        page::write(&document, out)?;
        page::write_junit(&document, out)?;
    }
    if versus.json {
        print(&text)?;
    } else {
        page::summarize(&document)?;
    }
    Ok(match report.decision {
        Decision::Pass => Exit::Done,
        Decision::Refuse => Exit::No,
        Decision::CannotTell => Exit::CannotTell,
    })
}

/// Asks both detectors about the sets on which nothing may get worse: those of the task, and those that are named here.
fn must_keep(arguments: &Gate, both: &Both) -> Outcome<Vec<MustKeep>> {
    let of_task = both.new.task.gate.must_keep.iter().map(PathBuf::from);
    let mut sets = Vec::new();
    for file in of_task.chain(arguments.must_keep.iter().cloned()) {
        if !file.exists() {
            return Err(Failure::new(format!(
                "the must-keep set is not there: `{}`",
                file.display()
            ))
            .hint("the files of `gate.must_keep` are looked for in the current folder"));
        }
        let asked = both.ask(std::slice::from_ref(&file), 0)?;
        sets.push(MustKeep {
            name: called(&file),
            pairs: asked.pairs,
            unasked: asked.unasked,
        });
    }
    Ok(sets)
}

/// Asks the new detector about the samples of the store's stopgaps.
fn samples(arguments: &Gate, both: &Both) -> Outcome<Vec<Sample>> {
    let Some(store) = &arguments.versus.store else {
        return Ok(Vec::new());
    };
    let records = Records::of(store, arguments.log.as_deref())?;
    let stopgaps = stopgaps_in_force(&records.store, &both.new.detector.card.name, now()?)?;
    if stopgaps.is_empty() {
        return Ok(Vec::new());
    }
    let events = records.events(&stopgaps.iter().map(|it| it.event).collect())?;
    let sample = |stopgap: Stopgap| Sample {
        does: (events.get(&stopgap.event)).map(|event| alone(&both.new, event).1),
        event: stopgap.event,
        wanted: stopgap.action,
    };
    Ok(stopgaps.into_iter().map(sample).collect())
}

fn decided(
    both: &Both,
    found: &Compared,
    (must_keep, samples): (&[MustKeep], &[Sample]),
) -> GateReport {
    let task = &both.new.task;
    let card = &both.new.detector.card;
    let unfit = unfit(card);
    let evidence = Evidence {
        pairs: &found.pairs,
        comparison: &found.comparison,
        money: found.money.as_ref(),
        must_keep,
        samples,
        limits: &task.gate,
        sheet: &task.cost_sheet(),
        learned_from: found.learned_from,
        unfit: &unfit,
    };
    gate(&evidence, task.digest(), env!("CARGO_PKG_VERSION"))
}

/// Returns why a detector is not fit to be used; nothing if it is.
fn unfit(card: &Card) -> Vec<String> {
    match (card.fit, card.gaps.is_empty()) {
        (true, _) => Vec::new(),
        (false, true) => vec!["its card says no more".to_owned()],
        (false, false) => card.gaps.clone(),
    }
}

/// Leaves the answer beside the detector that it is about, where a promotion looks for it.
fn keep(folder: &Path, text: &str) {
    let path = folder.join(GATE_FILE);
    if let Err(error) = atomic_write(&path, text.as_bytes()) {
        note(&format!(
            "warning: the answer is not kept in `{}`, so that no promotion finds it: {error}",
            path.display()
        ));
    }
}
