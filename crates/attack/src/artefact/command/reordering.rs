//! Statements that do not touch each other, in another order.

use ringtrue_core::random::Random;

use super::super::{minutes, random::one_of};
use super::line::{Form, Joint, Line, Place, Statement};
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static REORDERING: Trick = Trick {
    declaration: &Declaration {
        name: "reordering",
        meaning: "swaps two statements that do not depend on each other",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

/// Programs that print nothing and touch no file but those that they are given by plain absolute paths.
const QUIET: &[&str] = &["touch", "mkfifo", "mkdir", "rmdir"];
/// Programs that do nothing with their words.
const IDLE: &[&str] = &[":", "true"];

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let line = Line::read(text)?;
    let triples = line.statements.windows(3).filter(|three| {
        // What the last one comes to, and what is joined by a condition, keeps its place.
        let [first, second, third] = three else {
            return false;
        };
        matches!(first.joint, Joint::First | Joint::Sequence)
            && second.joint == Joint::Sequence
            && third.joint == Joint::Sequence
            && are_apart(&line, first, second)
    });
    let three = one_of(triples, random)?;
    let [first, second, ..] = three else {
        return None;
    };
    let part = |from, to| text.get(from..to);
    let swapped = format!(
        "{}{}{}",
        part(second.start, second.end)?,
        part(first.end, second.start)?,
        part(first.start, first.end)?
    );
    line.with(first.start..second.end, &swapped)
}

/// Returns whether two statements may change places.
fn are_apart(line: &Line<'_>, first: &Statement, second: &Statement) -> bool {
    let (Some(first), Some(second)) = (touched(line, first), touched(line, second)) else {
        return false;
    };
    let meets = |one: &str, other: &str| one.starts_with(other) || other.starts_with(one);
    !first
        .iter()
        .any(|one| second.iter().any(|other| meets(one, other)))
}

/// Returns the variables and files that a statement writes, if it does nothing else; `None` if nobody knows.
fn touched<'t>(line: &Line<'t>, statement: &Statement) -> Option<Vec<&'t str>> {
    if !statement.redirections.is_empty()
        || statement.words.iter().any(|word| word.form == Form::Other)
    {
        return None;
    }
    let words = statement.words.iter();
    let assigned = words.filter(|word| word.place == Place::Assignment);
    let assigned: Vec<&str> = assigned
        .filter_map(|word| line.letters(word).split('=').next())
        .collect();
    match line.program(statement) {
        None if statement.word_of_program().is_none() => Some(assigned),
        Some(program) if IDLE.contains(&program) => Some(assigned),
        Some(program) if QUIET.contains(&program) && assigned.is_empty() => {
            let arguments = statement.arguments().map(|word| line.letters(word));
            let files: Vec<&str> = arguments
                .filter(|word| !matches!(*word, "-p" | "-f" | "-m"))
                .collect();
            files
                .iter()
                .all(|file| file.starts_with('/'))
                .then_some(files)
        }
        _ => None,
    }
}
