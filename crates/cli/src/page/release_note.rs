//! The release note of a promotion, in words that a customer understands.
//!
//! Figures are those of the gate's comparison. An example appears only if the task shows every field to everybody: the
//! comparison may have been made for somebody who sees more.

use ringtrue_core::{Digest, EventTime, Task, plural};
use ringtrue_model::Detector;
use ringtrue_report::{
    Block, Cell, Column, ColumnKind, Document, Fact, Form, Outcome as Answer, Reader, Section,
    Severity, Status, Table, Text, html, markdown,
};
use ringtrue_store::atomic_write;
use ringtrue_trial::compare::report::{Comparison, Flip, FlipCounts, FlipKind, Part};
use serde_json::json;
use std::path::Path;

use crate::commands::ingest::store_failure;
use crate::failure::{OrFail, Outcome};

/// Examples of each kind, at most.
const EXAMPLES: usize = 3;
/// Families of each kind, at most.
const FAMILIES: usize = 10;

/// What the note tells of.
pub(crate) struct ReleaseTold<'a> {
    pub(crate) detector: &'a Detector,
    pub(crate) id: Digest,
    /// What changed; `None` if nobody compared.
    pub(crate) comparison: Option<&'a Comparison>,
    /// Until when it is in use by exception.
    pub(crate) exception: Option<EventTime>,
    pub(crate) now: EventTime,
}

/// One of the four kinds of change, as a customer calls it.
struct Kind {
    flip: FlipKind,
    id: &'static str,
    title: &'static str,
    nothing: &'static str,
    count: fn(&FlipCounts) -> u64,
}

const KINDS: [Kind; 4] = [
    Kind {
        flip: FlipKind::NewlyCaught,
        id: "newly-caught",
        title: "Newly caught",
        nothing: "Nothing that was let through before is caught now, on the events that were compared.",
        count: |counts| counts.newly_caught,
    },
    Kind {
        flip: FlipKind::NewlyMissed,
        id: "newly-missed",
        title: "Newly missed",
        nothing: "Nothing that was caught before is let through now, on the events that were compared.",
        count: |counts| counts.newly_missed,
    },
    Kind {
        flip: FlipKind::NewlyReleased,
        id: "no-longer-blocked",
        title: "No longer blocked in error",
        nothing: "Nothing harmless that was blocked before passes now, on the events that were compared.",
        count: |counts| counts.newly_released,
    },
    Kind {
        flip: FlipKind::NewlyBlockedInError,
        id: "newly-blocked",
        title: "Newly blocked in error",
        nothing: "Nothing harmless that passed before is blocked now, on the events that were compared.",
        count: |counts| counts.newly_blocked_in_error,
    },
];

/// Makes the note.
pub(crate) fn release_note(told: &ReleaseTold<'_>) -> Document {
    let card = &told.detector.card;
    let status = match told.exception {
        None => Status::new(
            Answer::Informs,
            "in use from now on; it passed every check that was set for it",
        ),
        Some(until) => Status::new(
            Answer::Informs,
            format!(
                "in use by exception until {}: not every check that was set for it was passed",
                until.date()
            ),
        ),
    };
    let mut document = Document::new(format!("Release note: {}", card.name), status);
    document.subtitle = match told.comparison {
        Some(comparison) => format!(
            "Compared with the detector that was in use, on {} of which {} are malicious.",
            plural(
                comparison.judged.malicious + comparison.judged.benign,
                "event",
                "events"
            ),
            comparison.judged.malicious
        ),
        None => "Nobody compared it with the detector that was in use.".to_owned(),
    };
    if let Some(comparison) = told.comparison {
        let shows = shows_all(told.detector);
        let sections = KINDS.iter();
        document.sections = sections
            .map(|kind| of_kind(kind, comparison, shows))
            .collect();
        document.data = json!({ "counts": comparison.counts });
    }
    document.sections.push(known_gaps(told));
    document.facts = vec![
        Fact::new("detector", told.id.to_string()),
        Fact::new("date", told.now.date()),
    ];
    document
}

/// Returns whether everybody may see every field.
fn shows_all(detector: &Detector) -> bool {
    let task = Task::parse(&detector.task);
    task.is_ok_and(|task| task.privacy.reveal.is_empty()) || detector.task.is_empty()
}

