//! `ringtrue try`: judges a detector on other labelled files, with or without times.

use ringtrue_core::split::{ClassCounts, Evidence, TestWindow, months, waived};
use ringtrue_core::{Event, EventTime, Label};
use ringtrue_trial::Judged;

use crate::args::Try;
use crate::commands::ingest::LABELLED;
use crate::commands::{note, now, print_json};
use crate::corpus::{Context, Corpus, Entry, Index};
use crate::detector_folder::{self, Loaded};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::input::{Aside, Assumed, Reading, expand, read_file};
use crate::journey::{judge_all, saw_no_own, slices};
use crate::page::{self, Told};
use crate::progress::{Bar, called};

/// The events of the files, and what was seen on the way.
#[derive(Default)]
struct Read {
    events: Vec<Event>,
    unlabelled: u64,
    aside: Vec<(String, Aside)>,
    set_aside: u64,
    assumed: Assumed,
}

const SHOWN_ASIDE: usize = 5;

/// Runs the verb.
pub(crate) fn run(arguments: &Try) -> Outcome {
    let loaded = detector_folder::read(&arguments.detector)?;
    let mut read = read(arguments, &loaded)?;
    let index = index(&read.events);
    if index.entries.is_empty() {
        return Err(Failure::cannot_tell("no event has a label"));
    }
    let slices = slices(&loaded.task)?;
    let sheet = loaded.task.cost_sheet();
    let context = Context {
        reader: &loaded.reader,
        sheet: &sheet,
        slices: &slices,
    };
    let mut corpus = Corpus::new(&context, &index);
    let bar = Bar::new("scoring", read.events.len() as u64);
    for batch in read.events.chunks_mut(8_192) {
        corpus.push(&context, batch);
        bar.advance(batch.len() as u64);
    }
    drop(bar);
    let judged = score(&loaded, &corpus)?;
    let positions: Vec<u32> = (0_u32..).take(corpus.len()).collect();
    let trial = judge_all(&loaded.detector, &sheet, &corpus, &positions, judged)?;
    let mut not_tested = loaded.detector.card.gaps.clone();
    not_tested.retain(|gap| !gap.starts_with("own traffic"));
    if saw_no_own(&corpus, &positions) {
        not_tested.push("own traffic: no judged event is the organisation's own".to_owned());
    }
    let told = Told {
        title: format!(
            "{}: tried on {} events",
            loaded.detector.card.name,
            corpus.len()
        ),
        question: loaded.task.question.clone(),
        detector: &loaded.detector,
        sheet: &sheet,
        trial: &trial,
        ladder: None,
        assumed: loaded
            .task
            .assumptions()
            .into_iter()
            .chain(read.assumed.0.clone())
            .collect(),
        waived: waivers(&loaded, &corpus, sheet.malicious_share),
        not_tested,
        facts: facts(arguments, &loaded, &read),
    };
    tell(arguments, &told, &read)
}

fn tell(arguments: &Try, told: &Told<'_>, read: &Read) -> Outcome {
    for (file, aside) in &read.aside {
        note(&format!(
            "set aside: {file} line {}: {}",
            aside.line, aside.reason
        ));
    }
    if read.set_aside > 0 {
        note(&format!(
            "{} rows were set aside and not judged",
            read.set_aside
        ));
    }
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

fn read(arguments: &Try, loaded: &Loaded) -> Outcome<Read> {
    let reading = Reading {
        task: loaded.task.clone(),
        // Nothing is kept, so pseudonyms need not be the same from run to run.
        key: [0; 32],
        now: now()?,
        needed: LABELLED.to_vec(),
    };
    let mut read = Read::default();
    let mut assumed = Assumed::default();
    let bar = Bar::counter("reading");
    for file in expand(&arguments.files)? {
        read_file(&file, &reading, &mut assumed, &mut |batch| {
            bar.advance(batch.events.len() as u64);
            for (_, event) in batch.events {
                match event.label {
                    Some(_) => read.events.push(event),
                    None => read.unlabelled += 1,
                }
            }
            read.set_aside += batch.aside.len() as u64;
            let room = SHOWN_ASIDE.saturating_sub(read.aside.len());
            let name = called(&file);
            read.aside.extend(
                batch
                    .aside
                    .into_iter()
                    .take(room)
                    .map(|aside| (name.clone(), aside)),
            );
            Ok(())
        })?;
    }
    read.assumed = assumed;
    Ok(read)
}

fn index(events: &[Event]) -> Index {
    let mut index = Index::default();
    index.entries.extend(events.iter().map(|event| Entry {
        time: event.time,
        known: event.usable_from(),
        label: event.label.unwrap_or(Label::Unsure),
        id: event.id(),
        cluster: 0,
    }));
    index.settle();
    index
}

fn score(loaded: &Loaded, corpus: &Corpus<'_>) -> Outcome<Judged> {
    use rayon::prelude::*;
    use ringtrue_model::TokenSource;
    let detector = &loaded.detector;
    let schema = loaded.reader.digest();
    let scores: Result<Vec<f64>, _> = (0..corpus.len())
        .into_par_iter()
        .map_init(Vec::new, |tokens, at| {
            if detector.model.reads_text() {
                corpus.tokens(at, tokens);
            }
            detector
                .score(schema, corpus.rows.row(at), tokens)
                .map(|scored| scored.score.probability())
        })
        .collect();
    let scores = scores.or_fail(|| "the events cannot be scored".to_owned())?;
    let mut judged = Judged::default();
    for (at, score) in scores.into_iter().enumerate() {
        judged.push(
            score,
            corpus.labels[at],
            corpus.prices[at],
            corpus.times[at],
        );
    }
    Ok(judged)
}

/// Returns which of TESSERACT's constraints these events do not hold.
fn waivers(loaded: &Loaded, corpus: &Corpus<'_>, share: f64) -> Vec<String> {
    let times: Vec<EventTime> = corpus.times.iter().filter_map(|time| *time).collect();
    let windows: Vec<TestWindow> = months(&times)
        .into_iter()
        .map(|window| {
            let mut counts = ClassCounts::default();
            for (time, label) in corpus.times.iter().zip(&corpus.labels) {
                if time.is_some_and(|time| time >= window.start && time < window.end) {
                    counts.add(*label);
                }
            }
            TestWindow {
                name: window.name,
                counts,
            }
        })
        .collect();
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
                "C1 is waived: {early} events are earlier than the end of training, {}",
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
        ("rows set aside", read.set_aside.to_string()),
    ]
}
