//! Text tokens of a URL: hashed n-grams and words of its parts, for a linear model.
//!
//! ```text
//!   scheme, registered name, suffix, subdomain, path, query, fragment (lowercase, digits as 0)
//!     ─► n-grams with edge marks, words, whole names ─► hash seeded by part ─► bucket
//! ```
//!
//! A bucket may come more than once for one URL, and in order of the text; the learner decides what
//! that means. Nothing here knows a label. Buckets depend on the parameters and on nothing else, so
//! a model names the digest of the parameters it was trained with.

use ringtrue_core::Digest;
use ringtrue_core::digest::DigestBuilder;
use serde::{Deserialize, Serialize};

use crate::url::{AddressSpelling, UrlParts};

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

/// Where a token comes from; seeds its hash, so that equal letters of two parts differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The registrable domain without its suffix.
    Name = 1,
    /// The public suffix.
    Suffix,
    /// What stands before the registrable domain.
    Subdomain,
    /// The path.
    Path,
    /// The query.
    Query,
    /// The fragment.
    Fragment,
}

/// A token and the letters that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedToken {
    /// Its hash, as [`tokens`] gives it.
    pub token: u32,
    /// The part of the URL.
    pub part: Part,
    /// The first byte of the letters within the part's text.
    pub start: usize,
    /// The byte behind the last of them.
    pub end: usize,
}

/// Takes tokens in, each with its letters.
trait Sink {
    fn take(&mut self, token: u32, part: Part, start: usize, end: usize);
}

impl Sink for Vec<u32> {
    fn take(&mut self, token: u32, _: Part, _: usize, _: usize) {
        self.push(token);
    }
}

impl Sink for Vec<PlacedToken> {
    fn take(&mut self, token: u32, part: Part, start: usize, end: usize) {
        self.push(PlacedToken {
            token,
            part,
            start,
            end,
        });
    }
}

/// What kind of token it is.
#[derive(Clone, Copy)]
enum Kind {
    Gram = 1,
    Word,
    Whole,
}

/// Appends the tokens of a URL to `out`, each as a 32-bit hash: its upper bits are a bucket, its lowest
/// says whether it stands in the host (1) or behind it (0), so that a model may look at one side only.
///
/// The scheme is no token: `https` says how old an event is rather than how bad.
pub fn tokens(parts: &UrlParts<'_>, parameters: &TextParameters, out: &mut Vec<u32>) {
    write(parts, parameters, out);
}

/// Returns the tokens of a URL, each with its letters, in the order of [`tokens`].
#[must_use]
pub fn placed_tokens(parts: &UrlParts<'_>, parameters: &TextParameters) -> Vec<PlacedToken> {
    let mut placed = Vec::new();
    write(parts, parameters, &mut placed);
    placed
}

/// Returns the text of a part, whose letters tokens are made of.
#[must_use]
pub fn part_text<'a>(parts: &'a UrlParts<'_>, part: Part) -> &'a str {
    match part {
        Part::Name => parts.registrable_label(),
        Part::Suffix => parts.suffix(),
        Part::Subdomain => parts.subdomain(),
        Part::Path => parts.lower_path(),
        Part::Query => parts.lower_query(),
        Part::Fragment => parts.lower_fragment(),
    }
}

fn write(parts: &UrlParts<'_>, parameters: &TextParameters, out: &mut impl Sink) {
    let mut writer = Writer {
        out,
        in_host: true,
        parameters,
    };
    writer.host(parts);
    writer.in_host = false;
    writer.tail(Part::Path, parts.lower_path(), b"", b"$");
    writer.tail(Part::Query, parts.lower_query(), b"?", b"$");
    writer.tail(Part::Fragment, parts.lower_fragment(), b"#", b"$");
}

/// Returns who stands behind a URL: a hash of its registrable domain. All raw addresses are one entity:
/// which of them it is tells little of the next.
#[must_use]
pub fn entity(parts: &UrlParts<'_>) -> u32 {
    if parts.address_spelling() != AddressSpelling::Name {
        return hash("0.0.0.0");
    }
    let mut whole = Whole::new(Part::Name, Kind::Whole);
    whole.feed(parts.registrable_label());
    whole.feed(".");
    whole.feed(parts.suffix());
    upper_half(whole.finish())
}

