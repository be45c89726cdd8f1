//! Near-duplicates: which texts are the same but for a few characters.
//!
//! ```text
//!   text ──► digest ── seen before ──────────────────────────────────► its group
//!             └── new ──► shingles ──► signature ──► 32 bands ──► sorted into buckets ──► compare, join
//! ```
//!
//! Time is linear in the texts' bytes, but for sorting the bands: however many texts share a bucket, each is
//! compared with a fixed number of them. Memory is about 400 bytes for each distinct text, whatever its
//! length. Groups are those of the chain: if the first is near the second and the second near the third, all
//! three are one group. What is found is an estimate (see [`Parameters::similarity_min`]) and the same on
//! every run.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digest::{NotHex, read_hex, write_hex};
use crate::random::mix;

/// Numbers of a signature.
const SIGNATURE_LEN: usize = 128;

/// Numbers of a band: texts that agree in all of one band are compared.
const BAND_LEN: usize = 4;

/// Texts of a bucket with which another of its texts is compared at most.
const REPRESENTATIVES_MAX: usize = 8;

/// What counts as a near-duplicate.
///
/// # Source
///
/// Broder, "On the resemblance and containment of documents", SEQUENCES 1997, for shingles and their
/// smallest hashes; Li, Owen and Zhang, "One permutation hashing", NIPS 2012, for one hash of each shingle
/// instead of 128; Shrivastava, "Optimal densification for fast and accurate minwise hashing", ICML 2017,
/// for texts with fewer shingles than the signature has numbers; Leskovec, Rajaraman and Ullman, "Mining
/// of Massive Datasets", section 3.4, for bands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameters {
    /// Characters of a shingle; a text of fewer is one shingle. At least 1.
    pub shingle_characters: usize,
    /// Two texts are near-duplicates if at least this share of their shingles is common (the size of the
    /// intersection over that of the union), in `[0, 1]`. The share is estimated with a standard error of
    /// about 0.04. Pairs below 0.4 are mostly not looked at, whatever stands here.
    pub similarity_min: f64,
    /// Bytes of a text from which shingles are taken; texts that differ only after them are
    /// near-duplicates.
    pub text_bytes_max: usize,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            shingle_characters: 5,
            similarity_min: 0.8,
            text_bytes_max: 64 << 10,
        }
    }
}

/// Returns for each text the number of its group; groups are numbered from 0 by their first text. Equal texts
/// are always of one group, the empty ones too.
///
/// # Example
///
/// ```
/// use ringtrue_core::near_duplicate::{Parameters, group};
/// let texts = [
///     "http://bank.example/account/verify?session=0017283645",
///     "https://news.example/weather",
///     "http://bank.example/account/verify?session=0017283646",
/// ];
/// assert_eq!(group(texts, &Parameters::default()), [0, 1, 0]);
/// ```
pub fn group<'a>(texts: impl IntoIterator<Item = &'a str>, parameters: &Parameters) -> Vec<u32> {
    let sketches = Sketches::of(texts.into_iter(), parameters);
    let mut forest = sketches.joined(parameters.similarity_min);
    forest.numbered(&sketches.distinct)
}

/// Returns for each sketch the number of its group, as [`group`] does for texts.
#[must_use]
pub fn group_sketches(sketches: &[Sketch], similarity_min: f64) -> Vec<u32> {
    let sketches = Sketches {
        distinct: (0..to_u32(sketches.len())).collect(),
        signatures: sketches.iter().map(|sketch| sketch.0).collect(),
    };
    let mut forest = sketches.joined(similarity_min);
    forest.numbered(&sketches.distinct)
}

/// What is kept of a text to find its near-duplicates later, in 256 bytes. It does not give the text back; who has a text can tell whether
/// the sketch is of one like it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sketch(Signature);

impl Sketch {
    /// Returns the sketch of a text.
    #[must_use]
    pub fn of(text: &str, parameters: &Parameters) -> Self {
        Self(Shingles::default().signature(text, parameters))
    }
}

/// Bytes of a sketch as it is written.
const SKETCH_BYTES: usize = 2 * SIGNATURE_LEN;

