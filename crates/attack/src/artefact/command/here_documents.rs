//! Text that a program or the shell reads from the lines that follow: here-documents and here-strings.

use ringtrue_core::random::Random;

use super::super::{minutes, random::one_of};
use super::line::{Form, Joint, Line, Statement};
use super::payload::call;
use super::scan::closes;
use super::state::{has_assignment, is_external, looks_back};
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static HERE_DOCUMENTS: Trick = Trick {
    declaration: &Declaration {
        name: "here-document",
        meaning: "gives the line, or what `echo` would have printed, as a here-document or here-string",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    if random.chance(0.5) {
        fed(text, random).or_else(|| whole(text, random))
    } else {
        whole(text, random).or_else(|| fed(text, random))
    }
}

/// The whole line, read by the shell.
fn whole(text: &str, random: &mut Random) -> Option<String> {
    let mark = *random.pick(&["EOF", "END", "EOT", "DONE", "TEXT"])?;
    if !closes(text) || looks_back(text) || text.contains(mark) || text.contains("<<") {
        return None;
    }
    Some(format!("eval \"$(cat <<'{mark}'\n{text}\n{mark}\n)\""))
}

/// What `echo` prints into a pipe.
fn fed(text: &str, random: &mut Random) -> Option<String> {
    let line = Line::read(text)?;
    let pairs = line.statements.iter().zip(line.statements.iter().skip(1));
    let (place, printed) = one_of(
        pairs.filter_map(|(echo, reader)| {
            Some((echo.start..reader.end, printed(&line, echo, reader)?))
        }),
        random,
    )?;
    line.with(place, &printed)
}

fn printed(line: &Line<'_>, echo: &Statement, reader: &Statement) -> Option<String> {
    let is_pair = reader.joint == Joint::Pipe
        && echo.joint != Joint::Pipe
        && line.program(echo) == Some("echo")
        && line.program(reader).is_some_and(is_external)
        && echo.redirections.is_empty()
        && !has_assignment(echo)
        && reader.redirections.iter().all(|at| {
            line.text
                .get(at.clone())
                .is_some_and(|operator| !operator.contains('<'))
        });
    if !is_pair {
        return None;
    }
    let mut words = Vec::new();
    for word in echo.arguments() {
        let letters = line.letters(word);
        let letters = match word.form {
            Form::Plain => letters,
            Form::Quoted => letters.trim_matches('\''),
            Form::Other => return None,
        };
        if letters.contains('\\') || words.is_empty() && letters.starts_with('-') {
            return None;
        }
        words.push(letters);
    }
    let text = call(["x", &words.join(" ")]);
    let quoted = text.strip_prefix("x ")?;
    Some(format!(
        "{} <<< {quoted}",
        line.text.get(reader.start..reader.end)?
    ))
}
