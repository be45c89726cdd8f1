//! `ringtrue label rules`: what do experts' rules cover, and how often are they right? `ringtrue label import-sigma`: Sigma's
//! rules as a rule file.
//!
//! ```text
//!   rule files ──► RuleSet ─┐
//!   files ──pass──► events ─┴─fire──► Fired ──judge, combine──► page, JSON, list; votes as NDJSON
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use ringtrue_core::expression::Signals;
use ringtrue_core::task::Reader;
use ringtrue_core::{Kind, Label, Limits};
use ringtrue_intake::{SignalReader, parts};
use ringtrue_label::rules::{
    Draft, Fired, NEARLY_ALL, RuleError, RuleSet, RuleTable, Seen, combine, judge, sigma, write,
};
use ringtrue_store::atomic_write;
use ringtrue_vet::Sampled;

use crate::args::{LabelImportSigma, LabelRules};
use crate::commands::ingest::store_failure;
use crate::commands::label_errors::campaigns;
use crate::commands::{note, print};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::files::expand;
use crate::gathered::{Gathered, Way, pass};
use crate::page::{self, RulesTold};
use crate::prepared::{self, Prepared};
use crate::revealed::Revealed;

/// Events from which it means something that a rule holds for nearly all of them, or for none.
const EVENTS_MIN: u64 = 20;

/// Runs the verb.
pub(crate) fn run(arguments: &LabelRules) -> Outcome {
    let mut rules = read_rules(&arguments.rules)?;
    let passed = pass(
        &Way {
            looking: &arguments.looking,
            files: &expand(&arguments.files)?,
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
    let told = RulesTold {
        rules: rules.rules(),
        warnings: warnings(&rules, &table),
        table: &table,
        combined: &combine(rules.rules(), &seen),
        fired: &fired,
        events: &events,
        task,
        assumed: &sentences,
        set_aside: passed.set_aside,
        revealed: Revealed::new(task, arguments.looking.reader.map(Reader::from)),
    };
    tell(arguments, &told)?;
    Ok(Exit::Done)
}

fn tell(arguments: &LabelRules, told: &RulesTold<'_>) -> Outcome<()> {
    if let Some(path) = &arguments.votes {
        let cannot = || format!("cannot write the votes to `{}`", path.display());
        let text = page::rules_votes(told);
        atomic_write(path, text.as_bytes()).map_err(|error| store_failure(&cannot(), &error))?;
    }
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

/// Reads the rules of files and of folders, in which they end in `.toml`, at any depth.
fn read_rules(names: &[PathBuf]) -> Outcome<RuleSet> {
    let mut files = Vec::new();
    for name in names {
        if name.is_dir() {
            let before = files.len();
            list(name, 0, &mut files)?;
            if files.len() == before {
                return Err(Failure::new(format!(
                    "the folder `{}` holds no rule file",
                    name.display()
                ))
                .hint("rule files end in .toml; `docs/guides/rules.md` shows one"));
            }
        } else {
            files.push(name.clone());
        }
    }
    let mut texts = Vec::new();
    for file in files {
        let text =
            fs::read_to_string(&file).or_fail(|| format!("cannot read `{}`", file.display()))?;
        texts.push((file.display().to_string(), text));
    }
    let texts = texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    RuleSet::parse(texts).map_err(|errors| refused(&errors))
}

/// Folders within folders that are looked into.
const DEPTH_MAX: usize = 8;

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Outcome<()> {
    let cannot = || format!("cannot list the folder `{}`", folder.display());
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).or_fail(cannot)? {
        entries.push(entry.or_fail(cannot)?.path());
    }
    entries.sort();
    for path in entries {
        if path.is_dir() && depth < DEPTH_MAX {
            list(&path, depth + 1, files)?;
        } else if path.is_file() && path.extension().is_some_and(|it| it == "toml") {
            files.push(path);
        }
    }
    Ok(())
}

/// Problems that are shown.
const SHOWN_MAX: usize = 20;

fn refused(errors: &[RuleError]) -> Failure {
    let mut failure = Failure::new("the rules cannot be used");
    let shown = errors.iter().take(SHOWN_MAX);
    failure.causes = shown.map(ToString::to_string).collect();
    let more = errors.len().saturating_sub(SHOWN_MAX);
    if more > 0 {
        failure.causes.push(format!("and {more} more"));
    }
    failure
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

/// Says which rules tell nothing here, and which did not fit the events.
fn warnings(rules: &RuleSet, table: &RuleTable) -> Vec<String> {
    let mut warnings = Vec::new();
    for (rule, figures) in rules.rules().iter().zip(&table.rules) {
        let name = &rule.name;
        if let Some(failure) = &figures.failure {
            let failed = figures.failed;
            warnings.push(format!(
                "the condition of `{name}` could not be computed for {failed} of {} events ({failure}): it abstained there",
                table.events
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
        let text = fs::read_to_string(file).or_fail(|| format!("cannot read `{name}`"))?;
        match sigma::translate(&name, &text) {
            Ok(draft) => drafts.push(draft),
            Err(error) => {
                note(&format!("left out: {error}"));
                left_out += 1;
            }
        }
    }
    note(&format!(
        "translated: {}, left out: {left_out}",
        drafts.len()
    ));
    if drafts.is_empty() {
        return Ok(Exit::No);
    }
    let text = write(Kind::Command, &drafts);
    RuleSet::parse([("the translation", text.as_str())]).map_err(|errors| refused(&errors))?;
    match &arguments.out {
        None => print(&text)?,
        Some(path) => {
            let cannot = || format!("cannot write the rules to `{}`", path.display());
            atomic_write(path, text.as_bytes())
                .map_err(|error| store_failure(&cannot(), &error))?;
        }
    }
    Ok(if left_out == 0 { Exit::Done } else { Exit::No })
}
