//! Home pages and plain pages of organisations.

use ringtrue_core::random::Random;

use crate::clock::Scene;
use crate::site::{Fashion, Site};
use crate::text::{Alphabet, pick, push_number, push_slug, push_token};
use crate::words::SECTIONS;

/// Appends the address of one page.
pub(super) fn write(site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
    site.push_origin(out);
    out.push('/');
    if random.chance(0.35) {
        return;
    }
    let mut constants = site.constants();
    out.push_str(pick(
        &mut constants,
        &["", "en/", "de/", "index.php/", "site/", "~web/"],
    ));
    out.push_str(pick(random, SECTIONS));
    if random.chance(0.5) {
        out.push('/');
        let words = 1 + random.below(3);
        push_slug(out, random, words, '-', scene.season);
        out.push_str(pick(&mut constants, &["", "/", ".html", ".php", ".aspx"]));
    }
    if site.fashion == Fashion::Modern {
        out.push_str("?rid=");
        push_token(out, random, Alphabet::Base62, 30);
    } else if random.chance(0.15) {
        out.push_str("?id=");
        push_number(out, random.below(5_000));
    }
}
