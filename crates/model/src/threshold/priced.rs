//! What thresholds cost where events have prices of their own: sums over the events from the highest score
//! down, and the cuts at which they are least.
//!
//! An event's prices are not taken as they stand: a family's price shows on malicious events only, so at
//! each score a miss costs what the misses among the malicious events near it would, and a false positive
//! what the benign events near it say.

use ringtrue_core::cost::Prices;
use ringtrue_core::verdict::Thresholds;

use super::{Scored, Traffic};

/// Events of a class on either side of a score whose prices are averaged.
const NEAR: usize = 25;

/// Expected cost by how many events, from the highest score down, are flagged and blocked.
pub(super) struct Priced {
    /// The numbers of events that a threshold can cut off, with the scores on either side of the cut.
    cuts: Vec<Cut>,
}

/// A place between two scores, and what it costs to flag, or to block, all above it.
#[derive(Clone, Copy)]
struct Cut {
    count: usize,
    /// The lowest score above it; infinite if there is none.
    above: f64,
    /// The highest score below it; minus infinity if there is none.
    below: f64,
    /// A day's cost of reviewing all above it rather than letting them pass.
    review: f64,
    /// A day's cost of blocking all above it rather than reviewing them.
    block: f64,
}

impl Cut {
    /// Returns the threshold nearest to `wanted` that cuts here.
    fn near(&self, wanted: f64) -> f64 {
        let threshold = wanted.min(self.above);
        if threshold > self.below {
            threshold
        } else {
            self.below.next_up()
        }
    }
}

impl Priced {
    /// Sums over `events`, which stand highest score first; `weights` are how many events a day a benign and
    /// a malicious one stand for.
    pub(super) fn new(events: &[Scored], weights: [f64; 2], mean: Prices) -> Self {
        let misses = Means::new(events, true, mean.false_negative, |p| p.false_negative);
        let errors = Means::new(events, false, mean.false_positive, |p| p.false_positive);
        let reviews =
            [false, true].map(|class| Means::new(events, class, mean.review, |p| p.review));
        let mut cut = Cut {
            count: 0,
            above: f64::INFINITY,
            below: f64::NEG_INFINITY,
            review: 0.0,
            block: 0.0,
        };
        let mut cuts = Vec::new();
        let mut seen = [0_usize; 2];
        for event in events {
            if cut.above > event.score {
                cut.below = event.score;
                cuts.push(cut);
            }
            let score = event.score;
            let weight = event.times * weights[usize::from(event.malicious)];
            let [benign, malicious] = seen;
            let review = (1.0 - score) * reviews[0].at(benign) + score * reviews[1].at(malicious);
            cut.review += weight * (review - score * misses.at(malicious));
            cut.block += weight * ((1.0 - score) * errors.at(benign) - review);
            cut.count += 1;
            cut.above = score;
            seen[usize::from(event.malicious)] += 1;
        }
        cut.below = f64::NEG_INFINITY;
        cuts.push(cut);
        Self { cuts }
    }

    /// Returns the thresholds of least expected cost when an alert costs `worth` beside its price: of those
    /// that cut the events alike, the ones nearest to `plain`.
    pub(super) fn cheapest(&self, traffic: &Traffic, worth: f64, plain: Thresholds) -> Thresholds {
        let mut block: Option<(f64, Cut)> = None;
        let mut best: Option<(f64, Cut, Cut)> = None;
        for cut in &self.cuts {
            let blocking = cut.block + worth * traffic.blocked(cut.count);
            let (least, blocked) = match block {
                Some(found) if found.0 <= blocking => found,
                _ => *block.insert((blocking, *cut)),
            };
            let cost = least + cut.review + worth * traffic.reviewed(cut.count);
            if best.is_none_or(|(found, ..)| cost < found) {
                best = Some((cost, blocked, *cut));
            }
        }
        best.map_or(plain, |(_, blocked, flagged)| Thresholds {
            review: flagged.near(plain.review),
            block: blocked.near(plain.block),
        })
    }
}

/// The mean of a price among the events of one class that are near in score.
struct Means {
    /// Sums over the first events of the class, from none to all: of their prices, and of what they stand for.
    sums: Vec<(f64, f64)>,
    /// What holds if the class has no event.
    fallback: f64,
}

impl Means {
    fn new(events: &[Scored], class: bool, fallback: f64, price: fn(&Prices) -> f64) -> Self {
        let mut sums = vec![(0.0, 0.0)];
        let mut sum = (0.0, 0.0);
        for event in events.iter().filter(|event| event.malicious == class) {
            sum.0 += event.times * price(&event.prices);
            sum.1 += event.times;
            sums.push(sum);
        }
        Self { sums, fallback }
    }

    /// Returns the mean around the place behind the first `count` events of the class.
    fn at(&self, count: usize) -> f64 {
        let from = count.saturating_sub(NEAR);
        let to = count.saturating_add(NEAR).min(self.sums.len() - 1);
        match (self.sums.get(from), self.sums.get(to)) {
            (Some(before), Some(until)) if until.1 > before.1 => {
                (until.0 - before.0) / (until.1 - before.1)
            }
            _ => self.fallback,
        }
    }
}
