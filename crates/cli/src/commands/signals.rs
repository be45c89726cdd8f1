//! `ringtrue signals`: prints docs/signals.md from the declarations, with each signal's gain on later
//! events where a detector and files are given.

use std::fmt::Write as _;

use rayon::prelude::*;
use ringtrue_core::signal::{Movable, SignalDeclaration};
use ringtrue_core::{Row, SignalSchema};
use ringtrue_model::Model;
use ringtrue_trial::{Gain, gains};

use crate::args::Signals;
use crate::commands::print;
use crate::corpus::Corpus;
use crate::detector_folder;
use crate::failure::{Exit, OrFail, Outcome};
use crate::labelled::with_labelled;
use crate::registry::Named;

/// Runs the verb.
pub(crate) fn run(arguments: &Signals) -> Outcome {
    let Some(name) = &arguments.detector else {
        print(&page(ringtrue_intake::url::schema(), None))?;
        return Ok(Exit::Done);
    };
    let store = arguments.store.as_deref();
    let loaded = detector_folder::read(Named { name, store }, None)?;
    with_labelled(&loaded, &arguments.files, |corpus, _| {
        let model = &loaded.detector.model;
        let linear = linear_margins(model, corpus);
        let gains = gains(model, &corpus.rows, &linear, &corpus.labels)
            .or_fail(|| "the gains cannot be measured".to_owned())?;
        print(&page(&loaded.detector.schema, Some(&gains)))
    })?;
    Ok(Exit::Done)
}

/// Returns what the text alone adds to each event's margin.
fn linear_margins(model: &Model, corpus: &Corpus<'_>) -> Vec<f64> {
    let text = Model {
        forest: None,
        single: None,
        ..model.clone()
    };
    (0..corpus.len())
        .into_par_iter()
        .map_init(Vec::new, |buckets, at| {
            corpus.buckets(&text, at, buckets);
            text.margin(Row::Single(&[]), buckets)
        })
        .collect()
}

/// Returns the page.
fn page(schema: &SignalSchema, gains: Option<&[Gain]>) -> String {
    let mut page = format!(
        "# Signals\n\nMade by `ringtrue signals` from the declarations beside the code; do not edit. Schema `{}`, {} signals, digest `{}`.\nThe gain is what the area under the ROC curve loses, in points, if the signal is shuffled among later events (permutation importance, Breiman 2001); signals that say the same share it.\nWhat each theme is worth stands in [benchmarks](benchmarks.md).\n",
        schema.code,
        schema.signals.len(),
        schema.digest().short()
    );
    for theme in schema.themes() {
        // Writing to a string cannot fail.
        let _written = write!(
            page,
            "\n## {theme}\n\n| signal | because ... | unit | attacker | minutes a step | gain |\n|---|---|---|---|--:|--:|\n"
        );
        for (column, signal) in schema.signals.iter().enumerate() {
            if signal.theme == theme {
                page.push_str(&row(signal, gains.and_then(|gains| gains.get(column))));
            }
        }
    }
    page
}

fn row(signal: &SignalDeclaration, gain: Option<&Gain>) -> String {
    let movable = match signal.attacker.movable {
        Movable::No => "cannot change it",
        Movable::Up => "can raise it",
        Movable::Down => "can lower it",
        Movable::Both => "can change it",
    };
    let gain = gain.map_or_else(String::new, |gain| format!("{:.3}", 100.0 * gain.area));
    format!(
        "| `{}` | {} | {} | {movable} | {} | {gain} |\n",
        signal.name, signal.meaning, signal.unit, signal.attacker.cost_minutes
    )
}
