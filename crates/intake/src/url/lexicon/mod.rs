//! Words that mean something in a URL, found in one pass.
//!
//! ```text
//!   host ──┐
//!   tail ──┴─► one automaton over all words ─► Mark of each match ─► counts by zone
//! ```
//!
//! A word of the list either counts wherever its letters stand (`secure-login` and `mysecure`) or
//! only between marks that are not letters (`bank` in no `bankside`); each list says which.

mod automaton;
mod brands;
mod services;
mod words;

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

use self::automaton::Automaton;

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

struct Lexicon {
    automaton: Option<Automaton>,
    entries: Vec<(Mark, Bounds)>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let listed = |list: &'static [&'static str], mark, bounds| {
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
    let all: Vec<(&str, Mark, Bounds)> = brands
        .chain(listed(words::LURES, Mark::Lure, Bounds::Anywhere))
        .chain(listed(words::SHORT_LURES, Mark::Lure, Bounds::WholeWord))
        .chain(listed(words::READING, Mark::Reading, Bounds::WholeWord))
        .chain(listed(words::SOFTWARE, Mark::Software, Bounds::Anywhere))
        .chain(listed(words::EMBEDDED, Mark::EmbeddedUrl, Bounds::Anywhere))
        .chain(listed(
            words::FAKE_SUFFIXES,
            Mark::FakeSuffix,
            Bounds::Anywhere,
        ))
        .collect();
    Lexicon {
        automaton: Automaton::new(all.iter().map(|(word, _, _)| *word)),
        entries: all
            .iter()
            .map(|(_, mark, bounds)| (*mark, *bounds))
            .collect(),
    }
});

/// Calls `found` with the mark and the start of each listed word in `text` (lowercase).
pub(crate) fn find(text: &str, mut found: impl FnMut(Mark, usize)) {
    let lexicon = &*LEXICON;
    let Some(automaton) = &lexicon.automaton else {
        debug_assert!(false, "the lists build an automaton");
        return;
    };
    automaton.find(text.as_bytes(), |word, start, end| {
        let Some((mark, bounds)) = lexicon.entries.get(word) else {
            return;
        };
        if *bounds == Bounds::Anywhere || stands_alone(text.as_bytes(), start, end) {
            found(*mark, start);
        }
    });
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
    use super::*;

    #[test]
    fn the_lists_build_an_automaton() {
        assert!(LEXICON.automaton.is_some());
        for (mark, _) in &LEXICON.entries {
            if let Mark::Brand(place) = mark {
                assert!(BRANDS.get(*place).is_some());
            }
        }
    }

    #[test]
    fn short_names_count_only_alone() {
        let marks = |text: &str| {
            let mut marks = Vec::new();
            find(text, |mark, start| marks.push((mark, start)));
            marks
        };
        let ups = BRANDS
            .iter()
            .position(|brand| brand.name == "ups")
            .expect("listed");
        assert_eq!(marks("groups"), []);
        assert_eq!(marks("xx-ups"), [(Mark::Brand(ups), 3)]);
        assert_eq!(marks("mysecurex"), [(Mark::Lure, 2)]);
    }
}
