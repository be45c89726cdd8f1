//! A benign host misspelt so that it looks right: `rn` for `m`, `1` for `l`, a letter doubled or left out.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::random::one_of;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::ACQUIRE;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "look-alike-ascii",
        meaning: "moves to a benign host's name misspelt",
        minutes: minutes::OWN_DOMAIN,
        verified: Verified::Assumed,
        needs: "a domain of their own, with the page on it",
        taxonomy: ACQUIRE,
    },
    change,
};

/// What looks like what.
const PAIRS: &[(&str, &str)] = &[
    ("m", "rn"),
    ("w", "vv"),
    ("d", "cl"),
    ("l", "1"),
    ("o", "0"),
    ("i", "l"),
    ("e", "3"),
];

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    let host = borrow::host(material, random)?;
    let name = borrow_label(&host);
    let misspelt = match random.below(3) {
        0 => {
            let there = PAIRS.iter().filter(|(right, _)| name.contains(right));
            let (right, wrong) = one_of(there, random)?;
            name.replacen(right, wrong, 1)
        }
        kind => {
            let letters = name
                .char_indices()
                .filter(|(_, letter)| letter.is_ascii_lowercase());
            let (at, letter) = one_of(letters, random)?;
            let (before, rest) = name.split_at_checked(at)?;
            let after = rest.get(1..)?;
            if kind == 1 {
                format!("{before}{letter}{rest}")
            } else {
                format!("{before}{after}")
            }
        }
    };
    if misspelt.is_empty() {
        return None;
    }
    let mut draft = web.draft();
    draft.userinfo.clear();
    draft.port.clear();
    draft.host = host.replacen(name, &misspelt, 1);
    Some(draft)
}

/// Returns the longest label of `host`, the one that people look at.
fn borrow_label(host: &str) -> &str {
    host.split('.')
        .max_by_key(|label| label.len())
        .unwrap_or(host)
}
