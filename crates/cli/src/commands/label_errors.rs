//! `ringtrue label errors`: which labels are wrong?

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use ringtrue_core::expression::Expression;
use ringtrue_core::near_duplicate::{self, group};
use ringtrue_core::task::Reader;
use ringtrue_core::{EventId, Kind, Label, SignalSchema, Task};
use ringtrue_label::Events;
use ringtrue_label::errors::{Certainty, RankError, Ranking, Suspects, rank};
use ringtrue_model::train::Run;
use ringtrue_vet::Sampled;

use crate::args::LabelErrors;
use crate::commands::ingest::LABELLED;
use crate::commands::print;
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::gathered::unlabelled;
use crate::journey::{all_threads, parameters};
use crate::label_input::{LabelInput, LabelSource};
use crate::out_file;
use crate::page::{self, ErrorsTold};
use crate::prepared::{self, Prepared};
use crate::progress::Bar;
use crate::revealed::Revealed;

/// Runs the verb.
pub(crate) fn run(arguments: &LabelErrors) -> Outcome {
    let certain = arguments.certain.as_deref().map(compile).transpose()?;
    let source = LabelSource {
        looking: &arguments.looking,
        store: arguments.store.as_deref(),
        files: &arguments.files,
        sample: arguments.sample,
        needed: if arguments.store.is_none() {
            &LABELLED
        } else {
            &[]
        },
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
    let task = &task;
    let confirmed = decisions.confirmed(&mut events);
    events.retain(|it| matches!(it.event.label, Some(Label::Benign | Label::Malicious)));
    if events.is_empty() {
        return Err(unlabelled());
    }
    let reader = prepared::reader(&mut events, task)?;
    let prepared = Prepared::of(&events, &reader);
    let certainty = certainty(&events, &confirmed, certain.as_ref());
    let ranking = ranked(
        arguments,
        &Looked {
            task,
            events: &events,
            schema: reader.schema(),
            prepared: &prepared,
            certainty: &certainty,
        },
    )?;
    let told = ErrorsTold {
        ranking: &ranking,
        events: &events,
        observed,
        certain: certainty
            .iter()
            .filter(|it| **it == Certainty::Certain)
            .count(),
        task,
        revealed: Revealed::new(task, arguments.looking.reader.map(Reader::from)),
        assumed: &assumed,
        set_aside,
    };
    tell(arguments, &told)?;
    Ok(Exit::Done)
}

fn compile(text: &str) -> Outcome<Expression> {
    Expression::compile(text).or_fail(|| format!("the condition `{text}` cannot be used"))
}

/// What is looked at.
struct Looked<'a> {
    task: &'a Task,
    events: &'a [Sampled],
    schema: &'a SignalSchema,
    prepared: &'a Prepared,
    certainty: &'a [Certainty],
}

fn ranked(arguments: &LabelErrors, looked: &Looked<'_>) -> Outcome<Ranking> {
    let parameters = parameters(looked.task.kind);
    let tokens = looked.prepared.tokens(parameters.bits);
    let each = looked.events.iter();
    let labels: Vec<Label> = each
        .map(|it| it.event.label.unwrap_or(Label::Unsure))
        .collect();
    let suspects = Suspects {
        events: Events {
            schema: looked.schema,
            rows: &looked.prepared.rows,
            tokens: &tokens,
            entity: &looked.prepared.entity,
            campaign: &campaigns(looked.task.kind, &looked.prepared.texts),
            parameters: &parameters,
        },
        labels: &labels,
        certainty: looked.certainty,
    };
    let bar = Bar::counter("comparing");
    let mut run = Run {
        seed: arguments.looking.seed,
        threads: arguments.looking.threads.unwrap_or_else(all_threads),
        progress: &mut |_, _, _| {
            bar.advance(1);
            ControlFlow::Continue(())
        },
    };
    rank(&suspects, arguments.budget as usize, &mut run).map_err(|error| match error {
        RankError::Few { .. } => Failure::cannot_tell(error.to_string())
            .hint("at least 10 events of each class are needed"),
        other => Failure::new("the labels could not be compared").because(&other),
    })
}

/// Returns how sure each label is: confirmed by people in the store, or named by the condition.
fn certainty(
    events: &[Sampled],
    confirmed: &BTreeSet<EventId>,
    certain: Option<&Expression>,
) -> Vec<Certainty> {
    let of = |sampled: &Sampled| {
        if confirmed.contains(&sampled.event.id()) {
            return Certainty::Certain;
        }
        let decided = certain.map(|condition| condition.decide(&sampled.event, None));
        match decided {
            Some(Ok(Some(true))) => Certainty::Certain,
            _ => Certainty::Doubtful,
        }
    };
    events.iter().map(of).collect()
}

/// Returns the number of each event's campaign. Rows of a table have most of their letters in common whatever they say, so
/// that only equal ones are of one.
pub(crate) fn campaigns(kind: Kind, texts: &[String]) -> Vec<u32> {
    if kind != Kind::Table {
        let texts = texts.iter().map(String::as_str);
        return group(texts, &near_duplicate::Parameters::default());
    }
    equal_texts(texts)
}

/// Returns for each text the place of the first that is equal to it.
pub(crate) fn equal_texts(texts: &[String]) -> Vec<u32> {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut number = |(at, text)| *numbers.entry(text).or_insert(at);
    let each = (0_u32..).zip(texts.iter().map(String::as_str));
    each.map(&mut number).collect()
}

fn tell(arguments: &LabelErrors, told: &ErrorsTold<'_>) -> Outcome<()> {
    if let Some(path) = &arguments.scores {
        let text = page::errors_scores(told);
        out_file::write(path, &text, "the scores", &arguments.files)?;
    }
    let (document, data) = (page::errors_document(told), page::errors_data(told));
    page::hand_over(&arguments.looking, &document, &data)?;
    if arguments.looking.json {
        return Ok(());
    }
    print(&page::errors_list(told))
}
