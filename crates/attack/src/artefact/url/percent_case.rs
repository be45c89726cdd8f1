//! The digits of percent escapes in the other case.

use ringtrue_core::random::Random;

use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "percent-case",
        meaning: "writes the digits of percent escapes in the other case",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: "",
        taxonomy: CRAFT,
    },
    change,
};

fn change(web: &Web<'_>, _: &Material, _: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    draft.path = other_case(&draft.path);
    draft.query = other_case(&draft.query);
    web.parts.written().contains('%').then_some(draft)
}

/// Returns `text` with the digits of each escape as small letters if one is a capital, else as capitals.
fn other_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        out.push('%');
        rest = after;
        let digits = after
            .get(..2)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if let Some(digits) = digits {
            let has_capital = digits.bytes().any(|byte| byte.is_ascii_uppercase());
            out.push_str(&if has_capital {
                digits.to_ascii_lowercase()
            } else {
                digits.to_ascii_uppercase()
            });
            rest = after.get(2..).unwrap_or("");
        }
    }
    out + rest
}
