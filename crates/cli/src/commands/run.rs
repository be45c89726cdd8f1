//! `ringtrue run`: everything from files of events to a judged detector and its report.

mod facts;
mod parts;

use std::collections::BTreeSet;

use ringtrue_core::audit::Origin;
use ringtrue_core::task::Reader;
use ringtrue_core::{CostSheet, Digest, KeyId, noun, plural};
use ringtrue_intake::SignalReader;
use ringtrue_intake::history::History;
use ringtrue_intake::mapping::Stated;
use ringtrue_model::{Card, Detector, Examples, Rung, Scope};
use ringtrue_store::{EventQuery, IngestSource, Store, StoreError};
use ringtrue_trial::{Judged, Judgement, Learned, LearnedRung, judge};
use ringtrue_vet::Verdict;

use crate::args::Run;
use crate::commands::ingest::{
    Ingested, LABELLED, into_store, open, sources, store_failure, summarize,
};
use crate::commands::{note, now, print_json};
use crate::corpus::{Context, Corpus, Entry};
use crate::cpu::Steps;
use crate::decisions::Decisions;
use crate::detector_folder::{self, Loaded};
use crate::evasion::Robustness;
use crate::expressions::check_signals;
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::files::expand;
use crate::gathered::Gathered;
use crate::hardening::{Ground, Hardened, hardened};
use crate::input::Reading;
use crate::journey::{
    Indexed, LeaveOut, Parts, Roll, Rolling, Stored, Trainer, Trial, assumed_of_habits,
    attack_stored, blanked, examples, fit_reader, for_used, judge_all, judged, load, read_index,
    roll, saw_no_own, setting, slices,
};
use crate::keys;
use crate::page::{self, Told, Undecided};
use crate::registry::also_add;
use crate::revealed::Revealed;
use crate::task_file::{self, Chosen};
use crate::used::Used;
use crate::vetted::{self, Kept, Place, Setting, Vetted};
use crate::watching;
use crate::weights;
use parts::{check_left_out, judged_positions, parts};

/// Runs the verb.
pub(crate) fn run(arguments: &Run) -> Outcome {
    let files = expand(&arguments.files)?;
    let leave_out = arguments
        .leave_out
        .as_ref()
        .map(|(column, value)| LeaveOut::new(column, value))
        .transpose()?;
    let chosen = task_file::choose(&arguments.reading, &files)?;
    std::fs::create_dir_all(&arguments.out)
        .or_fail(|| format!("cannot make the folder `{}`", arguments.out.display()))?;
    let store_path = arguments.out.join("store");
    let store = open(&store_path)?;
    let reading = Reading {
        task: chosen.task.clone(),
        key: keys::of_store(&store, arguments.key.as_deref())?,
        now: now()?,
        needed: LABELLED.to_vec(),
        stated: Stated::Needed,
    };
    let mut cpu = Steps::default();
    let sources = sources(&files, &reading.task)?;
    let earlier = earlier(&store, &sources)?;
    keys::check_one(&store, &reading)?;
    let ingested = into_store(&store, &files, &sources, &reading)?;
    cpu.end("reading");
    summarize(&ingested, &store_path);
    if let Some(sentence) = &earlier {
        note(&format!("assumed: {sentence}"));
    }
    let decisions = Decisions::of(&store, &chosen.task, arguments.labels_as_of)?;
    for sentence in decisions.sentences() {
        note(&format!("assumed: {sentence}"));
    }
    let task = chosen.task.digest();
    let (dataset_digest, dataset) = store
        .snapshot_with(&EventQuery::default(), task, decisions.taken())
        .map_err(|error| store_failure("cannot fix the dataset", &error))?;
    journey(
        arguments,
        &chosen,
        leave_out.as_ref(),
        &Data {
            stored: Stored {
                store: &store,
                dataset: &dataset,
                decisions: &decisions,
            },
            digest: dataset_digest,
            ingested: &ingested,
            earlier,
            key: keys::used(&reading.task, &reading.key).map(|used| used.key),
        },
        cpu,
    )
}

