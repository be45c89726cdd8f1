//! `ringtrue attack --artefacts`: what it costs an attacker who changes URLs, mails, commands or sessions themselves.
//!
//! Events come batch by batch, and each is told as soon as its batch is through. Where the detector knows what users and hosts
//! usually do, one event after the other is attacked, since each is measured by what came before it.

use std::io::{self, BufWriter};
use std::path::Path;

use rayon::prelude::*;
use ringtrue_attack::artefact::Material;
use ringtrue_attack::artefact::curve::Attempt;
use ringtrue_attack::artefact::search::Search;
use ringtrue_attack::threat::Knowledge;
use ringtrue_core::{Event, Label, plural};

use crate::args::{Attack, Changes, DistanceName};
use crate::commands::attack::{tell_threat, write};
use crate::commands::attack_distance::{patience, prover};
use crate::commands::{note, print};
use crate::detector_folder::{Loaded, reading};
use crate::evasion::{
    self, Attacks, Evader, Mover, Turn, Unit, Way, allowed, material_of, reads_artefacts, summary,
    told,
};
use crate::failure::{Exit, Failure, Outcome};
use crate::habits::Memory;
use crate::input::{Assumed as Read, read_file};
use crate::interrupt;
use crate::progress::Bar;
use crate::scoring::follow;

/// Queries that an attacker has for each event who sees what they come to.
const QUERIES: u64 = 300;

/// Benign events that the attacker borrows from, at most.
const MATERIAL_MAX: usize = 20_000;

/// Events that are attacked before the first of them is printed.
const EVENTS_AT_ONCE: usize = 64;

/// Runs the verb.
pub(crate) fn run(arguments: &Attack, loaded: &Loaded) -> Outcome {
    let mut way = way(arguments, loaded)?;
    tell_threat(&way.threat(loaded), arguments.json)?;
    interrupt::heed()?;
    let mut memory = Memory::of(loaded);
    let mut running = Running {
        out: BufWriter::new(io::stdout().lock()),
        json: arguments.json,
        is_open: true,
        attempts: Vec::new(),
        left_out: 0,
        bar: Bar::counter("attacking"),
    };
    let mut is_labelled = None;
    let noted = follow(loaded, &arguments.file, &mut |batch| {
        let any = batch.events.iter().any(|(_, event)| event.label.is_some());
        if !batch.events.is_empty() {
            way.look_for_labels(*is_labelled.get_or_insert(any));
        }
        running.attack(&way, loaded, &batch.events, &mut memory)
    })?;
    noted.tell(memory.sentences().into_iter());
    if is_labelled == Some(false) {
        note(
            "no event of the first ones has a label: those that the detector flags count as malicious",
        );
    }
    running.finish(&way, arguments, loaded)
}

/// Returns how the detector is attacked.
fn way<'a>(arguments: &Attack, loaded: &'a Loaded) -> Outcome<Way<'a>> {
    if reads_artefacts(loaded) {
        return Ok(Way::Artefacts(Box::new(evader(arguments, loaded)?)));
    }
    let changes = &arguments.changes;
    if !changes.only.is_empty() || changes.queries.is_some() {
        note(
            "a table is attacked by what its columns declare, with full knowledge of the model and without queries",
        );
    }
    let mover = Mover {
        loaded,
        prover: prover(arguments, loaded, DistanceName::Cost)?,
        patience: patience(arguments)?,
        labelled_only: true,
    };
    Ok(Way::Declared(Box::new(mover), Unit::Minutes))
}

fn evader<'a>(arguments: &Attack, loaded: &'a Loaded) -> Outcome<Evader<'a>> {
    let Changes {
        knowledge,
        queries,
        blind,
        only,
        seed,
        material,
    } = &arguments.changes;
    let knowledge = Knowledge::from(*knowledge);
    let material = match material {
        Some(path) => borrowed(path, loaded)?,
        None => Material::default(),
    };
    Ok(Evader {
        loaded,
        attacks: Attacks::of(loaded.reader.spec().kind, only)?,
        material,
        search: Search {
            knowledge,
            queries: queries.unwrap_or(if knowledge == Knowledge::Nothing {
                1
            } else {
                QUERIES
            }),
            changes: usize::try_from(*blind).unwrap_or(usize::MAX),
            allowed: allowed(&loaded.detector, arguments.threshold_margin)?,
            seed: *seed,
        },
        labelled_only: true,
    })
}

/// Reads the benign artefacts that the attacker borrows from.
fn borrowed(path: &Path, loaded: &Loaded) -> Outcome<Material> {
    let mut texts = Vec::new();
    read_file(
        path,
        &reading(loaded)?,
        &mut Read::default(),
        &mut |batch| {
            let benign = batch.events.iter().map(|(_, event)| event);
            let benign = benign.filter(|event| matches!(event.label, None | Some(Label::Benign)));
            let room = MATERIAL_MAX.saturating_sub(texts.len());
            texts.extend(benign.take(room).filter_map(material_of));
            Ok(())
        },
    )?;
    if texts.is_empty() {
        return Err(Failure::new(format!(
            "`{}` has no benign event to borrow from",
            path.display()
        )));
    }
    Ok(Material::new(texts))
}

/// The output as it grows.
struct Running {
    out: BufWriter<io::StdoutLock<'static>>,
    json: bool,
    is_open: bool,
    attempts: Vec<Attempt>,
    /// Events that somebody asked not to wait for.
    left_out: u64,
    bar: Bar,
}

impl Running {
    fn attack(
        &mut self,
        way: &Way<'_>,
        loaded: &Loaded,
        events: &[(u64, Event)],
        memory: &mut Memory<'_>,
    ) -> Outcome<()> {
        if loaded.history.is_some() {
            for (row, event) in events {
                let turn = way.turn(*row, event, memory.history());
                self.tell(vec![turn])?;
                memory.follow(&[event]);
            }
            return Ok(());
        }
        for chunk in events.chunks(EVENTS_AT_ONCE) {
            let turns = chunk
                .par_iter()
                .map(|(row, event)| way.turn(*row, event, None));
            self.tell(turns.collect())?;
        }
        Ok(())
    }

    fn tell(&mut self, turns: Vec<Turn>) -> Outcome<()> {
        for turn in turns {
            match turn {
                Turn::Passed => {}
                Turn::Open => self.left_out += 1,
                Turn::Told(line) => {
                    self.bar.advance(1);
                    self.attempts.push(line.attempt());
                    if self.is_open {
                        self.is_open = write(&mut self.out, &*line, told, self.json)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(self, way: &Way<'_>, arguments: &Attack, loaded: &Loaded) -> Outcome {
        let Self {
            mut out,
            json,
            is_open,
            attempts,
            left_out,
            bar,
        } = self;
        drop(bar);
        if attempts.is_empty() && left_out == 0 {
            return Err(
                Failure::cannot_tell("there is no malicious event to attack").hint(
                    "attacked are events that are labelled malicious, or, where nothing is labelled, those that the detector \
                     flags: give it such events, or say with `--threshold-margin` from which raw score on it flags",
                ),
            );
        }
        let closing = summary(&attempts, way, loaded, arguments.changes.seed);
        if is_open && !json {
            print("\n")?;
        }
        let is_open = is_open && write(&mut out, &closing, evasion::Summary::words, json)?;
        if left_out > 0 && is_open {
            note(&format!(
                "interrupted: {} not attacked",
                plural(left_out, "event was", "events were")
            ));
            return Ok(Exit::CouldNotRun);
        }
        Ok(Exit::Done)
    }
}
