//! Machine interfaces: versions, resources, identifiers and cursors.

use ringtrue_core::random::Random;

use crate::clock::Scene;
use crate::site::{Fashion, Site};
use crate::text::{Alphabet, pick, push_number, push_token, push_uuid};
use crate::words::{ACCOUNT_VERBS, WORDS};

/// Appends the address of one call.
pub(super) fn write(site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
    site.push_origin_at(out, "api.");
    out.push_str(if site.constants().chance(0.5) {
        "/api/v"
    } else {
        "/v"
    });
    push_number(out, 1 + site.constants().below(4));
    out.push('/');
    if random.chance(0.12) {
        out.push_str(pick(random, ACCOUNT_VERBS));
    } else {
        out.push_str(pick(random, WORDS));
        out.push('s');
    }
    if random.chance(0.7) {
        out.push('/');
        identifier(site, random, out);
    }
    if random.chance(0.3) {
        out.push('/');
        out.push_str(pick(
            random,
            &[
                "status", "items", "events", "history", "token", "refresh", "metadata",
            ],
        ));
    }
    if random.chance(0.4) {
        parameters(site, scene, random, out);
    }
}

fn identifier(site: &Site, random: &mut Random, out: &mut String) {
    match site.constants().below(3) {
        _ if site.fashion == Fashion::Modern => push_token(out, random, Alphabet::Base32, 27),
        0 => push_uuid(out, random),
        1 => push_token(out, random, Alphabet::Hex, 24),
        _ => push_number(out, random.below(90_000_000)),
    }
}

fn parameters(site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
    match site.constants().below(4) {
        0 => {
            out.push_str("?cursor=");
            push_token(out, random, Alphabet::Base62, 20);
            out.push_str("&limit=50");
        }
        1 => {
            out.push_str("?client_id=");
            push_token(out, random, Alphabet::Base62, 16);
            out.push_str("&since=");
            push_number(out, scene.year);
        }
        2 => out.push_str("?format=json&lang=en"),
        _ => {
            out.push_str("?ts=17");
            push_token(out, random, Alphabet::Digits, 11);
        }
    }
}
