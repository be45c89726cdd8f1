//! Programs under other names: a copy elsewhere, or another name to the one that runs.

use ringtrue_core::random::Random;

use super::super::{
    minutes,
    random::{between, one_of},
};
use super::line::{Line, Statement};
use super::programs::{is_standard, name_of};
use super::state::{has_assignment, looks_back};
use super::trick::Trick;
use crate::artefact::{Declaration, Material, Verified};

pub(super) static RENAMED: Trick = Trick {
    declaration: &Declaration {
        name: "renamed-program",
        meaning: "runs a copy of a program or a link to it, or the program itself, under another name",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "a folder in which programs may be kept and run",
        taxonomy: "ATLAS AML.T0043 Craft Adversarial Data; NIST AI 100-2 evasion; ATT&CK T1036.003 Rename Legitimate Utilities",
    },
    change,
};

/// Programs that look at the name by which they were started.
const NAME_BOUND: &[&str] = &["python3", "perl", "bash"];

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let line = Line::read(text).filter(|_| !looks_back(text))?;
    let known = line.rewritable().filter(|statement| {
        line.program(statement)
            .is_some_and(|program| is_standard(name_of(program)))
    });
    let statement = one_of(known, random)?;
    let program = line.program(statement)?;
    let name = *random.pick(&[
        "test", "update", "job", "helper", "run", "agent", "worker", "sync",
    ])?;
    let is_bound = NAME_BOUND.contains(&name_of(program));
    if !is_bound && !has_assignment(statement) && random.chance(0.4) {
        return called(&line, statement, name);
    }
    let folder = *random.pick(&["/tmp", "/tmp", "/dev/shm", "/var/tmp"])?;
    let copy = format!("{folder}/{name}{}", between(1, 99, random));
    let from = if program.starts_with('/') {
        program.to_owned()
    } else if is_bound {
        // What the path leads to may be a switch between versions, which looks at its name.
        format!("/usr/bin/{program}")
    } else {
        format!("\"$(command -v {program})\"")
    };
    let changed = line.with(statement.word_of_program()?.at.clone(), &copy)?;
    // An interpreter finds its modules and libraries from where it stands.
    let put = if is_bound { "ln -s" } else { "cp" };
    Some(format!("{put} {from} {copy};{changed}"))
}

/// The program itself, told another name.
fn called(line: &Line<'_>, statement: &Statement, name: &str) -> Option<String> {
    let whole = line.text.get(statement.start..statement.end)?;
    let word = statement.word_of_program()?;
    let (before, behind) = whole.split_at_checked(word.at.start - statement.start)?;
    line.with(
        statement.start..statement.end,
        &format!("({before}exec -a {name} {behind})"),
    )
}
