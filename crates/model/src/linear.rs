//! The linear text model: a logistic regression over hashed tokens.
//!
//! It is stored as a bit per bucket (was the bucket kept in training?) and a 32-bit weight per
//! kept bucket, so a file holds nothing that could be read as text.

use crate::examples::to_buckets;

/// A logistic regression over hashed tokens: `bias + sum(weight of kept buckets) / sqrt(kept)`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearModel {
    bits: u32,
    bias: f32,
    kept: Vec<u64>,
    weights: Vec<f32>,
}

/// A file is no linear model.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LinearModelError {
    /// It does not start as one.
    #[error("not a linear model of format 1")]
    Header,
    /// It has another length than its header says.
    #[error("a linear model of {bits} bits is cut off or too long")]
    Length {
        /// Bits of its buckets.
        bits: u32,
    },
}

const MAGIC: &[u8; 8] = b"rtlinr01";
const BITS_MAX: u32 = 26;

impl LinearModel {
    /// Makes a model of `2^bits` buckets; `kept` has a bit and `weights` a number per bucket.
    #[must_use]
    pub const fn new(bits: u32, bias: f32, kept: Vec<u64>, weights: Vec<f32>) -> Self {
        Self {
            bits,
            bias,
            kept,
            weights,
        }
    }

    /// Returns the bits of a bucket's number.
    #[must_use]
    pub const fn bits(&self) -> u32 {
        self.bits
    }

    /// Returns the margin (log-odds under training's class weights) of an event with these token
    /// hashes; turns `tokens` into buckets on the way.
    #[must_use]
    pub fn margin(&self, tokens: &mut Vec<u32>) -> f64 {
        to_buckets(tokens, self.bits);
        self.margin_of_buckets(tokens)
    }

    /// Returns the margin of an event with these distinct buckets.
    #[must_use]
    pub fn margin_of_buckets(&self, buckets: &[u32]) -> f64 {
        let (mut sum, mut found) = (0.0_f64, 0_u32);
        for bucket in buckets {
            if is_kept(&self.kept, *bucket) {
                found += 1;
                sum += f64::from(self.weights.get(*bucket as usize).copied().unwrap_or(0.0));
            }
        }
        f64::from(self.bias) + sum / f64::from(found.max(1)).sqrt()
    }

    /// Returns the stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.bits.to_le_bytes());
        bytes.extend(self.bias.to_le_bytes());
        bytes.extend(self.kept.iter().flat_map(|word| word.to_le_bytes()));
        for (bucket, weight) in (0_u32..).zip(&self.weights) {
            if is_kept(&self.kept, bucket) {
                bytes.extend(weight.to_le_bytes());
            }
        }
        bytes
    }

    /// Reads the stored form.
    ///
    /// # Errors
    ///
    /// [`LinearModelError`] if `bytes` is not what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LinearModelError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(LinearModelError::Header)?;
        let (bits, rest) = rest
            .split_first_chunk::<4>()
            .ok_or(LinearModelError::Header)?;
        let (bias, rest) = rest
            .split_first_chunk::<4>()
            .ok_or(LinearModelError::Header)?;
        let bits = u32::from_le_bytes(*bits);
        if !(6..=BITS_MAX).contains(&bits) {
            return Err(LinearModelError::Header);
        }
        let length = LinearModelError::Length { bits };
        let Some((mask, values)) = rest.split_at_checked((1_usize << bits) / 8) else {
            return Err(length);
        };
        let kept: Vec<u64> = mask
            .as_chunks()
            .0
            .iter()
            .map(|chunk| u64::from_le_bytes(*chunk))
            .collect();
        let (values, cut_off) = values.as_chunks::<4>();
        let expected: usize = kept.iter().map(|word| word.count_ones() as usize).sum();
        if values.len() != expected || !cut_off.is_empty() {
            return Err(length);
        }
        let mut values = values.iter().map(|chunk| f32::from_le_bytes(*chunk));
        let weights = (0..1_u32 << bits)
            .map(|bucket| {
                if is_kept(&kept, bucket) {
                    values.next().unwrap_or(0.0)
                } else {
                    0.0
                }
            })
            .collect();
        Ok(Self {
            bits,
            bias: f32::from_le_bytes(*bias),
            kept,
            weights,
        })
    }
}

/// Returns whether `bucket`'s bit is set in `kept`.
pub(crate) fn is_kept(kept: &[u64], bucket: u32) -> bool {
    kept.get(bucket as usize / 64)
        .is_some_and(|word| word >> (bucket % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> LinearModel {
        let mut kept = vec![0_u64; 4];
        kept[0] = 0b110;
        kept[3] = 1 << 63;
        let mut weights = vec![0.0; 256];
        (weights[1], weights[2], weights[255]) = (1.5, -2.0, 4.0);
        LinearModel::new(8, 0.25, kept, weights)
    }

    #[test]
    fn margin_counts_kept_buckets_once() {
        let top = |bucket: u32| bucket << 24;
        let mut tokens = vec![top(2), top(1), top(1), top(7), top(255)];
        let expected = 0.25 + (1.5 - 2.0 + 4.0) / 3.0_f64.sqrt();
        assert!((model().margin(&mut tokens) - expected).abs() < 1e-12);
        assert!((model().margin(&mut vec![]) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn stored_form_reads_back_and_damage_is_seen() {
        let bytes = model().to_bytes();
        assert_eq!(LinearModel::from_bytes(&bytes), Ok(model()));
        for length in 0..bytes.len() {
            assert!(
                LinearModel::from_bytes(&bytes[..length]).is_err(),
                "{length}"
            );
        }
    }
}
