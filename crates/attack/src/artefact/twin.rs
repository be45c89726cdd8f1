//! Letters that a person takes for others.
//!
//! What an attacker finds in a list of confusable letters: those that look like Latin ones in most fonts. It says nothing of
//! what a detector knows of them.

use std::sync::LazyLock;

use ringtrue_core::random::Random;

use super::random::one_of;

/// Latin letters, and the Cyrillic, Greek and Armenian ones that look like them.
const TWINS: &[(char, &str)] = &[
    ('A', "АΑ"),
    ('B', "ВΒ"),
    ('C', "С"),
    ('E', "ЕΕ"),
    ('H', "НΗ"),
    ('I', "ІΙ"),
    ('J', "Ј"),
    ('K', "КΚ"),
    ('M', "МΜ"),
    ('N', "Ν"),
    ('O', "ОΟ"),
    ('P', "РΡ"),
    ('S', "Ѕ"),
    ('T', "ТΤ"),
    ('X', "ХΧ"),
    ('Y', "ΥҮ"),
    ('Z', "Ζ"),
    ('a', "а"),
    ('c', "сϲ"),
    ('d', "ԁ"),
    ('e', "е"),
    ('h', "һ"),
    ('i', "і"),
    ('j', "ј"),
    ('l', "ӏ"),
    ('o', "оοօ"),
    ('p', "р"),
    ('q', "ԛ"),
    ('s', "ѕ"),
    ('v', "ν"),
    ('w', "ԝ"),
    ('x', "х"),
    ('y', "у"),
];

/// The letters that look like Latin ones, ascending, each with the Latin one.
static LATIN: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let pairs = TWINS.iter().flat_map(|(latin, twins)| {
        let twins = twins.chars();
        twins.map(|twin| (twin, *latin))
    });
    let mut pairs: Vec<(char, char)> = pairs.collect();
    pairs.sort_unstable();
    pairs
});

/// Returns a letter that looks like `letter`, `None` where there is none.
pub(super) fn twin_of(letter: char, random: &mut Random) -> Option<char> {
    let place = TWINS.binary_search_by_key(&letter, |(latin, _)| *latin);
    let (_, twins) = TWINS.get(place.ok()?)?;
    one_of(twins.chars(), random)
}

/// Returns whether there is a letter that looks like `letter`.
pub(super) fn has_twin(letter: char) -> bool {
    TWINS
        .binary_search_by_key(&letter, |(latin, _)| *latin)
        .is_ok()
}

/// Returns the Latin letter that a person takes `letter` for, itself where that is none.
pub(super) fn latin_of(letter: char) -> char {
    if letter.is_ascii() {
        return letter;
    }
    let place = LATIN.binary_search_by_key(&letter, |(twin, _)| *twin);
    let found = place.ok().and_then(|place| LATIN.get(place));
    found.map_or(letter, |(_, latin)| *latin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_are_other_letters_of_another_script() {
        assert!(TWINS.is_sorted_by(|left, right| left.0 < right.0));
        for (latin, twins) in TWINS {
            assert!(latin.is_ascii_alphabetic() && !twins.is_empty());
            assert!(
                twins
                    .chars()
                    .all(|twin| !twin.is_ascii() && twin.is_alphabetic())
            );
            assert!(twins.chars().all(|twin| latin_of(twin) == *latin));
        }
        assert!(LATIN.is_sorted_by(|left, right| left.0 < right.0));
        assert_eq!([latin_of('a'), latin_of('é')], ['a', 'é']);
        assert_eq!(twin_of('1', &mut Random::new(1)), None);
        assert_eq!(twin_of('a', &mut Random::new(1)), Some('а'));
    }
}
