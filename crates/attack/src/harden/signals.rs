//! What the declarations say of signals that an attacker moves: which way they may speak, and which are too cheap to trust.

use ringtrue_core::SignalSchema;
use ringtrue_core::signal::{Monotone, Movable, SignalType};

use crate::artefact::minutes::SCRIPTED;

/// Returns a schema under which no signal speaks for an event by moving the one way that the attacker can move it: what can be
/// added to never lowers the score by more, what can be taken from never by less. A signal whose direction an expert stated
/// keeps that.
///
/// # Source
///
/// Incer, Theodorides, Afroz and Wagner, "Adversarially robust malware detection using monotonic classification", IWSPA 2018.
/// There all features are additive; here each signal's declaration says whether it is.
#[must_use]
pub fn constrained(schema: &SignalSchema) -> SignalSchema {
    let mut schema = schema.clone();
    for signal in &mut schema.signals {
        let is_free =
            signal.monotone == Monotone::Free && signal.signal_type != SignalType::Category;
        signal.monotone = match signal.attacker.movable {
            Movable::Up if is_free => Monotone::Raises,
            Movable::Down if is_free => Monotone::Lowers,
            _ => signal.monotone,
        };
    }
    schema
}

/// Returns the names of the signals that an attacker moves either way for no more than a script takes.
#[must_use]
pub fn cheap(schema: &SignalSchema) -> Vec<String> {
    let is_cheap = |view: &ringtrue_core::signal::AttackerView| {
        view.movable == Movable::Both && view.cost_minutes <= SCRIPTED
    };
    let signals = schema.signals.iter();
    signals
        .filter(|signal| is_cheap(&signal.attacker))
        .map(|signal| signal.name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use Monotone::{Free, Lowers, Raises};
    use ringtrue_core::signal::{AttackerView, Privacy, SignalDeclaration};

    use super::*;

    fn signal(name: &str, movable: Movable, cost_minutes: f64) -> SignalDeclaration {
        SignalDeclaration {
            name: name.to_owned(),
            meaning: String::new(),
            unit: "count".to_owned(),
            theme: "all".to_owned(),
            signal_type: SignalType::Number,
            privacy: Privacy::Plain,
            attacker: AttackerView::steps(movable, cost_minutes),
            monotone: Monotone::Free,
        }
    }

    #[test]
    fn directions_follow_what_the_attacker_can_do() {
        let mut signals = vec![
            signal("added", Movable::Up, 1.0),
            signal("taken", Movable::Down, 1.0),
            signal("either", Movable::Both, 0.1),
            signal("dear", Movable::Both, 5.0),
            signal("held", Movable::No, 0.0),
            signal("code", Movable::Up, 0.0),
            signal("stated", Movable::Down, 1.0),
        ];
        signals[5].signal_type = SignalType::Category;
        signals[6].monotone = Monotone::Raises;
        let schema = SignalSchema {
            code: "test/1".to_owned(),
            signals,
        };
        let ways: Vec<Monotone> = constrained(&schema)
            .signals
            .iter()
            .map(|signal| signal.monotone)
            .collect();
        assert_eq!(ways, [Raises, Lowers, Free, Free, Free, Free, Raises]);
        assert_eq!(constrained(&schema).digest(), schema.digest());
        assert_eq!(cheap(&schema), ["either"]);
    }
}
