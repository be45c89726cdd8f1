//! The measures in turn, and what is trained in the end.

use ringtrue_attack::artefact::Material;
use ringtrue_attack::artefact::curve::Part;
use ringtrue_attack::harden::{Measure, Point, Standing, standings};
use ringtrue_core::{CostSheet, Task};
use ringtrue_model::{Card, Detector, Rung};
use ringtrue_trial::{Learned, LearnedRung, Plan};

use super::applied::Applied;
use super::examples::make;
use super::tried::{Held, Tried, attacked};
use super::tuning::tuning;
use crate::args::Run;
use crate::commands::note;
use crate::corpus::{Context, Corpus};
use crate::detector_folder::Loaded;
use crate::evasion::{Gathered, allowed, draw, way};
use crate::failure::{Failure, OrFail, Outcome};
use crate::journey::{Stored, Trainer, examples};

/// What a hardening works on.
pub(crate) struct Ground<'a> {
    pub(crate) arguments: &'a Run,
    pub(crate) task: &'a Task,
    pub(crate) stored: Stored<'a>,
    pub(crate) context: &'a Context<'a>,
    pub(crate) sheet: &'a CostSheet,
    /// The run's plan.
    pub(crate) plan: &'a Plan,
    /// Columns that nobody may see.
    pub(crate) blanked: &'a [usize],
}

/// What hardening came to.
pub(crate) struct Hardened {
    pub(crate) tried: Vec<Tried>,
    pub(crate) standings: Vec<Standing>,
    /// The place of the one that is taken: the recommended one, unless another was asked for.
    pub(crate) taken: usize,
    /// It in the terms of training.
    pub(crate) applied: Applied,
    /// The rung under it, trained as the run's plan says.
    pub(crate) rung: LearnedRung,
}

impl Hardened {
    /// Puts the hardened rung into the place of the one that it was made of, which is recommended if that was.
    fn take_place_in(&self, learned: &mut Learned) {
        let rung = self.rung.rung;
        learned.rungs.retain(|other| other.rung != rung);
        learned.rungs.push(self.rung.clone());
        learned.rungs.sort_by_key(|other| other.rung);
        let choice = &mut learned.choice;
        choice.rung = choice.rung.map(|_| rung);
        if let Some(tried) = self.tried.get(self.taken).filter(|_| self.taken > 0) {
            choice.why.push_str("; hardened: ");
            choice.why.push_str(&tried.title);
        }
    }
}

/// Malicious events that adversarial examples are made of, at most.
const MADE_OF_MAX: usize = 1_000;

/// Trains the ladder and hardens the rung that it recommends, if that was asked for.
pub(crate) fn hardened(
    ground: &Ground<'_>,
    corpus: &mut Corpus<'_>,
) -> Outcome<Option<(Learned, Hardened)>> {
    let arguments = ground.arguments;
    if !arguments.hardening.harden {
        return Ok(None);
    }
    let mut learned = {
        let training = Trainer::new(arguments, ground.task.kind, ground.sheet, corpus);
        let tokens = training.tokens(corpus);
        training.ladder(&examples(corpus, &tokens), ground.plan)?
    };
    let Some(whole) = learned.rungs.last().map(|last| last.rung) else {
        return Err(Failure::cannot_tell("no rung could be trained"));
    };
    let rungs = (learned.choice.rung.unwrap_or(whole), whole);
    let hardened = harden(ground, corpus, rungs)?;
    hardened.take_place_in(&mut learned);
    Ok(Some((learned, hardened)))
}

/// Tries the measures on the rung that was recommended and on the one of all parts, and trains under the best.
fn harden(ground: &Ground<'_>, corpus: &mut Corpus<'_>, rungs: (Rung, Rung)) -> Outcome<Hardened> {
    let plan = tuning(ground.plan, corpus);
    let effort = &ground.arguments.attacking;
    let drawn = |positions: &[u32], most: usize| draw(corpus, positions, most, effort.seed);
    let reader = ground.context.reader;
    let mut taught = Gathered::new(reader, drawn(&plan.train, MADE_OF_MAX));
    let mut held = Gathered::new(reader, drawn(&plan.calibrate, effort.events as usize));
    taught = taught.after(reader.new_history());
    held = held.after(reader.new_history());
    for batch in ground.stored.batches() {
        let batch = batch?;
        taught.take(&batch);
        held.take(&batch);
    }
    let mut trying = Trying {
        ground,
        plan,
        taught: Attacked::of(taught),
        held: Attacked::of(held),
        rungs,
        rounds: Vec::new(),
        last: None,
        first: None,
        tried: Vec::new(),
    };
    let measures = trying.measures()?;
    check_taken(ground, &measures)?;
    for measure in measures {
        trying.measure(measure, corpus)?;
    }
    trying.finish(corpus)
}

