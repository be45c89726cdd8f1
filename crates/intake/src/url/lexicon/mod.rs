//! Words that mean something in a URL, found in one pass.
//!
//! ```text
//!   host ──┐
//!   tail ──┴─► places whose four letters begin a listed word ─► the words that stand there ─► Mark ─► counts by zone
//! ```
//!
//! A word of the list either counts wherever its letters stand (`secure-login` and `mysecure`) or
//! only between marks that are not letters (`bank` in no `bankside`); each list says which.

mod brands;
mod services;
mod words;

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

pub(crate) use brands::{BRANDS, is_brand_domain};
pub(in crate::url) use brands::{Brand, brand_of_label};
pub(crate) use services::is_cheap_suffix;
pub(in crate::url) use services::{Service, service_of};

/// What is listed under names, for exact look-up.
type Names<T> = HashMap<&'static str, T, FixedState>;

/// What a found word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// An often-imitated name, by its place in [`BRANDS`].
    Brand(usize),
    /// Asks for a secret, money or haste.
    Lure,
    /// Belongs to pages that people read.
    Reading,
    /// Belongs to software that is often broken into.
    Software,
    /// The start of another URL.
    EmbeddedUrl,
    /// A top-level name where none belongs, such as `com-` or `.com.`.
    FakeSuffix,
}

/// Where a match may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bounds {
    Anywhere,
    WholeWord,
}

/// A listed word.
struct Entry {
    word: &'static str,
    mark: Mark,
    bounds: Bounds,
}

/// Letters that decide whether a place is worth a look.
const BEGIN: usize = 4;
/// Bits of what a letter is.
const CLASS_BITS: u32 = 5;
const CLASSES_BEYOND: u32 = 1 << CLASS_BITS;
/// What the letters are that begin a word, side by side.
type Code = u32;
/// The bits of as many letters.
const CODES_BEYOND: Code = 1 << (CLASS_BITS * 4);
/// Bits of a code's place among those that begin a word.
const PLACE_BITS: u32 = 15;

struct Lexicon {
    /// A bit for each place of a code that begins a word: so few that they stay in the fastest cache.
    begins: [u64; (1 << PLACE_BITS) / 64],
    /// The words that a code begins.
    entries: HashMap<Code, Vec<Entry>, FixedState>,
}

/// What each byte is, as far as beginnings tell them apart: letters by themselves, all digits alike, some marks, the rest.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut rest: &mut [u8] = &mut classes;
    let mut byte = 0_u8;
    while let Some((class, others)) = rest.split_first_mut() {
        *class = match byte {
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(1),
            b'0'..=b'9' => 27,
            b'/' => 28,
            b'-' => 29,
            b'.' => 30,
            b'%' => 31,
            _ => 0,
        };
        rest = others;
        byte = byte.wrapping_add(1);
    }
    classes
};

/// Classes of letters and digits, which no word ends at that stands alone.
const ALPHANUMERIC: RangeInclusive<u32> = 1..=27;

fn class_of(byte: u8) -> u32 {
    u32::from(CLASSES.get(usize::from(byte)).copied().unwrap_or(0))
}

/// Returns the code that ends with one more letter.
const fn with_class(before: Code, class: u32) -> Code {
    (before.wrapping_shl(CLASS_BITS) | class) & CODES_BEYOND.wrapping_sub(1)
}

/// Returns the place of a code, which it may share with others.
///
/// # Source
///
/// Multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4).
const fn place_of(code: Code) -> usize {
    code.wrapping_mul(0x9e37_79b1)
        .wrapping_shr(u32::BITS.wrapping_sub(PLACE_BITS)) as usize
}

/// Returns the codes that a text has where a word stands: several for a word that is shorter than a code.
fn codes_of(word: &str, bounds: Bounds) -> Vec<Code> {
    let given = word.bytes().take(BEGIN);
    let given = given.fold(0, |code, byte| with_class(code, class_of(byte)));
    let mut codes = vec![given];
    for missing in word.len()..BEGIN {
        let ends_word = missing == word.len() && bounds == Bounds::WholeWord;
        let classes = (0..CLASSES_BEYOND).filter(|it| !ends_word || !ALPHANUMERIC.contains(it));
        let next = |code: &Code| {
            let code = *code;
            classes.clone().map(move |class| with_class(code, class))
        };
        codes = codes.iter().flat_map(next).collect();
    }
    codes
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lexicon = Lexicon {
        begins: [0; (1 << PLACE_BITS) / 64],
        entries: HashMap::default(),
    };
    for (word, mark, bounds) in listed() {
        for code in codes_of(word, bounds) {
            let place = place_of(code);
            if let Some(bits) = lexicon.begins.get_mut(place / 64) {
                *bits |= 1 << (place % 64);
            }
            let entries = lexicon.entries.entry(code).or_default();
            entries.push(Entry { word, mark, bounds });
        }
    }
    lexicon
});

