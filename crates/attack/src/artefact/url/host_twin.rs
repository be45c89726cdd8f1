//! A benign host with letters of other scripts that look like its own, as such or coded (`xn--`).

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::random::{between, one_of};
use crate::artefact::twin::{has_twin, twin_of};
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::ACQUIRE;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "look-alike-letters",
        meaning: "moves to a host that looks like a benign one in other letters",
        minutes: minutes::OWN_DOMAIN,
        verified: Verified::Assumed,
        needs: "a domain of their own, with the page on it",
        taxonomy: ACQUIRE,
    },
    change,
};

/// Letters that are replaced at most.
const LETTERS_MAX: usize = 2;

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    let mut host = borrow::host(material, random)?;
    let label_end = host.rfind('.')?;
    for _ in 0..between(1, LETTERS_MAX, random) {
        let letters = host
            .char_indices()
            .filter(|(at, letter)| *at < label_end && has_twin(*letter));
        let (at, letter) = one_of(letters, random)?;
        let twin = twin_of(letter, random)?;
        let (before, rest) = host.split_at_checked(at)?;
        let after = rest.strip_prefix(letter)?;
        host = format!("{before}{twin}{after}");
    }
    if random.chance(0.5) {
        let read = ::url::Url::parse(&format!("http://{host}")).ok()?;
        read.host_str()?.clone_into(&mut host);
    }
    let mut draft = web.draft();
    draft.userinfo.clear();
    draft.port.clear();
    draft.host = host;
    Some(draft)
}
