//! One lesson: what was planted is screened or not, a detector learns from the rest, and is asked about later events.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use ringtrue_core::{Label, SignalSchema};
use ringtrue_model::train::{Run, TrainParameters, fit_rung};
use ringtrue_model::{Examples, Model, Rung, margins, nominal_threshold};
use ringtrue_vet::{Sampled, Screened, screened};

use super::aim::Aim;
use super::ground::{Ground, Use};
use crate::commands::now;
use crate::failure::{Failure, OrFail, Outcome};
use crate::journey::parameters;
use crate::prepared::{self, Prepared};
use crate::vetted::{self, Eye};

/// Whether vetting screens what is learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Screens {
    /// All is learned.
    Off,
    /// What looks planted or wrongly labelled is left out.
    On,
}

/// A poisoner's aim, with or without the screens in their way.
pub(crate) struct Lesson<'a> {
    pub(crate) ground: &'a Ground<'a>,
    pub(crate) aim: &'a Aim,
    pub(crate) screens: Screens,
}

/// What came of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub(crate) struct Taught {
    pub(crate) planted: u32,
    /// Share of what was to be hidden that is allowed, and of how many events.
    pub(crate) hidden: f64,
    pub(crate) asked: u32,
    /// Share of all other malicious events that is flagged; `None` if there are none.
    pub(crate) others_flagged: Option<f64>,
    /// What the screens left out that was joined by a trigger or a watermark.
    pub(crate) traced: LeftOut,
    /// What they left out for its label.
    pub(crate) doubted: LeftOut,
}

/// Events that a screen left out.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub(crate) struct LeftOut {
    pub(crate) planted: u32,
    pub(crate) others: u32,
}

impl LeftOut {
    fn of(events: &BTreeSet<u32>, roles: &[(Use, bool)]) -> Self {
        let count = |is_planted: bool| {
            let found = events
                .iter()
                .filter(|at| roles[**at as usize].1 == is_planted);
            u32::try_from(found.count()).unwrap_or(u32::MAX)
        };
        Self {
            planted: count(true),
            others: count(false),
        }
    }
}

/// Events with what intake makes of them.
struct Read<'a> {
    events: &'a [Sampled],
    schema: &'a SignalSchema,
    prepared: &'a Prepared,
}

