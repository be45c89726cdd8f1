//! Counts over the bytes of one part of a URL, in a single pass.
//!
//! Bytes go in; counts, longest runs and the entropy of the byte distribution come out. Bytes of
//! letters beyond ASCII count as such and end every run.

use std::sync::LazyLock;

/// Counts over one part.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) bytes: u32,
    pub(crate) digits: u32,
    pub(crate) upper: u32,
    pub(crate) letters: u32,
    pub(crate) vowels: u32,
    pub(crate) non_ascii: u32,
    pub(crate) dots: u32,
    pub(crate) hyphens: u32,
    pub(crate) underscores: u32,
    pub(crate) slashes: u32,
    pub(crate) equals: u32,
    pub(crate) ampersands: u32,
    pub(crate) percents: u32,
    pub(crate) ats: u32,
    /// The longest run of digits.
    pub(crate) digit_run: u32,
    /// The longest run of consonants.
    pub(crate) consonant_run: u32,
    /// The longest run of hexadecimal digits that holds a decimal digit and a letter.
    pub(crate) hex_run: u32,
    /// Most changes between lower case, upper case and digits within one word.
    pub(crate) case_switches: u32,
    /// Bits a byte of the distribution of bytes; 0 for an empty part.
    pub(crate) entropy: f32,
}

/// What a byte is: one bit each.
const DIGIT: u8 = 1;
const LOWER: u8 = 2;
const UPPER: u8 = 4;
const VOWEL: u8 = 8;
/// A letter that is a hexadecimal digit.
const HEX_LETTER: u8 = 16;
const NON_ASCII: u8 = 32;

/// What [`COUNTED`] counts, this many bits each.
const COUNTED_BITS: u32 = 12;
/// So many bytes never count beyond these bits.
const COUNTED_BYTES: usize = (1 << COUNTED_BITS) - 1;

/// What each byte adds to the counts of digits, capitals, letters, vowels and bytes beyond ASCII, which stand side by side
/// in one number, the first in the lowest bits.
static COUNTED: [u64; 256] = {
    let mut counted = [0; 256];
    let mut rest: &mut [u64] = &mut counted;
    let mut byte = 0_u8;
    while let Some((counts, others)) = rest.split_first_mut() {
        let class = class_of(byte);
        let kinds = [DIGIT, UPPER, LOWER | UPPER, VOWEL, NON_ASCII];
        let mut left: &[u8] = &kinds;
        while let Some((kind, fewer)) = left.split_last() {
            *counts = counts.wrapping_shl(COUNTED_BITS) | (class & *kind != 0) as u64;
            left = fewer;
        }
        rest = others;
        byte = byte.wrapping_add(1);
    }
    counted
};

/// What each byte is. A table, so that a pass over a text has no branch to guess.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut rest: &mut [u8] = &mut classes;
    let mut byte = 0_u8;
    while let Some((class, others)) = rest.split_first_mut() {
        *class = class_of(byte);
        rest = others;
        byte = byte.wrapping_add(1);
    }
    classes
};

const fn class_of(byte: u8) -> u8 {
    let case = match byte {
        b'0'..=b'9' => return DIGIT,
        b'a'..=b'z' => LOWER,
        b'A'..=b'Z' => UPPER,
        0x80.. => return NON_ASCII,
        _ => return 0,
    };
    let kind = match byte.to_ascii_lowercase() {
        b'a' | b'e' => VOWEL | HEX_LETTER,
        b'i' | b'o' | b'u' | b'y' => VOWEL,
        b'b'..=b'f' => HEX_LETTER,
        _ => 0,
    };
    case | kind
}

/// The runs that a byte may go on with, and the longest so far.
#[derive(Default)]
struct Runs {
    digits: u32,
    digits_most: u32,
    consonants: u32,
    consonants_most: u32,
    hex: u32,
    /// What the run of hexadecimal digits holds: decimal digits, letters, or both.
    hex_kinds: u8,
    hex_most: u32,
    switches: u32,
    switches_most: u32,
    /// What the byte before was, of digit, lower and upper case; 0 if it was none.
    before: u8,
}

/// `f(n + 1) - f(n)` for `f(n) = n log2 n`: what one more occurrence adds to the sum of entropy.
static STEPS: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let weight = |count: f64| {
        if count > 0.0 {
            count * count.log2()
        } else {
            0.0
        }
    };
    (0..4_096_u16)
        .map(|count| {
            let count = f64::from(count);
            // Counts to f32: entropy needs no more than a few digits.
            #[expect(clippy::cast_possible_truncation, reason = "rounding is intended")]
            let step = (weight(count + 1.0) - weight(count)) as f32;
            step
        })
        .collect()
});

/// Counts over `text`.
pub(crate) fn tally(text: &str) -> Tally {
    let mut runs = Runs::default();
    let counts = counted(text, |byte| runs.see(byte));
    Tally {
        digit_run: runs.digits_most,
        consonant_run: runs.consonants_most,
        hex_run: runs.hex_most,
        case_switches: runs.switches_most,
        ..counts
    }
}

/// As [`tally`], without runs and switches of case, which take most of its time: these are 0.
pub(crate) fn tally_without_runs(text: &str) -> Tally {
    counted(text, |_| ())
}

