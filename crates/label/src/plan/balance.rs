//! The stop rule: is what the next labels buy worth more than they cost?

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Even the most that the next labels may bring is less than they cost.
    Stop,
    /// Even the least that they may bring is more.
    GoOn,
    /// What is there does not say.
    CannotTell,
}

impl Verdict {
    /// Returns the word that scripts rely on.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::GoOn => "go_on",
            Self::CannotTell => "cannot_tell",
        }
    }
}

/// What the next labels bring and cost, in one currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balance {
    /// What they bring.
    pub worth: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
    /// What they cost.
    pub cost: f64,
    /// What follows.
    pub verdict: Verdict,
}

/// Weighs a gain of recall with its interval, at `price` for all of recall, against a cost.
#[must_use]
pub fn balance((gained, interval): (f64, [f64; 2]), price: f64, cost: f64) -> Balance {
    let [low, high] = interval.map(|end| end * price);
    let verdict = if low >= cost {
        Verdict::GoOn
    } else if high <= cost {
        Verdict::Stop
    } else {
        Verdict::CannotTell
    };
    Balance {
        worth: gained * price,
        interval: [low, high],
        cost,
        verdict,
    }
}