impl Lesson<'_> {
    /// Plants so many events, teaches a detector and asks it.
    pub(crate) fn teach(&self, planted: u32) -> Outcome<Taught> {
        let (mut events, roles): (Vec<Sampled>, Vec<(Use, bool)>) = self
            .aim
            .plant(self.ground, planted)
            .into_iter()
            .map(|(it, purpose, planted)| (it, (purpose, planted)))
            .unzip();
        let screened = match self.screens {
            Screens::Off => Screened::default(),
            Screens::On => self.screen(&events, &roles)?,
        };
        let left_out = screened.traced.union(&screened.doubted).copied().collect();
        let reader = prepared::reader(&mut events, self.ground.task)?;
        let prepared = Prepared::of(&events, &reader);
        let read = Read {
            events: &events,
            schema: reader.schema(),
            prepared: &prepared,
        };
        let (hidden, asked, others_flagged) = self.ask(&read, &roles, &left_out)?;
        Ok(Taught {
            planted,
            hidden,
            asked,
            others_flagged,
            traced: LeftOut::of(&screened.traced, &roles),
            doubted: LeftOut::of(&screened.doubted, &roles),
        })
    }

    /// Returns the events that the screens leave out, by their places among all.
    fn screen(&self, events: &[Sampled], roles: &[(Use, bool)]) -> Outcome<Screened> {
        let places: Vec<u32> = (0_u32..)
            .zip(roles)
            .filter(|(_, (purpose, _))| *purpose != Use::Ask)
            .map(|(at, _)| at)
            .collect();
        let taught: Vec<Sampled> = places
            .iter()
            .map(|at| events[*at as usize].clone())
            .collect();
        let malicious = taught
            .iter()
            .filter(|it| it.event.label == Some(Label::Malicious));
        let malicious = malicious.count() as u64;
        let eye = Eye {
            task: self.ground.task,
            now: now()?,
            seed: self.ground.seed,
            threads: self.ground.threads,
            observed: [taught.len() as u64 - malicious, malicious, 0],
        };
        let found = vetted::look(taught, &eye, screened)?;
        let among_all = |events: BTreeSet<u32>| -> BTreeSet<u32> {
            events.into_iter().map(|at| places[at as usize]).collect()
        };
        Ok(Screened {
            traced: among_all(found.traced),
            doubted: among_all(found.doubted),
        })
    }

    /// Teaches a detector by what was not left out, and returns which share of what was to be hidden it allows, of how many, and which
    /// share of the other malicious events it flags.
    fn ask(
        &self,
        read: &Read<'_>,
        roles: &[(Use, bool)],
        left_out: &BTreeSet<u32>,
    ) -> Outcome<(f64, u32, Option<f64>)> {
        let parameters = parameters(self.ground.task.kind);
        let tokens = read.prepared.tokens(parameters.bits);
        let label = |it: &Sampled| it.event.label == Some(Label::Malicious);
        let malicious: Vec<bool> = read.events.iter().map(label).collect();
        let examples = Examples {
            rows: &read.prepared.rows,
            tokens: &tokens,
            malicious: &malicious,
            weight: &vec![1.0; read.events.len()],
            entity: &read.prepared.entity,
        };
        let of_use = |asked: Use| -> Vec<u32> {
            let places = (0_u32..).zip(roles);
            let of_use =
                places.filter(|(at, (purpose, _))| *purpose == asked && !left_out.contains(at));
            of_use.map(|(at, _)| at).collect()
        };
        let model = self.learn(read.schema, &examples, &of_use(Use::Learn), &parameters)?;
        let threshold = self.threshold(&model, &examples, &of_use(Use::Threshold))?;
        let asked: Vec<u32> = of_use(Use::Ask)
            .into_iter()
            .filter(|at| malicious[*at as usize])
            .collect();
        let (mut to_hide, mut others) = ([0_u32; 2], [0_u32; 2]);
        for (at, margin) in asked.iter().zip(margins(&model, &examples, &asked)) {
            let event = &read.events[*at as usize].event;
            let counts = if self.aim.hides(event) {
                &mut to_hide
            } else {
                &mut others
            };
            counts[usize::from(margin >= threshold)] += 1;
        }
        let share = |counts: [u32; 2], of: usize| {
            let all = counts[0] + counts[1];
            (all > 0).then(|| f64::from(counts[of]) / f64::from(all))
        };
        let hidden = share(to_hide, 0)
            .ok_or_else(|| Failure::cannot_tell("no event that could be hidden is asked about"))?;
        Ok((hidden, to_hide[0] + to_hide[1], share(others, 1)))
    }

    fn learn(
        &self,
        schema: &SignalSchema,
        examples: &Examples<'_>,
        members: &[u32],
        parameters: &TrainParameters,
    ) -> Outcome<Model> {
        let mut run = Run {
            seed: self.ground.seed,
            threads: self.ground.threads,
            progress: &mut |_, _, _| ControlFlow::Continue(()),
        };
        fit_rung(Rung::Both, schema, examples, members, parameters, &mut run)
            .or_fail(|| "no detector could be trained".to_owned())
    }

    /// Returns the margin from which events are flagged.
    fn threshold(&self, model: &Model, examples: &Examples<'_>, held: &[u32]) -> Outcome<f64> {
        let benign: Vec<u32> = held
            .iter()
            .copied()
            .filter(|at| !examples.malicious[*at as usize])
            .collect();
        let scores = margins(model, examples, &benign);
        nominal_threshold(&scores, &[], self.ground.fpr).ok_or_else(|| {
            Failure::cannot_tell(format!(
                "{} benign events set no threshold at a false-positive rate of {}",
                benign.len(),
                self.ground.fpr
            ))
            .hint("give more benign events, or a higher `--fpr`")
        })
    }
}
