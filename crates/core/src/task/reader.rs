//! A strict reader of TOML tables: every value by its key and type, every problem with its line.
//!
//! Nothing stops at the first problem: a value that cannot be read is `None` and is told of.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, TaskProblem};

/// Every section of a task with its keys; a section's path is its dotted name. Sections whose
/// keys are free (names of sources, columns, ...) are not listed.
pub(super) const SECTIONS: [(&str, &[&str]); 26] = [
    (
        "",
        &[
            "format",
            "name",
            "kind",
            "question",
            "malicious",
            "unsure",
            "families",
            "labels",
            "columns",
            "derived",
            "slices",
            "costs",
            "traffic",
            "capacity",
            "attacker",
            "trust",
            "privacy",
            "email",
            "vetting",
            "labelling",
            "retraining",
            "gate",
        ],
    ),
    (
        "malicious",
        &["include", "exclude", "examples", "excluded_examples"],
    ),
    ("unsure", &["include", "examples"]),
    (
        "labels",
        &[
            "map",
            "quorum",
            "certainty_min",
            "two_people_above",
            "trust",
            "queue",
        ],
    ),
    (
        "labels.trust",
        &[
            "analyst",
            "sandbox",
            "customer_report",
            "feed",
            "input",
            "rule",
        ],
    ),
    (
        "labels.queue",
        &[
            "likely",
            "uncertain",
            "novel",
            "suspected",
            "disputed",
            "audit",
        ],
    ),
    (
        "columns",
        &[
            "id",
            "time",
            "label",
            "label_known",
            "source",
            "family",
            "group",
            "url",
            "raw",
            "command",
            "commands",
            "user",
            "host",
            "drop",
            "types",
        ],
    ),
    (
        "costs",
        &[
            "currency",
            "false_positive",
            "false_negative",
            "review",
            "overrides",
        ],
    ),
    (
        "costs.overrides",
        &[
            "family",
            "slice",
            "false_positive",
            "false_negative",
            "review",
        ],
    ),
    ("traffic", &["events_per_day", "malicious_share"]),
    ("capacity", &["alerts_per_day", "latency_milliseconds"]),
    (
        "attacker",
        &["goals", "can_change", "out_of_scope", "columns"],
    ),
    (
        "attacker.columns",
        &["column", "moves", "step", "minutes", "together"],
    ),
    ("trust", &["default", "sources"]),
    (
        "privacy",
        &[
            "default",
            "fields",
            "secrets",
            "reveal",
            "retention_days",
            "retention",
        ],
    ),
    (
        "email",
        &[
            "trusted_hosts",
            "header_shape",
            "verdict_headers",
            "dns",
            "dns_server",
            "dns_timeout_seconds",
        ],
    ),
    ("vetting", &["exclude", "copies", "accepted"]),
    ("vetting.accepted", &["finding", "by", "reason", "until"]),
    ("labelling", &["who", "events_per_week", "evidence"]),
    ("retraining", &["cadence_days"]),
    (
        "gate",
        &[
            "false_positive_rate_max",
            "recall_drop_max",
            "family_recall_drop_max",
            "cost_increase_share_max",
            "latency_milliseconds_max",
            "recall_min",
            "cost_increase_per_day_max",
            "false_positive_rate_rise_max",
            "new_alerts_per_day_max",
            "latency_ratio_max",
            "brier_rise_max",
            "cost_per_day_max",
            "alerts_per_day_max",
            "robustness_drop_max",
            "learned_from_share_max",
            "must_keep",
            "limits",
            "sign_offs",
        ],
    ),
    (
        "gate.limits",
        &[
            "family",
            "source",
            "tenant",
            "slice",
            "recall_drop_max",
            "recall_min",
            "false_positive_rate_rise_max",
            "false_positive_rate_max",
            "cost_increase_per_day_max",
            "cost_per_day_max",
        ],
    ),
    ("gate.sign_offs", &["task", "threat_model", "card", "gate"]),
    // Free keys: their values are read by whoever asks.
    ("families", &[]),
    ("derived", &[]),
    ("slices", &[]),
];

/// Which numbers a key takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Range {
    /// From 0 up.
    NotNegative,
    /// Above 0.
    Positive,
    /// Above 0 and below 1.
    OpenShare,
    /// From 0 to 1.
    Share,
    /// Whole, above 0, and no more than a thousand years.
    Days,
    /// Whole, from 1 to 9.
    People,
}

impl Range {
    const fn words(self) -> &'static str {
        match self {
            Self::NotNegative => "a number from 0 up",
            Self::Positive => "a number above 0",
            Self::OpenShare => "a share above 0 and below 1",
            Self::Share => "a share from 0 to 1",
            Self::Days => "a whole number of days from 1 up",
            Self::People => "a whole number from 1 to 9",
        }
    }

    fn holds(self, value: f64) -> bool {
        value.is_finite()
            && match self {
                Self::NotNegative => value >= 0.0,
                Self::Positive => value > 0.0,
                Self::OpenShare => value > 0.0 && value < 1.0,
                Self::Share => (0.0..=1.0).contains(&value),
                Self::Days => (1.0..=366_000.0).contains(&value) && value.fract() <= 0.0,
                Self::People => (1.0..=9.0).contains(&value) && value.fract() <= 0.0,
            }
    }
}