/// Says what the store holds beside the inputs of this run, `None` if there is nothing.
///
/// Refuses a store whose events were read by other rules: they would stay as they were read then.
fn earlier(store: &Store, sources: &[IngestSource]) -> Outcome<Option<String>> {
    let cannot = |error: &StoreError| store_failure("cannot list what the store holds", error);
    let known = store.sources().map_err(|error| cannot(&error))?;
    let rules = sources.first().and_then(|source| source.task);
    let hint = "name another folder with `--out`, or remove its `store` to begin anew";
    if let Some((other, _)) = known
        .iter()
        .find(|(source, added)| *added > 0 && source.task != rules)
    {
        return Err(Failure::new(format!(
            "the store `{}` holds events of `{}` that were read by another task or kind",
            store.path().display(),
            other.name
        ))
        .hint(hint));
    }
    let is_other = |(source, added): &&(IngestSource, u64)| {
        let is_this = |this: &IngestSource| this.digest.is_some() && this.digest == source.digest;
        *added > 0 && !sources.iter().any(is_this)
    };
    let others: Vec<&(IngestSource, u64)> = known.iter().filter(is_other).collect();
    let names: BTreeSet<String> = others
        .iter()
        .map(|(source, _)| format!("`{}`", source.name))
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    let events: u64 = others.iter().map(|(_, added)| added).sum();
    Ok((events > 0).then(|| {
        format!(
            "{} that earlier runs into this folder read from other inputs or other versions of them ({}) {} to the data, and an event that was known has the label that holds by the label store",
            plural(events, "event", "events"),
            names.join(", "),
            noun(events, "belongs", "belong")
        )
    }))
}

/// The data of a run.
struct Data<'a> {
    stored: Stored<'a>,
    digest: Digest,
    ingested: &'a Ingested,
    /// The key of the pseudonyms, if there are any.
    key: Option<KeyId>,
    /// What the store held before, in a sentence.
    earlier: Option<String>,
}

fn journey(
    arguments: &Run,
    chosen: &Chosen,
    leave_out: Option<&LeaveOut>,
    data: &Data<'_>,
    mut cpu: Steps,
) -> Outcome {
    let sheet = chosen.task.cost_sheet();
    let used = Used::new(&chosen.task)?;
    let copies = chosen.task.vetting.copies;
    let indexed = read_index(data.stored, (&used, copies), leave_out)?;
    check_left_out(leave_out, &indexed)?;
    let mut parts = parts(arguments, &indexed, sheet.malicious_share)?;
    let vetted = vetted(arguments, chosen, data, &indexed)?;
    cpu.end("vetting");
    let reader = fit_reader(data.stored, &indexed, &parts, &chosen.task)?;
    parts
        .assumed
        .extend(assumed_of_habits(&reader, indexed.actors));
    let slices = slices(&chosen.task)?;
    check_signals(&slices, reader.schema())?;
    let context = Context {
        reader: &reader,
        sheet: &sheet,
        slices: &slices,
        revealed: Revealed::new(&chosen.task, arguments.reader.map(Reader::from)),
    };
    let (mut corpus, history) = load(data.stored, &indexed, &context)?;
    corpus.expressions.check()?;
    if let Some(weights) = &arguments.weights {
        parts
            .assumed
            .push(weights::read(weights)?.give(&mut corpus, weights)?);
    }
    let blanked = blanked(&reader, &arguments.without)?;
    for column in &blanked {
        corpus.rows.blank(*column);
    }
    cpu.end("signals");
    let ground = Ground {
        arguments,
        task: &chosen.task,
        stored: data.stored,
        context: &context,
        sheet: &sheet,
        plan: &parts.plan,
        blanked: &blanked,
    };
    let hardened = hardened(&ground, &mut corpus)?;
    cpu.end("hardening");
    let applied = hardened.as_ref().map(|(_, hardened)| &hardened.applied);
    let training = Trainer::new(arguments, chosen.task.kind, &sheet, &corpus).hardened(applied);
    let tokens = training.tokens(&corpus);
    let examples = examples(&corpus, &tokens);
    let learned = match &hardened {
        Some((learned, _)) => learned.clone(),
        None => training.ladder(&examples, &parts.plan)?,
    };
    cpu.end("training the ladder");
    let trained = Trained {
        reader: &reader,
        corpus: &corpus,
        examples: &examples,
        trainer: &training,
        hardened: hardened.as_ref().map(|(_, hardened)| hardened),
        entries: indexed.index.in_order(),
        parts: &parts,
        learned,
        sheet: &sheet,
        unlabelled: indexed.unlabelled,
        vetted,
        history,
    };
    judge_and_tell(arguments, chosen, data, &trained, (leave_out, cpu))
}

