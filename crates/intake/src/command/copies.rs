//! Programs that a line puts under another name before it runs them: `cp /bin/nc /tmp/x; /tmp/x -l 1`.
//!
//! What runs is the program, whatever it is called, so its name stands where the other one was written. Bounded in number.

use super::lexicon::{Class, class_of, wrapper};
use super::word::{Role, Word, base_name, cut};

/// Copies that are kept.
const COPIES_MAX: usize = 16;

/// Paths that the line made, each with the program that it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Copies {
    list: Vec<(String, String)>,
}

impl Copies {
    /// Returns the program that the line put at a path, however that is written.
    pub(super) fn program(&self, path: &str) -> Option<&str> {
        if self.list.is_empty() || !path.contains('/') {
            return None;
        }
        let path = resolved(path);
        let found = self.list.iter().rev().find(|(copy, _)| *copy == path);
        found.map(|(_, program)| program.as_str())
    }

    /// Keeps what a statement copies, moves or links, if that is a known program.
    pub(super) fn learn(&mut self, text: &str, words: &[Word]) {
        let letters = |word: &Word| cut(text, word.start, word.end);
        let Some(program) = words.iter().position(|word| word.role == Role::Program) else {
            return;
        };
        let mut behind = words.iter().skip(program);
        let puts = behind
            .next()
            .is_some_and(|word| matches!(base_name(letters(word)), "cp" | "mv" | "ln"));
        if !puts || self.list.len() >= COPIES_MAX {
            return;
        }
        let mut arguments = behind.filter(|word| word.role == Role::Argument);
        let (Some(from), Some(to), None) = (arguments.next(), arguments.next(), arguments.next())
        else {
            return;
        };
        let name = base_name(letters(from));
        let known = self.program(letters(from)).unwrap_or(name);
        if class_of(known) != Class::Unknown || wrapper(known).is_some() {
            let copy = (resolved(letters(to)), known.to_owned());
            self.list.push(copy);
        }
    }
}

/// Returns a path without what leads nowhere: `//tmp/./x/../y` as `/tmp/y`.
fn resolved(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}
