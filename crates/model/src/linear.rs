//! The linear text model: a logistic regression over hashed tokens.
//!
//! It is stored as a bit per bucket (was the bucket kept in training?) and a 32-bit weight per
//! kept bucket, so a file holds nothing that could be read as text.

use serde::{Deserialize, Serialize};

use crate::examples::to_buckets;

/// Which side of the evidence a linear model looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// All of it.
    Whole,
    /// Who it is: the host of a URL.
    Entity,
    /// What it says: path, query and fragment of a URL.
    Content,
}

impl View {
    /// Every view.
    pub const ALL: [Self; 3] = [Self::Whole, Self::Entity, Self::Content];

    /// Returns the view's one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Entity => "entity",
            Self::Content => "content",
        }
    }

    /// Returns whether the view shows a bucket, whose lowest bit is its side.
    pub(crate) const fn shows(self, bucket: u32) -> bool {
        match self {
            Self::Whole => true,
            Self::Entity => bucket & 1 == 1,
            Self::Content => bucket & 1 == 0,
        }
    }
}

/// A logistic regression over hashed tokens: `bias + sum(weight of kept buckets) / sqrt(kept)`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearModel {
    view: View,
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
    /// Makes a model of one view and `2^bits` buckets; `kept` has a bit and `weights` a number per bucket.
    #[must_use]
    #[expect(
        clippy::similar_names,
        reason = "bits and bias are what they are called"
    )]
    pub const fn new(view: View, bits: u32, bias: f32, kept: Vec<u64>, weights: Vec<f32>) -> Self {
        Self {
            view,
            bits,
            bias,
            kept,
            weights,
        }
    }

    /// Returns the side of the evidence that the model looks at.
    #[must_use]
    pub const fn view(&self) -> View {
        self.view
    }

    /// Returns the bits of a bucket's number.
    #[must_use]
    pub const fn bits(&self) -> u32 {
        self.bits
    }

    /// Returns the margin of an event with these distinct buckets.
    #[must_use]
    pub fn margin_of_buckets(&self, buckets: &[u32]) -> f64 {
        let (mut sum, mut found) = (0.0_f64, 0_u32);
        for bucket in buckets.iter().filter(|bucket| self.view.shows(**bucket)) {
            let number = bucket >> 1;
            if is_kept(&self.kept, number) {
                found += 1;
                sum += f64::from(self.weights.get(number as usize).copied().unwrap_or(0.0));
            }
        }
        f64::from(self.bias) + sum / f64::from(found.max(1)).sqrt()
    }

    /// Returns what the margin is without any token.
    #[must_use]
    pub const fn bias(&self) -> f64 {
        self.bias as f64
    }

    /// Returns what each of these distinct buckets adds to the margin: with [`Self::bias`] they sum to
    /// [`Self::margin_of_buckets`].
    #[must_use]
    pub fn contributions_of_buckets(&self, buckets: &[u32]) -> Vec<(u32, f64)> {
        let known = |bucket: &&u32| self.view.shows(**bucket) && is_kept(&self.kept, **bucket >> 1);
        let known: Vec<u32> = buckets.iter().filter(known).copied().collect();
        let root = (known.len().max(1) as f64).sqrt();
        let weight = |bucket: u32| {
            self.weights
                .get(bucket as usize >> 1)
                .copied()
                .unwrap_or(0.0)
        };
        known
            .into_iter()
            .map(|bucket| (bucket, f64::from(weight(bucket)) / root))
            .collect()
    }

    /// Returns the stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(self.view as u8);
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
    #[expect(
        clippy::similar_names,
        reason = "bits and bias are what they are called"
    )]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LinearModelError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(LinearModelError::Header)?;
        let (view, rest) = rest.split_first().ok_or(LinearModelError::Header)?;
        let view = View::ALL.into_iter().find(|known| *known as u8 == *view);
        let view = view.ok_or(LinearModelError::Header)?;
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
            view,
            bits,
            bias: f32::from_le_bytes(*bias),
            kept,
            weights,
        })
    }
}

/// Turns token hashes into the distinct buckets that models of these bits read.
pub(crate) fn buckets_of(tokens: &mut Vec<u32>, models: &[LinearModel]) {
    if let Some(model) = models.first() {
        to_buckets(tokens, model.bits);
    }
}

/// Returns whether a bucket's bit is set in `kept`.
pub(crate) fn is_kept(kept: &[u64], bucket: u32) -> bool {
    kept.get(bucket as usize / 64)
        .is_some_and(|word| word >> (bucket % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(view: View) -> LinearModel {
        let mut kept = vec![0_u64; 4];
        kept[0] = 0b110;
        kept[3] = 1 << 63;
        let mut weights = vec![0.0; 256];
        (weights[1], weights[2], weights[255]) = (1.5, -2.0, 4.0);
        LinearModel::new(view, 8, 0.25, kept, weights)
    }

    #[test]
    fn margin_counts_the_kept_buckets_of_its_view() {
        let token = |bucket: u32, side: u32| bucket << 24 | side;
        let tokens = [
            token(2, 1),
            token(1, 0),
            token(1, 0),
            token(7, 0),
            token(255, 0),
        ];
        let margin = |view, tokens: &[u32]| {
            let (models, mut buckets) = ([model(view)], tokens.to_vec());
            buckets_of(&mut buckets, &models);
            models[0].margin_of_buckets(&buckets)
        };
        let check = |view, expected: f64| {
            assert!((margin(view, &tokens) - expected).abs() < 1e-12, "{view:?}");
        };
        check(View::Whole, 0.25 + (1.5 - 2.0 + 4.0) / 3.0_f64.sqrt());
        check(View::Entity, 0.25 - 2.0);
        check(View::Content, 0.25 + (1.5 + 4.0) / 2.0_f64.sqrt());
        let (models, mut buckets) = ([model(View::Whole)], tokens.to_vec());
        buckets_of(&mut buckets, &models);
        let added = models[0].contributions_of_buckets(&buckets);
        let sum: f64 = added.iter().map(|(_, margin)| margin).sum();
        assert!((models[0].bias() + sum - margin(View::Whole, &tokens)).abs() < 1e-12);
        assert_eq!(added.len(), 3);
        assert!((margin(View::Whole, &[]) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn stored_form_reads_back_and_damage_is_seen() {
        let bytes = model(View::Content).to_bytes();
        assert_eq!(LinearModel::from_bytes(&bytes), Ok(model(View::Content)));
        for length in 0..bytes.len() {
            assert!(
                LinearModel::from_bytes(&bytes[..length]).is_err(),
                "{length}"
            );
        }
    }
}
