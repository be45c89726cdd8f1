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

/// The state of one pass.
#[derive(Default)]
struct Pass {
    tally: Tally,
    digit_run: u32,
    consonant_run: u32,
    hex_run: u32,
    /// What the run of hexadecimal digits holds: decimal digits, letters, or both.
    hex_kinds: u8,
    switches: u32,
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
    if text.is_empty() {
        return Tally::default();
    }
    let mut pass = Pass::default();
    let mut counts = [0_u16; 256];
    let mut sum = 0.0_f32;
    let steps = STEPS.as_slice();
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            sum += steps.get(usize::from(*count)).copied().unwrap_or(0.0);
            *count = count.saturating_add(1);
        }
        pass.see(byte);
    }
    let mut tally = pass.tally;
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

impl Pass {
    fn see(&mut self, byte: u8) {
        let class = CLASSES.get(usize::from(byte)).copied().unwrap_or(0);
        let is = |kinds: u8| class & kinds != 0;
        let tally = &mut self.tally;
        add(&mut tally.digits, is(DIGIT));
        add(&mut tally.upper, is(UPPER));
        add(&mut tally.letters, is(LOWER | UPPER));
        add(&mut tally.vowels, is(VOWEL));
        add(&mut tally.non_ascii, is(NON_ASCII));
        run(&mut self.digit_run, is(DIGIT));
        tally.digit_run = tally.digit_run.max(self.digit_run);
        run(&mut self.consonant_run, is(LOWER | UPPER) && !is(VOWEL));
        tally.consonant_run = tally.consonant_run.max(self.consonant_run);

        let hex_kind = class & (DIGIT | HEX_LETTER);
        run(&mut self.hex_run, hex_kind != 0);
        self.hex_kinds = if hex_kind == 0 {
            0
        } else {
            self.hex_kinds | hex_kind
        };
        let mixed = self.hex_kinds == DIGIT | HEX_LETTER;
        tally.hex_run = tally.hex_run.max(if mixed { self.hex_run } else { 0 });

        let kind = class & (DIGIT | LOWER | UPPER);
        let goes_on = self.before == 0 || self.before == kind;
        self.switches = if kind == 0 { 0 } else { self.switches };
        add(&mut self.switches, kind != 0 && !goes_on);
        tally.case_switches = tally.case_switches.max(self.switches);
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
