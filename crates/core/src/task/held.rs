//! What a task holds a new detector to, and what of it another task of the same name changes.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::content::Task;

impl Task {
    /// Returns what `other` holds a detector to otherwise than this task does, in words: limits of `[gate]`, who must sign
    /// (`[gate.sign_offs]`), and what limits in money and alerts are reckoned with (`[costs]`, `[traffic]`, `[capacity]`,
    /// `[slices]`). Numbers are told as they are here and there; texts, which a stranger may have written, are not.
    #[must_use]
    pub fn held_otherwise(&self, other: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        changes.extend(differing("gate", &self.gate, &other.gate));
        let signs = (&self.sign_offs, &other.sign_offs);
        changes.extend(differing("gate.sign_offs", signs.0, signs.1));
        changes.extend(differing("costs", &self.costs, &other.costs));
        changes.extend(differing("traffic", &self.traffic, &other.traffic));
        changes.extend(differing("capacity", &self.capacity, &other.capacity));
        if self.slices != other.slices {
            changes.push("`slices`".to_owned());
        }
        changes
    }
}

/// Returns the keys of a section whose values differ.
fn differing<T: Serialize>(section: &str, here: &T, there: &T) -> Vec<String> {
    let value = |section: &T| serde_json::to_value(section).unwrap_or_default();
    let (here, there) = (value(here), value(there));
    let keys = [&here, &there].into_iter().filter_map(Value::as_object);
    let keys: BTreeSet<&String> = keys.flat_map(|entries| entries.keys()).collect();
    let of = |value: &Value, key: &str| value.get(key).cloned().unwrap_or_default();
    let pairs = keys
        .into_iter()
        .map(|key| (key, of(&here, key), of(&there, key)));
    let changed = pairs.filter(|(_, here, there)| here != there);
    let words = changed.map(|(key, here, there)| match (word(&here), word(&there)) {
        (Some(here), Some(there)) => format!("`{section}.{key}` from {here} to {there}"),
        _ => format!("`{section}.{key}`"),
    });
    words.collect()
}

/// Returns how a value is told; `None` for texts and lists.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("no limit".to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Task {
        Task::parse(&format!("format = 1\nname = \"a\"\nkind = \"url\"\n{text}")).unwrap()
    }

    #[test]
    fn what_a_new_task_drops_or_adds_is_named() {
        let strict = parse(
            "[gate]\nrecall_min = 0.9\nmust_keep = [\"a.csv\"]\n[gate.sign_offs]\ngate = [\"approver\"]\n[costs]\nfalse_negative = 500\n",
        );
        assert_eq!(strict.held_otherwise(&strict), [""; 0]);
        let lax = parse("[costs]\nfalse_negative = 1\n");
        let told = [
            "`gate.must_keep`",
            "`gate.recall_min` from 0.9 to no limit",
            "`gate.sign_offs.gate`",
            "`costs.false_negative` from 500.0 to 1.0",
        ];
        assert_eq!(strict.held_otherwise(&lax), told);
        assert_eq!(lax.held_otherwise(&strict).len(), told.len());
        // What only describes changes nothing that a detector is held to.
        let renamed = parse("question = \"is it phishing?\"\n[costs]\nfalse_negative = 1\n");
        assert_eq!(lax.held_otherwise(&renamed), [""; 0]);
    }
}
