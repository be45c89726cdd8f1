//! An item of the queue, and the queue.

use std::fmt::{self, Display};

use ringtrue_core::plural;

use super::opinion::Judge;
use crate::errors::Reason;

/// Why somebody is to look at an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It is probably malicious, and nobody has confirmed it.
    Likely,
    /// It is undecided, and a mistake is dear.
    Uncertain,
    /// It is unlike everything that has a label.
    Novel,
    /// Its label is probably wrong.
    Suspected,
    /// People disagree on it.
    Disputed,
    /// It was drawn at random.
    Audit,
}

impl Why {
    /// Every reason, in the order of the shares of a mix.
    pub const ALL: [Self; 6] = [
        Self::Likely,
        Self::Uncertain,
        Self::Novel,
        Self::Suspected,
        Self::Disputed,
        Self::Audit,
    ];

    /// Returns the word that scripts rely on.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Likely => "likely",
            Self::Uncertain => "uncertain",
            Self::Novel => "novel",
            Self::Suspected => "suspected",
            Self::Disputed => "disputed",
            Self::Audit => "audit",
        }
    }

    /// Returns it in an analyst's words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Likely => "among the likeliest to be malicious, and nobody has confirmed it",
            Self::Uncertain => "undecided, where a mistake is dear",
            Self::Novel => "unlike everything that has a label",
            Self::Suspected => "its label is probably wrong",
            Self::Disputed => "people disagree on it",
            Self::Audit => "drawn at random, to keep rates honest",
        }
    }
}

/// What is known of the others behind an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Other events of its entity that are called malicious.
    pub malicious: u32,
    /// Those called benign.
    pub benign: u32,
    /// Those without a label, or an unsure one.
    pub open: u32,
}

impl Display for History {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = self.malicious + self.benign + self.open;
        if others == 0 {
            return formatter.write_str("the only event of its origin");
        }
        write!(
            formatter,
            "{} of its origin: {} malicious, {} benign, {} open",
            plural(u64::from(others), "other event", "other events"),
            self.malicious,
            self.benign,
            self.open
        )
    }
}

/// One thing to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The event's position.
    pub position: u32,
    /// Why.
    pub why: Why,
    /// The positions of the others of its campaign that are as open as it is; an answer is proposed for them too.
    pub others: Vec<u32>,
    /// How probably it is malicious; `None` if too little is known to say.
    pub probability: Option<f64>,
    /// How probably the label that it has is wrong; 0 if it has none, or nothing speaks against it.
    pub suspicion: f64,
    /// The share of what it tells that stands in no labelled event, 0 to 1.
    pub novelty: f64,
    /// What the answer is worth, in the currency of the prices; 0 if too little is known to say.
    pub worth: f64,
    /// With which probability it is in this queue: 1 for what was picked, less for what was drawn.
    pub propensity: f64,
    /// What speaks for looking, weightiest first.
    pub reasons: Vec<Reason>,
    /// What is known of the others of its entity.
    pub history: History,
}

impl Item {
    /// Returns how many events it stands for.
    #[must_use]
    pub fn campaign_size(&self) -> usize {
        self.others.len() + 1
    }
}

/// What to look at next, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// The items.
    pub items: Vec<Item>,
    /// Who takes events for malicious.
    pub judge: Judge,
    /// Campaigns of which anything is open and that nobody else is looking at, in the queue or not.
    pub open: usize,
    /// Open campaigns that somebody else is looking at.
    pub leased: usize,
    /// How many items each reason has, in the order of [`Why::ALL`].
    pub counts: [usize; 6],
}
