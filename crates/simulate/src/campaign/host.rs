//! Host strategies: where attackers put their pages.

use ringtrue_core::random::Random;

use crate::clock::Scene;
use crate::site::Population;
use crate::text::{Alphabet, pick, push_coined, push_number, push_token, push_unowned_address};
use crate::words::{ACCOUNT_VERBS, CHEAP_SUFFIXES, HOSTERS, OFFER_WORDS};

/// Where a page is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// A registered name that looks like a brand's.
    LookAlike,
    /// Deep in somebody else's site.
    Hacked,
    /// A brand's name under a free hoster.
    FreeHosting,
    /// A bare address, mostly with a port.
    Address,
    /// A name from a generator of random letters.
    Generated,
    /// A registered name that promises something.
    Offer,
}

/// Appends scheme and host (and the directory of a hacked site), without a slash at the end.
/// `random` holds the campaign's constants: the same source writes the same host.
pub(super) fn push(
    strategy: Strategy,
    brand: &str,
    (population, scene): (Population, &Scene),
    random: &mut Random,
    out: &mut String,
) {
    if strategy == Strategy::Hacked {
        return hacked(population, scene, random, out);
    }
    let plain = strategy == Strategy::Address || random.chance(0.35);
    out.push_str(if plain { "http://" } else { "https://" });
    match strategy {
        Strategy::LookAlike | Strategy::Hacked => look_alike(brand, random, out),
        Strategy::FreeHosting => free_hosting(brand, random, out),
        Strategy::Address => address(random, out),
        Strategy::Generated => {
            let length = 11 + random.below(9);
            push_token(out, random, Alphabet::Lower, length);
            push_cheap_suffix(random, out);
        }
        Strategy::Offer => {
            out.push_str(pick(random, OFFER_WORDS));
            out.push('-');
            push_coined(out, random);
            out.push_str(pick(random, OFFER_WORDS));
            push_cheap_suffix(random, out);
        }
    }
}

fn push_cheap_suffix(random: &mut Random, out: &mut String) {
    out.push('.');
    out.push_str(pick(random, CHEAP_SUFFIXES));
}

fn look_alike(brand: &str, random: &mut Random, out: &mut String) {
    match random.below(4) {
        0 => {
            out.push_str(brand);
            out.push('-');
            out.push_str(pick(random, ACCOUNT_VERBS));
        }
        1 => {
            out.push_str(pick(random, ACCOUNT_VERBS));
            out.push('-');
            misspell(brand, random, out);
        }
        2 => {
            out.push_str(brand);
            out.push('.');
            out.push_str(pick(random, ACCOUNT_VERBS));
            out.push('-');
            push_coined(out, random);
        }
        _ => {
            misspell(brand, random, out);
            push_number(out, random.below(100));
        }
    }
    push_cheap_suffix(random, out);
}

/// Appends the brand with one letter doubled, dropped or replaced by a digit.
fn misspell(brand: &str, random: &mut Random, out: &mut String) {
    let place = random.below(brand.len() as u64);
    let how = random.below(3);
    for (index, letter) in (0_u64..).zip(brand.chars()) {
        if index != place {
            out.push(letter);
            continue;
        }
        match (how, letter) {
            (0, _) => out.extend([letter, letter]),
            (1, 'o') => out.push('0'),
            (1, 'l' | 'i') => out.push('1'),
            (1, 'e') => out.push('3'),
            (1, other) => out.extend([other, '-']),
            _ => {}
        }
    }
}

fn hacked(population: Population, scene: &Scene, random: &mut Random, out: &mut String) {
    let number = Population::obscure(random);
    population.site(number, scene).push_origin(out);
    out.push_str(pick(
        random,
        &[
            "/wp-content/plugins/",
            "/wp-includes/",
            "/wp-admin/css/",
            "/.well-known/",
            "/images/",
            "/modules/mod_",
            "/components/com_",
            "/old/",
            "/tmp/",
        ],
    ));
    push_coined(out, random);
}

fn free_hosting(brand: &str, random: &mut Random, out: &mut String) {
    out.push_str(brand);
    out.push_str(pick(random, &["-", "", "-help-", "-support-"]));
    out.push_str(pick(random, ACCOUNT_VERBS));
    push_number(out, random.below(1_000));
    out.push('.');
    out.push_str(pick(random, HOSTERS));
}

fn address(random: &mut Random, out: &mut String) {
    push_unowned_address(out, random);
    if random.chance(0.7) {
        out.push(':');
        push_number(out, 1_024 + random.below(60_000));
    }
}
