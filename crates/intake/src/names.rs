//! Names in a task that no column of an input bears: a rule that holds for nothing is told of, and one that
//! was to keep something private and is probably misspelt is no rule to go on with.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use ringtrue_core::Task;
use ringtrue_core::expression::{Expression, Reference};
use ringtrue_core::task::{MailPart, PrivacyRule, same_name, stands_for};

/// Characters of a name below which another name is no misspelling of it.
const NAME_CHARACTERS_MIN: usize = 4;
/// Characters of a name for each of which one may be wrong, beside the first.
const CHARACTERS_PER_SLIP: usize = 8;

/// A name in a task that no column of the input bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The key of the task under which it stands.
    pub key: String,
    /// The name.
    pub name: String,
}

impl fmt::Display for Unmatched {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, name } = self;
        write!(
            formatter,
            "no column of the input is called `{name}`, which the task names under `{key}`"
        )
    }
}

/// A privacy rule without a column, and the column for which it was probably meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the privacy rule for `{rule}` holds for no column, but there is a column `{column}`")]
pub struct Misspelt {
    /// The name under `[privacy.fields]`.
    pub rule: String,
    /// The column, for which no rule is named.
    pub column: Arc<str>,
}

impl Misspelt {
    /// Returns what the user can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        let Self { rule, column } = self;
        format!(
            "write `{column}` for `{rule}`; if it is something else, give it a rule of its own under `[privacy.fields]`: `\"{column}\" = \"keep\"`"
        )
    }
}

/// Returns the names in `task` that stand for none of the input's `columns`, or, in expressions, for
/// none of the `fields` that its events have.
#[must_use]
pub fn unmatched(
    task: &Task,
    columns: &BTreeSet<Arc<str>>,
    fields: &BTreeSet<Arc<str>>,
) -> Vec<Unmatched> {
    let is_derived = |name: &str| task.derived.iter().any(|(other, _)| same_name(other, name));
    let is_there = |name: &str| {
        columns.iter().any(|column| stands_for(name, column)) || names_part(task, name, columns)
    };
    let tell = |key: &str, name: &str| Unmatched {
        key: key.to_owned(),
        name: name.to_owned(),
    };
    let drop = task.columns.drop.iter().map(|name| ("columns.drop", name));
    let types = task.columns.types.keys();
    let types = types.map(|name| ("columns.types", name));
    let private = task.privacy.fields.keys();
    let private = private.map(|name| ("privacy.fields", name));
    let mut found: Vec<Unmatched> = drop
        .chain(types)
        .chain(private)
        .filter(|(_, name)| !is_there(name) && !is_derived(name))
        .map(|(key, name)| tell(key, name))
        .collect();
    let derived = task.derived.iter().map(|entry| ("derived", entry));
    let slices = task.slices.iter().map(|entry| ("slices", entry));
    for (section, (name, text)) in derived.chain(slices) {
        let Ok(expression) = Expression::compile(text) else {
            continue;
        };
        let read = expression.references().iter().filter_map(Reference::field);
        let lacking: BTreeSet<&str> = read
            .filter(|field| !is_derived(field) && !fields.iter().any(|it| same_name(it, field)))
            .collect();
        let key = format!("{section}.{name}");
        found.extend(lacking.into_iter().map(|field| tell(&key, field)));
    }
    found
}

/// Checks that no privacy rule misses its column by a slip of the pen: one without a column, while there is
/// a column of nearly its name, or of its name inside an object, whose values nothing else protects.
///
/// # Errors
///
/// [`Misspelt`] for the first such rule.
pub fn check_privacy_names(task: &Task, columns: &BTreeSet<Arc<str>>) -> Result<(), Misspelt> {
    if task.privacy.default != PrivacyRule::Keep {
        return Ok(());
    }
    let unprotected = || columns.iter().filter(|it| task.named_privacy(it).is_none());
    for (rule, action) in &task.privacy.fields {
        let is_there = columns.iter().any(|column| stands_for(rule, column));
        let is_there = is_there || names_part(task, rule, columns);
        if is_there || *action == PrivacyRule::Keep {
            continue;
        }
        if let Some(column) = unprotected().find(|column| is_nearly(rule, column)) {
            return Err(Misspelt {
                rule: rule.clone(),
                column: Arc::clone(column),
            });
        }
    }
    Ok(())
}