/// Judges what was trained, attacks it, trains it again as time goes by, and tells all of it.
fn judge_and_tell(
    arguments: &Run,
    chosen: &Chosen,
    data: &Data<'_>,
    trained: &Trained<'_>,
    (leave_out, mut cpu): (Option<&LeaveOut>, Steps),
) -> Outcome {
    let positions = judged_positions(trained.parts);
    let mut found = judge_rungs(arguments, chosen, data, trained, &positions)?;
    cpu.end("judging");
    let robustness = attacked(arguments, chosen, data, trained, &positions, &mut found)?;
    cpu.end("attacking");
    let rolling = match leave_out {
        Some(_) => None,
        None => rolled(arguments, trained, &positions, &found)?,
    };
    cpu.end("training again");
    note(&format!("CPU seconds: {}", cpu.in_words()));
    let beside = (rolling.as_ref(), &robustness);
    finish(arguments, chosen, data, trained, &found, beside)
}

/// Trains again over the judged time.
fn rolled(
    arguments: &Run,
    trained: &Trained<'_>,
    positions: &[u32],
    found: &Found,
) -> Outcome<Option<Rolling>> {
    let again = Roll {
        trainer: trained.trainer,
        corpus: trained.corpus,
        examples: trained.examples,
        entries: &trained.entries,
        rung: found.rung,
        times: usize::from(arguments.retrain),
    };
    let detector = &found.detector;
    let setting = setting(detector.thresholds(), &detector.nominal, trained.sheet);
    roll(&again, positions, &found.trial.judged, &setting)
}

/// Attacks the detector that was picked, and says on its card what that leaves open.
fn attacked(
    arguments: &Run,
    chosen: &Chosen,
    data: &Data<'_>,
    trained: &Trained<'_>,
    positions: &[u32],
    found: &mut Found,
) -> Outcome<Robustness> {
    let loaded = Loaded::of(&found.detector, trained.reader, &chosen.task)
        .or_fail(|| "the detector cannot be used".to_owned())?;
    let loaded = loaded.read_by(arguments.reader);
    let judged = (trained.corpus, positions);
    let robustness = attack_stored(data.stored, &loaded, judged, &arguments.attacking)?;
    robustness.tell(&mut found.detector.card.gaps);
    Ok(robustness)
}

/// Checks that what is to be left out is there.
/// What training left.
struct Trained<'a> {
    reader: &'a SignalReader,
    corpus: &'a Corpus<'a>,
    examples: &'a Examples<'a>,
    trainer: &'a Trainer<'a>,
    /// What hardening came to, if that was asked for.
    hardened: Option<&'a Hardened>,
    /// The events in the order of time.
    entries: Vec<Entry>,
    parts: &'a Parts,
    learned: Learned,
    sheet: &'a CostSheet,
    unlabelled: u64,
    vetted: Vetted,
    /// What users and hosts did until the end of the data.
    history: Option<History>,
}

/// The detector that was picked, and how every rung did.
struct Found {
    rung: Rung,
    detector: Detector,
    trial: Trial,
    ladder: Vec<(Rung, Judgement)>,
}

fn judge_rungs(
    arguments: &Run,
    chosen: &Chosen,
    data: &Data<'_>,
    trained: &Trained<'_>,
    positions: &[u32],
) -> Outcome<Found> {
    let Trained {
        corpus,
        examples,
        learned,
        sheet,
        ..
    } = trained;
    let mut ladder = Vec::with_capacity(learned.rungs.len());
    let mut judged_rungs = Vec::new();
    for rung in &learned.rungs {
        let judged = judged(rung, corpus, examples, positions);
        ladder.push((rung.rung, judge_rung(rung, &judged, sheet)?));
        judged_rungs.push(judged);
    }
    let (rung, judged) = pick(&learned.rungs, judged_rungs, learned.choice.rung)?;
    let mut detector = detector(arguments, chosen, data, trained, rung)?;
    let frozen = watching::frozen(&detector, corpus, (positions, &judged.scores))?;
    detector.reference = Some(frozen);
    let trial = judge_all(&detector, sheet, corpus, positions, judged)?;
    Ok(Found {
        rung: rung.rung,
        detector,
        trial,
        ladder,
    })
}

