//! The whole line decoded where it runs: base64, or letters by their numbers.
//!
//! The line is read by the same shell with the same standard input, so that it does what it did: a pipe into another shell
//! would take the input away.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ringtrue_core::random::Random;

use super::super::minutes;
use super::numbered::numbered;
use super::scan::closes;
use super::state::looks_back;
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static ENCODING: Trick = Trick {
    declaration: &Declaration {
        name: "encoding",
        meaning: "encodes the line, and decodes it where it is read",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    if !closes(text) || looks_back(text) {
        return None;
    }
    let digits = STANDARD.encode(text);
    Some(match random.below(4) {
        0 => format!("eval \"$(echo {digits} | base64 -d)\""),
        1 => format!("eval \"$(base64 --decode <<< {digits})\""),
        2 => format!("eval \"`printf %s {digits}|base64 -d`\""),
        _ => format!("eval {}", numbered(text, 1.0, random)),
    })
}
