//! Other blanks and separators: tabs, `${IFS}`, braces, a line's end for `;`.

use std::ops::Range;

use ringtrue_core::random::Random;

use super::super::{minutes, random::one_of};
use super::line::{Form, Joint, Line, Place, Statement};
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static SPACING: Trick = Trick {
    declaration: &Declaration {
        name: "spacing",
        meaning: "separates words or statements by something else that the shell reads as a blank or an end",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let line = Line::read(text)?;
    match random.below(4) {
        0 => blanks(&line, random),
        1 => field_separators(&line, random),
        2 => braces(&line, random),
        _ => line_ends(&line, random),
    }
}

fn blanks(line: &Line<'_>, random: &mut Random) -> Option<String> {
    let pairs = line
        .statements
        .iter()
        .flat_map(|statement| statement.words.iter().zip(statement.words.iter().skip(1)));
    let gap = one_of(
        pairs.filter_map(|(before, behind)| line.gap(before, behind)),
        random,
    )?;
    line.with(gap, random.pick(&["\t", "  ", " \t ", "    "])?)
}

fn field_separators(line: &Line<'_>, random: &mut Random) -> Option<String> {
    if line.text.contains("IFS") {
        return None;
    }
    let pairs = line
        .rewritable()
        .flat_map(|statement| statement.words.iter().zip(statement.words.iter().skip(1)));
    let is_plain = |word: &super::line::Word| {
        word.form == Form::Plain && matches!(word.place, Place::Program | Place::Argument)
    };
    let pairs = pairs.filter(|(before, behind)| is_plain(before) && is_plain(behind));
    let gap = one_of(
        pairs.filter_map(|(before, behind)| line.gap(before, behind)),
        random,
    )?;
    line.with(gap, "${IFS}")
}

fn braces(line: &Line<'_>, random: &mut Random) -> Option<String> {
    let statement = one_of(
        line.rewritable()
            .filter_map(|statement| braceable(line, statement)),
        random,
    )?;
    let words = line.text.get(statement.clone())?;
    let words: Vec<&str> = words.split_ascii_whitespace().collect();
    line.with(statement, &format!("{{{}}}", words.join(",")))
}

/// Returns where all words of a statement stand if they are plain, at least two, and nothing else is among them.
fn braceable(line: &Line<'_>, statement: &Statement) -> Option<Range<usize>> {
    let words: Vec<_> = statement
        .words
        .iter()
        .filter(|word| word.place != Place::Target)
        .collect();
    let (first, last) = (words.first()?, words.last()?);
    let is_one = words.len() > 1
        && words.iter().all(|word| {
            word.form == Form::Plain
                && word.place != Place::Assignment
                && !line.letters(word).contains(',')
        })
        && words
            .iter()
            .zip(words.iter().skip(1))
            .all(|(before, behind)| line.gap(before, behind).is_some());
    is_one.then_some(first.at.start..last.at.end)
}

fn line_ends(line: &Line<'_>, random: &mut Random) -> Option<String> {
    let pairs = line.statements.iter().zip(line.statements.iter().skip(1));
    let joints = pairs.map(|(before, behind)| (before.end..behind.start, behind.joint));
    let (gap, joint) = one_of(joints, random)?;
    let written = match joint {
        Joint::Sequence => "\n",
        Joint::And => " &&\n",
        Joint::Or => " ||\n",
        Joint::Pipe => " |\n",
        Joint::Background => " &\n",
        Joint::First => return None,
    };
    line.with(gap, written)
}
