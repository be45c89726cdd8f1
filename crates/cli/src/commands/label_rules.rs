//! `ringtrue label rules`: what do experts' rules cover, and how often are they right? `ringtrue label import-sigma`: Sigma's
//! rules as a rule file.
//!
//! ```text
//!   rule files ──► RuleSet ─┐
//!   files ──pass──► events ─┴─fire──► Fired ──judge, combine──► page, JSON, list; votes as NDJSON
//! ```

use std::collections::BTreeSet;
use std::path::PathBuf;

use rayon::prelude::*;
use ringtrue_core::expression::{ExpressionError, Signals};
use ringtrue_core::task::Reader;
use ringtrue_core::{Event, Kind, Label, Limits};
use ringtrue_intake::{Reading, SignalReader, parts};
use ringtrue_label::rules::{
    Draft, Fired, NAME_LETTERS_MAX, NEARLY_ALL, Rule, RuleError, RuleProblem, RuleSet, RuleTable,
    Seen, combine, judge, sigma, write,
};
use ringtrue_vet::Sampled;

use crate::args::{LabelImportSigma, LabelRules};
use crate::commands::label_errors::campaigns;
use crate::commands::{note, print};
use crate::failure::{Exit, Failure, Outcome};
use crate::files::expand;
use crate::gathered::{Gathered, Way, pass};
use crate::out_file;
use crate::page::{self, RulesTold};
use crate::prepared::{self, Prepared};
use crate::revealed::Revealed;
use crate::rule_files::{self, refused};

/// Events from which it means something that a rule holds for nearly all of them, or for none.
const EVENTS_MIN: u64 = 20;

/// Runs the verb.
pub(crate) fn run(arguments: &LabelRules) -> Outcome {
    let rule_files = rule_files::files(&arguments.rules)?;
    let mut rules = rule_files::read(&rule_files)?;
    let files = expand(&arguments.files)?;
    let passed = pass(
        &Way {
            looking: &arguments.looking,
            files: &files,
            needed: &[],
            each: |gathered: &mut Gathered, row, view| gathered.observe(&view.event(), row),
        },
        |task| Gathered::new(task, arguments.sample as usize),
    )?;
    let (gathered, task) = (passed.kept, &passed.reading.task);
    let mut sentences = passed.sentences;
    sentences.extend(gathered.sentences());
    sentences.extend(keep_kind(&mut rules, task.kind)?);
    let mut events = gathered.finish();
    if events.is_empty() {
        return Err(Failure::cannot_tell(
            "there is no event to ask the rules about",
        ));
    }
    events.sort_by_cached_key(|it| (it.event.time, it.event.id(), it.row));
    let reader = prepared::reader(&mut events, task)?;
    let known = rules.check_names(reader.schema(), parts::names(task.kind));
    known.map_err(|errors| refused(&errors))?;
    let tested = rules.check_examples(|rule, event| asked(&reader, rule, event));
    tested.map_err(|errors| refused(&errors))?;
    let prepared = Prepared::of(&events, &reader);
    let fired = fire(&rules, &events, &reader, &prepared);
    let labels: Vec<Option<Label>> = events.iter().map(|it| it.event.label).collect();
    let campaigns = campaigns(task.kind, &prepared.texts);
    let seen = Seen {
        fired: &fired,
        labels: &labels,
        campaigns: &campaigns,
    };
    let table = judge(rules.rules(), &seen);
    check_types(&rules, &table)?;
    let told = RulesTold {
        rules: rules.rules(),
        warnings: warnings(&rules, &table, &events),
        table: &table,
        combined: &combine(rules.rules(), &seen),
        fired: &fired,
        events: &events,
        task,
        assumed: &sentences,
        set_aside: passed.set_aside,
        revealed: Revealed::new(task, arguments.looking.reader.map(Reader::from)),
    };
    if let Some(path) = &arguments.votes {
        let inputs: Vec<PathBuf> = files.into_iter().chain(rule_files).collect();
        out_file::write(path, &page::rules_votes(&told), "the votes", &inputs)?;
    }
    tell(arguments, &told)?;
    Ok(Exit::Done)
}

fn tell(arguments: &LabelRules, told: &RulesTold<'_>) -> Outcome<()> {
    for warning in &told.warnings {
        note(&format!("warning: {warning}"));
    }
    let (document, data) = (page::rules_document(told), page::rules_data(told));
    page::hand_over(&arguments.looking, &document, &data)?;
    if arguments.looking.json {
        return Ok(());
    }
    print(&page::rules_list(told))
}

/// Leaves rules on other kinds of events out, and says so.
fn keep_kind(rules: &mut RuleSet, kind: Kind) -> Outcome<Option<String>> {
    let others = rules.keep_kind(kind);
    if rules.rules().is_empty() {
        return Err(
            Failure::new(format!("no rule is about events of the kind `{kind}`"))
                .hint("the key `kind` at the head of a rule file says what its rules are about"),
        );
    }
    Ok((others > 0)
        .then(|| format!("{others} rules are about other kinds of events and are not asked")))
}

