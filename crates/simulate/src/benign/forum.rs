//! Forums: threads, members and searches, old boards with numbers and new ones with slugs.

use ringtrue_core::random::Random;

use crate::clock::Scene;
use crate::site::{Fashion, Site};
use crate::text::{Alphabet, pick, push_number, push_slug, push_token};
use crate::words::{PEOPLE, WORDS};

/// Appends the address of one thread, member or search.
pub(super) fn write(site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
    site.push_origin_at(out, "forum.");
    match site.constants().below(3) {
        0 => board(random, out),
        1 => slugs(site, scene, random, out),
        _ => people(random, out),
    }
}

fn board(random: &mut Random, out: &mut String) {
    out.push_str(pick(
        random,
        &[
            "/viewtopic.php?f=",
            "/forum/showthread.php?f=",
            "/board/index.php?b=",
        ],
    ));
    push_number(out, 1 + random.below(60));
    out.push_str("&t=");
    push_number(out, 100 + random.below(400_000));
    if random.chance(0.4) {
        out.push_str("&start=");
        push_number(out, 10 * random.below(40));
    }
    if random.chance(0.2) {
        out.push_str("&sid=");
        push_token(out, random, Alphabet::Hex, 32);
    }
}

fn slugs(site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
    out.push_str(pick(random, &["/t/", "/threads/", "/discussion/"]));
    let words = 3 + random.below(5);
    push_slug(out, random, words, '-', scene.season);
    if site.fashion == Fashion::Modern {
        out.push('.');
        push_token(out, random, Alphabet::Base62, 22);
    } else {
        out.push(if random.chance(0.5) { '/' } else { '.' });
        push_number(out, 1_000 + random.below(300_000));
    }
    if random.chance(0.3) {
        out.push_str("#post-");
        push_number(out, random.below(3_000_000));
    }
}

fn people(random: &mut Random, out: &mut String) {
    if random.chance(0.4) {
        out.push_str("/search?q=");
        push_slug(out, random, 2, '+', crate::text::Season::NONE);
        out.push_str("&sort=latest&page=");
        push_number(out, 1 + random.below(9));
    } else {
        out.push_str("/members/");
        out.push_str(pick(random, PEOPLE));
        out.push_str(pick(random, WORDS));
        push_number(out, random.below(100));
        out.push('/');
    }
}
