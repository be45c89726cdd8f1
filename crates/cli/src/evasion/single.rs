//! The cheapest change of the one signal that a detector weighs: found exactly, since its margin goes one way.
//!
//! ```text
//!   value ──as far as it must go, in steps or to the next number──► the first value on the other side ──► cost
//! ```

use ringtrue_attack::exact::{Attacker, Cheapest, Goal, Move, Moved, Reached, Side};
use ringtrue_core::Row;
use ringtrue_core::signal::Movable;
use ringtrue_model::{Direction, SingleSignal};

/// Steps beyond which whole numbers are not told apart.
const STEPS_MAX: u64 = 1 << 52;

/// Returns the cheapest change of a row's one signal that reaches the goal. A missing value stays missing.
pub(super) fn cheapest(
    single: &SingleSignal,
    attacker: &Attacker,
    row: &[f64],
    goal: &Goal,
) -> Cheapest {
    let from = row.get(single.column).copied().unwrap_or(f64::NAN);
    let margin = |value: f64| {
        let mut row = row.to_vec();
        if let Some(place) = row.get_mut(single.column) {
            *place = value;
        }
        single.margin(Row::Double(&row))
    };
    if goal.is_reached(margin(from)) {
        return told(0.0, Vec::new());
    }
    let may_move = attacker.moves.get(single.column).unwrap_or(&Move::HELD);
    let is_up = is_up(single.direction, goal.side);
    let can_go = match may_move.movable {
        Movable::No => false,
        Movable::Up => is_up,
        Movable::Down => !is_up,
        Movable::Both => true,
    };
    let is_reached = |value: f64| goal.is_reached(margin(value));
    let to = (can_go && from.is_finite()).then(|| {
        if may_move.step > 0.0 {
            stepped(
                from,
                if is_up { may_move.step } else { -may_move.step },
                is_reached,
            )
        } else {
            freely(from, is_up, is_reached)
        }
    });
    to.flatten().map_or_else(
        || told(f64::INFINITY, Vec::new()),
        |to| {
            let moved = Moved {
                signal: single.column,
                from,
                to,
            };
            told((to - from).abs() * may_move.price, vec![moved])
        },
    )
}

const fn told(cost: f64, witness: Vec<Moved>) -> Cheapest {
    Cheapest {
        lower: cost,
        upper: cost,
        reached: Reached::Proven,
        witness,
        boxes: 0,
    }
}

/// Returns whether the signal has to rise.
const fn is_up(direction: Direction, side: Side) -> bool {
    match (direction, side) {
        (Direction::Higher, Side::Above(_)) | (Direction::Lower, Side::AtMost(_)) => true,
        (Direction::Higher, Side::AtMost(_)) | (Direction::Lower, Side::Above(_)) => false,
    }
}

/// Returns the first value after whole steps that is on the other side.
fn stepped(from: f64, step: f64, is_reached: impl Fn(f64) -> bool) -> Option<f64> {
    let after = |steps: u64| from + steps as f64 * step;
    let (mut low, mut high) = (0, STEPS_MAX);
    if !is_reached(after(high)) {
        return None;
    }
    while high - low > 1 {
        let middle = u64::midpoint(low, high);
        if is_reached(after(middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(after(high))
}

/// Returns the first of the numbers that rows hold, in 32 bits, that is on the other side.
#[expect(clippy::cast_possible_truncation, reason = "rows hold 32 bits")]
fn freely(from: f64, is_up: bool, is_reached: impl Fn(f64) -> bool) -> Option<f64> {
    let (mut near, mut far) = (from as f32, if is_up { f32::MAX } else { f32::MIN });
    if !is_reached(f64::from(far)) {
        return None;
    }
    loop {
        let middle = midway(near, far);
        if middle <= near.min(far) || middle >= near.max(far) {
            return Some(f64::from(far));
        }
        if is_reached(f64::from(middle)) {
            far = middle;
        } else {
            near = middle;
        }
    }
}

/// Returns the number in the middle of those between two, by their order.
fn midway(one: f32, other: f32) -> f32 {
    if one.min(other) < 0.0 && one.max(other) > 0.0 {
        return 0.0;
    }
    let middle = u32::midpoint(one.abs().to_bits(), other.abs().to_bits());
    let middle = f32::from_bits(middle);
    if one < 0.0 || other < 0.0 {
        -middle
    } else {
        middle
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_attack::exact::Distance;
    use ringtrue_core::Precision;

    use super::*;

    fn check(direction: Direction, moves: Move, from: f64, allowed: f64) -> Cheapest {
        let single = SingleSignal {
            column: 1,
            direction,
            fill: 10.0,
            scale: 4.0,
        };
        let attacker = Attacker {
            moves: vec![Move::HELD, moves],
            distance: Distance::Sum,
            precision: Precision::Single,
        };
        let goal = Goal {
            side: Side::AtMost(allowed),
            beside: [0.0; 2],
        };
        let found = cheapest(&single, &attacker, &[7.0, from], &goal);
        // What was found is on the other side, and the number before it is not.
        if let Some(moved) = found.witness.first() {
            let margin = |value: f64| single.margin(Row::Double(&[7.0, value]));
            assert!(margin(moved.to) <= allowed);
            let back = (moved.from - moved.to).signum() * moves.step;
            if back.abs() > 0.0 {
                assert!(margin(moved.to + back) > allowed);
            }
        }
        found
    }

    const FREE: Move = Move {
        movable: Movable::Both,
        step: 0.0,
        price: 2.0,
        group: None,
    };

    #[test]
    fn it_moves_as_far_as_it_must_and_no_farther() {
        let costs = |moves, from, allowed| check(Direction::Higher, moves, from, allowed).upper;
        assert!((costs(FREE, 18.0, 1.0) - 8.0).abs() < 1e-5);
        assert!((costs(FREE, 18.0, -4.0) - 48.0).abs() < 1e-5);
        assert!(costs(FREE, 12.0, 1.0) <= 0.0);
        let stepped = Move { step: 3.0, ..FREE };
        assert!((costs(stepped, 18.0, 1.0) - 12.0).abs() < 1e-9);
        let found = check(Direction::Lower, FREE, 2.0, 1.0);
        assert!((found.upper - 8.0).abs() < 1e-5 && found.witness[0].to > 2.0);
    }

    #[test]
    fn what_cannot_move_that_way_stays() {
        for moves in [
            Move::HELD,
            Move {
                movable: Movable::Up,
                ..FREE
            },
        ] {
            let found = check(Direction::Higher, moves, 18.0, 1.0);
            assert!(found.lower.is_infinite() && found.witness.is_empty());
        }
        let missing = check(Direction::Higher, FREE, f64::NAN, -1.0);
        assert!(missing.upper.is_infinite());
        // Nothing is malicious about a missing value.
        assert!(check(Direction::Higher, FREE, f64::NAN, 0.0).upper <= 0.0);
    }
}
