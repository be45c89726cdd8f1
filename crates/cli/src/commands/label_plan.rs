//! `ringtrue label plan`: what labels cost and buy, who should give them, and when to stop.
//!
//! ```text
//!   files or store ──► events, entries ──decisions──► labels that hold ──label::plan──► PlanTold ──► page, JSON, list
//! ```

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use ringtrue_core::task::Deciding;
use ringtrue_core::{EventId, EventTime, Label, Method, Task};
use ringtrue_label::Events;
use ringtrue_label::decided::Own;
use ringtrue_label::plan::{
    Growth, Labelled, NoGrowth, balance, claims, delay, growth, labour, people,
};
use ringtrue_model::train::Run;
use ringtrue_vet::Sampled;

use crate::args::LabelPlan;
use crate::commands::label_errors::{campaigns, equal_texts};
use crate::commands::{now, print};
use crate::decisions::Decisions;
use crate::failure::Outcome;
use crate::gathered::unlabelled;
use crate::journey::{all_threads, parameters};
use crate::label_input::{LabelInput, LabelSource};
use crate::page::{self, Delays, PlanTold, Priced};
use crate::prepared::{self, Prepared};
use crate::progress::Bar;

/// Labels of which it is asked what they buy.
const NEXT: f64 = 100.0;

/// Runs the verb.
pub(crate) fn run(arguments: &LabelPlan) -> Outcome {
    let source = LabelSource {
        looking: &arguments.looking,
        store: arguments.store.as_deref(),
        files: &arguments.files,
        sample: arguments.sample,
        needed: &[],
        as_of: arguments.as_of,
    };
    let LabelInput {
        mut events,
        task,
        decisions,
        assumed,
        observed,
        set_aside,
        ..
    } = source.read(None)?;
    let came_with = came_with(&events, &decisions);
    decisions.confirmed(&mut events);
    if !events.iter().any(|it| is_decided(it.event.label)) {
        return Err(unlabelled());
    }
    let people = people(&decisions.ledger, now()?, |event| {
        let found = came_with.get(event)?;
        Some((found.own, found.family.as_deref()))
    });
    let entries: Vec<_> = decisions
        .ledger
        .events()
        .flat_map(|event| decisions.ledger.said(event))
        .filter(|it| arguments.as_of.is_none_or(|at| it.known <= at))
        .collect();
    let priced = priced(&events, &decisions, &task, f64::from(arguments.days));
    let delays = delays(&events, &decisions);
    events.retain(|it| is_decided(it.event.label));
    let found = grown(arguments, &task, &mut events)?;
    let balance = found
        .growth
        .as_ref()
        .ok()
        .map(|it| balance(it.gained, priced.all_of_recall, priced.next));
    let told = PlanTold {
        task: &task,
        delays,
        labour: labour(entries.iter().copied()),
        people,
        claims: claims(&task, found.distinct[0], found.distinct[1]),
        growth: found.growth.map_err(|why| why.to_string()),
        balance,
        priced,
        observed,
        labelled: found.labelled,
        set_aside,
        assumed: &assumed,
    };
    let (document, data) = (page::plan_document(&told), page::plan_data(&told));
    page::hand_over(&arguments.looking, &document, &data)?;
    if !arguments.looking.json {
        print(&page::plan_list(&told))?;
    }
    Ok(told.exit())
}

const fn is_decided(label: Option<Label>) -> bool {
    matches!(label, Some(Label::Benign | Label::Malicious))
}

/// What an event came with, before the store's labels.
struct CameWith {
    own: Own,
    family: Option<String>,
}

fn came_with(events: &[Sampled], decisions: &Decisions) -> BTreeMap<EventId, CameWith> {
    let of = |sampled: &Sampled| {
        let event = &sampled.event;
        let found = CameWith {
            own: Own {
                label: event.label,
                impact: decisions.impact(event),
            },
            family: event.family.as_deref().map(str::to_owned),
        };
        (event.id(), found)
    };
    events.iter().map(of).collect()
}

