//! Letters of the host as percent escapes, which browsers decode.

use ringtrue_core::random::Random;

use super::parts::{Draft, UrlAttack, Web, push_escape};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "percent-host",
        meaning: "writes letters of the host as percent escapes",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: "",
        taxonomy: CRAFT,
    },
    change,
};

/// Share of the letters that are escaped.
const SHARE: f64 = 0.2;

fn change(web: &Web<'_>, _: &Material, random: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    if !web.is_named() || draft.host.contains('%') {
        return None;
    }
    let mut host = String::with_capacity(draft.host.len());
    for letter in draft.host.chars() {
        match u8::try_from(letter) {
            Ok(byte) if byte.is_ascii_alphanumeric() && random.chance(SHARE) => {
                push_escape(byte, &mut host);
            }
            _ => host.push(letter),
        }
    }
    draft.host = host;
    Some(draft)
}
