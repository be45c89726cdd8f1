//! From a number on an axis to a place in the plot area.

use crate::plot::{Axis, Scale};

/// Probabilities closer to 0 or 1 than this lie on the edge of a logit axis.
pub(super) const LOGIT_EDGE: f64 = 1e-7;
/// Numbers beyond this size are treated as infinite: their differences would leave the range of `f64`.
const SIZE_MAX: f64 = 1e30;

/// Returns `value` if it can be drawn at all.
pub(super) fn usable(value: f64) -> Option<f64> {
    (value.is_finite() && value.abs() <= SIZE_MAX).then_some(value)
}

/// One axis, ready to place numbers.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
    kind: Kind,
    /// The range shown, in the axis' own numbers; `low < high`.
    pub(super) low: f64,
    pub(super) high: f64,
    /// The plot area's size along this axis.
    pub(super) length: f64,
    direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Linear,
    Log,
    Logit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    /// Small numbers at 0.
    Forwards,
    /// Small numbers at the far end: SVG counts downwards.
    Backwards,
}

impl Mapping {
    /// Maps `range` (low below high, both usable, positive on a log axis, inside (0, 1) on a logit axis) to 0 to `length`.
    pub(super) fn new(axis: &Axis, range: (f64, f64), length: f64) -> Self {
        let kind = match axis.scale {
            Scale::Log => Kind::Log,
            Scale::Logit => Kind::Logit,
            Scale::Linear | Scale::Time | Scale::Category { .. } => Kind::Linear,
        };
        Self {
            kind,
            low: range.0,
            high: range.1,
            length,
            direction: Direction::Forwards,
        }
    }

    /// Turns the axis round.
    pub(super) fn upwards(mut self) -> Self {
        self.direction = Direction::Backwards;
        self
    }

    /// Returns the place of `value`, at most one length outside the plot area; `None` if it cannot be drawn.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let value = usable(value)?;
        let (low, high) = (self.transform(self.low), self.transform(self.high));
        let share = ((self.transform(value) - low) / (high - low)).clamp(-1.0, 2.0);
        let share = if share.is_finite() { share } else { 0.0 };
        Some(match self.direction {
            Direction::Forwards => share * self.length,
            Direction::Backwards => (1.0 - share) * self.length,
        })
    }

    /// Returns the place of `value` if it lies in the range shown.
    pub(super) fn place_inside(&self, value: f64) -> Option<f64> {
        let place = self.place(value)?;
        (-1e-6..=self.length + 1e-6)
            .contains(&place)
            .then_some(place)
    }

    /// Returns the place where bars stand: 0 where the axis has one, else its lower end.
    pub(super) fn base(&self) -> f64 {
        let zero = match self.kind {
            Kind::Linear => 0.0_f64.clamp(self.low, self.high),
            Kind::Log | Kind::Logit => self.low,
        };
        self.place(zero).unwrap_or(self.length)
    }

    fn transform(&self, value: f64) -> f64 {
        match self.kind {
            Kind::Linear => value,
            // What is not positive lies on the lower end.
            Kind::Log if value <= 0.0 => self.low.log10(),
            Kind::Log => value.log10(),
            Kind::Logit => {
                let inside = value.clamp(LOGIT_EDGE, 1.0 - LOGIT_EDGE);
                (inside / (1.0 - inside)).ln()
            }
        }
    }
}