fn fire(
    rules: &RuleSet,
    events: &[Sampled],
    reader: &SignalReader,
    prepared: &Prepared,
) -> Vec<Fired> {
    let limits = Limits::default();
    let reads_signals = rules.reads_signals();
    let of = |(place, sampled): (usize, &Sampled)| {
        let signals = reads_signals.then(|| Signals {
            schema: reader.schema(),
            values: prepared.rows.row(place),
        });
        rules.fire(&parts::with_parts(&sampled.event, &limits), signals)
    };
    events.par_iter().enumerate().map(of).collect()
}

/// Asks a rule about an event of its own.
fn asked(reader: &SignalReader, rule: &Rule, event: &Event) -> Result<bool, ExpressionError> {
    let mut reading = Reading::default();
    reader.read(event, &mut reading);
    let signals = Signals {
        schema: reader.schema(),
        values: reading.row(),
    };
    let event = parts::with_parts(event, &Limits::default());
    rule.condition.holds_with(&event, Some(signals))
}

/// Refuses rules whose conditions fit no event's types.
fn check_types(rules: &RuleSet, table: &RuleTable) -> Outcome<()> {
    let each = rules.rules().iter().zip(&table.rules);
    let never = each.filter(|(_, figures)| figures.failed == table.events);
    let errors: Vec<RuleError> = never
        .filter_map(|(rule, figures)| {
            Some(RuleError {
                place: rule.place.clone(),
                problem: RuleProblem::Uncomputed {
                    name: rule.name.clone(),
                    reason: figures.failure.clone()?,
                },
            })
        })
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(refused(&errors))
    }
}

/// Says which rules tell nothing here, and which did not fit the events.
fn warnings(rules: &RuleSet, table: &RuleTable, events: &[Sampled]) -> Vec<String> {
    let mut warnings = Vec::new();
    let fields = events.iter().flat_map(|it| &it.event.fields);
    let there: BTreeSet<&str> = fields.map(|field| &*field.name).collect();
    for (rule, figures) in rules.rules().iter().zip(&table.rules) {
        let name = &rule.name;
        if let Some(failure) = &figures.failure {
            let failed = figures.failed;
            warnings.push(format!(
                "the condition of `{name}` could not be computed for {failed} of {} events ({failure}): it abstained there",
                table.events
            ));
        }
        for field in rule.fields().filter(|field| !there.contains(field)) {
            warnings.push(format!(
                "`{name}` reads the field `{field}`, which no event has"
            ));
        }
        let share = figures.events as f64 / table.events.max(1) as f64;
        if table.events >= EVENTS_MIN && share >= NEARLY_ALL {
            warnings.push(format!(
                "`{name}` holds for {:.1} % of the events: it hardly tells one from another",
                100.0 * share
            ));
        }
    }
    warnings
}

/// Translates Sigma's rules; those that have no exact translation are told of and left out.
pub(crate) fn import_sigma(arguments: &LabelImportSigma) -> Outcome {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut left_out = 0_u64;
    for file in &arguments.files {
        let name = file.display().to_string();
        let translated = match rule_files::text(file) {
            Ok(text) => sigma::translate(&name, &text).map_err(|error| error.to_string()),
            Err(failure) => Err(failure.in_line()),
        };
        match translated {
            Ok(draft) => drafts.push(draft),
            Err(reason) => {
                note(&format!("left out: {reason}"));
                left_out += 1;
            }
        }
    }
    set_apart(&mut drafts);
    let text = write(Kind::Command, &drafts);
    if !drafts.is_empty() {
        RuleSet::parse([("the translation", text.as_str())]).map_err(|errors| refused(&errors))?;
    }
    note(&format!(
        "translated: {}, left out: {left_out}",
        drafts.len()
    ));
    if drafts.is_empty() {
        return Ok(Exit::No);
    }
    match &arguments.out {
        None => print(&text)?,
        Some(path) => out_file::write(path, &text, "the rules", &arguments.files)?,
    }
    Ok(if left_out == 0 { Exit::Done } else { Exit::No })
}

/// Gives rules of one name names that differ.
fn set_apart(drafts: &mut [Draft]) {
    let mut names = BTreeSet::new();
    for draft in drafts {
        let own = draft.name.clone();
        let mut number = 1_u32;
        while !names.insert(draft.name.clone()) {
            number += 1;
            let end = format!("-{number}");
            let room = NAME_LETTERS_MAX - end.len();
            let start: String = own.chars().take(room).collect();
            draft.name = format!("{start}{end}");
        }
    }
}
