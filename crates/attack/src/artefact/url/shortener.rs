//! A short link of a well-known service leads to the URL.

use ringtrue_core::random::Random;

use super::parts::{Draft, UrlAttack, Web};
use super::stranger::SHORTENERS;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::ACQUIRE;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "shortener",
        meaning: "leads through a short link",
        minutes: minutes::SHORT_LINK,
        verified: Verified::Assumed,
        needs: "a shortener that takes the link",
        taxonomy: ACQUIRE,
    },
    change,
};

const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn change(web: &Web<'_>, _: &Material, random: &mut Random) -> Option<Draft> {
    if web.is_strangers() {
        return None;
    }
    let (host, letters) = *random.pick(SHORTENERS)?;
    let code = (0..letters).filter_map(|_| random.pick(LETTERS).copied().map(char::from));
    let path = std::iter::once('/').chain(code).collect();
    let mut draft = Draft {
        path,
        ..Draft::default()
    };
    draft.move_to("https", host.to_owned());
    Some(draft)
}
