//! Text tokens: hashed n-grams, words and whole texts, for linear models.
//!
//! ```text
//!   the parts of an event's text ──Writer──► n-grams with edge marks, words, wholes
//!                                  ─► hash seeded by part ─► token
//! ```
//!
//! A token may come more than once for one event, and in order of the text; the learner decides what
//! that means. Nothing here knows a label. What parts an event has is its kind's business.

use ringtrue_core::Digest;
use ringtrue_core::digest::DigestBuilder;
use serde::{Deserialize, Serialize};

/// Name and version of the code that makes tokens.
const CODE: &str = "text/1";
/// An n-gram is at most as long as the window that holds it.
const GRAM_BYTES_MAX: usize = 8;

/// How text becomes tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextParameters {
    /// Bytes of the shortest n-gram of the host's parts, at least 1.
    pub host_gram_min: usize,
    /// Bytes of the shortest n-gram of path, query and fragment, at least 1.
    pub tail_gram_min: usize,
    /// Bytes of the longest n-gram, at most 8.
    pub gram_max: usize,
    /// Bytes of each part that are looked at.
    pub part_bytes_max: usize,
}

impl Default for TextParameters {
    fn default() -> Self {
        Self {
            host_gram_min: 2,
            tail_gram_min: 3,
            gram_max: 5,
            part_bytes_max: 400,
        }
    }
}

impl TextParameters {
    /// Returns the digest that a model carries: it covers the parameters and the code's version.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut builder = DigestBuilder::default();
        builder.piece(CODE.as_bytes());
        for size in [
            self.host_gram_min,
            self.tail_gram_min,
            self.gram_max,
            self.part_bytes_max,
        ] {
            builder.piece(&(size as u64).to_le_bytes());
        }
        builder.finish()
    }
}

/// A part of an event's text, by number.
pub(crate) trait Part: Copy + Into<u64> {}

impl<P: Copy + Into<u64>> Part for P {}

/// A token and the letters that made it; `P` is the parts of its kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedToken<P> {
    /// Its hash: the upper bits are a bucket, the lowest is the side of the evidence it stands on.
    pub token: u32,
    /// The part of the event's text.
    pub part: P,
    /// The first byte of the letters within the part's text.
    pub start: usize,
    /// The byte behind the last of them.
    pub end: usize,
}

/// Takes tokens in, each with its letters; many at a time where there are many.
pub(crate) trait Sink<P> {
    fn take(&mut self, tokens: impl Iterator<Item = PlacedToken<P>>);

    /// Takes as many tokens of each of some places.
    fn fill<const N: usize>(&mut self, places: impl ExactSizeIterator<Item = [PlacedToken<P>; N]>) {
        places.for_each(|tokens| self.take(tokens.into_iter()));
    }
}

impl<P> Sink<P> for Vec<u32> {
    fn take(&mut self, tokens: impl Iterator<Item = PlacedToken<P>>) {
        self.extend(tokens.map(|placed| placed.token));
    }

    /// Room for all is made before, so that nothing but the tokens is computed in between.
    fn fill<const N: usize>(&mut self, places: impl ExactSizeIterator<Item = [PlacedToken<P>; N]>) {
        let begin = self.len();
        self.resize(begin.saturating_add(N.saturating_mul(places.len())), 0);
        let (room, _) = self.get_mut(begin..).unwrap_or_default().as_chunks_mut();
        for (room, tokens) in room.iter_mut().zip(places) {
            *room = tokens.map(|placed| placed.token);
        }
    }
}

impl<P> Sink<P> for Vec<PlacedToken<P>> {
    fn take(&mut self, tokens: impl Iterator<Item = PlacedToken<P>>) {
        self.extend(tokens);
    }
}

/// Which side of the evidence a token stands on, so that a model may look at one side only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// What it says: the path of a URL, what people read of a mail.
    Content = 0,
    /// Who it is: the host of a URL, the headers of a mail.
    Entity = 1,
}

