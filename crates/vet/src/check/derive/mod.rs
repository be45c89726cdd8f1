//! Should some columns be derived or combined? Searches ratios, differences, crosses, parts of texts and times, and counts per entity and window.
//!
//! ```text
//!   earlier events ──► a probe of the signals as they are ──► what it leaves unexplained (residuals)
//!        every candidate ──chi-squared on the residuals, false discoveries held──► the few best
//!   later events ◄── each of these beside the signals, in a probe of its own ──► gain with interval ──► what is kept
//! ```
//!
//! What is kept gains on events that had no say in choosing it: more than its noise, more than columns put into disorder gain, and more than the few
//! that were tried would gain by chance. Counts per entity and window have no place in the expressions of a task: they are told with what they gain,
//! and belong into the data.

mod candidate;
mod judge;
mod residual;
mod window;

use serde::Serialize;

use crate::association::discoveries;
use crate::bins::Bins;
use crate::check::Check;
use crate::check::split::{Split, by_campaign};
use crate::code::Code;
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};
use crate::lines::{derived, free_name};
use candidate::{CROSS_VALUES_MAX, Form, Inputs};
use judge::{Gain, Judge};
use residual::Residuals;
use window::Window;

pub(super) const CODES: &[Code] = &[DERIVED, WINDOW];

const DERIVED: Code = Check::Derive.code(
    "V031",
    "a derived column gains on later events",
    Owner::DataScientist,
);
const WINDOW: Code = Check::Derive.code(
    "V032",
    "an entity's past events gain on later events",
    Owner::DataScientist,
);

/// Events of each class that a search needs to learn, and to ask about: fewer show no gain worth a column.
const CLASS_EVENTS_MIN: usize = 50;
/// Events of each class that a probe learns, and is asked about, at most: enough for a gain of half a hundredth.
const EVENTS_MAX: usize = 5_000;
/// Share of what is called a discovery that may be false.
const FALSE_DISCOVERIES_MAX: f64 = 0.05;
/// Candidates that are tried in probes.
const TRIED_MAX: usize = 8;
/// Candidates among these that may share an input, so that one telling column does not take all places.
const SHARED_MAX: usize = 3;
/// Columns that are kept, at most.
const KEPT_MAX: usize = 4;
/// Share of what the area under the curve lacks to 1 that a column must gain to be worth its place.
const GAIN_SHARE_MIN: f64 = 0.05;
/// Share from which somebody should decide.
const GAIN_SHARE_WARNED: f64 = 0.2;
/// Bins in which a candidate's residuals are summed.
const BINS: usize = 16;

/// A derived column that gains, as a task writes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Derived {
    /// Its name.
    pub name: String,
    /// Its expression.
    pub expression: String,
    /// The columns that it is computed of.
    pub inputs: Vec<String>,
    /// What it adds to the area under the curve on later events.
    pub gain: f64,
    /// The 95 % interval of that.
    pub interval: [f64; 2],
    /// The area under the curve without it.
    pub without: f64,
    /// Whether its expression repeats a value of an input.
    pub repeats_value: bool,
}

/// An entity's past events that gain.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    window: Window,
    gain: Gain,
}

/// What a search came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Search {
    /// Columns for the task.
    pub(crate) derived: Vec<Derived>,
    windows: Vec<Found>,
    /// Candidates that were looked at.
    candidates: usize,
    learned: &'static str,
    asked: &'static str,
}

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let search = data.search();
    let derived = search
        .derived
        .iter()
        .map(|derived| search.derived_finding(data, derived));
    let windows = search
        .windows
        .iter()
        .map(|found| search.window_finding(data, found));
    derived.chain(windows).collect()
}

/// A candidate with the probability under chance of what the residuals show of it.
struct Scored<'a> {
    source: Source<'a>,
    inputs: Vec<usize>,
    statistic: f64,
    probability: f64,
}

enum Source<'a> {
    Form(Form),
    Window(&'a Window),
}

impl Search {
    /// Searches; nothing is found where there are too few events, or nothing to combine.
    pub(crate) fn run(data: &Data<'_>) -> Self {
        let Some(split) =
            Split::new(data, EVENTS_MAX).filter(|split| split.has(data, CLASS_EVENTS_MIN))
        else {
            return Self::default();
        };
        let inputs = Inputs::of(data, &split.train);
        let windows = window::windows(data, &inputs);
        let forms = inputs.forms();
        if forms.is_empty() && windows.is_empty() {
            return Self::default();
        }
        let mut search = Self {
            candidates: forms.len() + windows.len(),
            learned: split.learned,
            asked: split.asked,
            ..Self::default()
        };
        let (learned, left) = by_campaign(data, &split.train);
        let mut judge = Judge::new(data);
        let Some(residuals) = Residuals::of(data, &judge.columns, &learned, &left) else {
            return search;
        };
        let scored = scored(&residuals, &inputs, forms, &windows);
        let tried = best(scored);
        if !tried.is_empty() && judge.start(&split).is_some() {
            search.keep(data, &mut judge, &inputs, &tried);
        }
        search
    }

