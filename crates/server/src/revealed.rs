//! What of an event its reader may see, in reports and explanations.

use ringtrue_core::task::Reader;
use ringtrue_core::{Event, Limits, Task};
use ringtrue_intake::title;

/// Bytes of a table's row after which no further field is shown.
const TABLE_TEXT_BYTES: usize = 160;

/// A task's word on who sees what, and who reads.
#[derive(Clone, Copy)]
pub struct Revealed<'a> {
    task: &'a Task,
    reader: Option<Reader>,
}

impl<'a> Revealed<'a> {
    /// Says what `reader` may see; nobody in particular sees what everybody may.
    #[must_use]
    pub const fn new(task: &'a Task, reader: Option<Reader>) -> Self {
        Self { task, reader }
    }

    /// Returns whether the reader may see a field.
    #[must_use]
    pub fn shows(self, field: &str) -> bool {
        let column = if self.task.kind.evidence() == Some(field) {
            self.task.evidence_column()
        } else {
            field
        };
        self.task.reveals(field, self.reader) && self.task.reveals(column, self.reader)
    }

    /// Returns whether events have evidence that the reader may not see.
    #[must_use]
    pub fn hides_evidence(self) -> bool {
        let evidence = self.task.kind.evidence();
        evidence.is_some_and(|field| !self.shows(field))
    }

    /// Returns whether the reader may see the names of families.
    #[must_use]
    pub fn shows_family(self) -> bool {
        self.shows(self.task.columns.family.as_deref().unwrap_or("family"))
    }

    /// Returns whether the reader may see the names of sources.
    #[must_use]
    pub fn shows_source(self) -> bool {
        self.shows(self.task.columns.source.as_deref().unwrap_or("source"))
    }

    /// Returns whether the reader may see the names of groups.
    #[must_use]
    pub fn shows_group(self) -> bool {
        self.shows(self.task.columns.group.as_deref().unwrap_or("group"))
    }

    /// Returns what an event looks like to the reader.
    #[must_use]
    pub fn text(self, event: &Event) -> String {
        if event.kind.evidence().is_some() {
            let title = title(event, &Limits::default());
            return match title.filter(|_| !self.hides_evidence()) {
                Some(title) => title,
                None => format!("event {}", event.id()),
            };
        }
        let mut text = String::new();
        for field in &event.fields {
            let Some(value) = field.value.text().filter(|_| self.shows(&field.name)) else {
                continue;
            };
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(&field.name);
            text.push('=');
            text.push_str(&value);
            if text.len() > TABLE_TEXT_BYTES {
                break;
            }
        }
        text
    }
}
