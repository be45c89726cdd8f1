//! News sites: sections, dates and headlines; each site keeps one form of address.

use ringtrue_core::random::Random;

use crate::clock::Scene;
use crate::site::{Fashion, Site};
use crate::text::{Alphabet, pick, push_number, push_slug, push_token, push_two_digits};
use crate::words::SECTIONS;

/// Appends the address of one article.
pub(super) fn write(site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
    site.push_origin(out);
    let form = site.constants().below(4);
    match form {
        0 => {
            push_date(scene, random, out);
            headline(scene, random, out, '-');
            out.push('/');
        }
        1 => {
            section(random, out);
            headline(scene, random, out, '-');
            out.push('-');
            push_number(out, 100_000 + random.below(9_000_000));
            out.push_str(".html");
        }
        2 => {
            out.push('/');
            out.push_str(pick(random, SECTIONS));
            push_date(scene, random, out);
            push_number(out, random.below(90_000));
            out.push('/');
            headline(scene, random, out, '_');
        }
        _ => {
            section(random, out);
            headline(scene, random, out, '-');
        }
    }
    if site.fashion == Fashion::Modern {
        out.push_str("-a");
        push_token(out, random, Alphabet::Hex, 24);
    }
    if random.chance(0.12) {
        out.push_str(pick(
            random,
            &["?page=2", "?amp=1", "#comments", "?print=true", "?ref=home"],
        ));
    }
}

fn section(random: &mut Random, out: &mut String) {
    out.push('/');
    out.push_str(pick(random, SECTIONS));
    out.push('/');
}

fn headline(scene: &Scene, random: &mut Random, out: &mut String, joint: char) {
    let words = 3 + random.below(6);
    push_slug(out, random, words, joint, scene.season);
}

/// Appends `/2024/05/17/`: mostly today, else a day of the archive.
fn push_date(scene: &Scene, random: &mut Random, out: &mut String) {
    let today = random.chance(0.6);
    let (year, month, day) = if today {
        (scene.year, scene.month_of_year, scene.day_of_month)
    } else {
        (
            scene.year - random.below(9),
            1 + random.below(12),
            1 + random.below(28),
        )
    };
    out.push('/');
    push_number(out, year);
    out.push('/');
    push_two_digits(out, month);
    out.push('/');
    push_two_digits(out, day);
    out.push('/');
}