    /// Tries each in a probe, and keeps what surely gains: the best first, each beside those before it.
    fn keep(
        &mut self,
        data: &Data<'_>,
        judge: &mut Judge<'_>,
        inputs: &Inputs<'_>,
        tried: &[Scored<'_>],
    ) {
        let columns: Vec<Vec<judge::Numbers>> = tried
            .iter()
            .map(|scored| values(scored, inputs, judge.events()))
            .collect();
        let gains: Vec<Option<Gain>> = columns.iter().map(|columns| judge.gain(columns)).collect();
        let noise = judge.noise(&columns);
        let probabilities: Vec<f64> = gains
            .iter()
            .map(|gain| gain.map_or(1.0, |gain| gain.chance()))
            .collect();
        let real = discoveries(&probabilities, FALSE_DISCOVERIES_MAX);
        let mut kept: Vec<(usize, Gain)> = (0..tried.len())
            .filter(|at| real[*at])
            .filter_map(|at| Some((at, gains[at]?)))
            .filter(|(_, gain)| gain.is_worth(GAIN_SHARE_MIN) && gain.value > noise)
            .collect();
        kept.sort_by(|one, other| {
            other
                .1
                .value
                .total_cmp(&one.1.value)
                .then(one.0.cmp(&other.0))
        });
        let mut count = 0;
        for (at, gain) in kept {
            let beside = if count == 0 {
                Some(gain)
            } else {
                judge.gain(&columns[at])
            };
            if count >= KEPT_MAX
                || !beside.is_some_and(|beside| beside.is_sure() && beside.is_worth(GAIN_SHARE_MIN))
            {
                continue;
            }
            count += 1;
            judge.take(&columns[at]);
            match &tried[at].source {
                Source::Window(window) => self.windows.push(Found {
                    window: (*window).clone(),
                    gain,
                }),
                Source::Form(form) => {
                    let found = named(data, inputs, form, gain, &self.derived);
                    self.derived.push(found);
                }
            }
        }
    }

    fn derived_finding(&self, data: &Data<'_>, found: &Derived) -> Finding {
        let inputs: Vec<&str> = found.inputs.iter().map(String::as_str).collect();
        let title = format!(
            "`{}` lifts the area under the curve from {:.3} by {:.3} ({:.3} to {:.3}) to {:.3}: it was learned on {} and asked about {}",
            found.expression,
            found.without,
            found.gain,
            found.interval[0],
            found.interval[1],
            found.without + found.gain,
            self.learned,
            self.asked
        );
        let cost = data.cost_to_move(&inputs);
        let meaning = format!(
            "{}. The best of {} combinations that were looked at.",
            sentence(&cost),
            self.candidates
        );
        let lines = derived([(found.name.as_str(), found.expression.as_str())]);
        let remedy = Remedy::task("write the column into the task", lines);
        let severity = severity(found.gain, found.without);
        Finding::new(
            DERIVED,
            severity,
            Subject::columns(found.inputs.iter().cloned()),
            title,
            remedy,
        )
        .meaning(meaning)
        .effect(Effect::estimated("gain of auc", found.gain, found.interval))
        .quoting(found.inputs.iter().filter(|_| found.repeats_value))
    }

    fn window_finding(&self, data: &Data<'_>, Found { window, gain }: &Found) -> Finding {
        let title = format!(
            "{} lift the area under the curve from {:.3} by {:.3} ({:.3} to {:.3}) to {:.3}: it was learned on {} and asked about {}",
            window.words,
            gain.without,
            gain.value,
            gain.low,
            gain.high,
            gain.without + gain.value,
            self.learned,
            self.asked
        );
        let cost = data.cost_to_move(&[&window.entity]);
        let counted = format!(
            " Counted on {:.0} % of the events, those of the sample: all of them may gain more.",
            100.0 * window.counted_share
        );
        let is_part = window.counted_share < 1.0;
        let counted = Some(counted).filter(|_| is_part).unwrap_or_default();
        let meaning = format!("{}.{counted}", sentence(&cost));
        let advice = format!(
            "add it where the data is made, for each event from those before it: {}; an expression of a task sees one event and cannot",
            window.columns.join(", ")
        );
        let subject = Subject::columns([window.entity.as_str()]);
        Finding::new(
            WINDOW,
            severity(gain.value, gain.without),
            subject,
            title,
            Remedy::advice(advice),
        )
        .meaning(meaning)
        .effect(Effect::estimated(
            "gain of auc",
            gain.value,
            [gain.low, gain.high],
        ))
    }
}

fn severity(gain: f64, without: f64) -> Severity {
    if gain >= GAIN_SHARE_WARNED * (1.0 - without) {
        Severity::Warning
    } else {
        Severity::Note
    }
}

/// Starts a text with a capital letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

fn named(
    data: &Data<'_>,
    inputs: &Inputs<'_>,
    form: &Form,
    gain: Gain,
    others: &[Derived],
) -> Derived {
    let (name, expression) = inputs.written(form);
    let is_taken = |name: &str| {
        data.columns.get(name).is_some() || others.iter().any(|other| other.name == name)
    };
    Derived {
        name: free_name(&name, is_taken),
        expression,
        inputs: inputs.named(form),
        gain: gain.value,
        interval: [gain.low, gain.high],
        without: gain.without,
        repeats_value: matches!(form, Form::Contains(..)),
    }
}

/// Looks at every candidate through the residuals.
fn scored<'a>(
    residuals: &Residuals,
    inputs: &Inputs<'_>,
    forms: Vec<Form>,
    windows: &'a [Window],
) -> Vec<Scored<'a>> {
    let mut scored: Vec<Scored<'a>> = forms
        .into_iter()
        .map(|form| {
            let values = inputs.values(&form, &residuals.events);
            let (statistic, probability) = if form.is_code() {
                residuals.explained_by_codes(&Bins::of_codes(&values, CROSS_VALUES_MAX))
            } else {
                residuals.explained(&Bins::of_numbers(&values, BINS))
            };
            Scored {
                inputs: form.inputs(),
                source: Source::Form(form),
                statistic,
                probability,
            }
        })
        .collect();
    for (number, window) in windows.iter().enumerate() {
        let explained = window.values.iter().map(|values| {
            let values: Vec<f64> = residuals
                .events
                .iter()
                .map(|at| values[*at as usize])
                .collect();
            residuals.explained(&Bins::of_numbers(&values, BINS))
        });
        let (statistic, probability) = explained
            .min_by(|one, other| one.1.total_cmp(&other.1))
            .unwrap_or((0.0, 1.0));
        scored.push(Scored {
            source: Source::Window(window),
            // No window shares its entity's place with a combination.
            inputs: vec![usize::MAX - number],
            statistic,
            probability: (probability * window.values.len() as f64).min(1.0),
        });
    }
    scored
}

