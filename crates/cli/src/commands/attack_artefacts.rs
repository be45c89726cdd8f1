//! `ringtrue attack --artefacts`: what it costs an attacker who changes URLs, mails, commands or sessions themselves.
//!
//! Events come batch by batch, and each is told as soon as its batch is through. Where the detector knows what users and hosts
//! usually do, one event after the other is attacked, since each is measured by what came before it.

use std::io::{self, BufWriter};
use std::path::Path;

use rayon::prelude::*;
use ringtrue_attack::artefact::curve::Attempt;
use ringtrue_attack::artefact::search::Search;
use ringtrue_attack::artefact::{Material, Verified};
use ringtrue_attack::exact::Side;
use ringtrue_attack::threat::{self, Assumed, Knowledge};
use ringtrue_core::{Event, Kind, Label, plural};
use ringtrue_intake::mail_bytes;
use serde_json::Value;

use crate::args::{Attack, Changes, DistanceName};
use crate::commands::attack::{allowed, tell_threat, write};
use crate::commands::attack_distance::{Attacked, Target, targets};
use crate::commands::{clock, note, print};
use crate::detector_folder::Loaded;
use crate::evasion::{self, Attacks, Evader, Line, Turn, reads_artefacts, summary, told};
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

/// How the attack goes, by what the detector reads.
enum Way<'a> {
    /// Artefacts are changed and scored again.
    Artefacts(Box<Evader<'a>>),
    /// The signals of a table are, as they declare.
    Declared(Box<Attacked<'a>>),
}

/// Runs the verb.
pub(crate) fn run(arguments: &Attack, loaded: &Loaded) -> Outcome {
    let mut way = if reads_artefacts(loaded) {
        Way::Artefacts(Box::new(evader(arguments, loaded)?))
    } else {
        Way::Declared(Box::new(Attacked::new(
            arguments,
            loaded,
            DistanceName::Cost,
        )?))
    };
    tell_threat(&way.threat(loaded, &arguments.changes), arguments.json)?;
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
        running.attack(&way, loaded, batch.events, &mut memory)
    })?;
    noted.tell(memory.sentences().into_iter());
    if is_labelled == Some(false) {
        note(
            "no event of the first ones has a label: those that the detector flags count as malicious",
        );
    }
    running.finish(&way, arguments, loaded)
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
        &loaded.reading()?,
        &mut Read::default(),
        &mut |batch| {
            let benign = batch.events.iter().map(|(_, event)| event);
            let benign = benign.filter(|event| matches!(event.label, None | Some(Label::Benign)));
            let room = MATERIAL_MAX.saturating_sub(texts.len());
            texts.extend(benign.take(room).filter_map(text_of));
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

fn text_of(event: &Event) -> Option<String> {
    if event.kind == Kind::Email {
        return Some(String::from_utf8_lossy(&mail_bytes(event)).into_owned());
    }
    let text = event.value(event.kind.evidence()?).text()?;
    Some(text.to_string())
}

impl Way<'_> {
    /// Says who attacks.
    fn threat(&self, loaded: &Loaded, changes: &Changes) -> Vec<threat::Line> {
        let task = &loaded.task.attacker;
        match self {
            Self::Artefacts(evader) => {
                let assumed = Assumed {
                    knowledge: evader.search.knowledge,
                    queries: Some(evader.search.queries),
                };
                threat::artefact_lines(evader.attacks.declarations(), task, assumed)
            }
            Self::Declared(attacked) => {
                if !changes.only.is_empty() || changes.queries.is_some() {
                    note(
                        "a table is attacked by what its signals declare, with full knowledge of the model and without queries",
                    );
                }
                let assumed = Assumed {
                    knowledge: Knowledge::Model,
                    queries: None,
                };
                threat::lines(&attacked.schema, task, assumed)
            }
        }
    }

    /// Says whether the input's labels tell which events are malicious.
    fn look_for_labels(&mut self, are_there: bool) {
        if let Self::Artefacts(evader) = self {
            evader.labelled_only = are_there;
        }
    }

    fn tried(&self) -> Vec<&'static str> {
        match self {
            Self::Artefacts(evader) => evader
                .attacks
                .declarations()
                .map(|attack| attack.name)
                .collect(),
            Self::Declared(_) => vec![DECLARED],
        }
    }

    fn allowed(&self) -> f64 {
        match self {
            Self::Artefacts(evader) => evader.search.allowed,
            Self::Declared(attacked) => attacked.allowed,
        }
    }

    /// Says what stood outside of the attack.
    fn not_attacked(&self, loaded: &Loaded) -> Vec<String> {
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
                if loaded.history.is_some() {
                    sentences.push("what users and hosts do before the event".to_owned());
                }
            }
            Self::Declared(_) => {
                sentences.push(
                    "signals beside each other: what else changes in a real event is not modelled"
                        .to_owned(),
                );
            }
        }
        sentences
    }
}

