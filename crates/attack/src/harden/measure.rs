//! The measures that are tried, from nothing to all at once.

use serde::{Deserialize, Serialize};

/// What is done to make a detector harder to get past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// All parts of the model are used, however simple a model is enough where nobody evades.
    pub whole: bool,
    /// What the attacker can only add, or only take away, never speaks for an event by that.
    pub constrained: bool,
    /// What costs the attacker next to nothing to change either way, the text among it, is not looked at.
    pub cheap_left_out: bool,
    /// Rounds of adversarial examples that are trained on; 0 for none.
    pub rounds: u32,
}

impl Measure {
    /// Returns the measures that are tried, the simplest first; the first is to do nothing.
    #[must_use]
    pub fn all(rounds: u32) -> Vec<Self> {
        let plain = Self::default();
        let constrained = Self {
            constrained: true,
            ..plain
        };
        let cheap_left_out = Self {
            cheap_left_out: true,
            ..constrained
        };
        let whole = Self {
            whole: true,
            ..plain
        };
        let mut all = vec![plain, constrained, cheap_left_out, whole];
        all.extend((1..=rounds).map(|rounds| Self { rounds, ..whole }));
        if rounds > 0 {
            all.push(Self {
                rounds,
                whole: true,
                ..constrained
            });
        }
        all
    }

    /// Returns its name on a command line.
    #[must_use]
    pub fn name(&self) -> String {
        let mut parts = Vec::new();
        if self.constrained {
            parts.push("constrained".to_owned());
        }
        if self.cheap_left_out {
            parts.push("dear".to_owned());
        }
        match (self.rounds, self.whole) {
            (0, true) => parts.push("whole".to_owned()),
            (0, false) => {}
            (rounds, _) => parts.push(format!("adversarial-{rounds}")),
        }
        if parts.is_empty() {
            "plain".to_owned()
        } else {
            parts.join("-")
        }
    }

    /// Returns what is done, as a fragment.
    #[must_use]
    pub fn title(&self) -> String {
        let mut parts = Vec::new();
        if self.whole {
            parts.push("all parts of the model".to_owned());
        }
        if self.constrained {
            parts.push("constraints by the declarations".to_owned());
        }
        if self.cheap_left_out {
            parts.push("without what is cheap to change".to_owned());
        }
        match self.rounds {
            0 => {}
            1 => parts.push("adversarial examples of one round".to_owned()),
            rounds => parts.push(format!("adversarial examples of {rounds} rounds")),
        }
        if parts.is_empty() {
            "as it is".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_told_apart_and_begin_with_none() {
        let all = Measure::all(2);
        let titles: Vec<String> = all.iter().map(Measure::title).collect();
        assert_eq!(
            titles,
            [
                "as it is",
                "constraints by the declarations",
                "constraints by the declarations, without what is cheap to change",
                "all parts of the model",
                "all parts of the model, adversarial examples of one round",
                "all parts of the model, adversarial examples of 2 rounds",
                "all parts of the model, constraints by the declarations, adversarial examples of 2 rounds",
            ]
        );
        let names: Vec<String> = all.iter().map(Measure::name).collect();
        assert_eq!(
            names,
            [
                "plain",
                "constrained",
                "constrained-dear",
                "whole",
                "adversarial-1",
                "adversarial-2",
                "constrained-adversarial-2",
            ]
        );
        assert_eq!(Measure::all(0).len(), 4);
    }
}