fn section(id: &str, title: &str, blocks: Vec<Block>) -> Section {
    Section {
        id: id.to_owned(),
        title: title.to_owned(),
        reader: Reader::Both,
        blocks,
    }
}

fn of_kind(kind: &Kind, comparison: &Comparison, shows: bool) -> Section {
    let count = (kind.count)(&comparison.counts);
    if count == 0 {
        return section(
            kind.id,
            kind.title,
            vec![Block::paragraph(Text::plain(kind.nothing))],
        );
    }
    let mut blocks = vec![Block::paragraph(Text::plain(format!(
        "{}.",
        plural(count, "event", "events")
    )))];
    blocks.extend(families(kind, &comparison.by_family));
    let flips = comparison
        .flips
        .iter()
        .filter(|flip| flip.kind == kind.flip);
    let examples: Vec<Text> = flips.take(EXAMPLES).map(example).collect();
    if !shows {
        let words = "Examples are left out: not everybody may see what events hold.";
        blocks.push(Block::paragraph(Text::plain(words)));
    } else if !examples.is_empty() {
        blocks.push(Block::paragraph(Text::plain("For example:")));
        blocks.push(Block::List { items: examples });
    }
    section(kind.id, kind.title, blocks)
}

fn example(flip: &Flip) -> Text {
    let text = Text::plain("").code(defanged(&flip.shown));
    match &flip.family {
        Some(family) => text.then(format!(" ({family})")),
        None => text,
    }
}

/// Returns a text in which no address can be followed by a slip of the hand.
fn defanged(text: &str) -> String {
    text.replace("http", "hxxp").replace("://", "[:]//")
}

fn families(kind: &Kind, parts: &[Part]) -> Option<Block> {
    let mut counts: Vec<(&str, u64, u64)> = parts
        .iter()
        .map(|part| (part.name.as_str(), (kind.count)(&part.counts), part.events))
        .filter(|(_, count, _)| *count > 0)
        .collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    let rows: Vec<Vec<Cell>> = counts
        .iter()
        .take(FAMILIES)
        .map(|(name, count, events)| {
            vec![
                (*name).into(),
                (*count as f64).into(),
                (*events as f64).into(),
            ]
        })
        .collect();
    let left = counts.len().saturating_sub(FAMILIES);
    let number = || ColumnKind::Figure(Form::Number);
    (!rows.is_empty()).then(|| {
        Block::Table(Table {
            caption: "By family".to_owned(),
            columns: vec![
                Column::new("family", ColumnKind::Text),
                Column::new("events", number()),
                Column::new("of", number()),
            ],
            rows,
            note: if left == 0 {
                String::new()
            } else {
                format!(
                    "and {}",
                    plural(left as u64, "family more", "families more")
                )
            },
        })
    })
}

fn known_gaps(told: &ReleaseTold<'_>) -> Section {
    let mut known: Vec<Text> = told
        .detector
        .card
        .gaps
        .iter()
        .map(|gap| Text::plain(gap.clone()))
        .collect();
    if let Some(comparison) = told.comparison {
        known.extend(
            comparison
                .not_compared
                .iter()
                .map(|it| Text::plain(it.clone())),
        );
    }
    let mut blocks = Vec::new();
    if told.exception.is_some() {
        let words = "It is in use although not every check was passed; somebody answers for that.";
        blocks.push(Block::callout(Severity::Warning, Text::plain(words)));
    }
    if known.is_empty() {
        blocks.push(Block::paragraph(Text::plain(
            "Nothing is known not to work, which is no proof that everything does.",
        )));
    } else {
        blocks.push(Block::List { items: known });
    }
    section("known-gaps", "Known not to work, or not tried", blocks)
}

/// Returns the note as it is kept.
pub(crate) fn note_text(note: &Document) -> String {
    markdown::render(note)
}

/// Writes `release-note.md` and `release-note.html` into a folder.
pub(crate) fn write_note(note: &Document, folder: &Path) -> Outcome<()> {
    let cannot = || format!("cannot write the release note into `{}`", folder.display());
    std::fs::create_dir_all(folder).or_fail(cannot)?;
    let pages = [
        ("release-note.md", note_text(note)),
        ("release-note.html", html::render(note)),
    ];
    for (name, text) in pages {
        atomic_write(&folder.join(name), text.as_bytes())
            .map_err(|error| store_failure(&cannot(), &error))?;
    }
    Ok(())
}
