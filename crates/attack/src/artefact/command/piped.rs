//! Arguments that come through a pipe: `rm -r x` as `echo -r x | xargs rm`.

use ringtrue_core::random::Random;

use super::super::{minutes, random::one_of};
use super::line::{Form, Joint, Line, Statement, Word};
use super::programs::reads_no_input;
use super::state::has_assignment;
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static PIPED: Trick = Trick {
    declaration: &Declaration {
        name: "piped-arguments",
        meaning: "gives a program its arguments through `xargs`, which changes the number of a failure to 123",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let line = Line::read(text)?;
    let (program, last) = one_of(
        line.rewritable()
            .filter_map(|statement| words(&line, statement)),
        random,
    )?;
    let arguments = text.get(program.at.end..last.at.end)?.trim_start();
    let printer = random.pick(&["printf '%s\\n'", "printf \"%s \""])?;
    let piped = format!("{printer} {arguments} | xargs {}", line.letters(program));
    line.with(program.at.start..last.at.end, &piped)
}

/// Returns the program and the last argument of a statement that reads nothing and has plain arguments alone.
fn words<'a>(line: &Line<'_>, statement: &'a Statement) -> Option<(&'a Word, &'a Word)> {
    let program = statement.word_of_program()?;
    let arguments: Vec<&Word> = statement.arguments().collect();
    let last = *arguments.last()?;
    let is_plain =
        |word: &&Word| word.form == Form::Plain && !matches!(line.letters(word), "-" | "@-");
    let is_between =
        |at: &std::ops::Range<usize>| at.start > program.at.start && at.start < last.at.start;
    let fits = statement.joint != Joint::Pipe
        && reads_no_input(line.program(statement)?)
        && arguments.iter().all(is_plain)
        && !has_assignment(statement)
        && !statement.redirections.iter().any(is_between);
    fits.then_some((program, last))
}
