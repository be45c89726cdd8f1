//! Why a label is suspected, in words.

use std::fmt::{self, Display};

use ringtrue_core::{Label, plural};

/// What a suspected label would be if it is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// It is malicious, and called benign.
    MaliciousCalledBenign,
    /// It is benign, and called malicious.
    BenignCalledMalicious,
}

impl Direction {
    /// Returns the direction in which a label of an event that is called malicious or not would be wrong.
    pub(super) const fn of(called: bool) -> Self {
        if called {
            Self::BenignCalledMalicious
        } else {
            Self::MaliciousCalledBenign
        }
    }

    /// Returns the word that scripts rely on.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::MaliciousCalledBenign => "malicious_called_benign",
            Self::BenignCalledMalicious => "benign_called_malicious",
        }
    }

    /// Returns what the event is called.
    #[must_use]
    pub const fn called(self) -> Label {
        match self {
            Self::MaliciousCalledBenign => Label::Benign,
            Self::BenignCalledMalicious => Label::Malicious,
        }
    }

    /// Returns what the event is if its label is wrong.
    #[must_use]
    pub const fn truth(self) -> Label {
        match self {
            Self::MaliciousCalledBenign => Label::Malicious,
            Self::BenignCalledMalicious => Label::Benign,
        }
    }
}

/// Why a label is suspected. Shares are those of the events of the same label.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// Its text, as models that never saw its entity read it.
    Text {
        /// How it would be wrong.
        direction: Direction,
        /// Share of the events of the same label that speak less for the other class.
        beyond: f64,
    },
    /// Its signals, as forests that never saw its entity weigh them.
    Signals {
        /// How it would be wrong.
        direction: Direction,
        /// As for the text.
        beyond: f64,
    },
    /// The nearest labelled events, itself left out.
    Neighbours {
        /// How like those called malicious are, 0 to 1.
        malicious: f64,
        /// How like those called benign are.
        benign: f64,
    },
    /// The other events of its entity.
    Entity {
        /// How many of them are called malicious.
        malicious: u32,
        /// How many are called benign.
        benign: u32,
    },
    /// The other events that are nearly the same.
    Campaign {
        /// How many of them are called malicious.
        malicious: u32,
        /// How many are called benign.
        benign: u32,
    },
    /// Other events of its origin or campaign that people confirmed.
    Confirmed {
        /// How many of them are malicious.
        malicious: u32,
        /// How many are benign.
        benign: u32,
    },
}

impl Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { direction, beyond } => speaks(out, "its text reads", *direction, *beyond),
            Self::Signals { direction, beyond } => {
                speaks(out, "its signals say", *direction, *beyond)
            }
            Self::Neighbours { malicious, benign } => write!(
                out,
                "the nearest events called malicious are {malicious:.2} alike, those called benign {benign:.2}"
            ),
            Self::Entity {
                malicious: 0,
                benign: 0,
            } => out.write_str("no other event has its origin"),
            Self::Entity { malicious, benign } => others(out, "of its origin", *malicious, *benign),
            Self::Campaign { malicious, benign } => {
                others(out, "nearly the same as it", *malicious, *benign)
            }
            Self::Confirmed { malicious, benign } => write!(
                out,
                "people looked at {} of its origin or campaign: {malicious} malicious, {benign} benign",
                plural(u64::from(malicious + benign), "other event", "other events")
            ),
        }
    }
}

fn speaks(
    out: &mut fmt::Formatter<'_>,
    what: &str,
    direction: Direction,
    beyond: f64,
) -> fmt::Result {
    let (truth, called) = (direction.truth().word(), direction.called().word());
    // Rounding up to 100 would claim more than was seen.
    let percent = (beyond * 1_000.0).floor() / 10.0;
    write!(
        out,
        "{what} {truth}, more so than {percent:.1} % of the events called {called}"
    )
}

fn others(out: &mut fmt::Formatter<'_>, which: &str, malicious: u32, benign: u32) -> fmt::Result {
    let of = |count: u32| plural(u64::from(count), "other event", "other events");
    match (malicious, benign) {
        (0, benign) => write!(out, "{} {which}, called benign", of(benign)),
        (malicious, 0) => write!(out, "{} {which}, called malicious", of(malicious)),
        (malicious, benign) => write!(
            out,
            "{} {which}: {malicious} called malicious, {benign} benign",
            of(malicious + benign)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_confirmed_is_told_as_such() {
        let reason = Reason::Confirmed {
            malicious: 0,
            benign: 8,
        };
        assert_eq!(
            reason.to_string(),
            "people looked at 8 other events of its origin or campaign: 0 malicious, 8 benign"
        );
    }

    #[test]
    fn reasons_are_sentences() {
        let direction = Direction::MaliciousCalledBenign;
        let said = |reason: Reason| reason.to_string();
        assert_eq!(
            said(Reason::Text {
                direction,
                beyond: 0.99999
            }),
            "its text reads malicious, more so than 99.9 % of the events called benign"
        );
        assert_eq!(
            said(Reason::Entity {
                malicious: 0,
                benign: 0
            }),
            "no other event has its origin"
        );
        assert_eq!(
            said(Reason::Entity {
                malicious: 1,
                benign: 0
            }),
            "1 other event of its origin, called malicious"
        );
        assert_eq!(
            said(Reason::Campaign {
                malicious: 3,
                benign: 1
            }),
            "4 other events nearly the same as it: 3 called malicious, 1 benign"
        );
    }
}
