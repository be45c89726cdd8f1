//! Assets: images, scripts, styles and downloads, on edge networks or the site itself.

use ringtrue_core::random::Random;

use crate::clock::Scene;
use crate::site::{Fashion, Site};
use crate::text::{Alphabet, pick, push_number, push_token, push_two_digits};
use crate::words::{EDGES, WORDS};

/// Appends the address of one file.
pub(super) fn write(site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
    let mut constants = site.constants();
    if constants.chance(0.4) {
        out.push_str("https://");
        out.push(if constants.chance(0.5) { 'd' } else { 'e' });
        push_token(out, &mut constants, Alphabet::Base32, 13);
        out.push('.');
        out.push_str(pick(&mut constants, EDGES));
    } else {
        site.push_origin_at(out, "static.");
    }
    match random.below(3) {
        0 => upload(scene, random, out),
        1 => {
            out.push_str(pick(
                &mut constants,
                &["/assets/", "/static/js/", "/_next/static/chunks/", "/dist/"],
            ));
            out.push_str(pick(
                random,
                &["main", "vendor", "app", "runtime", "styles", "polyfills"],
            ));
            out.push('.');
            push_token(out, random, Alphabet::Hex, hash_length(site));
            out.push_str(pick(random, &[".js", ".css", ".js", ".woff2", ".map"]));
        }
        _ => {
            out.push_str("/images/");
            out.push_str(pick(random, WORDS));
            out.push('_');
            push_number(out, 100 * (1 + random.below(20)));
            out.push('x');
            push_number(out, 100 * (1 + random.below(20)));
            out.push_str(pick(random, &[".jpg", ".webp", ".png", ".avif"]));
            if random.chance(0.3) {
                out.push_str("?v=");
                push_token(out, random, Alphabet::Hex, hash_length(site));
            }
        }
    }
}

fn hash_length(site: &Site) -> u64 {
    match site.fashion {
        Fashion::Classic => 8 + 12 * site.constants().below(2),
        Fashion::Modern => 40,
    }
}

fn upload(scene: &Scene, random: &mut Random, out: &mut String) {
    out.push_str("/wp-content/uploads/");
    push_number(out, scene.year - random.below(5));
    out.push('/');
    push_two_digits(out, 1 + random.below(12));
    out.push('/');
    out.push_str(pick(random, WORDS));
    out.push('-');
    out.push_str(pick(random, WORDS));
    out.push_str(pick(
        random,
        &[
            ".jpg",
            ".png",
            ".pdf",
            "-300x200.jpg",
            ".zip",
            "-1.webp",
            ".docx",
        ],
    ));
}