/// Counts over `text`, and shows each byte to `see`.
fn counted(text: &str, mut see: impl FnMut(u8)) -> Tally {
    if text.is_empty() {
        return Tally::default();
    }
    let mut tally = Tally::default();
    let mut counts = [0_u16; 256];
    let mut sum = 0.0_f32;
    let steps = STEPS.as_slice();
    for piece in text.as_bytes().chunks(COUNTED_BYTES) {
        let mut counted = 0_u64;
        for byte in piece {
            if let Some(count) = counts.get_mut(usize::from(*byte)) {
                sum += steps.get(usize::from(*count)).copied().unwrap_or(0.0);
                *count = count.saturating_add(1);
            }
            let counts = COUNTED.get(usize::from(*byte)).copied().unwrap_or(0);
            counted = counted.wrapping_add(counts);
            see(*byte);
        }
        tally.add_counted(counted);
    }
    let of = |byte: u8| u32::from(counts.get(usize::from(byte)).copied().unwrap_or(0));
    tally.bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
    tally.dots = of(b'.');
    tally.hyphens = of(b'-');
    tally.underscores = of(b'_');
    tally.slashes = of(b'/').saturating_add(of(b'\\'));
    tally.equals = of(b'=');
    tally.ampersands = of(b'&');
    tally.percents = of(b'%');
    tally.ats = of(b'@');
    let length = text.len() as f32;
    tally.entropy = (length.log2() - sum / length).max(0.0);
    tally
}

impl Tally {
    /// Adds counts that stand as in [`COUNTED`].
    fn add_counted(&mut self, counted: u64) {
        fn count(counted: u64, place: u32) -> u32 {
            let bits = counted.wrapping_shr(place.wrapping_mul(COUNTED_BITS));
            u32::try_from(bits & COUNTED_BYTES as u64).unwrap_or(0)
        }
        self.digits = self.digits.wrapping_add(count(counted, 0));
        self.upper = self.upper.wrapping_add(count(counted, 1));
        self.letters = self.letters.wrapping_add(count(counted, 2));
        self.vowels = self.vowels.wrapping_add(count(counted, 3));
        self.non_ascii = self.non_ascii.wrapping_add(count(counted, 4));
    }
}

impl Runs {
    fn see(&mut self, byte: u8) {
        let class = CLASSES.get(usize::from(byte)).copied().unwrap_or(0);
        let is = |kinds: u8| class & kinds != 0;
        run(&mut self.digits, is(DIGIT));
        self.digits_most = self.digits_most.max(self.digits);
        run(&mut self.consonants, is(LOWER | UPPER) && !is(VOWEL));
        self.consonants_most = self.consonants_most.max(self.consonants);

        let hex_kind = class & (DIGIT | HEX_LETTER);
        run(&mut self.hex, hex_kind != 0);
        self.hex_kinds = if hex_kind == 0 {
            0
        } else {
            self.hex_kinds | hex_kind
        };
        let mixed = self.hex_kinds == DIGIT | HEX_LETTER;
        self.hex_most = self.hex_most.max(if mixed { self.hex } else { 0 });

        let kind = class & (DIGIT | LOWER | UPPER);
        let goes_on = self.before == 0 || self.before == kind;
        self.switches = if kind == 0 { 0 } else { self.switches };
        add(&mut self.switches, kind != 0 && !goes_on);
        self.switches_most = self.switches_most.max(self.switches);
        self.before = kind;
    }
}

/// Adds 1 if `one`. Counts are of bytes of a part, of which there are far fewer than 2^32.
const fn add(count: &mut u32, one: bool) {
    *count = count.wrapping_add(one as u32);
}

/// Makes a run longer by 1 if it `goes_on`; ends it otherwise.
const fn run(length: &mut u32, goes_on: bool) {
    *length = if goes_on { length.wrapping_add(1) } else { 0 };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_runs() {
        let found = tally("Strengths-2019/deadbeef01.php?a=%C3%A9&é");
        assert_eq!((found.ats, tally("a@b@c").ats), (0, 2));
        assert_eq!((found.digits, found.upper, found.non_ascii), (8, 3, 2));
        assert_eq!((found.dots, found.hyphens, found.slashes), (1, 1, 1));
        assert_eq!((found.percents, found.equals, found.ampersands), (2, 1, 1));
        assert_eq!((found.digit_run, found.consonant_run), (4, 5));
        assert_eq!(found.hex_run, 10);
        assert_eq!(tally("aB1cD").case_switches, 4);
        let many = tally(&"aB1é".repeat(20_000));
        assert_eq!((many.digits, many.upper), (20_000, 20_000));
        assert_eq!((many.letters, many.vowels), (40_000, 20_000));
        assert_eq!(many.non_ascii, 40_000);
    }

    #[test]
    fn runs_may_be_left_out() {
        for text in ["", "a", "Strengths-2019/deadbeef01.php?a=%C3%A9&é"] {
            let expected = Tally {
                digit_run: 0,
                consonant_run: 0,
                hex_run: 0,
                case_switches: 0,
                ..tally(text)
            };
            assert_eq!(tally_without_runs(text), expected);
        }
    }

    #[test]
    fn entropy_in_bits() {
        let check = |text: &str, expected: f32| {
            assert!((tally(text).entropy - expected).abs() < 1e-4, "{text}");
        };
        check("", 0.0);
        check("aaaa", 0.0);
        check("ab", 1.0);
        check("abcd", 2.0);
        check("aaab", 0.811_278);
    }
}
