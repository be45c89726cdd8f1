//! From signal declarations to what a search lets the attacker do.

use std::collections::BTreeMap;

use ringtrue_core::signal::{Movable, SignalDeclaration, SignalType};
use ringtrue_core::{Precision, SignalSchema};

use super::ground::{Attacker, Distance, Move};

/// How the distance between two rows is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The largest change of a signal, in its unit (L-infinity).
    Largest,
    /// The sum of changes (L1).
    Sum,
    /// The root of the sum of squared changes (L2).
    Euclidean,
    /// The attacker's minutes, as declared; signals that move together cost once.
    Minutes,
}

impl Attacker {
    /// Makes an attacker who keeps to the declarations of a schema. `units` are the changes that count as 1 for each
    /// signal, 1 where there is none, and do not matter to [`Measure::Minutes`]; `precision` is that of the rows.
    ///
    /// Categories are held: their codes have no order. A signal without a step costs its minutes for a change by 1.
    #[must_use]
    pub fn declared(
        schema: &SignalSchema,
        measure: Measure,
        units: &[f64],
        precision: Precision,
    ) -> Self {
        let groups = match measure {
            Measure::Minutes => groups(schema),
            Measure::Largest | Measure::Sum | Measure::Euclidean => Vec::new(),
        };
        let signals = schema.signals.iter().enumerate();
        let moves = signals.map(|(signal, declaration)| {
            let view = &declaration.attacker;
            let price = match measure {
                Measure::Minutes if view.step > 0.0 => view.cost_minutes / view.step,
                Measure::Minutes => view.cost_minutes,
                _ => 1.0 / units.get(signal).copied().unwrap_or(1.0),
            };
            if is_held(declaration) {
                return Move::HELD;
            }
            Move {
                movable: view.movable,
                step: view.step.max(0.0),
                price: if price >= 0.0 { price } else { 0.0 },
                group: groups.get(signal).copied().flatten(),
            }
        });
        Self {
            moves: moves.collect(),
            distance: match measure {
                Measure::Largest => Distance::Largest,
                Measure::Sum | Measure::Minutes => Distance::Sum,
                Measure::Euclidean => Distance::Euclidean,
            },
            precision,
        }
    }
}

/// Returns whether a search holds a signal whatever its declaration lets the attacker do.
pub(crate) fn is_held(declaration: &SignalDeclaration) -> bool {
    declaration.signal_type == SignalType::Category || declaration.attacker.movable == Movable::No
}

/// Returns the number of each signal's group: signals whose themes are declared to move together, directly or by way of
/// others. `None` for a signal that moves alone.
pub(crate) fn groups(schema: &SignalSchema) -> Vec<Option<u32>> {
    let themes = schema.themes();
    let place = |name: &str| themes.iter().position(|theme| *theme == name);
    let mut leader: Vec<usize> = (0..themes.len()).collect();
    let find = |leader: &[usize], mut theme: usize| {
        while leader[theme] != theme {
            theme = leader[theme];
        }
        theme
    };
    for signal in schema.signals.iter().filter(|signal| !is_held(signal)) {
        for other in &signal.attacker.together {
            if let (Some(one), Some(other)) = (place(&signal.theme), place(other)) {
                let (one, other) = (find(&leader, one), find(&leader, other));
                leader[one.max(other)] = one.min(other);
            }
        }
    }
    let of = |signal: &SignalDeclaration| {
        let theme = place(&signal.theme).filter(|_| !is_held(signal));
        theme.map(|theme| find(&leader, theme))
    };
    let mut parts: BTreeMap<usize, u32> = BTreeMap::new();
    for theme in schema.signals.iter().filter_map(of) {
        *parts.entry(theme).or_default() += 1;
    }
    let is_joined = |theme: &usize| {
        let themes = (0..leader.len()).filter(|other| find(&leader, *other) == *theme);
        themes.count() > 1 && parts.get(theme).is_some_and(|parts| *parts > 1)
    };
    let number = |theme: usize| u32::try_from(theme).unwrap_or(u32::MAX);
    let signals = schema.signals.iter();
    signals
        .map(|signal| of(signal).filter(is_joined).map(number))
        .collect()
}
