//! `ringtrue try`: judges a detector on other labelled files, with or without times.

use rayon::prelude::*;
use ringtrue_core::split::{Evidence, waived};
use ringtrue_core::{EventTime, plural};
use ringtrue_trial::Judged;

use crate::args::Try;
use crate::commands::{note, print_json};
use crate::corpus::Corpus;
use crate::decisions::Decisions;
use crate::detector_folder::{self, Loaded};
use crate::failure::{Exit, Outcome};
use crate::journey::{attack_files, judge_all, judged_as, saw_no_own, test_windows};
use crate::label_store;
use crate::labelled::{Read, with_decided};
use crate::page::{self, Told};
use crate::progress::called;

/// Runs the verb.
pub(crate) fn run(arguments: &Try) -> Outcome {
    let loaded = detector_folder::read(&arguments.which, arguments.key.as_deref())?
        .read_by(arguments.reader);
    let decisions = match &arguments.labels {
        Some(path) => Decisions::of(&label_store::existing(path)?, &loaded.task, None)?,
        None => Decisions::none(&loaded.task),
    };
    for sentence in decisions.sentences() {
        note(&format!("warning: {sentence}"));
    }
    with_decided(&loaded, &arguments.files, &decisions, |corpus, read| {
        if arguments.labels.is_some() {
            let labels = plural(read.settled, "label holds", "labels hold");
            note(&format!("{labels} by the store instead of the files"));
        }
        try_on(arguments, &loaded, corpus, read, &decisions)
    })
}

fn try_on(
    arguments: &Try,
    loaded: &Loaded,
    corpus: &Corpus<'_>,
    read: &Read,
    decisions: &Decisions,
) -> Outcome {
    let sheet = loaded.task.cost_sheet();
    let judged = score(loaded, corpus);
    let positions: Vec<u32> = (0_u32..).take(corpus.len()).collect();
    let trial = judge_all(&loaded.detector, &sheet, corpus, &positions, judged)?;
    let mut not_tested = loaded.detector.card.gaps.clone();
    not_tested.retain(|gap| !gap.starts_with("own traffic"));
    let (on, effort) = ((corpus, positions.as_slice()), &arguments.attacking);
    let robustness = attack_files(&arguments.files, loaded, on, effort, decisions)?;
    robustness.tell(&mut not_tested);
    if saw_no_own(corpus, &positions) {
        not_tested.push("own traffic: no judged event is the organisation's own".to_owned());
    }
    let told = Told {
        title: format!(
            "{}: tried on {}",
            loaded.detector.card.name,
            plural(corpus.len(), "event", "events")
        ),
        question: loaded.task.question.clone(),
        detector: &loaded.detector,
        sheet: &sheet,
        trial: &trial,
        ladder: None,
        vetted: None,
        rolling: None,
        robustness: &robustness,
        hardened: None,
        assumed: loaded
            .task
            .assumptions()
            .into_iter()
            .chain(read.assumed.sentences.clone())
            .chain(read.lacking.clone())
            .chain(read.of_habits.clone())
            .chain(corpus.expressions.sentences())
            .chain(decisions.sentences().iter().cloned())
            .collect(),
        waived: waivers(loaded, corpus, sheet.malicious_share),
        not_tested,
        undecided: None,
        facts: facts(arguments, loaded, read),
    };
    tell(arguments, &told)
}

fn tell(arguments: &Try, told: &Told<'_>) -> Outcome {
    let document = page::document(told);
    if let Some(out) = &arguments.out {
        page::write(&document, out)?;
    }
    if arguments.json {
        print_json(&page::data(told))?;
    } else {
        page::summarize(&document)?;
    }
    Ok(Exit::Done)
}

/// Scores the events of a corpus, in its order.
pub(crate) fn score(loaded: &Loaded, corpus: &Corpus<'_>) -> Judged {
    let detector = &loaded.detector;
    let scores: Vec<f64> = (0..corpus.len())
        .into_par_iter()
        .map_init(Vec::new, |buckets, at| {
            corpus.buckets(&detector.model, at, buckets);
            detector
                .score(corpus.rows.row(at), buckets)
                .score
                .probability()
        })
        .collect();
    let positions: Vec<u32> = (0_u32..).take(scores.len()).collect();
    judged_as(corpus, &positions, scores)
}

/// Returns which of TESSERACT's constraints these events do not hold.
fn waivers(loaded: &Loaded, corpus: &Corpus<'_>, share: f64) -> Vec<String> {
    let times: Vec<EventTime> = corpus.times.iter().filter_map(|time| *time).collect();
    let windows = test_windows(&corpus.times, &corpus.labels);
    let evidence = Evidence {
        events: corpus.len() as u64,
        events_with_time: times.len() as u64,
        windows: &windows,
        malicious_share: share,
    };
    let mut sentences: Vec<String> = waived(&evidence).iter().map(ToString::to_string).collect();
    let trained_before = loaded.detector.card.trained_before.as_deref();
    let trained_before = trained_before.and_then(|text| EventTime::parse(text).ok());
    match (trained_before, times.iter().min()) {
        (Some((before, _)), Some(first)) if *first < before => {
            let early = times.iter().filter(|time| **time < before).count();
            sentences.push(format!(
                "C1 is waived: {} earlier than the end of training, {}",
                plural(early, "event is", "events are"),
                before.date()
            ));
        }
        (None, Some(_)) => sentences
            .push("C1 is waived: the detector was trained on events without times".to_owned()),
        _ => {}
    }
    sentences
}

fn facts(arguments: &Try, loaded: &Loaded, read: &Read) -> Vec<(&'static str, String)> {
    let card = &loaded.detector.card;
    let files: Vec<String> = arguments.files.iter().map(|file| called(file)).collect();
    vec![
        ("detector trained from dataset", card.dataset.to_string()),
        ("task", card.task.to_string()),
        ("signal schema", loaded.reader.digest().to_string()),
        (
            "trained before",
            card.trained_before
                .clone()
                .unwrap_or_else(|| "no times".to_owned()),
        ),
        ("files", files.join(", ")),
        ("events without a label", read.unlabelled.to_string()),
        ("events repeated", read.repeated.to_string()),
        (
            "labels that hold by the store and not the files",
            read.settled.to_string(),
        ),
        ("rows set aside", read.set_aside.to_string()),
    ]
}