fn finish(
    arguments: &Run,
    chosen: &Chosen,
    data: &Data<'_>,
    trained: &Trained<'_>,
    found: &Found,
    (rolling, robustness): (Option<&Rolling>, &Robustness),
) -> Outcome {
    let Trained { learned, sheet, .. } = trained;
    let detector = &found.detector;
    let told = Told {
        title: format!("{}: {}", facts::name(chosen), found.rung.title()),
        question: chosen.task.question.clone(),
        detector,
        sheet,
        trial: &found.trial,
        ladder: Some((&learned.choice, &found.ladder)),
        vetted: Some(&trained.vetted),
        rolling,
        robustness,
        hardened: trained.hardened,
        assumed: detector.card.assumed.clone(),
        waived: detector.card.waived.clone(),
        not_tested: detector.card.gaps.clone(),
        undecided: Some(undecided(trained)),
        facts: facts::facts(arguments, data, trained, detector),
    };
    let shown = Some((&found.trial, robustness));
    let card = page::card(detector, &chosen.task.question, sheet, shown);
    let files = detector_folder::save(&arguments.out.join("detector"), detector, &card)?;
    also_add(arguments.store.as_deref(), &files, Origin::Run)?;
    let document = page::document(&told);
    page::write(&document, &arguments.out)?;
    if arguments.json {
        print_json(&page::data(&told))?;
    } else {
        page::summarize(&document)?;
        note(&format!(
            "report: {}",
            arguments.out.join("report.html").display()
        ));
    }
    // Nothing can be said of a detector that nobody recommends, be the data fit or not.
    Ok(if learned.choice.rung.is_none() {
        Exit::CannotTell
    } else if is_vetted(trained) {
        Exit::Done
    } else {
        Exit::No
    })
}

/// Events of each class that a run vets, at most.
const VETTED_MAX: usize = 20_000;

/// Vets the labelled events of the dataset.
fn vetted(arguments: &Run, chosen: &Chosen, data: &Data<'_>, indexed: &Indexed) -> Outcome<Vetted> {
    let mut gathered = Gathered::new(&chosen.task, VETTED_MAX)?;
    let mut kept = Kept::new();
    for_used(data.stored, indexed, "vetting", |before, events| {
        for (row, event) in (before as u64..).zip(events) {
            gathered.observe(event, row);
            kept.observe(event);
        }
    })?;
    vetted::run(
        gathered,
        kept.profile(),
        &Setting {
            task: &chosen.task,
            now: now()?,
            seed: arguments.seed,
            threads: arguments.threads,
            revealed: Revealed::new(&chosen.task, arguments.reader.map(Reader::from)),
            place: Place::OfStore,
        },
    )
}

/// Returns whether vetting found nothing that blocks and that nobody accepted.
fn is_vetted(trained: &Trained<'_>) -> bool {
    trained.vetted.vetting.verdict != Verdict::NotFit
}

fn judge_rung(rung: &LearnedRung, judged: &Judged, sheet: &CostSheet) -> Outcome<Judgement> {
    let setting = setting(rung.operating.thresholds, &rung.nominal, sheet);
    let all: Vec<u32> = (0_u32..).take(judged.len()).collect();
    judge(judged, &all, &setting).or_fail(|| "the scores cannot be judged".to_owned())
}

/// Picks the recommended rung; without a recommendation the top one, which is then marked unfit.
fn pick(
    rungs: &[LearnedRung],
    mut judged: Vec<Judged>,
    recommended: Option<Rung>,
) -> Outcome<(&LearnedRung, Judged)> {
    let place = rungs
        .iter()
        .position(|rung| Some(rung.rung) == recommended)
        .or_else(|| rungs.len().checked_sub(1));
    match place.and_then(|place| Some((rungs.get(place)?, place))) {
        Some((rung, place)) if place < judged.len() => Ok((rung, judged.swap_remove(place))),
        _ => Err(Failure::cannot_tell("no rung could be trained")),
    }
}