impl Side {
    /// Returns the token of a hash on this side.
    const fn token(self, hash: u64) -> u32 {
        upper_half(hash) & !1 | self as u32
    }
}

/// What kind of token it is.
#[derive(Clone, Copy)]
enum Kind {
    Gram = 1,
    Word,
    Whole,
    Pair,
}

/// Returns a 32-bit hash of a text.
#[must_use]
pub fn hash(text: &str) -> u32 {
    hash_of_pieces(&[text])
}

/// Returns a 32-bit hash of a text in pieces.
pub(crate) fn hash_of_pieces(pieces: &[&str]) -> u32 {
    hashed(1, Kind::Word, pieces)
}

/// Returns the 32-bit hash of who stands behind an event, whose name comes in pieces.
pub(crate) fn entity_of_pieces(pieces: &[&str]) -> u32 {
    hashed(1, Kind::Whole, pieces)
}

fn hashed(part: u64, kind: Kind, pieces: &[&str]) -> u32 {
    let mut whole = Whole::new(part, kind);
    for piece in pieces {
        whole.feed(piece);
    }
    upper_half(whole.finish())
}

const fn upper_half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// Writes the tokens of one event. The number of a part seeds the hashes of its tokens, so that equal
/// letters of two parts differ.
pub(crate) struct Writer<'out, S> {
    pub(crate) out: &'out mut S,
    pub(crate) side: Side,
    pub(crate) parameters: &'out TextParameters,
}

