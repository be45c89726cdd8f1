//! Sources left out one by one: what is learned of three quarters of the events, and of these without each source.
//!
//! ```text
//!   events ──by chance──┬─► three quarters ──learn──────────────────► margins of the quarter: `Scores::random`
//!                       │         └────────without a source──learn──► margins of the source: does the score fall there?
//!                       └─► the quarter that is asked ◄───────────┘   margins of the quarter: how far did the source move verdicts?
//! ```
//!
//! Each source is learned without once, however many questions there are. Sources of few events are not left out: nothing could be told of them.

use std::cmp::Reverse;

use ringtrue_core::Trust;

use crate::data::{Asked, Data};
use crate::probe::{CLASS_EVENTS_MIN, Score, Unscored};
use crate::scores::folded;

/// Sources whose score is told, at most, and events that make a source worth it.
const SCORED_MAX: usize = 8;
const SCORED_EVENTS_MIN: usize = 30;
/// Sources that others can write into whose influence is told, at most, and events that make a source worth it.
const OPEN_MAX: usize = 4;
const OPEN_EVENTS_MIN: usize = 100;

/// See the module.
pub(crate) struct LeftOut {
    /// What who learned of all says of the quarter that is asked.
    pub(crate) all: Asked,
    /// Sources whose score is told, by number.
    pub(crate) scored: Vec<Source>,
    /// Sources that others can write into, the largest first.
    pub(crate) open: Vec<Source>,
}

/// A source that was left out.
#[derive(Clone)]
pub(crate) struct Source {
    /// Its number.
    pub(crate) number: usize,
    /// What who learned without it says of its events, beside those of the class that it lacks, with these events.
    pub(crate) own: Asked,
    /// What who learned without it says of the events of [`LeftOut::all`].
    pub(crate) elsewhere: Result<Vec<f64>, Unscored>,
}

impl Source {
    /// Returns how well the classes are told apart in the source by who learned without it.
    pub(crate) fn score(&self, data: &Data<'_>) -> Result<Score, Unscored> {
        let (margins, asked) = self.own.as_ref().map_err(Clone::clone)?;
        data.score(margins, asked)
    }
}

impl LeftOut {
    /// Learns of all, and without each source.
    pub(crate) fn of(data: &Data<'_>) -> Self {
        let decided = data.decided();
        let (train, test) = folded(data, &decided, &decided);
        let all = data.probe_margins(&train, &test);
        let members = data.sources.members();
        let (scored, open) = (scored(&members), open(data, &members));
        let asked = all.as_ref().map_or(&[][..], |(_, asked)| asked.as_slice());
        let mut known: Vec<Source> = Vec::new();
        for number in scored.iter().chain(&open) {
            if known.iter().all(|source| source.number != *number) {
                let (own, elsewhere) = left_out(data, &members[*number], (&train, &test), asked);
                known.push(Source {
                    number: *number,
                    own,
                    elsewhere,
                });
            }
        }
        let of = |numbers: Vec<usize>| {
            let source = |number| known.iter().find(|source| source.number == number).cloned();
            numbers.into_iter().filter_map(source).collect()
        };
        Self {
            scored: of(scored),
            open: of(open),
            all,
        }
    }
}

/// Returns the sources whose score is told, by number: the largest of several.
fn scored(members: &[Vec<u32>]) -> Vec<usize> {
    let mut numbers = largest(members, |members| members.len() >= SCORED_EVENTS_MIN);
    if numbers.len() < 2 {
        return Vec::new();
    }
    numbers.truncate(SCORED_MAX);
    numbers.sort_unstable();
    numbers
}

/// Returns the largest sources that others can write into, where there is another source.
fn open(data: &Data<'_>, members: &[Vec<u32>]) -> Vec<usize> {
    if members.len() < 2 {
        return Vec::new();
    }
    let is_open = |members: &[u32]| {
        let trust = members.iter().map(|at| data.trust[*at as usize]);
        trust.max().is_some_and(|trust| trust >= Trust::Public)
    };
    let mut numbers = largest(members, |members| {
        members.len() >= OPEN_EVENTS_MIN && is_open(members)
    });
    numbers.truncate(OPEN_MAX);
    numbers
}

/// Returns the numbers of the sources that are worth it, the largest first.
fn largest(members: &[Vec<u32>], is_worth: impl Fn(&[u32]) -> bool) -> Vec<usize> {
    let worth = members.iter().enumerate();
    let worth = worth.filter(|(_, members)| is_worth(members));
    let mut numbers: Vec<usize> = worth.map(|(number, _)| number).collect();
    numbers.sort_by_key(|number| (Reverse(members[*number].len()), *number));
    numbers
}

/// Learns of the events at `train` without those of a source, and asks about these and about the events at `asked`.
fn left_out(
    data: &Data<'_>,
    members: &[u32],
    (train, test): (&[u32], &[u32]),
    asked: &[u32],
) -> (Asked, Result<Vec<f64>, Unscored>) {
    let is_other = |at: &&u32| members.binary_search(at).is_err();
    let train: Vec<u32> = train.iter().filter(is_other).copied().collect();
    let mut own: Vec<u32> = members.to_vec();
    // Both classes are asked: the one that the source lacks comes from the others.
    for malicious in [false, true] {
        let is_of = |at: &&u32| data.malicious[**at as usize] == malicious;
        if members.iter().filter(is_of).count() < CLASS_EVENTS_MIN {
            own.extend(test.iter().filter(is_other).filter(is_of));
        }
    }
    own.sort_unstable();
    let own = data.thinned_asked(&own);
    let of_own = own.as_deref().unwrap_or(&[]);
    match data.probe_lists(&train, [of_own, asked]) {
        Ok([of_own, elsewhere]) => (own.map(|own| (of_own, own)), Ok(elsewhere)),
        Err(error) => (Err(error.clone()), Err(error)),
    }
}
