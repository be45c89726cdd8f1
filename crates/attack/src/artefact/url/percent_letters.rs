//! Letters of the path as percent escapes, or such escapes as letters: servers read the same.

use ringtrue_core::random::Random;

use super::parts::{Draft, UrlAttack, Web, push_escape};
use crate::artefact::minutes;
use crate::artefact::random::{between, shuffle};
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "percent-letters",
        meaning: "writes letters of the path as percent escapes, or the other way",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: "",
        taxonomy: CRAFT,
    },
    change,
};

/// Letters that are escaped at most.
const LETTERS_MAX: usize = 8;

fn change(web: &Web<'_>, _: &Material, random: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    let letters = plain_letters(&draft.path);
    let needless = draft.path.contains('%') && random.chance(0.5);
    draft.path = if needless {
        without_needless(&draft.path)
    } else {
        let count = between(1, LETTERS_MAX, random).min(letters.len());
        let mut chosen = letters;
        shuffle(&mut chosen, random);
        chosen.truncate(count);
        let mut path = String::with_capacity(draft.path.len() + 2 * count);
        for (at, letter) in draft.path.char_indices() {
            match u8::try_from(letter) {
                Ok(byte) if chosen.contains(&at) => push_escape(byte, &mut path),
                _ => path.push(letter),
            }
        }
        path
    };
    (!draft.path.is_empty()).then_some(draft)
}

/// Returns where letters and digits stand that are no part of an escape.
fn plain_letters(path: &str) -> Vec<usize> {
    let bytes = path.as_bytes();
    let is_escaped = |at: usize| {
        (1..=2).any(|back| at.checked_sub(back).and_then(|start| bytes.get(start)) == Some(&b'%'))
    };
    let letters = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| byte.is_ascii_alphanumeric());
    letters
        .map(|(at, _)| at)
        .filter(|at| !is_escaped(*at))
        .collect()
}

/// Returns `path` with its escapes of letters and digits as these.
fn without_needless(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let digits = after
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = digits.filter(u8::is_ascii_alphanumeric) {
            out.push(char::from(byte));
            rest = after.get(2..).unwrap_or("");
        } else {
            out.push('%');
            rest = after;
        }
    }
    out + rest
}