/// A table of the text, or an absent one.
#[derive(Clone)]
pub(super) struct Table<'t> {
    pub(super) path: String,
    pub(super) entries: Option<&'t DeTable<'t>>,
}

/// A value with where it stands.
#[derive(Clone, Debug)]
pub(super) struct Entry<'t> {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) offset: usize,
    pub(super) value: &'t DeValue<'t>,
}

impl<'t> Table<'t> {
    pub(super) fn key(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// Returns every entry in the order of the text.
    pub(super) fn all(&self) -> Vec<Entry<'t>> {
        let mut found: Vec<Entry<'t>> = self
            .entries
            .into_iter()
            .flat_map(|entries| entries.iter())
            .map(|(name, value)| self.entry(name, value))
            .collect();
        found.sort_by_key(|entry| entry.offset);
        found
    }

    pub(super) fn get(&self, name: &str) -> Option<Entry<'t>> {
        self.entries?
            .iter()
            .find(|(key, _)| key.get_ref() == name)
            .map(|(key, value)| self.entry(key, value))
    }

    fn entry(
        &self,
        name: &Spanned<std::borrow::Cow<'t, str>>,
        value: &'t Spanned<DeValue<'t>>,
    ) -> Entry<'t> {
        Entry {
            name: name.get_ref().to_string(),
            key: self.key(name.get_ref()),
            offset: name.span().start,
            value: value.get_ref(),
        }
    }
}

/// Collects problems while tables are read.
pub(super) struct Reader<'t> {
    text: &'t str,
    problems: Vec<(usize, TaskProblem)>,
}

