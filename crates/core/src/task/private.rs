//! Reading `[privacy]`: a rule for each field, in any case, and what no rule may take away.

use super::content::{Columns, PrivacyRules};
use super::names::same_name;
use super::parse::distinct;
use super::problem::Problem;
use super::reader::{Entry, Reader, Table, nearest};
use super::words::PrivacyRule;
use crate::event::Kind;

/// Returns whether `field` is a column that the task names.
pub(super) fn is_column(column: Option<&String>, field: &str) -> bool {
    column.is_some_and(|column| same_name(column, field))
}

pub(super) fn read_privacy<'t>(
    reader: &mut Reader<'t>,
    root: &Table<'t>,
    kind: Kind,
    columns: &Columns,
) -> PrivacyRules {
    let section = reader.section(root, "privacy");
    let default = section.get("default");
    let fields = reader.free_section(&section, "fields");
    let rules = PrivacyRules {
        default: default
            .as_ref()
            .and_then(|entry| privacy_rule(reader, entry))
            .unwrap_or_default(),
        fields: distinct(reader, &fields)
            .into_iter()
            .filter_map(|entry| Some((entry.name.clone(), privacy_rule(reader, &entry)?)))
            .collect(),
    };
    check_times(reader, &fields, &rules, columns);
    let url = columns.url.as_deref().unwrap_or("url");
    let entry_of = |name: &str| {
        let mut entries = fields.all().into_iter();
        entries.find(|entry| same_name(&entry.name, name))
    };
    let named = entry_of(url).and_then(|entry| rules.fields.get(&entry.name).copied());
    let unusable = matches!(
        named.unwrap_or(rules.default),
        PrivacyRule::Drop | PrivacyRule::Hash
    );
    if kind == Kind::Url
        && unusable
        && let Some(entry) = entry_of(url).or(default)
    {
        let reason = format!("leaves nothing of the URL to compute signals from: keep `{url}`");
        let key = entry.key;
        reader.tell(entry.offset, Problem::Conflict { key, reason });
    }
    rules
}

/// A time may be left out or cut, but a pseudonym of it would be no time.
fn check_times<'t>(
    reader: &mut Reader<'t>,
    fields: &Table<'t>,
    rules: &PrivacyRules,
    columns: &Columns,
) {
    let times = [&columns.time, &columns.label_known];
    for entry in fields.all() {
        let is_time = times
            .into_iter()
            .any(|time| is_column(time.as_ref(), &entry.name));
        if is_time && rules.fields.get(&entry.name) == Some(&PrivacyRule::Hash) {
            let key = entry.key;
            let reason = "makes a pseudonym of a time, which is no time: write \"drop\", or \"truncate 10\" to keep the day".to_owned();
            reader.tell(entry.offset, Problem::Conflict { key, reason });
        }
    }
}

fn privacy_rule<'t>(reader: &mut Reader<'t>, entry: &Entry<'t>) -> Option<PrivacyRule> {
    let found = reader.text_of(entry)?;
    if let Ok(rule) = found.parse() {
        return Some(rule);
    }
    let words = ["drop", "hash", "keep", "truncate 8"];
    let problem = Problem::UnknownWord {
        key: entry.key.clone(),
        allowed: "drop, hash, truncate N (N from 1 up), keep".to_owned(),
        nearest: nearest(&found, &words).unwrap_or_default().to_owned(),
        found,
    };
    reader.tell(entry.offset, problem);
    None
}
