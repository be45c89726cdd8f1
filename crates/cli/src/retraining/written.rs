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
    // A label for which the task has no word would set its event aside.
    let has_word = |it: &&Known| it.event.label.is_none_or(|it| names.word(it).is_some());
    let known = || known.iter().filter(has_word);
    lines(folder, PAST, known().map(|it| Line(&it.event, &names)))?;
    let later = known().filter(is_later).filter(|it| !it.is_absorbed);
    lines(folder, LATER, later.map(|it| Line(&it.event, &names)))?;
    let weighed = known().filter(|it| it.stands_for > 1.0);
    lines(
        folder,
        WEIGHTS,
        weighed.map(|it| StandsFor {
            event: it.event.id().to_string(),
            stands_for: it.stands_for,
        }),
    )?;
    let absorbed = known().filter(|it| it.is_absorbed);
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
    /// The words of the labels; none for what the task has no word for.
    words: [Option<&'a str>; 3],
    /// The task's names of the user and the host, and ours.
    actors: [(&'a str, &'static str); 2],
}

impl<'a> Names<'a> {
    fn of(task: &'a Task) -> Self {
        let columns = &task.columns;
        let word = |label: Label| {
            let stated = task.labels.iter().find(|(_, it)| **it == label);
            let usual = task.labels.is_empty().then(|| label.word());
            stated.map(|(word, _)| word.as_str()).or(usual)
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
            actors: [
                (columns.user.as_deref().unwrap_or("user"), "user"),
                (columns.host.as_deref().unwrap_or("host"), "host"),
            ],
        }
    }

    /// Returns the task's word for a label, if it has one.
    fn word(&self, label: Label) -> Option<&'a str> {
        let [benign, malicious, unsure] = self.words;
        match label {
            Label::Benign => benign,
            Label::Malicious => malicious,
            Label::Unsure => unsure,
        }
    }

    fn field<'b>(&'b self, name: &'b str) -> &'b str {
        let named = self.evidence.into_iter().chain(self.actors);
        let theirs = named.into_iter().find(|(_, ours)| *ours == name);
        theirs.map_or(name, |(theirs, _)| theirs)
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
        line.serialize_entry(names.label, &event.label.and_then(|it| names.word(it)))?;
        line.serialize_entry(names.label_known, &text(event.label_known))?;
        line.serialize_entry(names.family, &event.family.as_deref())?;
        line.serialize_entry(names.group, &event.group.as_deref())?;
        line.end()
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_core::{Field, Kind, Trust};

    use super::*;

    const TASK: &str = "format = 1\nname = \"t\"\nkind = \"command\"\n[columns]\nuser = \"UserName\"\nhost = \"Device\"\ncommand = \"CommandLine\"\nlabel = \"verdict\"\n[labels.map]\nbad = \"malicious\"\nok = \"benign\"\n";

    #[test]
    fn events_are_written_under_the_names_and_words_of_the_task() {
        let task = Task::parse(TASK).unwrap();
        let known = |day: i64, label: Label| {
            let fields = [
                ("command", "id"),
                ("user", "ann"),
                ("host", "db1"),
                ("cwd", "/"),
            ];
            Known::one(Event {
                kind: Kind::Command,
                time: Some(EventTime::from_date(2024, 1, 1).plus_days(day)),
                label_known: None,
                label: Some(label),
                source: None,
                trust: Trust::Own,
                family: None,
                group: None,
                fields: fields
                    .map(|(name, text)| Field {
                        name: name.into(),
                        value: Value::Text(text.into()),
                    })
                    .to_vec(),
            })
        };
        let all = [
            known(0, Label::Benign),
            known(1, Label::Malicious),
            known(2, Label::Unsure),
        ];
        let folder = tempfile::tempdir().unwrap();
        let cutoff = EventTime::from_date(2024, 1, 2);
        write(&task, &all, cutoff, folder.path()).unwrap();
        let lines = |name: &str| -> Vec<serde_json::Value> {
            let text = fs::read_to_string(folder.path().join(name)).unwrap();
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect()
        };
        let past = lines(PAST);
        // The task has no word for what nobody is sure of.
        let verdicts: Vec<&serde_json::Value> = past.iter().map(|it| &it["verdict"]).collect();
        assert_eq!(verdicts, ["ok", "bad"]);
        let first = &past[0];
        let told = ["CommandLine", "UserName", "Device", "cwd"].map(|name| &first[name]);
        assert_eq!(told, ["id", "ann", "db1", "/"]);
        assert!(first.get("user").is_none() && first.get("command").is_none());
        assert_eq!(lines(LATER).len(), 1);
    }
}