/// Returns the few that explain most of the residuals, false discoveries held, no more than some of one input.
fn best(scored: Vec<Scored<'_>>) -> Vec<Scored<'_>> {
    let probabilities: Vec<f64> = scored.iter().map(|scored| scored.probability).collect();
    let real = discoveries(&probabilities, FALSE_DISCOVERIES_MAX);
    let mut found: Vec<Scored<'_>> = scored
        .into_iter()
        .zip(real)
        .filter(|(_, real)| *real)
        .map(|(scored, _)| scored)
        .collect();
    let order = |one: &Scored<'_>, other: &Scored<'_>| {
        let order = one.probability.total_cmp(&other.probability);
        order.then(other.statistic.total_cmp(&one.statistic))
    };
    found.sort_by(order);
    let mut tried: Vec<Scored<'_>> = Vec::new();
    for candidate in found {
        let shares = |input: &usize| tried.iter().filter(|it| it.inputs.contains(input)).count();
        let is_new = !tried.iter().any(|it| it.inputs == candidate.inputs);
        if tried.len() < TRIED_MAX
            && is_new
            && candidate
                .inputs
                .iter()
                .all(|input| shares(input) < SHARED_MAX)
        {
            tried.push(candidate);
        }
    }
    tried
}

/// Returns a candidate's columns for a probe.
fn values(scored: &Scored<'_>, inputs: &Inputs<'_>, events: usize) -> Vec<judge::Numbers> {
    match &scored.source {
        Source::Form(form) => vec![inputs.column(form, events)],
        Source::Window(window) => window.numbers(),
    }
}