impl<S> Writer<'_, S> {
    fn push<P: Part>(&mut self, hash: u64, part: P, start: usize, end: usize)
    where
        S: Sink<P>,
    {
        self.out.take(std::iter::once(PlacedToken {
            token: self.side.token(hash),
            part,
            start,
            end,
        }));
    }

    /// Writes `text` as one token.
    pub(crate) fn whole<P: Part>(&mut self, part: P, text: &str)
    where
        S: Sink<P>,
    {
        let mut hash = Whole::new(part.into(), Kind::Whole);
        hash.feed(text);
        self.push(hash.finish(), part, 0, text.len());
    }

    /// Writes a text in pieces as one token, made of the letters from `start` to `end`.
    pub(crate) fn pieces<P: Part>(&mut self, part: P, pieces: &[&str], start: usize, end: usize)
    where
        S: Sink<P>,
    {
        let mut hash = Whole::new(part.into(), Kind::Whole);
        for piece in pieces {
            hash.feed(piece);
            // Pieces never run into one another.
            hash.byte(0);
        }
        self.push(hash.finish(), part, start, end);
    }

    /// Writes every n-gram of `text` between the marks: the last 8 bytes stand in one number, from
    /// which each n-gram is cut by a mask.
    pub(crate) fn grams<P: Part>(
        &mut self,
        part: P,
        text: &str,
        marks: (&[u8], &[u8]),
        shortest: usize,
    ) where
        S: Sink<P>,
    {
        let cuts = Cut::of_every_size(part.into());
        let longest = self.parameters.gram_max.clamp(1, GRAM_BYTES_MAX);
        let shortest = shortest.max(1);
        let cuts = cuts.get(shortest.saturating_sub(1)..longest);
        let cuts = cuts.unwrap_or(&[]);
        let whole = text.as_bytes();
        let looked_at = whole.get(..self.parameters.part_bytes_max).unwrap_or(whole);
        let mut windows = Windows {
            side: self.side,
            part,
            before: marks.0.len(),
            bytes: text.len(),
            last: 0,
            seen: 0,
        };
        for piece in [marks.0, looked_at, marks.1] {
            let begin = longest.saturating_sub(1).saturating_sub(windows.seen);
            let (begin, rest) = piece.split_at(begin.min(piece.len()));
            for byte in begin {
                windows.slide(*byte);
                let fitting = windows.seen.saturating_add(1).saturating_sub(shortest);
                let cuts = cuts.get(..fitting).unwrap_or(cuts);
                self.out.take(cuts.iter().map(|cut| windows.token(cut)));
            }
            // From here on every size fits. How many sizes there usually are is known beforehand.
            if let Ok(cuts) = <&[Cut; 3]>::try_from(cuts) {
                self.out
                    .fill(rest.iter().map(|byte| windows.tokens(*byte, cuts)));
            } else if let Ok(cuts) = <&[Cut; 4]>::try_from(cuts) {
                self.out
                    .fill(rest.iter().map(|byte| windows.tokens(*byte, cuts)));
            } else {
                for byte in rest {
                    windows.slide(*byte);
                    self.out.take(cuts.iter().map(|cut| windows.token(cut)));
                }
            }
        }
    }

    /// Writes every run of bytes of `text` that `is_word` holds for, ASCII letters in lowercase, and every pair of
    /// neighbours among them.
    pub(crate) fn words_and_pairs<P: Part>(
        &mut self,
        part: P,
        text: &str,
        is_word: impl Fn(u8) -> bool,
    ) where
        S: Sink<P>,
    {
        self.runs(part, Runs::and_pairs(text), is_word, |byte| {
            byte.to_ascii_lowercase()
        });
    }

    /// Writes the first `most` runs of bytes of `text` that `is_word` holds for, ASCII letters in lowercase.
    pub(crate) fn first_words<P: Part>(
        &mut self,
        part: P,
        text: &str,
        most: usize,
        is_word: impl Fn(u8) -> bool,
    ) where
        S: Sink<P>,
    {
        self.runs(part, Runs::first(text, most), is_word, |byte| {
            byte.to_ascii_lowercase()
        });
    }

    /// Writes those of the first `most` words of `text`, letters and digits, that have a capital, in their own case.
    pub(crate) fn first_capitals<P: Part>(&mut self, part: P, text: &str, most: usize)
    where
        S: Sink<P>,
    {
        let mut runs = Runs::first(text, most);
        runs.capitals = true;
        self.runs(
            part,
            runs,
            |byte| byte.is_ascii_alphanumeric() || !byte.is_ascii(),
            |byte| byte,
        );
    }

    /// Writes every line of `text` as it is.
    pub(crate) fn lines<P: Part>(&mut self, part: P, text: &str)
    where
        S: Sink<P>,
    {
        let all = Runs::first(text, usize::MAX);
        self.runs(part, all, |byte| byte != b'\n', |byte| byte);
    }

    /// Writes every line of `text` as it is, and every pair of neighbours among them.
    pub(crate) fn lines_and_pairs<P: Part>(&mut self, part: P, text: &str)
    where
        S: Sink<P>,
    {
        self.runs(
            part,
            Runs::and_pairs(text),
            |byte| byte != b'\n',
            |byte| byte,
        );
    }

    fn runs<P: Part>(
        &mut self,
        part: P,
        runs: Runs<'_>,
        is_word: impl Fn(u8) -> bool,
        folded: impl Fn(u8) -> u8,
    ) where
        S: Sink<P>,
    {
        let text = runs.text;
        let pair_seed = seed(part.into(), Kind::Pair, 0);
        let mut hash = Whole::new(part.into(), Kind::Word);
        let mut before: Option<(u64, usize)> = None;
        let (mut start, mut found, mut has_capital) = (0_usize, 0_usize, false);
        for (place, byte) in text.bytes().chain([b'\n']).enumerate() {
            if place < text.len() && is_word(byte) {
                hash.byte(digit_as_zero(folded(byte)));
                has_capital |= byte.is_ascii_uppercase();
                continue;
            }
            if hash.fed {
                found = found.saturating_add(1);
                if found > runs.most {
                    return;
                }
                if has_capital || !runs.capitals {
                    self.push(hash.finish(), part, start, place);
                }
                if let Some((state, pair_start)) = before {
                    let pair = mix(state.rotate_left(23) ^ hash.state, pair_seed);
                    self.push(pair, part, pair_start, place);
                }
                before = runs.pairs.then_some((hash.state, start));
                hash = Whole::new(part.into(), Kind::Word);
                has_capital = false;
            }
            start = place.saturating_add(1);
        }
    }

    /// Writes every run of letters and digits of `text`.
    pub(crate) fn words<P: Part>(&mut self, part: P, text: &str)
    where
        S: Sink<P>,
    {
        let whole = text.as_bytes();
        let looked_at = whole.get(..self.parameters.part_bytes_max).unwrap_or(whole);
        let mut bytes = looked_at.iter();
        while !bytes.as_slice().is_empty() {
            let start = looked_at.len().saturating_sub(bytes.len());
            let mut hash = Whole::new(part.into(), Kind::Word);
            let mut end = start;
            // A loop of its own for each word, so that the hash never leaves the processor while it grows.
            for byte in bytes.by_ref() {
                let letter = letter_of_word(*byte);
                if letter == 0 {
                    break;
                }
                hash.byte(letter);
                end = end.saturating_add(1);
            }
            if start < end {
                self.push(hash.finish(), part, start, end);
            }
        }
    }
}

