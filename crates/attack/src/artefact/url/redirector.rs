//! An open redirect of a well-known host, or of a benign one, leads to the URL.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{Draft, UrlAttack, Web, escape};
use super::stranger::REDIRECTORS;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::ACQUIRE;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "redirector",
        meaning: "leads through an open redirect of a trusted host",
        minutes: minutes::REDIRECT,
        verified: Verified::Assumed,
        needs: "a host with an open redirect",
        taxonomy: ACQUIRE,
    },
    change,
};

/// What redirects are called where nobody meant them to be open.
const PATHS: &[&str] = &["/click", "/go", "/link", "/out", "/redirect"];
const NAMES: &[&str] = &["dest", "target", "to", "u", "url"];

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    if web.is_strangers() {
        return None;
    }
    let before = web.draft().write();
    let target = if web.parts.scheme().is_empty() {
        format!("http://{before}")
    } else {
        before
    };
    let (host, path, name) = if random.chance(0.5) {
        let (host, path, name) = *random.pick(REDIRECTORS)?;
        (host.to_owned(), path, name)
    } else {
        (
            borrow::host(material, random)?,
            *random.pick(PATHS)?,
            *random.pick(NAMES)?,
        )
    };
    let mut draft = Draft::default();
    draft.move_to("https", host);
    path.clone_into(&mut draft.path);
    draft.query = format!("{name}={}", escape(&target));
    Some(draft)
}