impl<'t> Reader<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self {
            text,
            problems: Vec::new(),
        }
    }

    /// Returns the problems in the order of the text; those about absent things come last.
    pub(super) fn finish(mut self) -> Vec<TaskProblem> {
        self.problems.sort_by_key(|(offset, _)| *offset);
        self.problems
            .into_iter()
            .map(|(_, problem)| problem)
            .collect()
    }

    /// Tells of a problem at a byte of the text.
    pub(super) fn tell(&mut self, offset: usize, problem: Problem) {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        let problem = TaskProblem {
            line: Some(line),
            problem,
        };
        self.problems.push((offset, problem));
    }

    /// Tells of a problem with something that is not there.
    pub(super) fn tell_absent(&mut self, problem: Problem) {
        let problem = TaskProblem {
            line: None,
            problem,
        };
        self.problems.push((usize::MAX, problem));
    }

    /// Opens a section, and tells of its unknown keys.
    pub(super) fn section(&mut self, parent: &Table<'t>, name: &str) -> Table<'t> {
        let section = self.free_section(parent, name);
        self.check_keys(&section);
        section
    }

    /// Opens a section whose keys are the user's own names.
    pub(super) fn free_section(&mut self, parent: &Table<'t>, name: &str) -> Table<'t> {
        let entries = parent.get(name).and_then(|entry| match entry.value {
            DeValue::Table(entries) => Some(entries),
            _ => self.wrong_type(&entry, "a section"),
        });
        Table {
            path: parent.key(name),
            entries,
        }
    }

    /// Opens each table of an array of tables.
    pub(super) fn sections(&mut self, parent: &Table<'t>, name: &str) -> Vec<(usize, Table<'t>)> {
        let Some(entry) = parent.get(name) else {
            return Vec::new();
        };
        let DeValue::Array(values) = entry.value else {
            let _: Option<()> = self.wrong_type(&entry, "a list of sections (`[[...]]`)");
            return Vec::new();
        };
        let mut found = Vec::new();
        for value in values {
            if let DeValue::Table(entries) = value.get_ref() {
                let section = Table {
                    path: entry.key.clone(),
                    entries: Some(entries),
                };
                self.check_keys(&section);
                found.push((value.span().start, section));
            } else {
                let _: Option<()> = self.wrong_type(&entry, "a list of sections (`[[...]]`)");
            }
        }
        found
    }

    pub(super) fn check_keys(&mut self, section: &Table<'t>) {
        let known = known_keys(&section.path);
        for entry in section.all() {
            if !known.contains(&entry.name.as_str()) {
                let nearest = nearest_key(&section.path, &entry.name);
                let key = entry.key;
                self.tell(entry.offset, Problem::UnknownKey { key, nearest });
            }
        }
    }

    pub(super) fn text(&mut self, section: &Table<'t>, name: &str) -> Option<String> {
        let entry = section.get(name)?;
        self.text_of(&entry)
    }

    pub(super) fn text_of(&mut self, entry: &Entry<'t>) -> Option<String> {
        match entry.value {
            DeValue::String(text) => Some(text.trim().to_owned()),
            _ => self.wrong_type(entry, "text in quotes"),
        }
    }

    /// Reads a text that may not be empty where it stands.
    pub(super) fn name(&mut self, section: &Table<'t>, name: &str) -> Option<String> {
        let entry = section.get(name)?;
        let text = self.text_of(&entry)?;
        if text.is_empty() {
            self.tell(entry.offset, Problem::Empty { key: entry.key });
            return None;
        }
        Some(text)
    }

    /// Reads a list of texts; empty ones are left out.
    pub(super) fn boolean(&mut self, section: &Table<'t>, name: &str) -> Option<bool> {
        let entry = section.get(name)?;
        match entry.value {
            DeValue::Boolean(value) => Some(*value),
            _ => self.wrong_type(&entry, "true or false"),
        }
    }

    pub(super) fn texts(&mut self, section: &Table<'t>, name: &str) -> Vec<String> {
        const EXPECTED: &str = "a list of texts in quotes";
        let Some(entry) = section.get(name) else {
            return Vec::new();
        };
        let DeValue::Array(values) = entry.value else {
            return self.wrong_type(&entry, EXPECTED).unwrap_or_default();
        };
        let mut texts = Vec::new();
        for value in values {
            match value.get_ref() {
                DeValue::String(text) => texts.push(text.trim().to_owned()),
                other => self.tell(
                    value.span().start,
                    Problem::WrongType {
                        key: entry.key.clone(),
                        expected: EXPECTED,
                        found: type_word(other),
                    },
                ),
            }
        }
        texts.retain(|text| !text.is_empty());
        texts
    }

    pub(super) fn number(&mut self, section: &Table<'t>, name: &str, range: Range) -> Option<f64> {
        let entry = section.get(name)?;
        self.number_of(&entry, range)
    }

    /// Reads a number.
    pub(super) fn number_of(&mut self, entry: &Entry<'t>, range: Range) -> Option<f64> {
        let (value, found) = match entry.value {
            DeValue::Integer(number) => {
                let whole = i64::from_str_radix(number.as_str(), number.radix());
                (
                    whole.map_or(f64::INFINITY, |whole| whole as f64),
                    number.to_string(),
                )
            }
            DeValue::Float(number) => {
                let value = number.as_str().parse().unwrap_or(f64::NAN);
                (value, number.to_string())
            }
            _ => return self.wrong_type(entry, range.words()),
        };
        if range.holds(value) {
            return Some(value);
        }
        let problem = Problem::OutOfRange {
            key: entry.key.clone(),
            range: range.words(),
            found,
        };
        self.tell(entry.offset, problem);
        None
    }

    /// Reads one of a set of words.
    pub(super) fn word<T: Copy>(&mut self, entry: &Entry<'t>, allowed: &[(&str, T)]) -> Option<T> {
        let found = self.text_of(entry)?;
        if let Some((_, value)) = allowed.iter().find(|(word, _)| *word == found) {
            return Some(*value);
        }
        let words: Vec<&str> = allowed.iter().map(|(word, _)| *word).collect();
        let problem = Problem::UnknownWord {
            key: entry.key.clone(),
            allowed: words.join(", "),
            nearest: nearest(&found, &words).unwrap_or_default().to_owned(),
            found,
        };
        self.tell(entry.offset, problem);
        None
    }

    pub(super) fn wrong_type<T>(&mut self, entry: &Entry<'t>, expected: &'static str) -> Option<T> {
        let problem = Problem::WrongType {
            key: entry.key.clone(),
            expected,
            found: type_word(entry.value),
        };
        self.tell(entry.offset, problem);
        None
    }
}

fn known_keys(path: &str) -> &'static [&'static str] {
    SECTIONS
        .iter()
        .find(|(section, _)| *section == path)
        .map_or(&[], |(_, keys)| keys)
}

/// Returns the known key that `name` in the section `path` was probably meant to be: the same name
/// in another section, else the name in this section that takes the fewest changes.
fn nearest_key(path: &str, name: &str) -> String {
    let elsewhere = SECTIONS
        .iter()
        .find(|(section, keys)| *section != path && keys.contains(&name));
    let (section, key) = match elsewhere {
        Some((section, _)) => (*section, name),
        None => (path, nearest(name, known_keys(path)).unwrap_or(name)),
    };
    if section.is_empty() {
        key.to_owned()
    } else {
        format!("{section}.{key}")
    }
}

/// Returns the word that takes the fewest changes to become, the first of equals.
pub(super) fn nearest<'w>(found: &str, words: &[&'w str]) -> Option<&'w str> {
    words
        .iter()
        .min_by_key(|word| strsim::osa_distance(word, found))
        .copied()
}

const fn type_word(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}
