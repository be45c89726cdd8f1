//! What personal data an input holds, column by column, and the lines of a task that would protect it.
//!
//! ```text
//!   records ──see──► counts a column and kind, examples as shapes ──finish──► what is unprotected, and how to mend it
//! ```
//!
//! Nothing of a value leaves: an example is its shape, `xxx.xxx@xxxx.xxxxxxx` for an address. What has no form
//! (a name in prose) is not told, so that "found nothing" is no proof.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringtrue_core::task::{MailPart, PrivacyRule};
use ringtrue_core::{Kind, Task, Value};

use super::personal::{Personal, find, is_named_so};
use crate::mapping::{Mapping, Role};
use crate::source::Record;

/// Examples that are shown of a kind in a column.
const EXAMPLES_MAX: usize = 3;
/// Characters of an example.
const EXAMPLE_CHARACTERS: usize = 48;
/// Share of a column's values that must be personal data and nothing else for the column to be of it.
const WHOLE_SHARE: f64 = 0.8;

/// What was found of one kind in one column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Rows that hold it.
    pub rows: u64,
    /// Rows whose value is it and nothing else.
    pub whole: u64,
    /// Shapes of some of it, different from each other.
    pub examples: Vec<String>,
}

/// What one column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnReport {
    /// Its name.
    pub column: Arc<str>,
    /// Rows with a value.
    pub rows: u64,
    /// What was found, by kind.
    pub found: BTreeMap<Personal, Evidence>,
    /// What the task does with the column.
    pub rule: PrivacyRule,
    /// The kinds that the task leaves readable.
    pub unprotected: Vec<Personal>,
    /// The line of a task that would protect it, with its section; `None` if nothing is unprotected.
    pub line: Option<Advice>,
}

/// A line to add to a task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Advice {
    /// The section, such as `privacy.fields`.
    pub section: &'static str,
    /// The line.
    pub line: String,
}

#[derive(Default)]
struct Column {
    rows: u64,
    found: BTreeMap<Personal, Evidence>,
}

/// Looks at records before they are taken in.
pub struct Inspector<'a> {
    task: &'a Task,
    columns: BTreeMap<Arc<str>, Column>,
    url: Option<Arc<str>>,
    /// Rows that were looked at.
    pub rows: u64,
}

impl<'a> Inspector<'a> {
    /// Starts to look at records that `task` is to read.
    #[must_use]
    pub fn new(task: &'a Task) -> Self {
        Self {
            task,
            columns: BTreeMap::new(),
            url: None,
            rows: 0,
        }
    }

    /// Looks at a record under `columns`.
    pub fn see(&mut self, columns: &[Arc<str>], mapping: &Mapping, record: &Record) {
        self.rows = self.rows.saturating_add(1);
        for (place, (name, value)) in columns.iter().zip(&record.values).enumerate() {
            if mapping.place(Role::Evidence) == Some(place) && self.task.kind == Kind::Url {
                self.url = Some(Arc::clone(name));
            }
            // Times and classes are no data of people by themselves.
            let is_read = [Role::Time, Role::LabelKnown, Role::Label]
                .into_iter()
                .all(|role| mapping.place(role) != Some(place));
            let Value::Text(text) = value else {
                self.number(name, value);
                continue;
            };
            let column = self.columns.entry(Arc::clone(name)).or_default();
            column.rows = column.rows.saturating_add(1);
            if is_read {
                column.look(text);
                if is_named_so(name) {
                    column.note(Personal::NamedSo, text, 0..text.len());
                }
            }
        }
    }

    /// A number is data of people only if its column says so, or as a card.
    fn number(&mut self, name: &Arc<str>, value: &Value) {
        let Some(text) = value.text() else { return };
        let column = self.columns.entry(Arc::clone(name)).or_default();
        column.rows = column.rows.saturating_add(1);
        if matches!(value, Value::Number(_)) && is_named_so(name) {
            column.note(Personal::NamedSo, &text, 0..text.len());
        }
    }

    /// Returns what was found, in order of the columns' names; columns without a finding are left out.
    #[must_use]
    pub fn finish(self) -> Vec<ColumnReport> {
        let Self {
            task, columns, url, ..
        } = self;
        let found = columns
            .into_iter()
            .filter(|(_, column)| !column.found.is_empty());
        found
            .map(|(name, column)| {
                let rule = task.privacy_of(&name);
                let unprotected = unprotected(task, &name, rule, &column.found);
                let is_url = url.as_deref() == Some(&*name);
                let line = advice(task, &name, &column, &unprotected, is_url);
                ColumnReport {
                    column: name,
                    rows: column.rows,
                    found: column.found,
                    rule,
                    unprotected,
                    line,
                }
            })
            .collect()
    }
}

impl Column {
    fn look(&mut self, text: &str) {
        let mut seen: [Option<(Personal, std::ops::Range<usize>)>; Personal::ALL.len()] =
            Default::default();
        find(text, &mut |what, range| {
            if let Some(place) = seen.get_mut(what as usize) {
                place.get_or_insert((what, range));
            }
        });
        for (what, range) in seen.into_iter().flatten() {
            self.note(what, text, range);
        }
    }

    fn note(&mut self, what: Personal, text: &str, range: std::ops::Range<usize>) {
        let evidence = self.found.entry(what).or_default();
        evidence.rows = evidence.rows.saturating_add(1);
        let is_whole = text.trim().len() == range.len();
        evidence.whole = evidence.whole.saturating_add(u64::from(is_whole));
        if evidence.examples.len() < EXAMPLES_MAX {
            let shape = shape(text.get(range).unwrap_or(""));
            if !evidence.examples.contains(&shape) {
                evidence.examples.push(shape);
            }
        }
    }
}

