//! How much a word looks like one that people made.
//!
//! A table of letter pairs, counted over a small list of words that the crate carries, gives the
//! mean log-likelihood of a word's letters, each given the one before. Words of people score
//! about -3 to -4 bits a letter, keyboard noise -6 and below. Digits and marks break a word.

use std::sync::LazyLock;

/// Words whose letter pairs the table counts: plain words of several European languages and the
/// vocabulary of web addresses.
const WORDS: &str = include_str!("lexicon/words.txt");

/// Letters `a` to `z` and the word's edge.
const SYMBOLS: usize = 27;
const EDGE: usize = 26;

static TABLE: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let mut counts = vec![0.5_f64; SYMBOLS.saturating_mul(SYMBOLS)];
    for word in WORDS.split_ascii_whitespace() {
        let mut before = EDGE;
        for symbol in word.bytes().filter_map(symbol_of).chain([EDGE]) {
            if let Some(count) = counts.get_mut(cell(before, symbol)) {
                *count += 1.0;
            }
            before = symbol;
        }
    }
    counts
        .chunks(SYMBOLS)
        .flat_map(|row| {
            let total: f64 = row.iter().sum();
            #[expect(clippy::cast_possible_truncation, reason = "rounding is intended")]
            row.iter().map(move |count| (count / total).log2() as f32)
        })
        .collect()
});

fn symbol_of(byte: u8) -> Option<usize> {
    byte.is_ascii_lowercase()
        .then(|| usize::from(byte.saturating_sub(b'a')))
}

const fn cell(before: usize, symbol: usize) -> usize {
    before.saturating_mul(SYMBOLS).saturating_add(symbol)
}

/// Returns the mean log2-likelihood of the letter pairs of all words of `text` (lowercase), in
/// bits a letter, at most 0; NaN if there are fewer than `letters_min` letters.
pub(crate) fn likelihood(text: &str, letters_min: usize) -> f32 {
    let table = TABLE.as_slice();
    let (mut sum, mut pairs, mut letters) = (0.0_f32, 0_usize, 0_usize);
    let mut before = EDGE;
    for byte in text.bytes().chain([b'.']) {
        let symbol = symbol_of(byte).unwrap_or(EDGE);
        if symbol == EDGE && before == EDGE {
            continue;
        }
        letters = letters.saturating_add(usize::from(symbol != EDGE));
        sum += table.get(cell(before, symbol)).copied().unwrap_or(0.0);
        pairs = pairs.saturating_add(1);
        before = symbol;
    }
    if letters < letters_min.max(1) {
        return f32::NAN;
    }
    sum / pairs as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_beat_noise() {
        for (word, noise) in [
            ("garden", "xqzvkj"),
            ("newsletter", "qwrtzxpldk"),
            ("sunflower", "hgfvbtrqz"),
        ] {
            assert!(likelihood(word, 4) > likelihood(noise, 4) + 1.0, "{word}");
        }
    }

    #[test]
    fn short_words_say_nothing() {
        assert!(likelihood("", 1).is_nan());
        assert!(likelihood("abc", 4).is_nan());
        assert!(likelihood("12345678", 4).is_nan());
    }
}
