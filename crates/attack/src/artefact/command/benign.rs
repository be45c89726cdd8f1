//! Benign text beside the line: before it, behind it, in a comment. What content attacks on detectors of commands do.
//!
//! The text does nothing: it is the argument of a command that ignores it, stands behind a condition that never holds, or is
//! a comment. Nothing of the attacker's benign lines ever runs.

use ringtrue_core::random::Random;

use super::super::minutes;
use super::line::Line;
use super::payload::{call, inert, pipeline};
use super::scan::closes;
use super::state::looks_back;
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static BEFORE: Trick = Trick {
    declaration: &Declaration {
        name: "benign-before",
        meaning: "puts benign text before the line, given to a command that does nothing with it",
        minutes: minutes::WRITTEN,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change: before,
};

pub(super) static BEHIND: Trick = Trick {
    declaration: &Declaration {
        name: "benign-behind",
        meaning: "puts benign text behind the line, given to a command that does nothing with it",
        minutes: minutes::WRITTEN,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change: behind,
};

pub(super) static UNREACHED: Trick = Trick {
    declaration: &Declaration {
        name: "unreached",
        meaning: "puts benign commands before the line where they never run",
        minutes: minutes::WRITTEN,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change: unreached,
};

pub(super) static COMMENTS: Trick = Trick {
    declaration: &Declaration {
        name: "comment",
        meaning: "adds a comment of benign text",
        minutes: minutes::WRITTEN,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change: comment,
};

fn is_open_to_text(text: &str) -> bool {
    closes(text) && !looks_back(text)
}

fn before(text: &str, material: &Material, random: &mut Random) -> Option<String> {
    if !is_open_to_text(text) {
        return None;
    }
    let payload = inert(material, random)?;
    let statement = match random.below(5) {
        0 => call([":", &payload]),
        1 => call(["true", &payload]),
        2 => call(["echo", &payload]) + " >/dev/null",
        3 => call(["printf", "%s", &payload]) + " >/dev/null",
        _ => format!("python3 -c \"print('{payload}')\" >/dev/null 2>&1"),
    };
    Some(format!("{statement};{text}"))
}

fn behind(text: &str, material: &Material, random: &mut Random) -> Option<String> {
    let line = Line::read(text)?;
    let payload = inert(material, random)?;
    let idle = *random.pick(&[":", "true"])?;
    let joint = if line.ends_in_background { "" } else { "&& " };
    Some(format!(
        "{} {joint}{}",
        line.trimmed(),
        call([idle, &payload])
    ))
}

fn unreached(text: &str, material: &Material, random: &mut Random) -> Option<String> {
    if !is_open_to_text(text) {
        return None;
    }
    Some(format!("{};{text}", idle(material, random)?))
}

/// Returns benign commands behind a condition that never holds.
pub(super) fn idle(material: &Material, random: &mut Random) -> Option<String> {
    let commands = pipeline(material, random)?;
    Some(match random.below(3) {
        0 => format!("false && {commands}"),
        1 => format!("true || {commands}"),
        _ => format!("if false; then {commands}; fi"),
    })
}

fn comment(text: &str, material: &Material, random: &mut Random) -> Option<String> {
    let payload = inert(material, random)?;
    if random.chance(0.7) {
        let line = Line::read(text)?;
        return Some(format!("{} # {payload}", line.text.trim_end()));
    }
    closes(text).then(|| format!("# {payload}\n{text}"))
}
