//! `ringtrue watch`: has the stream moved away from what the detector was judged on, and how good is it likely to be now?
//!
//! ```text
//!   files ────────► scored events ─► windows ─► monitors, triage, estimates
//!   verdict log ──┘        └─► what people were asked about, and what they said ─► bounds
//!   labels known by now ─► what they say, beside
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ringtrue_core::near_duplicate::compared;
use ringtrue_core::{Action, Event, EventId, EventTime, Label, plural};
use ringtrue_intake::reader::Given;
use ringtrue_server::sample::asked;
use ringtrue_watch::{Audit, Known, Likeness, Reference, Seen, State, WindowReport, Windows};

use crate::args::Watch;
use crate::batch::{Asked, Met, Scorer};
use crate::commands::{note, print_json};
use crate::decisions::Decisions;
use crate::detector_folder::{self, Loaded};
use crate::expressions::Expressions;
use crate::failure::{Exit, Outcome};
use crate::files::expand;
use crate::input::{Assumed, read_file};
use crate::label_store;
use crate::labelled::reading;
use crate::page::{self, WatchTold};
use crate::scoring::follow;
use crate::verdict_log::{Logged, logged};
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
    let mut watcher = Watcher {
        loaded,
        reference,
        labels,
        scorer: Scorer::new(loaded, Asked::ROW),
        expressions: Expressions::of_derived(&loaded.reader),
        windows: Windows::new(arguments.window),
    };
    if let Some(log) = &arguments.log {
        watcher.follow_log(log)?;
    }
    for file in expand(&arguments.files)? {
        let noted = follow(loaded, &file, &mut |batch| {
            watcher.look(batch.events, &[]);
            Ok(())
        })?;
        noted.tell(std::iter::empty());
    }
    let sentences = watcher.expressions.sentences().into_iter();
    for sentence in sentences.chain(watcher.scorer.sentences()) {
        note(&format!("warning: {sentence}"));
    }
    Ok(watcher.windows)
}

/// How a logged event stood to the people who look at some.
struct Drawn {
    /// When its verdict was logged.
    time: EventTime,
    propensity: f64,
    asked: bool,
    /// What the detector does with it was settled before it was drawn: it decided then, or learned from earlier events alone.
    is_settled: bool,
}

/// Counts events in windows.
struct Watcher<'a> {
    loaded: &'a Loaded,
    reference: &'a Reference,
    labels: &'a Labels,
    scorer: Scorer<'a>,
    expressions: Expressions,
    windows: Windows,
}

/// An event as windows count it, and how it stood to the people who look at some, if a log tells.
type Looked = (Seen, Option<Audit>);

/// Logged events that are scored together.
const LOGGED_AT_ONCE: usize = 4_096;

impl Watcher<'_> {
    /// Scores and counts the next events; those of a log come with how they were drawn.
    fn look(&mut self, mut events: Vec<(u64, Event)>, drawn: &[Drawn]) {
        for (_, event) in &mut events {
            self.labels.settle(event);
        }
        let (loaded, reference) = (self.loaded, self.reference);
        let told = self.scorer.score(events, |met| {
            let drawn = usize::try_from(met.row).ok().and_then(|row| drawn.get(row));
            let action = loaded.detector.answer(met.margin).action;
            let settled = drawn.filter(|drawn| drawn.is_settled);
            let audit = settled.map(|drawn| audit(action, drawn, met.event.label));
            let time = met.event.time.or_else(|| drawn.map(|drawn| drawn.time));
            (seen(loaded, reference, (met, time)), audit)
        });
        let (all, given): (Vec<Looked>, Vec<Vec<Given>>) = told.into_iter().unzip();
        self.expressions.add(given);
        for (seen, audit) in &all {
            match audit {
                Some(audit) => self.windows.add_audited(reference, seen, audit),
                None => self.windows.add(reference, seen),
            }
        }
    }

    /// Scores and counts the events of a verdict log, each once.
    fn follow_log(&mut self, log: &Path) -> Outcome<()> {
        let (mut met, mut left) = (BTreeSet::new(), Left::default());
        let (mut events, mut drawn) = (Vec::new(), Vec::new());
        let before = self.loaded.detector.card.trained_before.as_deref();
        let learned_until = before.and_then(|text| EventTime::parse(text).ok());
        for logged in logged(log)? {
            let Logged {
                time,
                decision,
                event,
            } = logged?;
            let Some(event) = event else {
                left.gone += u64::from(decision.event.is_some());
                left.late += u64::from(decision.event.is_none());
                continue;
            };
            if !met.insert(event.id()) {
                left.repeated += 1;
                continue;
            }
            let (propensity, asked) = asked(decision.action, decision.sample.as_ref());
            let decided = decision.detector.is_some() && decision.detector == self.loaded.id;
            let is_later = learned_until.is_some_and(|(until, _)| time >= until);
            left.learned += u64::from(!decided && !is_later);
            events.push((events.len() as u64, event));
            drawn.push(Drawn {
                time,
                propensity,
                asked,
                is_settled: decided || is_later,
            });
            if events.len() == LOGGED_AT_ONCE {
                self.look(std::mem::take(&mut events), &drawn);
                drawn.clear();
            }
        }
        self.look(events, &drawn);
        left.tell();
        Ok(())
    }
}

/// Logged verdicts that are not watched.
#[derive(Default)]
struct Left {
    gone: u64,
    late: u64,
    repeated: u64,
    learned: u64,
}

impl Left {
    fn tell(&self) {
        for (count, why) in [
            (self.gone, "whose event the log does not keep"),
            (self.late, "by deadline, which nobody scored"),
            (self.repeated, "on an event that had one before"),
        ] {
            if count > 0 {
                let verdicts = plural(count, "verdict", "verdicts");
                note(&format!("warning: {verdicts} {why}: left out"));
            }
        }
        if self.learned > 0 {
            let verdicts = plural(self.learned, "verdict is", "verdicts are");
            note(&format!(
                "{verdicts} of other detectors, from before this one was trained, whose labels it may have learned from: they are watched, and count for no bound"
            ));
        }
    }
}

const fn audit(action: Action, drawn: &Drawn, label: Option<Label>) -> Audit {
    Audit {
        action,
        propensity: drawn.propensity,
        asked: drawn.asked,
        label,
    }
}

fn seen(
    loaded: &Loaded,
    reference: &Reference,
    (met, time): (&Met<'_>, Option<EventTime>),
) -> Seen {
    let (detector, row) = (&loaded.detector, met.signals.row());
    let text = met.event.kind.evidence();
    let text = text.and_then(|field| met.event.value(field).text());
    let text = text.as_deref().map(|text| compared(met.event.kind, text));
    reference.see(&Known {
        id: met.id,
        time,
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