/// Checks that the measure that was asked for is among those that are tried.
fn check_taken(ground: &Ground<'_>, measures: &[Measure]) -> Outcome<()> {
    let names: Vec<String> = measures.iter().map(Measure::name).collect();
    match &ground.arguments.hardening.take {
        Some(name) if !names.contains(name) => Err(Failure::new(format!(
            "no measure of this name is tried here: {name}"
        ))
        .hint(format!("these are: {}", names.join(", ")))),
        _ => Ok(()),
    }
}

/// Gathered events with what their attacker borrows.
struct Attacked<'a> {
    events: Gathered<'a>,
    material: Material,
}

impl<'a> Attacked<'a> {
    fn of(gathered: Gathered<'a>) -> Self {
        let mut events = gathered.in_order_of_time();
        let material = Material::new(events.take_borrowed());
        Self { events, material }
    }
}

fn untrained() -> String {
    "a measure could not be trained".to_owned()
}

/// Measures under way.
struct Trying<'a> {
    ground: &'a Ground<'a>,
    plan: Plan,
    taught: Attacked<'a>,
    held: Attacked<'a>,
    /// The rung that was recommended, and the one of all parts.
    rungs: (Rung, Rung),
    /// What each round of attacks made.
    rounds: Vec<Vec<(u32, u32)>>,
    /// The rung after the rounds so far, and nothing else, with its strictest threshold.
    last: Option<(LearnedRung, f64)>,
    /// The margins of the held events before any measure, and what that costs.
    first: Option<(Vec<f64>, f64)>,
    tried: Vec<(Tried, Applied, LearnedRung)>,
}