/// Returns every listed word.
fn listed() -> impl Iterator<Item = (&'static str, Mark, Bounds)> {
    let all = |list: &'static [&'static str], mark, bounds| {
        list.iter().map(move |word| (*word, mark, bounds))
    };
    let brands = BRANDS.iter().enumerate().map(|(place, brand)| {
        let bounds = if brand.is_long() {
            Bounds::Anywhere
        } else {
            Bounds::WholeWord
        };
        (brand.name, Mark::Brand(place), bounds)
    });
    brands
        .chain(all(words::LURES, Mark::Lure, Bounds::Anywhere))
        .chain(all(words::SHORT_LURES, Mark::Lure, Bounds::WholeWord))
        .chain(all(words::READING, Mark::Reading, Bounds::WholeWord))
        .chain(all(words::SOFTWARE, Mark::Software, Bounds::Anywhere))
        .chain(all(words::EMBEDDED, Mark::EmbeddedUrl, Bounds::Anywhere))
        .chain(all(
            words::FAKE_SUFFIXES,
            Mark::FakeSuffix,
            Bounds::Anywhere,
        ))
}

/// Calls `found` with the mark and the start of each listed word in `text` (lowercase), in order of their starts.
pub(crate) fn find(text: &str, mut found: impl FnMut(Mark, usize)) {
    let lexicon = &*LEXICON;
    let mut code = 0;
    // The bytes behind the text let a word end there that is shorter than a code.
    let behind = [b' '; BEGIN.saturating_sub(1)];
    let bytes = text.bytes().chain(behind).enumerate();
    bytes.for_each(|(at, byte)| {
        code = with_class(code, class_of(byte));
        let place = place_of(code);
        let bits = lexicon.begins.get(place / 64).copied().unwrap_or(0);
        if bits >> (place % 64) & 1 == 1 {
            lexicon.look(text.as_bytes(), at, code, &mut found);
        }
    });
}

impl Lexicon {
    /// Calls `found` for each listed word whose code, which is `code`, ends at `at` in `text`.
    fn look(&self, text: &[u8], at: usize, code: Code, found: &mut impl FnMut(Mark, usize)) {
        let Some(start) = at.checked_sub(BEGIN.saturating_sub(1)) else {
            return;
        };
        let rest = text.get(start..).unwrap_or(&[]);
        for entry in self.entries.get(&code).into_iter().flatten() {
            let end = start.saturating_add(entry.word.len());
            if rest.starts_with(entry.word.as_bytes())
                && (entry.bounds == Bounds::Anywhere || stands_alone(text, start, end))
            {
                found(entry.mark, start);
            }
        }
    }
}

fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let letter = |at: Option<usize>| {
        at.and_then(|at| text.get(at))
            .is_some_and(u8::is_ascii_alphanumeric)
    };
    !letter(start.checked_sub(1)) && !letter(Some(end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_lowercase_and_brands_listed() {
        for (word, mark, _) in listed() {
            assert_eq!(word, word.to_ascii_lowercase());
            if let Mark::Brand(place) = mark {
                assert!(BRANDS.get(place).is_some());
            }
        }
    }

    fn marks_of(text: &str) -> Vec<(Mark, usize)> {
        let mut marks = Vec::new();
        find(text, |mark, start| marks.push((mark, start)));
        marks
    }

    /// What [`find`] finds, looked for word by word.
    fn marks_one_by_one(text: &str) -> Vec<(Mark, usize)> {
        let mut marks = Vec::new();
        for start in 0..text.len() {
            for (word, mark, bounds) in listed() {
                let end = start.saturating_add(word.len());
                if text.as_bytes().get(start..end) == Some(word.as_bytes())
                    && (bounds == Bounds::Anywhere || stands_alone(text.as_bytes(), start, end))
                {
                    marks.push((mark, start));
                }
            }
        }
        marks
    }

    fn piece() -> impl Strategy<Value = String> {
        let words: Vec<String> = listed().map(|(word, _, _)| word.to_owned()).collect();
        prop_oneof![
            prop::sample::select(words),
            "[a-z0-9/.%:=-]{0,3}",
            any::<char>().prop_map(String::from),
        ]
    }

    proptest! {
        #[test]
        fn every_word_is_found_and_no_other(pieces in prop::collection::vec(piece(), 0..8)) {
            let text = pieces.concat();
            prop_assert_eq!(marks_of(&text), marks_one_by_one(&text));
        }
    }

    #[test]
    fn short_names_count_only_alone() {
        let ups = BRANDS
            .iter()
            .position(|brand| brand.name == "ups")
            .expect("listed");
        assert_eq!(marks_of("groups"), []);
        assert_eq!(marks_of("xx-ups"), [(Mark::Brand(ups), 3)]);
        assert_eq!(marks_of("mysecurex"), [(Mark::Lure, 2)]);
    }
}
