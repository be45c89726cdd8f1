//! Wikis: titles in capitals, revisions and special pages.

use ringtrue_core::random::Random;

use crate::clock::Scene;
use crate::site::{Fashion, Site};
use crate::text::{Alphabet, pick, push_number, push_token};
use crate::words::WORDS;

/// Appends the address of one page.
pub(super) fn write(site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
    site.push_origin_at(out, "wiki.");
    if random.chance(0.25) {
        out.push_str("/index.php?title=");
        title(scene, random, out);
        out.push_str(pick(
            random,
            &["&action=history", "&action=edit", "&oldid="],
        ));
        if out.ends_with('=') {
            push_number(out, 10_000 + random.below(90_000_000));
        }
    } else {
        out.push_str(pick(
            &mut site.constants(),
            &["/wiki/", "/w/", "/display/", "/page/"],
        ));
        if random.chance(0.15) {
            out.push_str(pick(
                random,
                &["Talk:", "User:", "Category:", "File:", "Special:Search/"],
            ));
        }
        title(scene, random, out);
        if site.fashion == Fashion::Modern {
            out.push('-');
            push_token(out, random, Alphabet::Hex, 32);
        }
    }
}

fn title(scene: &Scene, random: &mut Random, out: &mut String) {
    for index in 0..=random.below(4) {
        if index > 0 {
            out.push('_');
        }
        let list = if random.chance(scene.season.share) {
            scene.season.words
        } else {
            WORDS
        };
        let word = pick(random, list);
        let mut letters = word.chars();
        out.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
}