/// Returns whether a rule names a part of the mails that the input holds.
fn names_part(task: &Task, rule: &str, columns: &BTreeSet<Arc<str>>) -> bool {
    MailPart::of_name(rule).is_some_and(|part| task.mail_rule(part).is_some())
        && columns.iter().any(|column| same_name(column, "raw"))
}

fn is_nearly(rule: &str, column: &str) -> bool {
    let (rule, column) = (rule.trim().to_lowercase(), column.to_lowercase());
    let last = column.rsplit_once('.').map_or(&*column, |(_, last)| last);
    let characters = rule.chars().count();
    let slips = characters
        .checked_div(CHARACTERS_PER_SLIP)
        .map_or(1, |more| more.saturating_add(1));
    let is_slip = |other: &str| strsim::osa_distance(&rule, other) <= slips;
    same_name(&rule, last)
        || (characters >= NAME_CHARACTERS_MIN && (is_slip(&column) || is_slip(last)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringtrue_core::Kind;
    use ringtrue_core::task::ColumnType;

    fn names(names: &[&str]) -> BTreeSet<Arc<str>> {
        names.iter().map(|name| Arc::from(*name)).collect()
    }

    #[test]
    fn names_without_a_column_are_told_with_their_key() {
        let mut task = Task::assumed(Kind::Table);
        task.columns.drop = vec!["attack".to_owned(), "gone".to_owned()];
        let number = |name: &str| (name.to_owned(), ColumnType::Number);
        task.columns
            .types
            .extend(["Bytes", "ratio", "pkts"].map(number));
        let rule = |name: &str| (name.to_owned(), PrivacyRule::Drop);
        task.privacy.fields.extend(["user", "phone"].map(rule));
        let line = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        task.derived = vec![line("ratio", "bytes / other")];
        task.slices = vec![line("big", "ratio > 1 && bytes > 1 && label_word == 'x'")];
        let columns = names(&["Attack", "bytes", "user.name", "label_word"]);
        let fields = names(&["Attack", "bytes", "user.name"]);
        let told: Vec<String> = unmatched(&task, &columns, &fields)
            .iter()
            .map(|entry| format!("{} {}", entry.key, entry.name))
            .collect();
        assert_eq!(
            told,
            [
                "columns.drop gone",
                "columns.types pkts",
                "privacy.fields phone",
                "derived.ratio other",
                "slices.big label_word"
            ]
        );
    }

    #[test]
    fn a_rule_that_misses_its_column_by_a_slip_is_refused() {
        let check = |rule: &str, action: PrivacyRule, columns: &[&str]| {
            let mut task = Task::assumed(Kind::Table);
            task.privacy.fields.insert(rule.to_owned(), action);
            let kept = ("kept".to_owned(), PrivacyRule::Keep);
            task.privacy.fields.extend([kept]);
            check_privacy_names(&task, &names(columns)).is_ok()
        };
        let drop = PrivacyRule::Drop;
        for column in ["email", "user.emial", "user.email", "Emal"] {
            assert!(!check("emial", drop, &[column]), "{column}");
        }
        assert!(check("emial", drop, &["email", "Emial"]), "it has a column");
        assert!(
            check("emial", PrivacyRule::Keep, &["email"]),
            "it hides nothing"
        );
        assert!(check("kepl", drop, &["kept"]), "that has a rule of its own");
        assert!(check("ip", drop, &["id"]), "too short to be a slip");
        assert!(check("src_ip", drop, &["dst_ip", "phone"]));
    }
}
