//! What was gathered, as files that `run` and `gate` read.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use ringtrue_core::task::PrivacyRule;
use ringtrue_core::{Event, EventTime, Label, Task, Value};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::gather::Known;
use crate::absorbed;
use crate::failure::{Failure, OrFail, Outcome};

/// All events that were gathered.
pub(super) const PAST: &str = "past.ndjson";
/// Those that the challenger is judged and gated on.
pub(super) const LATER: &str = "later.ndjson";
/// What events stand for, where that is not one.
pub(super) const WEIGHTS: &str = "weights.ndjson";
/// What is learned from whenever it came.
pub(super) const ABSORBED: &str = "absorbed.ndjson";
/// From when on events are judged on.
pub(super) const CUTOFF: &str = "cutoff";

/// Refuses a task whose events cannot be read twice: what stands in a store or a log has its pseudonyms already, and reading it again would make
/// pseudonyms of them.
pub(crate) fn check_privacy(task: &Task) -> Outcome<()> {
    let rules = task.privacy.fields.values().chain([&task.privacy.default]);
    let makes_pseudonyms = |rule: &PrivacyRule| rule.needs_key();
    if !rules.copied().any(|rule| makes_pseudonyms(&rule)) {
        return Ok(());
    }
    Err(Failure::new(
        "the task makes pseudonyms, and events that were kept under them cannot be read again",
    )
    .hint("train with `run` on the original files, and gate by hand"))
}

/// Writes the files; each is there whole or not at all, and the cutoff comes last.
pub(super) fn write(task: &Task, known: &[Known], cutoff: EventTime, folder: &Path) -> Outcome<()> {
    let names = Names::of(task);
    let is_later = |it: &&Known| it.event.time.is_some_and(|time| time >= cutoff);
    lines(folder, PAST, known.iter().map(|it| Line(&it.event, &names)))?;
    let later = known.iter().filter(is_later).filter(|it| !it.is_absorbed);
    lines(folder, LATER, later.map(|it| Line(&it.event, &names)))?;
    let weighed = known.iter().filter(|it| it.stands_for > 1.0);
    lines(
        folder,
        WEIGHTS,
        weighed.map(|it| StandsFor {
            event: it.event.id().to_string(),
            stands_for: it.stands_for,
        }),
    )?;
    let absorbed = known.iter().filter(|it| it.is_absorbed);
    let absorbed = absorbed.map(|it| absorbed::Line {
        event: it.event.id(),
    });
    lines(folder, ABSORBED, absorbed)?;
    let path = folder.join(CUTOFF);
    ringtrue_store::atomic_write(&path, cutoff.to_string().as_bytes())
        .or_fail(|| format!("cannot write `{}`", path.display()))
}

/// Writes a file of lines, whole or not at all.
fn lines(folder: &Path, name: &str, each: impl Iterator<Item = impl Serialize>) -> Outcome<()> {
    let (begun, path) = (folder.join(format!("{name}.begun")), folder.join(name));
    let cannot = || format!("cannot write `{}`", path.display());
    let mut out = BufWriter::new(File::create(&begun).or_fail(cannot)?);
    for line in each {
        serde_json::to_writer(&mut out, &line).or_fail(cannot)?;
        out.write_all(b"\n").or_fail(cannot)?;
    }
    let file = out.into_inner().or_fail(cannot)?;
    file.sync_all().or_fail(cannot)?;
    fs::rename(&begun, &path).or_fail(cannot)
}

/// How many events one stands for.
#[derive(Serialize)]
struct StandsFor {
    event: String,
    stands_for: f64,
}

/// The names under which a task finds what an event has beside its fields.
struct Names<'a> {
    time: &'a str,
    label: &'a str,
    label_known: &'a str,
    source: &'a str,
    family: &'a str,
    group: &'a str,
    /// The task's name of the evidence, and ours.
    evidence: Option<(&'a str, &'a str)>,
    /// The words of the labels.
    words: [&'a str; 3],
}

impl<'a> Names<'a> {
    fn of(task: &'a Task) -> Self {
        let columns = &task.columns;
        let word = |label: Label| {
            let stated = task.labels.iter().find(|(_, it)| **it == label);
            stated.map_or(label.word(), |(word, _)| word.as_str())
        };
        let ours = task.kind.evidence();
        Self {
            time: columns.time.as_deref().unwrap_or("first_seen"),
            label: columns.label.as_deref().unwrap_or("label"),
            label_known: columns.label_known.as_deref().unwrap_or("label_known"),
            source: columns.source.as_deref().unwrap_or("source"),
            family: columns.family.as_deref().unwrap_or("family"),
            group: columns.group.as_deref().unwrap_or("group"),
            evidence: columns.evidence.as_deref().zip(ours),
            words: [Label::Benign, Label::Malicious, Label::Unsure].map(word),
        }
    }

    fn word(&self, label: Label) -> &'a str {
        let [benign, malicious, unsure] = self.words;
        match label {
            Label::Benign => benign,
            Label::Malicious => malicious,
            Label::Unsure => unsure,
        }
    }

    fn field<'b>(&'b self, name: &'b str) -> &'b str {
        match self.evidence {
            Some((theirs, ours)) if ours == name => theirs,
            _ => name,
        }
    }
}

/// An event as a line, its fields in their order.
struct Line<'a>(&'a Event, &'a Names<'a>);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(event, names) = self;
        let text = |time: Option<EventTime>| time.map(|time| time.to_string());
        let mut line = serializer.serialize_map(None)?;
        for field in &event.fields {
            let name = names.field(&field.name);
            match &field.value {
                Value::Missing => line.serialize_entry(name, &())?,
                Value::Boolean(value) => line.serialize_entry(name, value)?,
                Value::Number(value) => line.serialize_entry(name, value)?,
                Value::Text(text) => line.serialize_entry(name, &**text)?,
            }
        }
        line.serialize_entry(names.time, &text(event.time))?;
        line.serialize_entry(names.source, &event.source.as_deref())?;
        line.serialize_entry(names.label, &event.label.map(|it| names.word(it)))?;
        line.serialize_entry(names.label_known, &text(event.label_known))?;
        line.serialize_entry(names.family, &event.family.as_deref())?;
        line.serialize_entry(names.group, &event.group.as_deref())?;
        line.end()
    }
}
