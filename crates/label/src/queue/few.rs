//! What is compared with the few events that are known: halves of the origins, each judged by what learned the other one's events as
//! benign.
//!
//! What nobody labelled is taken for benign. A malicious event among it must not teach that what is like it is benign: nothing is
//! judged by what learned it so, or another event of its origin. What people know teaches both halves.

use ringtrue_core::Label;
use ringtrue_core::random::mix;
use ringtrue_model::Examples;

use super::pool::Pool;

/// How often halves are drawn: several level out what one draw leaves to chance.
const DRAWS: u64 = 3;
/// Events taken for benign that one half learns, at most. More of them outweigh the few that are known: with 20,000 fewer were found on
/// seeds 100 to 103 of `bench/peers/label_queue.py`.
const BENIGN_MAX: usize = 5_000;

/// The known events with what they are compared with.
pub(super) struct Few<'a> {
    pub(super) pool: &'a Pool<'a>,
    /// The halves of every draw: each event is asked once a draw.
    pub(super) halves: Vec<Half>,
    is_malicious: Vec<bool>,
    weight: Vec<f32>,
}

/// One half, and what it is judged by; positions in order.
pub(super) struct Half {
    pub(super) learned: Vec<u32>,
    pub(super) asked: Vec<u32>,
}

impl<'a> Few<'a> {
    /// Returns whether there is something malicious to compare, and something to compare it with.
    pub(super) fn tells(called: &[Label]) -> bool {
        called.contains(&Label::Malicious) && called.contains(&Label::Benign)
    }

    /// Draws the halves; `None` if nothing is called malicious, or nothing is left to compare with.
    pub(super) fn of(pool: &'a Pool<'a>, called: &[Label], seed: u64) -> Option<Self> {
        if !Self::tells(called) {
            return None;
        }
        let is_malicious = called.iter().map(|it| *it == Label::Malicious).collect();
        let draws = (0..DRAWS).map(|draw| mix(seed ^ mix(draw)));
        let halves = draws.flat_map(|seed| [0, 1].map(|side| half(pool, called, seed, side)));
        Some(Self {
            pool,
            halves: halves.collect(),
            is_malicious,
            weight: vec![1.0; called.len()],
        })
    }

    /// Returns the events as training reads them.
    pub(super) fn examples(&self) -> Examples<'_> {
        Examples {
            rows: self.pool.events.rows,
            tokens: self.pool.events.tokens,
            malicious: &self.is_malicious,
            weight: &self.weight,
            entity: self.pool.events.entity,
        }
    }
}

/// Draws the half at `side` (0 or 1).
fn half(pool: &Pool<'_>, called: &[Label], seed: u64, side: u64) -> Half {
    let all = || (0_u32..).take(pool.len());
    let is_here = |at: u32| mix(seed ^ u64::from(pool.events.entity[at as usize])) & 1 == side;
    let is_benign = |at: u32| called[at as usize] == Label::Benign;
    let is_told = |at: u32| pool.stand[at as usize].confirmed;
    let known =
        |at: &u32| called[*at as usize] == Label::Malicious || (is_benign(*at) && is_told(*at));
    let mut learned: Vec<u32> = all().filter(known).collect();
    let (here, mut taken): (Vec<u32>, Vec<u32>) = all()
        .filter(|at| is_benign(*at) && !is_told(*at))
        .partition(|at| is_here(*at));
    if taken.is_empty() {
        // All are of one origin.
        taken = here;
    }
    taken.sort_by_cached_key(|at| (mix(seed ^ mix(u64::from(*at))), *at));
    taken.truncate(BENIGN_MAX);
    learned.append(&mut taken);
    learned.sort_unstable();
    Half {
        learned,
        asked: all().filter(|at| is_here(*at)).collect(),
    }
}