fn detector(
    arguments: &Run,
    chosen: &Chosen,
    data: &Data<'_>,
    trained: &Trained<'_>,
    rung: &LearnedRung,
) -> Outcome<Detector> {
    let Trained {
        reader,
        corpus,
        parts,
        learned,
        ..
    } = trained;
    let count = |members: &[u32]| {
        let malicious = members
            .iter()
            .filter(|at| corpus.malicious[**at as usize])
            .count() as u64;
        [malicious, members.len() as u64 - malicious]
    };
    let spec = serde_json::to_value(reader.spec())
        .or_fail(|| "cannot write down how events are read".to_owned())?;
    let mut assumed = chosen.assumed.clone();
    assumed.extend(data.ingested.assumed.clone());
    assumed.extend(data.earlier.clone());
    assumed.extend(data.stored.decisions.sentences().iter().cloned());
    assumed.extend(corpus.expressions.sentences());
    assumed.extend(parts.assumed.clone());
    if let Undecided {
        events: events @ 1..,
        review_cost,
    } = undecided(trained)
    {
        assumed.push(format!(
            "{events} unsure events that are not judged are learned from as neither class; as reviews they would cost {review_cost:.0} {}",
            trained.sheet.currency
        ));
    }
    Ok(Detector {
        model: rung.model.clone(),
        calibration: rung.calibration,
        operating: rung.operating,
        nominal: rung.nominal.clone(),
        schema: reader.schema().clone(),
        reader: spec,
        task: chosen.text.clone(),
        key: data.key,
        history: trained.history.as_ref().map(History::to_bytes),
        reference: None,
        scope: Some(scope(corpus, &parts.plan.train)),
        card: Card {
            calibrated: true,
            name: facts::name(chosen),
            task: chosen.task.digest(),
            dataset: data.digest,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: arguments.seed,
            trained_on: count(&parts.plan.train),
            calibrated_on: count(parts.plan.calibrated_on()),
            trained_before: parts.cutoff.map(|time| time.to_string()),
            fit: learned.choice.rung.is_some() && is_vetted(trained),
            assumed,
            waived: parts.waived.clone(),
            gaps: gaps(trained, &judged_positions(parts)),
        },
    })
}

/// Returns what the detector was trained on, as far as it can tell later whether an event is like it.
fn scope(corpus: &Corpus<'_>, members: &[u32]) -> Scope {
    let names = |numbers: &[u32]| -> BTreeSet<u32> {
        members.iter().map(|at| numbers[*at as usize]).collect()
    };
    let sources = names(&corpus.source).into_iter();
    let mut sources: Vec<String> = sources
        .filter_map(|number| corpus.names.name(number))
        .map(ToString::to_string)
        .collect();
    sources.sort_unstable();
    let mut scope = Scope {
        sources,
        entities: names(&corpus.entity).len() as u64,
        ..Scope::of(&corpus.rows, members)
    };
    scope.open_last(corpus.reader.habits());
    scope
}

/// Returns the events that nobody decided on and that are not judged, with what reviewing them would cost.
fn undecided(trained: &Trained<'_>) -> Undecided {
    let events = &trained.parts.unsure_before;
    let review = |at: &u32| trained.corpus.prices[*at as usize].review;
    Undecided {
        events: events.len(),
        // An empty sum is -0.
        review_cost: events.iter().map(review).sum::<f64>() + 0.0,
    }
}

/// Returns what the detector was not tried on.
fn gaps(trained: &Trained<'_>, positions: &[u32]) -> Vec<String> {
    let mut gaps = vec!["latency under load".to_owned()];
    gaps.extend(page::vetting_sentences(&trained.vetted));
    if saw_no_own(trained.corpus, positions) {
        gaps.push("own traffic: no judged event is the organisation's own, so all figures are about other people's".to_owned());
    }
    if trained.learned.choice.rung.is_none() {
        gaps.push(format!("fitness: {}", trained.learned.choice.why));
    }
    gaps
}