/// Returns a text with `x` for each letter and `9` for each digit, cut to what a line holds.
#[must_use]
pub fn shape(text: &str) -> String {
    let signs = text.chars().take(EXAMPLE_CHARACTERS);
    signs
        .map(|letter| match letter {
            _ if letter.is_numeric() => '9',
            _ if letter.is_uppercase() => 'X',
            _ if letter.is_alphabetic() => 'x',
            _ if letter.is_control() => ' ',
            other => other,
        })
        .collect()
}

/// Returns the kinds that stay readable under the task's rules.
fn unprotected(
    task: &Task,
    name: &str,
    rule: PrivacyRule,
    found: &BTreeMap<Personal, Evidence>,
) -> Vec<Personal> {
    if rule != PrivacyRule::Keep {
        return Vec::new();
    }
    let is_mail = name.eq_ignore_ascii_case("raw");
    let rewrites = |part| {
        is_mail
            && task
                .mail_rule(part)
                .is_some_and(|rule| rule != PrivacyRule::Keep)
    };
    let stays = |what: &Personal| match what {
        Personal::Secret => !task.masks_secrets(),
        Personal::MailAddress => !rewrites(MailPart::Addresses),
        Personal::NamedSo => task.named_privacy(name).is_none(),
        _ => !rewrites(MailPart::Body),
    };
    found.keys().copied().filter(stays).collect()
}

/// Returns the line that protects a column: the mildest rule that takes everything that was found.
fn advice(
    task: &Task,
    name: &str,
    column: &Column,
    unprotected: &[Personal],
    is_url: bool,
) -> Option<Advice> {
    let quoted = serde_json::Value::from(name).to_string();
    let field = |rule: &str| Advice {
        section: "privacy.fields",
        line: format!("{quoted} = \"{rule}\""),
    };
    match unprotected {
        [] => return None,
        [Personal::Secret] => {
            return Some(Advice {
                section: "privacy",
                line: "secrets = \"mask\"".to_owned(),
            });
        }
        _ => {}
    }
    if is_url {
        // Nothing else leaves a URL to compute signals from.
        return Some(Advice {
            section: "privacy.reveal",
            line: format!("{quoted} = \"analyst\""),
        });
    }
    if task.mail_rule(MailPart::Addresses).is_some() && name.eq_ignore_ascii_case("raw") {
        return Some(if unprotected == [Personal::MailAddress] {
            Advice {
                section: "privacy.fields",
                line: "\"raw.addresses\" = \"hash\"".to_owned(),
            }
        } else {
            Advice {
                section: "privacy.fields",
                line: "\"raw.body\" = \"tokenise\"".to_owned(),
            }
        });
    }
    let whole = column
        .found
        .values()
        .map(|evidence| evidence.whole)
        .max()
        .unwrap_or(0);
    let is_whole = whole as f64 >= WHOLE_SHARE * column.rows as f64;
    let is_number = |what: &Personal| matches!(what, Personal::Card | Personal::Iban);
    Some(if is_whole && unprotected.iter().any(is_number) {
        field("drop")
    } else if is_whole {
        field("hash")
    } else {
        field("tokenise")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringtrue_core::task::Secrets;

    fn inspect(task: &Task, names: &[&str], rows: &[&[&str]]) -> Vec<ColumnReport> {
        let columns: Vec<Arc<str>> = names.iter().map(|name| Arc::from(*name)).collect();
        let mapping = Mapping::resolve(&columns, task, &[]).unwrap();
        let mut inspector = Inspector::new(task);
        for row in rows {
            let values = row
                .iter()
                .map(|text| Value::Text(Arc::from(*text)))
                .collect();
            inspector.see(&columns, &mapping, &Record { line: 1, values });
        }
        inspector.finish()
    }

    #[test]
    fn findings_come_with_the_line_that_protects() {
        let mut task = Task::assumed(Kind::Table);
        let names = ["user", "contact", "note", "run", "bytes"];
        let rows: [&[&str]; 2] = [
            &[
                "ann",
                "ann@corp.example",
                "wrote to bob@x.example",
                "mysql -phunter2",
                "1",
            ],
            &["bob", "bob@corp.example", "nothing", "ls", "2"],
        ];
        let lines = |task: &Task| -> Vec<String> {
            let reports = inspect(task, &names, &rows);
            reports
                .into_iter()
                .filter_map(|report| report.line)
                .map(|it| it.line)
                .collect()
        };
        assert_eq!(
            lines(&task),
            [
                "\"contact\" = \"hash\"",
                "\"note\" = \"tokenise\"",
                "secrets = \"mask\"",
                "\"user\" = \"hash\""
            ]
        );
        let reports = inspect(&task, &names, &rows);
        let contact = reports.first().unwrap();
        let contact = contact.found.get(&Personal::MailAddress).unwrap();
        assert_eq!((contact.rows, contact.whole), (2, 2));
        assert_eq!(contact.examples, ["xxx@xxxx.xxxxxxx"]);
        for name in ["contact", "note", "user"] {
            task.privacy
                .fields
                .insert(name.to_owned(), PrivacyRule::Hash);
        }
        task.privacy.secrets = Some(Secrets::Mask);
        assert_eq!(lines(&task), [""; 0]);
        assert_eq!(
            inspect(&task, &names, &rows).len(),
            4,
            "found, and protected"
        );
    }

    #[test]
    fn a_url_can_only_be_shown_to_few() {
        let task = Task::assumed(Kind::Url);
        let rows: [&[&str]; 1] = [&["http://a.example/?m=ann@corp.example", "0"]];
        let reports = inspect(&task, &["link", "label"], &rows);
        let advice = reports.first().unwrap().line.clone().unwrap();
        assert_eq!(
            (advice.section, &*advice.line),
            ("privacy.reveal", "\"link\" = \"analyst\"")
        );
    }
}