/// A window over the last 8 bytes of a part, from which n-grams are cut.
struct Windows<P> {
    side: Side,
    part: P,
    /// Bytes of the mark in front of the text. The marks are no letters: a gram that holds one is made of the letters
    /// beside it.
    before: usize,
    /// Bytes of the text.
    bytes: usize,
    /// The last bytes, the last one lowest.
    last: u64,
    seen: usize,
}

impl<P: Part> Windows<P> {
    #[inline]
    fn slide(&mut self, byte: u8) {
        self.seen = self.seen.saturating_add(1);
        self.last = self.last.wrapping_shl(8) | u64::from(digit_as_zero(byte));
    }

    #[inline]
    fn token(&self, cut: &Cut) -> PlacedToken<P> {
        let end = self.seen.saturating_sub(self.before);
        PlacedToken {
            token: self.side.token(mix(self.last & cut.mask, cut.seed)),
            part: self.part,
            start: end.saturating_sub(cut.size).min(self.bytes),
            end: end.min(self.bytes),
        }
    }

    /// Slides on by a byte, and cuts an n-gram of each size.
    #[inline]
    fn tokens<const N: usize>(&mut self, byte: u8, cuts: &[Cut; N]) -> [PlacedToken<P>; N] {
        self.slide(byte);
        cuts.each_ref().map(|cut| self.token(cut))
    }
}

/// How the n-grams of one size are cut from the last 8 bytes, and hashed.
struct Cut {
    size: usize,
    mask: u64,
    seed: u64,
}

impl Cut {
    fn of_every_size(part: u64) -> [Self; GRAM_BYTES_MAX] {
        std::array::from_fn(|index| {
            let size = index.saturating_add(1);
            Self {
                size,
                mask: mask(size),
                seed: seed(part, Kind::Gram, size),
            }
        })
    }
}

/// Which runs of bytes of a text are written.
#[derive(Clone, Copy)]
struct Runs<'text> {
    text: &'text str,
    /// How many are looked at.
    most: usize,
    /// Whether pairs of neighbours are written too.
    pairs: bool,
    /// Whether only those with a capital are written.
    capitals: bool,
}

impl<'text> Runs<'text> {
    const fn first(text: &'text str, most: usize) -> Self {
        Self {
            text,
            most,
            pairs: false,
            capitals: false,
        }
    }

    const fn and_pairs(text: &'text str) -> Self {
        Self {
            pairs: true,
            ..Self::first(text, usize::MAX)
        }
    }
}

