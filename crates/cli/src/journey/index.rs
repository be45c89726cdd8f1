//! The first pass: which labelled events there are, when, and what must stay together.

use std::collections::BTreeMap;

use ringtrue_core::near_duplicate::compared;
use ringtrue_core::task::Copies;
use ringtrue_core::{Event, Label};
use ringtrue_intake::{Actors, text};

use super::stored::Stored;
use crate::corpus::{Entry, Index};
use crate::failure::{Failure, Outcome};
use crate::progress::Bar;
use crate::used::Used;

/// Events to train without, and to judge on alone.
#[derive(Clone, Debug)]
pub(crate) struct LeaveOut {
    /// `source`, `family` or `group`.
    pub(crate) column: String,
    /// Its value.
    pub(crate) value: String,
}

impl LeaveOut {
    /// Checks the column's name.
    pub(crate) fn new(column: &str, value: &str) -> Outcome<Self> {
        if ["source", "family", "group"].contains(&column) {
            return Ok(Self {
                column: column.to_owned(),
                value: value.to_owned(),
            });
        }
        Err(Failure::new(format!("cannot leave out by the column `{column}`"))
            .hint("leave out one `source`, `family` or `group`, for example `--leave-out source=proxy`"))
    }

    /// Returns whether an event is left out.
    pub(crate) fn takes(&self, event: &Event) -> bool {
        let value = match self.column.as_str() {
            "source" => &event.source,
            "family" => &event.family,
            _ => &event.group,
        };
        value.as_deref() == Some(self.value.as_str())
    }
}

/// The labelled events and what was seen on the way.
#[derive(Default)]
pub(crate) struct Indexed {
    pub(crate) index: Index,
    /// Whether each entry is left out of training.
    pub(crate) left_out: Vec<bool>,
    /// Events without a label: kept, and neither trained nor judged on.
    pub(crate) unlabelled: u64,
    /// Whether each labelled event of the dataset, in its order, is none of the entries: excluded, or a copy.
    pub(crate) unused: Vec<bool>,
    /// What was not used, in sentences.
    pub(crate) assumed: Vec<String>,
    /// The URLs of data without times and groups, for near-duplicate clusters.
    pub(crate) texts: Vec<String>,
    /// Who is behind the events, labelled or not.
    pub(crate) actors: Actors,
}

/// Reads the events of a dataset once; `used` and `copies` say which of them are used.
pub(crate) fn read_index(
    stored: Stored<'_>,
    (used, copies): (&Used, Copies),
    leave_out: Option<&LeaveOut>,
) -> Outcome<Indexed> {
    let bar = Bar::new("sorting", stored.events());
    let mut indexed = Indexed::default();
    let mut excluded = vec![0; used.conditions()];
    let mut contents = Vec::new();
    for batch in stored.batches() {
        let batch = batch?;
        for event in &batch {
            indexed.actors.meet(event);
            let Some(label) = event.label else {
                indexed.unlabelled += 1;
                continue;
            };
            let condition = used.excludes(event);
            indexed.unused.push(condition.is_some());
            if let Some(condition) = condition {
                excluded[condition] += 1;
                continue;
            }
            let content = used.content(event);
            contents.push(content);
            indexed.add(event, label, content, leave_out);
        }
        bar.advance(batch.len() as u64);
    }
    indexed.assumed.extend(used.sentences(&excluded));
    if copies == Copies::Once {
        indexed.keep_once(&contents);
    }
    indexed.index.settle();
    Ok(indexed)
}

impl Indexed {
    fn add(&mut self, event: &Event, label: Label, content: u64, leave_out: Option<&LeaveOut>) {
        if event.time.is_none()
            && event.group.is_none()
            && let Some(field) = event.kind.evidence()
        {
            let text = event.value(field).text();
            let text = text.as_deref().unwrap_or("");
            self.texts.push(compared(event.kind, text).to_owned());
        }
        self.index.entries.push(Entry {
            time: event.time,
            known: event.usable_from(),
            label,
            id: event.id(),
            cluster: event
                .group
                .as_deref()
                .map_or_else(|| low_half(content), text::hash),
        });
        self.left_out
            .push(leave_out.is_some_and(|leave_out| leave_out.takes(event)));
    }

    /// Keeps the earliest of the entries that have the same label and hold the same; `contents` says what each holds.
    fn keep_once(&mut self, contents: &[u64]) {
        let order = |entry: usize| {
            let Entry { time, id, .. } = self.index.entries[entry];
            (time, id, entry)
        };
        let mut earliest: BTreeMap<(u64, Label), usize> = BTreeMap::new();
        for (entry, content) in contents.iter().enumerate() {
            let first = earliest
                .entry((*content, self.index.entries[entry].label))
                .or_insert(entry);
            if order(entry) < order(*first) {
                *first = entry;
            }
        }
        let mut is_kept = vec![false; contents.len()];
        for entry in earliest.into_values() {
            is_kept[entry] = true;
        }
        let has_texts = self.texts.len() == contents.len();
        retain(&mut self.index.entries, &is_kept);
        retain(&mut self.left_out, &is_kept);
        if has_texts {
            retain(&mut self.texts, &is_kept);
        }
        let copies = is_kept.iter().filter(|is_kept| !**is_kept).count();
        let mut kept = is_kept.into_iter();
        for unused in self.unused.iter_mut().filter(|unused| !**unused) {
            *unused = !kept.next().unwrap_or(true);
        }
        self.assumed.push(format!(
            "{copies} events are not used, since an earlier one with the same label holds the same"
        ));
    }
}

/// Removes what is not kept.
fn retain<T>(values: &mut Vec<T>, is_kept: &[bool]) {
    let mut kept = is_kept.iter();
    values.retain(|_| kept.next().copied().unwrap_or(true));
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "half of a hash is as good a hash"
)]
const fn low_half(hash: u64) -> u32 {
    hash as u32
}
