//! Links of newsletters and advertisements: long queries, campaign names, embedded targets.

use ringtrue_core::random::Random;

use crate::clock::Scene;
use crate::site::{Fashion, Site};
use crate::text::{Alphabet, pick, push_name, push_number, push_slug, push_suffix, push_token};
use crate::words::{MAILERS, SECTIONS};

/// Appends one such link.
pub(super) fn write(site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
    match site.constants().below(3) {
        0 => click(site, random, out),
        1 => landing(site, scene, random, out),
        _ => redirect(site, random, out),
    }
}

fn click(site: &Site, random: &mut Random, out: &mut String) {
    let mut constants = site.constants();
    out.push_str(if constants.chance(0.7) {
        "https://"
    } else {
        "http://"
    });
    out.push_str(pick(
        &mut constants,
        &["click.", "links.", "email.", "t.", "go."],
    ));
    out.push_str(pick(&mut constants, MAILERS));
    out.push_str(pick(
        &mut constants,
        &["/ls/click?upn=", "/c/", "/f/a/", "/track/click/"],
    ));
    let length = match site.fashion {
        Fashion::Classic => 40 + random.below(40),
        Fashion::Modern => 120 + random.below(60),
    };
    push_token(out, random, Alphabet::Base62, length);
}

fn landing(site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
    site.push_origin(out);
    out.push('/');
    out.push_str(pick(random, SECTIONS));
    out.push_str(pick(
        random,
        &[
            "?utm_source=newsletter",
            "?utm_source=search",
            "?utm_source=partner",
        ],
    ));
    out.push_str(pick(
        random,
        &["&utm_medium=email", "&utm_medium=cpc", "&utm_medium=social"],
    ));
    out.push_str("&utm_campaign=");
    let words = 1 + random.below(3);
    push_slug(out, random, words, '_', scene.season);
    if random.chance(0.5) {
        out.push_str("&mc_eid=");
        push_token(out, random, Alphabet::Hex, 10);
    }
    if site.fashion == Fashion::Modern {
        out.push_str("&wbraid=");
        push_token(out, random, Alphabet::Base62, 48);
    }
}

fn redirect(site: &Site, random: &mut Random, out: &mut String) {
    site.push_origin(out);
    out.push_str(pick(
        &mut site.constants(),
        &["/out?url=", "/redirect?to=", "/ads/clk?adurl="],
    ));
    out.push_str("https%3A%2F%2Fwww.");
    push_name(out, random);
    push_suffix(out, random);
    out.push_str("%2F");
    out.push_str(pick(random, SECTIONS));
    out.push_str("&cid=");
    push_number(out, random.below(9_000_000));
}