impl Trying<'_> {
    /// Returns the measures that may do something, with the reason where rounds do nothing.
    fn measures(&self) -> Outcome<Vec<Measure>> {
        let reader = self.ground.context.reader;
        let kind = reader.spec().kind;
        let is_artefact = kind != ringtrue_core::Kind::Table;
        if !is_artefact {
            note(
                "no adversarial examples are made of a table's rows: the measures are constraints and what is left out",
            );
        }
        let rounds = if is_artefact {
            self.ground.arguments.hardening.rounds
        } else {
            0
        };
        let schema = reader.schema();
        let mut known: Vec<(Applied, u32)> = Vec::new();
        let mut measures = Measure::all(rounds);
        measures.retain(|measure| {
            let applied = Applied::of(*measure, schema, self.rungs, &[]);
            let seen = (applied, measure.rounds);
            let is_new = !known.contains(&seen);
            known.push(seen);
            is_new
        });
        if measures.len() < 2 {
            return Err(Failure::new("there is nothing to harden by")
                .hint("declare in the task which way the attacker can move its columns, and for how many minutes"));
        }
        Ok(measures)
    }

    /// Tries one measure.
    fn measure(&mut self, measure: Measure, corpus: &mut Corpus<'_>) -> Outcome<()> {
        while self.rounds.len() < measure.rounds as usize {
            self.round(corpus)?;
        }
        let schema = self.ground.context.reader.schema();
        let applied = Applied::of(measure, schema, self.rungs, &self.rounds);
        let trainer = self.trainer(&applied, corpus);
        let tokens = trainer.tokens(corpus);
        let examples = examples(corpus, &tokens);
        let rung = trainer
            .rung(applied.rung, &examples, &self.plan)
            .or_fail(untrained)?;
        let held = Held {
            corpus,
            examples: &examples,
            positions: &self.plan.calibrate,
            sheet: self.ground.sheet,
            seed: self.ground.arguments.seed,
        };
        let asked = held.ask(&rung);
        let attacked = self.attacked(&rung, asked.strict)?;
        let made = (measure, applied.made.len());
        let tried = held.tried(made, &rung, (&asked, attacked), self.first())?;
        if !measure.constrained && !measure.cheap_left_out {
            self.last = Some((rung.clone(), asked.strict));
        }
        self.first.get_or_insert((asked.margins, tried.point.cost));
        self.tried.push((tried, applied, rung));
        Ok(())
    }

    fn first(&self) -> Option<(&[f64], f64)> {
        let (margins, cost) = self.first.as_ref()?;
        Some((margins, *cost))
    }

    /// Makes the examples of one more round by attacks on the last detector.
    fn round(&mut self, corpus: &mut Corpus<'_>) -> Outcome<()> {
        let Some((last, strict)) = &self.last else {
            self.rounds.push(Vec::new());
            return Ok(());
        };
        let loaded = self.loaded(last)?;
        let allowed = allowed(&loaded.detector, None)?.min(*strict);
        let seed = self.ground.arguments.seed;
        let seed = seed.wrapping_add(1_000 * self.rounds.len() as u64);
        let gathered = (&self.taught.events, &self.taught.material);
        let made = make(
            corpus,
            self.ground.context,
            &loaded,
            gathered,
            (allowed, seed),
        )?;
        for column in self.ground.blanked {
            corpus.rows.blank(*column);
        }
        self.rounds.push(made);
        Ok(())
    }

    /// Attacks the held events under a rung that allows what lies up to a margin.
    fn attacked(&self, rung: &LearnedRung, allowed: f64) -> Outcome<Part> {
        let loaded = self.loaded(rung)?;
        let effort = &self.ground.arguments.attacking;
        let material = self.held.material.clone();
        let spreads = &self.held.events.drawn().spreads;
        let way = way(&loaded, material, effort, spreads, Some(allowed))?;
        Ok(attacked(&self.held.events, &way))
    }

    fn trainer<'b>(&'b self, applied: &'b Applied, corpus: &'b Corpus<'_>) -> Trainer<'b> {
        let Ground {
            arguments, sheet, ..
        } = self.ground;
        let kind = self.ground.task.kind;
        Trainer::new(arguments, kind, sheet, corpus).hardened(Some(applied))
    }

    fn loaded(&self, rung: &LearnedRung) -> Outcome<Loaded> {
        let reader = self.ground.context.reader;
        let spec = serde_json::to_value(reader.spec())
            .or_fail(|| "cannot write down how events are read".to_owned())?;
        let detector = Detector {
            model: rung.model.clone(),
            calibration: rung.calibration,
            operating: rung.operating,
            nominal: rung.nominal.clone(),
            schema: reader.schema().clone(),
            reader: spec,
            task: String::new(),
            key: None,
            history: None,
            reference: None,
            scope: None,
            card: Card::unsaid(self.ground.task.digest()),
        };
        Loaded::of(&detector, reader, self.ground.task)
            .or_fail(|| "the detector cannot be used".to_owned())
    }

    /// Picks a measure, and trains by the run's own plan where that is another.
    fn finish(mut self, corpus: &Corpus<'_>) -> Outcome<Hardened> {
        let points: Vec<Point> = self.tried.iter().map(|(tried, ..)| tried.point).collect();
        let standings = standings(&points);
        let is_recommended = |standing: &Standing| *standing == Standing::Recommended;
        let asked = self.ground.arguments.hardening.take.as_ref();
        let asked = asked.and_then(|name| self.tried.iter().position(|(it, ..)| it.name == *name));
        let recommended = standings.iter().position(is_recommended);
        let taken = asked.or(recommended).unwrap_or(0);
        let (tried, mut others): (Vec<Tried>, Vec<(Applied, LearnedRung)>) =
            std::mem::take(&mut self.tried)
                .into_iter()
                .map(|(tried, applied, rung)| (tried, (applied, rung)))
                .unzip();
        let (applied, mut rung) = others.swap_remove(taken);
        if self.ground.plan.calibrate.is_empty() {
            let trainer = self.trainer(&applied, corpus);
            let tokens = trainer.tokens(corpus);
            rung = trainer
                .rung(applied.rung, &examples(corpus, &tokens), self.ground.plan)
                .or_fail(untrained)?;
        }
        Ok(Hardened {
            tried,
            standings,
            taken,
            applied,
            rung,
        })
    }
}
