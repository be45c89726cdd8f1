//! The labelled events that a detector takes for the most alike.

use rayon::prelude::*;
use ringtrue_core::{Action, Label};
use ringtrue_intake::Reading as Signals;

use crate::corpus::Corpus;
use crate::detector_folder::Loaded;
use crate::likeness::Likeness;

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
pub(crate) fn nearest(loaded: &Loaded, signals: &Signals, corpus: &Corpus<'_>) -> Neighbours {
    let detector = &loaded.detector;
    let flagged = detector.score(signals.row(), &signals.tokens).action != Action::Allow;
    let own = Likeness::of(&detector.model, signals.row(), &signals.tokens);
    let likeness: Vec<f64> = (0..corpus.len())
        .into_par_iter()
        .map_init(Vec::new, |buckets, at| {
            if detector.model.forest.is_none() {
                corpus.buckets(&detector.model, at, buckets);
            }
            own.to(&Likeness::of(&detector.model, corpus.rows.row(at), buckets))
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