/// Hashes a text of any length, byte by byte (FNV-1a, finished by [`mix`]).
struct Whole {
    state: u64,
    seed: u64,
    fed: bool,
}

impl Whole {
    const fn new(part: u64, kind: Kind) -> Self {
        Self {
            state: 0xcbf2_9ce4_8422_2325,
            seed: seed(part, kind, 0),
            fed: false,
        }
    }

    const fn byte(&mut self, byte: u8) {
        self.state = (self.state ^ byte as u64).wrapping_mul(0x0100_0000_01b3);
        self.fed = true;
    }

    fn feed(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.byte(byte));
    }

    const fn finish(&self) -> u64 {
        mix(self.state, self.seed)
    }
}

const fn digit_as_zero(byte: u8) -> u8 {
    if byte.is_ascii_digit() { b'0' } else { byte }
}

/// Returns what a byte counts for in a word of letters and digits; 0 if it ends the word.
const fn letter_of_word(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'0',
        b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => byte,
        _ => 0,
    }
}

/// Returns a mask of the last `size` bytes, `size` being 1 to 8.
fn mask(size: usize) -> u64 {
    let dropped = GRAM_BYTES_MAX.saturating_sub(size).saturating_mul(8);
    u64::MAX.wrapping_shr(u32::try_from(dropped).unwrap_or(0))
}

const fn seed(part: u64, kind: Kind, size: usize) -> u64 {
    let tag = part | (kind as u64).wrapping_shl(8) | (size as u64).wrapping_shl(16);
    tag.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Spreads a value and a seed over 64 bits; the upper bits are the bucket.
///
/// # Source
///
/// The finisher of `SplitMix64` (Steele, Lea and Flood, 2014), without its last shift.
const fn mix(value: u64, seed: u64) -> u64 {
    let mut state = value ^ seed;
    state = (state ^ state.wrapping_shr(30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (state ^ state.wrapping_shr(27)).wrapping_mul(0x94d0_49bb_1331_11eb)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn digest_names_every_parameter() {
        let base = TextParameters::default();
        let others = [
            TextParameters {
                host_gram_min: 3,
                ..base
            },
            TextParameters {
                tail_gram_min: 4,
                ..base
            },
            TextParameters {
                gram_max: 6,
                ..base
            },
            TextParameters {
                part_bytes_max: 100,
                ..base
            },
        ];
        let digests: BTreeSet<_> = others
            .iter()
            .chain([&base])
            .map(TextParameters::digest)
            .collect();
        assert_eq!(digests.len(), 5);
    }

    #[test]
    fn words_and_their_neighbours() {
        let letters = |text: &str| {
            let mut out: Vec<PlacedToken<u64>> = Vec::new();
            let mut writer = Writer {
                out: &mut out,
                side: Side::Content,
                parameters: &TextParameters::default(),
            };
            writer.words_and_pairs(3_u64, text, |byte| byte.is_ascii_alphanumeric());
            out
        };
        let found = letters("Buy it, NOW");
        let pieces: Vec<&str> = found
            .iter()
            .filter_map(|token| "Buy it, NOW".get(token.start..token.end))
            .collect();
        assert_eq!(pieces, ["Buy", "it", "Buy it", "NOW", "it, NOW"]);
        let hashes = |text: &str| {
            letters(text)
                .iter()
                .map(|token| token.token)
                .collect::<Vec<_>>()
        };
        assert_eq!(hashes("buy 10"), hashes("BUY--99"));
        assert_ne!(hashes("a b"), hashes("b a"));
        assert!(hashes("").is_empty());
    }

    #[test]
    fn hash_spreads() {
        // 20,000 distinct words into 2^20 buckets: about 190 collisions are expected of chance.
        let found: BTreeSet<u64> = (0..20_000_u64)
            .map(|value| mix(value, seed(4, Kind::Gram, 4)) >> 44)
            .collect();
        assert!(found.len() > 19_700, "{}", found.len());
    }
}
