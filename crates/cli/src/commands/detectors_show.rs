//! `ringtrue detectors show`: one detector, who said what about it, and the data that it learned from.

use ringtrue_core::audit::{Aliases, Recorded};
use ringtrue_core::{Digest, plural};
use ringtrue_model::Detector;
use ringtrue_report::visible;
use ringtrue_store::{Audit, Dataset, Store, StoreError};
use serde_json::{Value, json};

use crate::args::DetectorsShow;
use crate::commands::ingest::store_failure;
use crate::commands::{print, print_json};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::label_store::existing;
use crate::registry::{Named, Parts, entry_line, find, unreadable};

/// Runs the verb.
pub(crate) fn run(arguments: &DetectorsShow) -> Outcome {
    let store = existing(&arguments.store)?;
    let found = find(Named {
        name: &arguments.detector,
        store: Some(&arguments.store),
    })?;
    let detector = Detector::from_files(&found.files.iter().cloned().collect())
        .or_fail(|| format!("cannot read the detector `{}`", found.place.title()))?;
    let data = lineage(&store, &detector.card.dataset)?;
    if arguments.rows {
        return rows(&store, &detector, data.as_ref());
    }
    let audit = store.audit().map_err(|error| unreadable(&store, &error))?;
    let shown = Shown {
        id: found.id,
        parts: Parts::of(&detector, &found.files)?,
        detector: &detector,
        data,
        audit: &audit,
        store: &store,
    };
    if arguments.json {
        print_json(&shown.json()?)?;
    } else {
        print(&shown.text()?)?;
    }
    Ok(Exit::Done)
}

struct Shown<'a> {
    id: Digest,
    parts: Parts,
    detector: &'a Detector,
    data: Option<Dataset>,
    audit: &'a Audit,
    store: &'a Store,
}

impl Shown<'_> {
    fn aliases(&self) -> Vec<String> {
        let aliases = Aliases::of(&self.audit.entries);
        let here = aliases
            .all()
            .filter(|(_, _, held)| held.detector == self.id);
        here.map(|(task, alias, _)| format!("{alias} of {task}"))
            .collect()
    }

    fn entries(&self) -> Vec<&Recorded> {
        let about = |it: &&Recorded| it.payload.entry.detectors().contains(&self.id);
        self.audit.entries.iter().filter(about).collect()
    }

    /// Returns the tombstones of those who were forgotten since, if what it learned from is no longer whole.
    fn forgotten(&self) -> Outcome<Vec<String>> {
        let marks = self
            .store
            .marks()
            .map_err(|error| store_failure("cannot read what was forgotten", &error))?;
        let ours = [self.id, self.detector.card.dataset];
        let ours = marks.into_iter().filter(|mark| ours.contains(&mark.digest));
        Ok(ours.map(|mark| mark.tombstone).collect())
    }

    fn json(&self) -> Outcome<Value> {
        let entries: Vec<Value> = self
            .entries()
            .iter()
            .map(|it| json!({ "entry": it.sequence, "time": it.time.to_string(), "said": it.payload.entry }))
            .collect();
        Ok(json!({
            "format": 1,
            "id": self.id,
            "aliases": self.aliases(),
            "parts": self.parts,
            "card": self.detector.card,
            "dataset": self.data,
            "forgotten_since": self.forgotten()?,
            "entries": entries,
        }))
    }

    fn text(&self) -> Outcome<String> {
        let card = &self.detector.card;
        let mut lines = vec![
            format!("detector {}", self.id),
            format!(
                "  task {} ({})",
                visible::line(&card.name),
                card.task.short()
            ),
        ];
        let aliases = self.aliases();
        if !aliases.is_empty() {
            lines.push(format!("  {}", visible::line(&aliases.join(", "))));
        }
        let fit = if card.fit {
            "fit"
        } else {
            "not fit to be promoted"
        };
        lines.push(format!(
            "  {fit}, version {}, seed {}",
            card.version, card.seed
        ));
        for (name, digest) in self.parts.named() {
            lines.push(format!("  {name} {}", digest.short()));
        }
        let [malicious, benign] = card.trained_on;
        lines.push(format!(
            "  trained on {malicious} malicious and {benign} benign events"
        ));
        lines.push(match &self.data {
            Some(dataset) => told_of(&card.dataset, dataset),
            None => format!(
                "  its dataset {} is not in this store",
                card.dataset.short()
            ),
        });
        for tombstone in self.forgotten()? {
            lines.push(format!(
                "  no longer reproducible: {tombstone} was forgotten"
            ));
        }
        lines.extend(self.entries().into_iter().map(entry_line));
        Ok(lines.join("\n") + "\n")
    }
}

fn told_of(digest: &Digest, dataset: &Dataset) -> String {
    let first = dataset.times.first.map(ringtrue_core::EventTime::date);
    let last = dataset.times.last.map(ringtrue_core::EventTime::date);
    let times = first
        .zip(last)
        .map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
    format!(
        "  dataset {}: {} ({} malicious) in {}{times}; `--rows` lists them",
        digest.short(),
        plural(dataset.events, "event", "events"),
        dataset.labels.malicious,
        plural(dataset.segments.len(), "segment", "segments"),
    )
}

/// Returns the dataset, if the store has it.
fn lineage(store: &Store, digest: &Digest) -> Outcome<Option<Dataset>> {
    match store.dataset(digest) {
        Ok(dataset) => Ok(Some(dataset)),
        Err(StoreError::Unknown { .. }) => Ok(None),
        Err(error) => Err(store_failure("cannot read the detector's dataset", &error)),
    }
}

/// Prints the events of the dataset; their values stay in the store.
fn rows(store: &Store, detector: &Detector, dataset: Option<&Dataset>) -> Outcome {
    let Some(dataset) = dataset else {
        return Err(Failure::new(format!(
            "the store `{}` does not have the dataset {} that the detector learned from",
            store.path().display(),
            detector.card.dataset.short()
        ))
        .hint("the store of the run that trained it has it: OUT/store"));
    };
    let before = detector.card.trained_before.as_deref();
    for batch in store.read_dataset(dataset) {
        let batch = batch.map_err(|error| store_failure("cannot read the dataset", &error))?;
        let mut text = String::new();
        for event in batch {
            let line = json!({
                "id": event.id(),
                "time": event.time.map(|time| time.to_string()),
                "trained_before": before,
            });
            text.push_str(&line.to_string());
            text.push('\n');
        }
        print(&text)?;
    }
    Ok(Exit::Done)
}
