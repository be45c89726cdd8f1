//! Traits of commands and sessions: how they begin and end, how they are quoted and spaced, how long they are.

use ringtrue_core::Limits;

use super::Found;
use crate::session::{Form, Session};

/// Characters of an end that are told, at most.
const END_LETTERS_MAX: usize = 2;

pub(super) fn read(text: &str, traits: &mut Found<'_>) {
    read_ends(text, traits);
    traits.add_length("length", text.len());
    traits.add_writing(text.as_bytes());
    traits.add_if(text.contains('\''), "single quotes");
    traits.add_if(text.contains('"'), "double quotes");
    traits.add_if(text.contains('`'), "backticks");
    traits.add_if(text.contains('\\'), "backslashes");
    traits.add_if(text.contains('\t'), "tabs");
    traits.add_if(text.contains("  "), "two blanks in a row");
    traits.add_if(
        !text.bytes().any(|byte| byte.is_ascii_uppercase()),
        "no capital",
    );
    traits.add_if(
        text.contains("&amp;") || text.contains("&quot;"),
        "HTML entities",
    );
    read_spacing(text, traits);
}

/// Reads a session: how it ends as a whole, and how its commands were listed.
pub(super) fn read_session(text: &str, limits: &Limits, traits: &mut Found<'_>) {
    let (session, _) = Session::parse(text, limits);
    match session.form {
        Form::List => traits.add("a list of commands"),
        Form::Lines => traits.add("lines of commands"),
    }
    traits.add_length("commands", session.lines.len());
    traits.add_if(
        session.lines.iter().any(|line| line.time.is_some()),
        "times of commands",
    );
    match session.form {
        Form::List => read(&session.script(), traits),
        Form::Lines => read(text, traits),
    }
}

/// Says which letters stand at both ends: letters as `a`, digits as `0`, marks as they are.
fn read_ends(text: &str, traits: &mut Found<'_>) {
    if let Some(first) = text.chars().next() {
        traits.add(format!("starts `{}`", classed(first)));
    }
    let mut end = String::new();
    for letter in text.chars().rev().take(END_LETTERS_MAX) {
        end.insert(0, classed(letter));
        traits.add(format!("ends `{}`", end.escape_debug()));
    }
}

/// Says whether separators stand apart, as in text that was cut into words and joined again.
fn read_spacing(text: &str, traits: &mut Found<'_>) {
    for mark in [';', '|'] {
        let mut before = text
            .match_indices(mark)
            .map(|(at, _)| text.get(..at).unwrap_or(""));
        let Some(first) = before.next() else {
            continue;
        };
        let is_apart = |before: &str| before.is_empty() || before.ends_with([' ', mark]);
        let all = is_apart(first) && before.all(is_apart);
        traits.add(format!(
            "{} `{mark}` after a blank",
            if all { "each" } else { "not each" }
        ));
    }
}

const fn classed(letter: char) -> char {
    match letter {
        'a'..='z' | 'A'..='Z' => 'a',
        '0'..='9' => '0',
        '\0'..='\u{7f}' => letter,
        _ => 'é',
    }
}
