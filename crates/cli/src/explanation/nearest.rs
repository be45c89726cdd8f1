//! The labelled events that a detector takes for the most alike.

use rayon::prelude::*;
use ringtrue_core::{Action, Label, Row};
use ringtrue_intake::Reading as Signals;

use crate::corpus::Corpus;
use crate::detector_folder::Loaded;

/// A labelled event near the explained one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Neighbour {
    pub(crate) text: String,
    pub(crate) label: Label,
    /// Share of the trees in which both fall into the same leaf; without a forest, share of the tokens of both that
    /// they have in common (Jaccard).
    pub(crate) likeness: f64,
}

/// The nearest labelled events.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Neighbours {
    /// Those whose label speaks for the verdict.
    pub(crate) agree: Vec<Neighbour>,
    /// Those whose label speaks against it.
    pub(crate) disagree: Vec<Neighbour>,
}

const SHOWN: usize = 3;

/// Finds the nearest labelled events on either side.
///
/// # Source
///
/// Likeness by leaves is the proximity of Breiman and Cutler, "Random Forests", 2003.
pub(crate) fn nearest(loaded: &Loaded, signals: &Signals, corpus: &Corpus<'_>) -> Neighbours {
    let detector = &loaded.detector;
    let flagged = detector.score(signals.row(), &signals.tokens).action != Action::Allow;
    let leaves = |row: Row<'_>| {
        detector.model.forest.as_ref().map(|forest| match row {
            Row::Single(row) => forest.leaves(row),
            Row::Double(row) => forest.leaves(row),
        })
    };
    let own = leaves(signals.row());
    let likeness: Vec<f64> = (0..corpus.len())
        .into_par_iter()
        .map_init(Vec::new, |buckets, at| {
            if let Some(own) = &own {
                let other = leaves(corpus.rows.row(at)).unwrap_or_default();
                let same = own.iter().zip(&other).filter(|(left, right)| left == right);
                return same.count() as f64 / own.len().max(1) as f64;
            }
            corpus.buckets(&detector.model, at, buckets);
            buckets.sort_unstable();
            in_common(&signals.tokens, buckets)
        })
        .collect();
    let mut order: Vec<usize> = (0..corpus.len()).collect();
    order.sort_by(|left, right| {
        likeness[*right]
            .total_cmp(&likeness[*left])
            .then(left.cmp(right))
    });
    let mut found = Neighbours::default();
    for at in order {
        let Some(malicious) = corpus.labels[at].class() else {
            continue;
        };
        let side = if malicious == flagged {
            &mut found.agree
        } else {
            &mut found.disagree
        };
        let text = corpus.shown(at);
        if side.len() < SHOWN && side.iter().all(|neighbour| neighbour.text != text) {
            side.push(Neighbour {
                text,
                label: corpus.labels[at],
                likeness: likeness[at],
            });
        }
        if found.agree.len() >= SHOWN && found.disagree.len() >= SHOWN {
            break;
        }
    }
    found
}

/// Returns the share that two lists have in common; the right one is sorted.
fn in_common(left: &[u32], right: &[u32]) -> f64 {
    let both = left
        .iter()
        .filter(|bucket| right.binary_search(bucket).is_ok())
        .count();
    let all = left.len() + right.len() - both;
    both as f64 / all.max(1) as f64
}
