//! Capitals in scheme and host, which browsers do not tell apart.

use ringtrue_core::random::Random;

use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "letter-case",
        meaning: "writes letters of scheme and host as capitals",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: "",
        taxonomy: CRAFT,
    },
    change,
};

fn change(web: &Web<'_>, _: &Material, random: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    let share = *random.pick(&[0.1, 0.5, 1.0])?;
    if random.chance(0.3) {
        draft.scheme = capitals(&draft.scheme, share, random);
    }
    draft.host = capitals(&draft.host, share, random);
    Some(draft)
}

fn capitals(text: &str, share: f64, random: &mut Random) -> String {
    let letters = text.chars().map(|letter| {
        if random.chance(share) {
            letter.to_ascii_uppercase()
        } else {
            letter.to_ascii_lowercase()
        }
    });
    letters.collect()
}
