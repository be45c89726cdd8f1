//! What the letters of an event added: each token's contribution, spread over the letters that made it.

use std::collections::BTreeMap;

use ringtrue_core::Event;
use ringtrue_intake::Lettered;
use ringtrue_model::TextContribution;
use serde_json::{Value, json};

use crate::loaded::Loaded;

/// A piece of the evidence that the text models know.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Its letters, as the models read them.
    pub letters: String,
    /// Where it stands in the evidence, in bytes; `None` if the evidence spells it otherwise.
    pub place: Option<[usize; 2]>,
    /// What it added to the margin.
    pub margin: f64,
}

/// What the letters of an event added.
#[derive(Clone, Debug, PartialEq)]
pub struct Letters {
    /// What each byte of the evidence added; empty if none of its bytes did.
    pub heat: Vec<f64>,
    /// The pieces that added something, strongest first.
    pub pieces: Vec<Piece>,
}

impl Letters {
    /// Spreads the contributions of text models over the evidence; `None` for events that have none, or a model without
    /// text.
    #[must_use]
    pub fn of(loaded: &Loaded, event: &Event, text: &[TextContribution]) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let evidence = event.value(event.kind.evidence()?).text()?;
        let mut tokens: BTreeMap<u32, Vec<Lettered>> = BTreeMap::new();
        for token in loaded.reader.letters(event) {
            let bucket = loaded.detector.model.bucket(token.token);
            tokens.entry(bucket).or_default().push(token);
        }
        let mut letters = Self {
            heat: Vec::new(),
            pieces: Vec::new(),
        };
        let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
        for (bucket, added) in text.iter().flat_map(|text| &text.buckets) {
            *sums.entry(*bucket).or_default() += added;
        }
        let mut pieces: BTreeMap<(String, Option<[usize; 2]>), f64> = BTreeMap::new();
        for (bucket, sum) in sums {
            let found = tokens.remove(&bucket).unwrap_or_default();
            let share = sum / found.len().max(1) as f64;
            for token in found {
                letters.heat(token.place, share, evidence.len());
                *pieces.entry((token.letters, token.place)).or_default() += share;
            }
        }
        let piece = |((letters, place), margin)| Piece {
            letters,
            place,
            margin,
        };
        letters.pieces = pieces.into_iter().map(piece).collect();
        letters
            .pieces
            .sort_by(|left, right| right.margin.abs().total_cmp(&left.margin.abs()));
        Some(letters)
    }

    /// Returns the pieces, and what each byte added.
    pub(super) fn to_json(&self) -> Value {
        let pieces = self.pieces.iter().map(|piece| {
            json!({ "letters": piece.letters, "place": piece.place, "contribution": piece.margin })
        });
        json!({ "pieces": pieces.collect::<Vec<_>>(), "by_byte": self.heat })
    }

    fn heat(&mut self, place: Option<[usize; 2]>, margin: f64, bytes: usize) {
        let Some([start, end]) = place else {
            return;
        };
        self.heat.resize(bytes, 0.0);
        if let Some(heat) = self.heat.get_mut(start..end) {
            let each = margin / heat.len().max(1) as f64;
            for byte in heat {
                *byte += each;
            }
        }
    }
}
