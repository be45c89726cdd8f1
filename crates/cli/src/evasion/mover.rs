//! Attacks on tables: the cheapest change of the columns as they declare, put into the event and scored again.
//!
//! ```text
//!   event ──row──► Prover ──witness──► event with other values ──read──► row, tokens ──margin──► Line
//! ```

use ringtrue_attack::artefact::Verified;
use ringtrue_attack::exact::{Moved, Side};
use ringtrue_core::Event;
use ringtrue_intake::Reading as Signals;
use ringtrue_intake::history::History;
use serde_json::Value;

use super::line::begun;
use super::prover::{Prover, Target, put};
use super::scorer::Scorer;
use super::{Line, Patience, Turn};
use crate::detector_folder::Loaded;
use crate::interrupt;

/// The name of the attack.
pub(crate) const DECLARED: &str = "declared";

/// Attacks events on their columns.
pub(crate) struct Mover<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) prover: Prover<'a>,
    pub(crate) patience: Patience,
    /// Whether events that are not labelled malicious are passed by.
    pub(crate) labelled_only: bool,
}

impl Mover<'_> {
    /// Attacks one event if it is one of those that are. `history` is what users and hosts did before it.
    pub(super) fn turn(&self, row: u64, event: &Event, history: Option<&History>) -> Turn {
        let mut scorer = Scorer::new(self.loaded, event, history);
        let attacked = (self.prover.allowed, self.labelled_only);
        let mut line = match begun(&mut scorer, row, attacked) {
            Ok(line) => line,
            Err(turn) => return turn,
        };
        let mut signals = Signals::default();
        scorer.read(&mut signals);
        let target = self.prover.target(row, line.id, &signals);
        self.moved(&target, &mut scorer, &mut line);
        if line.evaded || !interrupt::requested() {
            Turn::Told(Box::new(line))
        } else {
            Turn::Open
        }
    }

    /// Searches for the cheapest change, and tells it if it gets past the detector.
    fn moved(&self, target: &Target, scorer: &mut Scorer<'_>, line: &mut Line) {
        let side = Side::AtMost(self.prover.allowed);
        let mut go_on = self.patience.begin();
        let found = self.prover.search(target, side, &mut go_on);
        if !found.upper.is_finite() {
            return;
        }
        line.queries = 1;
        let Some(again) = self.scored_again(target, &found.witness, scorer) else {
            return;
        };
        if again > self.prover.allowed {
            return;
        }
        line.evaded = true;
        line.attack = vec![DECLARED];
        line.cost = Some(found.upper);
        line.verified = Some(Verified::Assumed);
        line.margin_changed = Some(again);
        line.changed = Some(Value::from(self.prover.shown(&found.witness)));
    }

    /// Returns the margin of the event with its columns changed; of the row alone where a signal is no column.
    fn scored_again(
        &self,
        target: &Target,
        witness: &[Moved],
        scorer: &mut Scorer<'_>,
    ) -> Option<f64> {
        let mut changed = scorer.event().clone();
        match put(self.loaded, &self.prover.schema, witness, &mut changed) {
            Some(()) => Some(scorer.margin_of(&changed)),
            None => self.prover.margin(target, witness),
        }
    }
}
