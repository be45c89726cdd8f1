//! Negative flips as shares, by family, source, tenant, slice and month, each part tested against luck.

use ringtrue_core::metrics::interval::{CONFIDENCE, TRIALS_MIN, WIDTH_MAX};
use ringtrue_core::metrics::{Rate, effective_interval, holm, mcnemar};

use super::pairs::{Dimension, Pair, Pairs};
use super::report::Part;
use super::tally::{Asked, changes, flip_counts, losses};

/// Parts of one dimension that are listed: those with the most negative flips.
const PARTS_LISTED_MAX: usize = 200;

/// The parts of every dimension.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    pub(super) family: Vec<Part>,
    pub(super) source: Vec<Part>,
    pub(super) tenant: Vec<Part>,
    pub(super) slice: Vec<Part>,
    pub(super) month: Vec<Part>,
}

/// Counts the flips of every part. All are tested, and corrected together.
pub(super) fn parts(pairs: &Pairs) -> Parts {
    let mut found = Parts {
        family: of(pairs, Dimension::Family),
        source: of(pairs, Dimension::Source),
        tenant: of(pairs, Dimension::Tenant),
        slice: of(pairs, Dimension::Slice),
        month: of(pairs, Dimension::Month),
    };
    let tested = found.tested();
    let values: Vec<f64> = tested.iter().filter_map(|part| part.p).collect();
    let mut corrected = holm(&values).into_iter();
    for part in tested {
        part.p_holm = part.p.and_then(|_| corrected.next());
    }
    for list in [
        &mut found.family,
        &mut found.source,
        &mut found.tenant,
        &mut found.slice,
    ] {
        list.sort_by_key(|part| std::cmp::Reverse((part.negative_flips, part.positive_flips)));
        list.truncate(PARTS_LISTED_MAX);
    }
    found
}

impl Parts {
    fn tested(&mut self) -> Vec<&mut Part> {
        let lists = [
            &mut self.family,
            &mut self.source,
            &mut self.tenant,
            &mut self.slice,
            &mut self.month,
        ];
        lists.into_iter().flatten().collect()
    }
}

fn of(pairs: &Pairs, dimension: Dimension) -> Vec<Part> {
    let parts = pairs.parts(dimension).into_iter();
    parts.map(|(name, members)| part(name, &members)).collect()
}

fn part(name: String, members: &[&Pair]) -> Part {
    let counts = flip_counts(members.iter().copied());
    let decided = members
        .iter()
        .filter(|pair| Asked::Right.concerns(pair.label));
    Part {
        name,
        events: decided.count() as u64,
        negative_flips: counts.negative(),
        positive_flips: counts.positive(),
        counts,
        negative_flip_rate: negative_flip_rate(members.iter().copied()),
        p: p(members.iter().copied()),
        p_holm: None,
    }
}

/// Returns the exact two-sided McNemar test of as many changes for the worse as for the better, near-duplicates counted as far as they
/// differ; `None` if nothing changed.
pub(super) fn p<'a>(members: impl IntoIterator<Item = &'a Pair>) -> Option<f64> {
    let found = changes(members, Asked::Right);
    let by = found.design_effect;
    let is_changed = found.worse + found.better > 0;
    is_changed.then(|| mcnemar(found.worse as f64 / by, found.better as f64 / by))
}

/// Returns the share that got worse with its interval, near-duplicates counted as far as they differ; `None` where the
/// events do not support a rate.
pub(super) fn negative_flip_rate<'a>(members: impl IntoIterator<Item = &'a Pair>) -> Option<Rate> {
    let changes = losses(members);
    if changes.events < TRIALS_MIN {
        return None;
    }
    let value = changes.worse as f64 / changes.events as f64;
    let events = changes.events as f64 / changes.design_effect;
    let (low, high) = effective_interval(value, events, CONFIDENCE);
    (high - low <= WIDTH_MAX).then_some(Rate { value, low, high })
}
