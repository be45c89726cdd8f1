//! What an attacker can do to one row: which values of each signal are in reach, and what they cost.

use ringtrue_core::Precision;
use ringtrue_core::signal::Movable;

use super::ensemble::Ensemble;

/// How the changes of single signals make up the cost of a row's change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    /// The largest change counts.
    Largest,
    /// The changes are summed; those of signals that move together count once, as the dearest of them.
    Sum,
    /// The root of the sum of squares.
    Euclidean,
}

/// What an attacker can do to one signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Move {
    /// Which way it can be moved.
    pub movable: Movable,
    /// It moves in multiples of this; 0 if it moves freely.
    pub step: f64,
    /// What a change by 1 costs, 0 or more.
    pub price: f64,
    /// Signals of one number move together: under [`Distance::Sum`] they cost once.
    pub group: Option<u32>,
}

impl Move {
    /// A signal that the attacker cannot change.
    pub const HELD: Self = Self {
        movable: Movable::No,
        step: 0.0,
        price: 1.0,
        group: None,
    };
}

/// What an attacker can do to a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Attacker {
    /// For each signal of the forest; what is lacking is held.
    pub moves: Vec<Move>,
    /// How changes make up the cost.
    pub distance: Distance,
    /// The precision in which rows hold signals.
    pub precision: Precision,
}

/// The side of the decision that is sought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    /// A margin of at most this.
    AtMost(f64),
    /// A margin above this.
    Above(f64),
}

impl Side {
    /// Returns whether a margin lies on this side.
    #[must_use]
    pub fn holds(self, margin: f64) -> bool {
        match self {
            Self::AtMost(bound) => margin <= bound,
            Self::Above(bound) => margin > bound,
        }
    }
}

/// What is sought: a margin of the whole model on a side. What the model adds to the forest's margin may lie anywhere
/// between two numbers, as the attacker likes (a text part whose reach is bounded); they are equal if it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// The side.
    pub side: Side,
    /// The least and the most that is added to the forest's margin.
    pub beside: [f64; 2],
}

impl Goal {
    /// Returns whether a margin of the forest reaches the goal, with the best addition for the attacker.
    #[must_use]
    pub fn is_reached(&self, forest: f64) -> bool {
        let [low, high] = self.beside;
        match self.side {
            Side::AtMost(_) => self.side.holds(forest + low),
            Side::Above(_) => self.side.holds(forest + high),
        }
    }
}

/// One row, as the forest reads it, and what the attacker can do to it.
pub(super) struct Ground<'a> {
    pub(super) row: Vec<f64>,
    pub(super) moves: Vec<Move>,
    pub(super) distance: Distance,
    pub(super) precision: Precision,
    pub(super) ensemble: &'a Ensemble<'a>,
}

/// Room for rounding where a reach is turned into values: what is beyond is cut off by its exact cost.
const ROOM: f64 = 1.0 + 1e-9;

impl<'a> Ground<'a> {
    pub(super) fn new(ensemble: &'a Ensemble<'a>, attacker: &Attacker, row: &[f64]) -> Self {
        let precision = match (ensemble.precision, attacker.precision) {
            (Precision::Double, Precision::Double) => Precision::Double,
            _ => Precision::Single,
        };
        let width = ensemble.cuts.len();
        let value = |signal| row.get(signal).copied().unwrap_or(f64::NAN);
        let row: Vec<f64> = (0..width)
            .map(|signal| read(precision, value(signal)))
            .collect();
        let moves = (0..width).map(|signal| {
            let wanted = attacker.moves.get(signal).copied().unwrap_or(Move::HELD);
            // A missing value stays so, and sets have no order to move along.
            let is_held = !row[signal].is_finite() || ensemble.in_sets[signal];
            if is_held { Move::HELD } else { wanted }
        });
        Self {
            moves: moves.collect(),
            row,
            distance: attacker.distance,
            precision,
            ensemble,
        }
    }

    /// Returns what a change of a signal by `change` counts for: its price, squared under [`Distance::Euclidean`].
    pub(super) fn cost(&self, signal: usize, change: f64) -> f64 {
        let cost = change.abs() * self.moves[signal].price;
        match self.distance {
            Distance::Largest | Distance::Sum => cost,
            Distance::Euclidean => cost * cost,
        }
    }

    /// Turns a sum (or largest) of costs into the distance.
    pub(super) fn told(&self, cost: f64) -> f64 {
        match self.distance {
            Distance::Largest | Distance::Sum => cost,
            Distance::Euclidean => cost.sqrt(),
        }
    }

    /// Returns the ends of what a signal can reach at a cost of `reach`, with some room.
    pub(super) fn ends(&self, signal: usize, reach: f64) -> (f64, f64) {
        let (from, change) = (self.row[signal], self.moves[signal]);
        let by = self.told(reach) / change.price * ROOM;
        // Nothing at no price is as far as one likes.
        let by = if by.is_nan() { f64::INFINITY } else { by };
        let by = by + from.abs() * f64::EPSILON;
        let by = if change.step > 0.0 {
            (by / change.step * ROOM).floor() * change.step
        } else {
            by
        };
        let (down, up) = match change.movable {
            Movable::No => (false, false),
            Movable::Up => (false, true),
            Movable::Down => (true, false),
            Movable::Both => (true, true),
        };
        let low = if down { from - by } else { from };
        (low, if up { from + by } else { from })
    }

    /// Returns the values nearest to a cut that the signal can take if it moves far enough: the greatest up to the cut,
    /// and the least above it.
    pub(super) fn around(&self, signal: usize, cut: f64) -> (f64, f64) {
        let (from, step) = (self.row[signal], self.moves[signal].step);
        let value = |steps: f64| read(self.precision, from + steps * step);
        if step > 0.0 && cut.is_finite() {
            let mut steps = ((cut - from) / step).floor();
            // Rounding may put the quotient one step off. Beyond what the precision can tell apart steps are no more.
            for _ in 0..STEPS_OFF {
                if value(steps) > cut {
                    steps -= 1.0;
                } else if value(steps + 1.0) <= cut {
                    steps += 1.0;
                }
            }
            return (value(steps), value(steps + 1.0));
        }
        match self.precision {
            Precision::Double => (cut, cut.next_up()),
            Precision::Single => {
                let near = single(cut);
                let below = if f64::from(near) > cut {
                    near.next_down()
                } else {
                    near
                };
                (f64::from(below), f64::from(below.next_up()))
            }
        }
    }
}

/// Steps by which a rounded quotient is put right at most.
const STEPS_OFF: usize = 4;

#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding to 32 bits is what is meant"
)]
const fn single(value: f64) -> f32 {
    value as f32
}

/// Returns a value as rows of this precision hold it.
pub(super) fn read(precision: Precision, value: f64) -> f64 {
    match precision {
        Precision::Single => f64::from(single(value)),
        Precision::Double => value,
    }
}
