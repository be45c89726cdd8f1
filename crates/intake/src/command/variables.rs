//! The variables that a line gives values to.
//!
//! Values are put in where the line uses them, as the shell would; what the line does not know stays as
//! written. Bounded in number and bytes.

use super::word::{Role, Word, cut};

/// Variables that are kept.
const VARIABLES_MAX: usize = 64;

/// What a variable stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The line gave it this value.
    Value(String),
    /// The line does not say.
    Unknown,
    /// A blank: `IFS` where nobody set it.
    Blank,
    /// Nothing, such as the arguments of a line that has none.
    Nothing,
}

/// Names with their values, the newest last.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    list: Vec<(String, String)>,
    bytes: usize,
}

impl Variables {
    /// Returns the value of a variable that the line set.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.list.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns what `$name` stands for.
    pub(super) fn plain(&self, name: &str) -> Found {
        match (self.get(name), name) {
            (Some(value), _) => Found::Value(value.to_owned()),
            (None, "IFS") => Found::Blank,
            (None, _) => Found::Unknown,
        }
    }

    /// Keeps the assignments of a statement.
    pub(super) fn learn(&mut self, text: &str, words: &[Word], bytes_max: usize) {
        let declares = words
            .iter()
            .find(|word| word.role == Role::Program)
            .is_some_and(|word| {
                let name = cut(text, word.start, word.end);
                matches!(
                    name,
                    "export" | "declare" | "local" | "readonly" | "typeset" | "set" | "alias"
                )
            });
        for word in words {
            let counts = word.role == Role::Assignment || (declares && word.role == Role::Argument);
            if let Some((name, value)) = cut(text, word.start, word.end).split_once('=')
                && counts
                && is_name(name)
            {
                self.set(name, value, bytes_max);
            }
        }
    }

    fn set(&mut self, name: &str, value: &str, bytes_max: usize) {
        self.bytes = self.bytes.saturating_add(value.len());
        if self.bytes > bytes_max {
            return;
        }
        if let Some((_, known)) = self.list.iter_mut().find(|(known, _)| known == name) {
            value.clone_into(known);
        } else if self.list.len() < VARIABLES_MAX {
            self.list.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// Returns whether `text` may name a variable.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|letter: char| letter.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
