//! Counts over the bytes of one part of a URL, in a single pass.
//!
//! Bytes go in; counts, longest runs and the entropy of the byte distribution come out. Bytes of
//! letters beyond ASCII count as such and end every run.

use std::sync::LazyLock;

/// Counts over one part.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(super) bytes: u32,
    pub(super) digits: u32,
    pub(super) upper: u32,
    pub(super) letters: u32,
    pub(super) vowels: u32,
    pub(super) non_ascii: u32,
    pub(super) dots: u32,
    pub(super) hyphens: u32,
    pub(super) underscores: u32,
    pub(super) slashes: u32,
    pub(super) equals: u32,
    pub(super) ampersands: u32,
    pub(super) percents: u32,
    /// The longest run of digits.
    pub(super) digit_run: u32,
    /// The longest run of consonants.
    pub(super) consonant_run: u32,
    /// The longest run of hexadecimal digits that holds a decimal digit and a letter.
    pub(super) hex_run: u32,
    /// Most changes between lower case, upper case and digits within one word.
    pub(super) case_switches: u32,
    /// Bits a byte of the distribution of bytes; 0 for an empty part.
    pub(crate) entropy: f32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Digit,
    Lower,
    Upper,
    Other,
}

/// The state of one pass.
#[derive(Default)]
struct Pass {
    tally: Tally,
    digit_run: u32,
    consonant_run: u32,
    hex_digits: u32,
    hex_letters: u32,
    switches: u32,
    before: Option<Class>,
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
    if !text.is_empty() {
        let length = text.len() as f32;
        tally.entropy = (length.log2() - sum / length).max(0.0);
    }
    tally
}

impl Pass {
    fn see(&mut self, byte: u8) {
        let class = match byte {
            b'0'..=b'9' => Class::Digit,
            b'a'..=b'z' => Class::Lower,
            b'A'..=b'Z' => Class::Upper,
            _ => Class::Other,
        };
        match class {
            Class::Digit => self.digit(),
            Class::Lower | Class::Upper => self.letter(byte.to_ascii_lowercase(), class),
            Class::Other => self.other(byte),
        }
        if class == Class::Other {
            self.before = None;
            self.switches = 0;
        } else {
            if self.before.is_some_and(|before| before != class) {
                self.switches = self.switches.saturating_add(1);
                self.tally.case_switches = self.tally.case_switches.max(self.switches);
            }
            self.before = Some(class);
        }
    }

    fn digit(&mut self) {
        self.tally.digits = self.tally.digits.saturating_add(1);
        self.digit_run = self.digit_run.saturating_add(1);
        self.tally.digit_run = self.tally.digit_run.max(self.digit_run);
        self.hex_digits = self.hex_digits.saturating_add(1);
        self.see_hex();
        self.consonant_run = 0;
    }

    fn letter(&mut self, lower: u8, class: Class) {
        self.tally.letters = self.tally.letters.saturating_add(1);
        self.tally.upper = self
            .tally
            .upper
            .saturating_add(u32::from(class == Class::Upper));
        self.digit_run = 0;
        if matches!(lower, b'a' | b'e' | b'i' | b'o' | b'u' | b'y') {
            self.tally.vowels = self.tally.vowels.saturating_add(1);
            self.consonant_run = 0;
        } else {
            self.consonant_run = self.consonant_run.saturating_add(1);
            self.tally.consonant_run = self.tally.consonant_run.max(self.consonant_run);
        }
        if lower <= b'f' {
            self.hex_letters = self.hex_letters.saturating_add(1);
            self.see_hex();
        } else {
            self.end_hex();
        }
    }

    fn other(&mut self, byte: u8) {
        self.tally.non_ascii = self
            .tally
            .non_ascii
            .saturating_add(u32::from(!byte.is_ascii()));
        self.digit_run = 0;
        self.consonant_run = 0;
        self.end_hex();
    }

    fn see_hex(&mut self) {
        if self.hex_digits > 0 && self.hex_letters > 0 {
            let run = self.hex_digits.saturating_add(self.hex_letters);
            self.tally.hex_run = self.tally.hex_run.max(run);
        }
    }

    const fn end_hex(&mut self) {
        self.hex_digits = 0;
        self.hex_letters = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_runs() {
        let found = tally("Strengths-2019/deadbeef01.php?a=%C3%A9&é");
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
