//! Examples: what training reads, by position; positions are in time order.

use ringtrue_core::RowBlock;

/// The text tokens of examples, by position. Implementations compute or remember them.
pub trait TokenSource: Sync {
    /// Replaces `tokens` by the 32-bit token hashes of the example at `position`, in any order. The
    /// upper bits of a token are its bucket, its lowest bit is the side of the evidence it stands on.
    fn tokens(&self, position: usize, tokens: &mut Vec<u32>);
}

/// Labelled examples in time order. All slices have one entry per row of `rows`.
#[derive(Clone, Copy)]
pub struct Examples<'a> {
    /// Their signals.
    pub rows: &'a RowBlock,
    /// Their text tokens, as buckets.
    pub tokens: &'a Tokens<'a>,
    /// Whether each is malicious.
    pub malicious: &'a [bool],
    /// What each is worth in its class: prices and trust, 1 is usual.
    pub weight: &'a [f32],
    /// Who stands behind each (a registrable domain, a customer): many examples of one entity count
    /// less than as many of different ones.
    pub entity: &'a [u32],
}

/// The tokens of examples as distinct buckets (a number below `2^bits` and a side); remembered if they fit into
/// the budget, recomputed at each use otherwise.
pub struct Tokens<'a> {
    source: &'a dyn TokenSource,
    bits: u32,
    kept: Option<Kept>,
}

struct Kept {
    ends: Vec<usize>,
    buckets: Vec<u32>,
}

/// Examples from whose token counts the memory need is estimated.
const PROBED: usize = 1_000;

impl<'a> Tokens<'a> {
    /// Prepares the tokens of `examples` examples; keeps them if they need at most `bytes_max` bytes.
    #[must_use]
    pub fn new(source: &'a dyn TokenSource, examples: usize, bits: u32, bytes_max: usize) -> Self {
        let mut tokens = Self {
            source,
            bits,
            kept: None,
        };
        let mut scratch = Vec::new();
        let step = (examples / PROBED).max(1);
        let probed: Vec<usize> = (0..examples).step_by(step).collect();
        let found: usize = probed
            .iter()
            .map(|at| tokens.get(*at, &mut scratch).len())
            .sum();
        let need = found.saturating_mul(step).saturating_mul(size_of::<u32>());
        if need <= bytes_max {
            tokens.kept = Some(tokens.keep(examples));
        }
        tokens
    }

    fn keep(&self, examples: usize) -> Kept {
        use rayon::prelude::*;
        const CHUNK: usize = 4_096;
        let chunks: Vec<(Vec<usize>, Vec<u32>)> = (0..examples.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let (mut counts, mut buckets, mut scratch) = (Vec::new(), Vec::new(), Vec::new());
                for position in chunk * CHUNK..((chunk + 1) * CHUNK).min(examples) {
                    let found = self.get(position, &mut scratch);
                    counts.push(found.len());
                    buckets.extend_from_slice(found);
                }
                (counts, buckets)
            })
            .collect();
        let mut kept = Kept {
            ends: Vec::with_capacity(examples),
            buckets: Vec::new(),
        };
        let mut end = 0;
        for (counts, buckets) in chunks {
            kept.buckets.extend(buckets);
            kept.ends.extend(counts.into_iter().map(|count| {
                end += count;
                end
            }));
        }
        kept
    }

    /// Returns the bits of a bucket's number.
    #[must_use]
    pub const fn bits(&self) -> u32 {
        self.bits
    }

    /// Returns the distinct buckets of one example, in order of their first token; `scratch` may hold them.
    pub fn get<'b>(&'b self, position: usize, scratch: &'b mut Vec<u32>) -> &'b [u32] {
        if let Some(kept) = &self.kept {
            let start = position
                .checked_sub(1)
                .and_then(|before| kept.ends.get(before))
                .copied();
            let end = kept.ends.get(position).copied().unwrap_or(0);
            return kept.buckets.get(start.unwrap_or(0)..end).unwrap_or(&[]);
        }
        scratch.clear();
        self.source.tokens(position, scratch);
        to_buckets(scratch, self.bits);
        scratch
    }
}

/// Turns token hashes into distinct buckets, in order of their first token: `2^bits` numbers, each with its token's
/// lowest bit, the side, behind it.
pub(crate) fn to_buckets(tokens: &mut Vec<u32>, bits: u32) {
    let shift = 32_u32.saturating_sub(bits);
    let bucket = |token: u32| token >> shift << 1 | token & 1;
    if tokens.len() <= FEW / 8 {
        keep_first(tokens, bucket, &mut [FREE; FEW]);
    } else if tokens.len() <= FEW {
        keep_first(tokens, bucket, &mut [FREE; 2 * FEW]);
    } else {
        let places = tokens.len().next_power_of_two().saturating_mul(4);
        keep_first(tokens, bucket, &mut vec![FREE; places]);
    }
}

/// As many tokens as a URL has, whose table fits into the fastest cache.
const FEW: usize = 1_024;
/// No bucket: buckets have at most 27 bits.
const FREE: u32 = u32::MAX;

/// Turns tokens into buckets and keeps the first of equal ones. `table` is full of [`FREE`], longer than there are tokens,
/// and as long as a power of two: each bucket stands in it at the first free place from its own on.
#[inline]
fn keep_first(
    tokens: &mut Vec<u32>,
    bucket: impl Fn(u32) -> u32,
    table: &mut (impl AsMut<[u32]> + ?Sized),
) {
    let table = table.as_mut();
    let last = table.len().saturating_sub(1);
    let mut kept = 0;
    for at in 0..tokens.len() {
        let bucket = bucket(tokens[at]);
        let mut place = (bucket >> 1) as usize & last;
        // Whether it is the first or not cannot be foreseen, so that nothing branches on that: 0 is both free and found.
        while (table[place] ^ FREE).min(table[place] ^ bucket) != 0 {
            place = (place + 1) & last;
        }
        tokens[kept] = bucket;
        kept += usize::from(table[place] == FREE);
        table[place] = bucket;
    }
    tokens.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Squares;

    impl TokenSource for Squares {
        #[expect(clippy::cast_possible_truncation, reason = "small test numbers")]
        fn tokens(&self, position: usize, tokens: &mut Vec<u32>) {
            tokens.extend((0..position % 5).map(|n| ((position * n) as u32) << 20));
        }
    }

    #[test]
    fn the_first_of_equal_buckets_stays() {
        for copies in [3_u32, 700] {
            let mut tokens: Vec<u32> = (0..copies * 5).map(|n| (n % 5 * 3) << 24 | n & 1).collect();
            let mut expected: Vec<u32> = Vec::new();
            for token in &tokens {
                let bucket = token >> 24 << 1 | token & 1;
                if !expected.contains(&bucket) {
                    expected.push(bucket);
                }
            }
            to_buckets(&mut tokens, 8);
            assert_eq!(tokens, expected);
        }
    }

    #[test]
    fn kept_and_recomputed_tokens_are_the_same() {
        let kept = Tokens::new(&Squares, 9_000, 16, usize::MAX);
        let recomputed = Tokens::new(&Squares, 9_000, 16, 0);
        assert!(kept.kept.is_some() && recomputed.kept.is_none());
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for position in 0..9_000 {
            assert_eq!(
                kept.get(position, &mut left),
                recomputed.get(position, &mut right)
            );
        }
    }
}
