//! The linear text model: a logistic regression over hashed tokens.
//!
//! It is stored as a bit per bucket (was the bucket kept in training?) and a 16-bit weight per
//! kept bucket, so a file holds nothing that could be read as text. Weights are whole multiples of the model's step: their
//! sums are exact in any order, and the tables that scoring reads stay small.

use serde::{Deserialize, Serialize};

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
    /// What a weight of 1 stands for.
    step: f32,
    kept: Vec<u64>,
    weights: Vec<i16>,
}

/// The largest weight, in steps, of any model; the one beyond it on the negative side is none.
pub(crate) const STEPS_MAX: i16 = i16::MAX;

/// A file is no linear model.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LinearModelError {
    /// It does not start as one.
    #[error("not a linear model of format 2")]
    Header,
    /// It has another length than its header says.
    #[error("a linear model of {bits} bits is cut off or too long")]
    Length {
        /// Bits of its buckets.
        bits: u32,
    },
}

const MAGIC: &[u8; 8] = b"rtlinr02";
/// Four times what training uses: a file may not make its reader hold much more than that.
const BITS_MAX: u32 = 22;

impl LinearModel {
    /// Makes a model of one view and `2^bits` buckets; `kept` has a bit and `weights` a number per bucket. Weights are
    /// rounded to whole steps, of which the largest has `steps_max`, at least 1: a margin of `n` kept buckets moves by half
    /// a step times `sqrt(n)` at most.
    #[must_use]
    #[expect(
        clippy::similar_names,
        reason = "bits and bias are what they are called"
    )]
    pub fn new(
        view: View,
        bits: u32,
        bias: f32,
        kept: Vec<u64>,
        weights: &[f32],
        steps_max: i16,
    ) -> Self {
        let largest = (0_u32..).zip(weights);
        let largest = largest.filter(|(bucket, _)| is_kept(&kept, *bucket));
        let largest = largest.fold(0.0_f32, |most, (_, weight)| most.max(weight.abs()));
        let step = (largest / f32::from(steps_max.max(1))).max(f32::MIN_POSITIVE);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "no weight is larger than the largest"
        )]
        let steps = |weight: &f32| (weight / step).round() as i16;
        Self {
            view,
            bits,
            bias,
            step,
            weights: weights.iter().map(steps).collect(),
            kept,
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

    /// Returns the weight of a bucket's number in steps; `None` if it was not kept.
    pub(crate) fn steps(&self, number: u32) -> Option<i16> {
        let steps = self.weights.get(number as usize).copied();
        steps.filter(|_| is_kept(&self.kept, number))
    }

    /// Returns the weights of all buckets that were kept, in steps.
    pub(crate) fn kept_steps(&self) -> impl Iterator<Item = i16> + '_ {
        let weights = (0_u32..).zip(&self.weights);
        let kept = weights.filter(|(bucket, _)| is_kept(&self.kept, *bucket));
        kept.map(|(_, steps)| *steps)
    }

    /// Returns the margin of an event whose `known` distinct buckets have weights that sum to `steps`.
    pub(crate) fn margin_of_steps(&self, steps: i64, known: u32) -> f64 {
        let sum = steps as f64 * f64::from(self.step);
        self.bias() + sum / f64::from(known.max(1)).sqrt()
    }

    /// Returns the margin of an event with these distinct buckets.
    #[must_use]
    pub fn margin_of_buckets(&self, buckets: &[u32]) -> f64 {
        let shown = buckets.iter().filter(|bucket| self.view.shows(**bucket));
        let (mut sum, mut known) = (0_i64, 0_u32);
        for steps in shown.filter_map(|bucket| self.steps(bucket >> 1)) {
            sum += i64::from(steps);
            known += 1;
        }
        self.margin_of_steps(sum, known)
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
        let shown = buckets.iter().filter(|bucket| self.view.shows(**bucket));
        let known = shown.filter_map(|bucket| Some((*bucket, self.steps(bucket >> 1)?)));
        let known: Vec<(u32, i16)> = known.collect();
        let step = f64::from(self.step) / (known.len().max(1) as f64).sqrt();
        let share = |(bucket, steps)| (bucket, f64::from(steps) * step);
        known.into_iter().map(share).collect()
    }

    /// Returns the stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(self.view as u8);
        bytes.extend(self.bits.to_le_bytes());
        bytes.extend(self.bias.to_le_bytes());
        bytes.extend(self.step.to_le_bytes());
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
        let (step, rest) = rest
            .split_first_chunk::<4>()
            .ok_or(LinearModelError::Header)?;
        let bits = u32::from_le_bytes(*bits);
        let (bias, step) = (f32::from_le_bytes(*bias), f32::from_le_bytes(*step));
        if !(6..=BITS_MAX).contains(&bits) || !bias.is_finite() || !step.is_finite() {
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
        let (values, cut_off) = values.as_chunks::<2>();
        let expected: usize = kept.iter().map(|word| word.count_ones() as usize).sum();
        if values.len() != expected || !cut_off.is_empty() {
            return Err(length);
        }
        let mut values = values
            .iter()
            .map(|chunk| i16::from_le_bytes(*chunk).max(-STEPS_MAX));
        let weights = (0..1_u32 << bits)
            .map(|bucket| {
                if is_kept(&kept, bucket) {
                    values.next().unwrap_or(0)
                } else {
                    0
                }
            })
            .collect();
        Ok(Self {
            view,
            bits,
            bias,
            step,
            kept,
            weights,
        })
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
    use crate::examples::to_buckets;

    fn model(view: View) -> LinearModel {
        let mut kept = vec![0_u64; 4];
        kept[0] = 0b110;
        kept[3] = 1 << 63;
        let mut weights = vec![0.0; 256];
        (weights[1], weights[2], weights[255]) = (1.5, -2.0, 4.0);
        LinearModel::new(view, 8, 0.25, kept, &weights, STEPS_MAX)
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
            let mut buckets = tokens.to_vec();
            to_buckets(&mut buckets, 8);
            model(view).margin_of_buckets(&buckets)
        };
        let check = |view, expected: f64| {
            assert!((margin(view, &tokens) - expected).abs() < 1e-3, "{view:?}");
        };
        check(View::Whole, 0.25 + (1.5 - 2.0 + 4.0) / 3.0_f64.sqrt());
        check(View::Entity, 0.25 - 2.0);
        check(View::Content, 0.25 + (1.5 + 4.0) / 2.0_f64.sqrt());
        let (whole, mut buckets) = (model(View::Whole), tokens.to_vec());
        to_buckets(&mut buckets, 8);
        let added = whole.contributions_of_buckets(&buckets);
        let sum: f64 = added.iter().map(|(_, margin)| margin).sum();
        assert!((whole.bias() + sum - margin(View::Whole, &tokens)).abs() < 1e-12);
        assert_eq!(added.len(), 3);
        assert!((margin(View::Whole, &[]) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn weights_are_rounded_to_half_a_step_at_most() {
        let weights: Vec<f32> = (0..64_u8)
            .map(|bucket| (f32::from(bucket) * 0.37).sin())
            .collect();
        for steps_max in [STEPS_MAX, 127] {
            let model = LinearModel::new(View::Whole, 6, 0.0, vec![u64::MAX], &weights, steps_max);
            let half = 0.5 / f64::from(steps_max) + 1e-6;
            for (bucket, weight) in (0_u32..).zip(&weights) {
                let found = model.margin_of_buckets(&[bucket << 1]);
                assert!(
                    (found - f64::from(*weight)).abs() <= half,
                    "{bucket}: {found} {weight}"
                );
            }
        }
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
