//! The line as an argument or a group of another shell: `bash -c '..'`, `{ ..; }`, `( .. )`.

use ringtrue_core::random::Random;

use super::super::minutes;
use super::line::Line;
use super::payload::call;
use super::state::stands_alone;
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static NESTED: Trick = Trick {
    declaration: &Declaration {
        name: "nested-shell",
        meaning: "has the line read by a shell within the shell, or puts it in brackets",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let line = Line::read(text)?;
    let end = if line.ends_in_background { " " } else { "; " };
    match random.below(4) {
        0 => Some(format!("{{ {}{end}}}", line.trimmed())),
        1 => stands_alone(&line).then(|| format!("( {} )", line.trimmed())),
        2 => stands_alone(&line).then(|| call(["bash", "-c", text])),
        _ => stands_alone(&line).then(|| call(["env", "bash", "-c", text])),
    }
}
