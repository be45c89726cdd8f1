//! `ringtrue explain`: one event with what counted for and against it, to an analyst and to a data scientist.

use std::path::{Path, PathBuf};

use ringtrue_core::Event;
use ringtrue_intake::Reading as Signals;
use ringtrue_model::ShapError;
use ringtrue_server::explained::{Explained, firsts};

use crate::args::Explain;
use crate::commands::{note, print, print_json};
use crate::detector_folder::{self, Loaded, reading};
use crate::explanation::{Neighbours, Page, nearest};
use crate::failure::{Exit, Failure, Outcome};
use crate::habits::Memory;
use crate::input::{Aside, Assumed, Portion, read_file, read_text};
use crate::labelled::with_labelled;
use crate::served::lacking;

/// Rows that absent signals are taken from, at most.
const BACKGROUND: usize = 256;

/// Runs the verb.
pub(crate) fn run(arguments: &Explain) -> Outcome {
    let loaded = detector_folder::read(&arguments.which, arguments.key.as_deref())?
        .read_by(arguments.reader);
    let mut memory = Memory::of(&loaded);
    let (row, mut event) = event(arguments, &loaded, &mut memory)?;
    let firsts = firsts(&loaded, memory.history(), &event);
    let id = event.id();
    let habits = memory.follow(&[&event]);
    for sentence in memory.sentences() {
        note(&format!("warning: {sentence}"));
    }
    let mut signals = Signals::default();
    loaded.read_signals(&mut event, &mut signals);
    signals.set_habits(habits.of(0));
    let Beside {
        background,
        neighbours,
    } = labelled(arguments, &loaded, &signals)?;
    let explained = Explained::of(&loaded, &event, &signals, background.as_deref());
    let explained = explained.map_err(|error| cannot(&error))?;
    let page = Page {
        explained: Explained {
            id,
            firsts,
            ..explained
        },
        row,
        neighbours,
    };
    if arguments.json {
        print_json(&page.to_json())?;
    } else {
        print(&page.to_text())?;
    }
    Ok(Exit::Done)
}

fn cannot(error: &ShapError) -> Failure {
    let failure = Failure::new("the score cannot be explained").because(error);
    match error {
        ShapError::NoCovers(_) => {
            failure.hint("give events to compare with: `--labelled FILE --interventional`")
        }
        _ => failure,
    }
}

/// Reads the event: one row of a file, or what was typed. `memory` follows the rows before it, as when they are scored.
fn event(arguments: &Explain, loaded: &Loaded, memory: &mut Memory<'_>) -> Outcome<(u64, Event)> {
    let reading = reading(loaded)?;
    let wanted = arguments.row.unwrap_or(0);
    let mut found = None;
    let mut refused: Vec<Aside> = Vec::new();
    let mut rows = 0;
    let mut take = |batch: Portion| {
        let earlier = batch.events.iter().filter(|(row, _)| *row < wanted);
        memory.follow(&earlier.map(|(_, event)| event).collect::<Vec<_>>());
        for (row, event) in batch.events {
            rows = rows.max(row + 1);
            if row == wanted {
                found = Some(event);
            }
        }
        let room = REFUSED_MAX - refused.len();
        refused.extend(batch.aside.into_iter().take(room));
        Ok(())
    };
    let mut assumed = Assumed::default();
    let typed = &arguments.event;
    let path = Path::new(typed);
    let is_file = arguments.row.is_some() || path.is_file() || path.is_dir() || typed == "-";
    if is_file {
        read_file(path, &reading, &mut assumed, &mut take)?;
    } else {
        read_text(typed, &reading, &mut assumed, &mut take)?;
    }
    if rows > 0 {
        for sentence in lacking(loaded, &assumed.fields)? {
            note(&format!("warning: {sentence}"));
        }
    }
    found.map(|event| (wanted, event)).ok_or_else(|| {
        if is_file {
            no_row(wanted, rows, &refused)
        } else {
            let reasons = refused.iter().map(|aside| aside.reason.clone());
            let mut failure = Failure::new(format!(
                "there is no file of that name, and no {} can be read in what was typed",
                loaded.task.kind.noun()
            ));
            failure.causes = reasons.collect();
            failure
        }
    })
}

/// Rows that could not be read and are remembered.
const REFUSED_MAX: usize = 5;

/// Says why a row is not there.
fn no_row(wanted: u64, rows: u64, refused: &[Aside]) -> Failure {
    if refused.is_empty() {
        return Failure::new(format!("there is no row {wanted}: the input has {rows}"))
            .hint("rows are counted from 0, the first one after the header");
    }
    let mut failure = Failure::new(format!("there is no row {wanted} that could be read"));
    let told = refused
        .iter()
        .map(|aside| format!("line {}: {}", aside.line, aside.reason));
    failure.causes = told.collect();
    failure.hint("rows are counted from 0, the first one after the header; those that cannot be read count, too")
}

/// What labelled events give to an explanation.
#[derive(Default)]
struct Beside {
    /// Rows that absent signals are taken from, for interventional values.
    background: Option<Vec<Vec<f64>>>,
    neighbours: Option<Neighbours>,
}

/// Reads labelled events: as a background where the values are to be interventional, and for the nearest of them.
fn labelled(arguments: &Explain, loaded: &Loaded, signals: &Signals) -> Outcome<Beside> {
    if arguments.labelled.is_empty() {
        if arguments.interventional {
            return Err(Failure::new(
                "interventional values need events to take absent signals from",
            )
            .hint("give labelled files with `--labelled`"));
        }
        note("no labelled events are shown beside it: give some with `--labelled FILE`");
        return Ok(Beside::default());
    }
    let files: Vec<PathBuf> = arguments.labelled.clone();
    with_labelled(loaded, &files, |corpus, _| {
        let background = arguments.interventional.then(|| {
            let step = corpus.len().div_ceil(BACKGROUND).max(1);
            let width = corpus.rows.width();
            let row = |at: usize| {
                (0..width)
                    .map(|signal| corpus.rows.get(at, signal))
                    .collect()
            };
            (0..corpus.len()).step_by(step).map(row).collect()
        });
        Ok(Beside {
            background,
            neighbours: Some(nearest(loaded, signals, corpus)),
        })
    })
}
