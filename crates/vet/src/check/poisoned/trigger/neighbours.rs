//! What the rest of an event says: the labels of the events that are most like it once the tokens of a set are taken away.

use std::collections::{BTreeMap, HashMap};

use super::{Seen, Set};
use crate::data::Data;

/// Neighbours that are asked.
const NEIGHBOURS: usize = 5;
/// Events of a set that are looked up, at most.
const LOOKED_UP: usize = 8;
/// Share of all events beyond which a token says nothing of an event.
const COMMON_SHARE: f64 = 0.25;

/// An event that is looked up.
struct Query<'a> {
    set: usize,
    events: &'a [u32],
    norm: f64,
    /// The most alike so far: how much, and whether malicious.
    nearest: Vec<(f64, bool)>,
}

/// Returns for each set the share of its events most of whose neighbours outside the set have the other label.
///
/// Likeness is the cosine of tokens weighed by how rare they are (inverse document frequency).
pub(super) fn opposed(data: &Data<'_>, sets: &[Set], seen: &[Seen]) -> Vec<f64> {
    let decided = data.decided();
    let weights = Weights {
        seen,
        events: decided.len() as f64,
    };
    let (mut queries, holding) = queries(data, sets, &weights);
    let mut scratch = Vec::new();
    for at in &decided {
        let buckets = data.tokens.get(*at as usize, &mut scratch);
        let mut shared: BTreeMap<u32, f64> = BTreeMap::new();
        let mut norm = 0.0;
        for bucket in buckets {
            let weight = weights.of(*bucket);
            norm += weight;
            for query in holding.get(bucket).into_iter().flatten() {
                *shared.entry(*query).or_default() += weight;
            }
        }
        for (query, shared) in shared {
            if let Some(query) = queries.get_mut(query as usize) {
                query.meet(
                    *at,
                    shared / norm.sqrt().max(f64::MIN_POSITIVE),
                    data.malicious[*at as usize],
                );
            }
        }
    }
    let mut opposed = vec![(0_u32, 0_u32); sets.len()];
    for query in &queries {
        let is_malicious = sets[query.set].malicious;
        let others = query
            .nearest
            .iter()
            .filter(|(_, malicious)| *malicious != is_malicious);
        let (count, of) = &mut opposed[query.set];
        *of += 1;
        *count += u32::from(others.count() * 2 > query.nearest.len());
    }
    opposed
        .into_iter()
        .map(|(count, of)| f64::from(count) / f64::from(of.max(1)))
        .collect()
}

/// How much tokens weigh.
struct Weights<'a> {
    seen: &'a [Seen],
    events: f64,
}

impl Weights<'_> {
    /// Returns the squared inverse document frequency of a token; 0 for one that is common, or stands once.
    fn of(&self, bucket: u32) -> f64 {
        let count = self
            .seen
            .get(bucket as usize)
            .map_or(0.0, |seen| f64::from(seen.events));
        if count < 2.0 || count > COMMON_SHARE * self.events {
            return 0.0;
        }
        (self.events / count).ln().powi(2)
    }
}

/// Returns the queries, and for each token those that hold it; the tokens of a set are none of its events'.
fn queries<'a>(
    data: &Data<'_>,
    sets: &'a [Set],
    weights: &Weights<'_>,
) -> (Vec<Query<'a>>, HashMap<u32, Vec<u32>>) {
    let (mut queries, mut holding) = (Vec::new(), HashMap::<u32, Vec<u32>>::new());
    let mut scratch = Vec::new();
    for (number, set) in sets.iter().enumerate() {
        let step = set.events.len().div_ceil(LOOKED_UP).max(1);
        for at in set.events.iter().step_by(step) {
            let query = u32::try_from(queries.len()).unwrap_or(u32::MAX);
            let mut norm = 0.0;
            for bucket in data.tokens.get(*at as usize, &mut scratch) {
                let is_of_set = weights
                    .seen
                    .get(*bucket as usize)
                    .is_some_and(|seen| seen.key() == set.key);
                let weight = weights.of(*bucket);
                if weight > 0.0 && !is_of_set {
                    norm += weight;
                    holding.entry(*bucket).or_default().push(query);
                }
            }
            queries.push(Query {
                set: number,
                events: &set.events,
                norm: norm.sqrt(),
                nearest: Vec::new(),
            });
        }
    }
    (queries, holding)
}

impl Query<'_> {
    /// Takes in an event of this likeness; those of the set do not count.
    fn meet(&mut self, at: u32, shared: f64, malicious: bool) {
        if self.events.binary_search(&at).is_ok() {
            return;
        }
        let likeness = shared / self.norm.max(f64::MIN_POSITIVE);
        let place = self
            .nearest
            .partition_point(|(nearer, _)| *nearer >= likeness);
        if place < NEIGHBOURS {
            self.nearest.insert(place, (likeness, malicious));
            self.nearest.truncate(NEIGHBOURS);
        }
    }
}