impl fmt::Display for Sketch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; SKETCH_BYTES];
        for (pair, number) in bytes.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&number.to_be_bytes());
        }
        write_hex(&bytes, formatter)
    }
}

impl fmt::Debug for Sketch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Sketch {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        let bytes: [u8; SKETCH_BYTES] = read_hex(text).ok_or_else(|| NotHex(text.to_owned()))?;
        let mut signature = [0; SIGNATURE_LEN];
        for (number, pair) in signature.iter_mut().zip(bytes.chunks_exact(2)) {
            *number = pair
                .iter()
                .fold(0, |packed, byte| packed << 8 | u16::from(*byte));
        }
        Ok(Self(signature))
    }
}

impl Serialize for Sketch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sketch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Two of them agree in about as many places as the texts have shingles in common.
type Signature = [u16; SIGNATURE_LEN];

/// The distinct texts, each as its signature.
struct Sketches {
    /// For each text, its number among the distinct ones.
    distinct: Vec<u32>,
    signatures: Vec<Signature>,
}

impl Sketches {
    fn of<'a>(texts: impl Iterator<Item = &'a str>, parameters: &Parameters) -> Self {
        let mut seen: HashMap<[u8; 32], u32> = HashMap::new();
        let mut shingles = Shingles::default();
        let mut signatures = Vec::new();
        let mut number = |text: &str| {
            let next = to_u32(seen.len());
            *seen
                .entry(*blake3::hash(text.as_bytes()).as_bytes())
                .or_insert_with(|| {
                    signatures.push(shingles.signature(text, parameters));
                    next
                })
        };
        let distinct = texts.map(&mut number).collect();
        Self {
            distinct,
            signatures,
        }
    }

    /// Returns which texts are near each other, band after band, so that the keys of one are held at a time.
    fn joined(&self, similarity_min: f64) -> Forest {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of the signature's length"
        )]
        let agreeing_min = (similarity_min.clamp(0.0, 1.0) * SIGNATURE_LEN as f64).ceil() as usize;
        let mut forest = Forest::new(self.signatures.len());
        let mut keyed: Vec<(u64, u32)> = Vec::with_capacity(self.signatures.len());
        for band in 0..SIGNATURE_LEN / BAND_LEN {
            keyed.clear();
            keyed.extend(
                self.signatures
                    .iter()
                    .map(|signature| band_key(signature, band))
                    .zip(0..),
            );
            keyed.sort_unstable();
            for bucket in keyed.chunk_by(|first, second| first.0 == second.0) {
                self.join_bucket(&mut forest, bucket, agreeing_min);
            }
        }
        forest
    }

    /// Joins each text of a bucket with the first of its representatives that is near; a text that is near
    /// none becomes one, while there is room.
    fn join_bucket(&self, forest: &mut Forest, bucket: &[(u64, u32)], agreeing_min: usize) {
        let mut representatives: Vec<u32> = Vec::new();
        for &(_, text) in bucket {
            let near = representatives.iter().copied().find(|&other| {
                forest.root(other) == forest.root(text)
                    || self.agreeing(other, text) >= agreeing_min
            });
            match near {
                Some(other) => forest.join(other, text),
                None if representatives.len() < REPRESENTATIVES_MAX => representatives.push(text),
                None => {}
            }
        }
    }

    fn agreeing(&self, first: u32, second: u32) -> usize {
        let signature = |text: u32| self.signatures.get(text as usize);
        match (signature(first), signature(second)) {
            (Some(first), Some(second)) => agreeing(first, second),
            _ => 0,
        }
    }
}

fn agreeing(first: &Signature, second: &Signature) -> usize {
    let pairs = first.iter().zip(second);
    // Summed in the signature's own width, which the compiler turns into vector code.
    usize::from(
        pairs
            .map(|(first, second)| u16::from(first == second))
            .sum::<u16>(),
    )
}

fn band_key(signature: &Signature, band: usize) -> u64 {
    let numbers = signature.iter().skip(band * BAND_LEN).take(BAND_LEN);
    numbers.fold(0, |packed, &number| packed << 16 | u64::from(number))
}

