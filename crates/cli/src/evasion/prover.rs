//! The cheapest change of an event's signals, with proven bounds: the exact search behind a detector.
//!
//! ```text
//!   detector, Terms ──Prover──► Ensemble, what the attacker may do, how far the text can be moved
//!   event ──target──► row, margin of its text ──search──► lower and upper bound, witness
//! ```

use ringtrue_attack::exact::{Attacker, Cheapest, Ensemble, Goal, Measure, Moved, Side, cheapest};
use ringtrue_core::signal::Movable;
use ringtrue_core::{Event, EventId, Row, SignalSchema};
use ringtrue_intake::Reading as Signals;
use ringtrue_model::{SingleSignal, TextMoves, TextReach};
use serde_json::{Map, Value};

use super::single;
use crate::detector_folder::Loaded;
use crate::failure::{Failure, OrFail, Outcome};

/// What may be done to an event, and how a change is measured.
pub(crate) struct Terms {
    /// The signals with what may be done to each.
    pub(crate) schema: SignalSchema,
    pub(crate) measure: Measure,
    /// The change of each signal that counts as 1; without any, 1 of its unit.
    pub(crate) units: Vec<f64>,
    /// What may be done to the text beside the forest, at no cost.
    pub(crate) text: TextMoves,
    /// Margins up to this are allowed.
    pub(crate) allowed: f64,
}

/// What a detector weighs, beside a text.
enum Weighs<'a> {
    Forest(Ensemble<'a>),
    Single(&'a SingleSignal),
}

/// Proves what it costs to get events to the other side of a detector.
pub(crate) struct Prover<'a> {
    loaded: &'a Loaded,
    pub(crate) schema: SignalSchema,
    weighs: Weighs<'a>,
    attacker: Attacker,
    reach: TextReach<'a>,
    pub(crate) allowed: f64,
}

/// An event as the detector reads it.
pub(crate) struct Target {
    pub(crate) row: u64,
    pub(crate) id: EventId,
    values: Vec<f64>,
    /// What its text adds to the forest's margin.
    beside: f64,
    /// The least and the most that a text within reach adds.
    reach: [f64; 2],
}

impl<'a> Prover<'a> {
    /// Makes ready what all events have in common; refuses detectors that weigh neither a forest nor a single signal, and a price list on which everything is free.
    pub(crate) fn new(loaded: &'a Loaded, terms: Terms) -> Outcome<Self> {
        let detector = &loaded.detector;
        let cannot = || format!("cannot prove what evading `{}` costs", detector.card.name);
        let model = &detector.model;
        let weighs = match (&model.forest, &model.single) {
            (Some(forest), None) => Weighs::Forest(Ensemble::new(forest).or_fail(cannot)?),
            (None, Some(single)) => Weighs::Single(single),
            _ => {
                return Err(Failure::new(format!(
                    "{}: it weighs neither a forest nor a signal",
                    cannot()
                ))
                .hint("distances are proven for forests and for single signals; `--artefacts` attacks any detector that reads artefacts"));
            }
        };
        let Terms {
            mut schema,
            measure,
            units,
            text,
            allowed,
        } = terms;
        if let Weighs::Forest(ensemble) = &weighs {
            for signal in ensemble.asked_by_sets() {
                if let Some(signal) = schema.signals.get_mut(signal) {
                    signal.attacker.movable = Movable::No;
                }
            }
        }
        let attacker = Attacker::declared(&schema, measure, &units, loaded.reader.precision());
        let moves = attacker.moves.iter();
        let mut free = moves.filter(|change| change.movable != Movable::No);
        if measure == Measure::Minutes && free.all(|change| change.price <= 0.0) {
            return Err(Failure::new(
                "no signal that the attacker can change declares what a change costs",
            )
            .hint("list columns with their minutes under `[[attacker.columns]]` of the task, or measure by `--distance linf`, `l1` or `l2`"));
        }
        Ok(Self {
            loaded,
            schema,
            weighs,
            attacker,
            reach: TextReach::new(&detector.model, text),
            allowed,
        })
    }
}

impl Prover<'_> {
    /// Takes an event's signals, once they were read, for a target.
    pub(crate) fn target(&self, row: u64, id: EventId, signals: &Signals) -> Target {
        let model = &self.loaded.detector.model;
        Target {
            row,
            id,
            values: match signals.row() {
                Row::Single(row) => row.iter().copied().map(f64::from).collect(),
                Row::Double(row) => row.to_vec(),
            },
            beside: model.linear_weight * model.linear_margin(&signals.tokens),
            reach: self.reach.of(&signals.tokens),
        }
    }

    /// Returns the margin of a target with some of its signals moved; `None` for a signal that there is not.
    pub(crate) fn margin(&self, target: &Target, moved: &[Moved]) -> Option<f64> {
        let mut values = target.values.clone();
        for moved in moved {
            *values.get_mut(moved.signal)? = moved.to;
        }
        let margin = match &self.weighs {
            Weighs::Forest(_) => self.loaded.detector.model.forest.as_ref()?.margin(&values),
            Weighs::Single(single) => single.margin(Row::Double(&values)),
        };
        Some(margin + target.beside)
    }

    /// Searches for the cheapest change that gets a target to a side, with the text that helps most of those within reach.
    pub(crate) fn search(
        &self,
        target: &Target,
        side: Side,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Cheapest {
        let goal = Goal {
            side,
            beside: target.reach,
        };
        let (attacker, row) = (&self.attacker, &target.values);
        match &self.weighs {
            Weighs::Forest(ensemble) => cheapest(ensemble, attacker, row, &goal, go_on),
            Weighs::Single(weighed) => single::cheapest(weighed, attacker, row, &goal),
        }
    }

    /// Returns the signals that were moved with their new values, those that may be shown.
    pub(crate) fn shown(&self, moved: &[Moved]) -> Map<String, Value> {
        let revealed = self.loaded.revealed();
        let value = |moved: &Moved| {
            let name = &self.schema.signals.get(moved.signal)?.name;
            let shown = Some(moved.to).filter(|_| revealed.shows(name));
            Some((name.clone(), Value::from(shown)))
        };
        moved.iter().filter_map(value).collect()
    }

    /// Returns how many signals may move.
    pub(crate) fn movable(&self) -> usize {
        let moves = self.attacker.moves.iter();
        moves.filter(|change| change.movable != Movable::No).count()
    }
}

/// Puts the changes of signals into the event, where each is a column's own number; `None` where one is not: a length, an hour, a
/// derived column.
pub(crate) fn put(
    loaded: &Loaded,
    schema: &SignalSchema,
    moved: &[Moved],
    event: &mut Event,
) -> Option<()> {
    let spec = loaded.reader.spec();
    let foreign = spec.foreign.as_ref();
    let by_place = foreign.is_some_and(|foreign| foreign.is_by_place(event));
    for moved in moved {
        let to = ringtrue_core::Value::Number(moved.to);
        if by_place {
            event.fields.get_mut(moved.signal)?.value = to;
            continue;
        }
        let signal = schema.signals.get(moved.signal)?;
        let is_derived = spec.derived.iter().any(|(name, _)| *name == signal.name);
        // A column's own value goes by the column's name, which is its theme.
        if is_derived || signal.name != signal.theme {
            return None;
        }
        event.set(&signal.name, to);
    }
    Some(())
}
