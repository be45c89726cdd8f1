//! Programs that run another one as it is: `env`, `nice`, `timeout`, `nohup`, `setsid`.

use ringtrue_core::random::Random;

use super::super::{minutes, random::one_of};
use super::line::{Joint, Line, Statement};
use super::state::is_external;
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static WRAPPERS: Trick = Trick {
    declaration: &Declaration {
        name: "wrapper",
        meaning: "has a program run by another one that changes nothing for it",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

/// Words put before a program.
const ALWAYS: &[&str] = &[
    "env ",
    "command ",
    "nice -n 0 ",
    "timeout --foreground 1d ",
    "timeout --foreground 86400 ",
    "env timeout --foreground 12h ",
    "setsid --wait ",
];

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let line = Line::read(text)?;
    let places = line
        .rewritable()
        .filter(|statement| line.program(statement).is_some_and(is_external));
    let statement = one_of(places, random)?;
    let word = statement.word_of_program()?;
    let wrapper = if random.chance(0.2) && has_no_terminal(&line, statement) {
        "nohup "
    } else {
        random.pick(ALWAYS)?
    };
    line.with(word.at.start..word.at.start, wrapper)
}

/// Returns whether a statement neither reads from nor writes to a terminal, which `nohup` would send elsewhere.
fn has_no_terminal(line: &Line<'_>, statement: &Statement) -> bool {
    let redirects = |mark: char| {
        let operators = statement.redirections.iter();
        let mut operators = operators.filter_map(|at| line.text.get(at.clone()));
        operators.any(|operator| operator.starts_with(mark))
    };
    let next = line
        .statements
        .iter()
        .find(|next| next.start >= statement.end);
    let feeds = next.is_some_and(|next| next.joint == Joint::Pipe);
    let is_fed = statement.joint == Joint::Pipe;
    (feeds || redirects('>')) && (is_fed || redirects('<'))
}