/// Makes signatures; holds the characters of the text at hand.
#[derive(Default)]
struct Shingles {
    characters: Vec<u32>,
}

impl Shingles {
    /// Returns the signature: the hash of each shingle chooses a place and competes there to be smallest;
    /// places without one take that of another place.
    fn signature(&mut self, text: &str, parameters: &Parameters) -> Signature {
        let taken = text
            .char_indices()
            .take_while(|(start, _)| *start < parameters.text_bytes_max);
        self.characters.clear();
        self.characters
            .extend(taken.map(|(_, character)| u32::from(character)));
        let len = parameters
            .shingle_characters
            .max(1)
            .min(self.characters.len().max(1));
        let mut smallest = [u64::MAX; SIGNATURE_LEN];
        for shingle in self.characters.windows(len) {
            let hash = shingle_hash(shingle);
            let place = usize::try_from(hash >> 57).unwrap_or(0);
            if let Some(number) = smallest.get_mut(place) {
                *number = (*number).min(hash);
            }
        }
        filled(&smallest)
    }
}

fn shingle_hash(shingle: &[u32]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let folded = shingle.iter().fold(0_u64, |hash, &character| {
        (hash.rotate_left(23) ^ u64::from(character)).wrapping_mul(FACTOR)
    });
    mix(folded)
}

/// Fills empty places from others, in a fixed random order of its own for each place.
fn filled(smallest: &[u64; SIGNATURE_LEN]) -> Signature {
    const TRIES_MAX: u64 = 4_096;
    let is_filled = |hash: &u64| *hash != u64::MAX;
    let first = smallest.iter().copied().find(is_filled);
    let mut signature = [0_u16; SIGNATURE_LEN];
    for (place, (number, hash)) in signature.iter_mut().zip(smallest).enumerate() {
        let taken = if is_filled(hash) {
            Some(*hash)
        } else {
            let other = |attempt: u64| {
                let place = mix((place as u64) << 32 | attempt) >> 57;
                smallest.get(usize::try_from(place).unwrap_or(0)).copied()
            };
            (0..TRIES_MAX).filter_map(other).find(is_filled).or(first)
        };
        // The low bits: the high ones chose the place.
        *number = (taken.unwrap_or(0) & 0xffff) as u16;
    }
    signature
}

/// Which texts are joined: each points to an earlier one of its group, the group's first to itself.
struct Forest {
    parents: Vec<u32>,
}

impl Forest {
    fn new(len: usize) -> Self {
        Self {
            parents: (0..to_u32(len)).collect(),
        }
    }

    /// Returns the first text of the group, and halves the way to it.
    fn root(&mut self, mut text: u32) -> u32 {
        loop {
            let parent = self.parent(text);
            if parent == text {
                return text;
            }
            let above = self.parent(parent);
            if let Some(place) = self.parents.get_mut(text as usize) {
                *place = above;
            }
            text = above;
        }
    }

    fn parent(&self, text: u32) -> u32 {
        self.parents.get(text as usize).copied().unwrap_or(text)
    }

    fn join(&mut self, first: u32, second: u32) {
        let (first, second) = (self.root(first), self.root(second));
        let (earlier, later) = (first.min(second), first.max(second));
        if let Some(place) = self.parents.get_mut(later as usize) {
            *place = earlier;
        }
    }

    /// Returns for each text, given by its number among the distinct ones, its group, numbered in order of
    /// appearance.
    fn numbered(&mut self, distinct: &[u32]) -> Vec<u32> {
        const UNNUMBERED: u32 = u32::MAX;
        let mut numbers = vec![UNNUMBERED; self.parents.len()];
        let mut next = 0;
        let number = |&text: &u32| {
            let root = self.root(text) as usize;
            match numbers.get_mut(root) {
                Some(number) if *number == UNNUMBERED => {
                    *number = next;
                    next += 1;
                    *number
                }
                Some(number) => *number,
                None => text,
            }
        };
        distinct.iter().map(number).collect()
    }
}

/// Numbers of texts fit 32 bits: 2^32 of them would need terabytes of signatures first.
fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
