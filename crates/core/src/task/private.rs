//! Reading `[privacy]`: a rule for each field, in any case, and what no rule may take away.

use std::collections::BTreeMap;

use super::content::{Columns, PrivacyRules, Retention};
use super::names::same_name;
use super::parse::distinct;
use super::problem::Problem;
use super::protection::{MailPart, holds_mail};
use super::reader::{Entry, Range, Reader, Table, nearest};
use super::words::{PrivacyRule, Reveal, Secrets};
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
        secrets: section.get("secrets").and_then(|entry| {
            reader.word(
                &entry,
                &[Secrets::Mask, Secrets::Keep].map(|it| (it.word(), it)),
            )
        }),
        reveal: read_reveal(reader, &section),
        retention: read_retention(reader, &section),
    };
    check_times(reader, &fields, &rules, columns);
    check_mail(reader, &fields, &rules, kind);
    let usual = kind.evidence().unwrap_or("");
    let evidence = columns.evidence.as_deref().unwrap_or(usual);
    let entry_of = |name: &str| {
        let mut entries = fields.all().into_iter();
        entries.find(|entry| same_name(&entry.name, name))
    };
    let named = entry_of(evidence).and_then(|entry| rules.fields.get(&entry.name).copied());
    let unusable = matches!(
        named.unwrap_or(rules.default),
        PrivacyRule::Drop | PrivacyRule::Hash | PrivacyRule::Tokenise
    );
    if kind != Kind::Table
        && unusable
        && let Some(entry) = entry_of(evidence).or(default)
    {
        let reason = format!(
            "leaves nothing of the {} to compute signals from: keep `{evidence}`",
            kind.noun()
        );
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
        let rule = rules.fields.get(&entry.name);
        if is_time && rule.is_some_and(|rule| rule.needs_key()) {
            let key = entry.key;
            let reason = "makes a pseudonym of a time, which is no time: write \"drop\", or \"truncate 10\" to keep the day".to_owned();
            reader.tell(entry.offset, Problem::Conflict { key, reason });
        }
    }
}

/// A part of a mail takes only the rules that mean something for it.
fn check_mail<'t>(reader: &mut Reader<'t>, fields: &Table<'t>, rules: &PrivacyRules, kind: Kind) {
    if !holds_mail(kind) {
        return;
    }
    for entry in fields.all() {
        let part = MailPart::of_name(&entry.name);
        let rule = rules.fields.get(&entry.name).copied();
        if let (Some(part), Some(rule)) = (part, rule)
            && !part.takes(rule)
        {
            let key = entry.key;
            let reason = format!("is a part of a mail, which takes {}", part.allowed());
            reader.tell(entry.offset, Problem::Conflict { key, reason });
        }
    }
}

fn read_reveal<'t>(reader: &mut Reader<'t>, section: &Table<'t>) -> BTreeMap<String, Reveal> {
    let fields = reader.free_section(section, "reveal");
    let words = Reveal::ALL.map(|reveal| (reveal.word(), reveal));
    distinct(reader, &fields)
        .into_iter()
        .filter_map(|entry| Some((entry.name.clone(), reader.word(&entry, &words)?)))
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range of days holds whole numbers that fit"
)]
const fn whole(days: f64) -> u32 {
    days as u32
}

fn read_retention<'t>(reader: &mut Reader<'t>, section: &Table<'t>) -> Retention {
    let fields = reader.free_section(section, "retention");
    Retention {
        days: reader
            .number(section, "retention_days", Range::Days)
            .map(whole),
        fields: distinct(reader, &fields)
            .into_iter()
            .filter_map(|entry| {
                let days = reader.number_of(&entry, Range::Days)?;
                Some((entry.name, whole(days)))
            })
            .collect(),
    }
}

fn privacy_rule<'t>(reader: &mut Reader<'t>, entry: &Entry<'t>) -> Option<PrivacyRule> {
    let found = reader.text_of(entry)?;
    if let Ok(rule) = found.parse() {
        return Some(rule);
    }
    let words = ["drop", "hash", "tokenise", "keep", "truncate 8"];
    let problem = Problem::UnknownWord {
        key: entry.key.clone(),
        allowed: "drop, hash, tokenise, truncate N (N from 1 up), keep".to_owned(),
        nearest: nearest(&found, &words).unwrap_or_default().to_owned(),
        found,
    };
    reader.tell(entry.offset, problem);
    None
}
