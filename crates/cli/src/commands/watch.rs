//! `ringtrue watch`: has the stream moved away from what the detector was judged on, and how good is it likely to be now?
//!
//! ```text
//!   files ─► scored events ─► windows ─► monitors, triage, estimates
//!   labels known by now ─► what they say, beside
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use ringtrue_core::{Event, EventId, Label};
use ringtrue_intake::reader::Given;
use ringtrue_watch::{Known, Likeness, Reference, Seen, State, WindowReport, Windows};

use crate::args::Watch;
use crate::batch::{Asked, Met, Scorer};
use crate::commands::{note, print_json};
use crate::decisions::Decisions;
use crate::detector_folder::{self, Loaded};
use crate::expressions::Expressions;
use crate::failure::{Exit, Outcome};
use crate::files::expand;
use crate::input::{Assumed, read_file};
use crate::journey::compared;
use crate::label_store;
use crate::labelled::reading;
use crate::page::{self, WatchTold};
use crate::scoring::follow;
use crate::watching;

/// Runs the verb.
pub(crate) fn run(arguments: &Watch) -> Outcome {
    let loaded = detector_folder::read(&arguments.which, arguments.key.as_deref())?
        .read_by(arguments.reader);
    let reference = watching::of(&loaded, &arguments.reference)?;
    let labels = Labels::read(arguments.labels.as_deref(), &loaded)?;
    let windows = windows(arguments, &loaded, &reference, &labels)?;
    let mut reports = windows.finish(&reference, watching::capacity(&loaded));
    if !loaded.revealed().shows_source() {
        reports.iter_mut().for_each(hide_sources);
    }
    let told = WatchTold {
        loaded: &loaded,
        reference: &reference,
        is_own: arguments.reference.is_empty(),
        windows: &reports,
    };
    let document = page::watch_document(&told);
    if let Some(out) = &arguments.out {
        page::write(&document, out)?;
    }
    if arguments.json {
        print_json(&page::watch_data(&told))?;
    } else {
        page::summarize(&document)?;
    }
    Ok(exit(&reports))
}

/// Scores the events and counts them in their windows.
fn windows(
    arguments: &Watch,
    loaded: &Loaded,
    reference: &Reference,
    labels: &Labels,
) -> Outcome<Windows> {
    let mut windows = Windows::new(arguments.window);
    let mut scorer = Scorer::new(loaded, Asked::ROW);
    let mut expressions = Expressions::of_derived(&loaded.reader);
    for file in expand(&arguments.files)? {
        let noted = follow(loaded, &file, &mut |mut batch| {
            for (_, event) in &mut batch.events {
                labels.settle(event);
            }
            let told = scorer.score(batch.events, |met| seen(loaded, reference, met));
            let (all, given): (Vec<Seen>, Vec<Vec<Given>>) = told.into_iter().unzip();
            expressions.add(given);
            for seen in &all {
                windows.add(reference, seen);
            }
            Ok(())
        })?;
        noted.tell(std::iter::empty());
    }
    for sentence in expressions
        .sentences()
        .into_iter()
        .chain(scorer.sentences())
    {
        note(&format!("warning: {sentence}"));
    }
    Ok(windows)
}

fn seen(loaded: &Loaded, reference: &Reference, met: &Met<'_>) -> Seen {
    let (detector, row) = (&loaded.detector, met.signals.row());
    let text = met.event.kind.evidence();
    let text = text.and_then(|field| met.event.value(field).text());
    let text = text.as_deref().map(|text| compared(met.event.kind, text));
    reference.see(&Known {
        id: met.id,
        time: met.event.time,
        row,
        score: detector.answer(met.margin).score.probability(),
        label: met.event.label,
        source: met.event.source.as_deref(),
        is_outside: detector.gap(row).is_some(),
        likeness: text.map(Likeness::Text),
    })
}

fn exit(reports: &[WindowReport]) -> Exit {
    match reports.iter().map(|it| it.state).max() {
        Some(State::Drift) => Exit::No,
        Some(State::Steady | State::Warning) => Exit::Done,
        Some(State::CannotTell) | None => Exit::CannotTell,
    }
}

/// Takes the names of sources out for a reader who may not see them.
fn hide_sources(report: &mut WindowReport) {
    let readings = report.monitors.iter_mut().flat_map(|it| &mut it.readings);
    for cluster in readings.filter_map(|it| it.cluster.as_mut()) {
        cluster.source = None;
    }
    let monitors = report.monitors.iter_mut().filter(|it| it.name == "sources");
    for monitor in monitors.filter(|it| !it.readings.is_empty()) {
        "which sources may not be shown to this reader".clone_into(&mut monitor.says);
        monitor.readings.iter_mut().for_each(|it| it.about = None);
    }
}

/// Labels that are known by now, beside those that the events come with.
enum Labels {
    None,
    Listed(BTreeMap<EventId, Label>),
    Stored(Box<Decisions>),
}

impl Labels {
    fn read(path: Option<&Path>, loaded: &Loaded) -> Outcome<Self> {
        let Some(path) = path else {
            return Ok(Self::None);
        };
        if path.is_dir() && path.join("FORMAT").is_file() {
            let decisions = Decisions::of(&label_store::existing(path)?, &loaded.task, None)?;
            for sentence in decisions.sentences() {
                note(&format!("warning: {sentence}"));
            }
            return Ok(Self::Stored(Box::new(decisions)));
        }
        let (reading, mut assumed) = (reading(loaded)?, Assumed::default());
        let mut listed = BTreeMap::new();
        read_file(path, &reading, &mut assumed, &mut |batch| {
            let labelled = batch
                .events
                .iter()
                .filter_map(|(_, event)| Some((event.id(), event.label?)));
            listed.extend(labelled);
            Ok(())
        })?;
        Ok(Self::Listed(listed))
    }

    /// Gives an event the label that is known of it by now.
    fn settle(&self, event: &mut Event) {
        match self {
            Self::None => {}
            Self::Listed(listed) => {
                let known = listed.get(&event.id()).copied();
                event.label = known.or(event.label);
            }
            Self::Stored(decisions) => {
                decisions.settle(event);
            }
        }
    }
}
