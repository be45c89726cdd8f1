//! Hashes of values: the same on every machine and in every version, so that profiles written on one merge with those of another.

use ringtrue_core::random::mix;

/// Odd numbers with as many ones as zeros: digits of pi in base 16.
const TEXT: u64 = 0x243f_6a88_85a3_08d3;
const LENGTH: u64 = 0x1319_8a2e_0370_7345;
const NUMBER: u64 = 0xa409_3822_299f_31d1;

/// Multiplies to 128 bits and adds the halves without carry.
#[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
const fn fold(left: u64, right: u64) -> u64 {
    let product = left as u128 * right as u128;
    product as u64 ^ (product >> 64) as u64
}

/// Returns the hash of a text; never 0.
pub(super) fn of_text(text: &str) -> u64 {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let start = TEXT ^ (text.len() as u64).wrapping_mul(LENGTH);
    let mut hash = words.iter().fold(start, |hash, word| {
        fold(hash ^ u64::from_le_bytes(*word), TEXT) ^ hash.rotate_left(29)
    });
    if !rest.is_empty() {
        let last = rest
            .iter()
            .rev()
            .fold(1_u64, |last, byte| (last << 8) | u64::from(*byte));
        hash = fold(hash ^ last, TEXT) ^ hash.rotate_left(29);
    }
    mix(hash).max(1)
}

/// Returns the hash of a number; never 0, and the same for both zeros.
pub(super) fn of_number(number: f64) -> u64 {
    mix((number + 0.0).to_bits() ^ NUMBER).max(1)
}

/// Returns what a value adds to the hash of its event: `key` is that of its column.
pub(super) const fn of_field(key: u64, value: u64) -> u64 {
    fold(value ^ key, key | 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn texts_and_numbers_keep_apart() {
        let mut seen = BTreeSet::new();
        for number in 0..20_000_u32 {
            assert!(seen.insert(of_text(&number.to_string())));
            assert!(seen.insert(of_text(&format!("a rather long text, number {number}"))));
            assert!(seen.insert(of_number(f64::from(number))));
        }
        for zeros in 0..40 {
            assert!(seen.insert(of_text(&"\0".repeat(zeros))), "{zeros} zeros");
        }
        assert_eq!(of_number(0.0), of_number(-0.0));
    }

    #[test]
    fn hashes_are_those_that_older_profiles_hold() {
        assert_eq!(of_text("tcp"), OF_TCP);
        assert_eq!(of_number(1.5), OF_ONE_AND_A_HALF);
    }

    const OF_TCP: u64 = 0x1a92_d11d_1c4c_5586;
    const OF_ONE_AND_A_HALF: u64 = 0x4f6a_4fd4_6fb0_3535;
}