/// Measures how late labels came: those that hold, each method's first word, and by source.
fn delays(events: &[Sampled], decisions: &Decisions) -> Delays {
    let mut by_method: BTreeMap<Method, Vec<(EventTime, EventTime)>> = BTreeMap::new();
    let mut by_source: BTreeMap<String, Vec<(EventTime, EventTime)>> = BTreeMap::new();
    let (mut holds, mut silent) = (Vec::new(), 0);
    for event in events.iter().map(|it| &it.event) {
        let Some(happened) = event.time.filter(|_| is_decided(event.label)) else {
            silent += u64::from(is_decided(event.label));
            continue;
        };
        let mut first: BTreeMap<Method, EventTime> = BTreeMap::new();
        for entry in decisions.ledger.said(&event.id()) {
            if is_decided(entry.label) {
                let known = first.entry(entry.method).or_insert(entry.known);
                *known = entry.known.min(*known);
            }
        }
        let Some(known) = event.label_known.or_else(|| first.values().min().copied()) else {
            silent += 1;
            continue;
        };
        holds.push((happened, known));
        if first.is_empty() {
            first.insert(Method::Input, known);
        }
        for (method, known) in first {
            by_method.entry(method).or_default().push((happened, known));
        }
        let source = event.source.as_deref().unwrap_or_default();
        let of_source = by_source.entry(source.to_owned()).or_default();
        of_source.push((happened, known));
    }
    Delays {
        holds: delay(&holds),
        by_method: by_method
            .iter()
            .map(|(method, it)| (method.word().to_owned(), delay(it)))
            .collect(),
        by_source: by_source
            .iter()
            .map(|(source, it)| (source.clone(), delay(it)))
            .collect(),
        silent,
    }
}

/// Prices the next labels and all of recall: the means of those that hold for the events.
fn priced(events: &[Sampled], decisions: &Decisions, task: &Task, days: f64) -> Priced {
    let (mut review, mut voices, mut count) = (0.0, 0.0, 0.0_f64);
    let (mut missed, mut malicious) = (0.0, 0.0_f64);
    for event in events.iter().map(|it| &it.event) {
        let prices = decisions.prices(event);
        let people = people_needed(&task.deciding, decisions.impact(event));
        review += prices.review * people;
        voices += people;
        count += 1.0;
        if event.label == Some(Label::Malicious) {
            missed += prices.false_negative;
            malicious += 1.0;
        }
    }
    let sheet = task.cost_sheet();
    let of_a_miss = if malicious > 0.0 {
        missed / malicious
    } else {
        sheet.false_negative
    };
    Priced {
        labels: NEXT,
        review: sheet.review,
        people: voices / count.max(1.0),
        next: NEXT * review / count.max(1.0),
        days,
        all_of_recall: sheet.events_per_day * sheet.malicious_share * of_a_miss * days,
    }
}

/// Returns how many people must look at an event until its label holds.
fn people_needed(deciding: &Deciding, impact: f64) -> f64 {
    let two = if deciding.needs_two(impact) { 2 } else { 1 };
    f64::from(deciding.quorum.max(two))
}

/// What the labelled events come to.
struct Grown {
    growth: Result<Growth, NoGrowth>,
    /// Events with a label: benign, malicious.
    labelled: [u64; 2],
    /// Those of them that are no copies.
    distinct: [u64; 2],
}

fn grown(arguments: &LabelPlan, task: &Task, events: &mut [Sampled]) -> Outcome<Grown> {
    let reader = prepared::reader(events, task)?;
    let prepared = Prepared::of(events, &reader);
    let parameters = parameters(task.kind);
    let tokens = prepared.tokens(parameters.bits);
    let labels: Vec<Label> = events
        .iter()
        .map(|it| it.event.label.unwrap_or(Label::Unsure))
        .collect();
    let times: Vec<Option<EventTime>> = events.iter().map(|it| it.event.time).collect();
    let campaign = campaigns(task.kind, &prepared.texts);
    let data = Labelled {
        events: Events {
            schema: reader.schema(),
            rows: &prepared.rows,
            tokens: &tokens,
            entity: &prepared.entity,
            campaign: &campaign,
            parameters: &parameters,
        },
        labels: &labels,
        times: &times,
        rate: task.operating_rate().rate,
    };
    let looking = &arguments.looking;
    let bar = Bar::counter("learning");
    let mut run = Run {
        seed: looking.seed,
        threads: looking.threads.unwrap_or_else(all_threads),
        progress: &mut |_, _, _| {
            bar.advance(1);
            ControlFlow::Continue(())
        },
    };
    let count = |of: &dyn Fn(usize) -> bool, class: Label| {
        let each = labels.iter().enumerate();
        each.filter(|(at, label)| **label == class && of(*at))
            .count() as u64
    };
    let first = equal_texts(&prepared.texts);
    let is_first = |at: usize| first[at] as usize == at;
    let classes = [Label::Benign, Label::Malicious];
    Ok(Grown {
        labelled: classes.map(|class| count(&|_| true, class)),
        distinct: classes.map(|class| count(&is_first, class)),
        growth: growth(&data, NEXT, &mut run),
    })
}
