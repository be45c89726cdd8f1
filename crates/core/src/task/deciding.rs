//! What a task says of labels: how several become one, and how the queue shares people's time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::de::DeValue;

use super::problem::Problem;
use super::reader::{Range, Reader, Table};
use crate::label_entry::Method;

/// How the labels of several people and programs become one label, or a dispute.
///
/// The most trusted methods that spoke decide, and those below them give way. If those that decide disagree, the event is
/// disputed; if fewer than the quorum spoke, it is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deciding {
    /// How many who differ must say the same; at least 1.
    pub quorum: u32,
    /// Labels that are less sure than this, in [0, 1], count as unsure.
    pub certainty_min: f64,
    /// How far each method is trusted, in [0, 1]; 0: it never decides.
    pub trust: BTreeMap<Method, f64>,
    /// Where a mistake would cost more than this, two people must say the same; `None`: nowhere.
    pub two_people_above: Option<f64>,
    /// How the queue shares people's time.
    pub queue: QueueMix,
}

impl Default for Deciding {
    fn default() -> Self {
        let trust = Method::ALL.map(|method| (method, usual_trust(method)));
        Self {
            quorum: 1,
            certainty_min: 0.7,
            trust: trust.into_iter().collect(),
            two_people_above: None,
            queue: QueueMix::default(),
        }
    }
}

impl Deciding {
    /// Returns whether nothing is said.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }

    /// Returns how far a method is trusted, in [0, 1].
    #[must_use]
    pub fn trust_in(&self, method: Method) -> f64 {
        self.trust.get(&method).copied().unwrap_or(0.0)
    }

    /// Returns whether two people must say the same of an event of which a mistake costs `impact`.
    #[must_use]
    pub fn needs_two(&self, impact: f64) -> bool {
        self.two_people_above.is_some_and(|above| impact > above)
    }
}

/// Trust by default. A rule never decides alone, for its labels must not reach calibration, thresholds or gates; what
/// stands in an input gives way to whoever looked at the event.
const fn usual_trust(method: Method) -> f64 {
    match method {
        Method::Analyst => 1.0,
        Method::Sandbox => 0.8,
        Method::CustomerReport => 0.6,
        Method::Feed => 0.5,
        Method::Input => 0.3,
        Method::Rule => 0.0,
    }
}

/// Shares of the queue, each from 0 up; what counts is how they stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueMix {
    /// Probably malicious, and confirmed by nobody.
    pub likely: f64,
    /// Undecided, where a mistake is dear.
    pub uncertain: f64,
    /// Unlike everything that has a label.
    pub novel: f64,
    /// Labels that are probably wrong.
    pub suspected: f64,
    /// Labels on which people disagree.
    pub disputed: f64,
    /// Drawn at random with a known probability.
    pub audit: f64,
}

impl Default for QueueMix {
    fn default() -> Self {
        Self {
            likely: 0.7,
            uncertain: 0.05,
            novel: 0.02,
            suspected: 0.08,
            disputed: 0.05,
            audit: 0.1,
        }
    }
}

impl QueueMix {
    /// The names of the shares, as a task states them.
    pub const NAMES: [&'static str; 6] = [
        "likely",
        "uncertain",
        "novel",
        "suspected",
        "disputed",
        "audit",
    ];

    /// Returns the shares in the order of their names.
    #[must_use]
    pub const fn shares(&self) -> [f64; 6] {
        [
            self.likely,
            self.uncertain,
            self.novel,
            self.suspected,
            self.disputed,
            self.audit,
        ]
    }

    const fn of([likely, uncertain, novel, suspected, disputed, audit]: [f64; 6]) -> Self {
        Self {
            likely,
            uncertain,
            novel,
            suspected,
            disputed,
            audit,
        }
    }
}

/// Reads what `[labels]` says beside the map of words.
pub(super) fn read_deciding<'t>(reader: &mut Reader<'t>, root: &Table<'t>) -> Deciding {
    let section = reader.section(root, "labels");
    let mut deciding = Deciding::default();
    if let Some(quorum) = reader.number(&section, "quorum", Range::People) {
        deciding.quorum = whole(quorum);
    }
    if let Some(least) = reader.number(&section, "certainty_min", Range::Share) {
        deciding.certainty_min = least;
    }
    deciding.two_people_above = reader.number(&section, "two_people_above", Range::NotNegative);
    let trust = reader.section(&section, "trust");
    for method in Method::ALL {
        if let Some(trust) = reader.number(&trust, method.word(), Range::Share) {
            deciding.trust.insert(method, trust);
        }
    }
    deciding.queue = read_mix(reader, &section);
    deciding
}

/// Reads the shares of the queue. Who states any states them all: one that is left out is 0.
fn read_mix<'t>(reader: &mut Reader<'t>, section: &Table<'t>) -> QueueMix {
    let Some(entry) = section.get("queue") else {
        return QueueMix::default();
    };
    let queue = reader.section(section, "queue");
    if matches!(entry.value, DeValue::Table(entries) if entries.is_empty()) {
        return QueueMix::default();
    }
    let shares = QueueMix::NAMES.map(|name| {
        let share = reader.number(&queue, name, Range::NotNegative);
        share.unwrap_or(0.0)
    });
    if shares.iter().sum::<f64>() > 0.0 {
        return QueueMix::of(shares);
    }
    let reason = "shares nothing out: at least one share is above 0".to_owned();
    let key = entry.key;
    reader.tell(entry.offset, Problem::Conflict { key, reason });
    QueueMix::default()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range holds whole numbers of few people"
)]
const fn whole(number: f64) -> u32 {
    number as u32
}
