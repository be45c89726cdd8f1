//! What the letters of a URL added: each token's contribution, spread over the letters that made it.

use std::collections::BTreeMap;

use ringtrue_core::{Event, Kind};
use ringtrue_intake::text::PlacedToken;
use ringtrue_intake::url::UrlParts;
use ringtrue_intake::url::text::{Part, part_text, placed_tokens};
use ringtrue_model::TextContribution;

use crate::detector_folder::Loaded;

/// A piece of the URL that the text models know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Piece {
    /// Its letters, as the models read them: in lower case.
    pub(crate) letters: String,
    /// Where it stands in the URL, in bytes; `None` if the URL spells it otherwise.
    pub(crate) place: Option<[usize; 2]>,
    /// What it added to the margin.
    pub(crate) margin: f64,
}

/// What the letters of a URL added.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Letters {
    /// What each byte of the URL added.
    pub(crate) heat: Vec<f64>,
    /// The pieces that added something, strongest first.
    pub(crate) pieces: Vec<Piece>,
}

impl Letters {
    /// Spreads the contributions of text models over a URL; `None` for events that have no URL, or a model without
    /// text.
    pub(crate) fn of(loaded: &Loaded, event: &Event, text: &[TextContribution]) -> Option<Self> {
        if event.kind != Kind::Url || text.is_empty() {
            return None;
        }
        let url = event.value("url").text()?;
        let spec = loaded.reader.spec();
        let (parts, _) = UrlParts::parse(&url, &spec.limits);
        let placed = placed_tokens(&parts, &spec.text);
        let mut tokens: BTreeMap<u32, Vec<PlacedToken<Part>>> = BTreeMap::new();
        for token in placed {
            let bucket = loaded.detector.model.bucket(token.token);
            tokens.entry(bucket).or_default().push(token);
        }
        let begins = begins(&url, &parts);
        let mut letters = Self {
            heat: vec![0.0; url.len()],
            pieces: Vec::new(),
        };
        let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
        for (bucket, added) in text.iter().flat_map(|text| &text.buckets) {
            *sums.entry(*bucket).or_default() += added;
        }
        for (bucket, sum) in sums {
            let found = tokens.get(&bucket).map_or(&[][..], Vec::as_slice);
            let share = sum / found.len().max(1) as f64;
            for token in found {
                letters.add(token, share, &parts, &begins);
            }
        }
        letters
            .pieces
            .sort_by(|left, right| right.margin.abs().total_cmp(&left.margin.abs()));
        Some(letters)
    }

    fn add(
        &mut self,
        token: &PlacedToken<Part>,
        margin: f64,
        parts: &UrlParts<'_>,
        begins: &[(Part, usize)],
    ) {
        let begin = begins.iter().find(|(part, _)| *part == token.part);
        let place = begin.map(|(_, begin)| [begin + token.start, begin + token.end]);
        if let Some([start, end]) = place
            && let Some(heat) = self.heat.get_mut(start..end)
        {
            let each = margin / heat.len().max(1) as f64;
            for byte in heat {
                *byte += each;
            }
        }
        let letters = part_text(parts, token.part).get(token.start..token.end);
        let letters = letters.unwrap_or_default().to_owned();
        let known = self
            .pieces
            .iter_mut()
            .find(|piece| piece.letters == letters && piece.place == place);
        match known {
            Some(piece) => piece.margin += margin,
            None => self.pieces.push(Piece {
                letters,
                place,
                margin,
            }),
        }
    }
}

/// Returns where each part's text begins in the URL, for the parts that the URL spells as they are read.
fn begins(url: &str, parts: &UrlParts<'_>) -> Vec<(Part, usize)> {
    let lower = url.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut from = lower.find("://").map_or(0, |place| place + 3);
    for part in [
        Part::Subdomain,
        Part::Name,
        Part::Suffix,
        Part::Path,
        Part::Query,
        Part::Fragment,
    ] {
        let text = part_text(parts, part);
        if text.is_empty() {
            continue;
        }
        if let Some(place) = lower.get(from..).and_then(|rest| rest.find(text)) {
            found.push((part, from + place));
            from += place + text.len();
        }
    }
    found
}
