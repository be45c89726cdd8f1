//! Signals as variables: their values at chosen events, and which of them say most of the label.

use ringtrue_core::signal::{Movable, SignalDeclaration, SignalType};
use ringtrue_core::task::same_name;

use crate::bins::Bins;
use crate::data::Data;
use crate::probe::evenly;

/// Events of each class by which signals are compared for what they say of the label.
const RANKED_EVENTS: usize = 5_000;
/// Bins of a number, and codes of a category, by which signals are compared.
pub(crate) const BINS: usize = 16;
/// Codes of a category that keep their own bin.
pub(crate) const CODES_KEPT: usize = 64;

/// A signal with how much it says of the label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ranked {
    /// Its column in a row.
    pub(crate) signal: usize,
    /// The mutual information of its bins and the label in nats, corrected.
    pub(crate) information: f64,
}

impl Data<'_> {
    /// Returns the values of a signal at events.
    pub(crate) fn signal_values(&self, signal: usize, events: &[u32]) -> Vec<f64> {
        let value = |at: &u32| self.rows.get(*at as usize, signal);
        events.iter().map(value).collect()
    }

    /// Returns the signals that say most of the label, at most so many: the most telling first.
    pub(crate) fn strongest_signals(&self, most: usize) -> Vec<Ranked> {
        let mut events: Vec<u32> = [
            ringtrue_core::Label::Benign,
            ringtrue_core::Label::Malicious,
        ]
        .into_iter()
        .flat_map(|label| evenly(&self.of_class(label), RANKED_EVENTS))
        .collect();
        events.sort_unstable();
        let malicious = || events.iter().map(|at| self.malicious[*at as usize]);
        let signals = self.schema.signals.iter().enumerate();
        let mut ranked: Vec<Ranked> = signals
            .map(|(signal, declaration)| Ranked {
                signal,
                information: bins_of(declaration, &self.signal_values(signal, &events))
                    .information_on(malicious()),
            })
            .collect();
        ranked.sort_by(|one, other| {
            let order = other.information.total_cmp(&one.information);
            order.then(one.signal.cmp(&other.signal))
        });
        ranked.truncate(most);
        ranked
    }
}

/// Puts a signal's values into bins by what they are.
pub(crate) fn bins_of(declaration: &SignalDeclaration, values: &[f64]) -> Bins {
    match declaration.signal_type {
        SignalType::Number => Bins::of_numbers(values, BINS),
        SignalType::Flag | SignalType::Category => Bins::of_codes(values, CODES_KEPT),
    }
}

impl Data<'_> {
    /// Returns whether an attacker can move a column: by the declaration of one of its signals, or since the task names it among what they change.
    pub(crate) fn attacker_moves(&self, column: &str) -> bool {
        let named = self.task.attacker.can_change.iter();
        let of_column = self
            .schema
            .signals
            .iter()
            .filter(|signal| signal.theme == column);
        named.into_iter().any(|name| same_name(name, column))
            || of_column
                .into_iter()
                .any(|signal| signal.attacker.movable != Movable::No)
    }

    /// Returns what it costs an attacker to move what is computed of columns: the cheapest of them decides.
    pub(crate) fn cost_to_move(&self, columns: &[&str]) -> String {
        let moved: Vec<&str> = columns
            .iter()
            .copied()
            .filter(|column| self.attacker_moves(column))
            .collect();
        let minutes = |column: &&str| {
            let of_column = self
                .schema
                .signals
                .iter()
                .filter(|signal| signal.theme == **column);
            let costs = of_column.map(|signal| signal.attacker.cost_minutes);
            costs.min_by(f64::total_cmp).unwrap_or(0.0)
        };
        let Some(cheapest) = moved
            .iter()
            .min_by(|one, other| minutes(one).total_cmp(&minutes(other)))
        else {
            return "an attacker cannot move it".to_owned();
        };
        let cost = minutes(cheapest);
        if cost > 0.0 {
            format!("an attacker moves it through `{cheapest}`, for {cost} minutes a step")
        } else {
            format!("an attacker moves it through `{cheapest}`, which is declared free to change")
        }
    }
}