/// The name of the attack on tables.
const DECLARED: &str = "declared";

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
        events: Vec<(u64, Event)>,
        memory: &mut Memory<'_>,
    ) -> Outcome<()> {
        match way {
            Way::Declared(attacked) => {
                let labels: Vec<Option<Label>> =
                    events.iter().map(|(_, event)| event.label).collect();
                let is_labelled = labels.iter().any(Option::is_some);
                let families: Vec<Option<String>> = events
                    .iter()
                    .map(|(_, event)| event.family.as_deref().map(str::to_owned))
                    .collect();
                let targets = targets(loaded, events, memory);
                let meant = targets.into_iter().zip(labels).zip(families);
                let meant = meant
                    .filter(|((_, label), _)| !is_labelled || *label == Some(Label::Malicious));
                for chunk in meant.collect::<Vec<_>>().chunks(EVENTS_AT_ONCE) {
                    let turns = chunk.par_iter().map(|((target, label), family)| {
                        declared(attacked, target, *label, family.as_ref())
                    });
                    self.tell(turns.collect())?;
                }
            }
            Way::Artefacts(evader) if loaded.history.is_some() => {
                for (row, event) in &events {
                    let turn = evader.turn(*row, event, memory.history());
                    self.tell(vec![turn])?;
                    memory.follow(&[event]);
                }
            }
            Way::Artefacts(evader) => {
                for chunk in events.chunks(EVENTS_AT_ONCE) {
                    let turns = chunk
                        .par_iter()
                        .map(|(row, event)| evader.turn(*row, event, None));
                    self.tell(turns.collect())?;
                }
            }
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
            return Err(Failure::cannot_tell(
                "there is no malicious event to attack",
            ));
        }
        let drawn = (way.allowed(), arguments.changes.seed);
        let closing = summary(&attempts, way.tried(), way.not_attacked(loaded), drawn);
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

/// Attacks a row of a table: the cheapest change of its signals, scored again.
fn declared(
    attacked: &Attacked<'_>,
    target: &Target,
    label: Option<Label>,
    family: Option<&String>,
) -> Turn {
    if interrupt::requested() {
        return Turn::Open;
    }
    let Some(margin) = attacked.margin(target, &[]) else {
        return Turn::Passed;
    };
    let is_allowed = margin <= attacked.allowed;
    if is_allowed && label.is_none() {
        return Turn::Passed;
    }
    let mut line = Line {
        row: target.row,
        id: target.id,
        family: family.cloned(),
        evaded: is_allowed,
        attack: Vec::new(),
        cost: is_allowed.then_some(0.0),
        queries: 0,
        verified: None,
        margin,
        margin_changed: None,
        changed: None,
        enc: None,
    };
    if !is_allowed {
        let found = attacked.search(target, Side::AtMost(attacked.allowed), clock());
        let again = attacked
            .margin(target, &found.witness)
            .filter(|again| *again <= attacked.allowed);
        if again.is_some() && found.upper.is_finite() {
            line.evaded = true;
            line.attack = vec![DECLARED];
            line.cost = Some(found.upper);
            line.verified = Some(Verified::Assumed);
            line.margin_changed = again;
            line.changed = Some(Value::from(attacked.shown(&found.witness)));
        } else if interrupt::requested() {
            return Turn::Open;
        }
    }
    Turn::Told(Box::new(line))
}
