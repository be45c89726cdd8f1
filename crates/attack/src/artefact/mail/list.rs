//! Headers that mailing lists add.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "header-list",
        meaning: "adds the headers of a mailing list",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

/// Headers of lists, and what they say where the material has none.
const HEADERS: &[(&str, &str)] = &[
    ("Precedence", "list"),
    ("List-Id", "<users.HOST>"),
    ("List-Unsubscribe", "<mailto:users-leave@HOST>"),
    ("List-Post", "<mailto:users@HOST>"),
    ("List-Help", "<mailto:users-request@HOST?subject=help>"),
    ("X-Mailing-List", "<users@HOST>"),
];

fn change(post: &Post, material: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let host = borrow::host(material, random);
    let mut lines = String::new();
    for (name, known) in HEADERS {
        if post.field(name).is_none() && random.chance(0.6) {
            let value = borrow::value(name, material, random);
            let value = value.unwrap_or_else(|| known.replace("HOST", &host));
            lines.extend([name, ": ", value.as_str(), post.feed]);
        }
    }
    post.with_lines_behind(&[], &lines)
}
