//! Brand: often-imitated names where they do not belong.
//!
//! A name in the host's own registered label counts against the host unless the domain is the
//! brand's own; near misses are found by edit distance, by digits that stand for letters and by
//! foreign letters that look Latin.

use std::ops::Range;
use std::sync::LazyLock;

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme, flag};
use crate::url::domain::SuffixKind;
use crate::url::facts::Marks;
use crate::url::lexicon::{self, BRANDS, brand_of_label, is_brand_domain};
use crate::url::parts::UrlParts;
use crate::url::script;

pub(in crate::url) const THEME: Theme = Theme {
    name: "brand",
    together: &["host", "words", "path"],
    privacy: Privacy::Plain,
    cost_minutes: 15.0,
    signals: &[
        Signal::flag(
            "brand_own_domain",
            "the domain really belongs to a well-known brand",
            |facts| flag(facts.imitation.genuine),
        )
        .movable(Movable::No),
        Signal::flag(
            "brand_in_subdomain",
            "a brand's name stands before a domain that is not the brand's",
            |facts| flag(!facts.imitation.genuine && facts.marks.subdomain_brand.is_some()),
        )
        .costs(1.0),
        Signal::flag(
            "brand_in_domain",
            "a brand's name is part of a domain that is not the brand's",
            |facts| flag(!facts.imitation.genuine && facts.marks.label_brand.is_some()),
        ),
        Signal::flag(
            "brand_misspelt",
            "the host misspells a brand's name",
            |facts| flag(facts.imitation.misspelt),
        ),
        Signal::count(
            "brand_in_path",
            "a brand's name stands behind a host that is not the brand's",
            |facts| {
                if facts.imitation.genuine {
                    return 0.0;
                }
                facts.marks.tail_brands as f32
            },
        )
        .costs(0.5),
        Signal::flag(
            "brand_and_lure",
            "a brand's name stands beside a word that asks for a secret or for haste",
            |facts| {
                let brand = facts.marks.subdomain_brand.or(facts.marks.label_brand);
                let brand = brand.or(facts.marks.tail_brand).is_some();
                let marks = &facts.marks;
                let lures = [marks.subdomain_lures, marks.label_lures, marks.path_lures];
                flag(!facts.imitation.genuine && brand && lures.iter().any(|count| *count > 0))
            },
        )
        .costs(1.0),
    ],
};

/// How a host stands to the brands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::url) struct Imitation {
    genuine: bool,
    misspelt: bool,
}

impl Imitation {
    pub(in crate::url) fn read(parts: &UrlParts<'_>, marks: &Marks) -> Self {
        let label = parts.registrable_label();
        if label.is_empty() {
            return Self::default();
        }
        let country = parts.suffix_kind() == SuffixKind::Country
            && !lexicon::is_cheap_suffix(parts.registry_suffix());
        let exact = brand_of_label(label).is_some();
        let own = is_brand_domain(parts.registrable_domain()) || (country && exact);
        Self {
            genuine: own,
            misspelt: !own && marks.label_brand.is_none() && misspells(parts),
        }
    }
}

fn misspells(parts: &UrlParts<'_>) -> bool {
    if parts.has_foreign_letters() {
        let (shown, _) = idna::domain_to_unicode(parts.host());
        let skeleton: String = shown.chars().map(script::latin_twin).collect();
        return words_of(&skeleton).any(|word| brand_of_label(word).is_some());
    }
    words_of(parts.subdomain())
        .chain(words_of(parts.registrable_label()))
        .any(is_near_brand)
}

fn words_of(name: &str) -> impl Iterator<Item = &str> {
    name.split(['.', '-'])
}

/// Letters of the shortest brand that a misspelling is looked for.
const NEAR_BYTES_MIN: usize = 6;
/// Letters of the longest word that is compared.
const NEAR_BYTES_MAX: usize = 16;

/// The brands' names that misspellings are looked for.
struct NearNames {
    /// Shortest first.
    names: Vec<&'static str>,
    /// The letters of each, side by side: most words need no more.
    letters: Vec<u64>,
    /// How many names are shorter than each length.
    shorter: [usize; NEAR_BYTES_MAX + 3],
}

