//! Pages of honest people at free hosters, the same hosters that attackers use.

use ringtrue_core::random::Random;

use crate::clock::Scene;
use crate::site::{Fashion, Site};
use crate::text::{Alphabet, pick, push_coined, push_number, push_slug, push_token};
use crate::words::{HOSTERS, PEOPLE, WORDS};

/// Appends the address of one page.
pub(super) fn write(site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
    let mut constants = site.constants();
    out.push_str(if constants.chance(0.9) {
        "https://"
    } else {
        "http://"
    });
    match constants.below(4) {
        0 => {
            out.push_str(pick(&mut constants, PEOPLE));
            out.push_str(pick(&mut constants, WORDS));
        }
        1 => {
            push_coined(out, &mut constants);
            push_number(out, constants.below(1_000));
        }
        2 => {
            out.push_str(pick(&mut constants, WORDS));
            out.push('-');
            push_coined(out, &mut constants);
        }
        _ => {
            out.push_str(pick(&mut constants, PEOPLE));
            out.push('-');
            push_coined(out, &mut constants);
        }
    }
    if site.fashion == Fashion::Modern {
        out.push('-');
        push_token(out, &mut constants, Alphabet::Base32, 10);
    }
    out.push('.');
    out.push_str(pick(&mut constants, HOSTERS));
    out.push('/');
    if random.chance(0.7) {
        let words = 1 + random.below(3);
        push_slug(out, random, words, '-', scene.season);
        out.push_str(pick(&mut constants, &["", "/", ".html", "/index.html"]));
    }
}
