//! How a detector is attacked, by what it reads: artefacts by trying, columns of a table by proof.

use ringtrue_attack::threat::{self, Assumed, Knowledge};
use ringtrue_core::{Action, Event, Kind};
use ringtrue_intake::history::History;
use ringtrue_intake::mail_bytes;
use ringtrue_model::Detector;

use super::mover::DECLARED;
use super::{Evader, Mover, Turn, Unit};
use crate::detector_folder::Loaded;
use crate::failure::{Failure, Outcome};

/// How a detector is attacked.
pub(crate) enum Way<'a> {
    /// Artefacts are changed and scored again.
    Artefacts(Box<Evader<'a>>),
    /// The columns of a table are, by this unit.
    Declared(Box<Mover<'a>>, Unit),
}

impl Way<'_> {
    /// Attacks one event if it is one of those that are. `history` is what users and hosts did before it.
    pub(crate) fn turn(&self, row: u64, event: &Event, history: Option<&History>) -> Turn {
        match self {
            Self::Artefacts(evader) => evader.turn(row, event, history),
            Self::Declared(mover, _) => mover.turn(row, event, history),
        }
    }

    /// Says who attacks.
    pub(crate) fn threat(&self, loaded: &Loaded) -> Vec<threat::Line> {
        let task = &loaded.task.attacker;
        match self {
            Self::Artefacts(evader) => {
                let assumed = Assumed {
                    knowledge: evader.search.knowledge,
                    queries: Some(evader.search.queries),
                };
                threat::artefact_lines(evader.attacks.declarations(), task, assumed)
            }
            Self::Declared(mover, _) => threat::lines(&mover.prover.schema, task, Assumed::WORST),
        }
    }

    /// Says whether the input's labels tell which events are malicious.
    pub(crate) fn look_for_labels(&mut self, are_there: bool) {
        match self {
            Self::Artefacts(evader) => evader.labelled_only = are_there,
            Self::Declared(mover, _) => mover.labelled_only = are_there,
        }
    }

    /// Returns the names of the attacks.
    pub(crate) fn tried(&self) -> Vec<&'static str> {
        match self {
            Self::Artefacts(evader) => evader
                .attacks
                .declarations()
                .map(|attack| attack.name)
                .collect(),
            Self::Declared(..) => vec![DECLARED],
        }
    }

    /// Returns the greatest margin that is allowed.
    pub(crate) fn allowed(&self) -> f64 {
        match self {
            Self::Artefacts(evader) => evader.search.allowed,
            Self::Declared(mover, _) => mover.prover.allowed,
        }
    }

    /// Returns what costs are measured in.
    pub(crate) const fn unit(&self) -> Unit {
        match self {
            Self::Artefacts(_) => Unit::Minutes,
            Self::Declared(_, unit) => *unit,
        }
    }

    /// Returns what the attacker knows.
    pub(crate) fn knowledge(&self) -> Knowledge {
        match self {
            Self::Artefacts(evader) => evader.search.knowledge,
            Self::Declared(..) => Knowledge::Model,
        }
    }

    /// Says what stood outside of the attack.
    pub(crate) fn not_attacked(&self, loaded: &Loaded) -> Vec<String> {
        let mut sentences =
            vec!["what the detector learns from: this is evasion, not poisoning".to_owned()];
        match self {
            Self::Artefacts(_) => {
                let columns: Vec<&str> = loaded.reader.columns_of_input().collect();
                if !columns.is_empty() {
                    sentences.push(format!(
                        "columns beside the artefact: {}",
                        columns.join(", ")
                    ));
                }
                if loaded.reader.habits() > 0 {
                    sentences.push("what users and hosts do before the event".to_owned());
                }
            }
            Self::Declared(..) => {
                sentences.push("categories, texts and missing values of a table".to_owned());
                sentences.push(
                    "columns beside each other: what else changes in a real event is not modelled"
                        .to_owned(),
                );
            }
        }
        sentences
    }
}

/// Returns whether a detector reads the artefact of an event, rather than columns beside it.
pub(crate) fn reads_artefacts(loaded: &Loaded) -> bool {
    let spec = loaded.reader.spec();
    spec.kind != Kind::Table && spec.foreign.is_none()
}

/// Returns what an attacker borrows from a benign event.
pub(crate) fn material_of(event: &Event) -> Option<String> {
    if event.kind == Kind::Email {
        return Some(String::from_utf8_lossy(&mail_bytes(event)).into_owned());
    }
    let text = event.value(event.kind.evidence()?).text()?;
    Some(text.to_string())
}

/// Returns the greatest margin that a detector allows: what was asked for, else what lies below its threshold for review.
pub(crate) fn allowed(detector: &Detector, stated: Option<f64>) -> Outcome<f64> {
    if let Some(margin) = stated {
        return Ok(margin);
    }
    let is_allowed = |margin: f64| detector.answer(margin).action == Action::Allow;
    let (mut low, mut high) = (f64::MIN, f64::MAX);
    if !is_allowed(low) || is_allowed(high) {
        return Err(Failure::new("the detector treats all events alike")
            .hint("say with `--threshold-margin` which raw scores are flagged"));
    }
    loop {
        let middle = midway(low, high);
        if middle <= low || middle >= high {
            return Ok(low);
        }
        if is_allowed(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// Returns the float in the middle of those between two, by their number.
fn midway(low: f64, high: f64) -> f64 {
    if low < 0.0 && high > 0.0 {
        return 0.0;
    }
    let [one, other] = [low, high].map(|value| value.abs().to_bits());
    let middle = f64::from_bits(u64::midpoint(one, other));
    if low < 0.0 { -middle } else { middle }
}
