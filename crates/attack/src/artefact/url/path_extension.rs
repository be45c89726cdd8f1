//! The file that the path names gets another extension, or none.

use ringtrue_core::random::Random;

use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "path-extension",
        meaning: "gives the page another extension, or none",
        minutes: minutes::OWN_PAGE,
        verified: Verified::Parse,
        needs: "a page under that path of the host",
        taxonomy: CRAFT,
    },
    change,
};

/// What pages are called; the empty one stands for no extension.
const EXTENSIONS: &[&str] = &["", ".asp", ".aspx", ".htm", ".html", ".jsp", ".pdf", ".php"];
/// Bytes of an extension, with its dot.
const EXTENSION_BYTES_MAX: usize = 6;

fn change(web: &Web<'_>, _: &Material, random: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    let (folder, file) = draft.path.rsplit_once('/')?;
    if web.is_strangers() || file.is_empty() {
        return None;
    }
    let dot = file.rfind('.').filter(|dot| *dot > 0);
    let dot = dot.filter(|dot| file.len() - dot <= EXTENSION_BYTES_MAX);
    let (stem, _) = file.split_at_checked(dot.unwrap_or(file.len()))?;
    draft.path = format!("{folder}/{stem}{}", random.pick(EXTENSIONS)?);
    Some(draft)
}
