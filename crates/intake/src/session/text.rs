//! Text tokens of a session: which programs follow which, for a linear model.
//!
//! ```text
//!   start, programs in order, end ─► names, pairs, triples ─┐
//!   stages in order ─► pairs ───────────────────────────────┴─► tokens, on the side of the entity
//! ```
//!
//! They stand on the side of the entity, since the same commands in another order are other tokens; what
//! the commands say is the content.

use crate::text::{Side, TextParameters, Writer};

use super::facts::Step;

/// Where a token comes from; seeds its hash. The numbers lie behind those of a command's parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A program.
    Program = 32,
    /// Two programs in a row.
    Pair,
    /// Three programs in a row.
    Triple,
    /// A stage that follows another.
    Stages,
}

impl From<Part> for u64 {
    fn from(part: Part) -> Self {
        part as Self
    }
}

/// Stand for the ends of a session; no program is called so.
const START: &str = "\u{2}";
const END: &str = "\u{3}";
/// Stands between names.
const BETWEEN: char = '\u{1f}';

/// Appends the tokens of a session to `out`, each as a 32-bit hash whose lowest bit is 1.
pub fn tokens(steps: &[Step<'_>], parameters: &TextParameters, out: &mut Vec<u32>) {
    let mut writer = Writer {
        out,
        side: Side::Entity,
        parameters,
    };
    let mut joined = String::new();
    let mut last = [START; 2];
    let programs = steps.iter().flat_map(|step| step.programs).copied();
    for program in programs.chain([END]) {
        if program != END {
            writer.whole(Part::Program, program);
        }
        let [before, previous] = last;
        writer.whole(Part::Pair, join(&mut joined, &[previous, program]));
        writer.whole(
            Part::Triple,
            join(&mut joined, &[before, previous, program]),
        );
        last = [previous, program];
    }
    let mut previous = START;
    for stage in steps.iter().flat_map(|step| step.stages.iter()) {
        if stage.word() != previous {
            writer.whole(Part::Stages, join(&mut joined, &[previous, stage.word()]));
            previous = stage.word();
        }
    }
}

fn join<'a>(joined: &'a mut String, names: &[&str]) -> &'a str {
    joined.clear();
    for name in names {
        joined.push_str(name);
        joined.push(BETWEEN);
    }
    joined
}