/// Returns a 32-bit hash of a text.
#[must_use]
pub fn hash(text: &str) -> u32 {
    let mut whole = Whole::new(Part::Name, Kind::Word);
    whole.feed(text);
    upper_half(whole.finish())
}

const fn upper_half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// Writes tokens of one URL.
struct Writer<'out, S> {
    out: &'out mut S,
    in_host: bool,
    parameters: &'out TextParameters,
}

impl<S: Sink> Writer<'_, S> {
    fn host(&mut self, parts: &UrlParts<'_>) {
        let address = parts.address_spelling() != AddressSpelling::Name;
        // Which address it is tells little of the next one: all look alike.
        let (name, suffix) = if address {
            ("0.0.0.0", "ip")
        } else {
            (parts.registrable_label(), parts.suffix())
        };
        self.whole(Part::Name, name);
        self.whole(Part::Suffix, suffix);
        let shortest = self.parameters.host_gram_min;
        self.grams(Part::Name, name, (b"^", b"$"), shortest);
        self.words(Part::Name, name);
        let subdomain = parts.subdomain();
        if !subdomain.is_empty() {
            self.grams(Part::Subdomain, subdomain, (b".", b"."), shortest);
            self.words(Part::Subdomain, subdomain);
        }
    }

    fn tail(&mut self, part: Part, text: &str, before: &[u8], after: &[u8]) {
        if !text.is_empty() {
            let shortest = self.parameters.tail_gram_min;
            self.grams(part, text, (before, after), shortest);
            self.words(part, text);
        }
    }

    fn push(&mut self, hash: u64, part: Part, start: usize, end: usize) {
        let token = upper_half(hash) & !1 | u32::from(self.in_host);
        self.out.take(token, part, start, end);
    }

    fn whole(&mut self, part: Part, text: &str) {
        let mut hash = Whole::new(part, Kind::Whole);
        hash.feed(text);
        self.push(hash.finish(), part, 0, text.len());
    }

    /// Writes every n-gram of `text` between the marks: the last 8 bytes stand in one number, from
    /// which each n-gram is cut by a mask.
    fn grams(&mut self, part: Part, text: &str, marks: (&[u8], &[u8]), shortest: usize) {
        let longest = self.parameters.gram_max.clamp(1, GRAM_BYTES_MAX);
        let shortest = shortest.max(1);
        let mut window = 0_u64;
        let looked_at = text.bytes().take(self.parameters.part_bytes_max);
        let before = marks.0.iter().copied();
        let after = marks.1.iter().copied();
        for (index, byte) in before.chain(looked_at).chain(after).enumerate() {
            window = window.wrapping_shl(8) | u64::from(digit_as_zero(byte));
            for size in shortest..=longest.min(index.saturating_add(1)) {
                // The marks are no letters: a gram that holds one is made of the letters beside it.
                let end = index.saturating_add(1).saturating_sub(marks.0.len());
                let start = end.saturating_sub(size).min(text.len());
                let hash = mix(window & mask(size), seed(part, Kind::Gram, size));
                self.push(hash, part, start, end.min(text.len()));
            }
        }
    }

    /// Writes every run of letters and digits of `text`.
    fn words(&mut self, part: Part, text: &str) {
        let mut hash = Whole::new(part, Kind::Word);
        let looked_at = text.bytes().take(self.parameters.part_bytes_max);
        let mut start = 0_usize;
        for (place, byte) in looked_at.chain([b' ']).enumerate() {
            if byte.is_ascii_alphanumeric() || !byte.is_ascii() {
                hash.byte(digit_as_zero(byte));
            } else if hash.fed {
                self.push(hash.finish(), part, start, place);
                hash = Whole::new(part, Kind::Word);
                start = place.saturating_add(1);
            } else {
                start = place.saturating_add(1);
            }
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
    const fn new(part: Part, kind: Kind) -> Self {
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

/// Returns a mask of the last `size` bytes, `size` being 1 to 8.
fn mask(size: usize) -> u64 {
    let dropped = GRAM_BYTES_MAX.saturating_sub(size).saturating_mul(8);
    u64::MAX.wrapping_shr(u32::try_from(dropped).unwrap_or(0))
}

const fn seed(part: Part, kind: Kind, size: usize) -> u64 {
    let tag = (part as u64) | (kind as u64).wrapping_shl(8) | (size as u64).wrapping_shl(16);
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

    use proptest::prelude::*;
    use ringtrue_core::Limits;

    use super::*;

    fn tokens_of(text: &str, parameters: &TextParameters) -> Vec<u32> {
        let (parts, _) = UrlParts::parse(text, &Limits::default());
        let mut out = Vec::new();
        tokens(&parts, parameters, &mut out);
        out
    }

    fn set(text: &str) -> BTreeSet<u32> {
        tokens_of(text, &TextParameters::default())
            .into_iter()
            .collect()
    }

    #[test]
    fn as_many_as_the_parts_hold() {
        // Name and suffix whole 2; `^ab$` has 3 + 2 + 1 grams and 1 word; `/c$` has 1
        // gram of 3 bytes and 1 word.
        let found = tokens_of("http://ab.com/c", &TextParameters::default());
        assert_eq!(found.len(), 2 + 6 + 1 + 1 + 1);
    }

    #[test]
    fn parts_do_not_share_buckets() {
        let path = set("http://ab.com/garden");
        let query = set("http://ab.com?garden");
        let host: BTreeSet<u32> = set("http://ab.com");
        let of_path: BTreeSet<_> = path.difference(&host).collect();
        let of_query: BTreeSet<_> = query.difference(&host).collect();
        assert!(!of_path.is_empty() && of_path.is_disjoint(&of_query));
    }

    #[test]
    fn numbers_and_case_do_not_matter() {
        assert_eq!(set("http://ab.com/Page12"), set("http://ab.com/page99"));
        assert_eq!(set("http://10.0.0.1/x"), set("http://0x0a.9.9.9/x"));
        assert_ne!(set("http://ab.com/page1"), set("http://ab.com/page12"));
    }

    #[test]
    fn long_parts_are_cut() {
        let short = format!("http://ab.com/{}", "x".repeat(500));
        let long = format!("http://ab.com/{}", "x".repeat(3_000));
        assert_eq!(
            tokens_of(&short, &TextParameters::default()),
            tokens_of(&long, &TextParameters::default())
        );
    }

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
    fn hash_spreads() {
        // 20,000 distinct words into 2^20 buckets: about 190 collisions are expected of chance.
        let found: BTreeSet<u64> = (0..20_000_u64)
            .map(|value| mix(value, seed(Part::Path, Kind::Gram, 4)) >> 44)
            .collect();
        assert!(found.len() > 19_700, "{}", found.len());
    }

    #[test]
    fn every_token_has_its_letters() {
        let (parts, _) = UrlParts::parse("http://a.login-bank.com/x/verify", &Limits::default());
        let parameters = TextParameters::default();
        let placed = placed_tokens(&parts, &parameters);
        let hashes: Vec<u32> = placed.iter().map(|token| token.token).collect();
        assert_eq!(
            hashes,
            tokens_of("http://a.login-bank.com/x/verify", &parameters)
        );
        let letters = |token: &PlacedToken| {
            part_text(&parts, token.part)
                .get(token.start..token.end)
                .map(str::to_owned)
        };
        let found: BTreeSet<String> = placed.iter().filter_map(letters).collect();
        for expected in [
            "login-bank",
            "com",
            "login",
            "bank",
            "verify",
            "erify",
            "fy",
            "/ver",
        ] {
            assert!(found.contains(expected), "{expected}: {found:?}");
        }
        assert!(placed.iter().all(|token| letters(token).is_some()));
    }

    proptest! {
        #[test]
        fn any_text_gives_the_same_tokens(text in any::<String>()) {
            let parameters = TextParameters { gram_max: 99, ..TextParameters::default() };
            prop_assert_eq!(tokens_of(&text, &parameters), tokens_of(&text, &parameters));
        }
    }
}