impl NearNames {
    /// Returns the places of the names whose length differs from `bytes`, which is at least 1, by one at most.
    fn about_as_long(&self, bytes: usize) -> Range<usize> {
        let shorter = |bytes: usize| self.shorter.get(bytes).copied().unwrap_or(0);
        shorter(bytes.saturating_sub(1))..shorter(bytes.saturating_add(2))
    }
}

static NEAR_NAMES: LazyLock<NearNames> = LazyLock::new(|| {
    let long = BRANDS.iter().filter(|brand| brand.is_long());
    let mut names: Vec<&str> = long.map(|brand| brand.name).collect();
    names.sort_by_key(|name| name.len());
    NearNames {
        letters: names.iter().map(|name| letter_set(name)).collect(),
        shorter: std::array::from_fn(|bytes| names.partition_point(|name| name.len() < bytes)),
        names,
    }
});

/// Returns whether `word` is no brand's name but nearly one: with digits read as letters, or one
/// letter off.
fn is_near_brand(word: &str) -> bool {
    if !(NEAR_BYTES_MIN.saturating_sub(1)..=NEAR_BYTES_MAX).contains(&word.len())
        || !word.is_ascii()
    {
        return false;
    }
    let near = &*NEAR_NAMES;
    let places = near.about_as_long(word.len());
    let sets = near.letters.get(places.clone()).unwrap_or(&[]);
    let letters = letter_set(word);
    // One edit changes the set of letters by two at most. Counted rather than looked for, since a loop that never stops
    // early has nothing to guess.
    let edited = |set: &u64| has_two_at_most(letters ^ set);
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    if !has_digit && sets.iter().filter(|set| edited(set)).count() == 0 {
        return false;
    }
    let names = near.names.get(places).unwrap_or(&[]);
    let mut each = names.iter().zip(sets);
    each.any(|(name, set)| {
        let folded = has_digit && word.len() == name.len() && folds_to(word, name) && word != *name;
        let edited = name.len() >= NEAR_BYTES_MIN && edited(set);
        folded || (edited && strsim::osa_distance(word, name) == 1)
    })
}

/// Returns whether at most two bits of `set` are 1; counting them all takes longer where processors do not count.
const fn has_two_at_most(set: u64) -> bool {
    let without_lowest = set & set.wrapping_sub(1);
    without_lowest & without_lowest.wrapping_sub(1) == 0
}

/// Returns a set of the letters and digits of `word`, one bit each.
fn letter_set(word: &str) -> u64 {
    word.bytes().fold(0, |set, byte| {
        let bit = match byte {
            b'a'..=b'z' => byte.saturating_sub(b'a'),
            b'0'..=b'9' => byte.saturating_sub(b'0').saturating_add(26),
            _ => 36,
        };
        set | 1_u64.checked_shl(u32::from(bit)).unwrap_or(0)
    })
}

/// Returns whether `word` reads as `name` once its digits are taken for the letters they look like.
fn folds_to(word: &str, name: &str) -> bool {
    word.bytes().zip(name.bytes()).all(|(written, meant)| {
        written == meant
            || match written {
                b'0' => meant == b'o',
                b'1' => matches!(meant, b'l' | b'i'),
                b'3' => meant == b'e',
                b'4' => meant == b'a',
                b'5' => meant == b's',
                b'6' | b'9' => meant == b'g',
                b'7' => meant == b't',
                b'8' => meant == b'b',
                _ => false,
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bits_at_most() {
        for (set, expected) in [
            (0, true),
            (1 << 63, true),
            (0b101, true),
            (0b111, false),
            (u64::MAX, false),
        ] {
            assert_eq!(has_two_at_most(set), expected, "{set:b}");
        }
    }

    #[test]
    fn near_names() {
        for word in [
            "paypa1",
            "paypall",
            "payapl",
            "faceb00k",
            "micros0ft",
            "netfllx",
            "g00gle",
        ] {
            assert!(is_near_brand(word), "{word}");
        }
        for word in [
            "paypal", "garden", "stream", "apply", "amazing", "linked", "", "x",
        ] {
            assert!(!is_near_brand(word), "{word}");
        }
    }
}
